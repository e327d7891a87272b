/* The register file through its pins: the table of registers.h, errors, and when a write takes
 * effect. */
#include "tests/support/fixture.h"

typedef struct reply {
    uint64_t data, latency;
    bool error;
} reply;

/* One access by this privilege, as the pins show it. */
static reply reach(fixture *f, bool write, unsigned offset, uint64_t data, unsigned priv)
{
    bool taken = false;
    uint64_t begin = 0;
    for (unsigned n = 0; n < 1000; n++) {
        const tw_out *out = tw_machine_out(f->machine);
        if (taken && out->reg_resp_valid) {
            reply r = {out->reg_resp_data, fixture_cycle(f) - begin, out->reg_resp_error};
            fixture_clock(f);
            return r;
        }
        if (!taken) {
            fixture_offer_write(f, offset, data);
            tw_machine_in(f->machine)->reg_req_write = write;
            tw_machine_in(f->machine)->reg_req_priv = (uint8_t)priv;
            taken = out->reg_req_ready;
            begin = fixture_cycle(f);
        }
        fixture_clock(f);
    }
    fail_msg("no answer to the access at 0x%03x", offset);
    return (reply){0};
}

enum access { RO, RW, WO, W1C };

static const struct {
    const char *name;
    unsigned offset;
    enum access access;
    uint64_t reset;
} TABLE[] = {
#define ROW(name, offset, access, reset, sentence) {#name, offset, access, reset},
    TW_REGISTERS(ROW)
#undef ROW
};
enum { ROWS = sizeof TABLE / sizeof *TABLE };

static void offsets_not_in_the_table_are_refused(void **state)
{
    (void)state;
    fixture *f = fixture_open(fixture_mode(0), 1);
    for (unsigned offset = 0; offset < 1 << TW_OFFSET_BITS; offset++) {
        bool known = false;
        for (unsigned i = 0; i < ROWS; i++)
            known |= TABLE[i].offset == offset;
        if (known)
            continue;
        reply read = reach(f, false, offset, 0, PRIV_S);
        reply write = reach(f, true, offset, ~UINT64_C(0), PRIV_M);
        assert_true(read.error && write.error && read.data == 0 && write.data == 0);
    }
    fixture_close(f);
}

static void user_privilege_is_refused_everywhere(void **state)
{
    (void)state;
    fixture *f = fixture_open(fixture_mode(0), 1);
    uint64_t satp = fixture_read(f, REG_SATP), control = fixture_read(f, REG_CONTROL);
    for (unsigned i = 0; i < ROWS; i++)
        for (unsigned priv = 0; priv <= 2; priv += 2) {
            reply read = reach(f, false, TABLE[i].offset, 0, priv);
            reply write = reach(f, true, TABLE[i].offset, 0, priv);
            assert_true(read.error && write.error && read.data == 0 && write.data == 0);
            assert_int_equal(write.latency, 2);
        }
    assert_true(fixture_read(f, REG_SATP) == satp);
    assert_true(fixture_read(f, REG_CONTROL) == control);
    assert_int_equal(fixture_read(f, REG_COUNT_FENCES), 0);
    fixture_close(f);
}

static void each_register_has_the_access_of_the_table(void **state)
{
    (void)state;
    fixture *f = fixture_open(fixture_mode(0), 1);
    for (unsigned i = 0; i < ROWS; i++) {
        reply before = reach(f, false, TABLE[i].offset, 0, PRIV_S);
        reply write = reach(f, true, TABLE[i].offset, before.data, PRIV_S);
        assert_false(before.error);
        assert_int_equal(write.error, TABLE[i].access == RO);
        assert_true(write.data == 0);
        assert_int_equal(before.latency, 2);
        assert_int_equal(write.latency, 2);
        if (TABLE[i].access == WO)
            assert_true(before.data == 0);
    }
    assert_true(fixture_read(f, REG_ID) == UINT64_C(0x000000014d4d5754));
    fixture_close(f);
}

static void only_the_fields_of_a_register_are_kept(void **state)
{
    (void)state;
    fixture *f = fixture_open(fixture_mode(0), 1);
    fixture_write(f, REG_CONTROL, ~UINT64_C(0));
    assert_int_equal(fixture_read(f, REG_CONTROL), TW_PUT(CONTROL, ADUE, 1) |
                                                       TW_PUT(CONTROL, PBMTE, 1) |
                                                       TW_PUT(CONTROL, PREFETCH, has_prefetch()) |
                                                       TW_PUT(CONTROL, SEGMENTS, has_segments()));
    fixture_write(f, REG_FENCE_ASID, ~UINT64_C(0));
    assert_int_equal(fixture_read(f, REG_FENCE_ASID), 0xffff);
    fixture_write(f, REG_FENCE_VA, UINT64_C(0xfedcba9876543210));
    assert_true(fixture_read(f, REG_FENCE_VA) == UINT64_C(0xfedcba9876543210));
    fixture_write(f, REG_L2_INJECT, ~UINT64_C(0));
    assert_int_equal(fixture_read(f, REG_L2_INJECT), has_l2() ? 0x1ff : 0);
    fixture_write(f, REG_L2_INJECT, TW_PUT(L2_INJECT, BIT, 0x5a));
    assert_int_equal(fixture_read(f, REG_L2_INJECT), has_l2() ? 0x5a : 0);
    fixture_close(f);
}

static void capabilities_tell_what_was_built(void **state)
{
    (void)state;
    fixture *f = fixture_open(fixture_mode(0), 1);
    const tw_config *built = tw_rtl_built();
    uint64_t value = fixture_read(f, REG_CAPABILITIES);
    assert_int_equal(TW_GET(value, CAPABILITIES, MODES), built->modes);
    assert_int_equal(TW_GET(value, CAPABILITIES, FETCH_ENTRIES), built->fetch_entries);
    assert_int_equal(TW_GET(value, CAPABILITIES, PREFETCH), built->prefetch);
    assert_int_equal(TW_GET(value, CAPABILITIES, DATA_ENTRIES), built->data_entries);
    assert_int_equal(TW_GET(value, CAPABILITIES, MISSES), built->misses);
    assert_int_equal(TW_GET(value, CAPABILITIES, WALKERS), built->walkers);
    assert_int_equal(TW_GET(value, CAPABILITIES, WALK_CACHE), built->walk_cache);
    if (has_l2())
        assert_int_equal(TW_GET(value, CAPABILITIES, L2_WAYS), built->l2_ways);
    assert_int_equal(TW_GET(value, CAPABILITIES, L2_SETS), tw_config_l2_sets(built));
    fixture_close(f);
}

static void a_mode_that_is_not_built_changes_no_field_of_satp(void **state)
{
    (void)state;
    fixture *f = fixture_open(fixture_mode(0), 1);
    for (unsigned mode = 0; mode < 16; mode++) {
        uint64_t before = fixture_read(f, REG_SATP);
        uint64_t wanted = TW_PUT(SATP, MODE, mode) | TW_PUT(SATP, ASID, 0xa5a0 + mode) |
                          TW_PUT(SATP, PPN, UINT64_C(0xfedcba98760) + mode);
        reply write = reach(f, true, REG_SATP, wanted, PRIV_S);
        assert_false(write.error);
        bool built = tw_rtl_built()->modes >> mode & 1;
        assert_true(fixture_read(f, REG_SATP) == (built ? wanted : before));
    }
    fixture_close(f);
}

/* A write to SATP or CONTROL while a walk is under way: the walk ends under the old value, requests
 * are held off, and the first one after it is translated under the new value. */
static void satp_waits_until_what_was_taken_is_answered(void **state)
{
    (void)state;
    enum { M = 10 };
    unsigned mode = fixture_mode(0), levels = mode_levels(mode);
    for (unsigned delay = 0; delay < 3 + levels * (M + 1); delay++) {
        fixture *f = fixture_open(mode, M);
        uint64_t va = pages_va(mode), frame = pages_frame(mode, 0), offset = va & 0xfff;
        fixture_map(f, va, 0, pages_pte(frame, F_PAGE));
        uint64_t other = pages_table(&f->pages);
        pages_map(&f->pages, other, va, 0, pages_pte(frame + 1, F_PAGE));
        uint64_t satp = fixture_read(f, REG_SATP);
        satp ^= TW_PUT(SATP, PPN, f->root ^ other) | TW_PUT(SATP, ASID, 1);

        unsigned before = fixture_ask(f, TW_DATA, load(va));
        fixture_idle(f, delay);
        fixture_offer_write(f, REG_SATP, satp);
        fixture_clock(f);
        unsigned after = fixture_ask(f, TW_DATA, load(va)); /* drain is visible in this cycle */
        assert_true(f->asked[TW_DATA][before].answered);
        expect_pa(fixture_await(f, TW_DATA, before), frame << PAGE_SHIFT | offset);
        expect_pa(fixture_await(f, TW_DATA, after), (frame + 1) << PAGE_SHIFT | offset);
        assert_true(fixture_read(f, REG_SATP) == satp);
        fixture_close(f);
    }
}

static void counters_count(void **state)
{
    (void)state;
    unsigned mode = fixture_mode(0);
    fixture *f = fixture_open(mode, 2);
    uint64_t va = pages_va(mode);
    unsigned reads = cold_reads(f, 0) + shared_reads(f) + 2 * warm_reads(f, 0);
    unsigned walks = has_l2() ? 3 : 4;
    fixture_map(f, va, 0, pages_pte(pages_frame(mode, 0), F_V | F_RWX));
    fixture_translate(f, fetch(va)); /* sets A */
    fixture_translate(f, load(va));
    fixture_translate(f, load(va));  /* hits */
    fixture_translate(f, store(va)); /* sets D */
    fixture_translate(f, load(pages_va_plus(mode, va, 1)));
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    assert_int_equal(fixture_read(f, REG_COUNT_FETCH_REQUESTS), 1);
    assert_int_equal(fixture_read(f, REG_COUNT_DATA_REQUESTS), 4);
    assert_int_equal(fixture_read(f, REG_COUNT_FETCH_HITS), 0);
    assert_int_equal(fixture_read(f, REG_COUNT_DATA_HITS), 1);
    assert_int_equal(fixture_read(f, REG_COUNT_FETCH_L2_HITS), 0);
    assert_int_equal(fixture_read(f, REG_COUNT_DATA_L2_HITS), has_l2());
    assert_int_equal(fixture_read(f, REG_COUNT_L2_PARITY), 0);
    assert_int_equal(fixture_read(f, REG_COUNT_WALKS), walks);
    assert_int_equal(fixture_read(f, REG_COUNT_WALK_CACHE_1), has_walk_cache() ? walks - 1 : 0);
    assert_int_equal(fixture_read(f, REG_COUNT_WALK_CACHE_2), 0);
    assert_int_equal(fixture_read(f, REG_COUNT_READS), reads);
    assert_int_equal(fixture_read(f, REG_COUNT_SWAPS), 2);
    assert_int_equal(fixture_read(f, REG_COUNT_WALK_CYCLES), (reads + 2) * 3);
    assert_int_equal(fixture_read(f, REG_COUNT_RETRIES), 0);
    assert_int_equal(fixture_read(f, REG_COUNT_FENCES), 1);
    assert_int_equal(fixture_read(f, REG_COUNT_FAULT_LOAD_PAGE), 1);
    assert_int_equal(fixture_read(f, REG_COUNT_FAULT_FETCH_PAGE), 0);
    uint64_t cycles = fixture_read(f, REG_COUNT_CYCLES);
    assert_int_equal(fixture_read(f, REG_COUNT_CYCLES), cycles + 3);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_not_in_the_table_are_refused),
        cmocka_unit_test(user_privilege_is_refused_everywhere),
        cmocka_unit_test(each_register_has_the_access_of_the_table),
        cmocka_unit_test(only_the_fields_of_a_register_are_kept),
        cmocka_unit_test(capabilities_tell_what_was_built),
        cmocka_unit_test(a_mode_that_is_not_built_changes_no_field_of_satp),
        cmocka_unit_test(satp_waits_until_what_was_taken_is_answered),
        cmocka_unit_test(counters_count),
    };
    return fixture_run("registers", tests);
}
