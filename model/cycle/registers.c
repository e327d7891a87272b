/*
 * registers.c: one access at a time: captured, executed, answered.
 *
 * Invariant: nothing but an access in EXECUTE that is no error changes a register or leaves the
 * block.
 */
#include "model/cycle/registers.h"

void registers_reset(struct registers *registers, const tw_config *config)
{
    *registers = (struct registers){.capabilities =
                                        TW_PUT(CAPABILITIES, MODES, config->modes) |
                                        TW_PUT(CAPABILITIES, FETCH_ENTRIES, config->fetch_entries) |
                                        TW_PUT(CAPABILITIES, DATA_ENTRIES, config->data_entries) |
                                        TW_PUT(CAPABILITIES, MISSES, config->misses) |
                                        TW_PUT(CAPABILITIES, WALKERS, WALKERS)};
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

static bool is_error(const struct registers *r)
{
    const enum kind kind = kind_of(r->offset);
    const bool user = r->priv != PRIV_S && r->priv != PRIV_M;
    return user || kind == KIND_UNKNOWN || (r->write && kind == KIND_RO);
}

/* A write to this register executes, unless it has to wait for quiet, in this cycle. */
static bool writes(const struct registers *r, unsigned offset)
{
    return r->state == ACCESS_EXECUTE && r->write && r->offset == offset && !is_error(r);
}

bool registers_drain(const struct registers *r)
{
    return writes(r, REG_SATP) || writes(r, REG_CONTROL);
}

struct fence registers_fence(const struct registers *r)
{
    return (struct fence){.valid = writes(r, REG_FENCE),
                          .by_va = TW_GET(r->data, FENCE, BY_VA),
                          .by_asid = TW_GET(r->data, FENCE, BY_ASID),
                          .va = r->fence_va,
                          .asid = r->fence_asid};
}

bool registers_fault_pop(const struct registers *r)
{
    return writes(r, REG_FAULT_POP);
}

bool registers_fault_clear(const struct registers *r)
{
    return writes(r, REG_FAULT_STATUS) && TW_GET(r->data, FAULT_STATUS, OVERFLOW);
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
        return TW_PUT(CONTROL, ADUE, r->control.adue) | TW_PUT(CONTROL, PBMTE, r->control.pbmte);
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
    default: /* a counter, or FAULT_POP, which reads 0 as no counter does */
        return in->count_value;
    }
}

static void write_register(struct registers *r)
{
    const uint64_t capable = TW_GET(r->capabilities, CAPABILITIES, MODES);
    switch (r->offset) {
    case REG_SATP:
        if (capable >> satp_mode(r->data) & 1) /* a MODE that is not built changes no field */
            r->control.satp = r->data;
        break;
    case REG_CONTROL:
        r->control.adue = TW_GET(r->data, CONTROL, ADUE);
        r->control.pbmte = TW_GET(r->data, CONTROL, PBMTE);
        break;
    case REG_FENCE_VA:
        r->fence_va = r->data;
        break;
    case REG_FENCE_ASID:
        r->fence_asid = r->data & ((1u << ASID_BITS) - 1);
        break;
    default: /* FENCE, FAULT_STATUS and FAULT_POP act elsewhere */
        break;
    }
}

static void execute(struct registers *r, const struct registers_in *in)
{
    if (registers_drain(r) && !in->quiet)
        return;
    r->resp_error = is_error(r);
    r->resp_data = r->resp_error || r->write ? 0 : read_register(r, in);
    if (r->write && !r->resp_error)
        write_register(r);
    r->state = ACCESS_RESPOND;
}

void registers_clock(struct registers *r, const struct registers_in *in)
{
    switch (r->state) {
    case ACCESS_IDLE: /* captures an access */
        if (!in->reg_req_valid)
            break;
        r->write = in->reg_req_write;
        r->offset = in->reg_req_offset;
        r->data = in->reg_req_data;
        r->priv = in->reg_req_priv;
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
}
