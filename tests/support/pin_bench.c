/* pin_bench.c: see pin_bench.h. */
#include "tests/support/pin_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tablewalk/registers.h"

/* ---- cycles ---------------------------------------------------------------------------------- */

/* Ends the cycle: the complaint, or "". */
static const char *tick(struct pin_bench *b)
{
    tw_watcher watcher = monitors_watcher(b->monitors);
    b->error = (tw_error){0};
    tw_status status = watcher.cycle(watcher.context, b->cycle++, &b->out, &b->in, &b->error);
    b->out = (tw_out){.reg_req_ready = 1, .data_req_ready = 1};
    b->in = (tw_in){.rst_n = 1};
    return status == TW_OK ? "" : b->error.text;
}

void bench_tick(struct pin_bench *b)
{
    const char *complaint = tick(b);
    if (complaint[0] != '\0')
        fail_msg("expected no complaint, got '%s'", complaint);
}

void bench_blame(struct pin_bench *b, const char *expected)
{
    const char *complaint = tick(b);
    if (strstr(complaint, expected) == NULL)
        fail_msg("expected a complaint with '%s', got '%s'", expected, complaint);
}

void bench_write(struct pin_bench *b, unsigned offset, uint64_t value)
{
    b->in.reg_req_valid = 1;
    b->in.reg_req_write = 1;
    b->in.reg_req_offset = (uint16_t)offset;
    b->in.reg_req_data = value;
    b->in.reg_req_priv = PRIV_S;
    bench_tick(b);
    bench_tick(b);
    b->out.reg_resp_valid = 1;
    bench_tick(b);
}

void bench_space(struct pin_bench *b, unsigned mode, unsigned asid)
{
    bench_write(b, REG_SATP,
                TW_PUT(SATP, MODE, mode) | TW_PUT(SATP, ASID, asid) | TW_PUT(SATP, PPN, ROOT));
}

void bench_fence(struct pin_bench *b, tw_fence_kind kind, uint64_t va, unsigned asid)
{
    bench_write(b, REG_FENCE_VA, va);
    bench_write(b, REG_FENCE_ASID, asid);
    bench_write(b, REG_FENCE, kind);
}

void bench_take(struct pin_bench *b, unsigned id, tw_op op, uint64_t va)
{
    b->in.data_req_valid = 1;
    b->in.data_req_id = (uint8_t)id;
    b->in.data_req_va = va;
    b->in.data_req_op = (uint8_t)op;
    b->in.data_req_priv = PRIV_S;
    bench_tick(b);
}

void bench_answer(struct pin_bench *b, unsigned id, uint64_t pa)
{
    b->out.data_resp_valid = 1;
    b->out.data_resp_id = (uint8_t)id;
    b->out.data_resp_pa = pa;
    b->out.data_resp_size = PAGE_SHIFT;
}

void bench_ask(struct pin_bench *b, unsigned walker, uint64_t table, unsigned index)
{
    b->out.mem_req_valid = 1;
    b->out.mem_req_id = (uint8_t)walker;
    b->out.mem_req_size = 1;
    b->out.mem_req_addr = (table << PAGE_SHIFT) + 8 * index;
    b->in.mem_req_ready = 1;
}

void bench_swap(struct pin_bench *b, unsigned walker, uint64_t table, unsigned index, uint64_t pte)
{
    bench_ask(b, walker, table, index);
    b->out.mem_req_op = 1;
    b->out.mem_req_expected = pte;
    b->out.mem_req_desired = pte_touch(pte, OP_STORE);
}

void bench_memory(struct pin_bench *b, unsigned walker, uint64_t pte)
{
    b->in.mem_resp_valid = 1;
    b->in.mem_resp_id = (uint8_t)walker;
    b->in.mem_resp_data = pte;
    bench_tick(b);
}

void bench_read(struct pin_bench *b, unsigned walker, uint64_t table, unsigned index, uint64_t pte)
{
    bench_ask(b, walker, table, index);
    bench_tick(b);
    bench_memory(b, walker, pte);
}

/* ---- walks ----------------------------------------------------------------------------------- */

uint64_t pointer_to(uint64_t table)
{
    return table << PTE_PPN | 1u << PTE_V;
}

uint64_t leaf_of(uint64_t frame)
{
    return frame << PTE_PPN | 1u << PTE_V | 1u << PTE_R | 1u << PTE_W | 1u << PTE_A | 1u << PTE_D;
}

void bench_walk(struct pin_bench *b, uint64_t root_bits)
{
    bench_take(b, 0, OP_LOAD, VA);
    bench_read(b, 0, ROOT, 1, pointer_to(MIDDLE) | root_bits);
    bench_read(b, 0, MIDDLE, 1, pointer_to(LAST));
    bench_read(b, 0, LAST, 1, leaf_of(FRAME));
    bench_answer(b, 0, (uint64_t)FRAME << PAGE_SHIFT);
    bench_tick(b);
}

int bench_open(void **state)
{
    static struct pin_bench bench;
    bench = (struct pin_bench){
        .memory = tw_memory_open(&(tw_memory_options){.latency_min = 1, .latency_max = 1})};
    bench.monitors = monitors_open(tw_config_named("default"), bench.memory);
    bench.in.rst_n = 0;
    *state = &bench;
    bench_tick(&bench);
    bench_space(&bench, MODE_SV39, ASID);
    bench_write(&bench, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1));
    return 0;
}

int bench_close(void **state)
{
    struct pin_bench *b = *state;
    monitors_close(b->monitors);
    tw_memory_close(b->memory);
    return 0;
}
