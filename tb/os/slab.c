/* slab.c: slabs and their objects: slab_inside.h has the invariant. */
#include <assert.h>
#include <inttypes.h>

#include "tb/os/slab_inside.h"

/* ---- slabs ----------------------------------------------------------------------------------- */

static os_slab_state state_of(const slab *s)
{
    return s->taken == 0                          ? OS_SLAB_EMPTY
           : s->taken == s->cache->counts.objects ? OS_SLAB_FULL
                                                  : OS_SLAB_PARTIAL;
}

static void list_in(slab *s)
{
    os_slab_state state = state_of(s);
    LIST_INSERT_HEAD(&s->cache->list[state], s, link);
    s->cache->counts.slabs[state]++;
}

static void list_out(slab *s)
{
    LIST_REMOVE(s, link);
    s->cache->counts.slabs[state_of(s)]--;
}

/* Counts one object more (1) or less (-1) as taken; the slab becomes the first of its list. */
static void count_taken(slab *s, int more)
{
    list_out(s);
    s->taken += (size_t)more;
    list_in(s);
    s->cache->counts.taken += (size_t)more;
    s->cache->counts.free -= (size_t)more;
}

/* Makes all objects of a slab whose pages are there. */
static tw_status construct(os_slab_cache *cache, uint64_t address, tw_error *error)
{
    const os_slab_kind *kind = &cache->kind;
    tw_status status = TW_OK;
    for (size_t i = 0; i < cache->counts.objects && kind->construct != NULL; i++) {
        status = kind->construct(kind->context, address + i * cache->counts.stride, error);
        if (status != TW_OK)
            return status;
        cache->counts.constructed++;
    }
    return status;
}

/* Puts the pages at `address` into the record of a new slab, and into the cache. */
static void add_slab(os_slab_cache *cache, slab *s, uint64_t address)
{
    s->span.first = address;
    s->span.last = address + cache->kind.pages * OS_PAGE_BYTES - 1;
    s->cache = cache;
    s->taken = 0;
    s->head = 0;
    for (uint32_t i = 0; i < cache->counts.objects; i++)
        s->next[i] = i + 1;
    const os_span *other = os_spans_add(&cache->slabs->spans, &s->span);
    assert(other == NULL); /* else the source gave a page twice */
    (void)other;
    list_in(s);
    cache->counts.free += cache->counts.objects;
}

static tw_status new_slab(os_slab_cache *cache, slab **made, tw_error *error)
{
    const os_page_source *source = &cache->slabs->source;
    const os_records *records = &cache->slabs->records;
    slab *s = os_records_take(records, 1, sizeof *s + cache->counts.objects * sizeof s->next[0]);
    uint64_t ppn = 0;
    if (s == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the record of a slab of cache '%s'",
                       cache->name);
    tw_status status = source->take(source->context, cache->order, &ppn, error);
    if (status == TW_OK) {
        status = construct(cache, ppn * OS_PAGE_BYTES, error);
        if (status != TW_OK)
            source->give(source->context, ppn, cache->order, NULL);
    }
    if (status != TW_OK) {
        os_records_give(records, s);
        return status;
    }
    add_slab(cache, s, ppn * OS_PAGE_BYTES);
    *made = s;
    return TW_OK;
}

tw_status os_slab_shrink(os_slab_cache *cache, tw_error *error)
{
    const os_page_source *source = &cache->slabs->source;
    slab *next;
    for (slab *s = LIST_FIRST(&cache->list[OS_SLAB_EMPTY]); s != NULL; s = next) {
        next = LIST_NEXT(s, link);
        tw_status status =
            source->give(source->context, s->span.first / OS_PAGE_BYTES, cache->order, error);
        if (status != TW_OK)
            return status;
        list_out(s);
        os_spans_remove(&cache->slabs->spans, &s->span);
        cache->counts.free -= cache->counts.objects;
        os_records_give(&cache->slabs->records, s);
    }
    return TW_OK;
}

/* ---- objects --------------------------------------------------------------------------------- */

tw_status os_slab_take(os_slab_cache *cache, uint64_t *address, tw_error *error)
{
    slab *s = LIST_FIRST(&cache->list[OS_SLAB_PARTIAL]);
    if (s == NULL)
        s = LIST_FIRST(&cache->list[OS_SLAB_EMPTY]);
    if (s == NULL) {
        tw_status status = new_slab(cache, &s, error);
        if (status != TW_OK)
            return status;
    }
    const uint32_t index = s->head;
    s->head = s->next[index];
    s->next[index] = OS_SLAB_TAKEN;
    count_taken(s, 1);
    *address = s->span.first + index * cache->counts.stride;
    return TW_OK;
}

static slab *slab_at(const os_slabs *slabs, uint64_t address)
{
    return (slab *)os_spans_find(&slabs->spans, address);
}

/* The slab of an object that may be given back to the cache; NULL after a sentence. */
static slab *check(const os_slab_cache *cache, uint64_t address, uint32_t *index, tw_error *error)
{
    slab *s = slab_at(cache->slabs, address);
    const size_t stride = cache->counts.stride;
    if (s == NULL) {
        tw_fail(error, TW_USAGE, "address %#" PRIx64 " is in no slab: cache '%s' never gave it out",
                address, cache->name);
        return NULL;
    }
    if (s->cache != cache) {
        tw_fail(error, TW_USAGE,
                "address %#" PRIx64 " is of cache '%s': give it back there, not to '%s'", address,
                s->cache->name, cache->name);
        return NULL;
    }
    const uint64_t offset = address - s->span.first;
    if (offset % stride != 0 || offset / stride >= cache->counts.objects) {
        tw_fail(error, TW_USAGE,
                "address %#" PRIx64 " is in a slab of cache '%s', but no object begins there",
                address, cache->name);
        return NULL;
    }
    *index = (uint32_t)(offset / stride);
    if (s->next[*index] != OS_SLAB_TAKEN) {
        tw_fail(error, TW_USAGE, "object %#" PRIx64 " of cache '%s' is free: was it freed twice?",
                address, cache->name);
        return NULL;
    }
    return s;
}

tw_status os_slab_give(os_slab_cache *cache, uint64_t address, tw_error *error)
{
    uint32_t index = 0;
    slab *s = check(cache, address, &index, error);
    if (s == NULL)
        return TW_USAGE;
    s->next[index] = s->head;
    s->head = index;
    count_taken(s, -1);
    return TW_OK;
}

/* ---- what can be seen ------------------------------------------------------------------------ */

bool os_slabs_next(const os_slabs *slabs, uint64_t address, os_slab_view *view)
{
    const slab *s = (const slab *)os_spans_next(&slabs->spans, address);
    if (s != NULL)
        *view =
            (os_slab_view){s->span.first, s->span.last - s->span.first + 1, state_of(s), s->taken};
    return s != NULL;
}

bool os_slabs_taken(const os_slabs *slabs, uint64_t address)
{
    const slab *s = slab_at(slabs, address);
    if (s == NULL)
        return false;
    const uint64_t offset = address - s->span.first;
    const size_t stride = s->cache->counts.stride;
    return offset % stride == 0 && offset / stride < s->cache->counts.objects &&
           s->next[offset / stride] == OS_SLAB_TAKEN;
}
