/*
 * kmalloc.h: kernel memory of any size, contiguous in virtual and in physical memory. Small blocks
 * are objects of slab caches, one cache for each class of sizes: the powers of two from 8 to 8192,
 * and 96 and 192, as in Linux. Larger ones are 2^order pages of their own.
 *
 * Addresses are those of the kernel's linear map: a virtual one is the physical one plus an offset,
 * so the page after a block's first page is physically the next one too.
 *
 * A call takes O(log n) for n blocks.
 */
#ifndef TB_OS_KMALLOC_H
#define TB_OS_KMALLOC_H

#include <stddef.h>
#include <stdint.h>

#include "tb/os/page_source.h"
#include "tb/os/records.h"

typedef struct os_kmalloc os_kmalloc;

/* What a block of so many bytes takes: its class, or the bytes of its 2^order pages. bytes from 1
 * to 2^62. */
uint64_t os_kmalloc_size(uint64_t bytes);

/* Copies records and source, not their contexts; `linear` is the virtual address of physical
 * address 0. NULL if memory for records is out. */
os_kmalloc *os_kmalloc_open(const os_records *records, const os_page_source *source,
                            uint64_t linear);
/* Forgets all blocks; no page is given back. NULL is allowed. */
void os_kmalloc_close(os_kmalloc *kmalloc);

/* Takes a block: its physical address is a multiple of its size if that is a power of two, else
 * of 8. Its bytes are what they were. TW_USAGE for 0 bytes and beyond 2^62, else what the source
 * says; then nothing changed. */
tw_status os_kmalloc_take(os_kmalloc *kmalloc, uint64_t bytes, uint64_t *va, tw_error *error);

/* Gives a block back. TW_USAGE, and nothing is done, for an address at which no block begins, or
 * not any more. */
tw_status os_kmalloc_give(os_kmalloc *kmalloc, uint64_t va, tw_error *error);

/* Gives the pages of empty slabs back. */
tw_status os_kmalloc_shrink(os_kmalloc *kmalloc, tw_error *error);

/* The physical address of a virtual one of the linear map. */
uint64_t os_kmalloc_pa(const os_kmalloc *kmalloc, uint64_t va);

typedef struct os_kmalloc_counts {
    size_t blocks;
    uint64_t asked; /* bytes of all blocks, as asked for */
    uint64_t sizes; /* as taken: sizes - asked is lost inside of blocks, internal fragmentation */
    uint64_t held;  /* of all pages: held - sizes is free objects, and what no object fits into */
} os_kmalloc_counts;

os_kmalloc_counts os_kmalloc_count(const os_kmalloc *kmalloc);

#endif
