/* test_walker_hashed.c: walks along hashed chains (rule 18), seen from the pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tablewalk/states.h"
#include "tests/support/chains.h"

enum { ID = 5, FIRST = 0x30, MOST_READS = 16 };

static const uint64_t va = 0x87654328;

/* Memory takes what is on the pins in this cycle: it must be this read. */
static void expect_read(const tw_out *out, uint64_t address)
{
    assert_int_equal(out->mem_req_op, 0);
    assert_int_equal(out->mem_req_size, 1);
    assert_int_equal(out->mem_req_addr, address);
    assert_int_equal(out->mem_req_expected, 0);
    assert_int_equal(out->mem_req_desired, 0);
}

/* Loads from `va`: fails unless the walk reads exactly these words, one after the other, and
 * answers as soon as memory has answered the last. */
static void expect_walk(rig *r, const uint64_t *addresses, unsigned reads, unsigned latency)
{
    const tw_out *out = tw_machine_out(r->machine);
    const unsigned access = latency + 1, end = 2 + reads * access;
    rig_data(r, ID, OP_LOAD, va);
    for (unsigned t = 0; t < end; t++) {
        const bool asks = t >= 2 && (t - 2) % access == 0;
        assert_int_equal(out->data_resp_valid, 0);
        assert_int_equal(out->mem_req_valid, asks);
        assert_int_equal(out->obs_walker_state, t < 2 ? WALK_IDLE : asks ? WALK_READ : WALK_WAIT);
        assert_int_equal(out->obs_walker_level, 0);
        if (asks)
            expect_read(out, addresses[(t - 2) / access]);
        rig_clock(r);
    }
    assert_int_equal(out->data_resp_valid, 1);
    assert_int_equal(out->data_resp_id, ID);
}

static void page_at_place_p_of_its_chain_costs_1_and_p_reads(void **state)
{
    for (unsigned latency = 1; latency <= 7; latency += 3) {
        for (unsigned place = 1; place <= 10; place++) {
            rig r = chains_open(state, "default", latency);
            uint64_t addresses[MOST_READS] = {anchor_at(va)};
            chains_link(&r, va, FIRST, place, F_PAGE);
            for (unsigned i = 0; i < place; i++)
                addresses[i + 1] = entry_at(FIRST + i);
            expect_walk(&r, addresses, 1 + place, latency);
            rig_expect_data(&r, ID, (FIRST + place - 1) << PAGE_SHIFT | 0x328);
            assert_int_equal(tw_machine_out(r.machine)->data_resp_size, 12);
            rig_clock(&r);
            assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va).latency, 1);
            assert_int_equal(rig_translate(&r, TW_FETCH, OP_FETCH, va).latency, 2); /* level 2 */
            rig_close(&r);
        }
    }
}

static void entry_without_v_holds_nothing_and_leads_on(void **state)
{
    rig r = chains_open(state, "default", 1);
    const uint64_t addresses[] = {anchor_at(va), entry_at(7), entry_at(LAST)};
    chains_anchor(&r, va, 7, F_V);
    chains_entry(&r, 7, va, LAST, F_PAGE & ~F_V);
    chains_entry(&r, LAST, va, 0, F_PAGE | F_E);
    expect_walk(&r, addresses, 3, 1);
    rig_expect_data(&r, ID, LAST << PAGE_SHIFT | 0x328);
    rig_close(&r);
}

static void frames_and_both_tables_have_all_their_bits(void **state)
{
    rig r = chains_open(state, "default", 1);
    const uint64_t end = (UINT64_C(1) << PTE_PPN_BITS) - 1; /* page number */
    const unsigned hash = hashed_hash(CHAIN_ASID, hashed_vpn(va), 20);
    rig_write(&r, REG_HASH_ANCHORS,
              TW_PUT(HASH_ANCHORS, PPN, end) | TW_PUT(HASH_ANCHORS, BITS, 31));
    rig_write(&r, REG_HASH_TABLE, TW_PUT(HASH_TABLE, PPN, end) | TW_PUT(HASH_TABLE, LAST, 0xfffff));
    const uint64_t addresses[] = {hashed_address(end, hash), 0x7feff8}; /* on from 0 */
    pages_write(&r.tables, addresses[0], hashed_word(0, 0, 0xfffff, F_V));
    pages_write(&r.tables, addresses[1], hashed_word(CHAIN_ASID, hashed_vpn(va), 0, F_PAGE));
    expect_walk(&r, addresses, 2, 1);
    rig_expect_data(&r, ID, UINT64_C(0xfffff328));
    rig_close(&r);
}

/* ---- faults ---------------------------------------------------------------------------------- */

/* A load from `va` faults after so many reads; the record says why and names the last word. */
static void expect_fault(rig *r, tw_check check, uint64_t last_word, unsigned reads)
{
    const uint64_t before = rig_read(r, REG_COUNT_READS);
    const tw_answer answer = rig_translate(r, TW_DATA, OP_LOAD, va);
    assert_int_equal(answer.fault, check == CHECK_READ ? CAUSE_LOAD_ACCESS : CAUSE_LOAD_PAGE);
    assert_int_equal(answer.latency, 2 + reads * 2);
    assert_int_equal(rig_read(r, REG_COUNT_READS), before + reads);
    const uint64_t info = rig_read(r, REG_FAULT_INFO);
    assert_string_equal(tw_check_name(TW_GET(info, FAULT_INFO, CHECK)), tw_check_name(check));
    assert_int_equal(TW_GET(info, FAULT_INFO, LEVEL), 0);
    assert_int_equal(rig_read(r, REG_FAULT_VA), va);
    assert_int_equal(rig_read(r, REG_FAULT_PTE), last_word);
    assert_int_equal(rig_read(r, REG_FAULT_ASID), CHAIN_ASID);
    rig_write(r, REG_FAULT_POP, 0);
}

static void empty_chain_is_a_fault_after_the_anchor(void **state)
{
    rig r = chains_open(state, "default", 1);
    expect_fault(&r, CHECK_VALID, anchor_at(va), 1);
    chains_link(&r, va, FIRST, 1, F_PAGE);
    chains_anchor(&r, va, FIRST, 0xff & ~F_V);
    expect_fault(&r, CHECK_VALID, anchor_at(va), 1);
    chains_anchor(&r, va, FIRST, F_V); /* nothing of the faults was kept */
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va).pa, FIRST << PAGE_SHIFT | 0x328);
    rig_close(&r);
}

static void chain_without_the_page_is_a_fault_at_its_end(void **state)
{
    for (unsigned count = 1; count <= 4; count++) {
        rig r = chains_open(state, "default", 1);
        chains_link(&r, va, FIRST, count, F_PAGE & ~F_V);
        expect_fault(&r, CHECK_VALID, entry_at(FIRST + count - 1), 1 + count);
        rig_close(&r);
    }
}

static void chain_that_loops_is_a_fault_after_as_many_entries_as_the_table_has(void **state)
{
    for (unsigned last = 0; last <= 5; last++) {
        for (unsigned loop = 1; loop <= 3 && loop <= last + 1; loop++) {
            rig r = chains_open(state, "default", 1);
            chains_last(&r, last);
            chains_anchor(&r, va, 0, F_V);
            for (unsigned i = 0; i < loop; i++)
                chains_entry(&r, i, va + 0x1000, (i + 1) % loop, F_PAGE);
            expect_fault(&r, CHECK_CHAIN, entry_at(last % loop), 1 + last + 1);
            rig_close(&r);
        }
    }
}

static void chain_through_the_whole_table_is_no_loop(void **state)
{
    rig r = chains_open(state, "default", 1);
    chains_last(&r, 8);
    chains_link(&r, va, 0, 9, F_PAGE);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va).pa, 8 << PAGE_SHIFT | 0x328);
    rig_close(&r);
}

static void next_beyond_the_table_is_a_fault_and_not_read(void **state)
{
    rig r = chains_open(state, "default", 1);
    chains_anchor(&r, va, LAST + 1, F_V);
    expect_fault(&r, CHECK_CHAIN, anchor_at(va), 1);
    chains_anchor(&r, va, FIRST, F_V);
    chains_entry(&r, FIRST, va + 0x1000, LAST + 1, F_PAGE);
    expect_fault(&r, CHECK_CHAIN, entry_at(FIRST), 2);
    chains_entry(&r, FIRST, va + 0x1000, LAST, F_PAGE);
    chains_entry(&r, LAST, va + 0x2000, LAST + 1, F_PAGE | F_E); /* the end: next is free */
    expect_fault(&r, CHECK_VALID, entry_at(LAST), 3);
    rig_close(&r);
}

static void bus_error_at_the_anchor_or_an_entry_is_an_access_fault(void **state)
{
    rig r = chains_open(state, "default", 1);
    chains_link(&r, va, FIRST, 3, F_PAGE);
    for (unsigned word = 4; word-- > 0;) {
        const uint64_t address = word == 0 ? anchor_at(va) : entry_at(FIRST + word - 1);
        assert_int_equal(tw_memory_add_bus_error(r.memory, address, address + 7), TW_OK);
        expect_fault(&r, CHECK_READ, address, 1 + word);
        tw_memory_clear_faults(r.memory);
    }
    rig_close(&r);
}

static void flags_of_the_entry_are_judged_as_those_of_a_leaf(void **state)
{
    static const struct {
        unsigned flags;
        tw_check check;
    } cases[] = {{F_V | F_A | F_D, CHECK_POINTER}, /* no tables below */
                 {F_V | F_W | F_A | F_D, CHECK_RESERVED},
                 {F_PAGE | F_U, CHECK_USER},
                 {F_V | F_X | F_A | F_D, CHECK_PERMISSION},
                 {F_PAGE & ~F_A, CHECK_TOUCHED}};
    rig r = chains_open(state, "default", 1);
    rig_write(&r, REG_CONTROL, 0);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        chains_link(&r, va, FIRST, 2, cases[i].flags);
        expect_fault(&r, cases[i].check, entry_at(FIRST + 1), 3);
    }
    rig_close(&r);
}

static void address_is_32_bits_zero_extended(void **state)
{
    rig r = chains_open(state, "default", 1);
    chains_link(&r, va, FIRST, 1, F_PAGE);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, va | UINT64_C(1) << 32).latency, 1);
    assert_int_equal(TW_GET(rig_read(&r, REG_FAULT_INFO), FAULT_INFO, CHECK), CHECK_CANONICAL);
    assert_int_equal(rig_read(&r, REG_FAULT_PTE), 0);
    assert_int_equal(rig_read(&r, REG_COUNT_READS), 0);
    rig_close(&r);
}

/* ---- counters -------------------------------------------------------------------------------- */

/* Loads from `va`; PROBES goes up by `probes`, and of the CHAIN_* that of number `chain` alone, or
 * none if it is 0. */
static void expect_counts(rig *r, unsigned probes, unsigned chain)
{
    uint64_t before[6];
    for (unsigned i = 0; i < 6; i++)
        before[i] = rig_read(r, REG_COUNT_PROBES + 8 * i);
    rig_translate(r, TW_DATA, OP_LOAD, va);
    assert_int_equal(rig_read(r, REG_COUNT_PROBES), before[0] + probes);
    for (unsigned i = 1; i < 6; i++)
        assert_int_equal(rig_read(r, REG_COUNT_PROBES + 8 * i), before[i] + (i == chain));
}

static void walks_count_by_how_far_down_the_chain_they_ended(void **state)
{
    static const unsigned chains[] = {0, 1, 2, 3, 3, 4, 4, 4, 4, 5, 5, 5};
    for (unsigned valid = 0; valid < 2; valid++) { /* a walk that faults counts too */
        for (unsigned place = 1; place <= 11; place++) {
            rig r = chains_open(state, "default", 1);
            chains_link(&r, va, FIRST, place, valid ? F_PAGE : F_PAGE & ~F_V);
            expect_counts(&r, place, chains[place]);
            expect_counts(&r, valid ? 0 : place, valid ? 0 : chains[place]); /* valid: a hit */
            rig_close(&r);
        }
    }
}

static void anchor_is_no_probe_and_ends_no_chain(void **state)
{
    rig r = chains_open(state, "default", 1);
    expect_counts(&r, 0, 0);
    chains_anchor(&r, va, LAST + 1, F_V);
    expect_counts(&r, 0, 0);
    chains_link(&r, va, FIRST, 3, F_PAGE & ~F_A);
    expect_counts(&r, 3, 3); /* the swap is no read */
    rig_close(&r);
}

static void trees_count_neither_probes_nor_chains(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    rig_map(&r, va, 0, pages_pte(0x300, F_V | F_RWX));
    expect_counts(&r, 0, 0);
    assert_int_equal(rig_read(&r, REG_COUNT_READS), 3);
    rig_close(&r);
}

static rig_engine model = tw_model_open;

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(page_at_place_p_of_its_chain_costs_1_and_p_reads, model),
        RIG_TEST(entry_without_v_holds_nothing_and_leads_on, model),
        RIG_TEST(frames_and_both_tables_have_all_their_bits, model),
        RIG_TEST(empty_chain_is_a_fault_after_the_anchor, model),
        RIG_TEST(chain_without_the_page_is_a_fault_at_its_end, model),
        RIG_TEST(chain_that_loops_is_a_fault_after_as_many_entries_as_the_table_has, model),
        RIG_TEST(chain_through_the_whole_table_is_no_loop, model),
        RIG_TEST(next_beyond_the_table_is_a_fault_and_not_read, model),
        RIG_TEST(bus_error_at_the_anchor_or_an_entry_is_an_access_fault, model),
        RIG_TEST(flags_of_the_entry_are_judged_as_those_of_a_leaf, model),
        RIG_TEST(address_is_32_bits_zero_extended, model),
        RIG_TEST(walks_count_by_how_far_down_the_chain_they_ended, model),
        RIG_TEST(anchor_is_no_probe_and_ends_no_chain, model),
        RIG_TEST(trees_count_neither_probes_nor_chains, model),
    };
    return cmocka_run_group_tests_name("model_cycle_walker_hashed", tests, NULL, NULL);
}
