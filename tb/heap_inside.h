/*
 * heap_inside.h: the two words of a chunk, and the list of free ones: what heap.c is made of.
 * Addresses are those of chunks. Every function hands on what memory says.
 */
#ifndef TB_HEAP_INSIDE_H
#define TB_HEAP_INSIDE_H

#include "tb/heap.h"

/* Writes the words of a taken chunk, or of a free one and what follows it in the list. */
tw_status heap_write_taken(const heap *h, uint64_t address, uint64_t bytes, tw_error *error);
tw_status heap_write_free(const heap *h, uint64_t address, uint64_t bytes, uint64_t next,
                          tw_error *error);

/* What the shortest chunk has. */
uint64_t heap_shortest(const heap *h);

/* A place in the free list, and what stands there. */
typedef struct heap_spot {
    uint64_t before;  /* the chunk in front of it; HEAP_END: it is the head */
    heap_chunk chunk; /* address HEAP_END: the end of the list */
    uint64_t steps;   /* chunks in front of it */
} heap_spot;

/* From the head to the end: for (first; status == TW_OK && !at_end; next). TW_MISMATCH if a chunk's
 * words cannot be, or the list has more chunks than the heap has room for. */
tw_status heap_list_first(const heap *h, heap_spot *spot, tw_error *error);
tw_status heap_list_next(const heap *h, heap_spot *spot, tw_error *error);
static inline bool heap_list_over(const heap_spot *spot)
{
    return spot->chunk.address == HEAP_END;
}

/* Where the chunk at `address` stands in the list; its end if that is not in it. */
tw_status heap_list_find(const heap *h, uint64_t address, heap_spot *spot, tw_error *error);

/* Takes the chunk at `spot` out; the spot is stale after it. */
tw_status heap_list_remove(heap *h, const heap_spot *spot, tw_error *error);

/* Puts a chunk in at `spot`, in front of what stands there. */
tw_status heap_list_put(heap *h, const heap_spot *spot, uint64_t address, uint64_t bytes,
                        tw_error *error);

/* Puts a chunk in where the order of the list wants it. */
tw_status heap_list_insert(heap *h, uint64_t address, uint64_t bytes, tw_error *error);

/* In the order of the list a chunk that comes now stands behind this one. */
bool heap_list_behind(const heap *h, const heap_chunk *chunk, uint64_t address, uint64_t bytes);

#endif
