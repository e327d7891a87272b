/*
 * results.h: what a run found out, as numbers; report.h and report_json.h print them.
 */
#ifndef TB_RESULTS_H
#define TB_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tablewalk/registers.h"
#include "tb/cpu.h"
#include "tb/final_data.h"
#include "tb/landmarks.h"
#include "tb/latency.h"
#include "tb/monitors.h"
#include "tb/os/segments.h"

/* The counters of the MMU that a report shows, by their names in registers.h. */
#define RESULTS_COUNTERS(X) \
    X(FETCH_REQUESTS)       \
    X(FETCH_HITS)           \
    X(DATA_REQUESTS)        \
    X(DATA_HITS)            \
    X(WALKS)                \
    X(WALK_CYCLES)          \
    X(READS)                \
    X(SWAPS)                \
    X(RETRIES)              \
    X(FENCES)               \
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
    X(CHAIN_MORE)

typedef struct mmu_counters {
#define COUNTER_FIELD(name) uint64_t name;
    RESULTS_COUNTERS(COUNTER_FIELD)
#undef COUNTER_FIELD
} mmu_counters;

typedef struct results {
    uint64_t cycles;
    double seconds; /* of the host */
    size_t processes, pages;
    size_t frames;       /* scarce: for pages, and for page tables of one frame each */
    size_t row_frames;   /* in addition to these, for page tables that stand in rows */
    size_t relocated;    /* regions of programs that were relocated into 32 bits */
    uint64_t references; /* of all traces together */
    bool complete;       /* every process ended */
    tw_status status;    /* of simulation_run */
    cpu_counts cpu;
    os_counts os;
    const char *disk_error; /* what the disk said when it refused last, "" if it never did */
    bool paged;             /* has page tables */
    bool segmented;
    os_segment_counts segments;
    struct monitor_counts monitors;
    const final_data *final; /* of each process */
    uint64_t data_checks, data_errors;
    const char *first_data_error; /* "" if there was none */
    uint64_t first_data_cycle;    /* in clocks of the engine */
    bool prefetch;                /* is built, so the OS has turned it on */
    bool hashed;                  /* the mode, with counters of its own */
    bool counted;                 /* `counter` could be read */
    mmu_counters counter;
    const latency *latency;
    landmarks landmarks; /* in clocks of the engine, as the waveform counts them */
} results;

static inline double results_ratio(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : (double)part / (double)whole;
}

/* External: 1 - hole/free, in [0, 1]; 0 if nothing is free. */
static inline double results_fragmentation(uint64_t hole, uint64_t free)
{
    return results_ratio(free - hole, free);
}

static inline uint64_t results_accesses(const results *r)
{
    return r->cpu.fetches + r->cpu.loads + r->cpu.stores;
}

/* That came to a TLB: not those that a segment refused. */
static inline uint64_t results_requests(const results *r)
{
    return r->counter.FETCH_REQUESTS + r->counter.DATA_REQUESTS - r->monitors.limits -
           r->monitors.rights;
}

static inline double results_hit_rate(const results *r)
{
    return results_ratio(r->counter.FETCH_HITS + r->counter.DATA_HITS, results_requests(r));
}

/* That were checked: by page tables, or else by segments alone. */
static inline uint64_t results_translations(const results *r)
{
    return r->paged ? r->monitors.fresh + r->monitors.stale : r->monitors.through;
}

/* Of these, the ones that no TLB answered at once. */
static inline uint64_t results_misses(const results *r)
{
    return results_requests(r) - r->counter.FETCH_HITS - r->counter.DATA_HITS;
}

static inline uint64_t results_l2_hits(const results *r)
{
    return r->counter.FETCH_L2_HITS + r->counter.DATA_L2_HITS;
}

static inline uint64_t results_walk_cache_hits(const results *r)
{
    const mmu_counters *c = &r->counter;
    return c->WALK_CACHE_1 + c->WALK_CACHE_2 + c->WALK_CACHE_3 + c->WALK_CACHE_4;
}

static inline double results_speed(const results *r)
{
    return r->seconds > 0 ? (double)r->cycles / r->seconds : 0;
}

/* 1 if lockstep, a monitor or the OS stopped the machine, else 0. */
static inline unsigned results_mismatches(const results *r)
{
    return r->status == TW_MISMATCH;
}

/* The run went as it should, no data was wrong, nobody was killed. */
static inline bool results_good(const results *r)
{
    return r->status == TW_OK && r->data_errors == 0 && r->os.killed == 0;
}

#endif
