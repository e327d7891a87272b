/* Slab caches: how many objects fit, which slab they come from, constructors, and what is
 * refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/host_records.h"
#include "tb/os/port.h"
#include "tb/os/slab.h"
#include "tests/support/golden_port.h"
#include "tests/support/page_array.h"

enum { PAGES = 64, KIB = 1024 };

typedef struct fixture {
    golden_machine *machine;
    os_port port;
    page_array pages;
    os_slabs *slabs;
    unsigned constructed, limit; /* calls, and at which call the constructor fails */
} fixture;

static int set_up(void **state)
{
    const os_records records = host_records();
    fixture *f = calloc(1, sizeof *f);
    f->machine = golden_open();
    f->port = golden_port(f->machine);
    f->pages.first = GOLDEN_FIRST;
    f->pages.count = PAGES;
    const os_page_source source = page_array_source(&f->pages);
    f->slabs = os_slabs_open(&records, &source);
    *state = f;
    return f->slabs == NULL;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    os_slabs_close(f->slabs);
    free(f->machine);
    free(f);
    return 0;
}

static os_slab_cache *open_kind(fixture *f, os_slab_kind kind)
{
    os_slab_cache *cache = NULL;
    tw_error error = {0};
    if (os_slab_cache_open(f->slabs, &kind, &cache, &error) != TW_OK)
        fail_msg("os_slab_cache_open: %s", error.text);
    return cache;
}

static os_slab_cache *open_cache(fixture *f, const char *name, size_t bytes, size_t pages)
{
    return open_kind(f, (os_slab_kind){.name = name, .bytes = bytes, .pages = pages});
}

static uint64_t take(os_slab_cache *cache)
{
    uint64_t address = 0;
    tw_error error = {0};
    if (os_slab_take(cache, &address, &error) != TW_OK)
        fail_msg("os_slab_take: %s", error.text);
    return address;
}

static void give(os_slab_cache *cache, uint64_t address)
{
    tw_error error = {0};
    if (os_slab_give(cache, address, &error) != TW_OK)
        fail_msg("os_slab_give: %s", error.text);
}

static void expect_refused(os_slab_cache *cache, uint64_t address, const char *sentence)
{
    const os_slab_counts before = os_slab_count(cache);
    tw_error error = {0};
    assert_int_equal(os_slab_give(cache, address, &error), TW_USAGE);
    assert_string_equal(error.text, sentence);
    const os_slab_counts after = os_slab_count(cache);
    assert_memory_equal(&before, &after, sizeof before);
}

static void expect_slabs(os_slab_cache *cache, size_t full, size_t partial, size_t empty)
{
    const os_slab_counts n = os_slab_count(cache);
    if (n.slabs[OS_SLAB_FULL] != full || n.slabs[OS_SLAB_PARTIAL] != partial ||
        n.slabs[OS_SLAB_EMPTY] != empty)
        fail_msg("expected %zu full, %zu partial, %zu empty; got %zu, %zu, %zu", full, partial,
                 empty, n.slabs[OS_SLAB_FULL], n.slabs[OS_SLAB_PARTIAL], n.slabs[OS_SLAB_EMPTY]);
}

/* ---- which slab ------------------------------------------------------------------------------ */

static void a_slab_of_12_kib_holds_4_objects_of_3_kib(void **state)
{
    fixture *f = *state;
    os_slab_cache *cache = open_cache(f, "three", 3 * KIB, 3);
    assert_int_equal(os_slab_objects(3 * KIB, 3), 4);
    const uint64_t first = take(cache);
    for (unsigned i = 1; i < 4; i++)
        assert_int_equal(take(cache), first + i * 3 * KIB);
    expect_slabs(cache, 1, 0, 0);
    take(cache);
    expect_slabs(cache, 1, 1, 0);
    assert_int_equal(f->pages.takes, 2);
}

static void objects_come_from_a_partial_slab_then_an_empty_one_then_a_new_one(void **state)
{
    fixture *f = *state;
    os_slab_cache *cache = open_cache(f, "half", 2 * KIB, 1);
    uint64_t object[6];
    for (int i = 0; i < 6; i++)
        object[i] = take(cache);
    give(cache, object[0]); /* the first slab is empty, the second full, the third partial */
    give(cache, object[1]);
    give(cache, object[4]);
    expect_slabs(cache, 1, 1, 1);
    assert_int_equal(take(cache), object[4]);
    expect_slabs(cache, 2, 0, 1);
    assert_int_equal(take(cache) / OS_PAGE_BYTES, object[0] / OS_PAGE_BYTES);
    expect_slabs(cache, 2, 1, 0);
    assert_int_equal(take(cache) / OS_PAGE_BYTES, object[0] / OS_PAGE_BYTES);
    assert_int_equal(f->pages.takes, 3);
    take(cache);
    assert_int_equal(f->pages.takes, 4);
}

static void a_slab_goes_from_full_over_partial_to_empty_as_objects_are_given_back(void **state)
{
    os_slab_cache *cache = open_cache(*state, "third", 1360, 1);
    uint64_t object[3];
    for (int i = 0; i < 3; i++)
        object[i] = take(cache);
    expect_slabs(cache, 1, 0, 0);
    give(cache, object[1]);
    expect_slabs(cache, 0, 1, 0);
    give(cache, object[2]);
    expect_slabs(cache, 0, 1, 0);
    give(cache, object[0]);
    expect_slabs(cache, 0, 0, 1);
}

static void the_object_given_back_last_is_taken_first(void **state)
{
    os_slab_cache *cache = open_cache(*state, "eight", 512, 1);
    uint64_t object[8];
    for (int i = 0; i < 8; i++)
        object[i] = take(cache);
    give(cache, object[2]);
    give(cache, object[6]);
    assert_int_equal(take(cache), object[6]);
    assert_int_equal(take(cache), object[2]);
}

static void shrinking_gives_empty_slabs_back_and_no_others(void **state)
{
    fixture *f = *state;
    os_slab_cache *cache = open_cache(f, "three", 3 * KIB, 3);
    uint64_t object[12];
    for (int i = 0; i < 12; i++)
        object[i] = take(cache);
    assert_int_equal(page_array_free(&f->pages), PAGES - 3 * 4); /* 3 pages take 4 of the source */
    for (int i = 0; i < 9; i++)
        give(cache, object[i]);
    assert_int_equal(os_slab_shrink(cache, NULL), TW_OK);
    expect_slabs(cache, 0, 1, 0);
    assert_int_equal(os_slab_count(cache).free, 1);
    assert_int_equal(page_array_free(&f->pages), PAGES - 4);
    expect_refused(cache, object[0],
                   "address 0x80000000 is in no slab: cache 'three' never gave it out");
}

/* ---- constructors ---------------------------------------------------------------------------- */

static tw_status construct(void *context, uint64_t address, tw_error *error)
{
    fixture *f = context;
    if (++f->constructed == f->limit)
        return tw_fail(error, TW_IO, "no object can be made");
    return f->port.write(f->port.context, address, 8, 0x1234, error);
}

static os_slab_cache *open_constructed(fixture *f)
{
    return open_kind(
        f, (os_slab_kind){
               .name = "made", .bytes = 256, .pages = 1, .construct = construct, .context = f});
}

static void the_constructor_runs_for_all_objects_when_a_slab_is_made(void **state)
{
    fixture *f = *state;
    os_slab_cache *cache = open_constructed(f);
    const uint64_t first = take(cache);
    assert_int_equal(f->constructed, 16);
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(*golden_word(f->machine, first + i * 256), 0x1234);
    for (int i = 1; i < 17; i++)
        take(cache);
    assert_int_equal(f->constructed, 32);
}

static void an_object_that_was_given_back_is_not_constructed_again(void **state)
{
    fixture *f = *state;
    os_slab_cache *cache = open_constructed(f);
    const uint64_t object = take(cache);
    *golden_word(f->machine, object) = 99;
    *golden_word(f->machine, object + 8) = 7;
    *golden_word(f->machine, object) = 0x1234; /* as it was constructed */
    give(cache, object);
    assert_int_equal(take(cache), object);
    assert_int_equal(f->constructed, 16);
    assert_int_equal(*golden_word(f->machine, object), 0x1234);
    assert_int_equal(*golden_word(f->machine, object + 8), 7);
}

static void pages_go_back_if_the_constructor_fails(void **state)
{
    fixture *f = *state;
    os_slab_cache *cache = open_constructed(f);
    uint64_t address;
    tw_error error = {0};
    f->limit = 5;
    assert_int_equal(os_slab_take(cache, &address, &error), TW_IO);
    assert_string_equal(error.text, "no object can be made");
    assert_int_equal(page_array_free(&f->pages), PAGES);
    expect_slabs(cache, 0, 0, 0);
    take(cache);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void a_double_free_is_caught(void **state)
{
    os_slab_cache *cache = open_cache(*state, "inode", 512, 1);
    const uint64_t object = take(cache);
    take(cache);
    give(cache, object);
    expect_refused(cache, object,
                   "object 0x80000000 of cache 'inode' is free: was it freed twice?");
}

static void an_object_of_another_cache_is_refused(void **state)
{
    os_slab_cache *inodes = open_cache(*state, "inode", 512, 1);
    os_slab_cache *dentries = open_cache(*state, "dentry", 512, 1);
    take(dentries);
    const uint64_t object = take(inodes);
    expect_refused(dentries, object,
                   "address 0x80001000 is of cache 'inode': give it back there, not to 'dentry'");
}

static void an_address_where_no_object_begins_is_refused(void **state)
{
    os_slab_cache *cache = open_cache(*state, "inode", 600, 1);
    const uint64_t object = take(cache);
    expect_refused(cache, object + 8,
                   "address 0x80000008 is in a slab of cache 'inode', but no object begins there");
    expect_refused(cache, object + 6 * 600,
                   "address 0x80000e10 is in a slab of cache 'inode', but no object begins there");
    expect_refused(cache, object + OS_PAGE_BYTES,
                   "address 0x80001000 is in no slab: cache 'inode' never gave it out");
}

static void without_pages_a_cache_stays_as_it_was(void **state)
{
    fixture *f = *state;
    os_slab_cache *cache = open_cache(f, "huge", 32 * OS_PAGE_BYTES, 32);
    take(cache);
    take(cache);
    uint64_t address;
    tw_error error = {0};
    assert_int_equal(os_slab_take(cache, &address, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "no 32 free pages in a row");
    expect_slabs(cache, 2, 0, 0);
}

static void a_cache_whose_objects_are_taken_is_not_closed(void **state)
{
    fixture *f = *state;
    os_slab_cache *cache = open_cache(f, "inode", 512, 1);
    const uint64_t object = take(cache);
    tw_error error = {0};
    assert_int_equal(os_slab_cache_close(cache, &error), TW_USAGE);
    assert_string_equal(error.text,
                        "cache 'inode' still has 1 objects that are taken: give them back first");
    give(cache, object);
    assert_int_equal(os_slab_cache_close(cache, &error), TW_OK);
    assert_int_equal(page_array_free(&f->pages), PAGES);
}

static void kinds_that_cannot_be_are_refused(void **state)
{
    fixture *f = *state;
    static const os_slab_kind kind[] = {
        {.name = "x", .bytes = 0},
        {.name = "x", .bytes = (size_t)OS_SLAB_PAGES_MAX * OS_PAGE_BYTES + 1},
        {.name = "x", .bytes = 8, .alignment = 24},
        {.name = "x", .bytes = 8, .alignment = 2 * OS_PAGE_BYTES},
        {.name = "x", .bytes = OS_PAGE_BYTES + 1, .pages = 1},
        {.name = "x", .bytes = 8, .pages = OS_SLAB_PAGES_MAX + 1},
        {.name = "a name of more than thirty-one letters", .bytes = 8},
    };
    for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
        os_slab_cache *cache = NULL;
        tw_error error = {0};
        assert_int_equal(os_slab_cache_open(f->slabs, &kind[i], &cache, &error), TW_USAGE);
        assert_null(cache);
    }
}

static void objects_are_aligned_as_their_kind_says(void **state)
{
    os_slab_cache *cache =
        open_kind(*state, (os_slab_kind){.name = "line", .bytes = 65, .alignment = 64, .pages = 1});
    assert_int_equal(os_slab_count(cache).stride, 128);
    for (int i = 0; i < 40; i++)
        assert_int_equal(take(cache) % 64, 0);
    assert_int_equal(os_slab_count(cache).objects, 32);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest slab[] = {
        TEST(a_slab_of_12_kib_holds_4_objects_of_3_kib),
        TEST(objects_come_from_a_partial_slab_then_an_empty_one_then_a_new_one),
        TEST(a_slab_goes_from_full_over_partial_to_empty_as_objects_are_given_back),
        TEST(the_object_given_back_last_is_taken_first),
        TEST(shrinking_gives_empty_slabs_back_and_no_others),
        TEST(the_constructor_runs_for_all_objects_when_a_slab_is_made),
        TEST(an_object_that_was_given_back_is_not_constructed_again),
        TEST(pages_go_back_if_the_constructor_fails),
        TEST(a_double_free_is_caught),
        TEST(an_object_of_another_cache_is_refused),
        TEST(an_address_where_no_object_begins_is_refused),
        TEST(without_pages_a_cache_stays_as_it_was),
        TEST(a_cache_whose_objects_are_taken_is_not_closed),
        TEST(kinds_that_cannot_be_are_refused),
        TEST(objects_are_aligned_as_their_kind_says),
    };
    return cmocka_run_group_tests(slab, NULL, NULL);
}
