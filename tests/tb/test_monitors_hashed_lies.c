/*
 * test_monitors_hashed_lies.c: devices that get the hashed inverted table wrong. Random traffic,
 * most of it in hashed mode, has to make a monitor complain; of a right device none does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tablewalk/hashed.h"
#include "tablewalk/registers.h"
#include "tests/support/liar.h"

/* SATP as it was written last: the device is in hashed mode, in this address space. Lies elsewhere
 * are for other tests. */
static uint64_t satp;

static void note_satp(const tw_in *in)
{
    if (in->reg_req_valid && in->reg_req_write && in->reg_req_offset == REG_SATP)
        satp = in->reg_req_data;
}

static void forget_satp(void)
{
    satp = 0;
}

static bool hashed(void)
{
    return satp_mode(satp) == MODE_HASHED;
}

/* ---- what the device shows ------------------------------------------------------------------- */

static void wrong_frame(tw_out *out)
{
    if (hashed() && out->data_resp_size == PAGE_SHIFT)
        out->data_resp_pa ^= 1u << PAGE_SHIFT;
}

static void wrong_entry(tw_out *out)
{
    if (hashed() && out->mem_req_valid && out->mem_req_op == 0)
        out->mem_req_addr ^= 1u << HASHED_SHIFT;
}

static void swap_changes_next(tw_out *out)
{
    if (hashed() && out->mem_req_op == 1)
        out->mem_req_desired ^= UINT64_C(1) << HASHED_NEXT;
}

static void swap_of_the_flags_alone(tw_out *out)
{
    if (hashed() && out->mem_req_op == 1) {
        out->mem_req_expected &= 0xff;
        out->mem_req_desired &= 0xff;
    }
}

static void reads_of_four_bytes(tw_out *out)
{
    if (hashed())
        out->mem_req_size = 0;
}

/* ---- what it is told ------------------------------------------------------------------------- */

/* The word that memory answers to a read is another one to the device. */
static void tell(tw_in *in, uint64_t clear, uint64_t set)
{
    note_satp(in);
    if (hashed() && in->mem_resp_valid)
        in->mem_resp_data = (in->mem_resp_data & ~clear) | set;
}

static void nothing(tw_in *in)
{
    tell(in, 0, 0);
}

static void leaves_the_chain(tw_in *in)
{
    tell(in, 0, UINT64_C(1) << HASHED_NEXT);
}

static void entries_of_every_space_are_ours(tw_in *in)
{
    tell(in, UINT64_C(0xffff) << HASHED_ASID, (uint64_t)satp_asid(satp) << HASHED_ASID);
}

static void pages_are_the_same_but_for_one_bit(tw_in *in)
{
    tell(in, UINT64_C(1) << HASHED_VPN, 0);
}

static void chains_do_not_end(tw_in *in)
{
    tell(in, UINT64_C(1) << HASHED_END, 0);
}

static void every_entry_is_the_last(tw_in *in)
{
    tell(in, 0, UINT64_C(1) << HASHED_END);
}

static void entries_are_always_valid(tw_in *in)
{
    tell(in, 0, UINT64_C(1) << PTE_V);
}

static void fences_do_nothing(tw_in *in)
{
    note_satp(in);
    if (in->reg_req_offset == REG_FENCE && in->reg_req_write && hashed())
        in->reg_req_write = 0;
}

static void tables_have_one_entry_more(tw_in *in)
{
    note_satp(in);
    if (in->reg_req_offset == REG_HASH_TABLE)
        in->reg_req_data += TW_PUT(HASH_TABLE, LAST, 1);
}

static void twice_as_many_anchors(tw_in *in)
{
    note_satp(in);
    if (in->reg_req_offset == REG_HASH_ANCHORS)
        in->reg_req_data += TW_PUT(HASH_ANCHORS, BITS, 1);
}

static void swaps_are_said_to_take_place(tw_in *in)
{
    note_satp(in);
    if (hashed())
        in->mem_resp_swapped = in->mem_resp_valid;
}

/* ---- the tests ------------------------------------------------------------------------------- */

static const char NO_LEAF[] = "no leaf PTE read", NO_WALK[] = "no walk in progress leads there",
                  ANY[] = "";

static const struct known_lie LIES[] = {
#define SHOWN(lie, complaint)            \
    {                                    \
#lie, {lie, nothing }, complaint \
    }
#define TOLD(lie, complaint)          \
    {                                 \
#lie, {NULL, lie }, complaint \
    }
    SHOWN(wrong_frame, NO_LEAF),
    SHOWN(wrong_entry, NO_WALK),
    SHOWN(swap_changes_next, "more than A and D"),
    SHOWN(swap_of_the_flags_alone, NO_WALK),
    SHOWN(reads_of_four_bytes, NO_WALK),
    TOLD(leaves_the_chain, NO_WALK),
    TOLD(entries_of_every_space_are_ours, ANY),
    TOLD(pages_are_the_same_but_for_one_bit, ANY),
    TOLD(chains_do_not_end, NO_WALK),
    TOLD(every_entry_is_the_last, "its walk met nothing"),
    TOLD(entries_are_always_valid, ANY),
    /* A stale leaf is answered, or a chain is followed across a fence, whichever comes first. */
    TOLD(fences_do_nothing, ANY),
    TOLD(tables_have_one_entry_more, NO_WALK),
    TOLD(twice_as_many_anchors, NO_WALK),
    TOLD(swaps_are_said_to_take_place, ANY),
};

static void every_lie_about_hashed_tables_is_found(void **state)
{
    (void)state;
    liar_expect_found(MODE_HASHED, LIES, sizeof LIES / sizeof LIES[0], forget_satp);
}

static void a_right_device_is_not_blamed(void **state)
{
    (void)state;
    struct monitor_counts counts;
    tw_error error = {0};
    const struct lie none = {NULL, NULL};
    if (liar_run("default", MODE_HASHED, none, &counts, &error) != TW_OK)
        fail_msg("seed %d: %s", LIAR_SEED, error.text);
    assert_true(counts.hashed > 10000);
    assert_true(counts.hashed_faults > 1000);
    assert_true(counts.hashed_swaps > 500);
    assert_true(counts.stale > 500);
    assert_true(counts.chain_faults > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_device_is_not_blamed),
        cmocka_unit_test(every_lie_about_hashed_tables_is_found),
    };
    return cmocka_run_group_tests_name("monitors_hashed_lies", tests, NULL, NULL);
}
