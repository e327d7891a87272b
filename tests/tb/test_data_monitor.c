/* The data monitor: what is stored is found again, and what is not is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tb/data_monitor.h"

static const uint64_t PAGE = 0x5000, FRAME = 0x80003000;

typedef struct bench {
    tw_engine *engine;
    tw_memory *memory;
    tw_machine *machine;
    data_monitor *monitor;
} bench;

static int set_up(void **state)
{
    bench *b = calloc(1, sizeof *b);
    tw_memory_options options = {.latency_min = 1, .latency_max = 1};
    b->engine = tw_model_open(tw_config_named("default"));
    b->memory = tw_memory_open(&options);
    b->machine = tw_machine_open(b->engine, b->memory);
    b->monitor = data_monitor_open(b->machine, 7);
    *state = b;
    return b->monitor == NULL;
}

static int tear_down(void **state)
{
    bench *b = *state;
    data_monitor_close(b->monitor);
    tw_machine_close(b->machine);
    tw_memory_close(b->memory);
    tw_engine_close(b->engine);
    free(b);
    return 0;
}

static void every_size_at_every_offset_is_found_again(void **state)
{
    bench *b = *state;
    static const unsigned sizes[] = {1, 2, 4, 8, 10, 16, 28, 32, 512};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (unsigned offset = 0; offset < 17; offset++) {
            data_monitor_store(b->monitor, 1, PAGE + offset, FRAME + offset, sizes[i], NULL);
            data_monitor_load(b->monitor, 1, PAGE + offset, FRAME + offset, sizes[i], NULL);
            data_monitor_load(b->monitor, 1, PAGE, FRAME, 600, NULL);
        }
    assert_int_equal(data_monitor_errors(b->monitor), 0);
    assert_true(data_monitor_checks(b->monitor) == 2 * 9 * 17);
}

static void memory_never_stored_to_reads_zero(void **state)
{
    bench *b = *state;
    data_monitor_load(b->monitor, 1, PAGE, FRAME, 32, NULL);
    assert_int_equal(data_monitor_errors(b->monitor), 0);
    tw_memory_write(b->memory, FRAME + 16, 1, 3);
    data_monitor_load(b->monitor, 1, PAGE, FRAME, 32, NULL);
    assert_int_equal(data_monitor_errors(b->monitor), 1);
}

static void one_bit_that_changed_is_counted_and_told(void **state)
{
    bench *b = *state;
    data_monitor_store(b->monitor, 3, PAGE + 8, FRAME + 8, 8, NULL);
    uint64_t value = tw_memory_read(b->memory, FRAME + 8, 8);
    tw_memory_write(b->memory, FRAME + 8, 8, value ^ UINT64_C(1) << 63);
    data_monitor_load(b->monitor, 3, PAGE + 8, FRAME + 8, 8, NULL);
    assert_int_equal(data_monitor_errors(b->monitor), 1);
    assert_non_null(strstr(data_monitor_first_error(b->monitor),
                           "load of process 3 at VA 0x5008 (PA 0x80003008): expected"));
}

static void processes_do_not_share_a_page(void **state)
{
    bench *b = *state;
    data_monitor_store(b->monitor, 1, PAGE, FRAME, 8, NULL);
    data_monitor_load(b->monitor, 2, PAGE, FRAME, 8, NULL);
    assert_int_equal(data_monitor_errors(b->monitor), 1);
}

static void a_store_through_a_wrong_translation_is_missed_at_the_right_place(void **state)
{
    bench *b = *state;
    data_monitor_store(b->monitor, 1, PAGE, FRAME, 8, NULL);
    data_monitor_store(b->monitor, 1, PAGE, FRAME + 0x1000, 8, NULL);
    data_monitor_load(b->monitor, 1, PAGE, FRAME, 8, NULL);
    assert_int_equal(data_monitor_errors(b->monitor), 1);
}

static void a_translation_that_moves_the_offset_is_counted_and_nothing_written(void **state)
{
    bench *b = *state;
    data_monitor_store(b->monitor, 1, PAGE + 8, FRAME + 9, 8, NULL);
    assert_int_equal(data_monitor_errors(b->monitor), 1);
    assert_int_equal(tw_memory_read(b->memory, FRAME + 8, 8), 0);
    data_monitor_load(b->monitor, 1, PAGE + 1, FRAME, 8, NULL);
    assert_int_equal(data_monitor_errors(b->monitor), 2);
}

static void bytes_that_are_given_are_stored_and_bytes_that_are_loaded_handed_out(void **state)
{
    bench *b = *state;
    uint8_t given[13], got[sizeof given];
    for (unsigned i = 0; i < sizeof given; i++)
        given[i] = (uint8_t)(i + 1);
    assert_int_equal(
        data_monitor_store_bytes(b->monitor, 1, PAGE + 3, FRAME + 3, given, sizeof given, NULL),
        TW_OK);
    data_monitor_load_bytes(b->monitor, 1, PAGE + 3, FRAME + 3, got, sizeof got);
    assert_memory_equal(got, given, sizeof given);
    assert_int_equal(tw_memory_read(b->memory, FRAME + 4, 4), 0x05040302);
    assert_int_equal(data_monitor_errors(b->monitor), 0);
    tw_memory_write(b->memory, FRAME + 15, 1, 99);
    data_monitor_load_bytes(b->monitor, 1, PAGE + 3, FRAME + 3, got, sizeof got);
    assert_int_equal(got[12], 99);
    assert_int_equal(data_monitor_errors(b->monitor), 1);
}

static void what_the_oracle_is_told_is_what_a_load_must_give(void **state)
{
    bench *b = *state;
    shadow *oracle = data_monitor_shadow(b->monitor);
    data_monitor_store(b->monitor, 1, PAGE, FRAME, 8, NULL);
    assert_int_equal(shadow_fork(oracle, 1, 2, NULL), TW_OK);
    data_monitor_load(b->monitor, 2, PAGE, FRAME, 8, NULL); /* shared until one of them writes */
    assert_int_equal(data_monitor_errors(b->monitor), 0);
    data_monitor_store(b->monitor, 1, PAGE, FRAME, 8, NULL); /* in place: the copy was forgotten */
    data_monitor_load(b->monitor, 2, PAGE, FRAME, 8, NULL);
    assert_int_equal(data_monitor_errors(b->monitor), 1);
}

static void a_byte_that_nobody_knows_is_not_compared(void **state)
{
    bench *b = *state;
    shadow_object *file;
    shadow *oracle = data_monitor_shadow(b->monitor);
    assert_int_equal(shadow_file(oracle, "/dev/null", &file, NULL), TW_OK); /* of 0 bytes */
    shadow_map(oracle, 1, PAGE, 4096, file, 0, true, NULL);
    data_monitor_store(b->monitor, 1, PAGE + 8, FRAME + 8, 8, NULL); /* beyond the end */
    tw_memory_write(b->memory, FRAME + 8, 8, 0);
    data_monitor_load(b->monitor, 1, PAGE, FRAME, 32, NULL);
    assert_int_equal(data_monitor_errors(b->monitor), 0);
    tw_memory_write(b->memory, FRAME + 24, 1, 1);
    data_monitor_load(b->monitor, 1, PAGE, FRAME, 32, NULL);
    assert_int_equal(data_monitor_errors(b->monitor), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest monitor[] = {
        TEST(every_size_at_every_offset_is_found_again),
        TEST(memory_never_stored_to_reads_zero),
        TEST(one_bit_that_changed_is_counted_and_told),
        TEST(processes_do_not_share_a_page),
        TEST(a_store_through_a_wrong_translation_is_missed_at_the_right_place),
        TEST(a_translation_that_moves_the_offset_is_counted_and_nothing_written),
        TEST(bytes_that_are_given_are_stored_and_bytes_that_are_loaded_handed_out),
        TEST(what_the_oracle_is_told_is_what_a_load_must_give),
        TEST(a_byte_that_nobody_knows_is_not_compared),
    };
    return cmocka_run_group_tests(monitor, NULL, NULL);
}
