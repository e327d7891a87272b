/*
 * test_monitors_segments.c: what the monitors say of segments and of linear tables. The pins are
 * made by hand: the monitors alone judge.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tests/support/pin_bench.h"

static const char OUTSIDE[] = "outside its segment";
static const char REFUSED[] = "does not grant the access";
static const char NOT_NEEDED[] = "no request in flight needs it";
static const char NO_WALK[] = "no walk in progress leads there";
static const char NO_LEAF[] = "no leaf PTE read since the last fence";
static const char NOTHING_MET[] = "its walk met nothing that faults so";

enum { OFFSET = 0x1000, LIMIT = 0x10000, RW = 1 << PTE_R | 1 << PTE_W };

/* Segment 0 puts OFFSET at `linear`; it has LIMIT bytes. */
static void segments_on(struct pin_bench *b, uint64_t linear, unsigned flags)
{
    bench_write(b, REG_SEGMENT, 0);
    bench_write(b, REG_SEGMENT_BASE, linear - OFFSET);
    bench_write(b, REG_SEGMENT_LIMIT, LIMIT);
    bench_write(b, REG_SEGMENT_FLAGS, flags);
    bench_write(b, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1) | TW_PUT(CONTROL, SEGMENTS, 1));
}

static void fault(struct pin_bench *b, unsigned id, unsigned cause)
{
    b->out.data_resp_valid = 1;
    b->out.data_resp_id = (uint8_t)id;
    b->out.data_resp_fault = (uint8_t)cause;
}

/* VA is known to the monitors, and a load of OFFSET of segment 0 goes there. */
static void open_segments(struct pin_bench *b)
{
    bench_walk(b, 0);
    segments_on(b, VA, RW);
}

static uint64_t frame(void)
{
    return (uint64_t)FRAME << PAGE_SHIFT;
}

/* ---- segments -------------------------------------------------------------------------------- */

static void an_offset_is_answered_by_the_page_of_its_linear_address(void **state)
{
    struct pin_bench *b = *state;
    open_segments(b);
    bench_take(b, 1, OP_LOAD, OFFSET + 0x123);
    bench_answer(b, 1, frame() + 0x123);
    bench_tick(b);
    assert_int_equal(monitors_counts(b->monitors).through, 1);
}

static void an_offset_that_is_not_added_to_its_base_is_found(void **state)
{
    struct pin_bench *b = *state;
    open_segments(b);
    bench_take(b, 1, OP_LOAD, VA);
    bench_answer(b, 1, frame());
    bench_blame(b, OUTSIDE);
}

static void a_wrong_base_is_found(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, 0);
    segments_on(b, NEXT_PAGE, RW);
    bench_take(b, 1, OP_LOAD, OFFSET);
    bench_answer(b, 1, frame());
    bench_blame(b, NO_LEAF);
}

static void an_offset_outside_has_to_fault_as_the_access(void **state)
{
    struct pin_bench *b = *state;
    open_segments(b);
    bench_take(b, 1, OP_STORE, LIMIT);
    fault(b, 1, CAUSE_STORE_PAGE);
    bench_tick(b);
    assert_int_equal(monitors_counts(b->monitors).limits, 1);
    bench_take(b, 2, OP_STORE, LIMIT);
    fault(b, 2, CAUSE_LOAD_PAGE);
    bench_blame(b, OUTSIDE);
}

static void an_access_fault_is_not_a_segments(void **state)
{
    struct pin_bench *b = *state;
    open_segments(b);
    bench_take(b, 1, OP_LOAD, LIMIT);
    fault(b, 1, CAUSE_LOAD_ACCESS);
    bench_blame(b, OUTSIDE);
}

static void a_right_that_the_segment_lacks_has_to_fault(void **state)
{
    struct pin_bench *b = *state;
    bench_walk(b, 0);
    segments_on(b, VA, 1 << PTE_R);
    bench_take(b, 1, OP_STORE, OFFSET);
    fault(b, 1, CAUSE_STORE_PAGE);
    bench_tick(b);
    assert_int_equal(monitors_counts(b->monitors).rights, 1);
    bench_take(b, 2, OP_STORE, OFFSET);
    bench_answer(b, 2, frame());
    bench_blame(b, REFUSED);
}

static void a_fault_of_a_segment_that_grants_is_found(void **state)
{
    struct pin_bench *b = *state;
    open_segments(b);
    bench_take(b, 1, OP_LOAD, OFFSET);
    fault(b, 1, CAUSE_LOAD_PAGE);
    bench_blame(b, NOTHING_MET);
}

static void a_segment_that_is_not_built_holds_nothing(void **state)
{
    struct pin_bench *b = *state;
    monitors_close(b->monitors);
    b->monitors = monitors_open(tw_config_named("small"), b->memory);
    b->in.rst_n = 0;
    bench_tick(b);
    segments_on(b, OFFSET, RW);
    bench_write(b, REG_SEGMENT, 4); /* small has 0 to 3 */
    bench_write(b, REG_SEGMENT_LIMIT, LIMIT);
    bench_write(b, REG_SEGMENT_FLAGS, RW);
    b->in.data_req_seg = 4;
    bench_take(b, 1, OP_LOAD, OFFSET);
    bench_answer(b, 1, OFFSET);
    b->out.data_resp_size = 0;
    bench_blame(b, OUTSIDE);
}

static void machine_mode_is_not_segmented(void **state)
{
    struct pin_bench *b = *state;
    open_segments(b);
    b->in.data_req_valid = 1;
    b->in.data_req_id = 1;
    b->in.data_req_va = LIMIT;
    b->in.data_req_op = OP_LOAD;
    b->in.data_req_priv = PRIV_M;
    bench_tick(b);
    bench_answer(b, 1, LIMIT);
    b->out.data_resp_size = 0;
    bench_tick(b);
}

static void a_read_for_an_offset_outside_is_found(void **state)
{
    struct pin_bench *b = *state;
    segments_on(b, VA, RW);
    bench_take(b, 1, OP_LOAD, LIMIT);
    bench_ask(b, 0, ROOT, 1);
    bench_blame(b, NOT_NEEDED);
}

static void a_read_for_an_access_that_the_segment_refuses_is_found(void **state)
{
    struct pin_bench *b = *state;
    segments_on(b, VA, 1 << PTE_R);
    bench_take(b, 1, OP_STORE, OFFSET);
    bench_ask(b, 0, ROOT, 1);
    bench_blame(b, NOT_NEEDED);
}

/* ---- when a write to a segment acts ----------------------------------------------------------- */

/* The limit shrinks to `OFFSET`; a request for OFFSET is taken so many cycles after the write. The
 * write is answered in cycle 2, so it acts on what is taken in that cycle, and on nothing before. */
static void take_near_a_write(struct pin_bench *b, unsigned cycles)
{
    open_segments(b);
    for (unsigned cycle = 0; cycle <= 2; cycle++) {
        if (cycle == 0) {
            b->in.reg_req_valid = 1;
            b->in.reg_req_write = 1;
            b->in.reg_req_offset = REG_SEGMENT_LIMIT;
            b->in.reg_req_data = OFFSET;
            b->in.reg_req_priv = PRIV_S;
        }
        b->out.reg_resp_valid = cycle == 2;
        if (cycle == cycles)
            bench_take(b, 1, OP_LOAD, OFFSET);
        else
            bench_tick(b);
    }
}

static void a_write_does_not_act_on_what_was_taken_before_its_answer(void **state)
{
    struct pin_bench *b = *state;
    take_near_a_write(b, 1);
    bench_answer(b, 1, frame());
    bench_tick(b);
}

static void a_write_that_acts_on_what_was_taken_before_is_found(void **state)
{
    struct pin_bench *b = *state;
    take_near_a_write(b, 1);
    fault(b, 1, CAUSE_LOAD_PAGE);
    bench_blame(b, NOTHING_MET);
}

static void a_write_acts_in_the_cycle_of_its_answer(void **state)
{
    struct pin_bench *b = *state;
    take_near_a_write(b, 2);
    fault(b, 1, CAUSE_LOAD_PAGE);
    bench_tick(b);
}

static void a_stale_segment_register_is_found(void **state)
{
    struct pin_bench *b = *state;
    take_near_a_write(b, 2);
    bench_answer(b, 1, frame());
    bench_blame(b, OUTSIDE);
}

static void reset_empties_the_segments_and_turns_them_off(void **state)
{
    struct pin_bench *b = *state;
    open_segments(b);
    b->in.rst_n = 0;
    bench_tick(b);
    bench_take(b, 1, OP_LOAD, LIMIT);
    bench_answer(b, 1, LIMIT);
    b->out.data_resp_size = 0;
    bench_tick(b);
    bench_write(b, REG_CONTROL, TW_PUT(CONTROL, SEGMENTS, 1));
    bench_take(b, 1, OP_LOAD, OFFSET);
    fault(b, 1, CAUSE_LOAD_PAGE);
    bench_tick(b);
}

/* ---- linear tables ---------------------------------------------------------------------------- */

enum { PAGE = 0x40000 };

/* In linear mode with this root, a load of page PAGE + 1 is taken. */
static void enter_linear(struct pin_bench *b, uint64_t root)
{
    bench_write(b, REG_SATP, TW_PUT(SATP, MODE, MODE_LINEAR) | TW_PUT(SATP, PPN, root));
    bench_take(b, 1, OP_LOAD, (uint64_t)(PAGE + 1) << PAGE_SHIFT);
}

static void ask_linear(struct pin_bench *b, uint64_t address)
{
    bench_ask(b, 0, 0, 0);
    b->out.mem_req_addr = address;
    b->out.mem_req_size = 0;
}

static void expect_linear_walk(struct pin_bench *b, uint64_t address)
{
    ask_linear(b, address);
    bench_tick(b);
    bench_memory(b, 0, leaf_of(FRAME));
    bench_answer(b, 1, frame());
    bench_tick(b);
    assert_int_equal(monitors_counts(b->monitors).linear, 1);
}

static void a_linear_walk_reads_far_behind_its_root(void **state)
{
    enter_linear(*state, ROOT);
    expect_linear_walk(*state, ((uint64_t)ROOT << PAGE_SHIFT) + 4 * (PAGE + 1));
}

static void a_linear_table_goes_on_at_physical_address_0(void **state)
{
    enter_linear(*state, (UINT64_C(1) << PTE_PPN_BITS) - 0x100);
    expect_linear_walk(*state, 4);
}

static void a_linear_read_of_another_page_is_found(void **state)
{
    struct pin_bench *b = *state;
    enter_linear(b, ROOT);
    ask_linear(b, ((uint64_t)ROOT << PAGE_SHIFT) + 4 * PAGE);
    bench_blame(b, NOT_NEEDED);
}

static void a_read_behind_the_end_of_a_linear_table_is_found(void **state)
{
    struct pin_bench *b = *state;
    enter_linear(b, ROOT);
    ask_linear(b, ((uint64_t)ROOT << PAGE_SHIFT) + (4 << 20) + 4 * (PAGE + 1));
    bench_blame(b, NO_WALK);
}

static void a_linear_read_of_eight_bytes_is_found(void **state)
{
    struct pin_bench *b = *state;
    enter_linear(b, ROOT);
    ask_linear(b, ((uint64_t)ROOT << PAGE_SHIFT) + 4 * (PAGE + 1));
    b->out.mem_req_size = 1;
    bench_blame(b, NO_WALK);
}

static void no_linear_walk_goes_below_a_pointer(void **state)
{
    struct pin_bench *b = *state;
    enter_linear(b, ROOT);
    ask_linear(b, ((uint64_t)ROOT << PAGE_SHIFT) + 4 * (PAGE + 1));
    bench_tick(b);
    bench_memory(b, 0, pointer_to(FRAME));
    ask_linear(b, frame() + 4);
    bench_blame(b, NO_WALK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        TEST(an_offset_is_answered_by_the_page_of_its_linear_address),
        TEST(an_offset_that_is_not_added_to_its_base_is_found),
        TEST(a_wrong_base_is_found),
        TEST(an_offset_outside_has_to_fault_as_the_access),
        TEST(an_access_fault_is_not_a_segments),
        TEST(a_right_that_the_segment_lacks_has_to_fault),
        TEST(a_fault_of_a_segment_that_grants_is_found),
        TEST(a_segment_that_is_not_built_holds_nothing),
        TEST(machine_mode_is_not_segmented),
        TEST(a_read_for_an_offset_outside_is_found),
        TEST(a_read_for_an_access_that_the_segment_refuses_is_found),
        TEST(a_write_does_not_act_on_what_was_taken_before_its_answer),
        TEST(a_write_that_acts_on_what_was_taken_before_is_found),
        TEST(a_write_acts_in_the_cycle_of_its_answer),
        TEST(a_stale_segment_register_is_found),
        TEST(reset_empties_the_segments_and_turns_them_off),
        TEST(a_linear_walk_reads_far_behind_its_root),
        TEST(a_linear_table_goes_on_at_physical_address_0),
        TEST(a_linear_read_of_another_page_is_found),
        TEST(a_read_behind_the_end_of_a_linear_table_is_found),
        TEST(a_linear_read_of_eight_bytes_is_found),
        TEST(no_linear_walk_goes_below_a_pointer),
    };
    return cmocka_run_group_tests_name("monitors_segments", tests, NULL, NULL);
}
