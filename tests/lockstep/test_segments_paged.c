/*
 * Segments over every mode with page tables: a request goes through its segment first, and what
 * comes after sees the linear address alone. The rule by itself: test_segments.c.
 */
#include "tests/support/segments.h"

enum { OFFSET = 0x5000, LIMIT = 0x8000 };

/* Segment `number`, in which the mode's test address has the offset OFFSET. */
static void enter_over_page(fixture *f, unsigned number, unsigned flags)
{
    enter_segment(f, number, pages_va(f->pages.mode) - OFFSET, LIMIT, flags);
}

/* ---- two faults ---- */

SEGMENT_TEST(a_walk_and_a_hit_are_of_the_linear_address)
{
    enum { M = 2 };
    (void)va;
    enter_over_page(f, 1, F_RWX);
    map_page(f, F_PAGE);
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        tw_answer walk = fixture_translate(f, request_of((tw_op)op, OFFSET));
        expect_pa(walk, page_pa(f));
        assert_int_equal(walk.latency, 2 + cold_reads(f, 0) * (M + 1));
        expect_placed(f, request_of((tw_op)op, OFFSET), page_pa(f));
    }
}

/* The first one is the segment's, with the offset and no read; the second the page's, with the
 * linear address and no segment. */
SEGMENT_TEST(a_fault_of_the_segment_and_one_of_the_page_are_told_apart)
{
    enter_over_page(f, 2, F_R);
    for (unsigned mapped = 0; mapped < 2; mapped++) {
        if (mapped)
            map_page(f, F_V | F_X | F_A | F_D);
        expect_refused(f, load(LIMIT), CHECK_LIMIT);
        expect_refused(f, store(OFFSET), CHECK_SEGMENT);
        expect_refused(f, store(LIMIT), CHECK_LIMIT);
        expect_fault(fixture_translate(f, load(OFFSET)), CAUSE_LOAD_PAGE);
        assert_true(f->accesses > 0);
        assert_true(fixture_read(f, REG_FAULT_PTE) != 0);
        expect_record(f, mapped ? CHECK_PERMISSION : CHECK_VALID, va, 0);
    }
}

SEGMENT_TEST(a_linear_address_that_does_not_fit_the_mode_is_the_modes_fault)
{
    uint64_t bad = va ^ UINT64_C(1) << 62;
    enter_segment(f, 3, bad - OFFSET, LIMIT, F_RWX);
    fixture_forget(f);
    expect_fault(fixture_translate(f, store(OFFSET)), CAUSE_STORE_PAGE);
    assert_int_equal(f->accesses, 0);
    expect_record(f, CHECK_CANONICAL, bad, 0);
    expect_refused(f, load(LIMIT), CHECK_LIMIT);
}

/* Offsets that no mode could translate. */
SEGMENT_TEST(an_offset_need_not_fit_the_mode)
{
    uint64_t up = UINT64_C(1) << 58, size = UINT64_C(1) << 62;
    map_page(f, F_PAGE);
    if (mode_narrow(f->pages.mode)) {
        enter_segment(f, 0, va + up, size, F_RWX | F_DOWN);
        expect_pa(fixture_translate(f, load(-up)), page_pa(f));
    } else {
        enter_segment(f, 0, va - up, size, F_RWX);
        expect_pa(fixture_translate(f, load(up)), page_pa(f));
    }
}

SEGMENT_TEST(each_of_segment_and_page_can_keep_the_user_out)
{
    for (unsigned n = 0; n < 4; n++) {
        tw_request request = load(OFFSET);
        request.priv = PRIV_U;
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        enter_over_page(f, 0, F_RWX | (n & 1 ? F_U : 0));
        map_page(f, F_PAGE | (n & 2 ? F_U : 0));
        if ((n & 1) == 0)
            expect_refused(f, request, CHECK_SEGMENT);
        else if (n == 1) {
            expect_fault(fixture_translate(f, request), CAUSE_LOAD_PAGE);
            expect_record(f, CHECK_USER, va, 0);
        } else
            expect_pa(fixture_translate(f, request), page_pa(f));
    }
}

/* ---- what is cached ---- */

SEGMENT_TEST(segments_over_one_page_share_its_translation)
{
    map_page(f, F_PAGE);
    enter_segment(f, 1, va - 64, 4096, F_R | F_W);
    enter_segment(f, 2, va + 64, 4096, F_RWX | F_DOWN);
    f->segment = 1;
    expect_pa(fixture_translate(f, load(64)), page_pa(f));
    f->segment = 2;
    expect_placed(f, load(-UINT64_C(64)), page_pa(f));
    expect_reads(f, fetch(-UINT64_C(64)), page_pa(f), shared_reads(f));
    f->segment = 1;
    expect_refused(f, fetch(64), CHECK_SEGMENT); /* though the page is there */
    f->segment = 2;
    expect_placed(f, fetch(-UINT64_C(64)), page_pa(f));
}

SEGMENT_TEST(one_offset_into_two_segments_is_two_pages)
{
    unsigned mode = f->pages.mode;
    map_nth(f, va, 0, F_PAGE);
    map_nth(f, pages_va_plus(mode, va, 1), 1, F_PAGE);
    enter_segment(f, 0, va - OFFSET, LIMIT, F_RWX);
    enter_segment(f, 1, pages_va_plus(mode, va, 1) - OFFSET, LIMIT, F_RWX);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned n = 0; n < 2; n++) {
            f->segment = (uint8_t)n;
            if (round == 0)
                expect_pa(fixture_translate(f, load(OFFSET)), nth_pa(f, n));
            else
                expect_placed(f, load(OFFSET), nth_pa(f, n));
        }
}

SEGMENT_TEST(a_fence_names_the_linear_address)
{
    uint64_t leaf = map_page(f, F_PAGE);
    enter_over_page(f, 0, F_RWX);
    expect_pa(fixture_translate(f, load(OFFSET)), page_pa(f));
    pages_write(&f->pages, leaf, pages_pte(pages_frame(f->pages.mode, 0) + 1, F_PAGE));
    fixture_fence(f, TW_FENCE_VA, OFFSET, 0);
    expect_placed(f, load(OFFSET), page_pa(f));
    fixture_fence(f, TW_FENCE_VA, va, 0);
    expect_pa(fixture_translate(f, load(OFFSET)), nth_pa(f, 1));
}

/* ---- what waits ---- */

/* As many misses as a port can have, of segment 1; then the segment is somewhere else and shut. */
SEGMENT_TEST(a_miss_keeps_its_linear_address_while_the_registers_change)
{
    enum { M = 60 };
    unsigned mode = f->pages.mode, count = tw_rtl_built()->misses + tw_rtl_built()->walkers;
    unsigned id[FIXTURE_IDS] = {0};
    for (unsigned n = 0; n < count; n++)
        map_nth(f, pages_va_plus(mode, va, n), n, F_PAGE);
    enter_segment(f, 1, va, (uint64_t)count << PAGE_SHIFT, F_RWX);
    tw_memory_set_latency(f->memory, M, M, 0);
    for (unsigned n = 0; n < count; n++)
        id[n] = fixture_ask(f, TW_DATA, load((uint64_t)n << PAGE_SHIFT));
    uint64_t begin = fixture_cycle(f);
    enter_segment(f, 1, va ^ UINT64_C(1) << 20, 0, 0);
    assert_in_range(fixture_cycle(f) - begin, 0, 20); /* it waited for nobody */
    for (unsigned n = 0; n < count; n++)
        assert_false(f->asked[TW_DATA][id[n]].answered);
    for (unsigned n = 0; n < count; n++)
        expect_pa(fixture_await(f, TW_DATA, id[n]), nth_pa(f, n));
    expect_refused(f, load(0), CHECK_LIMIT);
}

/* Two of them look up again when the walk of the first is done: by the linear address, which is not
 * an offset. On the pins stands, all the while, a request that its segment refuses. */
SEGMENT_TEST(a_request_goes_through_its_segment_once)
{
    unsigned id[3];
    map_page(f, F_PAGE);
    for (unsigned shut = 0; shut < 2; shut++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        enter_segment(f, 3, 0, 0, 0);
        enter_over_page(f, 1, F_RWX);
        for (unsigned n = 0; n < 3; n++)
            id[n] = fixture_ask(f, TW_DATA, n == 1 ? store(OFFSET) : load(OFFSET));
        f->segment = shut ? 3 : 1;
        while (!f->asked[TW_DATA][id[2]].answered)
            fixture_ask(f, TW_DATA, load(shut ? OFFSET : LIMIT));
        for (unsigned n = 0; n < 3; n++)
            expect_pa(fixture_await(f, TW_DATA, id[n]), page_pa(f));
        fixture_settle(f);
    }
    (void)va;
}

/* The finished walk meets a refused request in any cycle: neither is lost. */
SEGMENT_TEST(a_refusal_meets_the_end_of_a_walk_in_any_cycle)
{
    enum { M = 2 };
    unsigned walk = 2 + cold_reads(f, 0) * (M + 1), late = 0;
    map_page(f, F_PAGE);
    enter_over_page(f, 1, F_RWX);
    for (unsigned delay = 0; delay <= walk + 2; delay++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        unsigned miss = fixture_ask(f, TW_DATA, load(OFFSET));
        fixture_idle(f, delay);
        unsigned refused = fixture_ask(f, TW_DATA, load(LIMIT));
        fixture_settle(f);
        expect_fault(f->asked[TW_DATA][refused].answer, CAUSE_LOAD_PAGE);
        assert_int_equal(f->asked[TW_DATA][refused].answer.latency, 1);
        expect_record(f, CHECK_LIMIT, LIMIT, 1);
        tw_answer answer = f->asked[TW_DATA][miss].answer;
        expect_pa(answer, page_pa(f));
        assert_in_range(answer.latency, walk, walk + 1);
        late += answer.latency - walk == 1;
    }
    assert_int_equal(late, 1);
    (void)va;
}

/* Hits and refusals by turns, one in every cycle, under a miss. */
SEGMENT_TEST(refusals_and_hits_go_on_under_a_miss)
{
    enum { M = 40, COUNT = 30 };
    uint64_t other = OFFSET + 4096;
    unsigned last = 0;
    map_page(f, F_PAGE);
    map_nth(f, pages_va_plus(f->pages.mode, va, 1), 1, F_PAGE);
    enter_over_page(f, 2, F_RWX);
    fixture_translate(f, load(OFFSET));
    tw_memory_set_latency(f->memory, M, M, 0);
    unsigned miss = fixture_ask(f, TW_DATA, load(other));
    uint64_t begin = fixture_cycle(f);
    for (unsigned n = 0; n < COUNT; n++) {
        unsigned id = fixture_ask(f, TW_DATA, load(n % 2 ? LIMIT : OFFSET));
        assert_true(fixture_cycle(f) == begin + n + 1);
        if (n > 0) {
            tw_answer answer = fixture_await(f, TW_DATA, last);
            assert_int_equal(answer.latency, 1);
            if (n % 2)
                expect_pa(answer, page_pa(f));
            else
                expect_fault(answer, CAUSE_LOAD_PAGE);
        }
        last = id;
    }
    expect_pa(fixture_await(f, TW_DATA, miss), nth_pa(f, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_and_a_hit_are_of_the_linear_address),
        cmocka_unit_test(a_fault_of_the_segment_and_one_of_the_page_are_told_apart),
        cmocka_unit_test(a_linear_address_that_does_not_fit_the_mode_is_the_modes_fault),
        cmocka_unit_test(an_offset_need_not_fit_the_mode),
        cmocka_unit_test(each_of_segment_and_page_can_keep_the_user_out),
        cmocka_unit_test(segments_over_one_page_share_its_translation),
        cmocka_unit_test(one_offset_into_two_segments_is_two_pages),
        cmocka_unit_test(a_fence_names_the_linear_address),
        cmocka_unit_test(a_miss_keeps_its_linear_address_while_the_registers_change),
        cmocka_unit_test(a_request_goes_through_its_segment_once),
        cmocka_unit_test(a_refusal_meets_the_end_of_a_walk_in_any_cycle),
        cmocka_unit_test(refusals_and_hits_go_on_under_a_miss),
    };
    return fixture_run("segments_paged", tests);
}
