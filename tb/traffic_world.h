/*
 * traffic_world.h: address spaces for random traffic: tables in simulated memory, and a pool of
 * places in them whose PTEs are good, faulty and changing. Places lie close together, so that
 * superpages, NAPOT groups and single pages overlap, and neighbours share tables; or far apart, in
 * more tables than a walk cache holds, many of them in one set of a second-level TLB, however many
 * sets that has. A linear table has 4 MiB of memory of its own, most of which is never written.
 * The spaces of hashed mode share the tables of traffic_inverted.h.
 */
#ifndef TB_TRAFFIC_WORLD_H
#define TB_TRAFFIC_WORLD_H

#include "tablewalk/config.h"
#include "tablewalk/memory.h"
#include "tb/traffic_inverted.h"

enum { SPACES = 10, NEAR = 16, WIDE = 240, PLACES = SPACES * (NEAR + WIDE) };

struct space {
    unsigned mode, asid;
    uint64_t root; /* page number */
};

struct place {
    uint64_t va; /* of a 4 KiB page */
    uint8_t space;
    bool wide;
};

struct traffic_world {
    tw_memory *memory;
    uint64_t random;
    uint64_t next_table; /* page number; the tables are a ring, an old one is taken again */
    struct space space[SPACES];
    struct place place[PLACES];
    struct inverted inverted;
};

/* Index of a space's n-th near or wide place. */
static inline unsigned world_near(unsigned space, unsigned n)
{
    return space + SPACES * n;
}

static inline unsigned world_wide(unsigned space, unsigned n)
{
    return space + SPACES * (NEAR + n);
}

/* Builds it all. TW_NO_MEMORY if memory is out. */
tw_status world_build(struct traffic_world *world, tw_memory *memory, const tw_config *config,
                      uint64_t seed);

/* Gives a place a new leaf, good or not: a near one at a random level, a wide one mostly at level
 * 0, since it has its tables in common with many others. */
tw_status world_remap(struct traffic_world *world, const struct place *place);

/* Gives the pages behind a place, so many, leaves of their own, good or not. */
tw_status world_lay_run(struct traffic_world *world, const struct place *place, unsigned pages);

/* Gives a place a good leaf at level 0 unless it has a good one. */
tw_status world_repair(struct traffic_world *world, const struct place *place);

/* Where the PTE, or the hashed entry or anchor, stands at which a walk of the place ends now. */
uint64_t world_pte_address(const struct traffic_world *world, const struct place *place);

/* True if the present PTE of the place allows the operation to somebody. */
bool world_allows(const struct traffic_world *world, const struct place *place, tw_op op);

/* A request for an address of the place. Most are such that the present PTE grants them, as else
 * faults would be all there is; some have a bit of the address flipped. */
tw_request world_request(struct traffic_world *world, const struct place *place, tw_op op);

uint64_t world_satp(const struct space *space);

#endif
