/*
 * walk_memory.h: a handful of PTEs as a tw_bus. It logs every access as the bus saw it, refuses
 * where it is told to, and lets another agent change a PTE between the walk's read and its
 * compare-and-swap.
 */
#ifndef TESTS_SUPPORT_WALK_MEMORY_H
#define TESTS_SUPPORT_WALK_MEMORY_H

#include "tablewalk/translate.h"

enum { WALK_MEMORY_WORDS = 32 };

typedef struct walk_memory walk_memory;
struct walk_memory {
    size_t count;
    struct {
        uint64_t address, value;
    } word[WALK_MEMORY_WORDS];
    uint64_t bad_read, bad_swap; /* the address that the bus refuses; 0: none */
    unsigned bytes;              /* width of the last access */

    /* If not NULL, called before the compare of the nth swap, counted from 1. */
    void (*race)(walk_memory *m, uint64_t address, unsigned nth);
    unsigned swaps;

    size_t accesses;
    tw_access access[TW_ACCESSES_MAX];
};

/* Memory never set reads 0. Fails the test if there are more words than fit. */
void walk_memory_set(walk_memory *m, uint64_t address, uint64_t value);
uint64_t walk_memory_get(const walk_memory *m, uint64_t address);

/* Borrows the memory. */
tw_bus walk_memory_bus(walk_memory *m);

#endif
