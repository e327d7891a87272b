/* Record memory that runs out, at any request that the kernel's allocators and areas make: the call
 * says so, what was opened goes on, and closing gives everything back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/os/buddy.h"
#include "tb/os/kmalloc.h"
#include "tb/os/kmap.h"
#include "tb/os/vma.h"
#include "tb/os/vmalloc.h"
#include "tb/os/zones.h"
#include "tests/support/counted_records.h"
#include "tests/support/page_array.h"

/* One life of something: opens, works, closes. What it says if a request is refused. */
typedef tw_status life(const os_records *records, tw_error *error);

/* Lives it with each of its requests refused, and once with none. */
static void live(life *one)
{
    size_t requests = 0;
    for (size_t refuse = 0; refuse <= requests; refuse++) {
        counted_records count = {.refuse = refuse};
        const os_records records = counted_records_of(&count);
        tw_error error = {0};
        const tw_status status = one(&records, &error);
        if (refuse == 0)
            requests = count.takes;
        if (status != (refuse == 0 ? TW_OK : TW_NO_MEMORY) || count.alive != 0)
            fail_msg("request %zu of %zu refused: status %d (%s), %zu records left", refuse,
                     requests, (int)status, error.text, count.alive);
    }
    assert_true(requests > 0);
}

static tw_status worse(tw_status first, tw_status second)
{
    return first != TW_OK ? first : second;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static tw_status live_of_a_buddy(const os_records *records, tw_error *error)
{
    buddy *pool = buddy_open(records, 0, 5000, error);
    buddy_close(pool);
    return pool == NULL ? error->status : TW_OK;
}

static tw_status live_of_zones(const os_records *records, tw_error *error)
{
    zones_setup setup = zones_usual(1000);
    setup.low_limit = 700 << 12;
    zones *memory = zones_open(records, &setup, error);
    zones_close(memory);
    return memory == NULL ? error->status : TW_OK;
}

/* ---- addresses ------------------------------------------------------------------------------- */

static tw_status map(void *context, uint64_t va, uint64_t ppn, tw_error *error)
{
    (void)context, (void)va, (void)ppn, (void)error;
    return TW_OK;
}

static tw_status unmap(void *context, uint64_t va, tw_error *error)
{
    (void)context, (void)va, (void)error;
    return TW_OK;
}

static tw_status fence(void *context, tw_error *error)
{
    (void)context, (void)error;
    return TW_OK;
}

static tw_status fence_pages(void *context, uint64_t va, size_t pages, tw_error *error)
{
    (void)context, (void)va, (void)pages, (void)error;
    return TW_OK;
}

static tw_status live_of_a_window(const os_records *records, tw_error *error)
{
    const kmap_tables tables = {NULL, map, unmap, fence};
    kmap *window = kmap_open(records, 0, 16, &tables, error);
    kmap_close(window);
    return window == NULL ? error->status : TW_OK;
}

/* An area that is refused leaves the frames that it would have had. */
static tw_status live_of_vmalloc(const os_records *records, tw_error *error)
{
    page_array *pages = calloc(1, sizeof *pages);
    const os_kernel_map tables = {NULL, map, unmap, fence_pages};
    os_vmalloc *v = NULL;
    assert_non_null(pages);
    pages->count = 64;
    const os_page_source source = page_array_source(pages);
    tw_status status =
        os_vmalloc_open(records, &source, &tables, OS_VMALLOC_BASE, 1 << 20, &v, error);
    for (unsigned i = 0; v != NULL && i < 3; i++) {
        uint64_t va = 0;
        const tw_status taken = os_vmalloc_take(v, 10000, &va, error);
        assert_int_equal(page_array_free(pages), taken == TW_OK ? 61 : 64);
        if (taken == TW_OK)
            assert_int_equal(os_vmalloc_give(v, va, NULL), TW_OK);
        status = worse(status, taken);
    }
    assert_int_equal(page_array_free(pages), 64);
    os_vmalloc_close(v);
    free(pages);
    return status;
}

/* ---- objects and blocks ---------------------------------------------------------------------- */

/* Small and large blocks; those that were refused have no address. */
static tw_status blocks(os_kmalloc *kmalloc, tw_error *error)
{
    static const uint64_t bytes[] = {10, 5000, 20000, 10, 100};
    enum { BLOCKS = sizeof bytes / sizeof *bytes };
    tw_status status = TW_OK;
    uint64_t va[BLOCKS];
    bool taken[BLOCKS];
    for (unsigned i = 0; i < BLOCKS; i++) {
        const tw_status one = os_kmalloc_take(kmalloc, bytes[i], &va[i], error);
        taken[i] = one == TW_OK;
        status = worse(status, one);
    }
    for (unsigned i = 0; i < BLOCKS; i++)
        if (taken[i])
            assert_int_equal(os_kmalloc_give(kmalloc, va[i], NULL), TW_OK);
    assert_int_equal(os_kmalloc_count(kmalloc).blocks, 0);
    assert_int_equal(os_kmalloc_shrink(kmalloc, NULL), TW_OK);
    return status;
}

static tw_status live_of_kmalloc(const os_records *records, tw_error *error)
{
    page_array *pages = calloc(1, sizeof *pages);
    assert_non_null(pages);
    pages->count = 64;
    const os_page_source source = page_array_source(pages);
    os_kmalloc *kmalloc = os_kmalloc_open(records, &source, 0);
    const tw_status status = kmalloc == NULL ? TW_NO_MEMORY : blocks(kmalloc, error);
    os_kmalloc_close(kmalloc);
    assert_int_equal(page_array_free(pages), 64);
    free(pages);
    return status;
}

/* Frames run out before records do. */
static void blocks_that_find_no_frame_leave_no_record(void **state)
{
    (void)state;
    counted_records count = {0};
    const os_records records = counted_records_of(&count);
    page_array *pages = calloc(1, sizeof *pages);
    assert_non_null(pages);
    pages->count = 2;
    const os_page_source source = page_array_source(pages);
    os_kmalloc *kmalloc = os_kmalloc_open(&records, &source, 0);
    assert_non_null(kmalloc);
    const size_t before = count.alive;
    uint64_t va;
    assert_int_equal(os_kmalloc_take(kmalloc, 100000, &va, NULL), TW_NO_MEMORY);
    assert_int_equal(os_kmalloc_take(kmalloc, 8192, &va, NULL), TW_OK);
    assert_int_equal(os_kmalloc_take(kmalloc, 8, &va, NULL), TW_NO_MEMORY);
    assert_int_equal(count.alive, before + 2); /* of a block and of its slab */
    os_kmalloc_close(kmalloc);
    assert_int_equal(count.alive, 0);
    free(pages);
}

/* ---- areas ----------------------------------------------------------------------------------- */

/* Areas that are cut; each change is done or is not. Tells of the first that is not. */
static tw_status change(os_vmas *areas, tw_error *error)
{
    const os_vma area = {.start = 0x10000, .end = 0x30000, .permissions = OS_R | OS_W};
    tw_status status = os_vmas_map(areas, &area, NULL, error);
    if (status != TW_OK)
        return status;
    status = os_vmas_protect(areas, 0x14000, 0x18000, OS_R, NULL, error);
    assert_int_equal(os_vmas_check(areas, NULL), TW_OK);
    status = worse(status, os_vmas_unmap(areas, 0x20000, 0x28000, NULL, error));
    assert_int_equal(os_vmas_check(areas, NULL), TW_OK);
    return status;
}

static tw_status live_of_areas(const os_records *records, tw_error *error)
{
    const os_vmas_options options = {.low = 0x1000, .high = 0x80000000, .limit = OS_VMAS_MAX};
    os_vmas *areas = os_vmas_open(records, &options, error), *child = NULL;
    tw_status status = areas == NULL ? error->status : change(areas, error);
    if (areas != NULL) {
        child = os_vmas_clone(records, areas, error);
        status = worse(status, child == NULL ? TW_NO_MEMORY : TW_OK);
    }
    os_vmas_close(child);
    os_vmas_close(areas);
    return status;
}

/* ---- the tests ------------------------------------------------------------------------------- */

static void frame_allocators_live_with_every_refusal(void **state)
{
    (void)state;
    live(live_of_a_buddy);
    live(live_of_zones);
}

static void windows_live_with_every_refusal(void **state)
{
    (void)state;
    live(live_of_a_window);
    live(live_of_vmalloc);
}

static void blocks_live_with_every_refusal(void **state)
{
    (void)state;
    live(live_of_kmalloc);
}

static void areas_live_with_every_refusal(void **state)
{
    (void)state;
    live(live_of_areas);
}

int main(void)
{
    const struct CMUnitTest records_tests[] = {
        cmocka_unit_test(frame_allocators_live_with_every_refusal),
        cmocka_unit_test(windows_live_with_every_refusal),
        cmocka_unit_test(blocks_live_with_every_refusal),
        cmocka_unit_test(blocks_that_find_no_frame_leave_no_record),
        cmocka_unit_test(areas_live_with_every_refusal)};
    return cmocka_run_group_tests(records_tests, NULL, NULL) != 0;
}
