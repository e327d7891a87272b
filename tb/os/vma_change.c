/* vma_change.c: other permissions and flags, and advice. */
#include <inttypes.h>

#include "tb/os/vma_inside.h"

/* What becomes of an area: permissions = (permissions & keep) | permissions, flags alike. */
typedef struct change {
    unsigned keep, permissions;
    unsigned clear, set;
} change;

static os_vma altered(const os_vma *area, const change *c)
{
    os_vma result = *area;
    result.permissions = (area->permissions & c->keep) | c->permissions;
    result.flags = (area->flags & ~c->clear) | c->set;
    return result;
}

static bool alters(const os_vma *area, const change *c)
{
    os_vma result = altered(area, c);
    return result.permissions != area->permissions || result.flags != area->flags;
}

/* TW_USAGE if something in the range is in no area. */
static tw_status check_mapped(const os_vmas *areas, uint64_t start, uint64_t end, tw_error *error)
{
    tw_status status = vma_check_range(areas, start, end, error);
    if (status != TW_OK)
        return status;
    uint64_t reached = start;
    for (vma_node *node = vma_from(areas, start); reached < end; node = vma_next(node)) {
        if (node == NULL || node->area.start > reached)
            return tw_fail(error, TW_USAGE,
                           "nothing is mapped at %#" PRIx64 ", in [%#" PRIx64 ", %#" PRIx64
                           "): map it first",
                           reached, start, end);
        reached = node->area.end;
    }
    return TW_OK;
}

/* Cuts at the ends of the range, where that changes anything. */
static tw_status cut(os_vmas *areas, uint64_t start, uint64_t end, const change *c, tw_error *error)
{
    tw_status status = TW_OK;
    if (alters(&vma_from(areas, start)->area, c))
        status = vma_split(areas, start, error);
    if (status == TW_OK && alters(&vma_from(areas, end - 1)->area, c))
        status = vma_split(areas, end, error);
    return status;
}

static tw_status apply(os_vmas *areas, uint64_t start, uint64_t end, const change *c,
                       const os_vma_visitor *changed, tw_error *error)
{
    tw_status status = check_mapped(areas, start, end, error);
    if (status != TW_OK)
        return status;
    status = cut(areas, start, end, c, error);
    vma_node *node = vma_from(areas, start);
    for (; status == TW_OK && node != NULL && node->area.start < end; node = vma_next(node)) {
        os_vma result = altered(&node->area, c);
        if (!alters(&node->area, c))
            continue;
        status = vma_visit(changed, &result, error);
        if (status == TW_OK)
            node->area = result;
    }
    vma_tidy(areas, start, end);
    return status;
}

tw_status os_vmas_protect(os_vmas *areas, uint64_t start, uint64_t end, unsigned permissions,
                          const os_vma_visitor *changed, tw_error *error)
{
    return apply(areas, start, end, &(change){.permissions = permissions}, changed, error);
}

static tw_status mark(os_vmas *areas, uint64_t start, uint64_t end, unsigned clear, unsigned set,
                      const os_vma_visitor *changed, tw_error *error)
{
    return apply(areas, start, end, &(change){.keep = ~0u, .clear = clear, .set = set}, changed,
                 error);
}

tw_status os_vmas_lock(os_vmas *areas, uint64_t start, uint64_t end, const os_vma_visitor *changed,
                       tw_error *error)
{
    return mark(areas, start, end, 0, OS_VMA_LOCKED, changed, error);
}

tw_status os_vmas_unlock(os_vmas *areas, uint64_t start, uint64_t end,
                         const os_vma_visitor *changed, tw_error *error)
{
    return mark(areas, start, end, OS_VMA_LOCKED, 0, changed, error);
}

/* ---- advice ---------------------------------------------------------------------------------- */

static os_vma clipped(const os_vma *area, uint64_t start, uint64_t end)
{
    os_vma part = *area;
    if (area->start < start) {
        part.start = start;
        part.offset = area->file != NULL ? area->offset + (start - area->start) : 0;
    }
    part.end = area->end > end ? end : area->end;
    return part;
}

/* Shows all parts of the range. */
static tw_status show(const os_vmas *areas, uint64_t start, uint64_t end,
                      const os_vma_visitor *parts, tw_error *error)
{
    tw_status status = TW_OK;
    vma_node *node = vma_from(areas, start);
    for (; status == TW_OK && node != NULL && node->area.start < end; node = vma_next(node)) {
        os_vma part = clipped(&node->area, start, end);
        status = vma_visit(parts, &part, error);
    }
    return status;
}

static tw_status refuse_locked(void *context, const os_vma *part, tw_error *error)
{
    (void)context;
    if ((part->flags & OS_VMA_LOCKED) == 0)
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "the pages in [%#" PRIx64 ", %#" PRIx64
                   ") are locked and cannot be given up: unlock them first",
                   part->start, part->end);
}

tw_status os_vmas_advise(os_vmas *areas, uint64_t start, uint64_t end, os_advice advice,
                         const os_vma_visitor *parts, tw_error *error)
{
    static const os_vma_visitor no_lock = {refuse_locked, NULL};
    if (advice == OS_ADVISE_HUGE)
        return mark(areas, start, end, 0, OS_VMA_HUGE, parts, error);
    if (advice == OS_ADVISE_NO_HUGE)
        return mark(areas, start, end, OS_VMA_HUGE, 0, parts, error);
    tw_status status = check_mapped(areas, start, end, error);
    if (status == TW_OK && advice == OS_ADVISE_DONTNEED)
        status = show(areas, start, end, &no_lock, error);
    return status == TW_OK ? show(areas, start, end, parts, error) : status;
}
