/*
 * heap.c: malloc takes a chunk out of the free list and puts back what is left of it; free puts a
 * chunk in. What can be refused is found out before the first word is written.
 */
#include "tb/heap.h"

#include <inttypes.h>
#include <stddef.h>

#include "tb/heap_inside.h"

enum { GROWTH = 4096 /* the heap grows by multiples of it */ };

static uint64_t round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/* ---- opening --------------------------------------------------------------------------------- */

static tw_status check_options(const heap_options *o, tw_error *error)
{
    if (o->bytes == 0 || o->bytes > HEAP_BYTES_MAX || o->base + o->bytes < o->base)
        return tw_fail(error, TW_USAGE,
                       "a heap has 1 to %" PRIu64 " bytes below 2^64, not %" PRIu64 " from %" PRIu64
                       " on",
                       HEAP_BYTES_MAX, o->bytes, o->base);
    if (o->header != 0 && o->header < HEAP_RECORD)
        return tw_fail(error, TW_USAGE,
                       "a header of %" PRIu32 " bytes has no room for a chunk's words: 0, or %d or "
                       "more",
                       o->header, HEAP_RECORD);
    if (o->align == 0 || o->align > HEAP_BYTES_MAX)
        return tw_fail(error, TW_USAGE, "chunks cannot be multiples of %" PRIu32 " bytes",
                       o->align);
    if (o->header != 0 && (o->base % 4 != 0 || o->align % 4 != 0))
        return tw_fail(error, TW_USAGE,
                       "headers stand at multiples of 4: the base, %" PRIu64
                       ", and the alignment, %" PRIu32 ", must be some",
                       o->base, o->align);
    if (o->header % o->align != 0)
        return tw_fail(error, TW_USAGE,
                       "a header of %" PRIu32 " bytes is no multiple of the alignment, %" PRIu32,
                       o->header, o->align);
    if (o->header == 0 && o->records % 4 != 0)
        return tw_fail(error, TW_USAGE,
                       "words stand at multiples of 4, and records begin at %" PRIu64, o->records);
    return TW_OK;
}

tw_status heap_open(heap *h, const heap_memory *memory, const heap_options *options,
                    tw_error *error)
{
    tw_status status = check_options(options, error);
    if (status != TW_OK)
        return status;
    *h = (heap){.memory = *memory, .options = *options};
    h->options.bytes -= options->bytes % options->align;
    h->bytes = h->options.bytes;
    h->head = options->base;
    if (h->bytes < heap_shortest(h))
        return tw_fail(error, TW_USAGE, "a heap of %" PRIu64 " bytes has no room for a chunk",
                       options->bytes);
    return heap_write_free(h, options->base, h->bytes, HEAP_END, error);
}

/* ---- malloc ---------------------------------------------------------------------------------- */

static bool better(const heap *h, const heap_chunk *chunk, const heap_chunk *best)
{
    return h->options.fit == HEAP_BEST_FIT ? chunk->bytes < best->bytes
                                           : chunk->bytes > best->bytes;
}

/* The chunk that the policy takes for `bytes`; the end of the list if none is long enough. */
static tw_status choose(heap *h, uint64_t bytes, heap_spot *best, tw_error *error)
{
    heap_spot spot;
    tw_status status = heap_list_first(h, &spot, error);
    *best = (heap_spot){.chunk.address = HEAP_END};
    h->searched = 0;
    for (; status == TW_OK && !heap_list_over(&spot); status = heap_list_next(h, &spot, error)) {
        h->searched++;
        if (spot.chunk.bytes < bytes)
            continue;
        if (heap_list_over(best) || better(h, &spot.chunk, &best->chunk))
            *best = spot;
        if (h->options.fit == HEAP_FIRST_FIT)
            break;
    }
    return status;
}

/* What is behind the first `bytes` of a free chunk becomes a chunk of its own: in the same place of
 * the list, which the list's order allows unless it is by length. */
static tw_status split(heap *h, const heap_spot *spot, uint64_t bytes, tw_error *error)
{
    const uint64_t rest = spot->chunk.address + bytes, rest_bytes = spot->chunk.bytes - bytes;
    tw_status status = heap_list_remove(h, spot, error);
    if (status != TW_OK)
        return status;
    if (h->options.order == HEAP_SHORT_FIRST || h->options.order == HEAP_LONG_FIRST)
        return heap_list_insert(h, rest, rest_bytes, error);
    const heap_spot here = {.before = spot->before, .chunk.address = spot->chunk.next};
    return heap_list_put(h, &here, rest, rest_bytes, error);
}

static tw_status take(heap *h, const heap_spot *spot, uint64_t bytes, tw_error *error)
{
    const bool whole = spot->chunk.bytes - bytes < heap_shortest(h);
    tw_status status = whole ? heap_list_remove(h, spot, error) : split(h, spot, bytes, error);
    if (status != TW_OK)
        return status;
    return heap_write_taken(h, spot->chunk.address, whole ? spot->chunk.bytes : bytes, error);
}

static tw_status put_free(heap *h, heap_chunk chunk, tw_error *error);

/* Makes the heap longer by what a chunk of `bytes` needs. TW_NO_MEMORY if that is impossible. */
static tw_status grow(heap *h, uint64_t bytes, tw_error *error)
{
    const heap_memory *m = &h->memory;
    const uint64_t old = heap_end(h), more = round_up(round_up(bytes, GROWTH), h->options.align);
    if (m->grow == NULL || more > HEAP_BYTES_MAX - h->bytes || old + more < old)
        return tw_fail(error, TW_NO_MEMORY, "the heap cannot grow");
    tw_status status = m->grow(m->context, more, error);
    if (status != TW_OK)
        return status;
    h->bytes += more;
    return put_free(h, (heap_chunk){.address = old, .bytes = more}, error);
}

static tw_status refuse(const heap *h, uint64_t bytes, tw_error *error)
{
    heap_usage usage;
    tw_status status = heap_use(h, &usage, error);
    if (status != TW_OK)
        return status;
    return tw_fail(error, TW_NO_MEMORY,
                   "no free chunk has %" PRIu64 " bytes: %" PRIu64 " bytes are free, in %" PRIu64
                   " chunk%s, the largest has %" PRIu64,
                   bytes, usage.free, usage.chunks, usage.chunks == 1 ? "" : "s", usage.largest);
}

tw_status heap_malloc(heap *h, uint64_t bytes, uint64_t *address, tw_error *error)
{
    heap_spot spot;
    const heap_options *o = &h->options;
    if (bytes > HEAP_BYTES_MAX)
        return refuse(h, bytes, error);
    const uint64_t need = o->header + round_up(bytes == 0 ? 1 : bytes, o->align);
    tw_status status = choose(h, need, &spot, error);
    if (status == TW_OK && heap_list_over(&spot)) {
        status = grow(h, need, error);
        if (status == TW_NO_MEMORY)
            return refuse(h, need, error);
        if (status == TW_OK)
            status = choose(h, need, &spot, error);
    }
    if (status == TW_OK)
        status = take(h, &spot, need, error);
    if (status == TW_OK)
        *address = spot.chunk.address + o->header;
    return status;
}

/* ---- free ------------------------------------------------------------------------------------ */

/* Takes a chunk of this address out of the list, if it is there. */
static tw_status take_out(heap *h, uint64_t address, tw_error *error)
{
    heap_spot spot;
    tw_status status = heap_list_find(h, address, &spot, error);
    if (status != TW_OK || heap_list_over(&spot))
        return status;
    return heap_list_remove(h, &spot, error);
}

/* Takes the free chunks that touch this one out of the list, and adds them to it. */
static tw_status merge(heap *h, heap_chunk *chunk, tw_error *error)
{
    heap_chunk left = {.address = HEAP_END}, right = {.address = HEAP_END};
    heap_spot spot;
    tw_status status = heap_list_first(h, &spot, error);
    for (; status == TW_OK && !heap_list_over(&spot); status = heap_list_next(h, &spot, error))
        if (spot.chunk.address + spot.chunk.bytes == chunk->address)
            left = spot.chunk;
        else if (spot.chunk.address == chunk->address + chunk->bytes)
            right = spot.chunk;
    if (status == TW_OK && left.address != HEAP_END)
        status = take_out(h, left.address, error);
    if (status == TW_OK && right.address != HEAP_END)
        status = take_out(h, right.address, error);
    if (left.address != HEAP_END)
        chunk->address = left.address;
    chunk->bytes += left.bytes + right.bytes;
    return status;
}

/* A chunk that is in no list becomes free. Its seal must go, even if it is in the middle of a
 * longer chunk from now on: it would say that the chunk is taken. */
static tw_status put_free(heap *h, heap_chunk chunk, tw_error *error)
{
    heap_chunk whole = chunk;
    tw_status status = h->options.coalesce ? merge(h, &whole, error) : TW_OK;
    if (status == TW_OK && whole.address != chunk.address)
        status = heap_write_free(h, chunk.address, chunk.bytes, HEAP_END, error);
    return status != TW_OK ? status : heap_list_insert(h, whole.address, whole.bytes, error);
}

/* Why the chunk at `address` cannot be freed, as it has no seal: looks at all chunks in memory in
 * front of it, which says whether one begins there. */
static tw_status complain(const heap *h, uint64_t address, tw_error *error)
{
    const uint64_t block = address + h->options.header;
    heap_chunk chunk = {.address = h->options.base};
    tw_status status = heap_chunk_at(h, chunk.address, &chunk, error);
    while (status == TW_OK && chunk.address + chunk.bytes <= address)
        status = heap_chunk_at(h, chunk.address + chunk.bytes, &chunk, error);
    heap_spot spot;
    const uint64_t begin = chunk.address;
    if (status == TW_OK)
        status = heap_list_find(h, begin, &spot, error);
    if (status != TW_OK)
        return status;
    if (!heap_list_over(&spot))
        return tw_fail(error, TW_USAGE, "free of %" PRIu64 ": that is free already", block);
    if (begin != address)
        return tw_fail(error, TW_USAGE, "free of %" PRIu64 ": malloc gave %" PRIu64, block,
                       begin + h->options.header);
    return tw_fail(error, TW_MISMATCH,
                   "free of %" PRIu64 ": its header is damaged: something wrote in front of it",
                   block);
}

tw_status heap_free(heap *h, uint64_t address, tw_error *error)
{
    const heap_options *o = &h->options;
    const uint64_t begin = address - o->header;
    heap_chunk chunk;
    if (begin < o->base || begin >= heap_end(h) || (begin - o->base) % o->align != 0)
        return tw_fail(error, TW_USAGE, "free of %" PRIu64 ": malloc gives no such address",
                       address);
    tw_error damaged = {0};
    tw_status status = heap_chunk_at(h, begin, &chunk, &damaged);
    if (status == TW_MISMATCH || (status == TW_OK && !chunk.taken))
        return complain(h, begin, error);
    if (status != TW_OK)
        return tw_fail(error, status, "%s", damaged.text);
    return put_free(h, chunk, error);
}
