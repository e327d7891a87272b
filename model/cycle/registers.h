/* registers.h: what software can read and write. The contract is docs/blocks/registers.md. */
#ifndef MODEL_CYCLE_REGISTERS_H
#define MODEL_CYCLE_REGISTERS_H

#include "model/cycle/fault_queue.h"
#include "model/cycle/wires.h"
#include "tablewalk/config.h"
#include "tablewalk/registers.h"
#include "tablewalk/states.h"

struct registers {
    uint64_t capabilities; /* parameters, as CAPABILITIES shows them */

    unsigned state; /* ACCESS_IDLE and so on */
    bool write;     /* this and the three below: the access that is captured */
    unsigned offset;
    uint64_t data;
    unsigned priv;
    uint64_t resp_data;
    bool resp_error;

    tw_control control; /* SATP and CONTROL */
    uint64_t fence_va;
    unsigned fence_asid;
};

struct registers_in {
    bool reg_req_valid, reg_req_write;
    unsigned reg_req_offset, reg_req_priv;
    uint64_t reg_req_data;
    bool quiet;
    bool fence_busy;
    const struct fault_queue *faults; /* its head and status */
    uint64_t count_value;             /* of the counter at `offset` */
};

void registers_reset(struct registers *registers, const tw_config *config);

bool registers_drain(const struct registers *registers);
struct fence registers_fence(const struct registers *registers);
bool registers_fault_pop(const struct registers *registers);
bool registers_fault_clear(const struct registers *registers);

void registers_clock(struct registers *registers, const struct registers_in *in);

#endif
