/* vma_bench.h: an address space to play with, of pages by number, and a visitor that counts. */
#ifndef TESTS_SUPPORT_VMA_BENCH_H
#define TESTS_SUPPORT_VMA_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tb/host_records.h"
#include "tb/os/vma.h"

static inline uint64_t page_at(uint64_t number)
{
    return number * OS_PAGE_BYTES;
}

/* All of 31 bits but page 0. */
static inline os_vmas *vmas_open(const os_vma_files *files)
{
    os_vmas_options options = {.low = OS_PAGE_BYTES,
                               .high = UINT64_C(1) << 31,
                               .limit = OS_VMAS_MAX,
                               .guard_pages = OS_GUARD_PAGES,
                               .stack_pages = OS_STACK_PAGES,
                               .files = files};
    const os_records records = host_records();
    os_vmas *areas = os_vmas_open(&records, &options, NULL);
    assert_non_null(areas);
    return areas;
}

/* A private anonymous area. */
static inline os_vma anonymous(uint64_t first, uint64_t end, unsigned permissions)
{
    return (os_vma){.start = page_at(first), .end = page_at(end), .permissions = permissions};
}

static inline void map(os_vmas *areas, os_vma area)
{
    tw_error error = {0};
    if (os_vmas_map(areas, &area, NULL, &error) != TW_OK)
        fail_msg("%s", error.text);
}

/* The area of a page must be this. */
static inline void expect_area(os_vmas *areas, uint64_t page, uint64_t first, uint64_t end,
                               unsigned permissions)
{
    const os_vma *area = os_vmas_find(areas, page_at(page));
    assert_non_null(area);
    assert_int_equal(area->start, page_at(first));
    assert_int_equal(area->end, page_at(end));
    assert_int_equal(area->permissions, permissions);
}

/* Everything that vma.h promises of the areas, and so many of them. Then closes. */
static inline void close_checked(os_vmas *areas, size_t count)
{
    tw_error error = {0};
    if (os_vmas_check(areas, &error) != TW_OK)
        fail_msg("%s", error.text);
    assert_int_equal(os_vmas_count(areas), count);
    os_vmas_close(areas);
}

/* A file that is the number of references to it. */
static inline void count_up(void *file)
{
    ++*(int *)file;
}

static inline void count_down(void *file)
{
    --*(int *)file;
}

/* What a visitor saw: the first parts, and how many. From call `refuse` on (1 is the first; 0:
 * never) it says TW_IO. */
typedef struct seen_parts {
    os_vma part[4];
    unsigned calls, refuse;
} seen_parts;

static inline tw_status see_part(void *context, const os_vma *part, tw_error *error)
{
    seen_parts *seen = context;
    if (seen->calls < 4)
        seen->part[seen->calls] = *part;
    return ++seen->calls == seen->refuse ? tw_fail(error, TW_IO, "refused") : TW_OK;
}

static inline void expect_part(const seen_parts *seen, unsigned i, uint64_t first, uint64_t end)
{
    assert_true(i < seen->calls);
    assert_int_equal(seen->part[i].start, page_at(first));
    assert_int_equal(seen->part[i].end, page_at(end));
}

#endif
