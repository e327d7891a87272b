/*
 * mmu.c: settles the wires of a cycle from state and pins, then clocks every block once.
 *
 * Invariant: no block is clocked before every wire is settled. A wire may point to a register
 * of the block that drives it, so each block is clocked before those that it reads from.
 */
#include "model/cycle/mmu.h"

#include <stddef.h>

void mmu_reset(struct mmu *mmu)
{
    const tw_config *config = &mmu->config;
    request_port_reset(&mmu->fetch, config->fetch_entries, config->misses);
    request_port_reset(&mmu->data, config->data_entries, config->misses);
    walk_dispatch_reset(&mmu->dispatch);
    walker_reset(&mmu->walker);
    fault_queue_reset(&mmu->faults);
    registers_reset(&mmu->registers, config);
    counters_reset(&mmu->counters);
}

/* ---- pins ------------------------------------------------------------------------------------ */

/* One request port's pins, `port` being fetch or data. */
#define PORT_OUTPUTS(port)                                          \
    out->port##_req_ready = request_port_ready(&mmu->port, drain);  \
    out->port##_resp_valid = mmu->port.answer.valid;                \
    out->port##_resp_id = (uint8_t)mmu->port.answer.id;             \
    out->port##_resp_pa = mmu->port.answer.pa;                      \
    out->port##_resp_pbmt = (uint8_t)mmu->port.answer.pbmt;         \
    out->port##_resp_size = (uint8_t)mmu->port.answer.size;         \
    out->port##_resp_fault = (uint8_t)mmu->port.answer.cause;       \
    out->obs_##port##_victim = (uint8_t)tlb_victim(&mmu->port.tlb); \
    out->obs_##port##_misses = (uint8_t)mmu->port.queue.count

void mmu_outputs(const struct mmu *mmu, tw_out *out)
{
    const struct registers *registers = &mmu->registers;
    const bool drain = registers_drain(registers);
    PORT_OUTPUTS(fetch);
    PORT_OUTPUTS(data);
    walker_pins(&mmu->walker, &registers->control, out);
    out->reg_req_ready = registers->state == ACCESS_IDLE;
    out->reg_resp_valid = registers->state == ACCESS_RESPOND;
    out->reg_resp_data = registers->resp_data;
    out->reg_resp_error = registers->resp_error;
    out->irq = fault_queue_irq(&mmu->faults);
    out->obs_walker_state = (uint16_t)mmu->walker.state;
    out->obs_walker_level = (uint16_t)walker_level(&mmu->walker);
}

/* ---- wires ----------------------------------------------------------------------------------- */

/* Every wire between the blocks, as it settles in one cycle. */
struct wires {
    struct fence fence;
    struct request_port_in fetch_in, data_in;
    struct lookup fetch_lookup, data_lookup;
    struct walk_dispatch_out dispatch;
    struct walker_in walker_in;
    struct walk_step step;
    struct walk_done done;
    struct registers_in registers_in;
    struct fault_queue_in faults_in;
    struct counters_in counters_in;
};

/* One request port's pins, `port` being fetch or data. */
#define PORT_INPUTS(port)                                \
    w->port##_in.req_valid = in->port##_req_valid;       \
    w->port##_in.req.id = in->port##_req_id;             \
    w->port##_in.req.body.va = in->port##_req_va;        \
    w->port##_in.req.body.op = (tw_op)in->port##_req_op; \
    w->port##_in.req.body.priv = in->port##_req_priv;    \
    w->port##_in.req.body.sum = in->port##_req_sum;      \
    w->port##_in.req.body.mxr = in->port##_req_mxr

static void settle_ports(const struct mmu *mmu, const tw_in *in, struct wires *w)
{
    const uint64_t satp = mmu->registers.control.satp;
    const bool drain = registers_drain(&mmu->registers);
    PORT_INPUTS(fetch);
    PORT_INPUTS(data);
    w->fetch_in.satp = w->data_in.satp = satp;
    w->fetch_in.drain = w->data_in.drain = drain;
    request_port_lookup(&mmu->fetch, &w->fetch_in, &w->fetch_lookup);
    request_port_lookup(&mmu->data, &w->data_in, &w->data_lookup);
}

static const struct request *miss_of(const struct lookup *lookup)
{
    return lookup->verdict == LOOKUP_MISS ? lookup->request : NULL;
}

static void settle_walker(const struct mmu *mmu, const tw_in *in, struct wires *w)
{
    const struct walk_dispatch_in misses = {.walker_idle = walker_idle(&mmu->walker),
                                            .fetch_miss = miss_of(&w->fetch_lookup),
                                            .data_miss = miss_of(&w->data_lookup)};
    walk_dispatch_decide(&mmu->dispatch, &misses, &w->dispatch);
    w->walker_in = (struct walker_in){.start = &w->dispatch.start,
                                      .control = &mmu->registers.control,
                                      .fence_valid = w->fence.valid,
                                      .mem_req_ready = in->mem_req_ready,
                                      .mem_resp_valid = in->mem_resp_valid,
                                      .mem_resp_id = in->mem_resp_id,
                                      .mem_resp_data = in->mem_resp_data,
                                      .mem_resp_swapped = in->mem_resp_swapped,
                                      .mem_resp_error = in->mem_resp_error};
    w->step = walker_decide(&mmu->walker, &w->walker_in);
    walker_done(&mmu->walker, &w->walker_in, &w->step, &w->done);
}

/* Grants and the finished walk, back to the ports. */
static void settle_answers(struct wires *w)
{
    w->fetch_in.miss_grant = w->dispatch.fetch_miss_grant;
    w->data_in.miss_grant = w->dispatch.data_miss_grant;
    w->fetch_in.done_valid = w->done.valid && w->done.port == 0;
    w->data_in.done_valid = w->done.valid && w->done.port == 1;
    w->fetch_in.done = w->data_in.done = &w->done;
    w->fetch_in.wake = w->data_in.wake = w->done.valid;
    w->fetch_in.fence = w->data_in.fence = &w->fence;
}

static void settle_registers(const struct mmu *mmu, const tw_in *in, struct wires *w)
{
    const struct registers *registers = &mmu->registers;
    const bool quiet = request_port_idle(&mmu->fetch) && request_port_idle(&mmu->data) &&
                       walker_idle(&mmu->walker);
    w->registers_in =
        (struct registers_in){.reg_req_valid = in->reg_req_valid,
                              .reg_req_write = in->reg_req_write,
                              .reg_req_offset = in->reg_req_offset,
                              .reg_req_data = in->reg_req_data,
                              .reg_req_priv = in->reg_req_priv,
                              .quiet = quiet,
                              .fence_busy = walker_fence_busy(&mmu->walker),
                              .faults = &mmu->faults,
                              .count_value = counters_value(&mmu->counters, registers->offset)};
    w->faults_in = (struct fault_queue_in){.fetch = &mmu->fetch.answer,
                                           .data = &mmu->data.answer,
                                           .satp_asid = satp_asid(registers->control.satp),
                                           .pop = registers_fault_pop(registers),
                                           .clear = registers_fault_clear(registers)};
}

static void settle_counters(const struct mmu *mmu, struct wires *w)
{
    w->counters_in = (struct counters_in){
        .fetch = request_port_events(&mmu->fetch, &w->fetch_in, &w->fetch_lookup),
        .data = request_port_events(&mmu->data, &w->data_in, &w->data_lookup),
        .walker = walker_events(&mmu->walker, &w->walker_in),
        .fence_valid = w->fence.valid,
        .fetch_cause = mmu->fetch.answer.cause,
        .data_cause = mmu->data.answer.cause};
}

/* ---- the edge -------------------------------------------------------------------------------- */

void mmu_clock(struct mmu *mmu, const tw_in *in)
{
    if (!in->rst_n) {
        mmu_reset(mmu);
        return;
    }
    struct wires w;
    w.fence = registers_fence(&mmu->registers);
    settle_ports(mmu, in, &w);
    settle_walker(mmu, in, &w);
    settle_answers(&w);
    settle_registers(mmu, in, &w);
    settle_counters(mmu, &w);

    walker_clock(&mmu->walker, &w.walker_in, &w.step);
    walk_dispatch_clock(&mmu->dispatch, &w.dispatch);
    registers_clock(&mmu->registers, &w.registers_in);
    counters_clock(&mmu->counters, &w.counters_in);
    fault_queue_clock(&mmu->faults, &w.faults_in);
    request_port_clock(&mmu->fetch, &w.fetch_in, &w.fetch_lookup);
    request_port_clock(&mmu->data, &w.data_in, &w.data_lookup);
}
