/*
 * wires.h: the bundles of wires that run between blocks. What the RTL spells out port by port, as
 * `done_va` and `done_pte`, is a member here. Plain values; no block owns them.
 */
#ifndef MODEL_CYCLE_WIRES_H
#define MODEL_CYCLE_WIRES_H

#include <stdbool.h>
#include <stdint.h>

#include "tablewalk/config.h"
#include "tablewalk/pte.h"
#include "tablewalk/states.h"
#include "tablewalk/translate.h"

/* The number of the lowest bit that is set; some bit is. */
static inline unsigned lowest(unsigned bits)
{
    return (unsigned)__builtin_ctz(bits);
}

/* The port of a request. */
enum { PORT_FETCH = 0, PORT_DATA = 1, NO_PORT = 2 };

/* The number that is no walker's. */
enum { NO_WALKER = TW_WALKERS_MAX };

/* `id, va, op, priv, sum, mxr` */
struct request {
    unsigned id;
    tw_request body;
};

/* `fence_*`: which translations are dropped at the end of this cycle. */
struct fence {
    bool valid, by_va, by_asid;
    uint64_t va;
    unsigned asid;
};

/* `miss_*`: who misses, and the slot that it has or gets in the miss queue. */
struct miss {
    const struct request *request;
    unsigned slot;
    bool replay; /* it comes from the queue */
};

/* `settle_*`: the verdict on the entry in the stage. */
struct settle {
    unsigned slot;
    enum miss_state state;
    unsigned walker; /* of MISS_MERGED */
};

/* `start_*`: a walk that begins. */
struct walk_start {
    unsigned port; /* NO_PORT: nobody asks, it is a prefetch */
    const struct request *request;
    unsigned level; /* this and the two below: where its first PTE stands */
    uint64_t table;
    bool global;
    unsigned way; /* where the second level shall keep the result */
};

/* `done_*`: a late answer; NULL while not valid. */
struct done {
    const struct request *request;
    unsigned level;
    tw_check check;
    uint64_t pte_addr;
    uint64_t pte;  /* this and the two below mean something with CHECK_NONE alone */
    unsigned size; /* log2 of the page's bytes */
    bool global;
};

/* `pointer_*`: a walk goes down from a good pointer; NULL while not valid. */
struct pointer {
    uint64_t va;
    unsigned level; /* of the pointer */
    uint64_t table; /* the page that it points to */
    bool global;
};

/* `fault_*`: what software is told about a fault beside its cause. */
struct fault {
    struct request request;
    unsigned level;
    tw_check check;
    uint64_t pte_addr;
    unsigned seg;
};

/* `resp_*`, all 0 while not valid, with the fault record beside it, which is of no meaning without
 * a cause. */
struct answer {
    bool valid;
    unsigned id;
    uint64_t pa;
    unsigned pbmt, size;
    unsigned cause; /* the pin `resp_fault` */
    struct fault fault;
};

/* `event_*` of a request port, a bit each, in the order of its counters. */
enum { EVENT_REQUEST = 1, EVENT_HIT = 2, EVENT_MERGE = 4, EVENT_STALL = 8 };

/* `event_*` of the walkers, a bit each, in the order of their counters, which others stand
 * between. */
enum {
    EVENT_START = 1,
    EVENT_READ = 4,
    EVENT_SWAP = 8,
    EVENT_RETRY = 16,
    EVENT_PROBE = 1 << 21,
    EVENT_CHAIN_1 = 1 << 22
};

/* `event_chain` as a bit: 0 is none, 1 to 5 are EVENT_CHAIN_1 and the four after it. */
static inline unsigned event_chain(unsigned chain)
{
    return chain == 0 ? 0 : (unsigned)EVENT_CHAIN_1 << (chain - 1);
}

#endif
