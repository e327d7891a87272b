/* fault_queue.h: the faults that software has not yet seen. The contract is
 * docs/blocks/fault_queue.md. */
#ifndef MODEL_CYCLE_FAULT_QUEUE_H
#define MODEL_CYCLE_FAULT_QUEUE_H

#include "model/cycle/wires.h"
#include "tablewalk/registers.h"

/* What FAULT_CAUSE, FAULT_VA, FAULT_INFO, FAULT_PTE and FAULT_ASID read. */
struct fault_record {
    uint64_t cause, va, info, pte_addr, asid;
};

struct fault_queue {
    unsigned count;
    struct fault_record record[FAULT_QUEUE_ENTRIES]; /* record 0 is the oldest */
    bool overflow;
    uint32_t dropped;
    uint16_t parity; /* second-level lookups that met wrong parity */
};

struct fault_queue_in {
    const struct answer *fetch, *data; /* on the pins in this cycle, with a fault or without */
    unsigned satp_asid;
    bool pop, clear;
    bool parity;
};

void fault_queue_reset(struct fault_queue *queue);

/* The oldest record; all 0 when the queue is empty. */
struct fault_record fault_queue_head(const struct fault_queue *queue);
uint64_t fault_queue_status(const struct fault_queue *queue);
static inline bool fault_queue_irq(const struct fault_queue *queue)
{
    return queue->count != 0;
}

void fault_queue_clock(struct fault_queue *queue, const struct fault_queue_in *in);

#endif
