/* prefetcher.h: which page to fetch ahead. The contract is docs/blocks/prefetcher.md. */
#ifndef MODEL_CYCLE_PREFETCHER_H
#define MODEL_CYCLE_PREFETCHER_H

#include "model/cycle/wires.h"

struct prefetcher {
    bool want;
    uint64_t page; /* VA bits 63..12 of the wanted page */
};

struct prefetcher_in {
    unsigned mode;
    bool enable;
    bool grant;
    bool served; /* with the two below: a request leaves the stage */
    uint64_t served_va;
    bool table_known;
    bool drop;
};

static inline void prefetcher_reset(struct prefetcher *prefetcher)
{
    *prefetcher = (struct prefetcher){.want = false};
}

/* Functions of state. */
static inline bool prefetcher_valid(const struct prefetcher *prefetcher, bool walker_idle,
                                    bool drop)
{
    return prefetcher->want && walker_idle && !drop;
}

static inline uint64_t prefetcher_va(const struct prefetcher *prefetcher)
{
    return prefetcher->page << PAGE_SHIFT;
}

void prefetcher_clock(struct prefetcher *prefetcher, const struct prefetcher_in *in);

#endif
