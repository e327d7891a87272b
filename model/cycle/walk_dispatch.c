/* walk_dispatch.c: two ports, one stage, some walkers. Invariant: the stage holds a request for one
 * cycle. */
#include "model/cycle/walk_dispatch.h"

#include <stddef.h>

#include "model/cycle/page.h"

void walk_dispatch_reset(struct walk_dispatch *dispatch)
{
    *dispatch = (struct walk_dispatch){.turn = PORT_FETCH};
}

/* Who waits for a walker goes before its own port's newcomers, and the ports take turns. */
static bool its_turn(const struct walk_dispatch *dispatch, const struct walk_dispatch_in *in)
{
    const struct stage *stage = &dispatch->stage;
    const bool fetch = stage->port == PORT_FETCH;
    const bool own_waiting = fetch ? in->fetch_waiting : in->data_waiting;
    const bool other_waiting = fetch ? in->data_waiting : in->fetch_waiting;
    return (stage->replay || !own_waiting) &&
           (!other_waiting || dispatch->walker_turn == stage->port);
}

void walk_dispatch_judge(const struct walk_dispatch *dispatch, const struct walk_dispatch_in *in,
                         struct walk_dispatch_out *out)
{
    const struct stage *stage = &dispatch->stage;
    const bool found = in->l2_match && leaf_serves(in->l2_pte, &stage->request.body);
    const bool heard = !(in->answer_valid && in->answer_port == stage->port);
    *out = (struct walk_dispatch_out){.settle.slot = stage->slot};
    if (!walk_dispatch_lookup_valid(dispatch, in->fence_valid)) {
        out->settle.state = MISS_AWAKE;
    } else if (found && heard) {
        out->hit = true;
        out->settle.state = MISS_FREE;
    } else if (found && !stage->replay) { /* who comes again gets a walk of its own */
        out->settle.state = MISS_AWAKE;
    } else if (in->page_walker != NO_WALKER) {
        out->merge_valid = true;
        out->settle.state = MISS_MERGED;
        out->settle.walker = in->page_walker;
    } else if (in->walker_idle && its_turn(dispatch, in)) {
        out->start_valid = true;
        out->settle.state = MISS_FREE;
    } else {
        out->settle.state = MISS_WAITING;
    }
}

bool walk_dispatch_prefetches(const struct walk_dispatch_in *in)
{
    const bool stopped = in->fence_valid || in->drain;
    const bool needless = in->l2_match || in->page_walker != NO_WALKER;
    const bool waiting = in->fetch_waiting || in->data_waiting;
    return !stopped && !needless && in->table_known && in->walker_idle && !waiting;
}

void walk_dispatch_clock(struct walk_dispatch *dispatch, bool start_valid, unsigned grant,
                         const struct miss *granted)
{
    struct stage *stage = &dispatch->stage;
    if (start_valid && stage->valid)
        dispatch->walker_turn = !stage->port;
    stage->prefetch = false;
    stage->valid = grant != NO_PORT;
    if (!stage->valid)
        return;
    dispatch->turn = !grant;
    stage->port = grant;
    stage->slot = granted->slot;
    stage->replay = granted->replay;
    stage->request = *granted->request;
}

/* As a request that any good leaf grants. */
void walk_dispatch_take_prefetch(struct walk_dispatch *dispatch, uint64_t va)
{
    dispatch->stage = (struct stage){
        .prefetch = true,
        .request.body = {.va = va, .op = OP_LOAD, .priv = PRIV_S, .sum = true, .mxr = true}};
}
