/*
 * vmalloc.c: areas of mapped pages. Invariant: an area and its guard are one span of the tree, and
 * its first `mapped` pages are mapped, to the first of its `frames` frames. `stale` tells that one
 * of its pages was unmapped since the last fence: until then no frame is given back.
 */
#include "tb/os/vmalloc.h"

#include <inttypes.h>

#include "tb/os/port.h"
#include "tb/os/spans.h"

typedef struct area {
    os_span span;
    size_t pages, frames, mapped;
    bool stale;
    uint64_t ppn[];
} area;

struct os_vmalloc {
    os_records records;
    os_page_source source;
    os_kernel_map map;
    uint64_t base, last; /* of the window, both included */
    os_spans spans;
    os_vmalloc_counts counts; /* but `longest` */
};

tw_status os_vmalloc_open(const os_records *records, const os_page_source *source,
                          const os_kernel_map *map, uint64_t base, uint64_t bytes,
                          os_vmalloc **vmalloc, tw_error *error)
{
    if (bytes == 0 || base % OS_PAGE_BYTES != 0 || bytes % OS_PAGE_BYTES != 0 ||
        bytes - 1 > UINT64_MAX - base)
        return tw_fail(error, TW_USAGE,
                       "a window is whole pages that end by 2^64, not %#" PRIx64
                       " bytes at %#" PRIx64,
                       bytes, base);
    os_vmalloc *v = os_records_take(records, 1, sizeof *v);
    if (v == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the records of a window");
    v->records = *records;
    v->source = *source;
    v->map = *map;
    v->base = base;
    v->last = base + (bytes - 1);
    v->counts.free = bytes;
    *vmalloc = v;
    return TW_OK;
}

void os_vmalloc_close(os_vmalloc *vmalloc)
{
    if (vmalloc == NULL)
        return;
    const os_records records = vmalloc->records;
    for (os_span *span; (span = os_spans_next(&vmalloc->spans, 0)) != NULL;) {
        os_spans_remove(&vmalloc->spans, span);
        os_records_give(&records, span);
    }
    os_records_give(&records, vmalloc);
}

static uint64_t page_va(const area *a, size_t page)
{
    return a->span.first + page * OS_PAGE_BYTES;
}

/* ---- giving back ----------------------------------------------------------------------------- */

/* Takes down what is there of an area, page by page from its end, and forgets it. */
static tw_status release(os_vmalloc *v, area *a, tw_error *error)
{
    tw_status status = TW_OK;
    for (; a->mapped > 0; a->mapped--) {
        status = v->map.unmap(v->map.context, page_va(a, a->mapped - 1), error);
        if (status != TW_OK)
            return status;
        a->stale = true;
    }
    if (a->stale)
        status = v->map.fence(v->map.context, a->span.first, a->pages, error);
    if (status != TW_OK)
        return status;
    a->stale = false;
    for (; a->frames > 0; a->frames--) {
        status = v->source.give(v->source.context, a->ppn[a->frames - 1], 0, error);
        if (status != TW_OK)
            return status;
    }
    os_spans_remove(&v->spans, &a->span);
    v->counts.areas--;
    v->counts.pages -= a->pages;
    v->counts.free += a->span.last - a->span.first + 1;
    os_records_give(&v->records, a);
    return TW_OK;
}

tw_status os_vmalloc_give(os_vmalloc *vmalloc, uint64_t va, tw_error *error)
{
    area *a = (area *)os_spans_find(&vmalloc->spans, va);
    if (a == NULL)
        return tw_fail(error, TW_USAGE,
                       "address %#" PRIx64 " is in no area: was it freed twice, or never taken?",
                       va);
    if (a->span.first != va)
        return tw_fail(error, TW_USAGE,
                       "address %#" PRIx64
                       " is inside an area: give back where it begins, %#" PRIx64,
                       va, a->span.first);
    return release(vmalloc, a, error);
}

/* ---- taking ---------------------------------------------------------------------------------- */

/* An area at the first gap for it and its guard, with no frame yet; NULL after a sentence. */
static area *reserve(os_vmalloc *v, uint64_t pages, tw_error *error)
{
    const uint64_t room = (v->last - v->base) / OS_PAGE_BYTES + 1;
    uint64_t at = 0;
    if (pages >= room ||
        !os_spans_fit(&v->spans, v->base, v->last, (pages + 1) * OS_PAGE_BYTES, &at)) {
        tw_fail(error, TW_NO_MEMORY,
                "no %" PRIu64 " pages and a guard in a row are free in the window of %" PRIu64
                " pages: free an area or open a larger window",
                pages, room);
        return NULL;
    }
    area *a = os_records_take(&v->records, 1, sizeof *a + pages * sizeof a->ppn[0]);
    if (a == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory for the record of %" PRIu64 " pages", pages);
        return NULL;
    }
    a->span.first = at;
    a->span.last = at + (pages + 1) * OS_PAGE_BYTES - 1;
    a->pages = pages;
    os_spans_add(&v->spans, &a->span);
    v->counts.areas++;
    v->counts.pages += pages;
    v->counts.free -= (pages + 1) * OS_PAGE_BYTES;
    return a;
}

static tw_status fill(os_vmalloc *v, area *a, tw_error *error)
{
    tw_status status = TW_OK;
    while (status == TW_OK && a->mapped < a->pages) {
        status = v->source.take(v->source.context, 0, &a->ppn[a->frames], error);
        if (status == TW_OK) {
            const uint64_t ppn = a->ppn[a->frames++];
            status = v->map.map(v->map.context, page_va(a, a->mapped), ppn, error);
        }
        if (status == TW_OK)
            a->mapped++;
    }
    return status;
}

tw_status os_vmalloc_take(os_vmalloc *vmalloc, uint64_t bytes, uint64_t *va, tw_error *error)
{
    if (bytes == 0)
        return tw_fail(error, TW_USAGE, "an area has at least one byte");
    const uint64_t pages = (bytes - 1) / OS_PAGE_BYTES + 1;
    area *a = reserve(vmalloc, pages, error);
    if (a == NULL)
        return TW_NO_MEMORY;
    *va = a->span.first;
    tw_status status = fill(vmalloc, a, error);
    /* Should undoing fail too, the area stays, so that no frame is used that is still mapped. */
    if (status != TW_OK)
        release(vmalloc, a, NULL);
    return status;
}

/* ---- what can be seen ------------------------------------------------------------------------ */

bool os_vmalloc_frame(const os_vmalloc *vmalloc, uint64_t va, uint64_t *ppn)
{
    const area *a = (const area *)os_spans_find(&vmalloc->spans, va);
    if (a == NULL || (va - a->span.first) / OS_PAGE_BYTES >= a->mapped)
        return false;
    *ppn = a->ppn[(va - a->span.first) / OS_PAGE_BYTES];
    return true;
}

os_vmalloc_counts os_vmalloc_count(const os_vmalloc *vmalloc)
{
    os_vmalloc_counts counts = vmalloc->counts;
    counts.longest = os_spans_longest_gap(&vmalloc->spans, vmalloc->base, vmalloc->last);
    return counts;
}
