/* What an answer costs in cycles. M is the memory's latency, L the number of PTE reads. */
#include "tests/support/fixture.h"

static const unsigned LATENCIES[] = {1, 2, 5, 10, 20};
enum { N_LATENCIES = sizeof LATENCIES / sizeof *LATENCIES };

typedef void scenario(fixture *f, unsigned m, unsigned level);

/* Runs the scenario in every mode, with every latency, for a leaf at every level. */
static void sweep(scenario *run)
{
    for (unsigned i = 0; i < fixture_modes(); i++)
        for (unsigned l = 0; l < N_LATENCIES; l++)
            for (unsigned level = 0; level < mode_levels(fixture_mode(i)); level++) {
                fixture *f = fixture_open(fixture_mode(i), LATENCIES[l]);
                run(f, LATENCIES[l], level);
                fixture_close(f);
            }
}

static void expect_cycles(const fixture *f, const char *what, unsigned m, unsigned level,
                          uint64_t got, uint64_t want)
{
    if (got != want)
        fail_msg("%s: expected %llu cycles, got %llu (%s, M = %u, leaf level %u)", what,
                 (unsigned long long)want, (unsigned long long)got, tw_mode_name(f->pages.mode), m,
                 level);
}

static void walk_then_hit(fixture *f, unsigned m, unsigned level)
{
    unsigned reads = mode_levels(f->pages.mode) - level;
    unsigned mode = f->pages.mode;
    fixture_map(f, pages_va(mode), level, pages_pte(pages_frame(mode, level), F_PAGE));

    for (unsigned op = OP_FETCH; op <= OP_STORE; op++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        fixture_forget(f);
        tw_answer walk = fixture_translate(f, request_of((tw_op)op, pages_va(mode)));
        expect_fault(walk, CAUSE_NONE);
        assert_int_equal(fixture_reads(f), reads);
        assert_true(walk.latency <= 2 + reads * (m + 1));
        expect_cycles(f, "walk", m, level, walk.latency, 1 + reads * (m + 1));

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

static void walk_that_touches(fixture *f, unsigned m, unsigned level)
{
    unsigned reads = mode_levels(f->pages.mode) - level;
    unsigned mode = f->pages.mode;
    uint64_t pte = pages_pte(pages_frame(mode, level), F_V | F_RWX);
    fixture_map(f, pages_va(mode), level, pte);
    tw_answer sets_a = fixture_translate(f, load(pages_va(mode)));
    expect_cycles(f, "walk that sets A", m, level, sets_a.latency, 1 + (reads + 1) * (m + 1));
    tw_answer sets_d = fixture_translate(f, store(pages_va(mode)));
    expect_cycles(f, "walk that sets D", m, level, sets_d.latency, 1 + (reads + 1) * (m + 1));
}

static void an_update_of_a_or_d_adds_one_compare_and_swap(void **state)
{
    (void)state;
    sweep(walk_that_touches);
}

static void walk_that_faults(fixture *f, unsigned m, unsigned level)
{
    unsigned mode = f->pages.mode;
    unsigned reads = mode_levels(mode) - level;
    uint64_t va = pages_va(mode);
    uint64_t frame = pages_frame(mode, level);
    const uint64_t ptes[] = {0, pages_pte(frame, F_V | F_W), pages_pte(frame, F_PAGE | F_U),
                             pages_pte(frame, F_V | F_X | F_A), pages_pte(frame, F_V | F_A)};
    for (unsigned i = 0; i < sizeof ptes / sizeof *ptes; i++) {
        fixture_map(f, va, level, ptes[i]);
        tw_answer fault = fixture_translate(f, load(va));
        expect_fault(fault, CAUSE_LOAD_PAGE);
        expect_cycles(f, "fault", m, level, fault.latency, 1 + reads * (m + 1));
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

/* One read-only page per port, so that 64 requests in 64 cycles hit on both. */
static void each_port_translates_once_a_cycle(void **state)
{
    (void)state;
    enum { COUNT = 64 };
    for (unsigned i = 0; i < fixture_modes(); i++) {
        unsigned mode = fixture_mode(i);
        fixture *f = fixture_open(mode, 2);
        uint64_t va = pages_va(mode), frame = pages_frame(mode, 0);
        fixture_map(f, va, 0, pages_pte(frame, F_PAGE));
        fixture_translate(f, fetch(va));
        fixture_translate(f, load(va));
        unsigned id[2][COUNT];
        uint64_t begin = fixture_cycle(f);
        for (unsigned n = 0; n < COUNT; n++) {
            uint64_t at = (va & ~UINT64_C(0xfff)) + 8 * n;
            id[TW_FETCH][n] = fixture_offer(f, TW_FETCH, fetch(at));
            id[TW_DATA][n] = fixture_offer(f, TW_DATA, n % 2 ? load(at) : store(at));
            fixture_clock(f);
            for (unsigned port = 0; port < 2; port++) {
                assert_true(f->asked[port][id[port][n]].taken_at == begin + n);
                if (n == 0)
                    continue;
                const asked *before = &f->asked[port][id[port][n - 1]];
                assert_true(before->answered);
                assert_int_equal(before->answer.latency, 1);
                expect_pa(before->answer, (frame << PAGE_SHIFT) + 8 * (n - 1));
            }
        }
        fixture_close(f);
    }
}

static void hits_go_on_under_a_miss(void **state)
{
    (void)state;
    enum { M = 20 };
    for (unsigned i = 0; i < fixture_modes(); i++) {
        unsigned mode = fixture_mode(i), levels = mode_levels(mode);
        fixture *f = fixture_open(mode, M);
        uint64_t known = pages_va(mode), other = pages_va_plus(mode, known, 1);
        uint64_t frame = pages_frame(mode, 0);
        fixture_map(f, known, 0, pages_pte(frame, F_PAGE));
        fixture_map(f, other, 0, pages_pte(frame + 1, F_PAGE));
        fixture_translate(f, load(known));

        unsigned miss = fixture_ask(f, TW_DATA, load(other));
        uint64_t begin = fixture_cycle(f);
        for (unsigned n = 0, last = 0; n < levels * (M + 1) - 1; n++) {
            unsigned id = fixture_ask(f, TW_DATA, load(known));
            assert_true(f->asked[TW_DATA][id].taken_at == begin + n);
            if (n > 0)
                assert_int_equal(fixture_await(f, TW_DATA, last).latency, 1);
            assert_true(fixture_cycle(f) == begin + n + 1);
            last = id;
        }
        tw_answer answer = fixture_await(f, TW_DATA, miss);
        expect_pa(answer, (frame + 1) << PAGE_SHIFT | (other & 0xfff));
        assert_int_equal(answer.latency, 1 + levels * (M + 1));
        fixture_close(f);
    }
}

/* The finished walk meets a hit in every cycle: the hit goes first, the walk's answer one cycle
 * later. */
static void a_hit_delays_a_walk_by_one_cycle_at_most(void **state)
{
    (void)state;
    enum { M = 3 };
    unsigned mode = fixture_mode(fixture_modes() - 1), levels = mode_levels(mode);
    fixture *f = fixture_open(mode, M);
    uint64_t known = pages_va(mode), other = pages_va_plus(mode, known, 1);
    fixture_map(f, known, 0, pages_pte(pages_frame(mode, 0), F_PAGE));
    fixture_map(f, other, 0, pages_pte(pages_frame(mode, 0) + 1, F_PAGE));
    fixture_translate(f, load(known));
    unsigned miss = fixture_ask(f, TW_DATA, load(other));
    while (!f->asked[TW_DATA][miss].answered) {
        unsigned id = fixture_ask(f, TW_DATA, load(known));
        if (!f->asked[TW_DATA][miss].answered)
            assert_true(f->asked[TW_DATA][id].taken);
    }
    assert_int_equal(f->asked[TW_DATA][miss].answer.latency, 2 + levels * (M + 1));
    fixture_settle(f);
    fixture_close(f);
}

static void misses_to_one_page_share_a_walk(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fixture_modes(); i++) {
        unsigned mode = fixture_mode(i);
        fixture *f = fixture_open(mode, 5);
        uint64_t va = pages_va(mode) & ~UINT64_C(0xfff), frame = pages_frame(mode, 0);
        fixture_map(f, va, 0, pages_pte(frame, F_PAGE));
        fixture_forget(f);
        unsigned id[3];
        for (unsigned n = 0; n < 3; n++)
            id[n] = fixture_ask(f, TW_DATA, load(va + 8 * n));
        for (unsigned n = 0; n < 3; n++)
            expect_pa(fixture_await(f, TW_DATA, id[n]), (frame << PAGE_SHIFT) + 8 * n);
        assert_int_equal(fixture_reads(f), mode_levels(mode));
        assert_int_equal(fixture_read(f, REG_COUNT_DATA_MERGES), 2);
        assert_int_equal(fixture_read(f, REG_COUNT_WALKS), 1);
        fixture_close(f);
    }
}

static void a_full_queue_stops_only_its_port(void **state)
{
    (void)state;
    enum { M = 20 };
    unsigned misses = tw_rtl_built()->misses;
    for (unsigned full = 0; full < 2; full++) {
        unsigned mode = fixture_mode(0);
        fixture *f = fixture_open(mode, M);
        tw_port other = full == TW_FETCH ? TW_DATA : TW_FETCH;
        tw_op op = full == TW_FETCH ? OP_FETCH : OP_LOAD,
              hit = full == TW_FETCH ? OP_LOAD : OP_FETCH;
        uint64_t va = pages_va(mode), frame = pages_frame(mode, 0);
        for (unsigned n = 0; n <= misses + 1; n++)
            fixture_map(f, pages_va_plus(mode, va, n), 0, pages_pte(frame + n, F_PAGE));
        fixture_translate(f, request_of(hit, va));
        for (unsigned n = 1; n <= misses + 1; n++) {
            unsigned id = fixture_ask(f, (tw_port)full, request_of(op, pages_va_plus(mode, va, n)));
            assert_false(f->asked[full][id].answered);
        }
        for (unsigned n = 0; n < M / 2; n++) {
            const tw_out *out = tw_machine_out(f->machine);
            assert_false(full == TW_FETCH ? out->fetch_req_ready : out->data_req_ready);
            unsigned id = fixture_ask(f, other, request_of(hit, va));
            tw_answer answer = fixture_await(f, other, id);
            assert_int_equal(answer.latency, 1);
        }
        fixture_settle(f);
        fixture_close(f);
    }
}

/* Offers the port's next page, if one is left and the port is ready; notes its id. */
static void offer_next(fixture *f, tw_port port, unsigned *next, unsigned *id, unsigned count)
{
    unsigned mode = f->pages.mode;
    const tw_out *out = tw_machine_out(f->machine);
    bool ready = port == TW_FETCH ? out->fetch_req_ready : out->data_req_ready;
    if (*next == count || !ready)
        return;
    uint64_t va = pages_va_plus(mode, pages_va(mode), *next * 2 + (unsigned)port);
    id[*next] = fixture_offer(f, port, request_of(port == TW_FETCH ? OP_FETCH : OP_LOAD, va));
    ++*next;
}

/* While misses wait on both ports, neither gets two walks in a row. */
static void the_ports_take_turns_at_the_walker(void **state)
{
    (void)state;
    enum { M = 3, COUNT = 12 };
    unsigned mode = fixture_mode(0), next[2] = {0, 0}, id[2][COUNT], answers[2] = {0, 0};
    fixture *f = fixture_open(mode, M);
    for (unsigned n = 0; n < 2 * COUNT; n++)
        fixture_map(f, pages_va_plus(mode, pages_va(mode), n), 0,
                    pages_pte(pages_frame(mode, 0), F_PAGE));
    uint64_t begin = fixture_cycle(f);
    while (answers[TW_FETCH] + answers[TW_DATA] < 2 * COUNT) {
        for (unsigned port = 0; port < 2; port++)
            offer_next(f, (tw_port)port, &next[port], id[port], COUNT);
        fixture_clock(f);
        answers[TW_FETCH] += f->out.fetch_resp_valid;
        answers[TW_DATA] += f->out.data_resp_valid;
        assert_in_range(answers[TW_FETCH] - answers[TW_DATA] + 1, 0, 2);
        assert_in_range(fixture_cycle(f) - begin, 0, 4 * COUNT * mode_levels(mode) * (M + 1));
    }
    fixture_close(f);
}

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
        assert_int_equal(fixture_reads(f), mode_levels(mode));
    }
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walk_costs_a_read_a_level_and_a_hit_one_cycle),
        cmocka_unit_test(an_update_of_a_or_d_adds_one_compare_and_swap),
        cmocka_unit_test(a_fault_costs_no_more_than_the_walk),
        cmocka_unit_test(a_bad_address_is_answered_in_the_next_cycle),
        cmocka_unit_test(each_port_translates_once_a_cycle),
        cmocka_unit_test(hits_go_on_under_a_miss),
        cmocka_unit_test(a_hit_delays_a_walk_by_one_cycle_at_most),
        cmocka_unit_test(misses_to_one_page_share_a_walk),
        cmocka_unit_test(a_full_queue_stops_only_its_port),
        cmocka_unit_test(the_ports_take_turns_at_the_walker),
        cmocka_unit_test(no_fence_costs_more_than_a_full_one),
    };
    return fixture_run("timing", tests);
}
