/*
 * The segment registers: what they keep, from which cycle on they act, and what a request that a
 * segment refuses leaves behind. What they mean: test_segments.c.
 */
#include "tests/support/segments.h"

static uint64_t pattern(unsigned n, unsigned which)
{
    return UINT64_C(0x9e3779b97f4a7c15) * (4 * n + which + 1);
}

static void expect_window(fixture *f, unsigned number, uint64_t base, uint64_t limit,
                          uint64_t flags)
{
    fixture_write(f, REG_SEGMENT, number);
    assert_true(fixture_read(f, REG_SEGMENT) ==
                (TW_PUT(SEGMENT, COUNT, segments_built()) | number));
    assert_true(fixture_read(f, REG_SEGMENT_BASE) == base);
    assert_true(fixture_read(f, REG_SEGMENT_LIMIT) == limit);
    assert_true(fixture_read(f, REG_SEGMENT_FLAGS) == flags);
}

/* Every bit is written to every number, but what stands in the window is what exists: COUNT is not
 * written, FLAGS are five, and a segment that is not built keeps nothing. */
static void write_patterns(fixture *f)
{
    for (unsigned n = 0; n < SEGMENT_NUMBERS; n++) {
        fixture_write(f, REG_SEGMENT, ~UINT64_C(15) | n);
        fixture_write(f, REG_SEGMENT_BASE, pattern(n, 0));
        fixture_write(f, REG_SEGMENT_LIMIT, pattern(n, 1));
        fixture_write(f, REG_SEGMENT_FLAGS, pattern(n, 2));
    }
}

/* ---- the window ---- */

BARE_TEST(the_window_shows_the_registers_of_the_segment_that_index_names)
{
    const unsigned kept = F_RWX | F_U | F_DOWN;
    for (unsigned n = 0; n < SEGMENT_NUMBERS; n++)
        expect_window(f, n, 0, 0, 0);
    write_patterns(f);
    for (unsigned n = 0; n < SEGMENT_NUMBERS; n++)
        if (n < segments_built())
            expect_window(f, n, pattern(n, 0), pattern(n, 1), pattern(n, 2) & kept);
        else
            expect_window(f, n, 0, 0, 0);
    fixture_write(f, REG_SEGMENT, 0);
    fixture_write(f, REG_SEGMENT_FLAGS, ~UINT64_C(0));
    assert_true(fixture_read(f, REG_SEGMENT_FLAGS) == kept);
    fixture_write(f, REG_SEGMENT_FLAGS, 0);
    expect_window(f, 0, pattern(0, 0), pattern(0, 1), 0);
}

BARE_TEST(a_reset_clears_every_segment_and_turns_them_off)
{
    write_patterns(f);
    tw_machine_in(f->machine)->rst_n = 0;
    fixture_clock(f);
    assert_int_equal(TW_GET(fixture_read(f, REG_SEGMENT), SEGMENT, INDEX), 0);
    assert_int_equal(fixture_read(f, REG_CONTROL), 0);
    expect_placed(f, load(64), 64);
    segments_on(f);
    for (unsigned n = 0; n < SEGMENT_NUMBERS; n++) {
        expect_window(f, n, 0, 0, 0);
        f->segment = (uint8_t)n;
        expect_refused(f, load(0), CHECK_LIMIT);
    }
}

/* The accesses of software that may not change nothing. */
BARE_TEST(the_user_changes_no_segment)
{
    enter_segment(f, 1, 4096, 64, F_RWX);
    for (unsigned offset = REG_SEGMENT; offset <= REG_SEGMENT_FLAGS; offset += 8) {
        fixture_offer_write(f, offset, 0);
        tw_machine_in(f->machine)->reg_req_priv = PRIV_U;
        fixture_idle(f, 2);
        assert_int_equal(tw_machine_out(f->machine)->reg_resp_error, 1);
        fixture_clock(f);
    }
    expect_window(f, 1, 4096, 64, F_RWX);
    expect_placed(f, load(8), 4104);
}

/* ---- when a write acts ---- */

/* The write is taken in cycle 1 and happens in 2: a request that is taken then sees the old segment,
 * the next one the new. Nobody waits. */
static void expect_write_acts(fixture *f, unsigned offset, uint64_t value, uint64_t old,
                              uint64_t fresh)
{
    enum { WRITE_IN = 1, CYCLES = 6 };
    unsigned id[CYCLES];
    uint64_t begin = fixture_cycle(f);
    for (unsigned n = 0; n < CYCLES; n++) {
        if (n == WRITE_IN)
            fixture_offer_write(f, offset, value);
        assert_int_equal(tw_machine_out(f->machine)->reg_resp_valid, n == WRITE_IN + 2);
        id[n] = fixture_offer(f, TW_DATA, load(8));
        fixture_clock(f);
        assert_true(f->asked[TW_DATA][id[n]].taken_at == begin + n);
    }
    for (unsigned n = 0; n < CYCLES; n++) {
        tw_answer answer = fixture_await(f, TW_DATA, id[n]);
        uint64_t pa = n <= WRITE_IN + 1 ? old : fresh;
        assert_int_equal(answer.latency, 1);
        if (pa == 0)
            expect_fault(answer, CAUSE_LOAD_PAGE);
        else
            expect_pa(answer, pa);
    }
}

BARE_TEST(a_segment_acts_on_what_is_taken_after_the_cycle_of_its_write)
{
    enter_segment(f, 2, 4096, 64, F_RWX);
    expect_write_acts(f, REG_SEGMENT_BASE, 8192, 4104, 8200);
    expect_write_acts(f, REG_SEGMENT_LIMIT, 8, 8200, 0);
    expect_write_acts(f, REG_SEGMENT_LIMIT, 9, 0, 8200);
    expect_write_acts(f, REG_SEGMENT_FLAGS, F_W, 8200, 0);
    expect_write_acts(f, REG_SEGMENT_FLAGS, F_R, 0, 8200);
    expect_write_acts(f, REG_SEGMENT, 0, 8200, 8200);
    expect_write_acts(f, REG_SEGMENT_BASE, 0, 8200, 8200); /* of segment 0 */
}

/* A walk is under way, and the write takes two cycles as ever; the ports stay ready. */
SEGMENT_TEST(a_write_to_a_segment_waits_for_no_walk)
{
    enum { M = 40 };
    map_page(f, F_PAGE);
    enter_segment(f, 0, va, 4096, F_RWX);
    tw_memory_set_latency(f->memory, M, M, 0);
    unsigned miss = fixture_ask(f, TW_DATA, load(0));
    for (unsigned offset = REG_SEGMENT; offset <= REG_SEGMENT_FLAGS; offset += 8) {
        fixture_offer_write(f, offset, 0);
        for (unsigned n = 0; n < 3; n++) {
            const tw_out *out = tw_machine_out(f->machine);
            assert_int_equal(out->reg_resp_valid, n == 2);
            assert_true(out->data_req_ready && out->fetch_req_ready);
            fixture_clock(f);
        }
    }
    assert_false(f->asked[TW_DATA][miss].answered);
    expect_pa(fixture_await(f, TW_DATA, miss), page_pa(f));
}

/* As SATP does: what was taken before is answered under the old value, what comes waits. */
SEGMENT_TEST(turning_segments_on_or_off_waits_until_what_was_taken_is_answered)
{
    enum { M = 10 };
    uint64_t control = TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, PBMTE, 1);
    tw_memory_set_latency(f->memory, M, M, 0);
    map_nth(f, va, 0, F_PAGE);
    map_nth(f, pages_va_plus(f->pages.mode, va, 1), 1, F_PAGE);
    enter_segment(f, 1, 4096, ~UINT64_C(0), F_RWX);
    for (unsigned on = 0; on < 2; on++)
        for (unsigned delay = 0; delay <= 3 + cold_reads(f, 0) * (M + 1); delay++) {
            fixture_write(f, REG_CONTROL, control | TW_PUT(CONTROL, SEGMENTS, !on));
            fixture_fence(f, TW_FENCE_ALL, 0, 0);
            unsigned before = fixture_ask(f, TW_DATA, load(va));
            fixture_idle(f, delay);
            fixture_offer_write(f, REG_CONTROL, control | TW_PUT(CONTROL, SEGMENTS, on));
            fixture_clock(f);
            unsigned after = fixture_ask(f, TW_DATA, load(va));
            assert_true(f->asked[TW_DATA][before].answered);
            expect_pa(fixture_await(f, TW_DATA, before), nth_pa(f, !on));
            expect_pa(fixture_await(f, TW_DATA, after), nth_pa(f, on));
        }
}

/* ---- what a refusal leaves ---- */

/* The whole record, the interrupt two cycles after the request, and the counters. */
BARE_TEST(a_refused_request_leaves_its_record_and_an_interrupt)
{
    enter_segment(f, 3, 4096, 64, 0);
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
        for (unsigned inside = 0; inside < 2; inside++) {
            tw_request request = request_of((tw_op)op, inside ? 63 : UINT64_C(0x8000000000000040));
            request.priv = inside ? PRIV_S : PRIV_U;
            unsigned id = fixture_ask(f, port_of((tw_op)op), request);
            assert_int_equal(tw_machine_out(f->machine)->irq, 0);
            fixture_clock(f);
            assert_int_equal(tw_machine_out(f->machine)->irq, 1);
            uint64_t info = fixture_read(f, REG_FAULT_INFO);
            assert_true(
                info ==
                (TW_PUT(FAULT_INFO, OP, op) | TW_PUT(FAULT_INFO, PRIV, request.priv) |
                 TW_PUT(FAULT_INFO, PORT, port_of((tw_op)op)) |
                 TW_PUT(FAULT_INFO, CHECK, inside ? CHECK_SEGMENT : CHECK_LIMIT) |
                 TW_PUT(FAULT_INFO, ID, id) | TW_PUT(FAULT_INFO, X86_W, op_writes((tw_op)op)) |
                 TW_PUT(FAULT_INFO, X86_U, !inside) | TW_PUT(FAULT_INFO, X86_I, op == OP_FETCH) |
                 TW_PUT(FAULT_INFO, SEGMENT, 3)));
            assert_int_equal(fixture_read(f, REG_FAULT_CAUSE), page_fault((tw_op)op));
            assert_true(fixture_read(f, REG_FAULT_VA) == request.va);
            assert_int_equal(fixture_read(f, REG_FAULT_PTE), 0);
            assert_int_equal(fixture_read(f, REG_FAULT_ASID), FIXTURE_ASID);
            fixture_write(f, REG_FAULT_POP, 0);
            assert_int_equal(tw_machine_out(f->machine)->irq, 0);
        }
    assert_int_equal(fixture_read(f, REG_COUNT_FETCH_REQUESTS), 2);
    assert_int_equal(fixture_read(f, REG_COUNT_DATA_REQUESTS), 6);
    assert_int_equal(fixture_read(f, REG_COUNT_DATA_HITS), 0);
    assert_int_equal(fixture_read(f, REG_COUNT_FAULT_FETCH_PAGE), 2);
    assert_int_equal(fixture_read(f, REG_COUNT_FAULT_LOAD_PAGE), 2);
    assert_int_equal(fixture_read(f, REG_COUNT_FAULT_STORE_PAGE), 4);
    assert_int_equal(fixture_read(f, REG_COUNT_WALKS), 0);
}

BARE_TEST(two_refusals_in_one_cycle_go_fetch_first_each_with_its_segment)
{
    enter_segment(f, 1, 4096, 64, F_RWX);
    enter_segment(f, 2, 4096, 64, F_W);
    f->segment = 1;
    fixture_offer(f, TW_FETCH, fetch(64));
    f->segment = 2;
    fixture_offer(f, TW_DATA, load(8));
    fixture_clock(f);
    fixture_settle(f);
    expect_record(f, CHECK_LIMIT, 64, 1);
    expect_record(f, CHECK_SEGMENT, 8, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_window_shows_the_registers_of_the_segment_that_index_names),
        cmocka_unit_test(a_reset_clears_every_segment_and_turns_them_off),
        cmocka_unit_test(the_user_changes_no_segment),
        cmocka_unit_test(a_segment_acts_on_what_is_taken_after_the_cycle_of_its_write),
        cmocka_unit_test(a_write_to_a_segment_waits_for_no_walk),
        cmocka_unit_test(turning_segments_on_or_off_waits_until_what_was_taken_is_answered),
        cmocka_unit_test(a_refused_request_leaves_its_record_and_an_interrupt),
        cmocka_unit_test(two_refusals_in_one_cycle_go_fetch_first_each_with_its_segment),
    };
    return fixture_run("segments_registers", tests);
}
