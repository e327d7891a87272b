/*
 * heap.h: malloc and free of a program: chunks of any size in one region of its memory.
 *
 * The kernel gives a program pages; the C library cuts them up. All that the heap knows of a chunk
 * stands in the program's own memory, in two words of 4 bytes:
 *
 *     taken  | bytes | seal |  what malloc gave ...            |   `header` bytes, then the
 * program's free   | bytes | next |                                  |   the free list, in the free
 * memory
 *
 * `bytes` counts the header too. `next` is the offset, from the base, of the next free chunk. The
 * seal depends on where the chunk is and how long it is, so a header that was written over, and an
 * address that malloc did not give, are found. Chunks fill the region without gaps.
 *
 * Only the head of the list is kept outside. The memory may be reached through an MMU, and may end
 * the program; whoever opens the heap says how a word is read and written.
 *
 *     heap h;
 *     heap_options options = {.base = 16384, .bytes = 4096, .header = 8, .align = 4};
 *     tw_status status = heap_open(&h, &memory, &options, &error);
 *     status = heap_malloc(&h, 100, &address, &error);        16392; the chunk is 108 bytes
 *     status = heap_free(&h, address, &error);
 *
 * Cost: malloc and free look at each free chunk a few times at most, whatever the order: the price
 * of a single list. Policies and orders are those of Arpaci-Dusseau, "Operating Systems: Three Easy
 * Pieces", chapter 17, with two differences to its malloc.py: a list by length is in order at any
 * time, not only after a free; and coalescing merges all chunks that touch, not only those that are
 * neighbours in the list too.
 */
#ifndef TB_HEAP_H
#define TB_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "tablewalk/error.h"

enum { HEAP_RECORD = 8 /* bytes of a chunk's two words */ };

/* The program's memory. Any error is handed on; after one the heap can no longer be used. */
typedef struct heap_memory {
    void *context;
    tw_status (*read)(void *context, uint64_t address, uint32_t *word, tw_error *error);
    tw_status (*write)(void *context, uint64_t address, uint32_t word, tw_error *error);
    /* As sbrk: `bytes` more are usable from the heap's end on. TW_NO_MEMORY if there are no more.
     * NULL: the heap does not grow. */
    tw_status (*grow)(void *context, uint64_t bytes, tw_error *error);
} heap_memory;

/* Which free chunk, of those that are long enough. Of chunks that are alike, the first in the
 * list. */
typedef enum heap_fit {
    HEAP_FIRST_FIT, /* the first in the list */
    HEAP_BEST_FIT,  /* the shortest */
    HEAP_WORST_FIT  /* the longest */
} heap_fit;

/* How the free list is ordered. Of chunks that are alike, the one that came last stands last. */
typedef enum heap_order {
    HEAP_BY_ADDRESS,
    HEAP_SHORT_FIRST,
    HEAP_LONG_FIRST,
    HEAP_LAST_FIRST /* the chunk that was freed last; what is left of a split one stays in place */
} heap_order;

typedef struct heap_options {
    uint64_t base;   /* the heap's first address */
    uint64_t bytes;  /* 1 to HEAP_BYTES_MAX, to begin with */
    uint32_t header; /* bytes of a chunk in front of what the program gets: 0, or from 8 on */
    uint32_t
        align; /* requests are rounded up to a multiple of it; with headers one of 4, as base */
    /* Without headers (0) there is no room for words in the chunks, as in many a textbook's
     * exercise: then they stand here, HEAP_RECORD bytes for each `align` of the heap. A multiple
     * of 4. */
    uint64_t records;
    heap_fit fit;
    heap_order order;
    bool coalesce; /* free chunks that touch become one */
} heap_options;

#define HEAP_BYTES_MAX UINT64_C(0x7fffffff)
#define HEAP_END UINT64_MAX /* no chunk: the end of the list */

/* The fields are the heap's; readers use the functions. Nothing to close. */
typedef struct heap {
    heap_memory memory;
    heap_options options;
    uint64_t bytes;    /* what it has grown to */
    uint64_t head;     /* address of the first free chunk, HEAP_END if there is none */
    uint64_t searched; /* free chunks that the last malloc looked at */
} heap;

/* One free chunk of `bytes` bytes, all of them, written to memory. Copies memory and options.
 * TW_USAGE with a sentence for options that make no sense. */
tw_status heap_open(heap *h, const heap_memory *memory, const heap_options *options,
                    tw_error *error);

/* *address is where `bytes` bytes are the program's; for 0 as for 1. They are not cleared. The
 * chunk is split if what is left over can be a chunk (with headers: 8 bytes; without: 1). If none
 * is long enough the heap grows, by whole 4 KiB that hold the new chunk. TW_NO_MEMORY if that is
 * impossible, and how much is free and in what pieces: nothing has changed. TW_MISMATCH if the free
 * list is damaged. */
tw_status heap_malloc(heap *h, uint64_t bytes, uint64_t *address, tw_error *error);

/* Gives a block back. TW_USAGE for an address that malloc did not give, or that is free already;
 * TW_MISMATCH if the block's header or the free list is damaged. In each case nothing has changed,
 * and the rest of the heap is as good as it was. */
tw_status heap_free(heap *h, uint64_t address, tw_error *error);

/* ---- looking (none of it changes anything) ---- */

/* A chunk, header included. */
typedef struct heap_chunk {
    uint64_t address, bytes;
    bool taken;    /* its seal is right */
    uint64_t next; /* free: address of the next in the list, HEAP_END for the last */
} heap_chunk;

/* The chunk that begins at `address`: h->head for the first of the free list, and then its `next`;
 * options.base for the first in memory, and then address + bytes, until heap_end. TW_MISMATCH if no
 * chunk can be there, as its words are damaged. A damaged header may look like a free chunk. */
tw_status heap_chunk_at(const heap *h, uint64_t address, heap_chunk *chunk, tw_error *error);
uint64_t heap_end(const heap *h); /* the first address behind the heap */

/* Sums over the free list. TW_MISMATCH if it is damaged. */
typedef struct heap_usage {
    uint64_t free, largest; /* bytes; the rest of the heap is taken */
    uint64_t chunks;        /* free ones */
} heap_usage;
tw_status heap_use(const heap *h, heap_usage *usage, tw_error *error);

/* External fragmentation: the part of what is free that the largest request cannot have: 1 -
 * largest / free. 0 if nothing is free. */
double heap_fragmentation(const heap_usage *usage);

/* TW_MISMATCH and what is wrong, unless chunks fill the heap, the list is in its order and has
 * every chunk that is not taken, once, and with coalescing no two of them touch. Each free chunk is
 * looked for in the list: its cost is the square of their number. */
tw_status heap_check(const heap *h, tw_error *error);

#endif
