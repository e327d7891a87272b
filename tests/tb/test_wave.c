/* test_wave.c: waveforms: the window, and every way in which a file can fail to be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tablewalk/engine.h"
#include "tb/wave_file.h"

enum { CYCLES = 20000 };

/* A file name in a new folder of its own. */
static int make_folder(void **state)
{
    static char path[64];
    strcpy(path, "/tmp/tablewalk-wave-XXXXXX");
    assert_non_null(mkdtemp(path));
    strcat(path, "/w.fst");
    *state = path;
    return 0;
}

static int remove_folder(void **state)
{
    char *path = *state;
    remove(path);
    strcat(path, ".hier");
    remove(path);
    *strrchr(path, '/') = '\0';
    return rmdir(path);
}

static long size_of(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (long)status.st_size : -1;
}

/* Runs with a counter on the address pins; the status of closing the waveform. */
static tw_status write_wave(const char *path, uint64_t from, uint64_t to, tw_error *error)
{
    tw_engine *rtl = tw_rtl_open(tw_rtl_built());
    assert_non_null(rtl);
    tw_status status = tw_wave_open(rtl, path, from, to, error);
    for (uint64_t i = 0; status == TW_OK && i < CYCLES; i++)
        tw_clock(rtl, &(tw_in){.rst_n = i > 1, .data_req_va = i * 0x9e3779b97f4a7c15});
    if (status == TW_OK)
        status = tw_wave_close(rtl, error);
    tw_engine_close(rtl);
    return status;
}

static void a_complete_file_is_accepted(void **state)
{
    tw_error error;
    assert_int_equal(write_wave(*state, 0, CYCLES, &error), TW_OK);
    assert_int_equal(wave_file_check(*state, &error), TW_OK);
    assert_true(size_of(*state) > CYCLES * 8);
}

static void a_window_makes_a_small_file(void **state)
{
    tw_error error;
    assert_int_equal(write_wave(*state, 0, CYCLES, &error), TW_OK);
    const long complete = size_of(*state);
    assert_int_equal(write_wave(*state, 100, 200, &error), TW_OK);
    assert_in_range(size_of(*state), 1, complete / 4);
}

static void a_window_never_reached_is_still_a_file(void **state)
{
    tw_error error;
    assert_int_equal(write_wave(*state, 1000000, 1000010, &error), TW_OK);
}

static void an_empty_window_is_refused(void **state)
{
    tw_error error;
    assert_int_equal(write_wave(*state, 10, 10, &error), TW_USAGE);
    assert_int_equal(size_of(*state), -1);
}

static void a_cut_file_is_found(void **state)
{
    tw_error error;
    assert_int_equal(write_wave(*state, 0, 1000, &error), TW_OK);
    assert_int_equal(truncate(*state, size_of(*state) - 1), 0);
    assert_int_equal(wave_file_check(*state, &error), TW_IO);
    assert_int_equal(truncate(*state, 0), 0);
    assert_int_equal(wave_file_check(*state, &error), TW_IO);
    remove(*state);
    assert_int_equal(wave_file_check(*state, &error), TW_IO);
}

static void a_place_that_cannot_be_written_is_refused(void **state)
{
    (void)state;
    tw_error error;
    assert_int_equal(write_wave("/dev/full", 0, 10, &error), TW_IO);
    assert_int_equal(write_wave("/tmp", 0, 10, &error), TW_IO);
    assert_int_equal(write_wave("/no/such/folder/w.fst", 0, 10, &error), TW_IO);
    assert_non_null(strstr(error.text, "/no/such/folder/w.fst"));
}

static void a_disk_that_fills_up_is_reported(void **state)
{
    tw_error error;
    struct rlimit old, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){.rlim_cur = 100000, .rlim_max = old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    tw_status status = write_wave(*state, 0, CYCLES, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(status, TW_IO);
    assert_non_null(strstr(error.text, "incomplete"));
}

static void another_configuration_is_not_opened(void **state)
{
    (void)state;
    tw_config other = *tw_rtl_built();
    other.misses = other.misses == 1 ? 2 : 1;
    assert_null(tw_rtl_open(&other));
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(a_complete_file_is_accepted),
        WITH_FOLDER(a_window_makes_a_small_file),
        WITH_FOLDER(a_window_never_reached_is_still_a_file),
        WITH_FOLDER(an_empty_window_is_refused),
        WITH_FOLDER(a_cut_file_is_found),
        WITH_FOLDER(a_disk_that_fills_up_is_reported),
        cmocka_unit_test(a_place_that_cannot_be_written_is_refused),
        cmocka_unit_test(another_configuration_is_not_opened),
    };
    return cmocka_run_group_tests_name("wave", tests, NULL, NULL);
}
