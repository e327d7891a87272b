/*
 * buddy.h: the buddy allocator: blocks of 2^order units, split in halves when one is taken and
 * merged with the other half, its buddy, when both are free.
 *
 * A unit is a number: of a page frame, or of any piece of a pool; it stands for no memory here, and
 * nothing is read or written. A block of order n begins at a multiple of 2^n, counted from unit 0
 * and not from the pool's first, so that a block of frames is aligned in physical memory as
 * hardware asks it of a superpage. Taken is the smallest free block that suffices, the one of
 * lowest address among several, and of it the lowest part: what is taken depends on nothing but the
 * calls before.
 *
 * (Knuth, The Art of Computer Programming 1, 2.5; Linux mm/page_alloc.c. That of equal blocks the
 * leftmost is taken is the rule of textbook figures; Linux takes the one freed last.)
 *
 * A call takes O(log n) steps for a pool of n units unless it says otherwise; a unit costs a byte
 * and a quarter of records at most.
 */
#ifndef TB_OS_BUDDY_H
#define TB_OS_BUDDY_H

#include <stdbool.h>
#include <stdint.h>

#include "tablewalk/error.h"
#include "tb/os/records.h"

enum { BUDDY_ORDERS_MAX = 48 };

typedef struct buddy buddy;

/* The pool of the units [first, first + count), all free, tiled by the largest blocks that fit.
 * Copies `records`, not its context. NULL with a sentence: TW_USAGE if count is 0 or a unit is
 * beyond 2^48, TW_NO_MEMORY if memory for records is out. */
buddy *buddy_open(const os_records *records, uint64_t first, uint64_t count, tw_error *error);
void buddy_close(buddy *pool); /* NULL is allowed */

/* The least order of a block of at least `units` units; 0 for 0. */
unsigned buddy_order_for(uint64_t units);

/* Takes a block of 2^order units, order below 64: *unit is its first. TW_NO_MEMORY if no free block
 * is so large, and then nothing changed. */
tw_status buddy_take(buddy *pool, unsigned order, uint64_t *unit, tw_error *error);

/* Gives the block back that begins at `unit`. TW_USAGE, and nothing changed, for a unit that is not
 * of the pool, is free already, or is inside a block. */
tw_status buddy_give(buddy *pool, uint64_t unit, tw_error *error);

/* Makes a taken block 2^order taken blocks of one unit, to be given back one by one. In O(2^order).
 * TW_USAGE as above. */
tw_status buddy_split(buddy *pool, uint64_t unit, tw_error *error);

typedef struct buddy_block {
    uint64_t unit;
    unsigned order;
    bool taken;
} buddy_block;

/* The block that begins at `unit`; false if none does, as beyond the pool. In O(1). All blocks, in
 * the order of addresses:
 *
 *     for (uint64_t at = buddy_first(p); buddy_block_at(p, at, &block); at += 1 << block.order)
 */
bool buddy_block_at(const buddy *pool, uint64_t unit, buddy_block *block);

uint64_t buddy_first(const buddy *pool);
uint64_t buddy_count(const buddy *pool);
uint64_t buddy_free(const buddy *pool);                        /* units */
uint64_t buddy_free_blocks(const buddy *pool, unsigned order); /* exactly of this order */
int buddy_largest(const buddy *pool); /* order of the largest free block; -1 if none is free */

#endif
