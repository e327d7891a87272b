/* memory_arbiter.h: whose turn it is on the memory port. The contract is
 * docs/blocks/memory_arbiter.md. */
#ifndef MODEL_CYCLE_MEMORY_ARBITER_H
#define MODEL_CYCLE_MEMORY_ARBITER_H

#include "model/cycle/wires.h"

struct memory_arbiter {
    unsigned walkers;                                   /* parameter */
    unsigned turn;                                      /* the number of a walker */
    uint8_t first[TW_WALKERS_MAX][1 << TW_WALKERS_MAX]; /* `selected` by turn and requests */
};

void memory_arbiter_reset(struct memory_arbiter *arbiter, unsigned walkers);

/* The walker whose request is on the pins, or NO_WALKER. `request` has one bit a walker. */
static inline unsigned memory_arbiter_selected(const struct memory_arbiter *arbiter,
                                               unsigned request)
{
    return arbiter->first[arbiter->turn][request];
}

/* The walker that the memory answers, or NO_WALKER. */
static inline unsigned memory_arbiter_answered(const struct memory_arbiter *arbiter,
                                               bool mem_resp_valid, unsigned mem_resp_id)
{
    const bool known = mem_resp_valid & (mem_resp_id < arbiter->walkers);
    return known ? mem_resp_id : NO_WALKER;
}

/* `selected` is what memory_arbiter_selected gave in this cycle. */
static inline void memory_arbiter_clock(struct memory_arbiter *arbiter, unsigned selected,
                                        bool mem_req_ready)
{
    unsigned turn = selected + mem_req_ready;
    turn = turn == arbiter->walkers ? 0 : turn;
    arbiter->turn = selected != NO_WALKER ? turn : arbiter->turn;
}

#endif
