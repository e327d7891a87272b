/* Slab caches: how many objects a slab holds, as Linux has it, and random use against an oracle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tb/host_records.h"
#include "tb/os/port.h"
#include "tb/os/slab.h"
#include "tb/random.h"
#include "tests/support/page_array.h"

/* ---- objects in a slab ----------------------------------------------------------------------- */

/* Bytes of an object, objects in a slab, pages of a slab: caches of Linux, from /proc/slabinfo. */
static const struct {
    const char *name;
    size_t bytes, objects, pages;
} LINUX[] = {
    {"jbd2_revoke_table_s", 16, 256, 1},
    {"dnotify_struct", 32, 128, 1},
    {"extent_status", 40, 102, 1},
    {"ip_fib_trie", 48, 85, 1},
    {"mb_cache_entry", 56, 73, 1},
    {"ext4_io_end", 64, 64, 1},
    {"btrfs_free_space", 104, 39, 1},
    {"ext4_prealloc_space", 112, 36, 1},
    {"nf_conntrack", 256, 16, 1},
    {"btrfs_ordered_extent", 416, 19, 2},
    {"xfs_efi_item", 432, 18, 2},
    {"kioctx", 576, 14, 2},
    {"ovl_inode", 704, 23, 4},
    {"xfrm_state", 832, 19, 4},
    {"btrfs_inode", 1016, 16, 4},
    {"ext4_inode_cache", 1128, 14, 4},
    {"UDPv6", 1472, 22, 8},
    {"TCPv6", 2496, 13, 8},
    {"erofs_pcluster-257", 4232, 7, 8},
    {"kvm_vcpu", 51472, 1, 16},
};

static void expect_objects(const char *name, size_t bytes, size_t objects, size_t pages)
{
    const size_t got = os_slab_objects(bytes, pages);
    if (got != objects)
        fail_msg("%s: %zu pages of %zu bytes: expected %zu objects, got %zu", name, pages, bytes,
                 objects, got);
}

static void slabs_of_20_caches_of_linux_hold_as_many_objects_as_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof LINUX / sizeof *LINUX; i++)
        expect_objects(LINUX[i].name, LINUX[i].bytes, LINUX[i].objects, LINUX[i].pages);
}

/* Another allocator than today's, whose tunables are not 0, kept records inside of the slab. */
static void every_cache_of_this_host_holds_as_many_objects_as_it_says(void **state)
{
    (void)state;
    FILE *file = fopen("/proc/slabinfo", "r");
    char line[512], name[80];
    size_t bytes, objects, pages, limit, caches = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "%79s %*u %*u %zu %zu %zu : tunables %zu", name, &bytes, &objects, &pages,
                   &limit) == 5 &&
            limit == 0) {
            expect_objects(name, bytes, objects, pages);
            caches++;
        }
    if (file != NULL)
        fclose(file);
    if (caches == 0 || sysconf(_SC_PAGESIZE) != OS_PAGE_BYTES) {
        print_message("skipped: /proc/slabinfo cannot be read here, or is not of 4 KiB pages\n");
        skip();
    }
    print_message("%zu/%zu caches of this host\n", caches, caches);
}

/* The least power of two of pages, up to `most`, of which objects leave at most a part free. */
static size_t least(size_t bytes, size_t most, size_t part)
{
    for (size_t pages = 1; pages <= most; pages *= 2) {
        const size_t objects = os_slab_objects(bytes, pages), all = pages * OS_PAGE_BYTES;
        if (objects > 0 && (all - objects * bytes) * part <= all)
            return pages;
    }
    return 0;
}

static void a_slab_wastes_an_eighth_at_most_if_8_pages_allow_it(void **state)
{
    (void)state;
    for (size_t bytes = 8; bytes <= 20 * OS_PAGE_BYTES; bytes += 8) {
        const size_t good = least(bytes, 8, 8), want = good != 0 ? good : least(bytes, 32, 1);
        if (os_slab_pages(bytes) != want)
            fail_msg("%zu bytes: expected slabs of %zu pages, got %zu", bytes, want,
                     os_slab_pages(bytes));
    }
}

/* ---- random ---------------------------------------------------------------------------------- */

enum { CACHES = 4, OBJECTS = 600, OPERATIONS = 100000, PAGES = 512 };

static const os_slab_kind KIND[CACHES] = {
    {.name = "tiny", .bytes = 24, .pages = 1},
    {.name = "odd", .bytes = 700, .alignment = 4},
    {.name = "three", .bytes = 3072, .pages = 3},
    {.name = "line", .bytes = 100, .alignment = 64, .pages = 2},
};

typedef struct world {
    page_array pages;
    os_slabs *slabs;
    os_slab_cache *cache[CACHES];
    uint64_t object[CACHES][OBJECTS]; /* those that are taken */
    size_t taken[CACHES];
    uint64_t seed;
} world;

static world *open_world(uint64_t seed)
{
    const os_records records = host_records();
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->pages.count = PAGES;
    w->seed = seed;
    const os_page_source source = page_array_source(&w->pages);
    w->slabs = os_slabs_open(&records, &source);
    assert_non_null(w->slabs);
    for (int i = 0; i < CACHES; i++)
        assert_int_equal(os_slab_cache_open(w->slabs, &KIND[i], &w->cache[i], NULL), TW_OK);
    return w;
}

/* What is taken overlaps nothing that is taken, of any cache. */
static void expect_apart(const world *w, int cache, uint64_t address)
{
    for (int c = 0; c < CACHES; c++)
        for (size_t i = 0; i < w->taken[c]; i++)
            if (w->object[c][i] < address + KIND[cache].bytes &&
                address < w->object[c][i] + KIND[c].bytes)
                fail_msg("%s %#llx overlaps %s %#llx (seed %llu)", KIND[cache].name,
                         (unsigned long long)address, KIND[c].name,
                         (unsigned long long)w->object[c][i], (unsigned long long)w->seed);
}

static void take(world *w, int c)
{
    uint64_t address = 0;
    const os_slab_counts before = os_slab_count(w->cache[c]);
    const unsigned takes = w->pages.takes;
    assert_int_equal(os_slab_take(w->cache[c], &address, NULL), TW_OK);
    assert_int_equal(w->pages.takes - takes, before.free == 0); /* a new slab only if there must */
    expect_apart(w, c, address);
    w->object[c][w->taken[c]++] = address;
}

static void give(world *w, int c, uint64_t *random)
{
    const size_t i = random_below(random, w->taken[c]);
    const uint64_t address = w->object[c][i];
    assert_int_equal(os_slab_give(w->cache[(c + 1) % CACHES], address, NULL), TW_USAGE);
    assert_true(os_slabs_taken(w->slabs, address));
    assert_int_equal(os_slab_give(w->cache[c], address, NULL), TW_OK);
    assert_false(os_slabs_taken(w->slabs, address));
    assert_int_equal(os_slab_give(w->cache[c], address, NULL), TW_USAGE);
    w->object[c][i] = w->object[c][--w->taken[c]];
}

static void expect_counts(const world *w)
{
    size_t held = 0;
    for (int c = 0; c < CACHES; c++) {
        const os_slab_counts n = os_slab_count(w->cache[c]);
        const size_t slabs = n.slabs[0] + n.slabs[1] + n.slabs[2];
        assert_int_equal(n.taken, w->taken[c]);
        assert_int_equal(n.taken + n.free, slabs * n.objects);
        held += slabs * n.held;
    }
    assert_int_equal(page_array_free(&w->pages), PAGES - held);
}

/* Counts slabs by state and objects, one slab after the other. */
static void expect_views(const world *w)
{
    size_t views[3] = {0}, counts[3] = {0}, taken = 0;
    os_slab_view view;
    for (uint64_t at = 0; os_slabs_next(w->slabs, at, &view); at = view.address + view.bytes) {
        views[view.state]++;
        taken += view.taken;
    }
    for (int c = 0; c < CACHES; c++)
        for (int s = 0; s < 3; s++)
            counts[s] += os_slab_count(w->cache[c]).slabs[s];
    assert_memory_equal(views, counts, sizeof views);
    assert_int_equal(taken, w->taken[0] + w->taken[1] + w->taken[2] + w->taken[3]);
}

static void random_use(uint64_t seed)
{
    world *w = open_world(seed);
    uint64_t random = seed;
    unsigned percent = 60; /* of takes: up and down, so that slabs fill up and get empty */
    for (int i = 0; i < OPERATIONS / 4; i++) {
        const int c = (int)random_below(&random, CACHES);
        if (i % 1000 == 0) {
            percent = 30 + random_below(&random, 40);
            assert_int_equal(os_slab_shrink(w->cache[c], NULL), TW_OK);
            assert_int_equal(os_slab_count(w->cache[c]).slabs[OS_SLAB_EMPTY], 0);
            expect_views(w);
        }
        const size_t most = c == 2 ? 200 : OBJECTS;
        if (w->taken[c] == 0 || (w->taken[c] < most && random_percent(&random, percent)))
            take(w, c);
        else
            give(w, c, &random);
        expect_counts(w);
    }
    for (int c = 0; c < CACHES; c++)
        while (w->taken[c] > 0)
            give(w, c, &random);
    for (int c = 0; c < CACHES; c++)
        assert_int_equal(os_slab_cache_close(w->cache[c], NULL), TW_OK);
    assert_int_equal(page_array_free(&w->pages), PAGES);
    os_slabs_close(w->slabs);
    free(w);
}

static void random_objects_never_overlap_and_are_all_counted(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        random_use(seed);
}

int main(void)
{
    const struct CMUnitTest slab_random[] = {
        cmocka_unit_test(slabs_of_20_caches_of_linux_hold_as_many_objects_as_there),
        cmocka_unit_test(every_cache_of_this_host_holds_as_many_objects_as_it_says),
        cmocka_unit_test(a_slab_wastes_an_eighth_at_most_if_8_pages_allow_it),
        cmocka_unit_test(random_objects_never_overlap_and_are_all_counted),
    };
    return cmocka_run_group_tests(slab_random, NULL, NULL);
}
