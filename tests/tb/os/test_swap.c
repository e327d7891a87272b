/* Swap: pages come back as they went, slots balance, and a disk that says no is heard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tb/os/port.h"
#include "tb/os/swap.h"
#include "tb/random.h"
#include "tests/support/broken_file.h"
#include "tests/support/counted_records.h"

static counted_records count;
static os_records records;

static int set_up(void **state)
{
    (void)state;
    count = (counted_records){0};
    records = counted_records_of(&count);
    return 0;
}

/* No record is left. */
static int tear_down(void **state)
{
    (void)state;
    return count.alive != 0;
}

static void fill(uint8_t *page, unsigned seed)
{
    for (unsigned i = 0; i < OS_PAGE_BYTES; i++)
        page[i] = (uint8_t)(seed * 131 + i * 7 + i / 251);
}

static os_swap *open_swap(size_t slots)
{
    tw_error error = {0};
    os_swap *swap = os_swap_open(&records, NULL, slots, &error);
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
    assert_true(os_swap_full(swap));
    assert_int_equal(os_swap_give(swap, a, NULL), TW_OK);
    assert_int_equal(os_swap_out(swap, page, &c, NULL), TW_OK);
    assert_int_equal(c, a);
    os_swap_close(swap);
}

static void a_full_disk_is_reported_and_the_slot_is_free_again(void **state)
{
    (void)state;
    tw_error error = {0};
    os_swap *swap = os_swap_open(&records, "/dev/full", 2, &error);
    uint8_t page[OS_PAGE_BYTES] = {0};
    os_slot slot = OS_NO_SLOT;
    assert_non_null(swap);
    assert_int_equal(os_swap_out(swap, page, &slot, &error), TW_IO);
    assert_non_null(strstr(error.text, "/dev/full"));
    assert_non_null(strstr(error.text, "No space left on device"));
    assert_int_equal(slot, OS_NO_SLOT);
    assert_int_equal(os_swap_used(swap), 0);
    assert_false(os_swap_full(swap)); /* the disk is, the swap file is not */
    os_swap_close(swap);
}

static void a_file_cut_short_is_reported(void **state)
{
    (void)state;
    char path[] = "/tmp/test_swap-XXXXXX";
    close(mkstemp(path));
    os_swap *swap = os_swap_open(&records, path, 2, NULL);
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
    assert_null(os_swap_open(&records, "/no/such/folder/swap", 2, &error));
    assert_int_equal(error.status, TW_IO);
    assert_string_equal(
        error.text,
        "swap file /no/such/folder/swap: No such file or directory; choose another place with "
        "--swap");
}

static void the_lowest_free_slot_is_taken_first(void **state)
{
    (void)state;
    os_swap *swap = open_swap(100);
    uint8_t page[OS_PAGE_BYTES] = {0};
    os_slot slot;
    for (unsigned i = 0; i < 100; i++) {
        slot = OS_NO_SLOT;
        os_swap_out(swap, page, &slot, NULL);
        assert_int_equal(slot, i);
    }
    os_swap_give(swap, 70, NULL);
    os_swap_give(swap, 30, NULL);
    slot = OS_NO_SLOT;
    os_swap_out(swap, page, &slot, NULL);
    assert_int_equal(slot, 30);
    os_swap_close(swap);
}

static void slots_are_those_of_a_plain_array_when_taken_and_given_at_random(void **state)
{
    (void)state;
    enum { SLOTS = 200 };
    const uint64_t seed = 5;
    bool taken[SLOTS] = {false};
    uint8_t page[OS_PAGE_BYTES] = {0};
    uint64_t random = seed;
    size_t used = 0;
    os_swap *swap = open_swap(SLOTS);
    for (unsigned step = 0; step < 5000; step++) {
        os_slot slot = random_below(&random, SLOTS), lowest = 0;
        if (random_percent(&random, 50)) {
            tw_status want = taken[slot] ? TW_OK : TW_MISMATCH;
            used -= taken[slot];
            taken[slot] = false;
            assert_int_equal(os_swap_give(swap, slot, NULL), want);
            continue;
        }
        while (lowest < SLOTS && taken[lowest])
            lowest++;
        slot = OS_NO_SLOT;
        assert_int_equal(os_swap_out(swap, page, &slot, NULL), lowest < SLOTS ? TW_OK : TW_IO);
        if (lowest == SLOTS)
            continue;
        if (slot != lowest)
            fail_msg("seed %llu, step %u: expected slot %u, got %u", (unsigned long long)seed, step,
                     (unsigned)lowest, (unsigned)slot);
        taken[lowest] = true;
        used++;
        assert_int_equal(os_swap_used(swap), used);
    }
    os_swap_close(swap);
}

static void more_slots_than_there_are_numbers_are_refused(void **state)
{
    (void)state;
    tw_error error = {0};
    assert_null(os_swap_open(&records, NULL, (size_t)OS_NO_SLOT + 1, &error));
    assert_int_equal(error.status, TW_USAGE);
    assert_string_equal(error.text, "a swap file of 4294967296 slots: give it at most 4294967295");
}

static void a_swap_file_without_slots_is_full(void **state)
{
    (void)state;
    os_swap *swap = open_swap(0);
    uint8_t page[OS_PAGE_BYTES] = {0};
    os_slot slot = OS_NO_SLOT;
    assert_true(os_swap_full(swap));
    assert_int_equal(os_swap_out(swap, page, &slot, NULL), TW_IO);
    os_swap_close(swap);
}

static void without_record_memory_nothing_is_opened_and_nothing_left(void **state)
{
    (void)state;
    tw_error error = {0};
    for (count.refuse = 1; count.refuse <= 2; count.refuse++) {
        count.takes = 0;
        assert_null(os_swap_open(&records, NULL, 4, &error));
        assert_int_equal(error.status, TW_NO_MEMORY);
        assert_int_equal(count.alive, 0);
    }
}

static void a_page_that_could_not_be_written_again_can_be_when_the_disk_is_mended(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    uint8_t page[OS_PAGE_BYTES], back[OS_PAGE_BYTES];
    file_make(path, 0);
    os_swap *swap = os_swap_open(&records, path, 2, NULL);
    os_slot slot = OS_NO_SLOT;
    fill(page, 1);
    os_swap_out(swap, page, &slot, NULL);
    file_refuse_writes(path);
    assert_int_equal(os_swap_out(swap, page, &slot, NULL), TW_IO);
    assert_int_equal(slot, 0);
    assert_int_equal(os_swap_used(swap), 1);
    file_mend(path);
    file_refuse_reads(path);
    assert_int_equal(os_swap_in(swap, slot, back, NULL), TW_IO);
    file_mend(path);
    assert_int_equal(os_swap_in(swap, slot, back, NULL), TW_OK);
    assert_memory_equal(back, page, sizeof page);
    os_swap_close(swap);
    unlink(path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest swap[] = {
        TEST(pages_come_back_as_they_went),
        TEST(a_page_that_has_a_slot_is_written_there_again),
        TEST(a_full_swap_file_is_reported_and_a_freed_slot_is_used_again),
        TEST(a_full_disk_is_reported_and_the_slot_is_free_again),
        TEST(a_file_cut_short_is_reported),
        TEST(a_slot_that_nobody_took_is_refused),
        TEST(a_folder_that_does_not_exist_is_named),
        TEST(the_lowest_free_slot_is_taken_first),
        TEST(slots_are_those_of_a_plain_array_when_taken_and_given_at_random),
        TEST(more_slots_than_there_are_numbers_are_refused),
        TEST(a_swap_file_without_slots_is_full),
        TEST(without_record_memory_nothing_is_opened_and_nothing_left),
        TEST(a_page_that_could_not_be_written_again_can_be_when_the_disk_is_mended),
    };
    return cmocka_run_group_tests(swap, NULL, NULL);
}
