/*
 * kmalloc.c: size classes over slab caches. Invariant: every block that is taken has a record, in
 * the tree `blocks` by its physical addresses, and counts are the sums over them.
 */
#include "tb/os/kmalloc.h"

#include <inttypes.h>
#include <stdio.h>

#include "tb/os/port.h"
#include "tb/os/slab.h"
#include "tb/os/spans.h"

enum { CLASSES = 13, CLASS_MAX = 8192 };

static const uint64_t MOST = UINT64_C(1) << 62;

/* The sizes of the classes, in ascending order. */
static const size_t class_bytes[CLASSES] = {8,   16,  32,   64,   96,   128, 192,
                                            256, 512, 1024, 2048, 4096, 8192};

typedef struct block {
    os_span span; /* all its bytes, not only those asked for */
    uint64_t asked;
} block;

struct os_kmalloc {
    os_records records;
    os_page_source source;
    uint64_t linear;
    os_slabs *slabs;
    os_slab_cache *cache[CLASSES];
    os_spans blocks;
    os_kmalloc_counts counts; /* but `held`, which is of large blocks alone */
};

/* The index of the class; CLASSES for a large block. */
static unsigned class_of(uint64_t bytes)
{
    unsigned i = 0;
    while (i < CLASSES && class_bytes[i] < bytes)
        i++;
    return i;
}

static unsigned order_of(uint64_t bytes)
{
    return os_page_order((bytes + OS_PAGE_BYTES - 1) / OS_PAGE_BYTES);
}

uint64_t os_kmalloc_size(uint64_t bytes)
{
    return bytes <= CLASS_MAX ? class_bytes[class_of(bytes)]
                              : (uint64_t)OS_PAGE_BYTES << order_of(bytes);
}

/* ---- opening --------------------------------------------------------------------------------- */

static tw_status open_caches(os_kmalloc *kmalloc)
{
    tw_status status = TW_OK;
    for (unsigned i = 0; i < CLASSES && status == TW_OK; i++) {
        char name[OS_SLAB_NAME_MAX + 1];
        const size_t bytes = class_bytes[i];
        snprintf(name, sizeof name, "kmalloc-%zu", bytes);
        const os_slab_kind kind = {.name = name, .bytes = bytes};
        status = os_slab_cache_open(kmalloc->slabs, &kind, &kmalloc->cache[i], NULL);
    }
    return status;
}

os_kmalloc *os_kmalloc_open(const os_records *records, const os_page_source *source,
                            uint64_t linear)
{
    os_kmalloc *kmalloc = os_records_take(records, 1, sizeof *kmalloc);
    if (kmalloc == NULL)
        return NULL;
    kmalloc->records = *records;
    kmalloc->source = *source;
    kmalloc->linear = linear;
    kmalloc->slabs = os_slabs_open(records, source);
    if (kmalloc->slabs != NULL && open_caches(kmalloc) == TW_OK)
        return kmalloc;
    os_kmalloc_close(kmalloc);
    return NULL;
}

void os_kmalloc_close(os_kmalloc *kmalloc)
{
    if (kmalloc == NULL)
        return;
    const os_records records = kmalloc->records;
    for (os_span *span; (span = os_spans_next(&kmalloc->blocks, 0)) != NULL;) {
        os_spans_remove(&kmalloc->blocks, span);
        os_records_give(&records, span);
    }
    os_slabs_close(kmalloc->slabs);
    os_records_give(&records, kmalloc);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static tw_status take_memory(os_kmalloc *kmalloc, uint64_t bytes, uint64_t *pa, tw_error *error)
{
    const os_page_source *source = &kmalloc->source;
    uint64_t ppn = 0;
    if (bytes <= CLASS_MAX)
        return os_slab_take(kmalloc->cache[class_of(bytes)], pa, error);
    tw_status status = source->take(source->context, order_of(bytes), &ppn, error);
    if (status == TW_OK)
        kmalloc->counts.held += os_kmalloc_size(bytes);
    *pa = ppn * OS_PAGE_BYTES;
    return status;
}

static tw_status give_memory(os_kmalloc *kmalloc, uint64_t bytes, uint64_t pa, tw_error *error)
{
    const os_page_source *source = &kmalloc->source;
    if (bytes <= CLASS_MAX)
        return os_slab_give(kmalloc->cache[class_of(bytes)], pa, error);
    tw_status status = source->give(source->context, pa / OS_PAGE_BYTES, order_of(bytes), error);
    if (status == TW_OK)
        kmalloc->counts.held -= os_kmalloc_size(bytes);
    return status;
}

tw_status os_kmalloc_take(os_kmalloc *kmalloc, uint64_t bytes, uint64_t *va, tw_error *error)
{
    uint64_t pa = 0;
    if (bytes == 0 || bytes > MOST)
        return tw_fail(error, TW_USAGE, "a block has 1 to 2^62 bytes, not %" PRIu64, bytes);
    block *b = os_records_take(&kmalloc->records, 1, sizeof *b);
    if (b == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the record of a block");
    tw_status status = take_memory(kmalloc, bytes, &pa, error);
    if (status != TW_OK) {
        os_records_give(&kmalloc->records, b);
        return status;
    }
    const uint64_t size = os_kmalloc_size(bytes);
    b->span.first = pa;
    b->span.last = pa + size - 1;
    b->asked = bytes;
    os_spans_add(&kmalloc->blocks, &b->span);
    kmalloc->counts.blocks++;
    kmalloc->counts.asked += bytes;
    kmalloc->counts.sizes += size;
    *va = pa + kmalloc->linear;
    return TW_OK;
}

tw_status os_kmalloc_give(os_kmalloc *kmalloc, uint64_t va, tw_error *error)
{
    const uint64_t pa = va - kmalloc->linear;
    block *b = (block *)os_spans_find(&kmalloc->blocks, pa);
    if (b == NULL)
        return tw_fail(error, TW_USAGE,
                       "address %#" PRIx64 " is in no block: was it freed twice, or never taken?",
                       va);
    if (b->span.first != pa)
        return tw_fail(error, TW_USAGE,
                       "address %#" PRIx64
                       " is inside a block: give back where it begins, %#" PRIx64,
                       va, b->span.first + kmalloc->linear);
    tw_status status = give_memory(kmalloc, b->asked, pa, error);
    if (status != TW_OK)
        return status;
    os_spans_remove(&kmalloc->blocks, &b->span);
    kmalloc->counts.blocks--;
    kmalloc->counts.asked -= b->asked;
    kmalloc->counts.sizes -= b->span.last - b->span.first + 1;
    os_records_give(&kmalloc->records, b);
    return TW_OK;
}

tw_status os_kmalloc_shrink(os_kmalloc *kmalloc, tw_error *error)
{
    tw_status status = TW_OK;
    for (unsigned i = 0; i < CLASSES && status == TW_OK; i++)
        status = os_slab_shrink(kmalloc->cache[i], error);
    return status;
}

uint64_t os_kmalloc_pa(const os_kmalloc *kmalloc, uint64_t va)
{
    return va - kmalloc->linear;
}

os_kmalloc_counts os_kmalloc_count(const os_kmalloc *kmalloc)
{
    os_kmalloc_counts counts = kmalloc->counts;
    for (unsigned i = 0; i < CLASSES; i++) {
        const os_slab_counts slab = os_slab_count(kmalloc->cache[i]);
        counts.held += (slab.slabs[0] + slab.slabs[1] + slab.slabs[2]) * slab.held * OS_PAGE_BYTES;
    }
    return counts;
}
