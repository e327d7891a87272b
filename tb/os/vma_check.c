/* vma_check.c: what vma.h and the tree promise, looked at one by one. */
#include <inttypes.h>

#include "tb/os/vma_inside.h"

static tw_status broken(const vma_node *node, const char *rule, tw_error *error)
{
    return tw_fail(error, TW_MISMATCH, "area [%#" PRIx64 ", %#" PRIx64 "): %s", node->area.start,
                   node->area.end, rule);
}

static tw_status check_area(const os_vmas *areas, const os_vma *area, const vma_node *node,
                            tw_error *error)
{
    if (!vma_aligned(area->start | area->end | area->offset))
        return broken(node, "is not page-aligned", error);
    if (area->start >= area->end)
        return broken(node, "is empty", error);
    if (area->start < areas->options.low || area->end > areas->options.high)
        return broken(node, "is outside the address space", error);
    return TW_OK;
}

static tw_status check_neighbours(const vma_node *node, const vma_node *next, tw_error *error)
{
    if (next->area.start < node->area.end)
        return broken(node, "overlaps the next, or is not in order", error);
    if (next->area.start == node->area.end && vma_alike(&node->area, &next->area))
        return broken(node, "and the next are alike, and should be one", error);
    return TW_OK;
}

/* Colours and what the node knows of its subtree; *black is the number of black nodes on every path
 * down. */
static tw_status check_subtree(vma_node *node, unsigned *black, tw_error *error)
{
    *black = 1; /* a missing child is black */
    if (node == NULL)
        return TW_OK;
    vma_node *child[] = {RB_LEFT(node, link), RB_RIGHT(node, link)};
    unsigned below[2];
    for (int i = 0; i < 2; i++) {
        tw_status status = check_subtree(child[i], &below[i], error);
        if (status != TW_OK)
            return status;
        if (child[i] != NULL && RB_PARENT(child[i], link) != node)
            return broken(node, "is not the parent of its child", error);
        if (child[i] != NULL && RB_COLOR(node, link) == RB_RED &&
            RB_COLOR(child[i], link) == RB_RED)
            return broken(node, "is red and has a red child", error);
    }
    if (below[0] != below[1])
        return broken(node, "has paths with different numbers of black nodes", error);
    *black = below[0] + (RB_COLOR(node, link) == RB_BLACK);
    vma_node want = *node;
    vma_augment(&want);
    if (want.low != node->low || want.high != node->high || want.gap != node->gap)
        return broken(node, "does not know the bounds or the largest gap of its subtree", error);
    return TW_OK;
}

tw_status os_vmas_check(const os_vmas *areas, tw_error *error)
{
    size_t count = 0;
    unsigned black;
    tw_status status = check_subtree(RB_ROOT(&areas->tree), &black, error);
    for (vma_node *next, *node = vma_first(areas); status == TW_OK && node != NULL; node = next) {
        next = vma_next(node);
        count++;
        status = check_area(areas, &node->area, node, error);
        if (status == TW_OK && next != NULL)
            status = check_neighbours(node, next, error);
    }
    if (status == TW_OK && (count != areas->count || count > areas->options.limit))
        status = tw_fail(error, TW_MISMATCH, "%zu areas, counted as %zu, of %zu at most", count,
                         areas->count, areas->options.limit);
    return status;
}
