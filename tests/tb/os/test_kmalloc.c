/* kmalloc: classes, fragmentation, errors, and random use against an oracle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/host_records.h"
#include "tb/os/kmalloc.h"
#include "tb/os/port.h"
#include "tb/random.h"
#include "tests/support/page_array.h"

enum { PAGES = 4096 };

static const uint64_t LINEAR = 0xc0000000;

typedef struct fixture {
    page_array pages;
    os_kmalloc *kmalloc;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->pages.first = 0x1000;
    f->pages.count = PAGES;
    const os_page_source source = page_array_source(&f->pages);
    const os_records records = host_records();
    f->kmalloc = os_kmalloc_open(&records, &source, LINEAR);
    *state = f;
    return f->kmalloc == NULL;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    os_kmalloc_close(f->kmalloc);
    free(f);
    return 0;
}

static uint64_t take(fixture *f, uint64_t bytes)
{
    uint64_t va = 0;
    tw_error error = {0};
    if (os_kmalloc_take(f->kmalloc, bytes, &va, &error) != TW_OK)
        fail_msg("%llu bytes: %s", (unsigned long long)bytes, error.text);
    return va;
}

static void sizes_are_classes_up_to_8192_and_then_powers_of_two_of_pages(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes, size;
    } want[] = {{1, 8},        {8, 8},         {9, 16},        {64, 64},        {65, 96},
                {97, 128},     {129, 192},     {193, 256},     {4097, 8192},    {8192, 8192},
                {8193, 16384}, {16384, 16384}, {20480, 32768}, {100000, 131072}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_int_equal(os_kmalloc_size(want[i].bytes), want[i].size);
}

static void blocks_of_a_class_share_a_page_and_large_ones_have_their_own(void **state)
{
    fixture *f = *state;
    const uint64_t a = take(f, 100), b = take(f, 128);
    assert_int_equal(b, a + 128);
    assert_int_equal(page_array_free(&f->pages), PAGES - 1);
    take(f, 3 * 4096);
    assert_int_equal(page_array_free(&f->pages), PAGES - 5);
}

static void virtual_and_physical_addresses_differ_by_the_linear_offset(void **state)
{
    fixture *f = *state;
    const uint64_t va = take(f, 64);
    assert_int_equal(va, LINEAR + 0x1000 * 4096);
    assert_int_equal(os_kmalloc_pa(f->kmalloc, va), va - LINEAR);
}

static void blocks_are_as_aligned_as_they_are_large(void **state)
{
    fixture *f = *state;
    for (uint64_t bytes = 8; bytes <= 65536; bytes *= 2)
        for (int i = 0; i < 5; i++)
            assert_int_equal(take(f, bytes) % bytes, 0);
}

static void what_is_lost_inside_of_blocks_is_counted(void **state)
{
    fixture *f = *state;
    const uint64_t a = take(f, 100), b = take(f, 20000);
    os_kmalloc_counts n = os_kmalloc_count(f->kmalloc);
    assert_int_equal(n.blocks, 2);
    assert_int_equal(n.asked, 20100);
    assert_int_equal(n.sizes - n.asked, 28 + 12768);
    assert_int_equal(1000 * (n.sizes - n.asked) / n.sizes, 388); /* lost / taken, in thousandths */
    assert_int_equal(n.held, 4096 + 32768);
    assert_int_equal(os_kmalloc_give(f->kmalloc, b, NULL), TW_OK);
    assert_int_equal(os_kmalloc_give(f->kmalloc, a, NULL), TW_OK);
    n = os_kmalloc_count(f->kmalloc);
    assert_int_equal(n.blocks + n.asked + n.sizes, 0);
    assert_int_equal(n.held, 4096); /* the empty slab stays until it is asked for */
    assert_int_equal(os_kmalloc_shrink(f->kmalloc, NULL), TW_OK);
    assert_int_equal(os_kmalloc_count(f->kmalloc).held, 0);
    assert_int_equal(page_array_free(&f->pages), PAGES);
}

static void expect_refused(fixture *f, uint64_t va, const char *sentence)
{
    tw_error error = {0};
    assert_int_equal(os_kmalloc_give(f->kmalloc, va, &error), TW_USAGE);
    assert_string_equal(error.text, sentence);
}

static void bad_addresses_are_refused(void **state)
{
    fixture *f = *state;
    const uint64_t small = take(f, 64), large = take(f, 16384);
    assert_int_equal(os_kmalloc_give(f->kmalloc, small, NULL), TW_OK);
    expect_refused(f, small,
                   "address 0xc1000000 is in no block: was it freed twice, or never taken?");
    expect_refused(f, 64, "address 0x40 is in no block: was it freed twice, or never taken?");
    expect_refused(f, large + 4096,
                   "address 0xc1005000 is inside a block: give back where it begins, 0xc1004000");
    assert_int_equal(os_kmalloc_give(f->kmalloc, large, NULL), TW_OK);
    expect_refused(f, large,
                   "address 0xc1004000 is in no block: was it freed twice, or never taken?");
}

static void sizes_that_cannot_be_are_refused(void **state)
{
    fixture *f = *state;
    uint64_t va;
    tw_error error = {0};
    assert_int_equal(os_kmalloc_take(f->kmalloc, 0, &va, &error), TW_USAGE);
    assert_string_equal(error.text, "a block has 1 to 2^62 bytes, not 0");
    assert_int_equal(os_kmalloc_take(f->kmalloc, UINT64_MAX, &va, &error), TW_USAGE);
    assert_int_equal(os_kmalloc_take(f->kmalloc, 8192 * 4096 + 1, &va, &error), TW_NO_MEMORY);
    assert_int_equal(os_kmalloc_count(f->kmalloc).held, 0);
}

/* ---- random ---------------------------------------------------------------------------------- */

enum { BLOCKS = 500, OPERATIONS = 100000 };

typedef struct oracle {
    uint64_t va[BLOCKS], bytes[BLOCKS];
    size_t count;
} oracle;

/* Bytes of all magnitudes alike. */
static uint64_t some_bytes(uint64_t *random)
{
    const uint64_t most = UINT64_C(1) << (1 + random_below(random, 15));
    return 1 + random_below(random, most);
}

static void expect_sums(const fixture *f, const oracle *o)
{
    uint64_t asked = 0, sizes = 0;
    for (size_t i = 0; i < o->count; i++) {
        asked += o->bytes[i];
        sizes += os_kmalloc_size(o->bytes[i]);
    }
    const os_kmalloc_counts n = os_kmalloc_count(f->kmalloc);
    assert_int_equal(n.blocks, o->count);
    assert_int_equal(n.asked, asked);
    assert_int_equal(n.sizes, sizes);
    assert_true(n.sizes <= n.held);
}

static void random_take(fixture *f, oracle *o, uint64_t *random, uint64_t seed)
{
    const uint64_t bytes = some_bytes(random);
    uint64_t va = 0;
    if (os_kmalloc_take(f->kmalloc, bytes, &va, NULL) != TW_OK)
        return; /* the source is out of rows; the next gives make room */
    for (size_t i = 0; i < o->count; i++)
        if (o->va[i] < va + bytes && va < o->va[i] + o->bytes[i])
            fail_msg("%llu bytes at %#llx overlap %llu at %#llx (seed %llu)",
                     (unsigned long long)bytes, (unsigned long long)va,
                     (unsigned long long)o->bytes[i], (unsigned long long)o->va[i],
                     (unsigned long long)seed);
    o->va[o->count] = va;
    o->bytes[o->count++] = bytes;
}

static void random_give(fixture *f, oracle *o, uint64_t *random)
{
    const size_t i = random_below(random, o->count);
    assert_int_equal(os_kmalloc_give(f->kmalloc, o->va[i] + 1, NULL), TW_USAGE);
    assert_int_equal(os_kmalloc_give(f->kmalloc, o->va[i], NULL), TW_OK);
    assert_int_equal(os_kmalloc_give(f->kmalloc, o->va[i], NULL), TW_USAGE);
    o->va[i] = o->va[--o->count];
    o->bytes[i] = o->bytes[o->count];
}

static void random_blocks_never_overlap_and_are_all_counted(void **state)
{
    fixture *f = *state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        uint64_t random = seed;
        oracle o = {0};
        for (int i = 0; i < OPERATIONS / 4; i++) {
            if (o.count == 0 || (o.count < BLOCKS && random_percent(&random, 52)))
                random_take(f, &o, &random, seed);
            else
                random_give(f, &o, &random);
            if (i % 50 == 0)
                expect_sums(f, &o);
        }
        while (o.count > 0)
            random_give(f, &o, &random);
        assert_int_equal(os_kmalloc_shrink(f->kmalloc, NULL), TW_OK);
        assert_int_equal(page_array_free(&f->pages), PAGES);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest kmalloc[] = {
        TEST(sizes_are_classes_up_to_8192_and_then_powers_of_two_of_pages),
        TEST(blocks_of_a_class_share_a_page_and_large_ones_have_their_own),
        TEST(virtual_and_physical_addresses_differ_by_the_linear_offset),
        TEST(blocks_are_as_aligned_as_they_are_large),
        TEST(what_is_lost_inside_of_blocks_is_counted),
        TEST(bad_addresses_are_refused),
        TEST(sizes_that_cannot_be_are_refused),
        TEST(random_blocks_never_overlap_and_are_all_counted),
    };
    return cmocka_run_group_tests(kmalloc, NULL, NULL);
}
