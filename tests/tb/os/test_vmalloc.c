/* vmalloc: areas in a window, their frames, guards and fences, on a page table that the golden
 * model walks with a TLB that never forgets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tb/host_records.h"
#include "tb/os/kmalloc.h"
#include "tb/os/page_table.h"
#include "tb/os/vmalloc.h"
#include "tests/support/golden_port.h"
#include "tests/support/page_array.h"

/* Tables of the kernel come first, pages behind them; the linear map begins at LINEAR. */
enum { TABLES = 64, PAGES = 256, WINDOW_PAGES = 64 };

static const uint64_t LINEAR = 0x40000000;

typedef struct fixture {
    golden_machine *machine;
    os_port port;
    os_table table;
    uint64_t next_table;
    page_array pages;
    os_vmalloc *vmalloc;
    unsigned maps_left, unmaps_left; /* how many succeed; 0 is no limit, 1 is none */
    unsigned unmapped, fences;       /* pages since the last fence; fences */
} fixture;

/* ---- the kernel's page table ----------------------------------------------------------------- */

static uint64_t pte_of(fixture *f, uint64_t va)
{
    for (uint64_t address = 0;;) {
        assert_int_equal(os_table_find(&f->port, &f->table, va, &address, NULL), TW_OK);
        if (address != 0)
            return address;
        assert_int_equal(os_table_extend(&f->port, &f->table, va, f->next_table++, NULL), TW_OK);
    }
}

static tw_status map_page(void *context, uint64_t va, uint64_t ppn, tw_error *error)
{
    fixture *f = context;
    if (f->maps_left == 1)
        return tw_fail(error, TW_IO, "no page can be mapped");
    f->maps_left -= f->maps_left > 0;
    assert_int_equal(*golden_word(f->machine, pte_of(f, va)), 0);
    return os_pte_write(&f->port, &f->table, pte_of(f, va), os_pte_leaf(ppn, OS_R | OS_W), error);
}

static tw_status unmap_page(void *context, uint64_t va, tw_error *error)
{
    fixture *f = context;
    if (f->unmaps_left == 1)
        return tw_fail(error, TW_IO, "no page can be unmapped");
    f->unmaps_left -= f->unmaps_left > 0;
    assert_int_not_equal(*golden_word(f->machine, pte_of(f, va)), 0);
    f->unmapped++;
    return os_pte_write(&f->port, &f->table, pte_of(f, va), 0, error);
}

static tw_status fence(void *context, uint64_t va, size_t pages, tw_error *error)
{
    fixture *f = context;
    f->fences++;
    f->unmapped = 0;
    for (size_t i = 0; i < pages; i++)
        f->port.fence(f->port.context, TW_FENCE_VA, va + i * OS_PAGE_BYTES, 0, error);
    return TW_OK;
}

/* Pages that go back while one is unmapped and not yet fenced could still be written to. */
static tw_status give_fenced(void *context, uint64_t ppn, unsigned order, tw_error *error)
{
    fixture *f = context;
    const os_page_source source = page_array_source(&f->pages);
    if (f->unmapped > 0)
        fail_msg("frame %#llx was given back before the fence", (unsigned long long)ppn);
    return source.give(source.context, ppn, order, error);
}

static tw_status take_page(void *context, unsigned order, uint64_t *ppn, tw_error *error)
{
    fixture *f = context;
    const os_page_source source = page_array_source(&f->pages);
    return source.take(source.context, order, ppn, error);
}

static os_page_source fenced_source(fixture *f)
{
    return (os_page_source){f, take_page, give_fenced};
}

static int set_up(void **state)
{
    const os_records records = host_records();
    fixture *f = calloc(1, sizeof *f);
    f->machine = golden_open();
    f->port = golden_port(f->machine);
    f->table = (os_table){MODE_SV39, GOLDEN_FIRST};
    f->next_table = GOLDEN_FIRST + 1;
    f->pages.first = GOLDEN_FIRST + TABLES;
    f->pages.count = PAGES;
    f->machine->satp = (uint64_t)MODE_SV39 << 60 | GOLDEN_FIRST;
    f->machine->control = TW_PUT(CONTROL, ADUE, 1);
    const os_page_source source = fenced_source(f);
    const os_kernel_map map = {f, map_page, unmap_page, fence};
    *state = f;
    return os_vmalloc_open(&records, &source, &map, OS_VMALLOC_BASE, WINDOW_PAGES * OS_PAGE_BYTES,
                           &f->vmalloc, NULL) != TW_OK;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    assert_true(f->next_table <= GOLDEN_FIRST + TABLES);
    os_vmalloc_close(f->vmalloc);
    free(f->machine);
    free(f);
    return 0;
}

/* ---- helpers --------------------------------------------------------------------------------- */

static uint64_t take(fixture *f, uint64_t pages)
{
    uint64_t va = 0;
    tw_error error = {0};
    if (os_vmalloc_take(f->vmalloc, pages * OS_PAGE_BYTES, &va, &error) != TW_OK)
        fail_msg("%u pages: %s", (unsigned)pages, error.text);
    return va;
}

static void give(fixture *f, uint64_t va)
{
    tw_error error = {0};
    if (os_vmalloc_give(f->vmalloc, va, &error) != TW_OK)
        fail_msg("%s", error.text);
}

/* Where a store by the golden model goes. */
static uint64_t pa_of(fixture *f, uint64_t va)
{
    uint64_t pa = 0;
    const unsigned cause = golden_access(f->machine, OP_STORE, va, &pa);
    if (cause != CAUSE_NONE)
        fail_msg("store to %#llx: cause %u", (unsigned long long)va, cause);
    return pa;
}

static void expect_fault(fixture *f, uint64_t va)
{
    uint64_t pa = 0;
    assert_int_equal(golden_access(f->machine, OP_STORE, va, &pa), CAUSE_STORE_PAGE);
}

static uint64_t window(uint64_t page)
{
    return OS_VMALLOC_BASE + page * OS_PAGE_BYTES;
}

static void expect_untouched(fixture *f)
{
    const os_vmalloc_counts n = os_vmalloc_count(f->vmalloc);
    assert_int_equal(page_array_free(&f->pages), PAGES);
    assert_int_equal(n.areas + n.pages, 0);
    assert_int_equal(n.free, WINDOW_PAGES * OS_PAGE_BYTES);
}

/* ---- memory in pieces ------------------------------------------------------------------------ */

static void kmalloc_memory_is_contiguous_in_physical_memory(void **state)
{
    fixture *f = *state;
    const os_page_source source = page_array_source(&f->pages);
    const os_records records = host_records();
    os_kmalloc *kmalloc = os_kmalloc_open(&records, &source, LINEAR);
    uint64_t va = 0;
    for (uint64_t i = 0; i < PAGES; i++)
        map_page(f, LINEAR + (f->pages.first + i) * OS_PAGE_BYTES, f->pages.first + i, NULL);
    assert_int_equal(os_kmalloc_take(kmalloc, 20000, &va, NULL), TW_OK);
    assert_int_equal(pa_of(f, va), os_kmalloc_pa(kmalloc, va));
    for (unsigned i = 0; i < 4; i++, va += OS_PAGE_BYTES)
        assert_int_equal(pa_of(f, va + OS_PAGE_BYTES), pa_of(f, va) + OS_PAGE_BYTES);
    os_kmalloc_close(kmalloc);
}

static void vmalloc_memory_is_contiguous_in_virtual_memory_alone(void **state)
{
    fixture *f = *state;
    page_array_scatter(&f->pages);
    const uint64_t va = take(f, 5);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pa_of(f, va + (i + 1) * OS_PAGE_BYTES),
                         pa_of(f, va + i * OS_PAGE_BYTES) + 2 * OS_PAGE_BYTES);
    for (unsigned i = 0; i < 5; i++) {
        uint64_t ppn = 0;
        assert_true(os_vmalloc_frame(f->vmalloc, va + i * OS_PAGE_BYTES + 8, &ppn));
        assert_int_equal(ppn, pa_of(f, va + i * OS_PAGE_BYTES) / OS_PAGE_BYTES);
    }
}

static void in_fragmented_memory_vmalloc_succeeds_where_kmalloc_fails(void **state)
{
    fixture *f = *state;
    const os_page_source source = page_array_source(&f->pages);
    const os_records records = host_records();
    os_kmalloc *kmalloc = os_kmalloc_open(&records, &source, LINEAR);
    uint64_t va = 0;
    tw_error error = {0};
    page_array_scatter(&f->pages);
    assert_int_equal(page_array_free(&f->pages), PAGES / 2);
    assert_int_equal(os_kmalloc_take(kmalloc, 12 * 1024, &va, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "no 4 free pages in a row");
    assert_int_equal(os_vmalloc_take(f->vmalloc, 12 * 1024, &va, &error), TW_OK);
    for (unsigned i = 0; i < 12 * 1024; i += 8)
        *golden_word(f->machine, pa_of(f, va + i)) = i;
    for (unsigned i = 0; i < 12 * 1024; i += 8)
        assert_int_equal(*golden_word(f->machine, pa_of(f, va + i)), i);
    os_kmalloc_close(kmalloc);
}

/* ---- the window ------------------------------------------------------------------------------ */

static void an_access_beyond_an_area_faults_in_its_guard(void **state)
{
    fixture *f = *state;
    const uint64_t a = take(f, 2), b = take(f, 1);
    uint64_t ppn;
    assert_int_equal(a, window(0));
    assert_int_equal(b, window(3));
    pa_of(f, a + 2 * OS_PAGE_BYTES - 8);
    expect_fault(f, a + 2 * OS_PAGE_BYTES);
    expect_fault(f, b - 8);
    expect_fault(f, b + OS_PAGE_BYTES);
    assert_false(os_vmalloc_frame(f->vmalloc, a + 2 * OS_PAGE_BYTES, &ppn));
}

static void an_area_is_put_at_the_first_gap_that_holds_it_and_its_guard(void **state)
{
    fixture *f = *state;
    take(f, 1); /* 0, guard 1 */
    const uint64_t b = take(f, 3);
    take(f, 1);
    const uint64_t d = take(f, 5);
    take(f, 1);
    assert_int_equal(b, window(2));
    assert_int_equal(d, window(8));
    give(f, b); /* 4 pages are free at 2, 6 at 8, and all from 16 on */
    give(f, d);
    assert_int_equal(take(f, 4), window(8));
    assert_int_equal(take(f, 3), window(2));
    assert_int_equal(take(f, 1), window(16));
}

static void the_last_page_of_the_window_is_a_guard(void **state)
{
    fixture *f = *state;
    uint64_t va = 0;
    tw_error error = {0};
    assert_int_equal(os_vmalloc_take(f->vmalloc, WINDOW_PAGES * OS_PAGE_BYTES, &va, &error),
                     TW_NO_MEMORY);
    assert_string_equal(error.text, "no 64 pages and a guard in a row are free in the window of 64 "
                                    "pages: free an area or open a larger window");
    assert_int_equal(os_vmalloc_take(f->vmalloc, UINT64_MAX, &va, &error), TW_NO_MEMORY);
    assert_memory_equal(error.text, "no 4503599627370496 pages and a guard", 37);
    expect_untouched(f);
    take(f, WINDOW_PAGES - 1);
    assert_int_equal(os_vmalloc_take(f->vmalloc, 1, &va, &error), TW_NO_MEMORY);
    assert_int_equal(os_vmalloc_count(f->vmalloc).free, 0);
}

static void a_window_in_pieces_shows_in_its_longest_gap(void **state)
{
    fixture *f = *state;
    uint64_t area[16];
    for (int i = 0; i < 16; i++) /* of 4 pages each: the window is full */
        area[i] = take(f, 3);
    for (int i = 0; i < 16; i += 2)
        give(f, area[i]);
    const os_vmalloc_counts n = os_vmalloc_count(f->vmalloc);
    assert_int_equal(n.areas, 8);
    assert_int_equal(n.pages, 24);
    assert_int_equal(n.free, 32 * OS_PAGE_BYTES);
    assert_int_equal(n.longest, 4 * OS_PAGE_BYTES);
    assert_int_equal(1000 - 1000 * n.longest / n.free, 875); /* thousandths: 1 - longest / free */
}

/* ---- giving back ----------------------------------------------------------------------------- */

static void a_freed_area_is_fenced_before_its_frames_are_used_again(void **state)
{
    fixture *f = *state;
    const uint64_t va = take(f, 8); /* give_fenced looks at every frame */
    for (unsigned i = 0; i < 8; i++)
        pa_of(f, va + i * OS_PAGE_BYTES); /* now in the TLB */
    give(f, va);
    assert_int_equal(f->fences, 1);
    for (unsigned i = 0; i < 8; i++)
        expect_fault(f, va + i * OS_PAGE_BYTES);
    expect_untouched(f);
}

static void bad_addresses_are_refused(void **state)
{
    fixture *f = *state;
    const uint64_t va = take(f, 2);
    tw_error error = {0};
    assert_int_equal(os_vmalloc_give(f->vmalloc, va + OS_PAGE_BYTES, &error), TW_USAGE);
    assert_string_equal(error.text, "address 0xf8001000 is inside an area: give back where it "
                                    "begins, 0xf8000000");
    give(f, va);
    assert_int_equal(os_vmalloc_give(f->vmalloc, va, &error), TW_USAGE);
    assert_string_equal(error.text,
                        "address 0xf8000000 is in no area: was it freed twice, or never "
                        "taken?");
    uint64_t none = 0;
    assert_int_equal(os_vmalloc_take(f->vmalloc, 0, &none, &error), TW_USAGE);
    assert_string_equal(error.text, "an area has at least one byte");
}

/* ---- when something fails -------------------------------------------------------------------- */

static void without_frames_or_mappings_all_is_undone(void **state)
{
    fixture *f = *state;
    uint64_t va = 0;
    tw_error error = {0};
    f->pages.count = 5;
    assert_int_equal(os_vmalloc_take(f->vmalloc, 6 * OS_PAGE_BYTES, &va, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "no 1 free pages in a row");
    assert_int_equal(f->fences, 1);
    f->pages.count = PAGES;
    expect_untouched(f);
    f->maps_left = 4;
    assert_int_equal(os_vmalloc_take(f->vmalloc, 6 * OS_PAGE_BYTES, &va, &error), TW_IO);
    assert_string_equal(error.text, "no page can be mapped");
    f->maps_left = 0;
    expect_untouched(f);
    expect_fault(f, window(0));
}

static void what_could_not_be_taken_down_is_when_it_is_tried_again(void **state)
{
    fixture *f = *state;
    const uint64_t va = take(f, 6);
    f->unmaps_left = 4;
    assert_int_equal(os_vmalloc_give(f->vmalloc, va, NULL), TW_IO);
    assert_int_equal(page_array_free(&f->pages), PAGES - 6);
    f->unmaps_left = 0;
    f->pages.gives_left = 3;
    assert_int_equal(os_vmalloc_give(f->vmalloc, va, NULL), TW_IO);
    assert_int_equal(page_array_free(&f->pages), PAGES - 4);
    f->pages.gives_left = 0;
    give(f, va);
    assert_int_equal(f->fences, 1);
    expect_untouched(f);
}

static void windows_that_cannot_be_are_refused(void **state)
{
    fixture *f = *state;
    const os_records records = host_records();
    const os_page_source source = fenced_source(f);
    const os_kernel_map map = {f, map_page, unmap_page, fence};
    static const uint64_t window_of[][2] = {
        {0, 0}, {100, 4096}, {0, 5000}, {UINT64_MAX - 4095, 8192}};
    for (size_t i = 0; i < 4; i++) {
        os_vmalloc *v = NULL;
        assert_int_equal(
            os_vmalloc_open(&records, &source, &map, window_of[i][0], window_of[i][1], &v, NULL),
            TW_USAGE);
        assert_null(v);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest vmalloc[] = {
        TEST(kmalloc_memory_is_contiguous_in_physical_memory),
        TEST(vmalloc_memory_is_contiguous_in_virtual_memory_alone),
        TEST(in_fragmented_memory_vmalloc_succeeds_where_kmalloc_fails),
        TEST(an_access_beyond_an_area_faults_in_its_guard),
        TEST(an_area_is_put_at_the_first_gap_that_holds_it_and_its_guard),
        TEST(the_last_page_of_the_window_is_a_guard),
        TEST(a_window_in_pieces_shows_in_its_longest_gap),
        TEST(a_freed_area_is_fenced_before_its_frames_are_used_again),
        TEST(bad_addresses_are_refused),
        TEST(without_frames_or_mappings_all_is_undone),
        TEST(what_could_not_be_taken_down_is_when_it_is_tried_again),
        TEST(windows_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(vmalloc, NULL, NULL);
}
