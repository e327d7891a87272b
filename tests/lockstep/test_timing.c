/*
 * What an answer costs in cycles, on its own: hits of both levels, walks, updates, faults, fences.
 * M is the memory's latency, L the number of PTE reads. Ports and queues: test_timing_ports.c.
 */
#include "tests/support/fixture.h"

static const unsigned LATENCIES[] = {1, 2, 5, 10, 20};
enum { N_LATENCIES = sizeof LATENCIES / sizeof *LATENCIES };

typedef void scenario(fixture *f, unsigned m, unsigned level);

/* Runs the scenario in every mode, with every latency, for a leaf at every level up to `highest`.
 */
static void sweep_to(unsigned highest, scenario *run)
{
    for (unsigned i = 0; i < fixture_modes(); i++)
        for (unsigned l = 0; l < N_LATENCIES; l++)
            for (unsigned level = 0; level < mode_levels(fixture_mode(i)) && level <= highest;
                 level++) {
                fixture *f = fixture_open(fixture_mode(i), LATENCIES[l]);
                run(f, LATENCIES[l], level);
                fixture_close(f);
            }
}

static void sweep(scenario *run)
{
    sweep_to(LEVELS_MAX, run);
}

static void expect_cycles(const fixture *f, const char *what, unsigned m, unsigned level,
                          uint64_t got, uint64_t want)
{
    if (got != want)
        fail_msg("%s: expected %llu cycles, got %llu (%s, M = %u, leaf level %u)", what,
                 (unsigned long long)want, (unsigned long long)got, tw_mode_name(f->pages.mode), m,
                 level);
}

/* From the lookup that misses to the answer on the pins: the lookup, the stage, the reads. */
static uint64_t walk_cycles(unsigned reads, unsigned m)
{
    return 2 + (uint64_t)reads * (m + 1);
}

static void forget_everything(fixture *f)
{
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    fixture_forget(f);
}

/* ---- walks and hits ---- */

static void walk_then_hit(fixture *f, unsigned m, unsigned level)
{
    unsigned mode = f->pages.mode, reads = cold_reads(f, level);
    fixture_map(f, pages_va(mode), level, pages_pte(pages_frame(mode, level), F_PAGE));

    for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
        forget_everything(f);
        tw_answer walk = fixture_translate(f, request_of((tw_op)op, pages_va(mode)));
        expect_fault(walk, CAUSE_NONE);
        assert_int_equal(fixture_reads(f), reads);
        expect_cycles(f, "walk", m, level, walk.latency, walk_cycles(reads, m));

        tw_answer hit = fixture_translate(f, request_of((tw_op)op, pages_va(mode)));
        expect_fault(hit, CAUSE_NONE);
        expect_cycles(f, "hit", m, level, hit.latency, 1);
        assert_int_equal(fixture_reads(f), reads);
    }
}

static void walk_costs_a_read_a_level_and_a_hit_one_cycle(void **state)
{
    (void)state;
    sweep(walk_then_hit);
}

/* A leaf beside one that was walked for: every pointer above it is known. */
static void walk_in_known_tables(fixture *f, unsigned m, unsigned level)
{
    unsigned mode = f->pages.mode;
    uint64_t va = pages_va(mode), beside = pages_va_beside(mode, va, level);
    uint64_t frame = pages_frame(mode, level);
    fixture_map(f, beside, level, pages_pte(frame, F_PAGE));
    for (unsigned touch = 0; touch < 2; touch++) {
        fixture_map(f, va, level, pages_pte(frame, touch ? F_V | F_RWX : F_PAGE));
        forget_everything(f);
        fixture_translate(f, load(beside));
        fixture_forget(f);
        tw_answer walk = fixture_translate(f, load(va));
        expect_fault(walk, CAUSE_NONE);
        assert_int_equal(fixture_reads(f), 1);
        expect_cycles(f, touch ? "walk in known tables that sets A" : "walk in known tables", m,
                      level, walk.latency, walk_cycles(1 + touch, m));
    }
}

static void tables_in_the_walk_cache_cost_one_lookup_in_all(void **state)
{
    (void)state;
    if (!has_walk_cache())
        skip();
    sweep(walk_in_known_tables);
}

/* The level is that from which on two 4-KiB pages share no table. */
static void walk_in_half_known_tables(fixture *f, unsigned m, unsigned level)
{
    unsigned mode = f->pages.mode;
    uint64_t va = pages_va(mode), beside = pages_va_beside(mode, va, level);
    fixture_map(f, va, 0, pages_pte(pages_frame(mode, 0), F_PAGE));
    fixture_map(f, beside, 0, pages_pte(pages_frame(mode, 0), F_PAGE));
    fixture_translate(f, load(va));
    fixture_forget(f);
    tw_answer walk = fixture_translate(f, load(beside));
    expect_fault(walk, CAUSE_NONE);
    assert_int_equal(fixture_reads(f), level + 1);
    expect_cycles(f, "walk below what is known", m, level, walk.latency, walk_cycles(level + 1, m));
}

static void a_walk_costs_the_reads_of_the_tables_that_are_not_known(void **state)
{
    (void)state;
    if (!has_walk_cache())
        skip();
    sweep(walk_in_half_known_tables);
}

/* A page that one port walked for is a second-level hit on the other, for any operation. */
static void hit_second_level(fixture *f, unsigned m, unsigned level)
{
    unsigned mode = f->pages.mode;
    uint64_t va = pages_va(mode);
    fixture_map(f, va, level, pages_pte(pages_frame(mode, level), F_PAGE));
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
        tw_request request = request_of((tw_op)op, va);
        forget_everything(f);
        fixture_translate(f, op == OP_FETCH ? load(va) : fetch(va));
        fixture_forget(f);
        tw_answer second = fixture_translate(f, request);
        expect_fault(second, CAUSE_NONE);
        expect_cycles(f, "second-level hit", m, level, second.latency, 2);
        tw_answer first = fixture_translate(f, request);
        expect_cycles(f, "hit after a second-level hit", m, level, first.latency, 1);
        assert_int_equal(f->accesses, 0);
    }
}

static void a_second_level_hit_is_answered_two_cycles_after_the_lookup(void **state)
{
    (void)state;
    if (!has_l2())
        skip();
    sweep_to(0, hit_second_level);
}

/* ---- updates and faults ---- */

static void walk_that_touches(fixture *f, unsigned m, unsigned level)
{
    unsigned mode = f->pages.mode;
    uint64_t va = pages_va(mode);
    fixture_map(f, va, level, pages_pte(pages_frame(mode, level), F_V | F_RWX));
    tw_answer sets_a = fixture_translate(f, load(va));
    expect_cycles(f, "walk that sets A", m, level, sets_a.latency,
                  walk_cycles(cold_reads(f, level) + 1, m));
    tw_answer sets_d = fixture_translate(f, store(va));
    expect_cycles(f, "walk in known tables that sets D", m, level, sets_d.latency,
                  walk_cycles(warm_reads(f, level) + 1, m));

    fixture_map(f, va, level, pages_pte(pages_frame(mode, level), F_V | F_RWX | F_A));
    forget_everything(f);
    sets_d = fixture_translate(f, store(va));
    expect_cycles(f, "walk that sets D", m, level, sets_d.latency,
                  walk_cycles(cold_reads(f, level) + 1, m));
}

static void an_update_of_a_or_d_adds_one_compare_and_swap(void **state)
{
    (void)state;
    sweep(walk_that_touches);
}

static void walk_that_faults(fixture *f, unsigned m, unsigned level)
{
    unsigned mode = f->pages.mode;
    uint64_t va = pages_va(mode), frame = pages_frame(mode, level);
    const uint64_t ptes[] = {0, pages_pte(frame, F_V | F_W), pages_pte(frame, F_PAGE | F_U),
                             pages_pte(frame, F_V | F_X | F_A), pages_pte(frame, F_V | F_A)};
    for (unsigned i = 0; i < sizeof ptes / sizeof *ptes; i++) {
        fixture_map(f, va, level, ptes[i]);
        forget_everything(f);
        tw_answer fault = fixture_translate(f, load(va));
        expect_fault(fault, CAUSE_LOAD_PAGE);
        expect_cycles(f, "fault", m, level, fault.latency, walk_cycles(cold_reads(f, level), m));
        fault = fixture_translate(f, load(va));
        expect_fault(fault, CAUSE_LOAD_PAGE);
        expect_cycles(f, "fault in known tables", m, level, fault.latency,
                      walk_cycles(warm_reads(f, level), m));
    }
}

static void a_fault_costs_no_more_than_the_walk(void **state)
{
    (void)state;
    sweep(walk_that_faults);
}

static void a_bad_address_is_answered_in_the_next_cycle(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fixture_modes(); i++) {
        fixture *f = fixture_open(fixture_mode(i), 5);
        uint64_t bad = pages_va(fixture_mode(i)) ^ UINT64_C(1) << 63;
        tw_answer fault = fixture_translate(f, load(bad));
        expect_fault(fault, CAUSE_LOAD_PAGE);
        assert_int_equal(fault.latency, 1);
        assert_int_equal(f->accesses, 0);
        fixture_close(f);
    }
}

/* ---- fences ---- */

/* A fence by a write that is taken in t: done in t + 1, answered in t + 2, and hits to pages that
 * it spares are answered in the next cycle throughout. */
static void no_fence_costs_more_than_a_full_one(void **state)
{
    (void)state;
    unsigned mode = fixture_mode(0);
    uint64_t va = pages_va(mode), spared = pages_va_plus(mode, va, 1);
    fixture *f = fixture_open(mode, 1);
    fixture_map(f, va, 0, pages_pte(pages_frame(mode, 0), F_PAGE));
    fixture_map(f, spared, 0, pages_pte(pages_frame(mode, 0), F_PAGE | F_G));
    fixture_write(f, REG_FENCE_VA, va);
    fixture_write(f, REG_FENCE_ASID, FIXTURE_ASID);
    for (unsigned kind = TW_FENCE_ALL; kind <= TW_FENCE_VA_ASID; kind++) {
        fixture_translate(f, load(va));
        fixture_translate(f, load(spared));
        fixture_clock(f);
        unsigned id[4];
        for (unsigned n = 0; n < 4; n++) {
            assert_int_equal(tw_machine_out(f->machine)->reg_resp_valid, n == 2);
            if (n == 0)
                fixture_offer_write(f, REG_FENCE, kind);
            id[n] = fixture_ask(f, TW_DATA, load(spared));
        }
        for (unsigned n = 0; n < 4 && kind != TW_FENCE_ALL; n++)
            assert_int_equal(fixture_await(f, TW_DATA, id[n]).latency, 1);
        fixture_settle(f);
        fixture_forget(f);
        fixture_translate(f, load(va));
        /* after a full one the spared page was walked for, in the same tables */
        assert_int_equal(fixture_reads(f),
                         kind == TW_FENCE_ALL ? warm_reads(f, 0) : cold_reads(f, 0));
    }
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walk_costs_a_read_a_level_and_a_hit_one_cycle),
        cmocka_unit_test(tables_in_the_walk_cache_cost_one_lookup_in_all),
        cmocka_unit_test(a_walk_costs_the_reads_of_the_tables_that_are_not_known),
        cmocka_unit_test(a_second_level_hit_is_answered_two_cycles_after_the_lookup),
        cmocka_unit_test(an_update_of_a_or_d_adds_one_compare_and_swap),
        cmocka_unit_test(a_fault_costs_no_more_than_the_walk),
        cmocka_unit_test(a_bad_address_is_answered_in_the_next_cycle),
        cmocka_unit_test(no_fence_costs_more_than_a_full_one),
    };
    return fixture_run("timing", tests);
}
