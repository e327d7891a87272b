/* test_registers.c: the register file, seen from the pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/registers.h"
#include "tests/support/rig.h"

/* One access pin by pin; checks that it takes its three cycles. */
static void access_as(rig *r, bool write, unsigned offset, uint64_t data, unsigned priv,
                      uint64_t want, bool want_error)
{
    const tw_out *out = tw_machine_out(r->machine);
    assert_int_equal(out->reg_req_ready, 1);
    rig_write_pins(r, offset, data);
    tw_machine_in(r->machine)->reg_req_write = write;
    tw_machine_in(r->machine)->reg_req_priv = (uint8_t)priv;
    rig_clock(r);
    assert_int_equal(out->reg_req_ready, 0);
    assert_int_equal(out->reg_resp_valid, 0);
    rig_clock(r);
    assert_int_equal(out->reg_req_ready, 0);
    assert_int_equal(out->reg_resp_valid, 1);
    assert_int_equal(out->reg_resp_error, want_error);
    assert_int_equal(out->reg_resp_data, want);
    rig_clock(r);
    assert_int_equal(out->reg_resp_valid, 0);
    assert_int_equal(out->reg_resp_error, 0);
    assert_int_equal(out->reg_resp_data, 0);
}

static void every_register_answers_and_no_other_offset_does(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    for (unsigned offset = 0; offset < 1 << TW_OFFSET_BITS; offset++) {
        bool known = false, read_only = false;
        tw_error error;
        uint64_t value;
#define NOTE(name, place, access, reset, sentence)          \
    if (offset == (place)) {                                \
        known = true;                                       \
        read_only = #access[1] == 'O' && #access[0] == 'R'; \
    }
        TW_REGISTERS(NOTE)
#undef NOTE
        const tw_status read = tw_register_read(r.machine, offset, &value, &error);
        const tw_status write = tw_register_write(r.machine, offset, 0, &error);
        assert_int_equal(read, known ? TW_OK : TW_USAGE);
        assert_int_equal(write, known && !read_only ? TW_OK : TW_USAGE);
    }
    rig_close(&r);
}

static void user_privilege_is_refused_and_changes_nothing(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    access_as(&r, true, REG_FENCE_VA, 0x1234, PRIV_S, 0, false);
    access_as(&r, true, REG_FENCE_VA, 0x9999, PRIV_U, 0, true);
    access_as(&r, true, REG_FENCE_VA, 0x9999, 2, 0, true);
    access_as(&r, false, REG_FENCE_VA, 0, PRIV_U, 0, true);
    access_as(&r, true, REG_SATP, 0, PRIV_U, 0, true);
    access_as(&r, true, REG_FENCE, 0, PRIV_U, 0, true);
    access_as(&r, false, REG_FENCE_VA, 0, PRIV_M, 0x1234, false);
    assert_int_equal(satp_mode(rig_read(&r, REG_SATP)), MODE_SV39);
    assert_int_equal(rig_read(&r, REG_COUNT_FENCES), 0);
    rig_close(&r);
}

static void registers_keep_the_bits_they_have(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    access_as(&r, false, REG_ID, 0, PRIV_S, UINT64_C(0x14d4d5754), false);
    access_as(&r, true, REG_CONTROL, UINT64_MAX, PRIV_S, 0, false);
    access_as(&r, false, REG_CONTROL, 0, PRIV_S, 0xb, false);
    access_as(&r, true, REG_FENCE_ASID, UINT64_MAX, PRIV_S, 0, false);
    access_as(&r, false, REG_FENCE_ASID, 0, PRIV_S, 0xffff, false);
    access_as(&r, true, REG_FENCE_VA, UINT64_MAX, PRIV_S, 0, false);
    access_as(&r, false, REG_FENCE_VA, 0, PRIV_S, UINT64_MAX, false);
    access_as(&r, true, REG_L2_INJECT, UINT64_MAX, PRIV_S, 0, false);
    access_as(&r, false, REG_L2_INJECT, 0, PRIV_S, 0x1ff, false);
    access_as(&r, true, REG_L2_INJECT, 0x55, PRIV_S, 0, false);
    access_as(&r, false, REG_L2_INJECT, 0, PRIV_S, 0x55, false);
    access_as(&r, true, REG_HASH_TABLE, UINT64_MAX, PRIV_S, 0, false);
    access_as(&r, false, REG_HASH_TABLE, 0, PRIV_S, UINT64_MAX, false);
    access_as(&r, true, REG_HASH_ANCHORS, UINT64_MAX, PRIV_S, 0, false);
    access_as(&r, false, REG_HASH_ANCHORS, 0, PRIV_S, UINT64_C(0x1ffffffffffff), false);
    access_as(&r, true, REG_HASH_ANCHORS, 0, PRIV_U, 0, true);
    access_as(&r, true, REG_HASH_TABLE, 0x1234, PRIV_S, 0, false); /* each is its own */
    access_as(&r, false, REG_HASH_TABLE, 0, PRIV_S, 0x1234, false);
    access_as(&r, false, REG_HASH_ANCHORS, 0, PRIV_S, UINT64_C(0x1ffffffffffff), false);
    access_as(&r, false, REG_FAULT_POP, 0, PRIV_S, 0, false);
    access_as(&r, true, REG_ID, 1, PRIV_S, 0, true);
    rig_close(&r);
}

static void control_keeps_prefetch_only_if_it_is_built(void **state)
{
    static const char *const names[] = {"small", "default", "large", "prefetch"};
    for (unsigned i = 0; i < 4; i++) {
        rig r = rig_open(state, names[i], MODE_SV32, 1);
        assert_int_equal(rig_read(&r, REG_CONTROL), TW_PUT(CONTROL, ADUE, 1));
        rig_write(&r, REG_CONTROL, TW_PUT(CONTROL, PREFETCH, 1));
        assert_int_equal(rig_read(&r, REG_CONTROL), TW_PUT(CONTROL, PREFETCH, i == 3));
        rig_write(&r, REG_CONTROL, UINT64_MAX);
        assert_int_equal(rig_read(&r, REG_CONTROL), i == 3 ? 0xf : 0xb);
        rig_write(&r, REG_CONTROL, 0);
        assert_int_equal(rig_read(&r, REG_CONTROL), 0);
        rig_close(&r);
    }
}

static tw_engine *without_segments(const tw_config *config)
{
    tw_config built = *config;
    built.segments = 0;
    return tw_model_open(&built);
}

static void control_keeps_segments_only_if_some_are_built(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    rig_write(&r, REG_CONTROL, UINT64_MAX);
    assert_int_equal(rig_read(&r, REG_CONTROL), 3);
    for (unsigned offset = REG_SEGMENT; offset <= REG_SEGMENT_FLAGS; offset += 8) {
        access_as(&r, true, offset, UINT64_MAX, PRIV_S, 0, false);
        access_as(&r, false, offset, 0, PRIV_S, 0, false);
    }
    rig_close(&r);
}

static void segments_show_through_their_window_and_user_writes_change_none(void **state)
{
    rig r = rig_open(state, "small", MODE_SV32, 1);
    access_as(&r, true, REG_SEGMENT, 3, PRIV_S, 0, false);
    access_as(&r, true, REG_SEGMENT_BASE, UINT64_MAX, PRIV_S, 0, false);
    access_as(&r, true, REG_SEGMENT_LIMIT, 0x1234, PRIV_S, 0, false);
    access_as(&r, true, REG_SEGMENT_FLAGS, UINT64_MAX, PRIV_S, 0, false);
    for (unsigned offset = REG_SEGMENT; offset <= REG_SEGMENT_FLAGS; offset += 8)
        access_as(&r, true, offset, 2, PRIV_U, 0, true);
    access_as(&r, false, REG_SEGMENT, 0, PRIV_S, 3 | 4 << 8, false);
    access_as(&r, false, REG_SEGMENT_BASE, 0, PRIV_S, UINT64_MAX, false);
    access_as(&r, false, REG_SEGMENT_LIMIT, 0, PRIV_S, 0x1234, false);
    access_as(&r, false, REG_SEGMENT_FLAGS, 0, PRIV_S, 0x3e, false);
    access_as(&r, false, REG_SEGMENT_FLAGS, 0, PRIV_U, 0, true);
    rig_write(&r, REG_SEGMENT, 2);
    assert_int_equal(rig_read(&r, REG_SEGMENT_BASE), 0);
    rig_close(&r);
}

static void satp_refuses_modes_that_are_not_built(void **state)
{
    rig r = rig_open(state, "small", MODE_SV32, 1);
    const uint64_t satp = TW_PUT(SATP, MODE, MODE_SV32) | TW_PUT(SATP, ASID, 5) | 0x77;
    rig_write(&r, REG_SATP, satp);
    for (unsigned mode = 2; mode < 16; mode++) {
        rig_write(&r, REG_SATP, TW_PUT(SATP, MODE, mode) | 0x99);
        assert_int_equal(rig_read(&r, REG_SATP), satp);
    }
    rig_write(&r, REG_SATP, 0x99);
    assert_int_equal(rig_read(&r, REG_SATP), 0x99);
    rig_close(&r);
}

static void without_hashed_mode_its_registers_keep_nothing(void **state)
{
    static const char *const names[] = {"small", "default", "large", "prefetch"};
    for (unsigned i = 0; i < 4; i++) {
        rig r = rig_open(state, names[i], MODE_SV32, 1);
        for (unsigned offset = REG_HASH_TABLE; offset <= REG_HASH_ANCHORS; offset += 8) {
            access_as(&r, false, offset, 0, PRIV_S, 0, false);
            access_as(&r, true, offset, 0x1234, PRIV_S, 0, false);
            access_as(&r, false, offset, 0, PRIV_S, i == 0 ? 0 : 0x1234, false);
        }
        rig_close(&r);
    }
}

static void writes_that_steer_walks_wait_for_them_even_if_they_keep_nothing(void **state)
{
    static const unsigned waits[] = {REG_SATP, REG_CONTROL, REG_HASH_TABLE, REG_HASH_ANCHORS};
    static const unsigned goes_on[] = {REG_FENCE_VA, REG_L2_INJECT, REG_SEGMENT_FLAGS};
    for (unsigned i = 0; i < 7; i++) {
        rig r = rig_open(state, "small", MODE_SV32, 9);
        const tw_out *out = tw_machine_out(r.machine);
        unsigned t = 1;
        rig_data(&r, 1, OP_LOAD, 0); /* one read, of a PTE that is not valid: 2 + 10 cycles */
        rig_write_pins(&r, i < 4 ? waits[i] : goes_on[i - 4], 0);
        rig_clock(&r);
        assert_int_equal(out->data_req_ready, i >= 4);
        for (; !out->reg_resp_valid && t < 100; t++)
            rig_clock(&r);
        assert_int_equal(t, i < 4 ? 2 + 10 + 1 : 2);
        rig_close(&r);
    }
}

static void capabilities_tell_the_configuration(void **state)
{
    static const char *const names[] = {"small", "default", "large", "prefetch"};
    for (unsigned i = 0; i < 4; i++) {
        rig r = rig_open(state, names[i], MODE_SV32, 1);
        const tw_config *config = tw_config_named(names[i]);
        const uint64_t value = rig_read(&r, REG_CAPABILITIES);
        assert_int_equal(TW_GET(value, CAPABILITIES, MODES), config->modes);
        assert_int_equal(TW_GET(value, CAPABILITIES, FETCH_ENTRIES), config->fetch_entries);
        assert_int_equal(TW_GET(value, CAPABILITIES, PREFETCH), config->prefetch);
        assert_int_equal(TW_GET(value, CAPABILITIES, DATA_ENTRIES), config->data_entries);
        assert_int_equal(TW_GET(value, CAPABILITIES, MISSES), config->misses);
        assert_int_equal(TW_GET(value, CAPABILITIES, WALKERS), config->walkers);
        assert_int_equal(TW_GET(value, CAPABILITIES, WALK_CACHE), config->walk_cache);
        assert_int_equal(TW_GET(value, CAPABILITIES, L2_WAYS), config->l2_ways);
        assert_int_equal(TW_GET(value, CAPABILITIES, L2_SETS),
                         config->l2_entries / config->l2_ways);
        rig_close(&r);
    }
}

static void faults_are_read_popped_and_overflow_is_cleared(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    for (unsigned i = 0; i < 10; i++)
        rig_translate(&r, TW_DATA, OP_LOAD, i << PAGE_SHIFT);
    rig_clock(&r);
    assert_int_equal(tw_machine_out(r.machine)->irq, 1);
    assert_int_equal(rig_read(&r, REG_FAULT_STATUS), UINT64_C(2) << 32 | 1 << 8 | 8);
    rig_write(&r, REG_FAULT_STATUS, 0); /* without OVERFLOW: nothing */
    assert_int_equal(rig_read(&r, REG_FAULT_STATUS), UINT64_C(2) << 32 | 1 << 8 | 8);
    rig_write(&r, REG_FAULT_STATUS, TW_PUT(FAULT_STATUS, OVERFLOW, 1));
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(rig_read(&r, REG_FAULT_STATUS), 8 - i);
        assert_int_equal(rig_read(&r, REG_FAULT_VA), i << PAGE_SHIFT);
        rig_write(&r, REG_FAULT_POP, 0);
    }
    assert_int_equal(tw_machine_out(r.machine)->irq, 0);
    assert_int_equal(rig_read(&r, REG_FAULT_VA), 0);
    assert_int_equal(rig_read(&r, REG_COUNT_FAULT_LOAD_PAGE), 10);
    rig_close(&r);
}

static void inject_is_disarmed_by_the_next_write_of_the_second_level(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    const uint64_t armed = TW_PUT(L2_INJECT, BIT, 9) | TW_PUT(L2_INJECT, ARMED, 1);
    rig_map(&r, 0x1000, 0, pages_pte(0x300, F_PAGE));
    rig_map(&r, 0x40000000, 2, pages_pte(0, F_PAGE));
    rig_write(&r, REG_L2_INJECT, armed);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x40000000); /* no 4-KiB page: not written there */
    rig_translate(&r, TW_DATA, OP_LOAD, 0x2000);     /* a fault: not written either */
    assert_int_equal(rig_read(&r, REG_L2_INJECT), armed);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);
    assert_int_equal(rig_read(&r, REG_L2_INJECT), TW_PUT(L2_INJECT, BIT, 9));
    rig_close(&r);
}

static void without_a_second_level_inject_keeps_nothing(void **state)
{
    rig r = rig_open(state, "small", MODE_SV32, 1);
    access_as(&r, true, REG_L2_INJECT, UINT64_MAX, PRIV_S, 0, false);
    access_as(&r, false, REG_L2_INJECT, 0, PRIV_S, 0, false);
    rig_close(&r);
}

/* An access to L2_INJECT and, in its EXECUTE cycle, a write of the second level. */
static struct registers inject_meets_done(bool write, uint64_t data, bool armed)
{
    const tw_in pins = {.reg_req_valid = 1,
                        .reg_req_write = write,
                        .reg_req_offset = REG_L2_INJECT,
                        .reg_req_data = data,
                        .reg_req_priv = PRIV_S};
    struct fault_queue faults;
    struct registers registers;
    fault_queue_reset(&faults);
    registers_reset(&registers, tw_config_named("default"));
    registers.inject_armed = armed;
    registers_clock(&registers, &(struct registers_in){.pins = &pins, .faults = &faults});
    registers_clock(&registers,
                    &(struct registers_in){.pins = &pins, .inject_done = true, .faults = &faults});
    return registers;
}

static void write_to_inject_wins_over_the_write_that_disarms_it(void **state)
{
    (void)state;
    assert_int_equal(inject_meets_done(true, TW_PUT(L2_INJECT, ARMED, 1), false).inject_armed, 1);
    assert_int_equal(inject_meets_done(true, TW_PUT(L2_INJECT, ARMED, 1), true).inject_armed, 1);
    assert_int_equal(inject_meets_done(true, 0, true).inject_armed, 0);
    const struct registers read = inject_meets_done(false, 0, true);
    assert_int_equal(read.resp_data, TW_PUT(L2_INJECT, ARMED, 1)); /* as it was in EXECUTE */
    assert_int_equal(read.inject_armed, 0);
}

static void parity_is_counted_and_cleared_with_the_drops(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    rig_map(&r, 0x1000, 0, pages_pte(0x300, F_PAGE));
    rig_write(&r, REG_L2_INJECT, TW_PUT(L2_INJECT, ARMED, 1));
    rig_translate(&r, TW_FETCH, OP_FETCH, 0x1000); /* spoilt */
    const tw_answer answer = rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);
    assert_int_equal(answer.pa, 0x300 << PAGE_SHIFT);
    assert_int_equal(answer.latency, 2 + 2); /* a walk, not the spoilt word */
    assert_int_equal(rig_read(&r, REG_FAULT_STATUS), TW_PUT(FAULT_STATUS, PARITY, 1));
    rig_write(&r, REG_FAULT_STATUS, TW_PUT(FAULT_STATUS, OVERFLOW, 1));
    assert_int_equal(rig_read(&r, REG_FAULT_STATUS), 0);
    rig_close(&r);
}

static void both_ports_faulting_in_one_cycle_count_twice_and_queue_twice(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 1);
    const uint64_t va = UINT64_C(1) << 40; /* not canonical */
    rig_fetch(&r, 1, va);
    tw_machine_in(r.machine)->fetch_req_op = OP_LOAD;
    rig_data(&r, 2, OP_LOAD, va);
    rig_clock(&r);
    assert_int_equal(tw_machine_out(r.machine)->irq, 0);
    rig_clock(&r);
    assert_int_equal(tw_machine_out(r.machine)->irq, 1);
    assert_int_equal(rig_read(&r, REG_COUNT_FAULT_LOAD_PAGE), 2);
    assert_int_equal(rig_read(&r, REG_FAULT_STATUS), 2);
    assert_int_equal(TW_GET(rig_read(&r, REG_FAULT_INFO), FAULT_INFO, ID), 1);
    rig_close(&r);
}

static void configuration_that_cannot_be_built_is_refused(void **state)
{
    const rig_engine open = *(rig_engine *)*state;
    tw_config config = *tw_config_named("default");
    config.data_entries = 12;
    assert_null(open(&config));
}

static rig_engine model = tw_model_open, flat = without_segments;

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(every_register_answers_and_no_other_offset_does, model),
        RIG_TEST(user_privilege_is_refused_and_changes_nothing, model),
        RIG_TEST(registers_keep_the_bits_they_have, model),
        RIG_TEST(control_keeps_prefetch_only_if_it_is_built, model),
        RIG_TEST(control_keeps_segments_only_if_some_are_built, flat),
        RIG_TEST(segments_show_through_their_window_and_user_writes_change_none, model),
        RIG_TEST(satp_refuses_modes_that_are_not_built, model),
        RIG_TEST(without_hashed_mode_its_registers_keep_nothing, model),
        RIG_TEST(writes_that_steer_walks_wait_for_them_even_if_they_keep_nothing, model),
        RIG_TEST(capabilities_tell_the_configuration, model),
        RIG_TEST(faults_are_read_popped_and_overflow_is_cleared, model),
        RIG_TEST(inject_is_disarmed_by_the_next_write_of_the_second_level, model),
        RIG_TEST(without_a_second_level_inject_keeps_nothing, model),
        cmocka_unit_test(write_to_inject_wins_over_the_write_that_disarms_it),
        RIG_TEST(parity_is_counted_and_cleared_with_the_drops, model),
        RIG_TEST(both_ports_faulting_in_one_cycle_count_twice_and_queue_twice, model),
        RIG_TEST(configuration_that_cannot_be_built_is_refused, model),
    };
    return cmocka_run_group_tests_name("model_cycle_registers", tests, NULL, NULL);
}
