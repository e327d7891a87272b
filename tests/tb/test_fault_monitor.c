/*
 * test_fault_monitor.c: what the registers may say of faults. By hand, cycle by cycle, and by
 * devices whose records are wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tablewalk/registers.h"
#include "tests/support/liar.h"
#include "tests/support/pin_bench.h"

/* ---- by hand --------------------------------------------------------------------------------- */

/* Up to the cycle in which the register's value is on the pins. */
static void read_register(struct pin_bench *b, unsigned offset, uint64_t value)
{
    b->in.reg_req_valid = 1;
    b->in.reg_req_offset = (uint16_t)offset;
    b->in.reg_req_priv = PRIV_S;
    bench_tick(b);
    bench_tick(b);
    b->out.reg_resp_valid = 1;
    b->out.reg_resp_data = value;
}

static void expect_right(struct pin_bench *b, unsigned offset, uint64_t value)
{
    read_register(b, offset, value);
    bench_tick(b);
}

static void expect_blame(struct pin_bench *b, unsigned offset, uint64_t value, const char *name)
{
    read_register(b, offset, value);
    bench_blame(b, name);
}

static void answer_fault(struct pin_bench *b, unsigned id, unsigned cause)
{
    b->out.data_resp_valid = 1;
    b->out.data_resp_id = (uint8_t)id;
    b->out.data_resp_fault = (uint8_t)cause;
}

/* A store whose walk meets an invalid PTE at level 1. */
static void fault_at_level_1(struct pin_bench *b, unsigned id)
{
    bench_take(b, id, OP_STORE, VA);
    bench_read(b, 0, ROOT, 1, pointer_to(MIDDLE));
    bench_read(b, 0, MIDDLE, 1, 0);
    answer_fault(b, id, CAUSE_STORE_PAGE);
    bench_tick(b);
}

static uint64_t info(unsigned id, tw_check check, unsigned level)
{
    return TW_PUT(FAULT_INFO, OP, OP_STORE) | TW_PUT(FAULT_INFO, PRIV, PRIV_S) |
           TW_PUT(FAULT_INFO, LEVEL, level) | TW_PUT(FAULT_INFO, PORT, 1) |
           TW_PUT(FAULT_INFO, CHECK, check) | TW_PUT(FAULT_INFO, ID, id) |
           TW_PUT(FAULT_INFO, X86_W, 1);
}

static const uint64_t PTE_AT = ((uint64_t)MIDDLE << PAGE_SHIFT) + 8;

static void a_record_says_why_where_and_to_whom(void **state)
{
    struct pin_bench *b = *state;
    fault_at_level_1(b, 3);
    expect_right(b, REG_FAULT_STATUS, 1);
    expect_right(b, REG_FAULT_CAUSE, CAUSE_STORE_PAGE);
    expect_right(b, REG_FAULT_VA, VA);
    expect_right(b, REG_FAULT_ASID, ASID);
    expect_right(b, REG_FAULT_INFO, info(3, CHECK_VALID, 1));
    expect_right(b, REG_FAULT_PTE, PTE_AT);
    assert_int_equal(monitors_counts(b->monitors).records, 2);
}

/* One bit of any field that it knows. */
static void a_wrong_bit_of_a_record_is_found(void **state)
{
    struct pin_bench *b = *state;
    const uint64_t right = info(3, CHECK_VALID, 1);
    for (unsigned bit = 0; bit < 64; bit++) {
        fault_at_level_1(b, 3);
        expect_blame(b, REG_FAULT_INFO, right ^ UINT64_C(1) << bit, "FAULT_INFO");
        bench_write(b, REG_FAULT_POP, 0);
        fault_at_level_1(b, 3);
        expect_blame(b, REG_FAULT_PTE, PTE_AT ^ UINT64_C(1) << bit, "FAULT_PTE");
        expect_blame(b, REG_FAULT_VA, VA ^ UINT64_C(1) << bit, "FAULT_VA");
        expect_blame(b, REG_FAULT_ASID, ASID ^ UINT64_C(1) << bit, "FAULT_ASID");
        expect_blame(b, REG_FAULT_CAUSE, CAUSE_STORE_PAGE ^ UINT64_C(1) << bit, "FAULT_CAUSE");
        if (bit < FAULT_STATUS_PARITY_LOW ||
            bit >= FAULT_STATUS_PARITY_LOW + FAULT_STATUS_PARITY_BITS)
            expect_blame(b, REG_FAULT_STATUS, 1 ^ UINT64_C(1) << bit, "FAULT_STATUS");
        bench_write(b, REG_FAULT_POP, 0);
    }
}

/* Two walks met two bad PTEs: either may be the reason, but not a bit of each. */
static void info_and_pte_are_of_one_reason(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 3, OP_STORE, VA);
    bench_read(b, 0, ROOT, 1, pointer_to(MIDDLE));
    bench_read(b, 1, ROOT, 1, 0);
    bench_read(b, 0, MIDDLE, 1, 0);
    answer_fault(b, 3, CAUSE_STORE_PAGE);
    bench_tick(b);
    expect_right(b, REG_FAULT_INFO, info(3, CHECK_VALID, 2));
    expect_blame(b, REG_FAULT_PTE, PTE_AT, "FAULT_PTE");
}

static void an_address_that_does_not_fit_has_no_pte(void **state)
{
    struct pin_bench *b = *state;
    bench_take(b, 3, OP_STORE, UINT64_C(1) << 63);
    answer_fault(b, 3, CAUSE_STORE_PAGE);
    bench_tick(b);
    expect_right(b, REG_FAULT_PTE, 0);
    expect_right(b, REG_FAULT_INFO, info(3, CHECK_CANONICAL, 0));
}

/* P and RSVD of the x86 view: a valid PTE, and one that no page may have. */
static void the_x86_view_follows_from_the_check(void **state)
{
    const uint64_t p = TW_PUT(FAULT_INFO, X86_P, 1), rsvd = TW_PUT(FAULT_INFO, X86_RSVD, 1);
    const struct {
        tw_check check;
        uint64_t pte, view;
    } cases[] = {
        {CHECK_VALID, 0, 0},
        {CHECK_RESERVED, leaf_of(0) | UINT64_C(1) << 60, p | rsvd},
        {CHECK_POINTER, pointer_to(MIDDLE) | 1u << PTE_A, p | rsvd},
        {CHECK_ALIGNED, leaf_of(1), p | rsvd},
        {CHECK_USER, leaf_of(0) | 1u << PTE_U, p},
        {CHECK_PERMISSION, leaf_of(0) & ~(UINT64_C(1) << PTE_W), p},
    };
    struct pin_bench *b = *state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        bench_take(b, 3, OP_STORE, VA);
        bench_read(b, 0, ROOT, 1, cases[i].pte);
        answer_fault(b, 3, CAUSE_STORE_PAGE);
        bench_tick(b);
        expect_right(b, REG_FAULT_INFO, info(3, cases[i].check, 2) | cases[i].view);
        bench_write(b, REG_FAULT_POP, 0);
    }
}

static void an_empty_queue_shows_0(void **state)
{
    struct pin_bench *b = *state;
    expect_right(b, REG_FAULT_INFO, 0);
    expect_blame(b, REG_FAULT_INFO, 1, "FAULT_INFO");
    fault_at_level_1(b, 3);
    bench_write(b, REG_FAULT_POP, 0);
    expect_right(b, REG_FAULT_VA, 0);
    expect_blame(b, REG_FAULT_VA, VA, "FAULT_VA");
}

static void a_pop_shows_the_next(void **state)
{
    struct pin_bench *b = *state;
    fault_at_level_1(b, 3);
    fault_at_level_1(b, 4);
    expect_right(b, REG_FAULT_INFO, info(3, CHECK_VALID, 1));
    bench_write(b, REG_FAULT_POP, 0);
    expect_blame(b, REG_FAULT_INFO, info(3, CHECK_VALID, 1), "FAULT_INFO");
}

static void what_finds_the_queue_full_is_counted_alone(void **state)
{
    struct pin_bench *b = *state;
    for (unsigned id = 0; id < FAULT_QUEUE_ENTRIES + 2; id++)
        fault_at_level_1(b, id);
    const uint64_t full = FAULT_QUEUE_ENTRIES | TW_PUT(FAULT_STATUS, OVERFLOW, 1);
    expect_right(b, REG_FAULT_STATUS, full | TW_PUT(FAULT_STATUS, DROPPED, 2));
    bench_write(b, REG_FAULT_STATUS, TW_PUT(FAULT_STATUS, OVERFLOW, 1));
    expect_right(b, REG_FAULT_STATUS, FAULT_QUEUE_ENTRIES);
    for (unsigned id = 0; id < FAULT_QUEUE_ENTRIES; id++) {
        expect_right(b, REG_FAULT_INFO, info(id, CHECK_VALID, 1));
        bench_write(b, REG_FAULT_POP, 0);
    }
    expect_right(b, REG_FAULT_STATUS, 0);
}

/* ---- devices --------------------------------------------------------------------------------- */

/* The register access that the device works on. */
static struct {
    bool busy, answered;
    unsigned offset;
} port;

static void note_access(tw_in *in)
{
    if (port.answered || !in->rst_n)
        port.busy = port.answered = false;
    if (in->rst_n && in->reg_req_valid && !port.busy) {
        port.busy = true;
        port.offset = in->reg_req_write ? 0 : in->reg_req_offset;
    }
}

static void spoil(tw_out *out, unsigned offset, uint64_t bits)
{
    if (!out->reg_resp_valid)
        return;
    port.answered = true;
    if (port.busy && port.offset == offset && out->reg_resp_data != 0)
        out->reg_resp_data ^= bits;
}

static void wrong_check(tw_out *out)
{
    spoil(out, REG_FAULT_INFO, TW_PUT(FAULT_INFO, CHECK, 1));
}

static void wrong_level(tw_out *out)
{
    spoil(out, REG_FAULT_INFO, TW_PUT(FAULT_INFO, LEVEL, 4));
}

static void wrong_pte(tw_out *out)
{
    spoil(out, REG_FAULT_PTE, 8);
}

static void wrong_count(tw_out *out)
{
    spoil(out, REG_FAULT_STATUS, 1);
}

static void expect_lie(void (*shown)(tw_out *), const char *complaint)
{
    struct monitor_counts counts;
    tw_error error = {0};
    tw_status status =
        liar_run("default", ANY_MODE, (struct lie){shown, note_access}, &counts, &error);
    if (status != TW_MISMATCH || strstr(error.text, complaint) == NULL)
        fail_msg("expected a complaint with '%s', got status %d '%s' (seed %d)", complaint,
                 (int)status, error.text, LIAR_SEED);
}

static void devices_with_wrong_records_are_found(void **state)
{
    (void)state;
    expect_lie(wrong_check, "FAULT_INFO");
    expect_lie(wrong_level, "FAULT_INFO");
    expect_lie(wrong_pte, "FAULT_PTE");
    expect_lie(wrong_count, "FAULT_STATUS");
}

static void a_device_with_right_records_is_not_blamed(void **state)
{
    (void)state;
    struct monitor_counts counts;
    tw_error error = {0};
    if (liar_run("default", ANY_MODE, (struct lie){NULL, NULL}, &counts, &error) != TW_OK)
        fail_msg("seed %d: %s", LIAR_SEED, error.text);
    assert_true(counts.records > 100);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        TEST(a_record_says_why_where_and_to_whom),
        TEST(a_wrong_bit_of_a_record_is_found),
        TEST(info_and_pte_are_of_one_reason),
        TEST(an_address_that_does_not_fit_has_no_pte),
        TEST(the_x86_view_follows_from_the_check),
        TEST(an_empty_queue_shows_0),
        TEST(a_pop_shows_the_next),
        TEST(what_finds_the_queue_full_is_counted_alone),
        cmocka_unit_test(devices_with_wrong_records_are_found),
        cmocka_unit_test(a_device_with_right_records_is_not_blamed),
    };
    return cmocka_run_group_tests_name("fault_monitor", tests, NULL, NULL);
}
