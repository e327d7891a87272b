/* test_memory.c: simulated memory: bytes, faults, and the time of its pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tablewalk/memory.h"

enum { PAGE = 4096 };

static tw_memory *open_with(uint32_t min, uint32_t max, uint32_t stall, bool strict)
{
    const tw_memory_options options = {.seed = 1,
                                       .latency_min = min,
                                       .latency_max = max,
                                       .stall_percent = stall,
                                       .strict = strict};
    tw_memory *memory = tw_memory_open(&options);
    assert_non_null(memory);
    return memory;
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static void bytes_are_little_endian(void **state)
{
    (void)state;
    tw_memory *memory = open_with(1, 1, 0, false);
    assert_int_equal(tw_memory_write(memory, 0x1000, 8, 0x8877665544332211), TW_OK);
    assert_int_equal(tw_memory_read(memory, 0x1000, 1), 0x11);
    assert_int_equal(tw_memory_read(memory, 0x1002, 2), 0x4433);
    assert_int_equal(tw_memory_read(memory, 0x1004, 4), 0x88776655);
    assert_int_equal(tw_memory_write(memory, 0x1003, 1, 0x1ff), TW_OK);
    assert_int_equal(tw_memory_read(memory, 0x1000, 8), 0x88776655ff332211);
    tw_memory_close(memory);
}

static void memory_never_written_reads_zero(void **state)
{
    (void)state;
    tw_memory *memory = open_with(1, 1, 0, false);
    uint8_t page[PAGE], zeros[PAGE] = {0};
    assert_int_equal(tw_memory_read(memory, 0xfffffffffffff8, 8), 0);
    tw_memory_read_page(memory, 0x123000, page);
    assert_memory_equal(page, zeros, PAGE);
    tw_memory_close(memory);
}

static void pages_far_apart_are_kept_apart(void **state)
{
    (void)state;
    tw_memory *memory = open_with(1, 1, 0, false);
    for (uint64_t i = 0; i < 20000; i++)
        assert_int_equal(tw_memory_write(memory, i * 0x34567000 & 0xfffffffffff000, 8, i), TW_OK);
    for (uint64_t i = 0; i < 20000; i++)
        assert_int_equal(tw_memory_read(memory, i * 0x34567000 & 0xfffffffffff000, 8), i);
    tw_memory_close(memory);
}

static void whole_pages_are_copied(void **state)
{
    (void)state;
    tw_memory *memory = open_with(1, 1, 0, false);
    uint8_t page[PAGE], back[PAGE];
    for (unsigned i = 0; i < PAGE; i++)
        page[i] = (uint8_t)(i * 7);
    assert_int_equal(tw_memory_write_page(memory, 0x5000, page), TW_OK);
    tw_memory_read_page(memory, 0x5000, back);
    assert_memory_equal(page, back, PAGE);
    assert_int_equal(tw_memory_read(memory, 0x5ff8, 1), (uint8_t)(0xff8 * 7));
    tw_memory_close(memory);
}

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    assert_null(tw_memory_open(&(tw_memory_options){.latency_min = 0, .latency_max = 1}));
    assert_null(tw_memory_open(&(tw_memory_options){.latency_min = 2, .latency_max = 1}));
    assert_null(tw_memory_open(
        &(tw_memory_options){.latency_min = 1, .latency_max = 1, .stall_percent = 91}));
    tw_memory_close(NULL);
}

/* ---- faults ---------------------------------------------------------------------------------- */

static void bus_errors_hit_their_range_and_nothing_else(void **state)
{
    (void)state;
    tw_memory *memory = open_with(1, 1, 0, false);
    tw_bus bus = tw_memory_bus(memory);
    uint64_t value;
    assert_int_equal(tw_memory_add_bus_error(memory, 0x1008, 0x1010), TW_OK);
    assert_true(bus.read(bus.context, 0x1000, 8, &value));
    assert_false(bus.read(bus.context, 0x1008, 8, &value));
    assert_false(bus.read(bus.context, 0x1010, 4, &value));
    assert_true(bus.read(bus.context, 0x1014, 4, &value));
    assert_int_equal(tw_memory_write(memory, 0x1008, 8, 5), TW_OK);
    tw_memory_clear_faults(memory);
    assert_true(bus.read(bus.context, 0x1008, 8, &value));
    assert_int_equal(value, 5);
    tw_memory_close(memory);
}

static void read_only_refuses_the_swap_and_keeps_the_value(void **state)
{
    (void)state;
    tw_memory *memory = open_with(1, 1, 0, false);
    tw_bus bus = tw_memory_bus(memory);
    bool swapped;
    uint64_t value;
    assert_int_equal(tw_memory_write(memory, 0x2000, 8, 1), TW_OK);
    assert_int_equal(tw_memory_add_read_only(memory, 0x2000, 0x2007), TW_OK);
    assert_false(bus.swap(bus.context, 0x2000, 8, 1, 2, &swapped));
    assert_true(bus.read(bus.context, 0x2000, 8, &value));
    assert_int_equal(value, 1);
    tw_memory_close(memory);
}

static void swap_writes_only_what_it_expected(void **state)
{
    (void)state;
    tw_memory *memory = open_with(1, 1, 0, false);
    tw_bus bus = tw_memory_bus(memory);
    bool swapped;
    assert_int_equal(tw_memory_write(memory, 0x2000, 8, 0x100000001), TW_OK);
    assert_true(bus.swap(bus.context, 0x2000, 8, 1, 2, &swapped));
    assert_false(swapped);
    assert_int_equal(tw_memory_read(memory, 0x2000, 8), 0x100000001);
    assert_true(bus.swap(bus.context, 0x2000, 4, 1, 2, &swapped));
    assert_true(swapped);
    assert_int_equal(tw_memory_read(memory, 0x2000, 8), 0x100000002);
    tw_memory_close(memory);
}

static void strict_memory_fails_where_nothing_was_written(void **state)
{
    (void)state;
    tw_memory *memory = open_with(1, 1, 0, true);
    tw_bus bus = tw_memory_bus(memory);
    uint64_t value;
    assert_false(bus.read(bus.context, 0x3000, 8, &value));
    assert_int_equal(tw_memory_write(memory, 0x3ff0, 1, 1), TW_OK);
    assert_true(bus.read(bus.context, 0x3000, 8, &value));
    tw_memory_close(memory);
}

static void misaligned_accesses_of_the_bus_fail(void **state)
{
    (void)state;
    tw_memory *memory = open_with(1, 1, 0, false);
    tw_bus bus = tw_memory_bus(memory);
    uint64_t value;
    assert_false(bus.read(bus.context, 0x1004, 8, &value));
    assert_false(bus.read(bus.context, UINT64_C(1) << 56, 8, &value));
    tw_memory_close(memory);
}

/* ---- time ------------------------------------------------------------------------------------ */

/* Ends a cycle with this request on the pins; `in` as driven. */
static void cycle(tw_memory *memory, tw_out out, tw_in *in)
{
    tw_memory_clock(memory, &out, in);
    *in = (tw_in){.rst_n = 1};
    tw_memory_drive(memory, in);
}

static tw_in first(tw_memory *memory)
{
    tw_in in = {.rst_n = 1};
    tw_memory_drive(memory, &in);
    return in;
}

static tw_out read_of(uint64_t address, uint8_t id)
{
    return (tw_out){
        .mem_req_valid = 1, .mem_req_id = id, .mem_req_size = 1, .mem_req_addr = address};
}

static void answer_is_visible_latency_cycles_after_the_request(void **state)
{
    (void)state;
    for (uint32_t latency = 1; latency <= 20; latency++) {
        tw_memory *memory = open_with(latency, latency, 0, false);
        assert_int_equal(tw_memory_write(memory, 0x1000, 8, 0xabc), TW_OK);
        tw_in in = first(memory);
        assert_true(in.mem_req_ready);
        cycle(memory, read_of(0x1000, 5), &in);
        for (uint32_t after = 1; after < latency; after++) {
            assert_false(in.mem_resp_valid);
            assert_int_equal(tw_memory_in_flight(memory), 1);
            cycle(memory, (tw_out){0}, &in);
        }
        assert_true(in.mem_resp_valid);
        assert_int_equal(in.mem_resp_id, 5);
        assert_int_equal(in.mem_resp_data, 0xabc);
        cycle(memory, (tw_out){0}, &in);
        assert_false(in.mem_resp_valid);
        assert_int_equal(tw_memory_in_flight(memory), 0);
        tw_memory_close(memory);
    }
}

static uint32_t far_above_2000(void *context, uint64_t address)
{
    (void)context;
    return address >= 0x2000 ? 9 : 0;
}

static void a_far_address_is_answered_as_late_as_it_says_and_others_as_ever(void **state)
{
    (void)state;
    tw_memory *memory = open_with(3, 3, 0, false);
    tw_in in = first(memory);
    tw_memory_set_distance(memory, far_above_2000, NULL);
    for (uint64_t address = 0x1000; address <= 0x2000; address += 0x1000) {
        unsigned cycles = 1;
        cycle(memory, read_of(address, 0), &in);
        for (; !in.mem_resp_valid && cycles < 20; cycles++)
            cycle(memory, (tw_out){0}, &in);
        assert_int_equal(cycles, address == 0x1000 ? 3 : 9);
    }
    tw_memory_close(memory);
}

static void a_read_sees_memory_as_it_was_when_it_was_taken(void **state)
{
    (void)state;
    tw_memory *memory = open_with(3, 3, 0, false);
    assert_int_equal(tw_memory_write(memory, 0x1000, 8, 1), TW_OK);
    tw_in in = first(memory);
    cycle(memory, read_of(0x1000, 0), &in);
    assert_int_equal(tw_memory_write(memory, 0x1000, 8, 2), TW_OK);
    for (int i = 0; i < 2; i++)
        cycle(memory, (tw_out){0}, &in);
    assert_true(in.mem_resp_valid);
    assert_int_equal(in.mem_resp_data, 1);
    tw_memory_close(memory);
}

static void two_due_at_once_are_answered_oldest_first(void **state)
{
    (void)state;
    tw_memory *memory = open_with(4, 4, 0, false);
    tw_in in = first(memory);
    cycle(memory, read_of(0x1000, 1), &in);
    tw_memory_set_latency(memory, 3, 3, 0);
    cycle(memory, read_of(0x1008, 2), &in);
    for (int i = 0; i < 2; i++)
        cycle(memory, (tw_out){0}, &in);
    assert_true(in.mem_resp_valid);
    assert_int_equal(in.mem_resp_id, 1);
    cycle(memory, (tw_out){0}, &in);
    assert_true(in.mem_resp_valid);
    assert_int_equal(in.mem_resp_id, 2);
    tw_memory_close(memory);
}

static void random_latency_lets_answers_overtake_and_loses_none(void **state)
{
    (void)state;
    tw_memory *memory = open_with(1, 9, 30, false);
    tw_in in = first(memory);
    bool busy[8] = {0};
    unsigned asked = 0, answered = 0, overtaken = 0, stalls = 0, oldest[8] = {0}, order = 0;
    for (unsigned i = 0; i < 20000; i++) {
        if (in.mem_resp_valid) {
            assert_true(busy[in.mem_resp_id]);
            busy[in.mem_resp_id] = false;
            answered++;
            for (unsigned id = 0; id < 8; id++)
                overtaken += busy[id] && oldest[id] < oldest[in.mem_resp_id];
        }
        uint8_t id = (uint8_t)(i % 8);
        stalls += !in.mem_req_ready;
        tw_out out = busy[id] ? (tw_out){0} : read_of(0x1000, id);
        if (out.mem_req_valid && in.mem_req_ready) {
            busy[id] = true;
            oldest[id] = order++;
            asked++;
        }
        cycle(memory, out, &in);
    }
    assert_true(overtaken > 100);
    assert_in_range(stalls, 5000, 7000);
    assert_in_range(asked - answered, 0, 8);
    tw_memory_close(memory);
}

static void reset_forgets_what_is_under_way(void **state)
{
    (void)state;
    tw_memory *memory = open_with(3, 3, 0, false);
    tw_in in = first(memory);
    cycle(memory, read_of(0x1000, 0), &in);
    in.rst_n = 0;
    cycle(memory, read_of(0x1000, 0), &in);
    for (int i = 0; i < 6; i++) {
        assert_false(in.mem_resp_valid);
        cycle(memory, (tw_out){0}, &in);
    }
    assert_int_equal(tw_memory_in_flight(memory), 0);
    tw_memory_close(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_little_endian),
        cmocka_unit_test(memory_never_written_reads_zero),
        cmocka_unit_test(pages_far_apart_are_kept_apart),
        cmocka_unit_test(whole_pages_are_copied),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(bus_errors_hit_their_range_and_nothing_else),
        cmocka_unit_test(read_only_refuses_the_swap_and_keeps_the_value),
        cmocka_unit_test(swap_writes_only_what_it_expected),
        cmocka_unit_test(strict_memory_fails_where_nothing_was_written),
        cmocka_unit_test(misaligned_accesses_of_the_bus_fail),
        cmocka_unit_test(answer_is_visible_latency_cycles_after_the_request),
        cmocka_unit_test(a_far_address_is_answered_as_late_as_it_says_and_others_as_ever),
        cmocka_unit_test(a_read_sees_memory_as_it_was_when_it_was_taken),
        cmocka_unit_test(two_due_at_once_are_answered_oldest_first),
        cmocka_unit_test(random_latency_lets_answers_overtake_and_loses_none),
        cmocka_unit_test(reset_forgets_what_is_under_way),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
