/*
 * traffic_world.h: address spaces for random traffic: tables in simulated memory, and a pool of
 * places in them whose PTEs are good, faulty and changing. Places lie close together, so that
 * superpages, NAPOT groups and single pages overlap, and neighbours share tables.
 */
#ifndef TB_TRAFFIC_WORLD_H
#define TB_TRAFFIC_WORLD_H

#include "tablewalk/config.h"
#include "tablewalk/memory.h"

enum { SPACES = 6, PLACES = 96 };

struct space {
    unsigned mode, asid;
    uint64_t root; /* page number */
};

struct place {
    uint64_t va; /* of a 4 KiB page */
    uint8_t space;
};

struct traffic_world {
    tw_memory *memory;
    uint64_t random;
    uint64_t next_table; /* page number; the tables are a ring, an old one is taken again */
    struct space space[SPACES];
    struct place place[PLACES];
};

/* Builds it all. TW_NO_MEMORY if memory is out. */
tw_status world_build(struct traffic_world *world, tw_memory *memory, const tw_config *config,
                      uint64_t seed);

/* Gives a place a new leaf, at a random level. */
tw_status world_remap(struct traffic_world *world, const struct place *place);

/* Where the PTE stands at which a walk of the place ends now. */
uint64_t world_pte_address(const struct traffic_world *world, const struct place *place);

/* True if the present PTE of the place allows the operation to somebody. */
bool world_allows(const struct traffic_world *world, const struct place *place, tw_op op);

/* A request for an address of the place. Most are such that the present PTE grants them, as else
 * faults would be all there is; some have a bit of the address flipped. */
tw_request world_request(struct traffic_world *world, const struct place *place, tw_op op);

uint64_t world_satp(const struct space *space);

#endif
