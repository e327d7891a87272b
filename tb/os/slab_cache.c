/* slab_cache.c: what a cache is made of: sizes, opening, closing. */
#include <string.h>

#include "tb/os/slab_inside.h"

/* The rule by which a cache chooses its slabs: up to so many pages, of which so small a part is
 * unused. */
enum { PAGES_CHOSEN = 8, UNUSED_PART = 8 };

size_t os_slab_objects(size_t bytes, size_t pages)
{
    return pages * OS_PAGE_BYTES / bytes;
}

size_t os_slab_pages(size_t bytes)
{
    for (size_t pages = 1; pages <= PAGES_CHOSEN; pages *= 2) {
        size_t all = pages * OS_PAGE_BYTES;
        if (all >= bytes && all % bytes <= all / UNUSED_PART)
            return pages;
    }
    return (size_t)1 << os_page_order((bytes + OS_PAGE_BYTES - 1) / OS_PAGE_BYTES);
}

os_slabs *os_slabs_open(const os_records *records, const os_page_source *source)
{
    os_slabs *slabs = os_records_take(records, 1, sizeof *slabs);
    if (slabs != NULL)
        *slabs = (os_slabs){.records = *records, .source = *source};
    return slabs;
}

void os_slabs_close(os_slabs *slabs)
{
    if (slabs == NULL)
        return;
    const os_records records = slabs->records;
    for (os_span *span; (span = os_spans_next(&slabs->spans, 0)) != NULL;) {
        os_spans_remove(&slabs->spans, span);
        os_records_give(&records, span);
    }
    for (os_slab_cache *cache; (cache = LIST_FIRST(&slabs->caches)) != NULL;) {
        LIST_REMOVE(cache, link);
        os_records_give(&records, cache);
    }
    os_records_give(&records, slabs);
}

/* ---- caches ---------------------------------------------------------------------------------- */

/* TW_USAGE for what can be no kind; else fills in what it leaves open. */
static tw_status complete(os_slab_kind *kind, tw_error *error)
{
    const char *name = kind->name;
    const size_t most = (size_t)OS_SLAB_PAGES_MAX * OS_PAGE_BYTES;
    if (strlen(name) > OS_SLAB_NAME_MAX)
        return tw_fail(error, TW_USAGE, "cache '%.*s...': its name has more than %d characters",
                       OS_SLAB_NAME_MAX, name, OS_SLAB_NAME_MAX);
    if (kind->bytes == 0 || kind->bytes > most)
        return tw_fail(error, TW_USAGE, "cache '%s': objects have 1 to %zu bytes, not %zu", name,
                       most, kind->bytes);
    if (kind->alignment == 0)
        kind->alignment = OS_SLAB_ALIGNMENT;
    if ((kind->alignment & (kind->alignment - 1)) != 0 || kind->alignment > OS_PAGE_BYTES)
        return tw_fail(error, TW_USAGE,
                       "cache '%s': an alignment is a power of two up to %d, not %zu", name,
                       OS_PAGE_BYTES, kind->alignment);
    const size_t stride = (kind->bytes + kind->alignment - 1) & ~(kind->alignment - 1);
    if (kind->pages == 0)
        kind->pages = os_slab_pages(stride);
    if (kind->pages > OS_SLAB_PAGES_MAX || os_slab_objects(stride, kind->pages) == 0)
        return tw_fail(error, TW_USAGE,
                       "cache '%s': no object of %zu bytes fits into a slab of %zu pages, of which "
                       "it can have up to %d",
                       name, stride, kind->pages, OS_SLAB_PAGES_MAX);
    return TW_OK;
}

tw_status os_slab_cache_open(os_slabs *slabs, const os_slab_kind *kind, os_slab_cache **cache,
                             tw_error *error)
{
    os_slab_kind full = *kind;
    tw_status status = complete(&full, error);
    if (status != TW_OK)
        return status;
    os_slab_cache *c = os_records_take(&slabs->records, 1, sizeof *c);
    if (c == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the records of cache '%s'", kind->name);
    const size_t stride = (full.bytes + full.alignment - 1) & ~(full.alignment - 1);
    strcpy(c->name, kind->name);
    c->slabs = slabs;
    c->kind = full;
    c->kind.name = c->name;
    c->order = os_page_order(full.pages);
    c->counts = (os_slab_counts){.bytes = full.bytes,
                                 .stride = stride,
                                 .objects = os_slab_objects(stride, full.pages),
                                 .pages = full.pages,
                                 .held = (size_t)1 << c->order};
    LIST_INSERT_HEAD(&slabs->caches, c, link);
    *cache = c;
    return TW_OK;
}

tw_status os_slab_cache_close(os_slab_cache *cache, tw_error *error)
{
    if (cache->counts.taken > 0)
        return tw_fail(error, TW_USAGE,
                       "cache '%s' still has %zu objects that are taken: give them back first",
                       cache->name, cache->counts.taken);
    tw_status status = os_slab_shrink(cache, error);
    if (status != TW_OK)
        return status;
    LIST_REMOVE(cache, link);
    os_records_give(&cache->slabs->records, cache);
    return TW_OK;
}

os_slab_counts os_slab_count(const os_slab_cache *cache)
{
    return cache->counts;
}
