/*
 * drive.h: a list of accesses played through the pins as fast as the MMU answers, and what it took.
 *
 * Every page that occurs is mapped as a 4 KiB page with a frame of its own; the TLBs are cold.
 * Accesses are presented in the order of the list, fetches on the fetch port and the others on the
 * data port, each as soon as fewer than `outstanding` are presented and not answered, and its
 * port's pins are free: the next one in the very cycle in which an answer is visible. Every answer
 * is checked against the mapping.
 */
#ifndef TB_DRIVE_H
#define TB_DRIVE_H

#include <stdbool.h>

#include "tablewalk/engine.h"
#include "tb/drive_list.h"

enum { DRIVE_OUTSTANDING_MAX = 1 << TW_REQUEST_ID_BITS, DRIVE_LATENCY_MAX = 10000 };

typedef struct drive_options {
    uint32_t latency; /* of the memory: cycles from a request being taken to its answer, from 1 */
    unsigned outstanding; /* over both ports together, 1 to DRIVE_OUTSTANDING_MAX */
    bool clear_ad;        /* pages begin with A and D clear, to be set by the MMU; else set */
    unsigned mode;        /* of the page tables; MODE_BARE stands for Sv39 */
} drive_options;

typedef struct drive_result {
    uint64_t accesses;   /* answered */
    uint64_t cycles;     /* from the first request to the last answer, both included */
    uint64_t mismatches; /* answers other than the mapping says, and what stopped the machine */
    /* What the MMU says of itself; counts are 0 if the machine stands still. */
    unsigned walkers; /* that it has */
    bool prefetch;    /* is built, so it was turned on */
    uint64_t walks, reads, swaps;
    uint64_t prefetches;                                /* of the walks */
    uint64_t fetch_requests, fetch_hits, fetch_l2_hits; /* l2: of the misses, in the second level */
    uint64_t data_requests, data_hits, data_l2_hits;
    uint64_t walk_cache_hits; /* walks that did not begin at the root */
    uint64_t parity_errors;
} drive_result;

/* Resets the engine, plays the list, which must not be empty, and fills *result, also on failure as
 * far as it came. The engine stays the caller's; it has to be built with the mode, and
 * every address has to be canonical in it.
 *
 * TW_MISMATCH: an answer was wrong (the first one stands in *error, all are counted), or lockstep
 * saw a difference. TW_TIMEOUT: no answer as long as patience.h says. TW_USAGE: options outside
 * their ranges. TW_NO_MEMORY. */
tw_status drive_run(tw_engine *engine, const drive_list *list, const drive_options *options,
                    drive_result *result, tw_error *error);

/* Cycles per translation; 0 if nothing was answered. */
double drive_cycles_each(const drive_result *result);

/* Second-level hits of both ports. */
uint64_t drive_l2_hits(const drive_result *result);

#endif
