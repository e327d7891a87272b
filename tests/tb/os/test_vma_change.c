/* Areas: permissions, locks and advice. */
#include "tests/support/vma_bench.h"

static void other_permissions_cut_and_the_old_ones_join_again(void **state)
{
    (void)state;
    seen_parts seen = {0};
    os_vma_visitor changed = {see_part, &seen};
    os_vmas *areas = vmas_open(NULL);
    map(areas, anonymous(10, 20, OS_R | OS_W));
    assert_int_equal(os_vmas_protect(areas, page_at(14), page_at(16), OS_R, &changed, NULL), TW_OK);
    expect_part(&seen, 0, 14, 16);
    assert_int_equal(seen.part[0].permissions, OS_R);
    assert_int_equal(os_vmas_count(areas), 3);
    assert_int_equal(os_vmas_protect(areas, page_at(12), page_at(18), OS_R | OS_W, &changed, NULL),
                     TW_OK);
    assert_int_equal(seen.calls, 2);
    expect_part(&seen, 1, 14, 16);
    expect_area(areas, 15, 10, 20, OS_R | OS_W);
    close_checked(areas, 1);
}

static void a_change_needs_its_whole_range_mapped(void **state)
{
    (void)state;
    tw_error error;
    os_vmas *areas = vmas_open(NULL);
    map(areas, anonymous(10, 12, OS_R));
    map(areas, anonymous(13, 15, OS_R));
    assert_int_equal(os_vmas_protect(areas, page_at(11), page_at(14), OS_W, NULL, &error),
                     TW_USAGE);
    assert_string_equal(error.text, "nothing is mapped at 0xc000, in [0xb000, 0xe000): map it "
                                    "first");
    assert_int_equal(os_vmas_lock(areas, page_at(14), page_at(16), NULL, NULL), TW_USAGE);
    expect_area(areas, 11, 10, 12, OS_R);
    close_checked(areas, 2);
}

static void advice_is_shown_by_parts_of_the_range_with_their_offsets(void **state)
{
    (void)state;
    int file = 0;
    seen_parts seen = {0};
    os_vma_visitor parts = {see_part, &seen};
    os_vmas *areas = vmas_open(NULL);
    map(areas, (os_vma){page_at(10), page_at(20), OS_R, 0, &file, page_at(3)});
    assert_int_equal(
        os_vmas_advise(areas, page_at(14), page_at(16), OS_ADVISE_WILLNEED, &parts, NULL), TW_OK);
    assert_int_equal(seen.calls, 1);
    expect_part(&seen, 0, 14, 16);
    assert_int_equal(seen.part[0].offset, page_at(7));
    assert_int_equal(os_vmas_advise(areas, page_at(14), page_at(16), OS_ADVISE_HUGE, &parts, NULL),
                     TW_OK);
    assert_int_equal(os_vmas_find(areas, page_at(15))->flags, OS_VMA_HUGE);
    assert_int_equal(
        os_vmas_advise(areas, page_at(10), page_at(20), OS_ADVISE_NO_HUGE, &parts, NULL), TW_OK);
    expect_part(&seen, 2, 14, 16);
    close_checked(areas, 1);
}

static void locked_pages_are_not_given_up_until_they_are_unlocked(void **state)
{
    (void)state;
    seen_parts seen = {0};
    os_vma_visitor parts = {see_part, &seen};
    tw_error error;
    os_vmas *areas = vmas_open(NULL);
    map(areas, anonymous(10, 20, OS_R));
    assert_int_equal(os_vmas_lock(areas, page_at(12), page_at(14), NULL, NULL), TW_OK);
    assert_int_equal(os_vmas_count(areas), 3);
    assert_int_equal(
        os_vmas_advise(areas, page_at(10), page_at(20), OS_ADVISE_DONTNEED, &parts, &error),
        TW_USAGE);
    assert_string_equal(error.text, "the pages in [0xc000, 0xe000) are locked and cannot be given "
                                    "up: unlock them first");
    assert_int_equal(seen.calls, 0);
    assert_int_equal(
        os_vmas_advise(areas, page_at(11), page_at(14), OS_ADVISE_WILLNEED, &parts, NULL), TW_OK);
    expect_part(&seen, 0, 11, 12);
    expect_part(&seen, 1, 12, 14);
    assert_int_equal(os_vmas_unlock(areas, page_at(10), page_at(20), NULL, NULL), TW_OK);
    assert_int_equal(
        os_vmas_advise(areas, page_at(15), page_at(17), OS_ADVISE_DONTNEED, &parts, NULL), TW_OK);
    expect_part(&seen, 2, 15, 17);
    close_checked(areas, 1);
}

int main(void)
{
    const struct CMUnitTest change[] = {
        cmocka_unit_test(other_permissions_cut_and_the_old_ones_join_again),
        cmocka_unit_test(a_change_needs_its_whole_range_mapped),
        cmocka_unit_test(advice_is_shown_by_parts_of_the_range_with_their_offsets),
        cmocka_unit_test(locked_pages_are_not_given_up_until_they_are_unlocked),
    };
    return cmocka_run_group_tests(change, NULL, NULL);
}
