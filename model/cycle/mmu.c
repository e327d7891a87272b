/*
 * mmu.c: settles the wires of a cycle from state and pins, then clocks every block once.
 *
 * Invariant: no block is clocked before every wire is settled that depends on it. A wire may point
 * to a register of the block that drives it, so each block is clocked before those that it reads
 * from; only the request of a miss, which stands in its slot until another gets it, is read after.
 * What nobody listens to is not settled, and a block that has nothing to do is not clocked.
 */
#include "model/cycle/mmu.h"

#include <stddef.h>

#include "model/cycle/late_answer.h"
#include "model/cycle/segment_unit.h"

static void reset(struct mmu *mmu)
{
    const tw_config *config = &mmu->config;
    request_port_reset(&mmu->fetch, config->fetch_entries, config->misses);
    request_port_reset(&mmu->data, config->data_entries, config->misses);
    walk_dispatch_reset(&mmu->dispatch);
    prefetcher_reset(&mmu->prefetcher);
    l2_tlb_reset(&mmu->l2);
    walk_cache_reset(&mmu->walk_cache, config->walk_cache);
    walker_pool_reset(&mmu->pool, config->walkers);
    fault_queue_reset(&mmu->faults);
    registers_reset(&mmu->registers, config);
    segment_table_reset(&mmu->segments, config->segments);
    counters_reset(&mmu->counters);
}

bool mmu_open(struct mmu *mmu, const tw_config *config)
{
    mmu->config = *config;
    if (!l2_tlb_open(&mmu->l2, config))
        return false;
    reset(mmu);
    return true;
}

void mmu_close(struct mmu *mmu)
{
    l2_tlb_close(&mmu->l2);
}

/* ---- pins ------------------------------------------------------------------------------------ */

/* One request port's pins, `port` being fetch or data. */
#define PORT_OUTPUTS(port)                                                      \
    out->port##_req_ready = request_port_ready(&mmu->port, drain, walker_idle); \
    out->port##_resp_valid = mmu->port.answer.valid;                            \
    out->port##_resp_id = (uint8_t)mmu->port.answer.id;                         \
    out->port##_resp_pa = mmu->port.answer.pa;                                  \
    out->port##_resp_pbmt = (uint8_t)mmu->port.answer.pbmt;                     \
    out->port##_resp_size = (uint8_t)mmu->port.answer.size;                     \
    out->port##_resp_fault = (uint8_t)mmu->port.answer.cause;                   \
    out->obs_##port##_victim = (uint8_t)tlb_victim(&mmu->port.tlb);             \
    out->obs_##port##_misses = (uint8_t)mmu->port.queue.count

void mmu_outputs(const struct mmu *mmu, tw_out *out)
{
    const struct registers *registers = &mmu->registers;
    const struct stage *stage = &mmu->dispatch.stage;
    const bool drain = registers_drain(registers);
    const bool walker_idle = walker_pool_idle(&mmu->pool);
    PORT_OUTPUTS(fetch);
    PORT_OUTPUTS(data);
    walker_pool_pins(&mmu->pool, &registers->control, out);
    out->reg_req_ready = registers->state == ACCESS_IDLE;
    out->reg_resp_valid = registers->state == ACCESS_RESPOND;
    out->reg_resp_data = registers->resp_data;
    out->reg_resp_error = registers->resp_error;
    out->irq = fault_queue_irq(&mmu->faults);
    out->obs_stage = stage->valid ? (uint8_t)(1 | stage->port << 1 | stage->slot << 2) : 0;
}

/* ---- wires ----------------------------------------------------------------------------------- */

/* The wires between the blocks, as they settle in one cycle. */
struct wires {
    struct fence fence;
    struct request_port_in port_in[2]; /* by PORT_FETCH, PORT_DATA */
    struct lookup lookup[2];
    unsigned grant; /* the port whose miss is granted, or NO_PORT */
    struct walker_pool_in pool_in;
    struct walker_pool_out pool;
    const struct done *l2_fill; /* NULL while not valid */
    struct l2_match l2;
    struct walk_dispatch_out verdict; /* but for `settle` also while the stage is empty */
    struct walk_cache_match cached;   /* of a start, and of what the prefetcher is told */
    const struct walk_start *start;   /* NULL while not valid, else the one below */
    struct walk_start starting;
    struct done l2_done;
    struct prefetcher_in prefetcher; /* of no meaning, but for `enable`, while not enabled */
};

/* One request port's pins, `port` being fetch or data, into *to. */
#define PORT_INPUTS(port, to)                     \
    (to)->req_valid = in->port##_req_valid;       \
    (to)->req.id = in->port##_req_id;             \
    (to)->req.body.va = in->port##_req_va;        \
    (to)->req.body.op = (tw_op)in->port##_req_op; \
    (to)->req.body.priv = in->port##_req_priv;    \
    (to)->req.body.sum = in->port##_req_sum;      \
    (to)->req.body.mxr = in->port##_req_mxr

/* From the pins to the linear address. */
static void settle_segment(const struct segment_table *table, unsigned seg,
                           struct request_port_in *in)
{
    uint64_t linear;
    in->req_check = segment_unit(table, seg, &in->req.body, &linear);
    in->req_seg = seg;
    in->req_offset = in->req.body.va;
    in->req.body.va = linear;
}

static void settle_ports(const struct mmu *mmu, const tw_in *in, struct wires *w)
{
    const uint64_t satp = mmu->registers.control.satp;
    const bool drain = registers_drain(&mmu->registers);
    PORT_INPUTS(fetch, &w->port_in[PORT_FETCH]);
    PORT_INPUTS(data, &w->port_in[PORT_DATA]);
    for (unsigned port = PORT_FETCH; port <= PORT_DATA; port++) {
        w->port_in[port].req_check = CHECK_NONE;
        w->port_in[port].satp = satp;
        w->port_in[port].drain = drain;
        w->port_in[port].walker_idle = walker_pool_idle(&mmu->pool);
        w->port_in[port].miss_grant = false;
        w->port_in[port].done = NULL;
        w->port_in[port].fence = &w->fence;
    }
    if (mmu->registers.segments) {
        settle_segment(&mmu->segments, in->fetch_req_seg, &w->port_in[PORT_FETCH]);
        settle_segment(&mmu->segments, in->data_req_seg, &w->port_in[PORT_DATA]);
    }
    request_port_lookup(&mmu->fetch, &w->port_in[PORT_FETCH], &w->lookup[PORT_FETCH]);
    request_port_lookup(&mmu->data, &w->port_in[PORT_DATA], &w->lookup[PORT_DATA]);
    w->grant = walk_dispatch_grant(&mmu->dispatch, w->lookup[PORT_FETCH].verdict == LOOKUP_MISS,
                                   w->lookup[PORT_DATA].verdict == LOOKUP_MISS);
    if (w->grant != NO_PORT)
        w->port_in[w->grant].miss_grant = true;
}

static void settle_walkers(const struct mmu *mmu, const tw_in *in, struct wires *w)
{
    w->pool_in.control = &mmu->registers.control;
    w->pool_in.fence_valid = w->fence.valid;
    w->pool_in.pins = in;
    walker_pool_settle(&mmu->pool, &w->pool_in, &w->pool);
    const struct done *done = w->pool.done;
    const bool good = done != NULL && done->check == CHECK_NONE;
    w->l2_fill = good && done->size == PAGE_SHIFT && mmu->l2.sets != 0 ? done : NULL;
}

/* Where a walk for the request in the stage would begin. */
static void look_up_cache(const struct mmu *mmu, struct wires *w)
{
    walk_cache_lookup(&mmu->walk_cache, mmu->registers.control.satp,
                      mmu->dispatch.stage.request.body.va, &w->cached);
}

static bool table_known(const struct wires *w)
{
    return w->cached.valid && w->cached.level == 0;
}

/* Where and how the walk for the request in the stage begins. */
static void settle_start(const struct mmu *mmu, struct wires *w)
{
    const struct stage *stage = &mmu->dispatch.stage;
    w->starting.port = stage->prefetch ? NO_PORT : stage->port;
    w->starting.request = &stage->request;
    w->starting.level = w->cached.level;
    w->starting.table = w->cached.table;
    w->starting.global = w->cached.global;
    w->starting.way = w->l2.way;
    w->start = &w->starting;
}

/* The verdict on what is in the stage. */
static void judge(const struct mmu *mmu, struct walk_dispatch_in *in, struct wires *w)
{
    const bool prefetch = mmu->dispatch.stage.prefetch;
    if (!prefetch)
        walk_dispatch_judge(&mmu->dispatch, in, &w->verdict);
    if (prefetch | w->verdict.start_valid | (w->verdict.hit & mmu->registers.prefetch))
        look_up_cache(mmu, w);
    if (prefetch) {
        in->drain = registers_drain(&mmu->registers);
        in->table_known = table_known(w);
        w->verdict.start_valid = walk_dispatch_prefetches(in);
    }
}

static void settle_stage(const struct mmu *mmu, struct wires *w)
{
    const struct stage *stage = &mmu->dispatch.stage;
    const uint64_t va = stage->request.body.va;
    w->verdict.hit = w->verdict.merge_valid = w->verdict.start_valid = false;
    w->start = NULL;
    w->l2 = (struct l2_match){.valid = false};
    if (!(stage->valid | stage->prefetch))
        return;
    if (walk_dispatch_lookup_valid(&mmu->dispatch, w->fence.valid))
        l2_tlb_lookup(&mmu->l2, mmu->registers.control.satp, va, &w->l2);
    struct walk_dispatch_in in = {.fence_valid = w->fence.valid,
                                  .l2_match = w->l2.valid,
                                  .l2_pte = w->l2.pte,
                                  .page_walker = walker_pool_page(&mmu->pool, va),
                                  .walker_idle = walker_pool_idle(&mmu->pool),
                                  .answer_valid = w->pool.port != NO_PORT,
                                  .answer_port = w->pool.port,
                                  .fetch_waiting = miss_queue_waiting(&mmu->fetch.queue),
                                  .data_waiting = miss_queue_waiting(&mmu->data.queue)};
    judge(mmu, &in, w);
    if (w->verdict.start_valid)
        settle_start(mmu, w);
}

/* What the port hears in the cycle of a walk's or the second level's answer to it. */
static void settle_late_answer(const struct mmu *mmu, unsigned port, struct wires *w)
{
    const struct stage *stage = &mmu->dispatch.stage;
    const struct late_answer_in in = {.answer_mine = w->pool.port == port,
                                      .walk_done = w->pool.done,
                                      .l2_hit = w->verdict.hit && stage->port == port,
                                      .stage_request = &stage->request,
                                      .l2_pte = w->l2.pte,
                                      .l2_global = w->l2.global};
    w->port_in[port].done = late_answer(&in, &w->l2_done);
}

/* Late answers: at most one a port. */
static void settle_answers(const struct mmu *mmu, struct wires *w)
{
    if (w->verdict.hit)
        settle_late_answer(mmu, mmu->dispatch.stage.port, w);
    if (w->pool.done != NULL && w->pool.port != NO_PORT)
        settle_late_answer(mmu, w->pool.port, w);
}

/* While it is not enabled it wants nothing: the write that disables it drains, and so drops. */
static void settle_prefetcher(const struct mmu *mmu, struct wires *w)
{
    const struct stage *stage = &mmu->dispatch.stage;
    struct prefetcher_in *in = &w->prefetcher;
    in->enable = mmu->registers.prefetch;
    if (!in->enable)
        return;
    in->mode = satp_mode(mmu->registers.control.satp);
    in->served = stage->valid && (w->verdict.hit || w->verdict.start_valid);
    in->served_va = stage->request.body.va;
    in->table_known = in->served && table_known(w);
    in->drop = w->fence.valid || registers_drain(&mmu->registers);
    in->grant = w->grant == NO_PORT &&
                prefetcher_valid(&mmu->prefetcher, walker_pool_idle(&mmu->pool), in->drop);
}

/* ---- the edge -------------------------------------------------------------------------------- */

static void clock_caches(struct mmu *mmu, const struct wires *w)
{
    const uint64_t satp = mmu->registers.control.satp;
    if (w->fence.valid || w->l2_fill != NULL || w->l2.wrong != 0)
        l2_tlb_clock(&mmu->l2, &(struct l2_tlb_in){.satp = satp,
                                                   .fence = &w->fence,
                                                   .lookup_va = mmu->dispatch.stage.request.body.va,
                                                   .lookup_wrong = w->l2.wrong,
                                                   .fill = w->l2_fill,
                                                   .fill_way = w->pool.way,
                                                   .inject_valid = mmu->registers.inject_armed,
                                                   .inject_bit = mmu->registers.inject_bit});
    if (w->fence.valid || w->start != NULL || w->pool.pointer != NULL)
        walk_cache_clock(&mmu->walk_cache,
                         &(struct walk_cache_in){.satp = satp,
                                                 .fence = &w->fence,
                                                 .used = w->start != NULL ? &w->cached : NULL,
                                                 .fill = w->pool.pointer});
}

static bool quiet(const struct mmu *mmu)
{
    return request_port_idle(&mmu->fetch) && request_port_idle(&mmu->data) &&
           walker_pool_all_idle(&mmu->pool);
}

/* The register file, and what software reaches through it. */
static void clock_registers(struct mmu *mmu, const tw_in *in, const struct wires *w)
{
    struct registers *registers = &mmu->registers;
    const bool access = registers->state != ACCESS_IDLE || in->reg_req_valid;
    if (!access && w->l2_fill == NULL && w->l2.wrong == 0 &&
        (mmu->fetch.answer.cause | mmu->data.answer.cause) == CAUSE_NONE)
        return;
    const struct fault_queue_in faults_in = {.fetch = &mmu->fetch.answer,
                                             .data = &mmu->data.answer,
                                             .satp_asid = satp_asid(registers->control.satp),
                                             .pop = registers_fault_pop(registers),
                                             .clear = registers_fault_clear(registers),
                                             .parity = w->l2.wrong != 0};
    struct registers_in registers_in = {
        .pins = in, .inject_done = w->l2_fill != NULL, .faults = &mmu->faults};
    if (registers->state == ACCESS_EXECUTE) {
        registers_in.quiet = quiet(mmu);
        registers_in.fence_busy = walker_pool_fence_busy(&mmu->pool);
        registers_in.count_value = counters_value(&mmu->counters, registers->offset);
        registers_in.segment_value = segment_table_value(&mmu->segments, registers->offset);
        if (registers_write_valid(registers))
            segment_table_clock(&mmu->segments, registers->offset, registers->data);
    }
    registers_clock(registers, &registers_in);
    fault_queue_clock(&mmu->faults, &faults_in);
}

#define EVENTS(bits, first) ((uint64_t)(bits) << COUNTER(first))

static void clock_counters(struct mmu *mmu, const struct wires *w)
{
    struct counters_in in = {
        .events = EVENTS(w->lookup[PORT_FETCH].events, FETCH_REQUESTS) |
                  EVENTS(w->lookup[PORT_DATA].events, DATA_REQUESTS) |
                  EVENTS(w->pool.events | (w->start != NULL ? EVENT_START : 0), WALKS) |
                  EVENTS(w->l2.wrong != 0, L2_PARITY) | EVENTS(w->fence.valid, FENCES),
        .walk_cycles = mmu->pool.busy,
        .restarts = w->fence.valid ? walker_pool_restarts(&mmu->pool) : 0,
        .fetch_cause = mmu->fetch.answer.cause,
        .data_cause = mmu->data.answer.cause};
    if (w->verdict.hit)
        in.events |= EVENTS(1, FETCH_L2_HITS) << mmu->dispatch.stage.port;
    if (w->start != NULL && w->cached.valid) /* as of every prefetch */
        in.events |= EVENTS(1, WALK_CACHE_1) << w->start->level |
                     EVENTS(w->start->port == NO_PORT, PREFETCHES);
    counters_clock(&mmu->counters, &in);
}

static void clock_ports(struct mmu *mmu, const struct wires *w)
{
    const struct stage *stage = &mmu->dispatch.stage;
    request_port_clock(&mmu->fetch, &w->port_in[PORT_FETCH], &w->lookup[PORT_FETCH]);
    request_port_clock(&mmu->data, &w->port_in[PORT_DATA], &w->lookup[PORT_DATA]);
    if (stage->valid)
        request_port_settle(stage->port == PORT_FETCH ? &mmu->fetch : &mmu->data,
                            &w->verdict.settle);
    if (w->pool.done != NULL) {
        request_port_wake(&mmu->fetch, w->pool.answered);
        request_port_wake(&mmu->data, w->pool.answered);
    }
}

static void clock_walks(struct mmu *mmu, const struct wires *w)
{
    const struct miss *granted = w->grant != NO_PORT ? &w->lookup[w->grant].who : NULL;
    if (w->verdict.merge_valid)
        walker_pool_merge(&mmu->pool, w->verdict.settle.walker);
    walker_pool_clock(&mmu->pool, &w->pool_in, &w->pool, w->start);
    walk_dispatch_clock(&mmu->dispatch, w->start != NULL, w->grant, granted);
    if (!w->prefetcher.enable)
        return;
    if (w->prefetcher.grant)
        walk_dispatch_take_prefetch(&mmu->dispatch, prefetcher_va(&mmu->prefetcher));
    prefetcher_clock(&mmu->prefetcher, &w->prefetcher);
}

void mmu_clock(struct mmu *mmu, const tw_in *in)
{
    if (!in->rst_n) {
        reset(mmu);
        return;
    }
    struct wires w;
    registers_fence(&mmu->registers, &w.fence);
    settle_ports(mmu, in, &w);
    settle_walkers(mmu, in, &w);
    settle_stage(mmu, &w);
    settle_answers(mmu, &w);
    settle_prefetcher(mmu, &w);

    clock_caches(mmu, &w);
    clock_registers(mmu, in, &w);
    clock_counters(mmu, &w);
    clock_ports(mmu, &w);
    clock_walks(mmu, &w);
}
