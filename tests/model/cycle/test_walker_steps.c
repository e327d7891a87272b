/* test_walker_steps.c: one walker by itself: where it starts, what each answer means, and what a
 * fence does to it in each state. */
#include "tablewalk/registers.h"
#include "tests/support/walk_steps.h"

enum { ROOT = 0x700 };

static const uint64_t table = 0x800, frame = 0x900;
static const uint64_t va = UINT64_C(0x00000012345678);

static const tw_control control = {.satp = TW_PUT(SATP, MODE, MODE_SV39) | TW_PUT(SATP, PPN, ROOT),
                                   .adue = true};

/* A walk of Sv39, begun at `level` in `table`. */
static struct walker walker_at(unsigned level, bool global)
{
    struct walker walker;
    walker_reset(&walker);
    steps_start(
        &walker, &control, va,
        (struct walk_start){.port = PORT_DATA, .level = level, .table = table, .global = global});
    return walker;
}

static struct walker reading(void)
{
    return walker_at(0, true);
}

static uint64_t untouched_leaf(void)
{
    return pages_pte(frame, F_V | F_R | F_W | F_G);
}

/* A walk that is about to swap in A and D. */
static struct walker swapping(void)
{
    struct walker walker = walker_at(0, false);
    steps_read(&walker, &control, untouched_leaf());
    assert_int_equal(walker.state, WALK_SWAP);
    return walker;
}

static void assert_reads(const struct walker *walker, unsigned level, uint64_t addr, bool global)
{
    assert_int_equal(walker->state, WALK_READ);
    assert_int_equal(walker->level, level);
    assert_int_equal(walker->addr, addr);
    assert_int_equal(walker->global, global);
}

static void assert_at_the_root(const struct walker *walker)
{
    assert_reads(walker, 2, (uint64_t)ROOT << 12 | (va >> 30 & 0x1ff) << 3, false);
}

static const walk_steps tree = {&control, reading, swapping, assert_at_the_root};

/* ---- start ----------------------------------------------------------------------------------- */

static void walk_starts_where_it_is_told(void **state)
{
    (void)state;
    for (unsigned level = 0; level < 3; level++) {
        const struct walker walker = walker_at(level, level == 1);
        assert_reads(&walker, level, table << 12 | (va >> (12 + 9 * level) & 0x1ff) << 3,
                     level == 1);
        assert_int_equal(walker_idle(&walker), false);
        assert_int_equal(walker.port, PORT_DATA);
        assert_int_equal(walker.request.id, 5);
        assert_int_equal(walker.way, 6);
        assert_int_equal(walker.restart, false);
    }
}

static void start_forgets_the_retries_of_the_walk_before(void **state)
{
    (void)state;
    const struct request request = {.body = {.va = va, .op = OP_LOAD, .priv = PRIV_S}};
    struct walker walker = walker_at(0, false);
    walker.retries = SWAP_TRIES - 1;
    walker.state = WALK_IDLE;
    walker_start(&walker, &control, &(struct walk_start){.request = &request, .table = table});
    steps_read(&walker, &control, pages_pte(frame, F_V | F_R));
    assert_int_equal(steps_answer(&walker, &control, (tw_in){.mem_resp_swapped = 0}, false).kind,
                     STEP_RETRY);
}

/* ---- answers --------------------------------------------------------------------------------- */

static void pointer_leads_down_and_is_told(void **state)
{
    (void)state;
    static const struct {
        bool above, here;
    } global[] = {{false, false}, {false, true}, {true, false}};
    for (unsigned i = 0; i < 3; i++) {
        struct walker walker = walker_at(2, global[i].above);
        const struct walker before = walker;
        struct pointer pointer;
        const struct walk_step step =
            steps_read(&walker, &control, pages_pte(0xabc, F_V | (global[i].here ? F_G : 0)));
        assert_int_equal(step.kind, STEP_DOWN);
        assert_reads(&walker, 1, UINT64_C(0xabc) << 12 | (va >> 21 & 0x1ff) << 3, i > 0);
        walker_pointer(&before, &step, &pointer);
        assert_int_equal(pointer.va, va);
        assert_int_equal(pointer.level, 2); /* the pointer's own */
        assert_int_equal(pointer.table, 0xabc);
        assert_int_equal(pointer.global, i > 0);
    }
}

static void touched_leaf_finishes_the_walk(void **state)
{
    (void)state;
    const uint64_t leaf = pages_pte(frame << 9, F_V | F_R | F_W | F_A | F_D);
    struct walker walker = walker_at(1, true);
    const struct walker before = walker;
    const struct walk_step step = steps_read(&walker, &control, leaf);
    assert_int_equal(walker_idle(&walker), true);
    steps_expect_done(
        &before, &control, &step,
        &(struct done){
            .level = 1, .pte_addr = before.addr, .pte = leaf, .size = 21, .global = true});
}

static void done_is_global_by_the_leaf_or_by_what_is_above(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        const struct walker walker = walker_at(0, i & 1);
        const struct walk_step step = {.kind = STEP_FINISH,
                                       .pte = pages_pte(frame, F_V | F_R | (i & 2 ? F_G : 0))};
        struct done done;
        walker_done(&walker, &control, &step, &done);
        assert_int_equal(done.global, i != 0);
    }
}

static void first_check_that_fails_finishes_the_walk(void **state)
{
    (void)state;
    static const struct {
        tw_in pins;
        tw_check check;
    } cases[] = {{{.mem_resp_error = 1, .mem_resp_data = 0xcf}, CHECK_READ},
                 {{.mem_resp_data = 0}, CHECK_VALID},
                 {{.mem_resp_data = F_V | F_W}, CHECK_RESERVED},
                 {{.mem_resp_data = F_V | F_A}, CHECK_POINTER},
                 {{.mem_resp_data = 1 << 10 | F_V | F_R | F_W}, CHECK_ALIGNED},
                 {{.mem_resp_data = F_V | F_R | F_W | F_U}, CHECK_USER},
                 {{.mem_resp_data = F_V | F_R}, CHECK_PERMISSION}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        steps_expect_check(walker_at(1, false), &control, cases[i].pins, cases[i].check);
}

static void untouched_leaf_is_swapped_for_itself_with_a_and_d(void **state)
{
    (void)state;
    struct walker walker = swapping();
    assert_int_equal(walker.global, true);
    steps_expect_swap(&walker, &control, table << 12 | (va >> 12 & 0x1ff) << 3, untouched_leaf());
    const struct walk_step step =
        steps_answer(&walker, &control, (tw_in){.mem_resp_swapped = 1}, false);
    assert_int_equal(step.kind, STEP_FINISH);
    assert_int_equal(step.check, CHECK_NONE);
    assert_int_equal(step.pte, untouched_leaf() | F_A | F_D);
    assert_int_equal(walker_idle(&walker), true);
}

static void read_shows_neither_expected_nor_desired(void **state)
{
    (void)state;
    static const unsigned modes[] = {MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57};
    struct walker walker = walker_at(1, false);
    walker.pte = 0xcf; /* of an earlier walk */
    for (unsigned i = 0; i < 4; i++) {
        const tw_control wide = {.satp = TW_PUT(SATP, MODE, modes[i])};
        tw_out out = {.mem_req_expected = 1, .mem_req_desired = 1};
        walker_pins(&walker, &wide, &out);
        assert_int_equal(out.mem_req_op, 0);
        assert_int_equal(out.mem_req_size, modes[i] != MODE_SV32);
        assert_int_equal(out.mem_req_expected, 0);
        assert_int_equal(out.mem_req_desired, 0);
    }
}

static void swap_that_the_bus_refuses_is_a_fault_even_if_it_says_swapped(void **state)
{
    (void)state;
    steps_expect_check(swapping(), &control, (tw_in){.mem_resp_error = 1, .mem_resp_swapped = 1},
                       CHECK_SWAP);
}

static void failed_compare_goes_to_the_root_until_the_tries_are_used_up(void **state)
{
    (void)state;
    steps_expect_tries(&tree);
}

/* ---- fence ----------------------------------------------------------------------------------- */

static void fence_with_the_answer_drops_it_and_goes_to_the_root(void **state)
{
    (void)state;
    steps_expect_fence_with_answer(&tree);
}

static void fence_on_a_request_on_the_pins_lets_it_finish_and_drops_its_answer(void **state)
{
    (void)state;
    steps_expect_fence_on_pins(&tree);
}

static void fence_on_a_request_not_yet_on_the_pins_goes_to_the_root_at_once(void **state)
{
    (void)state;
    steps_expect_fence_before_pins(&tree);
}

static void fence_while_memory_works_drops_the_answer_to_come(void **state)
{
    (void)state;
    steps_expect_fence_in_memory(&tree);
}

/* ---- page ------------------------------------------------------------------------------------ */

static void walker_is_busy_on_the_4_kib_page_of_its_walk(void **state)
{
    (void)state;
    struct walker walker = walker_at(0, false);
    for (unsigned bit = 0; bit < 64; bit++)
        assert_int_equal(walker_on_page(&walker, va ^ UINT64_C(1) << bit), bit < 12);
    walker.state = WALK_IDLE;
    assert_int_equal(walker_on_page(&walker, va), false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walk_starts_where_it_is_told),
        cmocka_unit_test(start_forgets_the_retries_of_the_walk_before),
        cmocka_unit_test(pointer_leads_down_and_is_told),
        cmocka_unit_test(touched_leaf_finishes_the_walk),
        cmocka_unit_test(done_is_global_by_the_leaf_or_by_what_is_above),
        cmocka_unit_test(first_check_that_fails_finishes_the_walk),
        cmocka_unit_test(untouched_leaf_is_swapped_for_itself_with_a_and_d),
        cmocka_unit_test(read_shows_neither_expected_nor_desired),
        cmocka_unit_test(swap_that_the_bus_refuses_is_a_fault_even_if_it_says_swapped),
        cmocka_unit_test(failed_compare_goes_to_the_root_until_the_tries_are_used_up),
        cmocka_unit_test(fence_with_the_answer_drops_it_and_goes_to_the_root),
        cmocka_unit_test(fence_on_a_request_on_the_pins_lets_it_finish_and_drops_its_answer),
        cmocka_unit_test(fence_on_a_request_not_yet_on_the_pins_goes_to_the_root_at_once),
        cmocka_unit_test(fence_while_memory_works_drops_the_answer_to_come),
        cmocka_unit_test(walker_is_busy_on_the_4_kib_page_of_its_walk),
    };
    return cmocka_run_group_tests_name("model_cycle_walker_steps", tests, NULL, NULL);
}
