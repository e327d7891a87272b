/*
 * traffic.h: shaped random traffic for a machine: requests on both ports with many in flight,
 * register accesses, fences near the pages in use, software that changes PTEs, a racing writer, bus
 * errors, resets in mid-walk. The same seed gives the same traffic. It counts what it did, so that
 * a test can ask for it.
 */
#ifndef TB_TRAFFIC_H
#define TB_TRAFFIC_H

#include <stdio.h>

#include "tablewalk/machine.h"
#include "tb/racing_writer.h"
#include "tb/traffic_inverted.h"

/* The MMU's own counters that traffic reads through the register port: X(NAME of COUNT_NAME). */
#define TRAFFIC_COUNTERS(X) \
    X(FETCH_MERGES)         \
    X(DATA_MERGES)          \
    X(FETCH_L2_HITS)        \
    X(DATA_L2_HITS)         \
    X(L2_PARITY)            \
    X(WALK_CACHE_1)         \
    X(WALK_CACHE_2)         \
    X(WALK_CACHE_3)         \
    X(WALK_CACHE_4)         \
    X(PREFETCHES)           \
    X(PROBES)               \
    X(CHAIN_1)              \
    X(CHAIN_2)              \
    X(CHAIN_4)              \
    X(CHAIN_8)              \
    X(CHAIN_MORE)           \
    X(RETRIES)              \
    X(RESTARTS)

enum traffic_counter {
#define COUNTER(NAME) COUNTER_##NAME,
    TRAFFIC_COUNTERS(COUNTER)
#undef COUNTER
        COUNTERS
};

enum { PAGE_SIZES = 64, CAUSES = 16, FENCE_KINDS = 4, ANY_MODE = 16 };

struct traffic_counts {
    uint64_t cycles;
    uint64_t requests; /* taken, both ports */
    uint64_t answers;
    uint64_t cause[CAUSES];      /* answers by cause; [0]: no fault */
    uint64_t size[PAGE_SIZES];   /* answers by log2 of the page; [0]: untranslated or a fault */
    uint64_t overtaken;          /* answers that came before an older request's */
    uint64_t fence[FENCE_KINDS]; /* tw_fence_kind */
    uint64_t fence_in_walk;      /* of these, taken while a walker was busy */
    uint64_t satp_writes, control_writes, refused; /* refused: register answers with an error */
    uint64_t segment_writes;                       /* to the base, limit or flags of one */
    uint64_t hash_writes;                          /* to HASH_TABLE and HASH_ANCHORS */
    uint64_t fault_reads;                          /* of the oldest fault's registers */
    uint64_t remaps;                               /* PTEs changed by software */
    uint64_t unlinked_in_walk; /* of these, hashed entries unlinked while a walker was busy */
    uint64_t bus_errors;       /* PTEs that failed on the bus for a while */
    uint64_t resets, resets_in_walk;
    uint64_t wide_phases;             /* stretches with many pages in use */
    uint64_t spoilt;                  /* bits of the second level that were to be spoilt */
    uint64_t walkers[TW_WALKERS_MAX]; /* cycles with more than [n] walkers busy */
    uint64_t counter[COUNTERS];       /* what the MMU counted; a little less after a reset */
    uint64_t race[RACES];
    struct inverted_counts inverted;
};

struct traffic;

/* Builds its page tables in the machine's memory. Borrows the machine. NULL if memory is out. */
struct traffic *traffic_open(tw_machine *machine, const tw_config *config, uint64_t seed);
void traffic_close(struct traffic *traffic); /* NULL is allowed */

/* From now on nine of ten writes to SATP enter this mode, if it is built; ANY_MODE: as before. */
void traffic_prefer(struct traffic *traffic, unsigned mode);

/* Runs until that many more requests are taken, then until all are answered and the counters are
 * read. TW_OK, TW_MISMATCH,
 * TW_TIMEOUT if nothing is answered any more, TW_NO_MEMORY. */
tw_status traffic_run(struct traffic *traffic, uint64_t requests, tw_error *error);

struct traffic_counts traffic_counts(const struct traffic *traffic);
void traffic_print(const struct traffic_counts *counts, FILE *to);

#endif
