/* four_segments.c: contents are segment << 8 | page, so no two pages have the same. */
#include "tests/support/four_segments.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t start_of(unsigned segment)
{
    return (uint64_t)(segment + 1) << 32;
}

void four_regions(os_region region[SEGMENTS])
{
    for (unsigned i = 0; i < SEGMENTS; i++)
        region[i] = (os_region){start_of(i), start_of(i) + ROOM * PAGE, OS_R | OS_W};
}

segment_bench four_open(unsigned registers, size_t frames)
{
    segment_bench b = seg_open(MODE_BARE, registers, frames, 2 * SEGMENTS * ROOM);
    os_region region[SEGMENTS];
    four_regions(region);
    seg_spawn(&b, region, SEGMENTS);
    return b;
}

uint64_t page_of(unsigned segment, uint64_t n)
{
    return start_of(segment) + (segment == D ? ROOM - 1 - n : n) * PAGE;
}

void grow(segment_bench *b, unsigned segment, uint64_t pages)
{
    seg_store(b, page_of(segment, pages - 1), segment << 8 | (pages - 1));
    for (uint64_t n = 0; n < pages; n++)
        seg_store(b, page_of(segment, n), segment << 8 | n);
}

void expect_contents(segment_bench *b, unsigned segment)
{
    uint64_t pages = seg_segment(b, segment)->limit / PAGE;
    for (uint64_t n = 0; n < pages; n++) {
        uint64_t got = seg_load(b, page_of(segment, n));
        if (got != (segment << 8 | n))
            fail_msg("page %" PRIu64 " of segment %u: expected %#" PRIx64 ", got %#" PRIx64, n,
                     segment, segment << 8 | n, got);
    }
}

void expect_all_contents(segment_bench *b)
{
    for (unsigned i = 0; i < SEGMENTS; i++)
        expect_contents(b, i);
}

void expect_place(segment_bench *b, unsigned segment, uint64_t first, uint64_t pages)
{
    const os_segment *s = seg_segment(b, segment);
    assert_true(s->present);
    if (s->first != BENCH_FIRST + first || s->limit != pages * PAGE)
        fail_msg("segment %u: expected %" PRIu64 " pages from frame %" PRIu64 ", got %" PRIu64
                 " from %" PRIu64,
                 segment, pages, first, s->limit / PAGE, s->first - BENCH_FIRST);
}
