/* Areas: heap, stack, and the copy for a child. */
#include "tb/host_records.h"
#include "tests/support/vma_bench.h"

/* ---- heap ------------------------------------------------------------------------------------ */

static void brk_moves_only_the_end_of_the_heap(void **state)
{
    (void)state;
    os_vmas *areas = vmas_open(NULL);
    map(areas, anonymous(10, 20, OS_R | OS_X));
    assert_int_equal(os_vmas_heap(areas, page_at(20), NULL), TW_OK);
    assert_int_equal(os_vmas_brk(areas, page_at(20) + 1, NULL, NULL), TW_OK);
    const os_vma *heap = os_vmas_find(areas, page_at(20)), before = *heap;
    assert_int_equal(os_vmas_brk(areas, page_at(1000), NULL, NULL), TW_OK);
    assert_ptr_equal(os_vmas_find(areas, page_at(999)), heap);
    os_vma want = before;
    want.end = page_at(1000);
    assert_memory_equal(heap, &want, sizeof want);
    assert_int_equal(os_vmas_brk(areas, page_at(1000) - 7, NULL, NULL), TW_OK);
    assert_int_equal(heap->end, page_at(1000));
    assert_int_equal(os_vmas_heap_end(areas), page_at(1000) - 7);
    close_checked(areas, 2);
}

static void a_heap_that_shrinks_shows_the_pages_that_go(void **state)
{
    (void)state;
    seen_parts seen = {0};
    os_vma_visitor gone = {see_part, &seen};
    os_vmas *areas = vmas_open(NULL);
    os_vmas_heap(areas, page_at(20), NULL);
    assert_int_equal(os_vmas_brk(areas, page_at(30), &gone, NULL), TW_OK);
    assert_int_equal(seen.calls, 0);
    assert_int_equal(os_vmas_brk(areas, page_at(24) + 1, &gone, NULL), TW_OK);
    expect_part(&seen, 0, 25, 30);
    expect_area(areas, 24, 20, 25, OS_R | OS_W);
    assert_int_equal(os_vmas_brk(areas, page_at(20), &gone, NULL), TW_OK);
    close_checked(areas, 0);
}

static void a_heap_ends_where_another_area_begins(void **state)
{
    (void)state;
    tw_error error;
    os_vmas *areas = vmas_open(NULL);
    os_vmas_heap(areas, page_at(20), NULL);
    map(areas, anonymous(40, 41, OS_R));
    assert_int_equal(os_vmas_brk(areas, page_at(40), NULL, NULL), TW_OK);
    assert_int_equal(os_vmas_brk(areas, page_at(40) + 1, NULL, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "the heap cannot grow to 0x29000: it must end at 0x28000 or "
                                    "before");
    assert_int_equal(os_vmas_brk(areas, page_at(20) - 1, NULL, NULL), TW_USAGE);
    assert_int_equal(os_vmas_heap_end(areas), page_at(40));
    close_checked(areas, 2);
}

/* ---- stack ----------------------------------------------------------------------------------- */

enum { SP = 0x7fffc000 };

/* One page of stack, from the stack pointer up. */
static os_vmas *with_stack(void)
{
    os_vmas *areas = vmas_open(NULL);
    map(areas, (os_vma){SP, SP + OS_PAGE_BYTES, OS_R | OS_W, OS_VMA_GROWS_DOWN, NULL, 0});
    return areas;
}

static void a_store_at_0x7fffbff8_grows_the_stack_to_page_0x7fffb(void **state)
{
    (void)state;
    os_vmas *areas = with_stack();
    assert_null(os_vmas_find(areas, 0x7fffbff8));
    assert_int_equal(os_vmas_grow(areas, 0x7fffbff8, NULL), TW_OK);
    expect_area(areas, 0x7fffb, 0x7fffb, 0x7fffd, OS_R | OS_W);
    assert_null(os_vmas_find(areas, page_at(0x7fffa)));
    assert_int_equal(os_vmas_grow(areas, 0x7fffbff8, NULL), TW_OK);
    close_checked(areas, 1);
}

static void far_below_the_stack_is_refused(void **state)
{
    (void)state;
    tw_error error;
    uint64_t least = SP + OS_PAGE_BYTES - page_at(OS_STACK_PAGES);
    os_vmas *areas = with_stack();
    assert_int_equal(os_vmas_grow(areas, least - 1, &error), TW_USAGE);
    assert_string_equal(error.text, "0x7f7fcfff is too far below the stack at 0x7fffc000, which "
                                    "may grow down to 0x7f7fd000");
    expect_area(areas, 0x7fffc, 0x7fffc, 0x7fffd, OS_R | OS_W);
    assert_int_equal(os_vmas_grow(areas, least, NULL), TW_OK);
    assert_int_equal(os_vmas_find(areas, SP)->start, least);
    close_checked(areas, 1);
}

static void a_stack_leaves_its_guard_above_the_area_below(void **state)
{
    (void)state;
    os_vmas *areas = with_stack();
    map(areas, anonymous(0x7fe00, 0x7fe01, OS_R));
    uint64_t least = page_at(0x7fe01 + OS_GUARD_PAGES);
    assert_int_equal(os_vmas_grow(areas, least - 1, NULL), TW_USAGE);
    assert_int_equal(os_vmas_grow(areas, least, NULL), TW_OK);
    map(areas, anonymous(0x7fe80, 0x7fe81, OS_R)); /* fixed, so it may be in the guard */
    assert_int_equal(os_vmas_grow(areas, least - 1, NULL), TW_USAGE);
    close_checked(areas, 3);
}

static void a_stack_longer_than_its_limit_stays_as_it_is(void **state)
{
    (void)state;
    tw_error error;
    os_vmas *areas = vmas_open(NULL);
    uint64_t end = 1000 + OS_STACK_PAGES + 1;
    map(areas, (os_vma){page_at(1000), page_at(end), OS_R, OS_VMA_GROWS_DOWN, NULL, 0});
    assert_int_equal(os_vmas_grow(areas, page_at(999), &error), TW_USAGE);
    assert_string_equal(error.text, "0x3e7000 is too far below the stack at 0x3e8000, which may "
                                    "grow down to 0x3e8000");
    close_checked(areas, 1);
}

static void a_stack_without_a_guard_joins_the_one_that_it_reaches(void **state)
{
    (void)state;
    os_vmas_options options = {.high = page_at(100), .limit = 9, .stack_pages = 50};
    const os_records records = host_records();
    os_vmas *areas = os_vmas_open(&records, &options, NULL);
    map(areas, (os_vma){page_at(10), page_at(12), OS_R, OS_VMA_GROWS_DOWN, NULL, 0});
    map(areas, (os_vma){page_at(15), page_at(16), OS_R, OS_VMA_GROWS_DOWN, NULL, 0});
    assert_int_equal(os_vmas_grow(areas, page_at(12), NULL), TW_OK);
    expect_area(areas, 12, 10, 16, OS_R);
    close_checked(areas, 1);
}

static void below_an_area_that_is_no_stack_nothing_grows(void **state)
{
    (void)state;
    tw_error error;
    os_vmas *areas = vmas_open(NULL);
    map(areas, anonymous(10, 11, OS_R | OS_W));
    assert_int_equal(os_vmas_grow(areas, page_at(9) + 8, &error), TW_USAGE);
    assert_string_equal(error.text, "0x9008 is in no area, and below no stack");
    assert_int_equal(os_vmas_grow(areas, page_at(12), NULL), TW_USAGE);
    close_checked(areas, 1);
}

/* ---- fork ------------------------------------------------------------------------------------ */

static void each_area_holds_its_file_once_and_so_does_each_copy(void **state)
{
    (void)state;
    int file = 0;
    static const os_vma_files files = {count_up, count_down, NULL};
    os_vmas *areas = vmas_open(&files);
    map(areas, (os_vma){page_at(10), page_at(20), OS_R, 0, &file, 0});
    assert_int_equal(file, 1);
    os_vmas_unmap(areas, page_at(14), page_at(15), NULL, NULL);
    assert_int_equal(file, 2);
    const os_records records = host_records();
    os_vmas *child = os_vmas_clone(&records, areas, NULL);
    assert_int_equal(file, 4);
    map(areas, (os_vma){page_at(14), page_at(15), OS_R, 0, &file, page_at(4)});
    assert_int_equal(file, 3);
    close_checked(areas, 1);
    assert_int_equal(file, 2);
    close_checked(child, 2);
    assert_int_equal(file, 0);
}

static void a_child_has_the_same_areas_and_heap_and_locks_nothing(void **state)
{
    (void)state;
    os_vmas *areas = with_stack();
    os_vmas_heap(areas, page_at(20), NULL);
    os_vmas_brk(areas, page_at(30) - 5, NULL, NULL);
    os_vmas_lock(areas, page_at(24), page_at(26), NULL, NULL);
    const os_records records = host_records();
    os_vmas *child = os_vmas_clone(&records, areas, NULL);
    expect_area(child, 25, 20, 30, OS_R | OS_W);
    assert_int_equal(os_vmas_find(child, page_at(25))->flags, 0);
    assert_int_equal(os_vmas_heap_end(child), page_at(30) - 5);
    assert_int_equal(os_vmas_grow(child, SP - 8, NULL), TW_OK);
    expect_area(areas, 0x7fffc, 0x7fffc, 0x7fffd, OS_R | OS_W);
    close_checked(child, 2);
    close_checked(areas, 4);
}

int main(void)
{
    const struct CMUnitTest grow[] = {
        cmocka_unit_test(brk_moves_only_the_end_of_the_heap),
        cmocka_unit_test(a_heap_that_shrinks_shows_the_pages_that_go),
        cmocka_unit_test(a_heap_ends_where_another_area_begins),
        cmocka_unit_test(a_store_at_0x7fffbff8_grows_the_stack_to_page_0x7fffb),
        cmocka_unit_test(far_below_the_stack_is_refused),
        cmocka_unit_test(a_stack_leaves_its_guard_above_the_area_below),
        cmocka_unit_test(a_stack_longer_than_its_limit_stays_as_it_is),
        cmocka_unit_test(a_stack_without_a_guard_joins_the_one_that_it_reaches),
        cmocka_unit_test(below_an_area_that_is_no_stack_nothing_grows),
        cmocka_unit_test(each_area_holds_its_file_once_and_so_does_each_copy),
        cmocka_unit_test(a_child_has_the_same_areas_and_heap_and_locks_nothing),
    };
    return cmocka_run_group_tests(grow, NULL, NULL);
}
