/* vmalloc: random areas against a window that is searched page by page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/host_records.h"
#include "tb/os/port.h"
#include "tb/os/vmalloc.h"
#include "tb/random.h"
#include "tests/support/page_array.h"

enum { WINDOW = 256, PAGES = 200, AREAS = 64, OPERATIONS = 100000 };

typedef struct world {
    page_array pages;
    os_vmalloc *vmalloc;
    uint64_t mapped[WINDOW]; /* by what was called: 1 + page number, 0 for none */
    /* the oracle: areas by their first page in the window */
    size_t page[AREAS], length[AREAS], areas;
    unsigned char used[WINDOW]; /* area or guard */
    uint64_t seed;
} world;

static uint64_t *slot(world *w, uint64_t va)
{
    const uint64_t page = (va - OS_VMALLOC_BASE) / OS_PAGE_BYTES;
    assert_true(page < WINDOW);
    return &w->mapped[page];
}

static tw_status map_page(void *context, uint64_t va, uint64_t ppn, tw_error *error)
{
    (void)error;
    assert_int_equal(*slot(context, va), 0);
    *slot(context, va) = 1 + ppn;
    return TW_OK;
}

static tw_status unmap_page(void *context, uint64_t va, tw_error *error)
{
    (void)error;
    assert_int_not_equal(*slot(context, va), 0);
    *slot(context, va) = 0;
    return TW_OK;
}

static tw_status fence(void *context, uint64_t va, size_t pages, tw_error *error)
{
    (void)error;
    for (size_t i = 0; i < pages; i++)
        assert_int_equal(*slot(context, va + i * OS_PAGE_BYTES), 0);
    return TW_OK;
}

static world *open_world(uint64_t seed)
{
    const os_records records = host_records();
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->pages.count = PAGES;
    w->seed = seed;
    const os_page_source source = page_array_source(&w->pages);
    const os_kernel_map map = {w, map_page, unmap_page, fence};
    assert_int_equal(os_vmalloc_open(&records, &source, &map, OS_VMALLOC_BASE,
                                     WINDOW * OS_PAGE_BYTES, &w->vmalloc, NULL),
                     TW_OK);
    return w;
}

/* The first of so many pages in a row that are in no area; WINDOW if there are none. */
static size_t first_fit(const world *w, size_t pages)
{
    size_t run = 0;
    for (size_t i = 0; i < WINDOW; i++) {
        run = w->used[i] ? 0 : run + 1;
        if (run == pages)
            return i + 1 - pages;
    }
    return WINDOW;
}

static void mark(world *w, size_t first, size_t pages, unsigned char used)
{
    for (size_t i = first; i < first + pages; i++)
        w->used[i] = used;
}

static void take(world *w, uint64_t *random)
{
    const size_t length = 1 + random_below(random, 12), want = first_fit(w, length + 1);
    const int possible = want < WINDOW && length <= page_array_free(&w->pages);
    uint64_t va = 0;
    tw_error error = {0};
    const tw_status status = os_vmalloc_take(
        w->vmalloc, length * OS_PAGE_BYTES - random_below(random, 4096), &va, &error);
    if (status != (possible ? TW_OK : TW_NO_MEMORY) ||
        (possible && va != OS_VMALLOC_BASE + want * OS_PAGE_BYTES))
        fail_msg("%zu pages: expected page %zu, got status %d and %#llx: %s (seed %llu)", length,
                 want, status, (unsigned long long)va, error.text, (unsigned long long)w->seed);
    if (!possible)
        return;
    w->page[w->areas] = want;
    w->length[w->areas++] = length;
    mark(w, want, length + 1, 1);
}

static void give(world *w, uint64_t *random)
{
    const size_t i = random_below(random, w->areas);
    const uint64_t va = OS_VMALLOC_BASE + w->page[i] * OS_PAGE_BYTES;
    assert_int_equal(os_vmalloc_give(w->vmalloc, va + OS_PAGE_BYTES, NULL), TW_USAGE);
    assert_int_equal(os_vmalloc_give(w->vmalloc, va, NULL), TW_OK);
    assert_int_equal(os_vmalloc_give(w->vmalloc, va, NULL), TW_USAGE);
    mark(w, w->page[i], w->length[i] + 1, 0);
    w->page[i] = w->page[--w->areas];
    w->length[i] = w->length[w->areas];
}

static void compare(world *w)
{
    const os_vmalloc_counts n = os_vmalloc_count(w->vmalloc);
    size_t pages = 0, mapped = 0, free = 0;
    for (size_t i = 0; i < w->areas; i++)
        pages += w->length[i];
    for (size_t i = 0; i < WINDOW; i++) {
        uint64_t ppn = 0;
        const bool known = os_vmalloc_frame(w->vmalloc, OS_VMALLOC_BASE + i * OS_PAGE_BYTES, &ppn);
        assert_int_equal(known ? 1 + ppn : 0, w->mapped[i]);
        mapped += known;
        free += !w->used[i];
    }
    assert_int_equal(n.areas, w->areas);
    assert_int_equal(n.pages, pages);
    assert_int_equal(mapped, pages);
    assert_int_equal(n.free, free * OS_PAGE_BYTES);
    assert_int_equal(page_array_free(&w->pages), PAGES - pages);
    const size_t longest = (size_t)(n.longest / OS_PAGE_BYTES);
    assert_true(longest == 0 || first_fit(w, longest) < WINDOW);
    assert_int_equal(first_fit(w, longest + 1), WINDOW);
}

static void random_areas_are_where_a_search_puts_them(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        uint64_t random = seed;
        world *w = open_world(seed);
        for (int i = 0; i < OPERATIONS / 4; i++) {
            if (w->areas == 0 || (w->areas < AREAS && random_percent(&random, 55)))
                take(w, &random);
            else
                give(w, &random);
            if (i % 10 == 0)
                compare(w);
        }
        while (w->areas > 0)
            give(w, &random);
        compare(w);
        os_vmalloc_close(w->vmalloc);
        free(w);
    }
}

int main(void)
{
    const struct CMUnitTest vmalloc_random[] = {
        cmocka_unit_test(random_areas_are_where_a_search_puts_them),
    };
    return cmocka_run_group_tests(vmalloc_random, NULL, NULL);
}
