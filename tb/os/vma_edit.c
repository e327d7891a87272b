/* vma_edit.c: cutting areas and joining them, which all operations are made of: they cut at the
 * ends of their range, change whole areas, and join what has become alike. */
#include <inttypes.h>

#include "tb/os/vma_inside.h"

/* ---- files ----------------------------------------------------------------------------------- */

static void hold(const os_vmas *areas, void *file)
{
    if (file != NULL && areas->options.files != NULL)
        areas->options.files->hold(file);
}

static void drop(const os_vmas *areas, void *file)
{
    if (file != NULL && areas->options.files != NULL)
        areas->options.files->drop(file);
}

vma_node *vma_make(const os_vmas *areas, const os_vma *area, tw_error *error)
{
    vma_node *node = os_records_take(&areas->records, 1, sizeof *node);
    if (node == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory for an area at %#" PRIx64, area->start);
        return NULL;
    }
    node->area = *area;
    hold(areas, area->file);
    return node;
}

void vma_free(const os_vmas *areas, vma_node *node)
{
    drop(areas, node->area.file);
    os_records_give(&areas->records, node);
}

/* ---- cutting and joining --------------------------------------------------------------------- */

bool vma_alike(const os_vma *first, const os_vma *second)
{
    return first->permissions == second->permissions && first->flags == second->flags &&
           first->file == second->file &&
           (first->file == NULL || first->offset + (first->end - first->start) == second->offset);
}

tw_status vma_split(os_vmas *areas, uint64_t va, tw_error *error)
{
    vma_node *node = vma_from(areas, va);
    if (node == NULL || node->area.start >= va)
        return TW_OK;
    if (areas->count >= areas->options.limit)
        return tw_fail(error, TW_NO_MEMORY,
                       "an address space has at most %zu areas: the one at %#" PRIx64
                       " cannot be cut; unmap another",
                       areas->options.limit, node->area.start);
    os_vma upper = node->area;
    upper.start = va;
    if (upper.file != NULL)
        upper.offset += va - node->area.start;
    vma_node *more = vma_make(areas, &upper, error);
    if (more == NULL)
        return TW_NO_MEMORY;
    vma_set_end(node, va);
    vma_insert(areas, more);
    return TW_OK;
}

void vma_tidy(os_vmas *areas, uint64_t start, uint64_t end)
{
    vma_node *node = vma_from(areas, start > 0 ? start - 1 : 0), *next;
    for (; node != NULL && (next = vma_next(node)) != NULL && next->area.start <= end;) {
        if (node->area.end != next->area.start || !vma_alike(&node->area, &next->area)) {
            node = next;
            continue;
        }
        uint64_t joined = next->area.end;
        vma_remove(areas, next);
        vma_free(areas, next);
        vma_set_end(node, joined);
    }
}

/* ---- what all operations ask ----------------------------------------------------------------- */

tw_status vma_check_range(const os_vmas *areas, uint64_t start, uint64_t end, tw_error *error)
{
    const char *wrong = NULL;
    if (!vma_aligned(start) || !vma_aligned(end))
        wrong = "must start and end at a multiple of 4096";
    else if (end <= start)
        wrong = "must end after it starts";
    if (wrong != NULL)
        return tw_fail(error, TW_USAGE, "the range [%#" PRIx64 ", %#" PRIx64 ") %s", start, end,
                       wrong);
    if (start >= areas->options.low && end <= areas->options.high)
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "the range [%#" PRIx64 ", %#" PRIx64 ") must be inside the address space, "
                   "[%#" PRIx64 ", %#" PRIx64 ")",
                   start, end, areas->options.low, areas->options.high);
}

tw_status vma_visit(const os_vma_visitor *visitor, const os_vma *part, tw_error *error)
{
    return visitor == NULL ? TW_OK : visitor->visit(visitor->context, part, error);
}
