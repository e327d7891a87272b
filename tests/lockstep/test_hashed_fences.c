/*
 * Fences and the hashed inverted table: an OS takes a page away, or moves it to another frame, in
 * every cycle of a walk; and what a fence drops and keeps where pages have an address space each.
 *
 * The rule (docs/blocks/registers.md): the write is taken in t, and an answer visible in t + 3 or
 * later comes from reads made in t + 2 or later.
 */
#include "tests/support/hashed_bucket.h"

enum { CHAIN = 4, UNTOUCHED = F_V | F_RWX, OTHER = 9 };

/* One walk, and the fence of an OS among it. */
typedef struct moment {
    unsigned place, m, delay; /* delay: cycles from the request being taken to the first change */
    tw_fence_kind kind;
    bool touch; /* pages lack A and D */
    unsigned id;
    uint64_t fenced; /* the cycle in which the write of FENCE was taken */
} moment;

static unsigned flags_of(const moment *at)
{
    return at->touch ? UNTOUCHED : F_PAGE;
}

static void begin(fixture *f, moment *at)
{
    fixture_write(f, REG_FENCE, TW_FENCE_ALL);
    fixture_write(f, REG_FENCE_VA, bucket_va(at->place));
    fixture_write(f, REG_FENCE_ASID, FIXTURE_ASID);
    at->id = fixture_ask(f, TW_DATA, store(bucket_va(at->place)));
    fixture_idle(f, at->delay);
}

static void fence_now(fixture *f, moment *at)
{
    fixture_offer_write(f, REG_FENCE, at->kind);
    at->fenced = fixture_cycle(f);
    fixture_clock(f);
}

/* Until the OS may use again what it has unlinked. */
static void await_fence(fixture *f)
{
    while (TW_GET(fixture_read(f, REG_FENCE), FENCE, BUSY) != 0)
        fixture_clock(f);
}

/* When the answer was on the pins. */
static uint64_t shown(const fixture *f, const moment *at)
{
    const asked *a = &f->asked[TW_DATA][at->id];
    return a->taken_at + a->answer.latency;
}

static void fail_moment(const fixture *f, const moment *at, const char *what)
{
    const tw_answer *answer = &f->asked[TW_DATA][at->id].answer;
    fail_msg("place %u, M = %u, fence kind %d %u cycles after the request%s: %s, got 0x%llx, fault "
             "%u in cycle t + %lld of the fence taken in t",
             at->place, at->m, (int)at->kind, at->delay, at->touch ? ", A and D clear" : "", what,
             (unsigned long long)answer->pa, answer->fault,
             (long long)shown(f, at) - (long long)at->fenced);
}

/* The cycles of a walk, and some more. */
static unsigned cycles(unsigned m)
{
    return 4 + (2 + CHAIN) * (m + 1);
}

/* Runs the scenario with every kind of fence, place, latency and delay, with and without an update
 * of A and D. It returns whether the answer was the old one; both have to happen. */
static void in_every_cycle(fixture *f, bool (*run)(fixture *f, moment *at))
{
    unsigned old = 0, other = 0;
    for (unsigned m = 1; m <= 3; m++)
        for (unsigned kind = TW_FENCE_ALL; kind <= TW_FENCE_VA_ASID; kind++)
            for (unsigned place = 1; place <= CHAIN; place++)
                for (unsigned n = 0; n < 2 * cycles(m); n++) {
                    moment at = {.place = place, .m = m, .delay = n / 2, .touch = n % 2};
                    at.kind = (tw_fence_kind)kind;
                    tw_memory_set_latency(f->memory, m, m, 0);
                    if (run(f, &at))
                        old++;
                    else
                        other++;
                }
    assert_true(old > 0 && other > 0);
}

/* ---- a page is taken away, and its frame given to another ---- */

/* V first; then whoever leads to it leads on; a cycle each. */
static void take_away(fixture *f, const moment *at)
{
    const unsigned place = at->place, flags = flags_of(at);
    const uint64_t entry = bucket_entry(f, place);
    pages_write(&f->pages, entry, pages_read(&f->pages, entry) & ~(uint64_t)F_V);
    fixture_clock(f);
    if (place == 1)
        bucket_set_anchor(f, 2, F_V);
    else
        bucket_set(f, place - 1, place + (place < CHAIN), flags | (place == CHAIN ? F_E : 0));
    fixture_clock(f);
}

/* The frame's new page, in a chain of its own, and the word of its entry. */
static uint64_t new_owner(const moment *at)
{
    return bucket_va(at->place) ^ UINT64_C(1) << PAGE_SHIFT;
}

static uint64_t give(fixture *f, const moment *at)
{
    const unsigned frame = bucket_frame(at->place);
    const uint64_t va = new_owner(at);
    const uint64_t word = hashed_word(FIXTURE_ASID, hashed_vpn(va), frame, UNTOUCHED | F_E);
    pages_write(&f->pages, bucket_entry_of(f, frame), word);
    pages_write(&f->pages, bucket_anchor_of(f, va), hashed_word(0, 0, frame, F_V));
    return word;
}

static bool unlink_at(fixture *f, moment *at)
{
    bucket_chain(f, CHAIN, flags_of(at));
    begin(f, at);
    take_away(f, at);
    fence_now(f, at);
    await_fence(f);
    const uint64_t word = give(f, at);

    const tw_answer answer = fixture_await(f, TW_DATA, at->id);
    const bool old = answer.fault == CAUSE_NONE && answer.pa == bucket_pa(at->place);
    if (!old && answer.fault != CAUSE_STORE_PAGE)
        fail_moment(f, at, "expected the old frame or a page fault");
    if (old && shown(f, at) >= at->fenced + 3)
        fail_moment(f, at, "expected a page fault, as the fence is over");
    expect_equal("the new owner's entry", word, pages_read(&f->pages, bucket_entry(f, at->place)));
    expect_fault(fixture_translate(f, store(bucket_va(at->place))), CAUSE_STORE_PAGE);
    expect_pa(fixture_translate(f, load(new_owner(at))), bucket_pa(at->place));
    pages_write(&f->pages, bucket_anchor_of(f, new_owner(at)), 0);
    while (TW_GET(fixture_read(f, REG_FAULT_STATUS), FAULT_STATUS, COUNT) != 0)
        fixture_write(f, REG_FAULT_POP, 0);
    return old;
}

HASHED_TEST(a_page_taken_away_in_any_cycle_of_a_walk_is_the_old_one_or_a_fault)
{
    in_every_cycle(f, unlink_at);
}

/* ---- a page moves to another frame ---- */

/* To the place after its own, which held none until now. */
static bool move_at(fixture *f, moment *at)
{
    const unsigned place = at->place, flags = flags_of(at);
    bucket_chain(f, CHAIN + 1, flags);
    bucket_set(f, place + 1, place + 2, F_RWX | (place == CHAIN ? F_E : 0));
    begin(f, at);
    bucket_set(f, place, place + 1, F_RWX);
    pages_write(&f->pages, bucket_entry(f, place + 1),
                bucket_word(place, place + 2, flags | (place == CHAIN ? F_E : 0)));
    fence_now(f, at);

    const tw_answer answer = fixture_await(f, TW_DATA, at->id);
    if (answer.fault != CAUSE_NONE ||
        (answer.pa != bucket_pa(place + 1) &&
         (answer.pa != bucket_pa(place) || shown(f, at) >= at->fenced + 3)))
        fail_moment(f, at, "expected the new frame, or the old one before the fence");
    while (fixture_cycle(f) < at->fenced + 2)
        fixture_clock(f);
    expect_pa(fixture_translate(f, store(bucket_va(place))), bucket_pa(place + 1));
    expect_pa(fixture_translate(f, load(bucket_va(place))), bucket_pa(place + 1));
    expect_equal("the old entry", bucket_word(place, place + 1, F_RWX),
                 pages_read(&f->pages, bucket_entry(f, place)));
    fixture_settle(f);
    return answer.pa == bucket_pa(place);
}

HASHED_TEST(a_fence_of_any_kind_in_any_cycle_of_a_walk_is_obeyed)
{
    in_every_cycle(f, move_at);
}

/* A fence while the entry before the page's, or the anchor, is read. */
HASHED_TEST(a_fence_sends_a_walk_to_its_anchor)
{
    for (unsigned place = 1; place <= CHAIN; place++) {
        bucket_chain(f, CHAIN, F_PAGE);
        bucket_forget(f);
        const uint64_t restarts = fixture_read(f, REG_COUNT_RESTARTS);
        const unsigned id = fixture_ask(f, TW_DATA, load(bucket_va(place)));
        while (f->accesses < place)
            fixture_clock(f);
        fixture_offer_write(f, REG_FENCE, TW_FENCE_ALL);
        expect_pa(fixture_await(f, TW_DATA, id), bucket_pa(place));
        expect_equal("RESTARTS", restarts + 1, fixture_read(f, REG_COUNT_RESTARTS));
        assert_true(f->accesses >= place + 1 + place);
        for (unsigned n = 0; n <= place; n++)
            expect_equal("the reads at last", n == 0 ? bucket_anchor(f) : bucket_entry(f, n),
                         f->access[f->accesses - 1 - place + n].address);
    }
}

/* ---- address spaces ---- */

/* Page 1 in FIXTURE_ASID is at place 1; in a second space it is the frame of OTHER. One anchor. */
enum { SECOND = FIXTURE_ASID ^ 0x8001 };

static void two_spaces(fixture *f)
{
    bucket_size(f, BUCKET_LAST, 0);
    bucket_set_anchor(f, 1, F_V);
    bucket_set(f, 1, OTHER, F_PAGE);
    pages_write(&f->pages, bucket_entry(f, OTHER),
                hashed_word(SECOND, hashed_vpn(bucket_va(1)), 0, F_PAGE | F_E));
}

static void expect_in_space(fixture *f, unsigned asid, unsigned reads)
{
    fixture_enter(f, f->root, asid);
    expect_reads(f, load(bucket_va(1)), bucket_pa(asid == SECOND ? OTHER : 1), reads);
}

HASHED_TEST(one_page_number_in_two_spaces_is_two_pages)
{
    two_spaces(f);
    for (unsigned round = 0; round < 3; round++) {
        expect_in_space(f, FIXTURE_ASID, round == 0 ? 2 : 0);
        expect_in_space(f, SECOND, round == 0 ? 3 : 0);
    }
}

HASHED_TEST(a_fence_by_address_space_drops_its_own_pages_alone)
{
    two_spaces(f);
    for (unsigned by_va = 0; by_va < 2; by_va++)
        for (unsigned second = 0; second < 2; second++) {
            bucket_forget(f);
            expect_in_space(f, FIXTURE_ASID, 2);
            expect_in_space(f, SECOND, 3);
            fixture_fence(f, by_va ? TW_FENCE_VA_ASID : TW_FENCE_ASID, bucket_va(1),
                          second ? SECOND : FIXTURE_ASID);
            expect_in_space(f, FIXTURE_ASID, second ? 0 : 2);
            expect_in_space(f, SECOND, second ? 3 : 0);
        }
}

/* E stands where a PTE has G: the last entry of a chain is no more global than the others. */
HASHED_TEST(the_last_of_a_chain_is_not_global)
{
    bucket_size(f, BUCKET_LAST, 0);
    bucket_chain(f, 1, F_PAGE);
    expect_reads(f, load(bucket_va(1)), bucket_pa(1), 2);
    fixture_enter(f, f->root, SECOND);
    expect_chain_fault(f, load(bucket_va(1)), CHECK_VALID, 2, bucket_entry(f, 1));
    fixture_enter(f, f->root, FIXTURE_ASID);
    expect_reads(f, load(bucket_va(1)), bucket_pa(1), 0);
    fixture_fence(f, TW_FENCE_ASID, 0, FIXTURE_ASID);
    expect_reads(f, load(bucket_va(1)), bucket_pa(1), 2);
    fixture_fence(f, TW_FENCE_VA_ASID, bucket_va(1), FIXTURE_ASID);
    expect_reads(f, load(bucket_va(1)), bucket_pa(1), 2);
}

HASHED_TEST(a_fence_by_address_drops_one_page_of_a_chain)
{
    bucket_chain(f, CHAIN, F_PAGE);
    for (unsigned gone = 1; gone <= CHAIN; gone++) {
        for (unsigned place = 1; place <= CHAIN; place++)
            fixture_translate(f, load(bucket_va(place)));
        fixture_fence(f, TW_FENCE_VA, bucket_va(gone), 0);
        for (unsigned place = 1; place <= CHAIN; place++)
            expect_reads(f, load(bucket_va(place)), bucket_pa(place),
                         place == gone ? 1 + place : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_taken_away_in_any_cycle_of_a_walk_is_the_old_one_or_a_fault),
        cmocka_unit_test(a_fence_of_any_kind_in_any_cycle_of_a_walk_is_obeyed),
        cmocka_unit_test(a_fence_sends_a_walk_to_its_anchor),
        cmocka_unit_test(one_page_number_in_two_spaces_is_two_pages),
        cmocka_unit_test(a_fence_by_address_space_drops_its_own_pages_alone),
        cmocka_unit_test(the_last_of_a_chain_is_not_global),
        cmocka_unit_test(a_fence_by_address_drops_one_page_of_a_chain),
    };
    return fixture_run("hashed_fences", tests);
}
