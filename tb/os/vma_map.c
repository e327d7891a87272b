/* vma_map.c: mapping and unmapping. */
#include <inttypes.h>

#include "tb/os/vma_inside.h"

/* The areas in [start, end) go, each after `gone` saw it; none lies across an end. */
static tw_status take_away(os_vmas *areas, uint64_t start, uint64_t end, const os_vma_visitor *gone,
                           tw_error *error)
{
    tw_status status = TW_OK;
    vma_node *next, *node = vma_from(areas, start);
    for (; status == TW_OK && node != NULL && node->area.start < end; node = next) {
        next = vma_next(node);
        status = vma_visit(gone, &node->area, error);
        if (status == TW_OK) {
            vma_remove(areas, node);
            vma_free(areas, node);
        }
    }
    return status;
}

/* Cuts at both ends, and takes away what is between. */
static tw_status clear(os_vmas *areas, uint64_t start, uint64_t end, const os_vma_visitor *gone,
                       tw_error *error)
{
    tw_status status = vma_split(areas, start, error);
    if (status == TW_OK)
        status = vma_split(areas, end, error);
    if (status == TW_OK)
        status = take_away(areas, start, end, gone, error);
    if (status != TW_OK)
        vma_tidy(areas, start, end);
    return status;
}

tw_status os_vmas_unmap(os_vmas *areas, uint64_t start, uint64_t end, const os_vma_visitor *gone,
                        tw_error *error)
{
    tw_status status = vma_check_range(areas, start, end, error);
    return status == TW_OK ? clear(areas, start, end, gone, error) : status;
}

static tw_status check_area(const os_vmas *areas, const os_vma *area, tw_error *error)
{
    tw_status status = vma_check_range(areas, area->start, area->end, error);
    if (status != TW_OK || area->file == NULL)
        return status;
    const char *wrong = NULL;
    if (!vma_aligned(area->offset))
        wrong = "must be mapped from a multiple of 4096 on";
    else if (area->offset + (area->end - area->start) < area->offset)
        wrong = "has no bytes beyond 2^64: map it from a lower one on";
    else if ((area->flags & OS_VMA_GROWS_DOWN) != 0)
        wrong = "cannot grow down: make the area anonymous";
    if (wrong == NULL)
        return TW_OK;
    return tw_fail(error, TW_USAGE, "at %#" PRIx64 ", from byte %#" PRIx64 " on: a file %s",
                   area->start, area->offset, wrong);
}

/* One area more is too many if it takes no other's place and is not joined to a neighbour. */
static tw_status check_limit(const os_vmas *areas, const os_vma *area, tw_error *error)
{
    if (areas->count < areas->options.limit)
        return TW_OK;
    const vma_node *before = area->start > 0 ? vma_from(areas, area->start - 1) : NULL;
    const vma_node *after = vma_from(areas, area->start);
    if ((after != NULL && after->area.start < area->end) ||
        (after != NULL && after->area.start == area->end && vma_alike(area, &after->area)) ||
        (before != NULL && before->area.end == area->start && vma_alike(&before->area, area)))
        return TW_OK;
    return tw_fail(error, TW_NO_MEMORY,
                   "an address space has at most %zu areas: unmap one before another is mapped",
                   areas->options.limit);
}

tw_status os_vmas_map(os_vmas *areas, const os_vma *area, const os_vma_visitor *gone,
                      tw_error *error)
{
    os_vma wanted = *area;
    wanted.offset = area->file != NULL ? area->offset : 0;
    tw_status status = check_area(areas, &wanted, error);
    if (status == TW_OK)
        status = check_limit(areas, &wanted, error);
    if (status != TW_OK)
        return status;
    vma_node *node = vma_make(areas, &wanted, error);
    if (node == NULL)
        return TW_NO_MEMORY;
    status = clear(areas, wanted.start, wanted.end, gone, error);
    if (status != TW_OK) {
        vma_free(areas, node);
        return status;
    }
    vma_insert(areas, node);
    vma_tidy(areas, wanted.start, wanted.end);
    return TW_OK;
}

tw_status os_vmas_map_new(os_vmas *areas, const os_vma *area, tw_error *error)
{
    const vma_node *there = vma_from(areas, area->start);
    if (there != NULL && there->area.start < area->end)
        return tw_fail(error, TW_USAGE,
                       "the range [%#" PRIx64 ", %#" PRIx64 ") overlaps the area [%#" PRIx64
                       ", %#" PRIx64 "): choose another, or unmap that first",
                       area->start, area->end, there->area.start, there->area.end);
    return os_vmas_map(areas, area, NULL, error);
}

tw_status os_vmas_place(os_vmas *areas, os_vma *area, os_vma_window window, tw_error *error)
{
    uint64_t start, bytes = area->end - area->start;
    tw_status status = os_vmas_gap(areas, bytes, window, &start, error);
    if (status != TW_OK)
        return status;
    os_vma wanted = *area;
    wanted.start = start;
    wanted.end = start + bytes;
    status = os_vmas_map(areas, &wanted, NULL, error);
    if (status == TW_OK)
        *area = wanted;
    return status;
}
