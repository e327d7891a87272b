/* vma_tree.c: the tree of areas. Invariant: low, high and gap of every node are those of its
 * subtree; the library's rotations keep them (RB_AUGMENT), and whoever changes a node walks up from
 * it. */
#define RB_AUGMENT(node) vma_augment(node)
#include "tb/os/vma_inside.h"

static int by_start(const vma_node *a, const vma_node *b)
{
    return (a->area.start > b->area.start) - (a->area.start < b->area.start);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void vma_augment(vma_node *node)
{
    const vma_node *left = RB_LEFT(node, link), *right = RB_RIGHT(node, link);
    node->low = left != NULL ? left->low : node->begin;
    node->high = right != NULL ? right->high : node->area.end;
    node->gap = 0;
    if (left != NULL)
        node->gap = larger(left->gap, vma_room(left->high, node->begin));
    if (right != NULL)
        node->gap = larger(node->gap, larger(right->gap, vma_room(node->area.end, right->low)));
}

/* RB_GENERATE_STATIC needs a macro __unused that glibc does not have. */
RB_GENERATE_INTERNAL(vma_tree, vma_node, link, by_start, static inline)

/* The library does not go on to the root. */
static void refresh(vma_node *node)
{
    for (; node != NULL; node = RB_PARENT(node, link))
        vma_augment(node);
}

vma_node *vma_first(const os_vmas *areas)
{
    struct vma_tree tree = areas->tree;
    return RB_MIN(vma_tree, &tree);
}

vma_node *vma_next(vma_node *node)
{
    return RB_NEXT(vma_tree, NULL, node);
}

vma_node *vma_previous(vma_node *node)
{
    return RB_PREV(vma_tree, NULL, node);
}

vma_node *vma_after(const os_vmas *areas, uint64_t va, unsigned *comparisons)
{
    vma_node *best = NULL;
    for (vma_node *node = RB_ROOT(&areas->tree); node != NULL;) {
        ++*comparisons;
        if (va >= node->area.end) {
            node = RB_RIGHT(node, link);
            continue;
        }
        best = node;
        if (va >= node->area.start)
            break;
        node = RB_LEFT(node, link);
    }
    return best;
}

static void set_begin(const os_vmas *areas, vma_node *node)
{
    uint64_t guard = areas->options.guard_pages * OS_PAGE_BYTES, start = node->area.start;
    node->begin = start;
    if ((node->area.flags & OS_VMA_GROWS_DOWN) != 0)
        node->begin -= guard < start - areas->options.low ? guard : start - areas->options.low;
}

void vma_insert(os_vmas *areas, vma_node *node)
{
    RB_SET(node, NULL, link);
    set_begin(areas, node);
    vma_augment(node);
    RB_INSERT(vma_tree, &areas->tree, node);
    refresh(node);
    areas->count++;
}

/* The lowest node whose subtree changes when `node` goes: the library puts its successor in its
 * place if it has two children. */
static vma_node *lowest_changed(vma_node *node)
{
    if (RB_LEFT(node, link) == NULL || RB_RIGHT(node, link) == NULL)
        return RB_PARENT(node, link);
    vma_node *successor = vma_next(node);
    return RB_PARENT(successor, link) == node ? successor : RB_PARENT(successor, link);
}

void vma_remove(os_vmas *areas, vma_node *node)
{
    vma_node *lowest = lowest_changed(node);
    RB_REMOVE(vma_tree, &areas->tree, node);
    refresh(lowest);
    areas->count--;
}

void vma_set_start(os_vmas *areas, vma_node *node, uint64_t start)
{
    node->area.start = start;
    set_begin(areas, node);
    refresh(node);
}

void vma_set_end(vma_node *node, uint64_t end)
{
    node->area.end = end;
    refresh(node);
}
