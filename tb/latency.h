/*
 * latency.h: how long each request took, read off the pins: from the cycle in which it was taken to
 * the cycle that shows its answer. A hit takes 1.
 */
#ifndef TB_LATENCY_H
#define TB_LATENCY_H

#include <stdint.h>
#include <stdio.h>

#include "tablewalk/driver.h"

enum { LATENCY_MAX = 4096 };

typedef struct latency {
    uint64_t taken[2][1 << TW_REQUEST_ID_BITS]; /* cycle in which the request in flight was taken */
    uint64_t count[2][LATENCY_MAX + 1]; /* by tw_port and cycles; the last: that and longer */
} latency;

/* A watcher for tw_machine_watch. The latency is zeroed by the caller, who owns it. */
tw_watcher latency_watcher(latency *l);

/* Requests answered later than by a hit, over both ports, and the mean of their cycles (0 for
 * none). */
uint64_t latency_misses(const latency *l);
double latency_mean(const latency *l);

/* Bars of the misses of both ports, at most 16 of equal width. */
void latency_print(const latency *l, FILE *to);

#endif
