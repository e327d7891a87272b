/* heap_check.c: what is free, and whether the heap is sound. */
#include <inttypes.h>

#include "tb/heap_inside.h"

tw_status heap_use(const heap *h, heap_usage *usage, tw_error *error)
{
    heap_spot spot;
    tw_status status = heap_list_first(h, &spot, error);
    *usage = (heap_usage){0};
    for (; status == TW_OK && !heap_list_over(&spot); status = heap_list_next(h, &spot, error)) {
        usage->free += spot.chunk.bytes;
        usage->chunks++;
        if (spot.chunk.bytes > usage->largest)
            usage->largest = spot.chunk.bytes;
    }
    return status;
}

double heap_fragmentation(const heap_usage *usage)
{
    return usage->free == 0 ? 0 : 1 - (double)usage->largest / (double)usage->free;
}

static tw_status check_order(const heap *h, tw_error *error)
{
    heap_spot spot;
    tw_status status = heap_list_first(h, &spot, error);
    while (status == TW_OK && !heap_list_over(&spot)) {
        const heap_chunk before = spot.chunk;
        status = heap_list_next(h, &spot, error);
        if (status == TW_OK && !heap_list_over(&spot) && h->options.order != HEAP_LAST_FIRST &&
            !heap_list_behind(h, &before, spot.chunk.address, spot.chunk.bytes))
            return tw_fail(error, TW_MISMATCH,
                           "the free list is out of order: %" PRIu64 " stands before %" PRIu64,
                           before.address, spot.chunk.address);
    }
    return status;
}

static tw_status check_listed(const heap *h, uint64_t address, tw_error *error)
{
    heap_spot spot;
    tw_status status = heap_list_find(h, address, &spot, error);
    if (status == TW_OK && heap_list_over(&spot))
        return tw_fail(error, TW_MISMATCH,
                       "the chunk at %" PRIu64 " is neither taken nor in the free list", address);
    return status;
}

/* All chunks in memory, one behind the other. */
static tw_status check_chunks(const heap *h, heap_usage *found, tw_error *error)
{
    uint64_t at = h->options.base;
    bool after_free = false;
    *found = (heap_usage){0};
    while (at < heap_end(h)) {
        heap_chunk chunk;
        tw_status status = heap_chunk_at(h, at, &chunk, error);
        if (status == TW_OK && !chunk.taken)
            status = check_listed(h, at, error);
        if (status != TW_OK)
            return status;
        if (h->options.coalesce && after_free && !chunk.taken)
            return tw_fail(error, TW_MISMATCH,
                           "the free chunk at %" PRIu64 " touches the one before it", at);
        found->chunks += !chunk.taken;
        found->free += chunk.taken ? 0 : chunk.bytes;
        after_free = !chunk.taken;
        at += chunk.bytes;
    }
    return TW_OK;
}

tw_status heap_check(const heap *h, tw_error *error)
{
    heap_usage found, listed;
    tw_status status = check_chunks(h, &found, error);
    if (status == TW_OK)
        status = check_order(h, error);
    if (status == TW_OK)
        status = heap_use(h, &listed, error);
    if (status == TW_OK && (found.chunks != listed.chunks || found.free != listed.free))
        return tw_fail(error, TW_MISMATCH,
                       "%" PRIu64 " chunks of %" PRIu64 " bytes are free, but the list has %" PRIu64
                       " of %" PRIu64,
                       found.chunks, found.free, listed.chunks, listed.free);
    return status;
}
