/* registers.h: what software can read and write. The contract is docs/blocks/registers.md. */
#ifndef MODEL_CYCLE_REGISTERS_H
#define MODEL_CYCLE_REGISTERS_H

#include "model/cycle/fault_queue.h"
#include "model/cycle/wires.h"
#include "tablewalk/config.h"
#include "tablewalk/pins.h"
#include "tablewalk/registers.h"
#include "tablewalk/states.h"

struct registers {
    uint64_t capabilities; /* parameters, as CAPABILITIES shows them */
    bool segments_built;   /* and one that SEGMENT.COUNT shows */

    unsigned state; /* ACCESS_IDLE and so on */
    bool write;     /* this and the three below: the access that is captured */
    unsigned offset;
    uint64_t data;
    unsigned priv;
    uint64_t resp_data;
    bool resp_error;

    tw_control control; /* SATP, CONTROL, HASH_TABLE and HASH_ANCHORS */
    bool prefetch;      /* CONTROL.PREFETCH, which the architecture does not know */
    bool segments;      /* CONTROL.SEGMENTS, likewise */
    uint64_t fence_va;
    unsigned fence_asid;
    bool inject_armed; /* L2_INJECT */
    unsigned inject_bit;
};

struct registers_in {
    const tw_in *pins; /* reg_req_* */
    bool quiet;        /* this, fence_busy and the two values count only in EXECUTE */
    bool fence_busy;
    bool inject_done;                 /* the second level is written in this cycle */
    const struct fault_queue *faults; /* its head and status */
    uint64_t count_value;             /* of the counter at `offset` */
    uint64_t segment_value;           /* of segment_table's register there */
};

void registers_reset(struct registers *registers, const tw_config *config);

/* The access that is captured gets an error answer. */
bool registers_error(const struct registers *registers);

/* Functions of state: what the access does to others while it executes. */
static inline bool registers_writes(const struct registers *registers, unsigned offset)
{
    return registers->state == ACCESS_EXECUTE && registers->write && registers->offset == offset &&
           !registers_error(registers);
}

/* `write_valid`, but for those that wait for quiet, which nobody else listens to. */
static inline bool registers_write_valid(const struct registers *registers)
{
    return registers->state == ACCESS_EXECUTE && registers->write && !registers_error(registers);
}

static inline bool registers_drain(const struct registers *registers)
{
    return registers_writes(registers, REG_SATP) || registers_writes(registers, REG_CONTROL) ||
           registers_writes(registers, REG_HASH_TABLE) ||
           registers_writes(registers, REG_HASH_ANCHORS);
}

static inline bool registers_fault_pop(const struct registers *registers)
{
    return registers_writes(registers, REG_FAULT_POP);
}

static inline bool registers_fault_clear(const struct registers *registers)
{
    return registers_writes(registers, REG_FAULT_STATUS) &&
           TW_GET(registers->data, FAULT_STATUS, OVERFLOW);
}

void registers_fence(const struct registers *registers, struct fence *fence);

void registers_clock(struct registers *registers, const struct registers_in *in);

#endif
