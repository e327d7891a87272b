/* The disk's time, cycle by cycle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tb/os/disk.h"

static void a_disk_without_times_is_done_at_once(void **state)
{
    (void)state;
    os_disk disk = {0};
    uint64_t starts;
    assert_int_equal(os_disk_issue(&disk, 70, false, 5, &starts), 70);
    assert_int_equal(starts, 70);
    assert_int_equal(os_disk_issue(&disk, 70, true, 9, NULL), 70);
    assert_int_equal(disk.reads, 1);
    assert_int_equal(disk.writes, 1);
    assert_int_equal(disk.busy + disk.waited, 0);
}

static void the_first_request_seeks_and_a_neighbour_does_not(void **state)
{
    (void)state;
    os_disk disk = {.times = {.seek = 1000, .transfer = 10}};
    assert_int_equal(os_disk_issue(&disk, 0, false, 0, NULL), 1010);
    assert_int_equal(os_disk_issue(&disk, 2000, false, 1, NULL), 2010);
    assert_int_equal(os_disk_issue(&disk, 3000, true, 1, NULL), 3010);
    assert_int_equal(os_disk_issue(&disk, 4000, true, 0, NULL), 4010);
    assert_int_equal(os_disk_issue(&disk, 5000, false, 2, NULL), 6010);
    assert_int_equal(os_disk_issue(&disk, 7000, false, 0, NULL), 8010);
    assert_int_equal(disk.busy, 3 * 1010 + 3 * 10);
    assert_int_equal(disk.waited, 0);
}

static void requests_wait_until_those_before_them_are_done(void **state)
{
    (void)state;
    os_disk disk = {.times = {.seek = 100, .transfer = 10}};
    uint64_t starts;
    assert_int_equal(os_disk_issue(&disk, 50, true, 8, &starts), 160);
    assert_int_equal(starts, 50);
    assert_int_equal(os_disk_issue(&disk, 60, false, 9, &starts), 170);
    assert_int_equal(starts, 160);
    assert_int_equal(os_disk_issue(&disk, 170, false, 10, &starts), 180);
    assert_int_equal(starts, 170);
    assert_int_equal(disk.waited, 100);
    assert_int_equal(disk.busy, 130);
    assert_int_equal(disk.free_at, 180);
}

static void times_that_could_run_over_are_refused(void **state)
{
    (void)state;
    tw_error error = {0};
    os_disk_times times = {OS_DISK_CYCLES_MAX, OS_DISK_CYCLES_MAX};
    assert_int_equal(os_disk_check(times, NULL), TW_OK);
    times.seek++;
    assert_int_equal(os_disk_check(times, &error), TW_USAGE);
    assert_string_equal(error.text,
                        "a disk takes at most 4294967296 cycles to seek, and to transfer");
    assert_int_equal(os_disk_check((os_disk_times){0, UINT64_MAX}, NULL), TW_USAGE);
}

int main(void)
{
    const struct CMUnitTest disk[] = {
        cmocka_unit_test(a_disk_without_times_is_done_at_once),
        cmocka_unit_test(the_first_request_seeks_and_a_neighbour_does_not),
        cmocka_unit_test(requests_wait_until_those_before_them_are_done),
        cmocka_unit_test(times_that_could_run_over_are_refused),
    };
    return cmocka_run_group_tests(disk, NULL, NULL);
}
