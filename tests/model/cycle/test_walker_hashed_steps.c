/* test_walker_hashed_steps.c: one walker by itself in hashed mode: where it starts, what each word
 * means, and what a fence does to it in each state. */
#include "tablewalk/registers.h"
#include "tests/support/walk_steps.h"

enum { ASID = 7, VPN = 0x12345, LAST = 9, F_E = 1 << HASHED_END };

static const uint64_t va = (uint64_t)VPN << PAGE_SHIFT | 0x678;
static const uint64_t anchor_addr = 0x500000 + 8 * ((VPN ^ ASID << 4 ^ VPN >> 10) & 0x3f);

static const tw_control control = {
    .satp = TW_PUT(SATP, MODE, MODE_HASHED) | TW_PUT(SATP, ASID, ASID) |
            TW_PUT(SATP, PPN, 0x700), /* of no meaning */
    .adue = true,
    .hash_table = TW_PUT(HASH_TABLE, PPN, 0x400) | TW_PUT(HASH_TABLE, LAST, LAST),
    .hash_anchors = TW_PUT(HASH_ANCHORS, PPN, 0x500) | TW_PUT(HASH_ANCHORS, BITS, 6)};

static uint64_t entry_addr(unsigned frame)
{
    return 0x400000 + 8 * frame;
}

/* A walk started with what a tree's walk would begin at; `port` as in walk_start. */
static struct walker started_for(unsigned port)
{
    struct walker walker;
    walker_reset(&walker);
    walker.level = 1; /* this and the two below: of a walk before */
    walker.global = true;
    walker.hash = (struct hash_walker){.index = 3, .before = 2};
    steps_start(&walker, &control, va,
                (struct walk_start){.port = port, .level = 2, .table = 0x800, .global = true});
    return walker;
}

/* A walk that stands at the second entry of its chain, that of frame 8. */
static struct walker at_second_entry(unsigned port)
{
    struct walker walker = started_for(port);
    steps_read(&walker, &control, hashed_word(0, 0, 4, F_V));
    steps_read(&walker, &control, hashed_word(ASID, VPN + 1, 8, F_PAGE));
    return walker;
}

static struct walker reading(void)
{
    return at_second_entry(PORT_DATA);
}

static uint64_t untouched_word(void)
{
    return hashed_word(ASID, VPN, 2, F_V | F_RWX | F_E);
}

static struct walker swapping(void)
{
    struct walker walker = reading();
    steps_read(&walker, &control, untouched_word());
    assert_int_equal(walker.state, WALK_SWAP);
    return walker;
}

static void assert_at_the_anchor(const struct walker *walker)
{
    assert_int_equal(walker->state, WALK_READ);
    assert_int_equal(walker->level, 0);
    assert_int_equal(walker->addr, anchor_addr);
    assert_int_equal(walker->global, false);
    assert_int_equal(walker->hash.anchor, true);
    assert_int_equal(walker->hash.index, 0);
    assert_int_equal(walker->hash.before, 0);
}

static const walk_steps hashed = {&control, reading, swapping, assert_at_the_anchor};

/* ---- start and answers ----------------------------------------------------------------------- */

static void walk_starts_at_the_anchor_wherever_a_tree_would_begin(void **state)
{
    (void)state;
    const struct walker walker = started_for(PORT_DATA);
    assert_at_the_anchor(&walker);
    assert_int_equal(walker.port, PORT_DATA);
    assert_int_equal(walker.request.id, 5);
    assert_int_equal(walker.way, 6);
    assert_int_equal(walker.retries, 0);
}

static void words_lead_from_entry_to_entry_and_this_is_no_descent(void **state)
{
    (void)state;
    struct walker walker = started_for(PORT_DATA);
    assert_int_equal(steps_read(&walker, &control, hashed_word(0, 0, 4, F_V)).kind, STEP_FOLLOW);
    for (unsigned before = 0; before < LAST; before++) {
        assert_int_equal(walker.state, WALK_READ);
        assert_int_equal(walker.level, 0);
        assert_int_equal(walker.addr, entry_addr(before % 2 ? 8 : 4));
        assert_int_equal(walker.hash.before, before);
        /* All of a pointer: V and neither R, W nor X. */
        const struct walk_step step =
            steps_read(&walker, &control, hashed_word(ASID, VPN + 1, before % 2 ? 4 : 8, F_V));
        assert_int_equal(step.kind, STEP_FOLLOW);
    }
    const struct walk_step step = steps_read(&walker, &control, hashed_word(ASID, VPN + 1, 4, F_V));
    assert_int_equal(step.kind, STEP_FINISH);
    assert_int_equal(step.check, CHECK_CHAIN);
    assert_int_equal(walker_idle(&walker), true);
}

static void entry_that_holds_the_page_is_done_as_its_frames_pte(void **state)
{
    (void)state;
    struct walker walker = at_second_entry(PORT_DATA);
    const struct walker before = walker;
    const struct walk_step step =
        steps_read(&walker, &control, hashed_word(ASID, VPN, 2, F_PAGE | F_E));
    assert_int_equal(walker_idle(&walker), true);
    steps_expect_done(
        &before, &control, &step,
        &(struct done){.pte_addr = entry_addr(8), .pte = pages_pte(8, F_PAGE), .size = 12});
}

static void first_check_that_fails_finishes_the_walk(void **state)
{
    (void)state;
    const uint64_t holds = hashed_word(ASID, VPN, 2, 0), other = hashed_word(ASID, VPN + 1, 2, 0);
    const struct {
        tw_in pins;
        tw_check check;
    } cases[] = {{{.mem_resp_error = 1, .mem_resp_data = holds | F_PAGE}, CHECK_READ},
                 {{.mem_resp_data = other | F_PAGE | F_E}, CHECK_VALID},
                 {{.mem_resp_data = hashed_word(0, 0, LAST + 1, F_V)}, CHECK_CHAIN},
                 {{.mem_resp_data = holds | F_V | F_W}, CHECK_RESERVED},
                 {{.mem_resp_data = holds | F_V}, CHECK_POINTER},
                 {{.mem_resp_data = holds | F_PAGE | F_U}, CHECK_USER},
                 {{.mem_resp_data = holds | F_V | F_R}, CHECK_PERMISSION}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        steps_expect_check(reading(), &control, cases[i].pins, cases[i].check);
}

/* ---- A and D --------------------------------------------------------------------------------- */

static void untouched_word_is_swapped_for_itself_with_a_and_d(void **state)
{
    (void)state;
    struct walker walker = swapping();
    const struct walker before = walker;
    assert_int_equal(walker.global, false); /* E is no G */
    steps_expect_swap(&walker, &control, entry_addr(8), untouched_word());
    const struct walk_step step =
        steps_answer(&walker, &control, (tw_in){.mem_resp_swapped = 1}, false);
    steps_expect_done(
        &before, &control, &step,
        &(struct done){.pte_addr = entry_addr(8), .pte = pages_pte(8, F_PAGE), .size = 12});
}

static void prefetch_sets_neither_a_nor_d(void **state)
{
    (void)state;
    struct walker walker = at_second_entry(NO_PORT);
    const struct walk_step step = steps_read(&walker, &control, untouched_word());
    assert_int_equal(step.kind, STEP_FINISH);
    assert_int_equal(step.check, CHECK_TOUCHED);
}

static void failed_compare_goes_to_the_anchor_until_the_tries_are_used_up(void **state)
{
    (void)state;
    steps_expect_tries(&hashed);
}

/* ---- fence ----------------------------------------------------------------------------------- */

static void fence_with_the_answer_drops_it_and_goes_to_the_anchor(void **state)
{
    (void)state;
    steps_expect_fence_with_answer(&hashed);
}

static void fence_on_a_request_on_the_pins_lets_it_finish_and_drops_its_answer(void **state)
{
    (void)state;
    steps_expect_fence_on_pins(&hashed);
}

static void fence_on_a_request_not_yet_on_the_pins_goes_to_the_anchor_at_once(void **state)
{
    (void)state;
    steps_expect_fence_before_pins(&hashed);
}

static void fence_while_memory_works_drops_the_answer_to_come(void **state)
{
    (void)state;
    steps_expect_fence_in_memory(&hashed);
}

static void fence_ends_a_prefetch_that_nobody_asked_for(void **state)
{
    (void)state;
    for (unsigned merged = 0; merged < 2; merged++) {
        struct walker walker = at_second_entry(NO_PORT);
        if (merged)
            walker_merge(&walker);
        walker_fence(&walker, &control, false);
        if (merged)
            assert_at_the_anchor(&walker);
        else
            assert_int_equal(walker_idle(&walker), true);
    }
}

/* ---- events ---------------------------------------------------------------------------------- */

static void reads_of_entries_are_probes_in_hashed_mode_alone(void **state)
{
    (void)state;
    const tw_control tree = {.satp = TW_PUT(SATP, MODE, MODE_SV39)};
    const struct walker start = started_for(PORT_DATA), entry = at_second_entry(PORT_DATA);
    assert_int_equal(walker_read_events(&start, &control), EVENT_READ);
    assert_int_equal(walker_read_events(&entry, &control), EVENT_READ | EVENT_PROBE);
    assert_int_equal(walker_read_events(&entry, &tree), EVENT_READ);
    assert_int_equal(walker_chain_event(&start, &control), 0);
    assert_int_equal(walker_chain_event(&entry, &control), EVENT_CHAIN_1 << 1);
    assert_int_equal(walker_chain_event(&entry, &tree), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walk_starts_at_the_anchor_wherever_a_tree_would_begin),
        cmocka_unit_test(words_lead_from_entry_to_entry_and_this_is_no_descent),
        cmocka_unit_test(entry_that_holds_the_page_is_done_as_its_frames_pte),
        cmocka_unit_test(first_check_that_fails_finishes_the_walk),
        cmocka_unit_test(untouched_word_is_swapped_for_itself_with_a_and_d),
        cmocka_unit_test(prefetch_sets_neither_a_nor_d),
        cmocka_unit_test(failed_compare_goes_to_the_anchor_until_the_tries_are_used_up),
        cmocka_unit_test(fence_with_the_answer_drops_it_and_goes_to_the_anchor),
        cmocka_unit_test(fence_on_a_request_on_the_pins_lets_it_finish_and_drops_its_answer),
        cmocka_unit_test(fence_on_a_request_not_yet_on_the_pins_goes_to_the_anchor_at_once),
        cmocka_unit_test(fence_while_memory_works_drops_the_answer_to_come),
        cmocka_unit_test(fence_ends_a_prefetch_that_nobody_asked_for),
        cmocka_unit_test(reads_of_entries_are_probes_in_hashed_mode_alone),
    };
    return cmocka_run_group_tests_name("model_cycle_walker_hashed_steps", tests, NULL, NULL);
}
