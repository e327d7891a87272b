/* Relocation: 64-bit programs in 32-bit address spaces, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tb/relocate.h"

/* A row of `count` pages from page number `first`. */
typedef struct row {
    uint64_t first, count;
} row;

static footprint *footprint_of_rows(const row *rows, size_t count)
{
    footprint *f = footprint_open(NULL);
    for (size_t i = 0; i < count; i++)
        for (uint64_t page = 0; page < rows[i].count; page++)
            footprint_add(f, (rows[i].first + page) << PAGE_SHIFT, 1, OS_R, 0, NULL);
    footprint_settle(f);
    return f;
}

static relocation *relocate_or_fail(footprint *f)
{
    tw_error error = {0};
    relocation *r = relocate(f, &error);
    if (r == NULL)
        fail_msg("%s", error.text);
    return r;
}

/* Code, heap, libraries and stack of a program, with holes in some. */
static const row program[] = {{0x400, 6},         {0x408, 3},         {0x4b3, 20},
                              {0x155554a, 100},   {0x7ffff7c00, 300}, {0x7ffff7f10, 40},
                              {0x7fffffff0, 0x0f}};

enum { ROWS = sizeof program / sizeof *program };

static void a_program_of_32_bits_needs_none(void **state)
{
    (void)state;
    const row last = {0xfffff, 1}, beyond = {0x100000, 1};
    footprint *f = footprint_of_rows(program, 3);
    assert_false(relocation_needed(f));
    footprint_close(f);
    f = footprint_of_rows(&last, 1);
    assert_false(relocation_needed(f));
    footprint_close(f);
    f = footprint_of_rows(&beyond, 1);
    assert_true(relocation_needed(f));
    footprint_close(f);
}

static void every_address_has_one_place_in_32_bits_and_comes_back(void **state)
{
    (void)state;
    footprint *old = footprint_of_rows(program, ROWS), *f = footprint_of_rows(program, ROWS);
    relocation *r = relocate_or_fail(f);
    assert_int_equal(relocation_regions(r), 4);
    for (size_t i = 0; i < footprint_pages(old); i++) {
        uint64_t home = footprint_page(old, i) << PAGE_SHIFT | 0x123;
        uint64_t va = relocation_to(r, home);
        assert_true(va <= UINT32_MAX);
        assert_int_equal(va, footprint_page(f, i) << PAGE_SHIFT | 0x123);
        assert_int_equal(relocation_from(r, va), home);
        assert_true(i == 0 || footprint_page(f, i - 1) < footprint_page(f, i));
    }
    footprint_close(old);
    footprint_close(f);
    relocation_close(r);
}

static void pages_keep_their_distance_within_a_region_and_their_place_within_4_mib(void **state)
{
    (void)state;
    footprint *old = footprint_of_rows(program, ROWS), *f = footprint_of_rows(program, ROWS);
    relocation *r = relocate_or_fail(f);
    for (size_t i = 0; i < footprint_pages(old); i++) {
        uint64_t home = footprint_page(old, i), page = footprint_page(f, i);
        assert_int_equal(page % 1024, home % 1024);
        if (i > 0 && home - footprint_page(old, i - 1) <= 1024)
            assert_int_equal(page - footprint_page(f, i - 1), home - footprint_page(old, i - 1));
        else if (i > 0)
            assert_true(page - footprint_page(f, i - 1) >= 2);
    }
    footprint_close(old);
    footprint_close(f);
    relocation_close(r);
}

static void an_address_of_no_region_stays_as_it_is(void **state)
{
    (void)state;
    footprint *f = footprint_of_rows(program, ROWS);
    relocation *r = relocate_or_fail(f);
    assert_int_equal(relocation_to(r, 0x123456789abc), 0x123456789abc);
    assert_int_equal(relocation_from(r, 0xfffffff8), 0xfffffff8);
    assert_int_equal(relocation_to(r, 8), 8);
    footprint_close(f);
    relocation_close(r);
}

/* Of one page each, 4 GiB apart: 3,000 times 4 MiB are 12 GiB. */
static void regions_move_closer_where_4_mib_each_are_too_many(void **state)
{
    (void)state;
    enum { REGIONS = 3000 };
    footprint *f = footprint_open(NULL);
    for (uint64_t i = 0; i < REGIONS; i++)
        footprint_add(f, i << 32 | 0x5000, 1, OS_R, 0, NULL);
    footprint_settle(f);
    relocation *r = relocate_or_fail(f);
    assert_int_equal(relocation_regions(r), REGIONS);
    for (size_t i = 1; i < REGIONS; i++)
        assert_int_equal(footprint_page(f, i) - footprint_page(f, i - 1), 2);
    footprint_close(f);
    relocation_close(r);
}

/* Every page by itself, with a hole of 1,022 pages behind it, is a region of its own at last. */
static void holes_within_regions_shrink_only_when_nothing_else_helps(void **state)
{
    (void)state;
    enum { PAGES = 4000 };
    footprint *f = footprint_open(NULL);
    for (uint64_t i = 0; i < PAGES; i++)
        footprint_add(f, (UINT64_C(0x100000000) + i * 1023) << PAGE_SHIFT, 1, OS_R, 0, NULL);
    footprint_settle(f);
    relocation *r = relocate_or_fail(f);
    assert_int_equal(relocation_regions(r), PAGES);
    assert_int_equal(footprint_page(f, PAGES - 1), 1 + 2 * (PAGES - 1));
    footprint_close(f);
    relocation_close(r);
}

static void what_does_not_fit_is_refused_and_left_alone(void **state)
{
    (void)state;
    footprint *f = footprint_open(NULL);
    const uint64_t pages = 600000, first = UINT64_C(0x100000000);
    tw_error error = {0};
    for (uint64_t i = 0; i < pages; i++)
        footprint_add(f, (first + 2 * i) << PAGE_SHIFT, 1, OS_R, 0, NULL);
    footprint_settle(f);
    assert_null(relocate(f, &error));
    assert_int_equal(error.status, TW_USAGE);
    assert_string_equal(error.text, "its 600000 pages in 600000 regions do not fit into 4 GiB with "
                                    "a free page between any two regions");
    assert_int_equal(footprint_page(f, 1), first + 2);
    footprint_close(f);
}

static void a_program_that_fills_4_gib_but_for_page_0_fits(void **state)
{
    (void)state;
    const row rows = {UINT64_C(0x7f0000000), (1 << 20) - 1};
    footprint *f = footprint_of_rows(&rows, 1);
    relocation *r = relocate_or_fail(f);
    assert_int_equal(footprint_page(f, 0), 1);
    assert_int_equal(footprint_page(f, footprint_pages(f) - 1), 0xfffff);
    footprint_close(f);
    relocation_close(r);
}

int main(void)
{
    const struct CMUnitTest relocations[] = {
        cmocka_unit_test(a_program_of_32_bits_needs_none),
        cmocka_unit_test(every_address_has_one_place_in_32_bits_and_comes_back),
        cmocka_unit_test(pages_keep_their_distance_within_a_region_and_their_place_within_4_mib),
        cmocka_unit_test(an_address_of_no_region_stays_as_it_is),
        cmocka_unit_test(regions_move_closer_where_4_mib_each_are_too_many),
        cmocka_unit_test(holes_within_regions_shrink_only_when_nothing_else_helps),
        cmocka_unit_test(what_does_not_fit_is_refused_and_left_alone),
        cmocka_unit_test(a_program_that_fills_4_gib_but_for_page_0_fits),
    };
    return cmocka_run_group_tests(relocations, NULL, NULL);
}
