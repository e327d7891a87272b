/*
 * wires.h: the bundles of wires that run between blocks. What the RTL spells out port by port, as
 * `done_va` and `done_pte`, is a member here. Plain values; no block owns them.
 */
#ifndef MODEL_CYCLE_WIRES_H
#define MODEL_CYCLE_WIRES_H

#include <stdbool.h>
#include <stdint.h>

#include "tablewalk/pte.h"
#include "tablewalk/translate.h"

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

/* `start_*`: a miss on its way to the walker. */
struct walk_start {
    bool valid;
    unsigned port; /* 0 fetch, 1 data */
    struct request request;
};

/* `done_*`: a walk that finishes in this cycle. */
struct walk_done {
    bool valid;
    unsigned port;
    struct request request;
    unsigned level;
    tw_check check;
    uint64_t pte_addr;
    uint64_t pte;  /* this and the two below mean something with CHECK_NONE alone */
    unsigned size; /* log2 of the page's bytes */
    bool global;
};

/* `fault_*`: what software is told about a fault beside its cause. */
struct fault {
    struct request request;
    unsigned level;
    tw_check check;
    uint64_t pte_addr;
};

/* `resp_*` with the fault record beside it; all 0 while not valid, the record also without a
 * fault. */
struct answer {
    bool valid;
    unsigned id;
    uint64_t pa;
    unsigned pbmt, size;
    unsigned cause; /* the pin `resp_fault` */
    struct fault fault;
};

/* `event_*` of a request port: each is one count in its cycle. */
struct port_events {
    bool request, hit, merge, stall;
};

/* `event_*` of the walker. */
struct walker_events {
    bool start, busy, read, swap, retry, restart;
};

#endif
