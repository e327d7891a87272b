/* Swap: pages come back as they went, slots balance, and a disk that says no is heard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tb/os/port.h"
#include "tb/os/swap.h"

static void fill(uint8_t *page, unsigned seed)
{
    for (unsigned i = 0; i < OS_PAGE_BYTES; i++)
        page[i] = (uint8_t)(seed * 131 + i * 7 + i / 251);
}

static os_swap *open_swap(size_t slots)
{
    tw_error error = {0};
    os_swap *swap = os_swap_open(NULL, slots, &error);
    if (swap == NULL)
        fail_msg("%s", error.text);
    return swap;
}

static void pages_come_back_as_they_went(void **state)
{
    (void)state;
    os_swap *swap = open_swap(16);
    os_slot slot[16];
    uint8_t page[OS_PAGE_BYTES], want[OS_PAGE_BYTES];
    for (unsigned i = 0; i < 16; i++) {
        slot[i] = OS_NO_SLOT;
        fill(page, i);
        assert_int_equal(os_swap_out(swap, page, &slot[i], NULL), TW_OK);
    }
    for (unsigned i = 16; i-- > 0;) {
        assert_int_equal(os_swap_in(swap, slot[i], page, NULL), TW_OK);
        fill(want, i);
        assert_memory_equal(page, want, sizeof page);
    }
    os_swap_close(swap);
}

static void a_page_that_has_a_slot_is_written_there_again(void **state)
{
    (void)state;
    os_swap *swap = open_swap(2);
    uint8_t page[OS_PAGE_BYTES], want[OS_PAGE_BYTES];
    os_slot slot = OS_NO_SLOT;
    fill(page, 1);
    os_swap_out(swap, page, &slot, NULL);
    os_slot first = slot;
    fill(want, 2);
    assert_int_equal(os_swap_out(swap, want, &slot, NULL), TW_OK);
    assert_int_equal(slot, first);
    assert_int_equal(os_swap_used(swap), 1);
    os_swap_in(swap, slot, page, NULL);
    assert_memory_equal(page, want, sizeof page);
    os_swap_close(swap);
}

static void a_full_swap_file_is_reported_and_a_freed_slot_is_used_again(void **state)
{
    (void)state;
    unsetenv("TMPDIR");
    os_swap *swap = open_swap(2);
    uint8_t page[OS_PAGE_BYTES] = {0};
    os_slot a = OS_NO_SLOT, b = OS_NO_SLOT, c = OS_NO_SLOT;
    tw_error error = {0};
    os_swap_out(swap, page, &a, NULL);
    os_swap_out(swap, page, &b, NULL);
    assert_int_equal(os_swap_out(swap, page, &c, &error), TW_IO);
    assert_string_equal(error.text, "swap file in /tmp: all 2 slots are full");
    assert_int_equal(os_swap_give(swap, a, NULL), TW_OK);
    assert_int_equal(os_swap_out(swap, page, &c, NULL), TW_OK);
    assert_int_equal(c, a);
    os_swap_close(swap);
}

static void a_full_disk_is_reported_and_the_slot_is_free_again(void **state)
{
    (void)state;
    tw_error error = {0};
    os_swap *swap = os_swap_open("/dev/full", 2, &error);
    uint8_t page[OS_PAGE_BYTES] = {0};
    os_slot slot = OS_NO_SLOT;
    assert_non_null(swap);
    assert_int_equal(os_swap_out(swap, page, &slot, &error), TW_IO);
    assert_non_null(strstr(error.text, "/dev/full"));
    assert_non_null(strstr(error.text, "No space left on device"));
    assert_int_equal(slot, OS_NO_SLOT);
    assert_int_equal(os_swap_used(swap), 0);
    os_swap_close(swap);
}

static void a_file_cut_short_is_reported(void **state)
{
    (void)state;
    char path[] = "/tmp/test_swap-XXXXXX";
    close(mkstemp(path));
    os_swap *swap = os_swap_open(path, 2, NULL);
    uint8_t page[OS_PAGE_BYTES] = {0};
    os_slot slot = OS_NO_SLOT;
    tw_error error = {0};
    os_swap_out(swap, page, &slot, NULL);
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(os_swap_in(swap, slot, page, &error), TW_IO);
    assert_non_null(strstr(error.text, "too short"));
    os_swap_close(swap);
    unlink(path);
}

static void a_slot_that_nobody_took_is_refused(void **state)
{
    (void)state;
    os_swap *swap = open_swap(2);
    uint8_t page[OS_PAGE_BYTES];
    assert_int_equal(os_swap_in(swap, 1, page, NULL), TW_MISMATCH);
    assert_int_equal(os_swap_in(swap, 7, page, NULL), TW_MISMATCH);
    assert_int_equal(os_swap_give(swap, 0, NULL), TW_MISMATCH);
    assert_int_equal(os_swap_give(swap, OS_NO_SLOT, NULL), TW_OK);
    os_swap_close(swap);
}

static void a_folder_that_does_not_exist_is_named(void **state)
{
    (void)state;
    tw_error error = {0};
    assert_null(os_swap_open("/no/such/folder/swap", 2, &error));
    assert_int_equal(error.status, TW_IO);
    assert_string_equal(
        error.text,
        "swap file /no/such/folder/swap: No such file or directory; choose another place with "
        "--swap");
}

int main(void)
{
    const struct CMUnitTest swap[] = {
        cmocka_unit_test(pages_come_back_as_they_went),
        cmocka_unit_test(a_page_that_has_a_slot_is_written_there_again),
        cmocka_unit_test(a_full_swap_file_is_reported_and_a_freed_slot_is_used_again),
        cmocka_unit_test(a_full_disk_is_reported_and_the_slot_is_free_again),
        cmocka_unit_test(a_file_cut_short_is_reported),
        cmocka_unit_test(a_slot_that_nobody_took_is_refused),
        cmocka_unit_test(a_folder_that_does_not_exist_is_named),
    };
    return cmocka_run_group_tests(swap, NULL, NULL);
}
