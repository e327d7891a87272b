/*
 * heap_list.c: a chunk's words in the program's memory, and the list that runs through the free
 * ones.
 *
 * No offset in the heap has bit 31, nor has END_WORD; a seal always has it. So a word is never
 * both.
 */
#include "tb/heap_inside.h"

#include <inttypes.h>

#define SEAL UINT32_C(0xa5ee0f5a)
#define END_WORD UINT32_C(0x7fffffff)

/* ---- words ----------------------------------------------------------------------------------- */

static uint64_t record_at(const heap *h, uint64_t address)
{
    const heap_options *o = &h->options;
    return o->header != 0 ? address : o->records + (address - o->base) / o->align * HEAP_RECORD;
}

static uint32_t seal(const heap *h, uint64_t address, uint32_t bytes)
{
    return SEAL ^ (uint32_t)(address - h->options.base) ^ bytes;
}

static tw_status write_record(const heap *h, uint64_t address, uint64_t bytes, uint32_t second,
                              tw_error *error)
{
    const heap_memory *m = &h->memory;
    const uint64_t at = record_at(h, address);
    tw_status status = m->write(m->context, at, (uint32_t)bytes, error);
    return status != TW_OK ? status : m->write(m->context, at + 4, second, error);
}

tw_status heap_write_taken(const heap *h, uint64_t address, uint64_t bytes, tw_error *error)
{
    return write_record(h, address, bytes, seal(h, address, (uint32_t)bytes), error);
}

static uint32_t next_word(const heap *h, uint64_t next)
{
    return next == HEAP_END ? END_WORD : (uint32_t)(next - h->options.base);
}

tw_status heap_write_free(const heap *h, uint64_t address, uint64_t bytes, uint64_t next,
                          tw_error *error)
{
    return write_record(h, address, bytes, next_word(h, next), error);
}

uint64_t heap_end(const heap *h)
{
    return h->options.base + h->bytes;
}

uint64_t heap_shortest(const heap *h)
{
    return h->options.header == 0 ? 1 : HEAP_RECORD;
}

/* A chunk may begin there. */
static bool possible(const heap *h, uint64_t address)
{
    const heap_options *o = &h->options;
    return address >= o->base && address < heap_end(h) && (address - o->base) % o->align == 0;
}

tw_status heap_chunk_at(const heap *h, uint64_t address, heap_chunk *chunk, tw_error *error)
{
    const heap_memory *m = &h->memory;
    uint32_t bytes, second;
    if (!possible(h, address))
        return tw_fail(error, TW_MISMATCH,
                       "no chunk can begin at %" PRIu64 ": something wrote over the heap's words",
                       address);
    const uint64_t at = record_at(h, address);
    tw_status status = m->read(m->context, at, &bytes, error);
    if (status == TW_OK)
        status = m->read(m->context, at + 4, &second, error);
    if (status != TW_OK)
        return status;
    if (bytes < heap_shortest(h) || bytes > heap_end(h) - address)
        return tw_fail(error, TW_MISMATCH,
                       "the chunk at %" PRIu64 " has no length, %" PRIu32
                       ": something wrote over the heap's words",
                       address, bytes);
    *chunk = (heap_chunk){.address = address,
                          .bytes = bytes,
                          .taken = second == seal(h, address, bytes),
                          .next = second == END_WORD ? HEAP_END : h->options.base + second};
    return TW_OK;
}

/* ---- the list -------------------------------------------------------------------------------- */

/* Fills spot->chunk from its address. */
static tw_status arrive(const heap *h, heap_spot *spot, tw_error *error)
{
    const uint64_t address = spot->chunk.address;
    if (address == HEAP_END)
        return TW_OK;
    tw_status status = heap_chunk_at(h, address, &spot->chunk, error);
    if (status == TW_OK && (spot->chunk.taken || spot->steps > h->bytes / heap_shortest(h)))
        return tw_fail(error, TW_MISMATCH,
                       "the free list comes to %" PRIu64
                       ", which is no free chunk: something wrote over the heap's words",
                       address);
    return status;
}

tw_status heap_list_first(const heap *h, heap_spot *spot, tw_error *error)
{
    *spot = (heap_spot){.before = HEAP_END, .chunk.address = h->head};
    return arrive(h, spot, error);
}

tw_status heap_list_next(const heap *h, heap_spot *spot, tw_error *error)
{
    spot->before = spot->chunk.address;
    spot->chunk.address = spot->chunk.next;
    spot->steps++;
    return arrive(h, spot, error);
}

tw_status heap_list_find(const heap *h, uint64_t address, heap_spot *spot, tw_error *error)
{
    tw_status status = heap_list_first(h, spot, error);
    while (status == TW_OK && !heap_list_over(spot) && spot->chunk.address != address)
        status = heap_list_next(h, spot, error);
    return status;
}

/* What stands in front of the spot leads to `next` from now on. */
static tw_status lead_to(heap *h, const heap_spot *spot, uint64_t next, tw_error *error)
{
    const heap_memory *m = &h->memory;
    if (spot->before != HEAP_END)
        return m->write(m->context, record_at(h, spot->before) + 4, next_word(h, next), error);
    h->head = next;
    return TW_OK;
}

tw_status heap_list_remove(heap *h, const heap_spot *spot, tw_error *error)
{
    return lead_to(h, spot, spot->chunk.next, error);
}

tw_status heap_list_put(heap *h, const heap_spot *spot, uint64_t address, uint64_t bytes,
                        tw_error *error)
{
    tw_status status = heap_write_free(h, address, bytes, spot->chunk.address, error);
    return status != TW_OK ? status : lead_to(h, spot, address, error);
}

bool heap_list_behind(const heap *h, const heap_chunk *chunk, uint64_t address, uint64_t bytes)
{
    switch (h->options.order) {
    case HEAP_BY_ADDRESS:
        return chunk->address < address;
    case HEAP_SHORT_FIRST:
        return chunk->bytes <= bytes;
    case HEAP_LONG_FIRST:
        return chunk->bytes >= bytes;
    default:
        return false;
    }
}

tw_status heap_list_insert(heap *h, uint64_t address, uint64_t bytes, tw_error *error)
{
    heap_spot spot;
    tw_status status = heap_list_first(h, &spot, error);
    while (status == TW_OK && !heap_list_over(&spot) &&
           heap_list_behind(h, &spot.chunk, address, bytes))
        status = heap_list_next(h, &spot, error);
    return status != TW_OK ? status : heap_list_put(h, &spot, address, bytes, error);
}
