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
    TW_MISSES_MIN = 1, /* misses that can wait per port, besides the one that walks */
    TW_MISSES_MAX = 8
};

typedef struct tw_config {
    const char *name;       /* "default", or what a mismatch report shall call it; not owned */
    uint32_t fetch_entries; /* entries of the fetch port's TLB */
    uint32_t data_entries;  /* entries of the data port's TLB */
    uint32_t misses;        /* entries of each port's miss queue */
    uint32_t modes;         /* bit m set: SATP.MODE m is built; bit 0 (bare) is always set */
} tw_config;

/* The named configurations, as (name, fetch entries, data entries, misses, modes). */
#define TW_CONFIGS(X)                                                              \
    X(small, 4, 4, 2, 0x003)     /* Sv32 only, for a microcontroller-class core */ \
    X(default, 16, 16, 4, 0x703) /* Bare, Sv32, Sv39, Sv48, Sv57 */                \
    X(large, 64, 64, 8, 0x703)   /* for a core with many accesses in flight */

/* The configuration of that name, or NULL. Static; never freed. */
const tw_config *tw_config_named(const char *name);

/* TW_OK, or TW_USAGE with a sentence that names the field, its value and what is allowed. NULL, as
 * tw_config_named returns it, is refused too. */
tw_status tw_config_check(const tw_config *config, tw_error *error);

/* True if both describe the same hardware; the name does not count. NULL equals nothing. */
bool tw_config_equal(const tw_config *a, const tw_config *b);

#endif
