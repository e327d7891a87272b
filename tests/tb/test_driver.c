/* test_driver.c: what the synchronous driver does with segments, and what it says when the device
 * refuses, or does not answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tablewalk/driver.h"
#include "tablewalk/registers.h"

struct bench {
    tw_memory *memory;
    tw_engine *engine;
    tw_machine *machine;
};

/* A machine in Sv39 with an empty root table in page 1. */
static void open_bench(struct bench *b, uint32_t latency)
{
    b->memory =
        tw_memory_open(&(tw_memory_options){.latency_min = latency, .latency_max = latency});
    b->engine = tw_model_open(tw_config_named("default"));
    b->machine = tw_machine_open(b->engine, b->memory);
    assert_non_null(b->machine);
    uint64_t satp = TW_PUT(SATP, MODE, MODE_SV39) | TW_PUT(SATP, PPN, 1);
    assert_int_equal(tw_register_write(b->machine, REG_SATP, satp, NULL), TW_OK);
}

static void close_bench(struct bench *b)
{
    tw_machine_close(b->machine);
    tw_engine_close(b->engine);
    tw_memory_close(b->memory);
}

static void a_refused_register_access_is_usage_and_names_the_offset(void **state)
{
    (void)state;
    struct bench b;
    tw_error error;
    uint64_t value;
    open_bench(&b, 1);
    assert_int_equal(tw_register_read(b.machine, 0x200, &value, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "read register offset 0x200"));
    assert_int_equal(tw_register_write(b.machine, REG_ID, 0, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "write register offset 0x000"));
    close_bench(&b);
}

/* The pins have 12 bits of offset: what lies beyond must not wrap round to another register. */
static void an_offset_beyond_the_pins_reaches_no_register(void **state)
{
    (void)state;
    struct bench b;
    tw_error error;
    uint64_t before, after;
    open_bench(&b, 1);
    assert_int_equal(tw_register_read(b.machine, REG_SATP, &before, &error), TW_OK);
    assert_int_equal(tw_register_write(b.machine, 0x1000 + REG_SATP, 0, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "0x1010"));
    assert_int_equal(tw_register_read(b.machine, REG_SATP, &after, &error), TW_OK);
    assert_int_equal(after, before);
    close_bench(&b);
}

static void a_device_that_does_not_answer_is_timed_out_with_its_state(void **state)
{
    (void)state;
    struct bench b;
    tw_error error;
    tw_answer answer;
    const tw_request load = {.va = 0x1000, .op = OP_LOAD, .priv = PRIV_S};
    open_bench(&b, 3 * TW_PATIENCE);
    assert_int_equal(tw_translate_va(b.machine, TW_DATA, &load, &answer, &error), TW_TIMEOUT);
    assert_non_null(strstr(error.text, "the walker is in WAIT at level 2"));

    uint64_t begin = tw_machine_cycle(b.machine);
    assert_int_equal(tw_fence(b.machine, TW_FENCE_ALL, 0, 0, &error), TW_TIMEOUT);
    assert_non_null(strstr(error.text, "fence: no answer"));
    assert_in_range(tw_machine_cycle(b.machine) - begin, TW_PATIENCE, TW_PATIENCE + 10);
    close_bench(&b);
}

/* Base and bound: one segment over Bare, here 32768 and 16384. */
static void one_call_translates_an_offset_through_a_segment(void **state)
{
    (void)state;
    enum { FLAGS = 1 << PTE_R | 1 << PTE_X };
    struct bench b;
    tw_error error;
    tw_answer answer;
    const tw_segment process = {.base = 32768, .limit = 16384, .flags = FLAGS};
    tw_request request = {.va = 128, .op = OP_FETCH, .priv = PRIV_S};
    open_bench(&b, 1);
    assert_int_equal(tw_register_write(b.machine, REG_SATP, 0, &error), TW_OK);
    assert_int_equal(
        tw_register_write(b.machine, REG_CONTROL, TW_PUT(CONTROL, SEGMENTS, 1), &error), TW_OK);
    assert_int_equal(tw_segment_write(b.machine, 3, &process, &error), TW_OK);
    assert_int_equal(tw_translate_offset(b.machine, TW_FETCH, 3, &request, &answer, &error), TW_OK);
    assert_int_equal(answer.fault, CAUSE_NONE);
    assert_int_equal(answer.pa, 32896);
    assert_int_equal(answer.latency, 1);
    request = (tw_request){.va = 20480, .op = OP_LOAD, .priv = PRIV_S};
    assert_int_equal(tw_translate_offset(b.machine, TW_DATA, 3, &request, &answer, &error), TW_OK);
    assert_int_equal(answer.fault, CAUSE_LOAD_PAGE);
    assert_int_equal(answer.latency, 1);
    request.va = 128;
    assert_int_equal(tw_translate_va(b.machine, TW_DATA, &request, &answer, &error), TW_OK);
    assert_int_equal(answer.fault, CAUSE_LOAD_PAGE); /* segment 0 holds nothing */
    close_bench(&b);
}

static void a_segment_that_is_not_built_cannot_be_written(void **state)
{
    (void)state;
    struct bench b;
    tw_error error;
    const tw_segment segment = {.limit = 1};
    open_bench(&b, 1);
    assert_int_equal(tw_segment_write(b.machine, 16, &segment, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "there is no segment 16: 16 are built"));
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest driver[] = {
        cmocka_unit_test(a_refused_register_access_is_usage_and_names_the_offset),
        cmocka_unit_test(an_offset_beyond_the_pins_reaches_no_register),
        cmocka_unit_test(one_call_translates_an_offset_through_a_segment),
        cmocka_unit_test(a_segment_that_is_not_built_cannot_be_written),
        cmocka_unit_test(a_device_that_does_not_answer_is_timed_out_with_its_state),
    };
    return cmocka_run_group_tests_name("driver", driver, NULL, NULL);
}
