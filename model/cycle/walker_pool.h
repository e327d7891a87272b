/* walker_pool.h: the walkers side by side, as one. The contract is docs/blocks/walker_pool.md. */
#ifndef MODEL_CYCLE_WALKER_POOL_H
#define MODEL_CYCLE_WALKER_POOL_H

#include "model/cycle/memory_arbiter.h"
#include "model/cycle/walker.h"

struct walker_pool {
    unsigned walkers; /* parameter */
    struct walker walker[TW_WALKERS_MAX];
    unsigned busy;                 /* how many are not IDLE */
    unsigned request;              /* a bit a walker: READ or SWAP */
    unsigned unasked;              /* a bit a walker; of no meaning while that one is idle */
    unsigned obs_state, obs_level; /* `state`, `level` */
    struct memory_arbiter arbiter;
};

struct walker_pool_in {
    const tw_control *control; /* does not change while a walker is busy */
    bool fence_valid;
    const tw_in *pins; /* mem_* */
};

struct walker_pool_out {
    unsigned selected;     /* the walker on the memory pins, or NO_WALKER */
    bool taken;            /* the memory takes its request */
    unsigned answered;     /* the walker that waits and is answered, or NO_WALKER */
    unsigned port;         /* its walk's, or NO_PORT: `answer_valid`, `answer_port`, `done_port` */
    unsigned way;          /* its walk's: `done_way` */
    unsigned events;       /* but EVENT_START */
    struct walk_step step; /* what the answer means for the walk */
    const struct done *done;       /* NULL while not valid, else below */
    const struct pointer *pointer; /* NULL while not valid, else below */
    struct done finished;
    struct pointer deeper;
};

void walker_pool_reset(struct walker_pool *pool, unsigned walkers);

/* Functions of state. */
static inline bool walker_pool_idle(const struct walker_pool *pool)
{
    return pool->busy != pool->walkers; /* `walker_idle`: some walker is */
}

static inline bool walker_pool_all_idle(const struct walker_pool *pool)
{
    return pool->busy == 0;
}

bool walker_pool_fence_busy(const struct walker_pool *pool);

/* The lowest walker that is busy on the 4-KiB page of `va`, or NO_WALKER. */
unsigned walker_pool_page(const struct walker_pool *pool, uint64_t va);

/* Fills the mem_req_* and obs_walker_* pins. */
void walker_pool_pins(const struct walker_pool *pool, const tw_control *control, tw_out *out);

/* Combinational: walker `w` waits and is answered. */
void walker_pool_settle_answer(const struct walker_pool *pool, const struct walker_pool_in *in,
                               unsigned w, struct walker_pool_out *out);

/* Combinational: whose request is taken, who is answered, and what the answer means. */
static inline void walker_pool_settle(const struct walker_pool *pool,
                                      const struct walker_pool_in *in, struct walker_pool_out *out)
{
    const tw_in *pins = in->pins;
    const unsigned w =
        memory_arbiter_answered(&pool->arbiter, pins->mem_resp_valid, pins->mem_resp_id);
    out->selected = memory_arbiter_selected(&pool->arbiter, pool->request, pool->unasked);
    out->taken = out->selected != NO_WALKER && pins->mem_req_ready;
    out->events = 0;
    if (out->taken && pool->walker[out->selected].state == WALK_READ)
        out->events = walker_read_events(&pool->walker[out->selected], in->control);
    out->answered = NO_WALKER;
    out->port = NO_PORT;
    out->done = NULL;
    out->pointer = NULL;
    if (w != NO_WALKER && walker_listens(&pool->walker[w]))
        walker_pool_settle_answer(pool, in, w, out);
}

/* `event_restart` of a fence. */
unsigned walker_pool_restarts(const struct walker_pool *pool);

/* The edge, in two parts, the first if it happens: a request merges with the walk of walker `w`. */
void walker_pool_merge(struct walker_pool *pool, unsigned w);

/* `out` is what walker_pool_settle gave for the same state and inputs; `start` is NULL if no walk
 * starts. */
void walker_pool_clock(struct walker_pool *pool, const struct walker_pool_in *in,
                       const struct walker_pool_out *out, const struct walk_start *start);

#endif
