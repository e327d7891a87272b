/* vma.c: opening, copying and looking; mapping is in vma_map.c, changing in vma_change.c. */
#include <inttypes.h>

#include "tb/os/vma_inside.h"

/* ---- opening --------------------------------------------------------------------------------- */

static tw_status check_options(const os_vmas_options *o, tw_error *error)
{
    if (!vma_aligned(o->low) || !vma_aligned(o->high) || o->high <= o->low)
        return tw_fail(error, TW_USAGE,
                       "an address space [%#" PRIx64 ", %#" PRIx64
                       ") must start and end at a multiple of 4096, and end after it starts",
                       o->low, o->high);
    uint64_t most = UINT64_MAX / OS_PAGE_BYTES;
    if (o->guard_pages > most || o->stack_pages > most)
        return tw_fail(error, TW_USAGE,
                       "a stack of at most %" PRIu64 " pages with a guard of %" PRIu64
                       " fits into no address space",
                       o->stack_pages, o->guard_pages);
    return TW_OK;
}

os_vmas *os_vmas_open(const os_records *records, const os_vmas_options *options, tw_error *error)
{
    if (check_options(options, error) != TW_OK)
        return NULL;
    os_vmas *areas = os_records_take(records, 1, sizeof *areas);
    if (areas == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory for an address space");
        return NULL;
    }
    areas->records = *records;
    areas->options = *options;
    areas->heap_start = areas->heap_end = options->low;
    RB_INIT(&areas->tree);
    return areas;
}

void os_vmas_close(os_vmas *areas)
{
    if (areas == NULL)
        return;
    for (vma_node *node; (node = RB_ROOT(&areas->tree)) != NULL;) {
        vma_remove(areas, node);
        vma_free(areas, node);
    }
    const os_records records = areas->records;
    os_records_give(&records, areas);
}

os_vmas *os_vmas_clone(const os_records *records, const os_vmas *areas, tw_error *error)
{
    os_vmas *child = os_vmas_open(records, &areas->options, error);
    if (child == NULL)
        return NULL;
    child->heap_start = areas->heap_start;
    child->heap_end = areas->heap_end;
    for (const os_vma *area = os_vmas_first(areas); area != NULL; area = os_vmas_next(area)) {
        os_vma copy = *area;
        copy.flags &= ~(unsigned)OS_VMA_LOCKED;
        if (os_vmas_map(child, &copy, NULL, error) != TW_OK) {
            os_vmas_close(child);
            return NULL;
        }
    }
    return child;
}

/* ---- looking --------------------------------------------------------------------------------- */

static const os_vma *area_of(const vma_node *node)
{
    return node != NULL ? &node->area : NULL;
}

/* The area is the first member of its node; const is the caller's. */
static vma_node *node_of(const os_vma *area)
{
    return (vma_node *)(uintptr_t)area;
}

const os_vma *os_vmas_after(os_vmas *areas, uint64_t va)
{
    if (areas == NULL)
        return NULL;
    os_vma_lookups *l = &areas->lookups;
    unsigned comparisons = 0;
    const vma_node *node = vma_after(areas, va, &comparisons);
    l->lookups++;
    l->comparisons += comparisons;
    l->most = comparisons > l->most ? comparisons : l->most;
    return area_of(node);
}

const os_vma *os_vmas_find(os_vmas *areas, uint64_t va)
{
    const os_vma *area = os_vmas_after(areas, va);
    return area != NULL && area->start <= va ? area : NULL;
}

const os_vma *os_vmas_first(const os_vmas *areas)
{
    return areas != NULL ? area_of(vma_first(areas)) : NULL;
}

const os_vma *os_vmas_next(const os_vma *area)
{
    return area_of(vma_next(node_of(area)));
}

size_t os_vmas_count(const os_vmas *areas)
{
    return areas != NULL ? areas->count : 0;
}

os_vma_lookups os_vmas_lookups(const os_vmas *areas)
{
    return areas->lookups;
}
