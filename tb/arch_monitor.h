/*
 * arch_monitor.h: judges every answer by the rules of translation alone.
 *
 * An answer without a fault must follow from a leaf PTE that the MMU read and no fence has covered
 * since, and from the request's own privilege, SUM and MXR. A fault must follow from what the
 * request's walk met on the memory port, or from its segment, which alone decides before them.
 * Nothing about TLBs, replacement or timing is known here.
 */
#ifndef TB_ARCH_MONITOR_H
#define TB_ARCH_MONITOR_H

#include "tablewalk/error.h"
#include "tablewalk/memory.h"
#include "tb/allowed.h"
#include "tb/fault_monitor.h"
#include "tb/observer.h"

struct arch_monitor {
    const tw_memory *memory;
    struct allowed allowed;
    uint16_t met[PORTS][IDS];       /* bit c set: this request's walk met what gives cause c */
    struct reasons why[PORTS][IDS]; /* the same, with check, level and PTE */
    struct fault_monitor records;
    uint64_t fresh; /* answers by a leaf that memory still holds */
    uint64_t stale; /* answers by a leaf that memory does not hold any more; legal until a fence */
    uint64_t faults;
    uint64_t limits, rights; /* of the faults, those of checks LIMIT and SEGMENT */
    uint64_t through;        /* fresh and stale, those of requests that went through a segment */
    uint64_t linear, linear_faults; /* fresh and stale in linear mode, and faults of its walks */
    uint64_t hashed, hashed_faults; /* the same in hashed mode */
};

void arch_monitor_open(struct arch_monitor *monitor, const tw_memory *memory);
void arch_monitor_close(struct arch_monitor *monitor);
void arch_monitor_reset(struct arch_monitor *monitor);

/* Judges the answer that is on the pins: TW_OK, or TW_MISMATCH with what would have been right. */
tw_status arch_monitor_answer(struct arch_monitor *monitor, const struct flight *flight,
                              unsigned port, const struct answer_pins *answer, tw_error *error);

/* Learns what the memory answered. TW_NO_MEMORY if memory is out. */
tw_status arch_monitor_step(struct arch_monitor *monitor, const struct observer *observer,
                            const struct step *step, tw_error *error);

void arch_monitor_fence(struct arch_monitor *monitor, const struct fence *fence);

#endif
