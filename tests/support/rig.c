/* rig.c: an engine, its memory and its page tables. */
#include "tests/support/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tablewalk/registers.h"

#define ACCEPT(call)                    \
    do {                                \
        tw_error error = {.text = ""};  \
        if ((call) != TW_OK)            \
            fail_msg("%s", error.text); \
    } while (0)

rig rig_open(void **state, const char *config, unsigned mode, uint32_t latency)
{
    const rig_engine open = *(rig_engine *)*state;
    const tw_memory_options timing = {.seed = 1, .latency_min = latency, .latency_max = latency};
    rig r = {.memory = tw_memory_open(&timing), .engine = open(tw_config_named(config))};
    assert_non_null(r.memory);
    assert_non_null(r.engine);
    r.machine = tw_machine_open(r.engine, r.memory);
    assert_non_null(r.machine);
    r.tables = pages_in(r.memory, mode);
    r.root = pages_table(&r.tables);
    rig_write(&r, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1));
    rig_write(&r, REG_SATP,
              TW_PUT(SATP, MODE, mode) | TW_PUT(SATP, ASID, 1) | TW_PUT(SATP, PPN, r.root));
    return r;
}

void rig_close(rig *r)
{
    tw_machine_close(r->machine);
    tw_engine_close(r->engine);
    tw_memory_close(r->memory);
}

uint64_t rig_map(rig *r, uint64_t va, unsigned level, uint64_t pte)
{
    return pages_map(&r->tables, r->root, va, level, pte);
}

void rig_clock(rig *r)
{
    ACCEPT(tw_machine_clock(r->machine, &error));
}

void rig_write(rig *r, unsigned offset, uint64_t value)
{
    ACCEPT(tw_register_write(r->machine, offset, value, &error));
}

uint64_t rig_read(rig *r, unsigned offset)
{
    uint64_t value = 0;
    ACCEPT(tw_register_read(r->machine, offset, &value, &error));
    return value;
}

tw_answer rig_translate(rig *r, tw_port port, tw_op op, uint64_t va)
{
    const tw_request request = {.va = va, .op = op, .priv = PRIV_S};
    tw_answer answer = {0};
    ACCEPT(tw_translate_va(r->machine, port, &request, &answer, &error));
    return answer;
}

void rig_fence(rig *r, tw_fence_kind kind, uint64_t va, unsigned asid)
{
    ACCEPT(tw_fence(r->machine, kind, va, asid, &error));
}

void rig_data(rig *r, unsigned id, tw_op op, uint64_t va)
{
    tw_in *in = tw_machine_in(r->machine);
    in->data_req_valid = 1;
    in->data_req_id = (uint8_t)id;
    in->data_req_op = (uint8_t)op;
    in->data_req_va = va;
    in->data_req_priv = PRIV_S;
}

void rig_fetch(rig *r, unsigned id, uint64_t va)
{
    tw_in *in = tw_machine_in(r->machine);
    in->fetch_req_valid = 1;
    in->fetch_req_id = (uint8_t)id;
    in->fetch_req_op = OP_FETCH;
    in->fetch_req_va = va;
    in->fetch_req_priv = PRIV_S;
}

void rig_write_pins(rig *r, unsigned offset, uint64_t value)
{
    tw_in *in = tw_machine_in(r->machine);
    in->reg_req_valid = 1;
    in->reg_req_write = 1;
    in->reg_req_offset = (uint16_t)offset;
    in->reg_req_data = value;
    in->reg_req_priv = PRIV_S;
}

void rig_expect_data(const rig *r, unsigned id, uint64_t pa)
{
    const tw_out *out = tw_machine_out(r->machine);
    assert_int_equal(out->data_resp_valid, 1);
    assert_int_equal(out->data_resp_id, id);
    assert_int_equal(out->data_resp_pa, pa);
    assert_int_equal(out->data_resp_fault, CAUSE_NONE);
}

void rig_expect_no_data(const rig *r)
{
    const tw_out *out = tw_machine_out(r->machine);
    assert_int_equal(out->data_resp_valid, 0);
    assert_int_equal(out->data_resp_id, 0);
    assert_int_equal(out->data_resp_pa, 0);
}

void rig_write_waits(rig *r, unsigned offset, uint64_t value, unsigned cycles)
{
    const tw_out *out = tw_machine_out(r->machine);
    rig_write_pins(r, offset, value);
    for (unsigned cycle = 1; cycle <= cycles; cycle++) {
        rig_clock(r);
        assert_int_equal(out->data_req_ready, 0);
        assert_int_equal(out->fetch_req_ready, 0);
        assert_int_equal(out->reg_resp_valid, 0);
    }
}

void rig_know_two_pages(rig *r, const uint64_t va[2], uint64_t frame)
{
    for (unsigned i = 0; i < 2; i++) {
        rig_map(r, va[i], 0, pages_pte(frame + i, F_PAGE));
        rig_translate(r, TW_DATA, OP_LOAD, va[i]);
        rig_translate(r, TW_FETCH, OP_FETCH, va[i]);
    }
}

void rig_expect_hits(const rig *r, unsigned i, uint64_t frame)
{
    const tw_out *out = tw_machine_out(r->machine);
    assert_int_equal(out->data_req_ready, 1);
    assert_int_equal(out->fetch_req_ready, 1);
    if (i == 0)
        return;
    const uint64_t pa = ((frame + (i - 1) % 2) << PAGE_SHIFT) + i - 1;
    rig_expect_data(r, (i - 1) % 16, pa);
    assert_int_equal(out->fetch_resp_valid, 1);
    assert_int_equal(out->fetch_resp_pa, pa);
    assert_int_equal(out->fetch_resp_size, 12);
}

unsigned rig_load_racing(rig *r, uint64_t va, uint64_t pte_addr, uint64_t flips, unsigned races,
                         tw_out *answer)
{
    const tw_out *out = tw_machine_out(r->machine);
    rig_data(r, 1, OP_LOAD, va);
    for (unsigned t = 0; t < 1000; t++) {
        if (out->data_resp_valid) {
            *answer = *out;
            return t;
        }
        if (out->mem_req_valid && out->mem_req_op && races > 0) {
            races--;
            pages_write(&r->tables, pte_addr, pages_read(&r->tables, pte_addr) ^ flips);
        }
        rig_clock(r);
    }
    fail_msg("no answer in 1000 cycles");
    return 0;
}

void rig_expect_walks_from_the_root(rig *r, unsigned walks)
{
    assert_int_equal(rig_read(r, REG_COUNT_WALKS), walks);
    assert_int_equal(rig_read(r, REG_COUNT_PREFETCHES), 0);
    for (unsigned level = 0; level < 4; level++)
        assert_int_equal(rig_read(r, REG_COUNT_WALK_CACHE_1 + 8 * level), 0);
}
