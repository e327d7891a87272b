/* mmu.h: the wiring, and nothing else. The contract is docs/blocks/mmu.md. */
#ifndef MODEL_CYCLE_MMU_H
#define MODEL_CYCLE_MMU_H

#include "model/cycle/counters.h"
#include "model/cycle/fault_queue.h"
#include "model/cycle/l2_tlb.h"
#include "model/cycle/prefetcher.h"
#include "model/cycle/registers.h"
#include "model/cycle/request_port.h"
#include "model/cycle/segment_table.h"
#include "model/cycle/walk_cache.h"
#include "model/cycle/walk_dispatch.h"
#include "model/cycle/walker_pool.h"
#include "tablewalk/config.h"
#include "tablewalk/pins.h"

struct mmu {
    tw_config config; /* parameters */
    struct request_port fetch, data;
    struct walk_dispatch dispatch;
    struct prefetcher prefetcher;
    struct l2_tlb l2;
    struct walk_cache walk_cache;
    struct walker_pool pool;
    struct fault_queue faults;
    struct registers registers;
    struct segment_table segments;
    struct counters counters;
};

/* Allocates what depends on the configuration. False if memory is out. mmu_close frees it in either
 * case. */
bool mmu_open(struct mmu *mmu, const tw_config *config);
void mmu_close(struct mmu *mmu);

void mmu_outputs(const struct mmu *mmu, tw_out *out);

/* One rising edge; rst_n = 0 resets. */
void mmu_clock(struct mmu *mmu, const tw_in *in);

#endif
