/*
 * config.h: what one MMU is built with. The RTL takes it as parameters, the models at run time.
 */
#ifndef TABLEWALK_CONFIG_H
#define TABLEWALK_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "tablewalk/error.h"

/* Bounds of every configuration; the RTL refuses to elaborate outside them. */
enum {
    TW_ENTRIES_MIN = 2, /* TLB entries per port: a power of two */
    TW_ENTRIES_MAX = 64,
    TW_MISSES_MIN = 1, /* misses that can wait per port, besides those that walk */
    TW_MISSES_MAX = 8,
    TW_WALKERS_MIN = 1,
    TW_WALKERS_MAX = 4,
    TW_L2_ENTRIES_MIN = 16, /* second level: none, or a power of two */
    TW_L2_ENTRIES_MAX = 8192,
    TW_L2_WAYS_MAX = 8,    /* 1, 2, 4 or 8 */
    TW_WALK_CACHE_MIN = 2, /* walk cache: none, or a power of two */
    TW_WALK_CACHE_MAX = 32,
    TW_SEGMENTS_MAX = 16
};

typedef struct tw_config {
    const char *name;       /* "default", or what a mismatch report shall call it; not owned */
    uint32_t fetch_entries; /* entries of the fetch port's TLB */
    uint32_t data_entries;  /* entries of the data port's TLB */
    uint32_t misses;        /* entries of each port's miss queue */
    uint32_t walkers;       /* walks at a time */
    uint32_t l2_entries;    /* entries of the second-level TLB; 0: there is none */
    uint32_t l2_ways;       /* its ways; of no meaning without it */
    uint32_t walk_cache;    /* entries of the walk cache; 0: there is none */
    uint32_t prefetch;      /* 1: translation prefetch is built; it needs the two above */
    uint32_t segments;      /* segment registers; 0: there is no segment unit */
    uint32_t modes;         /* bit m set: SATP.MODE m is built; bit 0 (bare) is always set */
} tw_config;

/* The named configurations, as (name, fetch entries, data entries, misses, walkers, second-level
 * entries, its ways, walk-cache entries, prefetch, segments, modes). */
#define TW_CONFIGS(X)                                                                          \
    X(small, 4, 4, 2, 1, 0, 1, 0, 0, 4, 0x003)          /* Sv32 only, for a microcontroller */ \
    X(default, 16, 16, 4, 2, 512, 4, 8, 0, 16, 0xc703)  /* every mode there is */              \
    X(large, 64, 64, 8, 4, 2048, 8, 32, 0, 16, 0xc703)  /* for many accesses in flight */      \
    X(prefetch, 16, 16, 4, 2, 512, 4, 8, 1, 16, 0xc703) /* as default, and it can fetch ahead */

/* Sets of the second level: its entries by its ways; 0 without one. */
uint32_t tw_config_l2_sets(const tw_config *config);

/* The configuration of that name, or NULL. Static; never freed. */
const tw_config *tw_config_named(const char *name);

/* TW_OK, or TW_USAGE with a sentence that names the field, its value and what is allowed. NULL, as
 * tw_config_named returns it, is refused too. */
tw_status tw_config_check(const tw_config *config, tw_error *error);

/* True if both describe the same hardware; the name does not count. NULL equals nothing. */
bool tw_config_equal(const tw_config *a, const tw_config *b);

#endif
