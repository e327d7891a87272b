/* walk_cache.h: where a walk may begin. The contract is docs/blocks/walk_cache.md. */
#ifndef MODEL_CYCLE_WALK_CACHE_H
#define MODEL_CYCLE_WALK_CACHE_H

#include "model/cycle/plru.h"
#include "model/cycle/wires.h"

struct walk_cache_entry {
    bool valid;
    bool global;
    uint8_t level;
    uint8_t mode;
    uint16_t asid;
    uint64_t vpn;  /* VA bits 56..12 */
    uint64_t mask; /* vpn_mask of what one PTE of the level maps */
    uint64_t table;
};

struct walk_cache {
    unsigned entries; /* parameter; 0: there is none, and every walk begins at the root */
    struct walk_cache_entry entry[TW_WALK_CACHE_MAX];
    struct plru plru;
};

/* `match`, `start_*`, and the entry that counts. */
struct walk_cache_match {
    bool valid;
    unsigned way;
    unsigned level;
    uint64_t table;
    bool global;
};

struct walk_cache_in {
    uint64_t satp; /* mode and address space of fills */
    const struct fence *fence;
    const struct walk_cache_match *used; /* where a walk starts; NULL without a start */
    const struct pointer *fill;          /* NULL while there is none */
};

void walk_cache_reset(struct walk_cache *cache, unsigned entries);

/* Combinational: where a walk for `va` under `satp` begins. */
void walk_cache_lookup(const struct walk_cache *cache, uint64_t satp, uint64_t va,
                       struct walk_cache_match *match);

void walk_cache_clock(struct walk_cache *cache, const struct walk_cache_in *in);

#endif
