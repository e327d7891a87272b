/* walk_dispatch.h: what becomes of a miss. The contract is docs/blocks/walk_dispatch.md. */
#ifndef MODEL_CYCLE_WALK_DISPATCH_H
#define MODEL_CYCLE_WALK_DISPATCH_H

#include "model/cycle/wires.h"

/* `stage_*`; what stands beside `valid` and `prefetch` is of no meaning without them. */
struct stage {
    bool valid;    /* a port's request is in it */
    bool prefetch; /* the prefetcher's page is */
    unsigned port;
    unsigned slot;
    bool replay;
    struct request request;
};

struct walk_dispatch {
    struct stage stage;
    unsigned turn;        /* the port that is granted when both miss */
    unsigned walker_turn; /* the port that gets a walker when both wait for one */
};

struct walk_dispatch_in {
    bool fence_valid;
    bool l2_match;
    uint64_t l2_pte;
    unsigned page_walker; /* the walker that is busy on the stage's page, or NO_WALKER */
    bool walker_idle;
    bool answer_valid;
    unsigned answer_port;
    bool fetch_waiting, data_waiting;
    bool drain, table_known; /* they count for a prefetch alone */
};

/* The verdict; all of it about the stage's request, none without one. */
struct walk_dispatch_out {
    bool hit, merge_valid, start_valid;
    struct settle settle;
};

void walk_dispatch_reset(struct walk_dispatch *dispatch);

/* Combinational: the port whose miss enters the stage, or NO_PORT. */
static inline unsigned walk_dispatch_grant(const struct walk_dispatch *dispatch, bool fetch_miss,
                                           bool data_miss)
{
    if (fetch_miss && data_miss)
        return dispatch->turn;
    if (fetch_miss)
        return PORT_FETCH;
    return data_miss ? PORT_DATA : NO_PORT;
}

/* Combinational: the stage asks the second level, since rule 1 does not apply. */
static inline bool walk_dispatch_lookup_valid(const struct walk_dispatch *dispatch,
                                              bool fence_valid)
{
    return (dispatch->stage.valid | dispatch->stage.prefetch) && !fence_valid;
}

/* Combinational, only while the stage is valid: cycle t+1. */
void walk_dispatch_judge(const struct walk_dispatch *dispatch, const struct walk_dispatch_in *in,
                         struct walk_dispatch_out *out);

/* Combinational, only while a prefetch is in the stage: it starts, or else is forgotten. */
bool walk_dispatch_prefetches(const struct walk_dispatch_in *in);

/* `granted` is the miss of the port `grant`. */
void walk_dispatch_clock(struct walk_dispatch *dispatch, bool start_valid, unsigned grant,
                         const struct miss *granted);

/* `prefetch_grant`, after walk_dispatch_clock: the stage takes the page of `va`. */
void walk_dispatch_take_prefetch(struct walk_dispatch *dispatch, uint64_t va);

#endif
