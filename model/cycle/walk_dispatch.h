/* walk_dispatch.h: which port's miss gets the walker. The contract is
 * docs/blocks/walk_dispatch.md. */
#ifndef MODEL_CYCLE_WALK_DISPATCH_H
#define MODEL_CYCLE_WALK_DISPATCH_H

#include "model/cycle/wires.h"

struct walk_dispatch {
    unsigned turn; /* the port that wins when both miss: 0 fetch, 1 data */
};

/* A miss is NULL while its valid is 0. */
struct walk_dispatch_in {
    bool walker_idle;
    const struct request *fetch_miss, *data_miss;
};

/* Combinational; at most one of the two grants is set, and `start` is then valid. */
struct walk_dispatch_out {
    bool fetch_miss_grant, data_miss_grant;
    struct walk_start start;
};

void walk_dispatch_reset(struct walk_dispatch *dispatch);
void walk_dispatch_decide(const struct walk_dispatch *dispatch, const struct walk_dispatch_in *in,
                          struct walk_dispatch_out *out);

/* `out` is what walk_dispatch_decide gave in this cycle. */
void walk_dispatch_clock(struct walk_dispatch *dispatch, const struct walk_dispatch_out *out);

#endif
