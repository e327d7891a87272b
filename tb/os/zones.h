/*
 * zones.h: physical memory as a kernel of 32 bits has it: NUMA nodes, and in each a low zone that
 * the kernel reaches at a fixed distance and a high zone that it maps when it needs it.
 *
 *     physical   base                     base + low_limit
 *                |---- low: VA = PA - base + split ----|---- high: no address, see kmap.h ----|
 *                |------ node 0 ------|-------------- node 1 ---------------|
 *
 * (Linux: 896 MiB from 0xC0000000 on for x86 with 3 GiB for programs; ZONE_NORMAL and ZONE_HIGHMEM
 * of each node; distances as in the SLIT of ACPI, 10 for local.) A node that lies beyond the limit
 * has no low zone, one below it no high one. Each zone is a buddy allocator of page frames.
 *
 * Nothing is read or written: frames are numbers here. What is taken keeps what it held.
 */
#ifndef TB_OS_ZONES_H
#define TB_OS_ZONES_H

#include <stdbool.h>
#include <stdint.h>

#include "tb/os/buddy.h"
#include "tb/os/page_source.h"

enum { ZONES_NODES_MAX = 8, ZONES_LOCAL = 10, ZONES_UNREACHABLE = 255 };

#define ZONES_SPLIT UINT64_C(0xC0000000)      /* the usual addresses: VA of the first byte, and */
#define ZONES_LOW_LIMIT (UINT64_C(896) << 20) /* bytes of memory from there on */

typedef struct zones_node {
    uint64_t first, count; /* page numbers; nodes do not overlap */
    unsigned latency;      /* cycles of an access from a processor of the node itself */
} zones_node;

/* `zones_usual` is a beginning. */
typedef struct zones_setup {
    uint64_t base;      /* physical address where memory, and so low memory, begins */
    uint64_t split;     /* virtual address of it */
    uint64_t low_limit; /* bytes; all three are multiples of the page size */
    unsigned nodes;
    zones_node node[ZONES_NODES_MAX];
    /* [from][to]: 10 on the diagonal, 10 to 254 elsewhere, 255 if `to` cannot be reached. It need
     * not be symmetric. */
    uint8_t distance[ZONES_NODES_MAX][ZONES_NODES_MAX];
} zones_setup;

/* One node, memory from 0 on, 896 MiB low at 0xC0000000. */
zones_setup zones_usual(uint64_t pages);

/* Pages of low memory that a setup has, be it a good one or not. */
uint64_t zones_low_pages(const zones_setup *setup);

typedef struct zones zones;

/* Copies `records`, not its context. NULL with a sentence: TW_USAGE for a setup that breaks a rule
 * above, TW_NO_MEMORY if memory for records is out. */
zones *zones_open(const os_records *records, const zones_setup *setup, tw_error *error);
void zones_close(zones *memory); /* NULL is allowed */

typedef enum zones_want {
    ZONES_LOW, /* low memory only: the kernel's own data, which need an address */
    ZONES_HIGH /* high if there is any: pages of programs, so that low memory lasts */
} zones_want;

/* Takes 2^order frames in a row: *ppn is the first, a multiple of 2^order. From `node` if it has
 * them, else from the nearest node that has (of equally near ones that of lower number); within a
 * node from high memory before low. TW_NO_MEMORY if none has. */
tw_status zones_take(zones *memory, unsigned node, zones_want want, unsigned order, uint64_t *ppn,
                     tw_error *error);

/* Gives back what zones_take took, wherever it is from. TW_USAGE if there is no such frame, or as
 * buddy_give says. */
tw_status zones_give(zones *memory, uint64_t ppn, tw_error *error);

/* A block that was taken becomes frames that are given back one by one; as buddy_split. */
tw_status zones_split(zones *memory, uint64_t ppn, tw_error *error);

/* Could such a taking find this frame, if it were free? */
bool zones_serve(const zones *memory, unsigned node, zones_want want, uint64_t ppn);

/* Where a frame lies; false if there is no such frame. */
bool zones_find(const zones *memory, uint64_t ppn, unsigned *node, bool *high);

/* The allocator of a zone, to be asked and not changed; NULL if the node has no such memory. */
const buddy *zones_buddy(const zones *memory, unsigned node, bool high);

/* The kernel's address of a physical one, and back. TW_USAGE for what is not of low memory: it has
 * no such address, a slot of kmap.h gives it one for a time. */
tw_status zones_linear(const zones *memory, uint64_t pa, uint64_t *va, tw_error *error);
tw_status zones_physical(const zones *memory, uint64_t va, uint64_t *pa, tw_error *error);

/* Cycles of an access to the frame from a processor of `node`: the latency of the frame's node
 * times distance / 10, rounded down. 0 if there is no such frame, or it cannot be reached. */
uint64_t zones_setup_cost(const zones_setup *setup, unsigned node, uint64_t ppn);
uint64_t zones_cost(const zones *memory, unsigned node, uint64_t ppn);

/* The same memory as a source of pages: `view` says for whom, and is borrowed. It gives back only
 * blocks of the order with which they were taken. */
typedef struct zones_view {
    zones *memory;
    unsigned node;
    zones_want want;
} zones_view;
os_page_source zones_source(zones_view *view);

#endif
