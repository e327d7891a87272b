/*
 * test_monitors.c: the monitors are silent on a right device and find a wrong one. Each lie is a
 * bug on the pins; random traffic has to make the right monitor complain.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tablewalk/registers.h"
#include "tablewalk/segment.h"
#include "tests/support/liar.h"

/* ---- what the device shows ------------------------------------------------------------------- */

static void wrong_frame(tw_out *out)
{
    if (out->data_resp_size != 0)
        out->data_resp_pa ^= 1u << 12;
}

static void wrong_size(tw_out *out)
{
    if (out->data_resp_size == 21)
        out->data_resp_size = 12;
}

static void lost_memory_type(tw_out *out)
{
    out->fetch_resp_pbmt = 0;
}

static void load_fault_for_a_store(tw_out *out)
{
    if (out->data_resp_fault == CAUSE_STORE_PAGE)
        out->data_resp_fault = CAUSE_LOAD_PAGE;
}

static void access_fault_as_page_fault(tw_out *out)
{
    if (out->fetch_resp_fault == CAUSE_FETCH_ACCESS)
        out->fetch_resp_fault = CAUSE_FETCH_PAGE;
}

static void fault_ignored(tw_out *out)
{
    if (out->data_resp_fault == CAUSE_LOAD_PAGE)
        out->data_resp_fault = CAUSE_NONE;
}

static void answer_to_another(tw_out *out)
{
    if (out->data_resp_valid)
        out->data_resp_id ^= 8;
}

/* It is found when a write to SATP waits for the requests in flight, or the traffic ends. */
static void answer_lost(tw_out *out)
{
    if (!out->data_resp_valid || out->data_resp_id != 5 || out->data_resp_fault != 0)
        return;
    out->data_resp_valid = 0;
    out->data_resp_id = out->data_resp_pbmt = out->data_resp_size = 0;
    out->data_resp_pa = 0;
}

/* The fault queue has it all the same. */
static void fault_lost(tw_out *out)
{
    if (out->data_resp_fault == 0 || out->data_resp_id != 5)
        return;
    out->data_resp_valid = out->data_resp_id = out->data_resp_fault = 0;
}

static void fault_with_an_address(tw_out *out)
{
    if (out->data_resp_fault != 0)
        out->data_resp_pa = 0x1000;
}

static void noise_beside_a_valid(tw_out *out)
{
    if (!out->fetch_resp_valid)
        out->fetch_resp_pa = 1;
}

static void noise_beside_a_register_answer(tw_out *out)
{
    if (!out->reg_resp_valid)
        out->reg_resp_data = 1;
}

static void noise_beside_a_memory_request(tw_out *out)
{
    if (!out->mem_req_valid)
        out->mem_req_addr = 8;
}

static void register_answer_to_nobody(tw_out *out)
{
    out->reg_resp_valid = 1;
}

static void read_with_a_value_to_swap(tw_out *out)
{
    if (out->mem_req_valid && out->mem_req_op == 0)
        out->mem_req_desired = 1;
}

static void wrong_table(tw_out *out)
{
    if (out->mem_req_valid && out->mem_req_op == 0)
        out->mem_req_addr ^= 1u << 13;
}

static void wrong_index(tw_out *out)
{
    if (out->mem_req_valid && out->mem_req_op == 0)
        out->mem_req_addr ^= 1u << 5;
}

static void swap_elsewhere(tw_out *out)
{
    if (out->mem_req_op == 1)
        out->mem_req_addr ^= 8;
}

static void swap_sets_d_always(tw_out *out)
{
    if (out->mem_req_op == 1)
        out->mem_req_desired |= 1u << PTE_D;
}

static void swap_loses_software_bits(tw_out *out)
{
    if (out->mem_req_op == 1)
        out->mem_req_desired &= ~(UINT64_C(3) << 8);
}

/* ---- what the device is told ----------------------------------------------------------------- */

static void sum_is_always_set(tw_in *in)
{
    in->data_req_sum = 1;
}

static void mxr_is_always_set(tw_in *in)
{
    in->data_req_mxr = 1;
}

static void user_counts_as_supervisor(tw_in *in)
{
    if (in->fetch_req_priv == PRIV_U)
        in->fetch_req_priv = PRIV_S;
}

static void stores_leave_d_alone(tw_in *in)
{
    if (in->data_req_op == OP_STORE)
        in->data_req_op = OP_LOAD;
}

static void fences_do_nothing(tw_in *in)
{
    if (in->reg_req_offset == REG_FENCE && in->reg_req_write)
        in->reg_req_write = 0;
}

static void fences_by_address_take_another(tw_in *in)
{
    if (in->reg_req_offset == REG_FENCE_VA)
        in->reg_req_data ^= UINT64_C(1) << 40;
}

static void fences_by_space_take_another(tw_in *in)
{
    if (in->reg_req_offset == REG_FENCE_ASID)
        in->reg_req_data ^= 8;
}

static void spaces_are_all_one(tw_in *in)
{
    if (in->reg_req_offset == REG_SATP)
        in->reg_req_data &= ~(UINT64_C(0xffff) << SATP_ASID_LOW);
}

static void swaps_are_said_to_take_place(tw_in *in)
{
    in->mem_resp_swapped = in->mem_resp_valid;
}

static void bus_errors_are_not_seen(tw_in *in)
{
    in->mem_resp_error = 0;
}

static void a_is_set_by_software(tw_in *in)
{
    if (in->reg_req_offset == REG_CONTROL)
        in->reg_req_data |= 1u << CONTROL_ADUE_LOW;
}

/* The device has the base that was written before this one. */
static void bases_are_stale(tw_in *in)
{
    static uint64_t before, now;
    if (in->reg_req_offset != REG_SEGMENT_BASE)
        return;
    if (in->reg_req_data != now) {
        before = now;
        now = in->reg_req_data;
    }
    in->reg_req_data = before;
}

static void limits_hold_everything(tw_in *in)
{
    if (in->reg_req_offset == REG_SEGMENT_LIMIT)
        in->reg_req_data = UINT64_MAX;
}

static void limits_hold_one_byte_more(tw_in *in)
{
    if (in->reg_req_offset == REG_SEGMENT_LIMIT)
        in->reg_req_data += in->reg_req_data != UINT64_MAX;
}

static void segments_grant_everything(tw_in *in)
{
    if (in->reg_req_offset == REG_SEGMENT_FLAGS)
        in->reg_req_data |= 1u << PTE_R | 1u << PTE_W | 1u << PTE_X;
}

static void no_segment_grows_down(tw_in *in)
{
    if (in->reg_req_offset == REG_SEGMENT_FLAGS)
        in->reg_req_data &= ~(UINT64_C(1) << SEGMENT_DOWN);
}

static void selectors_are_not_looked_at(tw_in *in)
{
    in->data_req_seg = 0;
}

static void linear_tables_are_taken_for_trees(tw_in *in)
{
    if (in->reg_req_offset == REG_SATP && satp_mode(in->reg_req_data) == MODE_LINEAR)
        in->reg_req_data ^= TW_PUT(SATP, MODE, MODE_LINEAR ^ MODE_SV32);
}

static void prefetch_cannot_be_turned_off(tw_in *in)
{
    if (in->reg_req_offset == REG_CONTROL)
        in->reg_req_data |= 1u << CONTROL_PREFETCH_LOW;
}

/* ---- the tests ------------------------------------------------------------------------------- */

static const struct known_lie LIES[] = {
#define SHOWN(lie, complaint)         \
    {                                 \
#lie, {lie, NULL }, complaint \
    }
#define TOLD(lie, complaint)          \
    {                                 \
#lie, {NULL, lie }, complaint \
    }
    SHOWN(wrong_frame, "no leaf PTE read"),
    SHOWN(wrong_size, "no leaf PTE read"),
    SHOWN(lost_memory_type, "no leaf PTE read"),
    SHOWN(load_fault_for_a_store, "but"),
    SHOWN(access_fault_as_page_fault, "its walk met nothing"),
    SHOWN(fault_ignored, "but"),
    SHOWN(answer_to_another, "data"),
    SHOWN(answer_lost, "has no answer after 63 cycles"),
    SHOWN(fault_lost, "FAULT_STATUS"),
    SHOWN(fault_with_an_address, "a fault and an address"),
    SHOWN(noise_beside_a_valid, "not 0 without an answer"),
    SHOWN(noise_beside_a_register_answer, "register answer pins are not 0"),
    SHOWN(noise_beside_a_memory_request, "memory request pins are not 0"),
    SHOWN(register_answer_to_nobody, "a register answer to no access"),
    SHOWN(read_with_a_value_to_swap, "a PTE read has values to swap"),
    SHOWN(wrong_table, "no walk in progress leads there"),
    SHOWN(wrong_index, "no request in flight needs it"),
    SHOWN(swap_elsewhere, "no walk in progress leads there"),
    SHOWN(swap_sets_d_always, "no request in flight needs it"),
    SHOWN(swap_loses_software_bits, "more than A and D"),
    TOLD(sum_is_always_set, ""),
    TOLD(mxr_is_always_set, ""),
    TOLD(user_counts_as_supervisor, ""),
    TOLD(stores_leave_d_alone, ""),
    TOLD(fences_do_nothing, ""),
    /* A stale leaf is answered or a stale pointer is followed, whichever comes first. */
    TOLD(fences_by_address_take_another, ""),
    TOLD(fences_by_space_take_another, ""),
    TOLD(spaces_are_all_one, ""),
    TOLD(swaps_are_said_to_take_place, ""),
    TOLD(bus_errors_are_not_seen, ""),
    TOLD(a_is_set_by_software, ""),
    TOLD(bases_are_stale, ""),
    TOLD(limits_hold_everything, ""),
    TOLD(limits_hold_one_byte_more, ""),
    TOLD(segments_grant_everything, ""),
    TOLD(no_segment_grows_down, ""),
    TOLD(selectors_are_not_looked_at, ""),
    TOLD(linear_tables_are_taken_for_trees, ""),
};

static void every_lie_is_found(void **state)
{
    (void)state;
    liar_expect_found(ANY_MODE, LIES, sizeof LIES / sizeof LIES[0], NULL);
}

static void a_prefetch_that_software_did_not_ask_for_is_found(void **state)
{
    (void)state;
    struct monitor_counts counts;
    tw_error error = {0};
    struct lie lie = {NULL, prefetch_cannot_be_turned_off};
    tw_status status = liar_run("prefetch", ANY_MODE, lie, &counts, &error);
    if (status != TW_MISMATCH || strstr(error.text, "no walk in progress leads there") == NULL)
        fail_msg("expected a complaint of a read that no walk needs, got status %d '%s' (seed %d)",
                 (int)status, error.text, LIAR_SEED);
}

static void a_right_prefetch_is_not_blamed(void **state)
{
    (void)state;
    struct monitor_counts counts;
    tw_error error = {0};
    if (liar_run("prefetch", ANY_MODE, (struct lie){NULL, NULL}, &counts, &error) != TW_OK)
        fail_msg("seed %d: %s", LIAR_SEED, error.text);
    assert_true(counts.ahead > 100);
}

static void a_right_device_is_not_blamed(void **state)
{
    (void)state;
    struct monitor_counts counts;
    tw_error error = {0};
    if (liar_run("default", ANY_MODE, (struct lie){NULL, NULL}, &counts, &error) != TW_OK)
        fail_msg("seed %d: %s", LIAR_SEED, error.text);
    assert_true(counts.fresh > 1000);
    assert_true(counts.stale > 100);
    assert_true(counts.faults > 1000);
    assert_true(counts.limits > 100);
    assert_true(counts.rights > 100);
    assert_true(counts.through > 1000);
    assert_true(counts.linear > 1000);
    assert_true(counts.reads > 10000);
    assert_true(counts.swaps > 100);
    assert_true(counts.shortcuts > 1000);
    assert_int_equal(counts.ahead, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_device_is_not_blamed),
        cmocka_unit_test(every_lie_is_found),
        cmocka_unit_test(a_right_prefetch_is_not_blamed),
        cmocka_unit_test(a_prefetch_that_software_did_not_ask_for_is_found),
    };
    return cmocka_run_group_tests_name("monitors", tests, NULL, NULL);
}
