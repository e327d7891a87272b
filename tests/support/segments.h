/*
 * segments.h: for tests of segments (rule 16). The selector of a request is the fixture's `segment`.
 *
 *     BARE_TEST(name) { ... }      gets `f`, in Bare with segments on; skipped without segments
 *     SEGMENT_TEST(name) { ... }   gets `f` and `va`, in every mode with segments on
 */
#ifndef TESTS_SUPPORT_SEGMENTS_H
#define TESTS_SUPPORT_SEGMENTS_H

#include "tests/support/every_mode.h"

/* Flags are F_R, F_W, F_X and F_U of pages.h, and: */
enum { F_DOWN = 1 << SEGMENT_DOWN, SEGMENT_NUMBERS = 16 };

static inline unsigned segments_built(void)
{
    return tw_rtl_built()->segments;
}

static inline void segments_on(fixture *f)
{
    fixture_write(f, REG_CONTROL,
                  TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, PBMTE, 1) |
                      TW_PUT(CONTROL, SEGMENTS, 1));
}

/* Segment `number`, which the requests that follow select. */
static inline void enter_segment(fixture *f, unsigned number, uint64_t base, uint64_t limit,
                                 unsigned flags)
{
    fixture_segment(f, number, (tw_segment){.base = base, .limit = limit, .flags = flags});
    f->segment = (uint8_t)number;
}

/* The oldest fault on record is this one; drops it. */
static inline void expect_record(fixture *f, tw_check check, uint64_t va, unsigned segment)
{
    uint64_t info = fixture_read(f, REG_FAULT_INFO), got = fixture_read(f, REG_FAULT_VA);
    if (TW_GET(info, FAULT_INFO, CHECK) != check || TW_GET(info, FAULT_INFO, SEGMENT) != segment ||
        got != va)
        fail_msg("expected check %s of segment %u at 0x%llx, got %s of segment %u at 0x%llx",
                 tw_check_name(check), segment, (unsigned long long)va,
                 tw_check_name(TW_GET(info, FAULT_INFO, CHECK)),
                 (unsigned)TW_GET(info, FAULT_INFO, SEGMENT), (unsigned long long)got);
    fixture_write(f, REG_FAULT_POP, 0);
}

/* The selected segment answers in the next cycle and without memory: with this address, or a page
 * fault whose record names this check, the segment, and the offset as it came. */
static inline void expect_placed(fixture *f, tw_request request, uint64_t pa)
{
    fixture_forget(f);
    tw_answer answer = fixture_translate(f, request);
    expect_pa(answer, pa);
    assert_int_equal(answer.latency, 1);
    assert_int_equal(f->accesses, 0);
}

static inline void expect_refused(fixture *f, tw_request request, tw_check check)
{
    fixture_forget(f);
    tw_answer answer = fixture_translate(f, request);
    expect_fault(answer, page_fault(request.op));
    assert_int_equal(answer.latency, 1);
    expect_record(f, check, request.va, f->segment);
    assert_int_equal(f->accesses, 0);
}

#define BARE_TEST(name)                          \
    static void name##_in(fixture *f);           \
    static void name(void **state)               \
    {                                            \
        (void)state;                             \
        if (!has_segments())                     \
            skip();                              \
        fixture *f = fixture_open(MODE_BARE, 2); \
        segments_on(f);                          \
        name##_in(f);                            \
        fixture_close(f);                        \
    }                                            \
    static void name##_in(fixture *f)

#define SEGMENT_TEST(name)                                 \
    static void name##_segmented(fixture *f, uint64_t va); \
    MODE_TEST_IF(name, has_segments())                     \
    {                                                      \
        segments_on(f);                                    \
        name##_segmented(f, va);                           \
    }                                                      \
    static void name##_segmented(fixture *f, uint64_t va)

#endif
