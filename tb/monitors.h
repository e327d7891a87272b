/*
 * monitors.h: all monitors as one watcher. Each judges by rules of its own: pin_monitor.h the
 * protocol, memory_monitor.h the walker's accesses, arch_monitor.h the answers, fault_monitor.h the
 * records of faults.
 */
#ifndef TB_MONITORS_H
#define TB_MONITORS_H

#include "tablewalk/machine.h"

/* Entries that a hashed walk has read: 0, 1, 2, up to 4, 8, 16, 32, and more. */
enum { CHAIN_LENGTHS = 8, SATP_MODES = 16 };

struct monitors;

struct monitor_counts {
    uint64_t fresh; /* translations by a PTE that memory still held */
    uint64_t stale; /* translations by one that it did not hold any more, with no fence since */
    uint64_t faults;
    uint64_t limits, rights; /* of these, those of segments: checks LIMIT and SEGMENT */
    uint64_t records;        /* reads of FAULT_INFO and FAULT_PTE that were compared */
    uint64_t through;        /* translations of requests that went through a segment */
    uint64_t linear, linear_faults, linear_swaps; /* in linear mode: translations, faults, swaps */
    uint64_t hashed, hashed_faults, hashed_swaps; /* in hashed mode */
    uint64_t chain[CHAIN_LENGTHS];                /* words of it that end a chain, by its length */
    uint64_t chain_faults;                        /* of these, by check CHAIN */
    uint64_t requests[SATP_MODES][2];             /* taken, by mode; [1]: through a segment */
    uint64_t reads, swaps;                        /* memory accesses judged */
    uint64_t shortcuts;    /* of the reads, those that began a walk below a pointer known before */
    uint64_t ahead;        /* of the reads, those that no request in flight needed: prefetches */
    uint64_t ahead_joined; /* of these, those whose page a request waited for when they ended */
    uint64_t ahead_fenced; /* of these, those that a fence made useless */
};

/* Borrows the memory, which must be the machine's. NULL if memory is out. */
struct monitors *monitors_open(const tw_config *config, const tw_memory *memory);
void monitors_close(struct monitors *monitors); /* NULL is allowed */

tw_watcher monitors_watcher(struct monitors *monitors);
struct monitor_counts monitors_counts(const struct monitors *monitors);

#endif
