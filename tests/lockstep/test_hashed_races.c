/*
 * Software changes a chain while it is walked: between the read of the page's entry and its
 * compare-and-swap, and in every cycle, in the order in which an OS takes a page away.
 */
#include "tests/support/hashed_bucket.h"

enum { CHAIN = 4, UNTOUCHED = F_V | F_RWX };

/* ---- between the read and the swap ---- */

/* What another agent does to the entry at `place`, and how the walk has to end: the check; with
 * CHECK_NONE the place whose frame is the answer; how often it comes to the entry, from the anchor,
 * and how many words it reads besides; and swaps. */
typedef struct agent {
    const char *name;
    void (*act)(fixture *f, unsigned place);
    bool for_ever; /* after every read of the entry */
    tw_check check;
    unsigned found, reads, swaps;
} agent;

static void change(fixture *f, unsigned place, uint64_t clear, uint64_t set)
{
    const uint64_t entry = bucket_entry(f, place);
    pages_write(&f->pages, entry, (pages_read(&f->pages, entry) & ~clear) | set);
}

static void set_d(fixture *f, unsigned place)
{
    change(f, place, 0, F_D);
}

static void revoke(fixture *f, unsigned place)
{
    change(f, place, F_RWX, F_R | F_U);
}

static void clear_v(fixture *f, unsigned place)
{
    change(f, place, F_V, 0);
}

/* The page itself is where it was. */
static void lead_elsewhere(fixture *f, unsigned place)
{
    change(f, place, UINT64_C(0xfffff) << HASHED_NEXT, (uint64_t)bucket_frame(9) << HASHED_NEXT);
}

/* Its V first, then whoever leads to it. */
static void unlink_place(fixture *f, unsigned place)
{
    const bool last = place == CHAIN;
    clear_v(f, place);
    if (place == 1)
        bucket_set_anchor(f, 2, F_V);
    else
        bucket_set(f, place - 1, last ? place : place + 1, UNTOUCHED | (last ? F_E : 0));
}

static void flip_d(fixture *f, unsigned place)
{
    pages_write(&f->pages, bucket_entry(f, place),
                pages_read(&f->pages, bucket_entry(f, place)) ^ F_D);
}

static void refuse(fixture *f, unsigned place)
{
    const uint64_t entry = bucket_entry(f, place);
    assert_int_equal(tw_memory_add_read_only(f->memory, entry, entry + 7), TW_OK);
}

/* Another page moved into the frame: none of its neighbours in the chain is touched. */
static void give_away(fixture *f, unsigned place)
{
    change(f, place, 0, UINT64_C(1) << (HASHED_VPN + 15));
}

typedef struct race {
    const agent *who;
    unsigned place, m, delay; /* cycles from the read of the entry to the change */
    tw_op op;
} race;

/* Asks, and acts `delay` cycles after the read of the page's entry was taken. Returns the word that
 * the other agent left last. */
static uint64_t run(fixture *f, const race *r, unsigned *id)
{
    const tw_port port = port_of(r->op);
    const uint64_t entry = bucket_entry(f, r->place);
    uint64_t left = pages_read(&f->pages, entry);
    unsigned count = 0;
    bool done = false;
    *id = fixture_ask(f, port, request_of(r->op, bucket_va(r->place)));
    while (!f->asked[port][*id].answered) {
        fixture_clock(f);
        if (fixture_took(f, entry, false) && (!done || r->who->for_ever))
            count = r->delay + 1;
        if (count > 0 && --count == 0) {
            r->who->act(f, r->place);
            left = pages_read(&f->pages, entry);
            done = true;
        }
    }
    return left;
}

static void race_once(fixture *f, const race *r)
{
    unsigned id = 0;
    tw_memory_clear_faults(f->memory);
    bucket_chain(f, CHAIN, UNTOUCHED);
    bucket_forget(f);
    const uint64_t left = run(f, r, &id);
    const tw_answer answer = f->asked[port_of(r->op)][id].answer;
    const unsigned cause = check_cause(r->who->check, r->op);
    const unsigned reads = r->who->found * (1 + r->place) + r->who->reads;
    if (answer.fault != cause || (cause == CAUSE_NONE && answer.pa != bucket_pa(r->place)) ||
        fixture_reads(f) != reads || fixture_swaps(f) != r->who->swaps)
        fail_msg(
            "%s %u cycles after the read of place %u, %s, M = %u: expected fault %u, %u reads, "
            "%u swaps, got fault %u, pa 0x%llx, %u reads, %u swaps",
            r->who->name, r->delay, r->place, tw_op_name(r->op), r->m, cause, reads, r->who->swaps,
            answer.fault, (unsigned long long)answer.pa, fixture_reads(f), fixture_swaps(f));
    const uint64_t want = cause == CAUSE_NONE ? pte_touch(left, r->op) : left;
    expect_equal("the entry", want, pages_read(&f->pages, bucket_entry(f, r->place)));
    if (cause == CAUSE_NONE)
        return;
    expect_equal("CHECK", r->who->check,
                 TW_GET(fixture_read(f, REG_FAULT_INFO), FAULT_INFO, CHECK));
    fixture_write(f, REG_FAULT_POP, 0);
}

/* The read is taken, its data comes M cycles later, the swap is asked for in the cycle after. */
static void race_everywhere(fixture *f, const agent *who)
{
    for (unsigned m = 1; m <= 3; m++) {
        tw_memory_set_latency(f->memory, m, m, 0);
        for (unsigned place = 1; place <= CHAIN; place++)
            for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
                for (unsigned delay = 0; delay <= m; delay++)
                    race_once(f, &(race){who, place, m, delay, (tw_op)op});
    }
}

#define RACE_TEST(test, ...)                             \
    HASHED_TEST(test)                                    \
    {                                                    \
        race_everywhere(f, &(const agent){__VA_ARGS__}); \
    }

RACE_TEST(a_dirty_bit_set_meanwhile_is_kept, .name = "D set", .act = set_d, .check = CHECK_NONE,
          .found = 2, .swaps = 2)
RACE_TEST(flags_changed_meanwhile_are_judged_anew, .name = "flags changed", .act = revoke,
          .check = CHECK_USER, .found = 2, .swaps = 1)
RACE_TEST(a_page_taken_away_meanwhile_faults_at_the_end_of_the_chain, .name = "V cleared",
          .act = clear_v, .check = CHECK_VALID, .found = 1, .reads = 1 + CHAIN, .swaps = 1)
RACE_TEST(a_next_that_changed_meanwhile_is_kept, .name = "next changed", .act = lead_elsewhere,
          .check = CHECK_NONE, .found = 2, .swaps = 2)
RACE_TEST(an_entry_unlinked_meanwhile_is_not_read_again, .name = "unlinked", .act = unlink_place,
          .check = CHECK_VALID, .found = 1, .reads = CHAIN, .swaps = 1)
RACE_TEST(an_entry_that_never_stands_still_ends_as_a_page_fault, .name = "changed for ever",
          .act = flip_d, .for_ever = true, .check = CHECK_RETRIES, .found = SWAP_TRIES,
          .swaps = SWAP_TRIES)
RACE_TEST(a_swap_refused_meanwhile_is_an_access_fault, .name = "swap refused", .act = refuse,
          .check = CHECK_SWAP, .found = 1, .swaps = 1)
RACE_TEST(a_frame_given_away_meanwhile_is_not_touched, .name = "given away", .act = give_away,
          .check = CHECK_VALID, .found = 1, .reads = 1 + CHAIN, .swaps = 1)

/* The compare fails because the entry lost V; the page stands in another chain that the anchor
 * leads to by now. Whoever went on from the entry would come to the end of the old one. */
HASHED_TEST(a_retry_begins_at_the_anchor)
{
    for (unsigned place = 1; place <= CHAIN; place++) {
        bucket_chain(f, CHAIN, UNTOUCHED);
        bucket_forget(f);
        const unsigned id = fixture_ask(f, TW_DATA, store(bucket_va(place)));
        fixture_await_read(f, bucket_entry(f, place));
        change(f, place, F_V, 0);
        pages_write(&f->pages, bucket_entry(f, 9), bucket_word(place, 1, UNTOUCHED));
        bucket_set_anchor(f, 9, F_V);
        expect_pa(fixture_await(f, TW_DATA, id), bucket_pa(9));
        expect_equal("the entry", bucket_word(place, 1, UNTOUCHED | F_A | F_D),
                     pages_read(&f->pages, bucket_entry(f, 9)));
        expect_equal("reads", 1 + place + 2, fixture_reads(f));
    }
    expect_equal("RETRIES", CHAIN, fixture_read(f, REG_COUNT_RETRIES));
}

/* The entry is as it was, but the anchor has no chain any more: nobody notices without a fence. */
HASHED_TEST(a_swap_whose_entry_stands_still_does_not_look_at_the_anchor)
{
    bucket_chain(f, CHAIN, UNTOUCHED);
    fixture_forget(f);
    const unsigned id = fixture_ask(f, TW_DATA, store(bucket_va(2)));
    fixture_await_read(f, bucket_entry(f, 2));
    bucket_set_anchor(f, 1, 0);
    expect_pa(fixture_await(f, TW_DATA, id), bucket_pa(2));
    expect_equal("reads", 3, fixture_reads(f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dirty_bit_set_meanwhile_is_kept),
        cmocka_unit_test(flags_changed_meanwhile_are_judged_anew),
        cmocka_unit_test(a_page_taken_away_meanwhile_faults_at_the_end_of_the_chain),
        cmocka_unit_test(a_next_that_changed_meanwhile_is_kept),
        cmocka_unit_test(an_entry_unlinked_meanwhile_is_not_read_again),
        cmocka_unit_test(an_entry_that_never_stands_still_ends_as_a_page_fault),
        cmocka_unit_test(a_swap_refused_meanwhile_is_an_access_fault),
        cmocka_unit_test(a_frame_given_away_meanwhile_is_not_touched),
        cmocka_unit_test(a_retry_begins_at_the_anchor),
        cmocka_unit_test(a_swap_whose_entry_stands_still_does_not_look_at_the_anchor),
    };
    return fixture_run("hashed_races", tests);
}
