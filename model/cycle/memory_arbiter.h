/* memory_arbiter.h: whose turn it is on the memory port. The contract is
 * docs/blocks/memory_arbiter.md. */
#ifndef MODEL_CYCLE_MEMORY_ARBITER_H
#define MODEL_CYCLE_MEMORY_ARBITER_H

#include "model/cycle/wires.h"

/* By this much the row of a walker whose request is held lies behind that of its turn. A turn may
 * be the number behind the last walker's, which is the first one's. */
enum { HELD = TW_WALKERS_MAX + 1, ROWS = HELD + TW_WALKERS_MAX };

struct memory_arbiter {
    unsigned walkers; /* parameter */
    unsigned row;     /* whose turn it is, and HELD more if its request is held */
    uint8_t first[ROWS][1 << TW_WALKERS_MAX]; /* `selected` by row and candidates */
};

void memory_arbiter_reset(struct memory_arbiter *arbiter, unsigned walkers);

/* The walker whose request is on the pins, or NO_WALKER. `request` and `unasked` have one bit a
 * walker. */
static inline unsigned memory_arbiter_selected(const struct memory_arbiter *arbiter,
                                               unsigned request, unsigned unasked)
{
    unsigned candidates = request;
    if (unasked != 0 && (request & ~unasked) != 0)
        candidates = request & ~unasked;
    return arbiter->first[arbiter->row][candidates];
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
    const unsigned row = selected + (mem_req_ready ? 1u : HELD);
    arbiter->row = selected != NO_WALKER ? row : arbiter->row;
}

#endif
