/*
 * page_table.h: the page table of one address space, in any mode that has one. A mode differs from
 * another in numbers alone, those of pte.h: levels, index bits, and bytes of a PTE. Linear mode is
 * a tree of one level whose one table fills 1024 frames in a row.
 *
 * The PTE of a place that is not mapped is 0: where its page is stands in page.h.
 */
#ifndef TB_OS_PAGE_TABLE_H
#define TB_OS_PAGE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "tablewalk/hashed.h"
#include "tb/os/port.h"

typedef struct os_table {
    unsigned mode;
    uint64_t root; /* page number of the root table */
} os_table;

/* Frames of one table, in a row: 1024 in linear mode, else 1. 0 in hashed mode, where no process
 * has a table of its own. */
static inline size_t os_table_frames(unsigned mode)
{
    return mode == MODE_HASHED
               ? 0
               : ((size_t)1 << mode_index_bits(mode) << mode_pte_shift(mode)) / OS_PAGE_BYTES;
}

/* The most frames that a PTE can name: it has 22 bits for them in four bytes, 44 in eight. A hashed
 * entry has 20 for the next frame of its chain. */
static inline uint64_t os_frames_max(unsigned mode)
{
    unsigned bits = mode == MODE_HASHED ? HASHED_BITS : mode_narrow(mode) ? 22 : PTE_PPN_BITS;
    return UINT64_C(1) << bits;
}

/* What an access may do to a page; bits that can be combined. */
typedef enum os_permission { OS_R = 1, OS_W = 2, OS_X = 4 } os_permission;

/* The one that an access needs. */
static inline unsigned os_permission_for(tw_op op)
{
    return op == OP_FETCH ? OS_X : op == OP_LOAD ? OS_R : OS_W;
}

/* A user leaf; A and D are left for the hardware to set. */
static inline uint64_t os_pte_leaf(uint64_t ppn, unsigned permissions)
{
    return ppn << PTE_PPN | (uint64_t)permissions << PTE_R | 1u << PTE_U | 1u << PTE_V;
}

/* One PTE, by its address: a read, a write, and the hart's compare-and-swap, all of the PTE's own
 * width, so that what the hardware does to a neighbour is not overwritten. */
tw_status os_pte_read(const os_port *port, const os_table *table, uint64_t address, uint64_t *pte,
                      tw_error *error);
tw_status os_pte_write(const os_port *port, const os_table *table, uint64_t address, uint64_t pte,
                       tw_error *error);
tw_status os_pte_swap(const os_port *port, const os_table *table, uint64_t address,
                      uint64_t expected, uint64_t desired, uint64_t *found, tw_error *error);

/* Clears one table of the mode, from page number `ppn` on. */
tw_status os_table_clear(const os_port *port, unsigned mode, uint64_t ppn, tw_error *error);

/* Where the walk to `va` ends: at level 0; above it at an empty PTE, where a table is missing, or
 * at the leaf of a huge page. */
typedef struct os_table_spot {
    uint64_t address, pte;
    unsigned level;
} os_table_spot;
tw_status os_table_walk(const os_port *port, const os_table *table, uint64_t va, os_table_spot *end,
                        tw_error *error);

/* The address of the level-0 PTE of `va` in *address, or 0 if the walk ends above. */
tw_status os_table_find(const os_port *port, const os_table *table, uint64_t va, uint64_t *address,
                        tw_error *error);

/* Clears the table at page number `ppn` and hangs it in as the first that is missing on the way to
 * `va`; one must be missing. */
tw_status os_table_extend(const os_port *port, const os_table *table, uint64_t va, uint64_t ppn,
                          tw_error *error);

/* Atomically clears `clear` and sets `set` in the PTE, however often the hardware changes it
 * meanwhile. *before is the value that was replaced: A and D of that moment included. */
tw_status os_pte_update(const os_port *port, const os_table *table, uint64_t address,
                        uint64_t clear, uint64_t set, uint64_t *before, tw_error *error);

/* Visits every table of a tree, after all that it leads to; the root is the last. The first status
 * that is not TW_OK ends it. */
typedef tw_status os_table_visitor(void *context, uint64_t ppn, tw_error *error);
tw_status os_table_visit(const os_port *port, const os_table *table, os_table_visitor *visitor,
                         void *context, tw_error *error);

#endif
