/*
 * registers.c: one access at a time: captured, executed, answered.
 *
 * Invariant: nothing but an access in EXECUTE that is no error changes a register or leaves the
 * block.
 */
#include "model/cycle/registers.h"

static uint64_t capabilities_of(const tw_config *config)
{
    return TW_PUT(CAPABILITIES, MODES, config->modes) |
           TW_PUT(CAPABILITIES, FETCH_ENTRIES, config->fetch_entries) |
           TW_PUT(CAPABILITIES, PREFETCH, config->prefetch) |
           TW_PUT(CAPABILITIES, DATA_ENTRIES, config->data_entries) |
           TW_PUT(CAPABILITIES, MISSES, config->misses) |
           TW_PUT(CAPABILITIES, WALKERS, config->walkers) |
           TW_PUT(CAPABILITIES, WALK_CACHE, config->walk_cache) |
           TW_PUT(CAPABILITIES, L2_WAYS, config->l2_ways) |
           TW_PUT(CAPABILITIES, L2_SETS, tw_config_l2_sets(config));
}

void registers_reset(struct registers *registers, const tw_config *config)
{
    *registers = (struct registers){.capabilities = capabilities_of(config),
                                    .segments_built = config->segments != 0};
}

/* ---- the access that is captured ------------------------------------------------------------- */

enum kind { KIND_UNKNOWN, KIND_RO, KIND_RW, KIND_WO, KIND_W1C };

static enum kind kind_of(unsigned offset)
{
    switch (offset) {
#define KIND(name, place, access, reset, sentence) \
    case place:                                    \
        return KIND_##access;
        TW_REGISTERS(KIND)
#undef KIND
    default:
        return KIND_UNKNOWN;
    }
}

bool registers_error(const struct registers *r)
{
    const enum kind kind = kind_of(r->offset);
    const bool user = r->priv != PRIV_S && r->priv != PRIV_M;
    return user || kind == KIND_UNKNOWN || (r->write && kind == KIND_RO);
}

void registers_fence(const struct registers *r, struct fence *fence)
{
    fence->valid = registers_writes(r, REG_FENCE);
    if (!fence->valid)
        return;
    fence->by_va = TW_GET(r->data, FENCE, BY_VA);
    fence->by_asid = TW_GET(r->data, FENCE, BY_ASID);
    fence->va = r->fence_va;
    fence->asid = r->fence_asid;
}

/* ---- the edge -------------------------------------------------------------------------------- */

/* The value that the table gives the register after reset; the offset is the table's. */
static uint64_t reset_value(unsigned offset)
{
    switch (offset) {
#define RESET(name, place, access, reset, sentence) \
    case place:                                     \
        return reset;
        TW_REGISTERS(RESET)
#undef RESET
    default:
        return 0;
    }
}

static uint64_t read_register(const struct registers *r, const struct registers_in *in)
{
    const struct fault_record head = fault_queue_head(in->faults);
    switch (r->offset) {
    case REG_ID:
        return reset_value(REG_ID);
    case REG_CAPABILITIES:
        return r->capabilities;
    case REG_SATP:
        return r->control.satp;
    case REG_CONTROL:
        return TW_PUT(CONTROL, ADUE, r->control.adue) | TW_PUT(CONTROL, PBMTE, r->control.pbmte) |
               TW_PUT(CONTROL, PREFETCH, r->prefetch) | TW_PUT(CONTROL, SEGMENTS, r->segments);
    case REG_FENCE_VA:
        return r->fence_va;
    case REG_FENCE_ASID:
        return r->fence_asid;
    case REG_FENCE:
        return TW_PUT(FENCE, BUSY, in->fence_busy);
    case REG_FAULT_STATUS:
        return fault_queue_status(in->faults);
    case REG_FAULT_CAUSE:
        return head.cause;
    case REG_FAULT_VA:
        return head.va;
    case REG_FAULT_INFO:
        return head.info;
    case REG_FAULT_PTE:
        return head.pte_addr;
    case REG_FAULT_ASID:
        return head.asid;
    case REG_L2_INJECT:
        return TW_PUT(L2_INJECT, BIT, r->inject_bit) | TW_PUT(L2_INJECT, ARMED, r->inject_armed);
    case REG_SEGMENT:
    case REG_SEGMENT_BASE:
    case REG_SEGMENT_LIMIT:
    case REG_SEGMENT_FLAGS:
        return in->segment_value;
    case REG_HASH_TABLE:
        return r->control.hash_table;
    case REG_HASH_ANCHORS:
        return r->control.hash_anchors;
    default: /* a counter, or FAULT_POP, which reads 0 as no counter does */
        return in->count_value;
    }
}

/* SATP.MODE `mode` is built. */
static bool has_mode(const struct registers *r, unsigned mode)
{
    return TW_GET(r->capabilities, CAPABILITIES, MODES) >> mode & 1;
}

static void write_register(struct registers *r)
{
    switch (r->offset) {
    case REG_SATP:
        if (has_mode(r, satp_mode(r->data))) /* one that is not built changes no field */
            r->control.satp = r->data;
        break;
    case REG_CONTROL:
        r->control.adue = TW_GET(r->data, CONTROL, ADUE);
        r->control.pbmte = TW_GET(r->data, CONTROL, PBMTE);
        r->prefetch =
            TW_GET(r->data, CONTROL, PREFETCH) & TW_GET(r->capabilities, CAPABILITIES, PREFETCH);
        r->segments = TW_GET(r->data, CONTROL, SEGMENTS) & r->segments_built;
        break;
    case REG_FENCE_VA:
        r->fence_va = r->data;
        break;
    case REG_FENCE_ASID:
        r->fence_asid = r->data & ((1u << ASID_BITS) - 1);
        break;
    case REG_L2_INJECT:
        if (TW_GET(r->capabilities, CAPABILITIES, L2_SETS) == 0) /* there is nothing to spoil */
            break;
        r->inject_bit = (unsigned)TW_GET(r->data, L2_INJECT, BIT);
        r->inject_armed = TW_GET(r->data, L2_INJECT, ARMED);
        break;
    case REG_HASH_TABLE:
        if (has_mode(r, MODE_HASHED)) /* else it stays 0 */
            r->control.hash_table = r->data;
        break;
    case REG_HASH_ANCHORS:
        if (has_mode(r, MODE_HASHED)) /* likewise */
            r->control.hash_anchors =
                TW_PUT(HASH_ANCHORS, PPN, r->data) |
                TW_PUT(HASH_ANCHORS, BITS, TW_GET(r->data, HASH_ANCHORS, BITS));
        break;
    default: /* FENCE, FAULT_STATUS, FAULT_POP and the segments' act elsewhere */
        break;
    }
}

static void execute(struct registers *r, const struct registers_in *in)
{
    if (registers_drain(r) && !in->quiet)
        return;
    r->resp_error = registers_error(r);
    r->resp_data = r->resp_error || r->write ? 0 : read_register(r, in);
    if (r->write && !r->resp_error)
        write_register(r);
    r->state = ACCESS_RESPOND;
}

void registers_clock(struct registers *r, const struct registers_in *in)
{
    const bool disarm = in->inject_done && !registers_writes(r, REG_L2_INJECT);
    switch (r->state) {
    case ACCESS_IDLE: /* captures an access */
        if (!in->pins->reg_req_valid)
            break;
        r->write = in->pins->reg_req_write;
        r->offset = in->pins->reg_req_offset;
        r->data = in->pins->reg_req_data;
        r->priv = in->pins->reg_req_priv;
        r->state = ACCESS_EXECUTE;
        break;
    case ACCESS_EXECUTE: /* does it, or waits for quiet */
        execute(r, in);
        break;
    case ACCESS_RESPOND: /* shows the answer for one cycle */
        r->resp_data = 0;
        r->resp_error = false;
        r->state = ACCESS_IDLE;
        break;
    }
    if (disarm)
        r->inject_armed = false;
}
