/* Areas: mapping, cutting, joining, gaps, and what a lookup costs. */
#include <math.h>

#include "tb/host_records.h"
#include "tb/random.h"
#include "tests/support/vma_bench.h"

/* ---- mapping --------------------------------------------------------------------------------- */

static void neighbours_that_are_alike_are_one_area(void **state)
{
    (void)state;
    os_vmas *areas = vmas_open(NULL);
    map(areas, anonymous(10, 12, OS_R));
    map(areas, anonymous(14, 16, OS_R));
    assert_int_equal(os_vmas_count(areas), 2);
    map(areas, anonymous(12, 14, OS_R));
    expect_area(areas, 13, 10, 16, OS_R);
    map(areas, anonymous(16, 17, OS_W));
    map(areas, (os_vma){page_at(8), page_at(10), OS_R, OS_VMA_SHARED, NULL, 0});
    close_checked(areas, 3);
}

static void parts_of_a_file_are_joined_where_its_offsets_go_on(void **state)
{
    (void)state;
    int file;
    os_vmas *areas = vmas_open(NULL);
    map(areas, (os_vma){page_at(10), page_at(12), OS_R, 0, &file, page_at(5)});
    map(areas, (os_vma){page_at(12), page_at(13), OS_R, 0, &file, page_at(7)});
    expect_area(areas, 10, 10, 13, OS_R);
    map(areas, (os_vma){page_at(13), page_at(14), OS_R, 0, &file, page_at(7)});
    close_checked(areas, 2);
}

static void unmapping_cuts_and_shows_what_goes(void **state)
{
    (void)state;
    int file;
    seen_parts seen = {0};
    os_vma_visitor gone = {see_part, &seen};
    os_vmas *areas = vmas_open(NULL);
    map(areas, (os_vma){page_at(10), page_at(20), OS_R, 0, &file, page_at(3)});
    map(areas, anonymous(22, 30, OS_W));
    assert_int_equal(os_vmas_unmap(areas, page_at(18), page_at(24), &gone, NULL), TW_OK);
    assert_int_equal(seen.calls, 2);
    expect_part(&seen, 0, 18, 20);
    expect_part(&seen, 1, 22, 24);
    assert_int_equal(seen.part[0].offset, page_at(11));
    assert_int_equal(os_vmas_unmap(areas, page_at(12), page_at(13), &gone, NULL), TW_OK);
    expect_area(areas, 11, 10, 12, OS_R);
    expect_area(areas, 13, 13, 18, OS_R);
    assert_int_equal(os_vmas_find(areas, page_at(13))->offset, page_at(6));
    assert_null(os_vmas_find(areas, page_at(12)));
    close_checked(areas, 3);
}

static void a_fixed_area_takes_the_place_of_what_was_there(void **state)
{
    (void)state;
    seen_parts seen = {0};
    os_vma_visitor gone = {see_part, &seen};
    os_vma area = anonymous(14, 16, OS_X);
    tw_error error;
    os_vmas *areas = vmas_open(NULL);
    map(areas, anonymous(10, 20, OS_R));
    assert_int_equal(os_vmas_map_new(areas, &area, &error), TW_USAGE);
    assert_string_equal(error.text, "the range [0xe000, 0x10000) overlaps the area [0xa000, "
                                    "0x14000): choose another, or unmap that first");
    assert_int_equal(os_vmas_map(areas, &area, &gone, NULL), TW_OK);
    assert_int_equal(seen.calls, 1);
    expect_part(&seen, 0, 14, 16);
    expect_area(areas, 15, 14, 16, OS_X);
    close_checked(areas, 3);
}

static void a_visitor_that_refuses_ends_the_operation_there(void **state)
{
    (void)state;
    seen_parts seen = {.refuse = 2};
    os_vma_visitor gone = {see_part, &seen};
    os_vmas *areas = vmas_open(NULL);
    for (unsigned i = 0; i < 3; i++)
        map(areas, anonymous(10 + 2 * i, 11 + 2 * i, OS_R));
    assert_int_equal(os_vmas_unmap(areas, page_at(10), page_at(20), &gone, NULL), TW_IO);
    assert_null(os_vmas_find(areas, page_at(10)));
    expect_area(areas, 12, 12, 13, OS_R);
    expect_area(areas, 14, 14, 15, OS_R);
    close_checked(areas, 2);
}

static void what_is_refused_leaves_no_cut_and_no_file_held(void **state)
{
    (void)state;
    int file = 0;
    static const os_vma_files files = {count_up, count_down, NULL};
    os_vmas_options options = {.high = page_at(100), .limit = 2, .files = &files};
    const os_records records = host_records();
    os_vmas *areas = os_vmas_open(&records, &options, NULL);
    os_vma area = {page_at(12), page_at(14), OS_R, 0, &file, 0};
    map(areas, anonymous(10, 20, OS_R));
    assert_int_equal(os_vmas_map(areas, &area, NULL, NULL), TW_NO_MEMORY); /* the second cut */
    assert_int_equal(file, 0);
    expect_area(areas, 12, 10, 20, OS_R);

    seen_parts seen = {.refuse = 1};
    os_vma_visitor gone = {see_part, &seen};
    area.start = page_at(10);
    assert_int_equal(os_vmas_map(areas, &area, &gone, NULL), TW_IO);
    assert_int_equal(file, 0);
    expect_area(areas, 12, 10, 20, OS_R);
    assert_int_equal(os_vmas_protect(areas, page_at(10), page_at(14), OS_W,
                                     &(os_vma_visitor){see_part, &(seen_parts){.refuse = 1}}, NULL),
                     TW_IO);
    close_checked(areas, 1);
}

/* ---- gaps ------------------------------------------------------------------------------------ */

static void a_gap_is_the_lowest_or_the_topmost_below_the_guard_of_the_stack(void **state)
{
    (void)state;
    os_vma_window low = {0, UINT64_MAX - OS_PAGE_BYTES + 1, false}, top = low;
    top.topmost = true;
    uint64_t start, stack = UINT64_C(0x7fffb000);
    os_vmas *areas = vmas_open(NULL);
    map(areas, anonymous(1, 3, OS_R));
    map(areas, anonymous(5, 6, OS_R));
    map(areas, (os_vma){stack, stack + OS_PAGE_BYTES, OS_R | OS_W, OS_VMA_GROWS_DOWN, NULL, 0});
    assert_int_equal(os_vmas_gap(areas, page_at(2), low, &start, NULL), TW_OK);
    assert_int_equal(start, page_at(3));
    assert_int_equal(os_vmas_gap(areas, page_at(3), low, &start, NULL), TW_OK);
    assert_int_equal(start, page_at(6));
    top.high = stack;
    assert_int_equal(os_vmas_gap(areas, page_at(3), top, &start, NULL), TW_OK);
    assert_int_equal(start, stack - page_at(OS_GUARD_PAGES + 3));
    os_vma placed = {.end = page_at(3), .permissions = OS_R | OS_X};
    assert_int_equal(os_vmas_place(areas, &placed, top, NULL), TW_OK);
    assert_int_equal(placed.start, start);
    assert_int_equal(os_vmas_gap(areas, UINT64_C(1) << 31, low, &start, NULL), TW_NO_MEMORY);
    close_checked(areas, 4);
}

static void the_guard_of_a_stack_near_the_lowest_address_ends_there(void **state)
{
    (void)state;
    os_vma_window low = {0, page_at(20), false};
    uint64_t start;
    os_vmas *areas = vmas_open(NULL);
    map(areas, (os_vma){page_at(10), page_at(11), OS_R, OS_VMA_GROWS_DOWN, NULL, 0});
    assert_int_equal(os_vmas_gap(areas, page_at(1), low, &start, NULL), TW_OK);
    assert_int_equal(start, page_at(11));
    close_checked(areas, 1);
}

/* ---- mistakes and the limit ------------------------------------------------------------------ */

static void ranges_that_make_no_sense_are_refused_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        uint64_t start, end;
        const char *text;
    } bad[] = {
        {0x1001, 0x3000, "the range [0x1001, 0x3000) must start and end at a multiple of 4096"},
        {0x3000, 0x3000, "the range [0x3000, 0x3000) must end after it starts"},
        {UINT64_C(0xfffffffffffff000), 0x1000,
         "the range [0xfffffffffffff000, 0x1000) must end after it starts"},
        {0, 0x1000, "the range [0, 0x1000) must be inside the address space, [0x1000, 0x80000000)"},
        {0x7ffff000, 0x80001000,
         "the range [0x7ffff000, 0x80001000) must be inside the address space, [0x1000, "
         "0x80000000)"}};
    os_vmas *areas = vmas_open(NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tw_error error = {0};
        os_vma area = {.start = bad[i].start, .end = bad[i].end};
        assert_int_equal(os_vmas_map(areas, &area, NULL, &error), TW_USAGE);
        assert_string_equal(error.text, bad[i].text);
        assert_int_equal(os_vmas_unmap(areas, area.start, area.end, NULL, NULL), TW_USAGE);
    }
    close_checked(areas, 0);
}

static void one_area_more_than_the_limit_is_refused(void **state)
{
    (void)state;
    tw_error error;
    os_vmas *areas = vmas_open(NULL);
    for (unsigned i = 0; i < OS_VMAS_MAX; i++)
        map(areas, anonymous(1 + 2 * i, 2 + 2 * i, OS_R));
    os_vma apart = anonymous(2 * OS_VMAS_MAX + 1, 2 * OS_VMAS_MAX + 3, OS_R);
    assert_int_equal(os_vmas_map(areas, &apart, NULL, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "an address space has at most 65530 areas: unmap one before "
                                    "another is mapped");
    map(areas, anonymous(2, 3, OS_R)); /* joins two, so there is room for one */
    map(areas, apart);
    assert_int_equal(os_vmas_unmap(areas, page_at(3), page_at(4), NULL, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "an address space has at most 65530 areas: the one at 0x1000 "
                                    "cannot be cut; unmap another");
    expect_area(areas, 2, 1, 4, OS_R);
    close_checked(areas, OS_VMAS_MAX);
}

/* ---- cost ------------------------------------------------------------------------------------ */

enum { MANY = 100000 };

/* Areas of one page with a gap between, in a random order. */
static os_vmas *many(unsigned n)
{
    static unsigned order[MANY];
    os_vmas_options options = {.high = page_at(2 * (uint64_t)n), .limit = n};
    const os_records records = host_records();
    os_vmas *areas = os_vmas_open(&records, &options, NULL);
    assert_non_null(areas);
    uint64_t random = n;
    for (unsigned i = 0; i < n; i++) {
        unsigned j = random_below(&random, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (unsigned i = 0; i < n; i++)
        map(areas, anonymous(2 * order[i], 2 * order[i] + 1, OS_R));
    return areas;
}

static void a_lookup_takes_at_most_2_log2_of_n_plus_1_comparisons(void **state)
{
    (void)state;
    for (unsigned n = 100; n <= MANY; n *= 10) {
        os_vmas *areas = many(n);
        for (unsigned page = 0; page < 2 * n; page++)
            assert_int_equal(os_vmas_find(areas, page_at(page)) != NULL, page % 2 == 0);
        os_vma_lookups l = os_vmas_lookups(areas);
        assert_int_equal(l.lookups, 2 * n);
        if (l.most > 2 * log2(n + 1))
            fail_msg("n %u: expected at most %.1f comparisons, got %u", n, 2 * log2(n + 1), l.most);
        close_checked(areas, n);
    }
}

int main(void)
{
    const struct CMUnitTest vma[] = {
        cmocka_unit_test(neighbours_that_are_alike_are_one_area),
        cmocka_unit_test(parts_of_a_file_are_joined_where_its_offsets_go_on),
        cmocka_unit_test(unmapping_cuts_and_shows_what_goes),
        cmocka_unit_test(a_fixed_area_takes_the_place_of_what_was_there),
        cmocka_unit_test(a_visitor_that_refuses_ends_the_operation_there),
        cmocka_unit_test(what_is_refused_leaves_no_cut_and_no_file_held),
        cmocka_unit_test(a_gap_is_the_lowest_or_the_topmost_below_the_guard_of_the_stack),
        cmocka_unit_test(the_guard_of_a_stack_near_the_lowest_address_ends_there),
        cmocka_unit_test(ranges_that_make_no_sense_are_refused_with_a_sentence),
        cmocka_unit_test(one_area_more_than_the_limit_is_refused),
        cmocka_unit_test(a_lookup_takes_at_most_2_log2_of_n_plus_1_comparisons),
    };
    return cmocka_run_group_tests(vma, NULL, NULL);
}
