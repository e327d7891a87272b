/* walker_pool.c: several walkers and one memory port. Invariant: no two walkers are busy on one
 * 4-KiB page; what the pool counts and shows of the walkers is what their states say. */
#include "model/cycle/walker_pool.h"

#include <assert.h>
#include <stddef.h>

void walker_pool_reset(struct walker_pool *pool, unsigned walkers)
{
    *pool = (struct walker_pool){.walkers = walkers};
    for (unsigned w = 0; w < walkers; w++)
        walker_reset(&pool->walker[w]);
    memory_arbiter_reset(&pool->arbiter, walkers);
}

bool walker_pool_fence_busy(const struct walker_pool *pool)
{
    for (unsigned w = 0; w < pool->walkers; w++) {
        if (pool->walker[w].restart)
            return true;
    }
    return false;
}

unsigned walker_pool_page(const struct walker_pool *pool, uint64_t va)
{
    unsigned on_page = 0;
    for (unsigned w = 0; w < pool->walkers; w++)
        on_page |= (unsigned)walker_on_page(&pool->walker[w], va) << w;
    return lowest(on_page | 1u << NO_WALKER);
}

/* ---- pins ------------------------------------------------------------------------------------ */

static void no_request(tw_out *out)
{
    out->mem_req_valid = out->mem_req_id = out->mem_req_op = out->mem_req_size = 0;
    out->mem_req_addr = out->mem_req_expected = out->mem_req_desired = 0;
}

void walker_pool_pins(const struct walker_pool *pool, const tw_control *control, tw_out *out)
{
    out->obs_walker_state = (uint16_t)pool->obs_state;
    out->obs_walker_level = (uint16_t)pool->obs_level;
    const unsigned selected = memory_arbiter_selected(&pool->arbiter, pool->request, pool->unasked);
    if (selected == NO_WALKER) {
        no_request(out);
        return;
    }
    walker_pins(&pool->walker[selected], control, out);
    out->mem_req_id = (uint8_t)selected;
}

/* ---- wires ----------------------------------------------------------------------------------- */

void walker_pool_settle_answer(const struct walker_pool *pool, const struct walker_pool_in *in,
                               unsigned w, struct walker_pool_out *out)
{
    const struct walker *walker = &pool->walker[w];
    out->answered = w;
    out->port = walker->port;
    if (walker->state == WALK_SWAP_WAIT && !in->pins->mem_resp_error)
        out->events |= in->pins->mem_resp_swapped ? EVENT_SWAP : EVENT_RETRY;
    walker_decide(walker, in->control, in->fence_valid, in->pins, &out->step);
    if (out->step.kind == STEP_FINISH) {
        out->events |= walker_chain_event(walker, in->control);
        walker_done(walker, in->control, &out->step, &out->finished);
        out->done = &out->finished;
        out->way = walker->way;
    } else if (out->step.kind == STEP_DOWN) {
        walker_pointer(walker, &out->step, &out->deeper);
        out->pointer = &out->deeper;
    }
}

unsigned walker_pool_restarts(const struct walker_pool *pool)
{
    unsigned restarts = 0;
    for (unsigned w = 0; w < pool->walkers; w++)
        restarts += !walker_idle(&pool->walker[w]) && !pool->walker[w].restart;
    return restarts;
}

/* ---- the edge -------------------------------------------------------------------------------- */

/* What the pool shows of a walker that has changed. */
static void note(struct walker_pool *pool, unsigned w)
{
    const struct walker *walker = &pool->walker[w];
    const unsigned level = walker_idle(walker) ? 0 : walker->level;
    const unsigned request = walker_requests(walker);
    pool->request = (pool->request & ~(1u << w)) | request << w;
    pool->obs_state = (pool->obs_state & ~(15u << 4 * w)) | walker->state << 4 * w;
    pool->obs_level = (pool->obs_level & ~(7u << 3 * w)) | level << 3 * w;
    if (walker_prefetches(walker) && !walker_idle(walker))
        pool->obs_state |= (unsigned)WALK_PREFETCH << 4 * w;
}

static void fence(struct walker_pool *pool, const struct walker_pool_in *in,
                  const struct walker_pool_out *out)
{
    for (unsigned w = 0; w < pool->walkers; w++) {
        if (walker_idle(&pool->walker[w]) || w == out->answered)
            continue;
        walker_fence(&pool->walker[w], in->control, w == out->selected);
        pool->busy -= walker_idle(&pool->walker[w]);
        note(pool, w);
    }
}

void walker_pool_merge(struct walker_pool *pool, unsigned w)
{
    walker_merge(&pool->walker[w]);
    pool->unasked &= ~(1u << w);
}

/* The idle walker of the lowest number; there is one. */
static unsigned first_idle(const struct walker_pool *pool)
{
    unsigned w = 0;
    while (!walker_idle(&pool->walker[w]))
        w++;
    return w;
}

void walker_pool_clock(struct walker_pool *pool, const struct walker_pool_in *in,
                       const struct walker_pool_out *out, const struct walk_start *start)
{
    const unsigned idle = start != NULL ? first_idle(pool) : NO_WALKER;
    if (in->fence_valid)
        fence(pool, in, out);
    if (out->taken) {
        walker_taken(&pool->walker[out->selected]);
        note(pool, out->selected);
    }
    if (out->answered != NO_WALKER) {
        walker_answered(&pool->walker[out->answered], in->control, &out->step);
        pool->busy -= walker_idle(&pool->walker[out->answered]);
        note(pool, out->answered);
    }
    if (start != NULL) {
        walker_start(&pool->walker[idle], in->control, start);
        pool->busy++;
        pool->unasked &= ~(1u << idle);
        if (start->port == NO_PORT)
            pool->unasked |= 1u << idle;
        note(pool, idle);
    }
    memory_arbiter_clock(&pool->arbiter, out->selected, in->pins->mem_req_ready);
}
