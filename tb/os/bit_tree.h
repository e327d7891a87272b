/*
 * bit_tree.h: a set of small numbers that gives its least member, and the next one from any number
 * on, in as many steps as the largest has digits of base 64.
 *
 * A bit a number, and above them words that say which words below have a bit: 1/63 more.
 */
#ifndef TB_OS_BIT_TREE_H
#define TB_OS_BIT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tb/os/records.h"

enum { BIT_TREE_LEVELS_MAX = 11 };

typedef struct bit_tree {
    os_records records;
    size_t bits;
    unsigned levels;
    uint64_t *level[BIT_TREE_LEVELS_MAX]; /* level[0] is the set, and owns the memory */
} bit_tree;

/* An empty set for numbers from 0 to `bits` - 1; `bits` from 1 up. False if memory for records is
 * out; it may be closed even then. Copies `records`, not its context. */
bool bit_tree_open(bit_tree *tree, const os_records *records, size_t bits);

/* Gives its memory back. A tree that is all zero is allowed. */
void bit_tree_close(bit_tree *tree);

/* `bit` is below `bits`; a member may be added, and what is none removed. */
void bit_tree_add(bit_tree *tree, size_t bit);
void bit_tree_remove(bit_tree *tree, size_t bit);
bool bit_tree_has(const bit_tree *tree, size_t bit);

/* The least member that is at least `from`; `bits` if there is none. */
size_t bit_tree_next(const bit_tree *tree, size_t from);

#endif
