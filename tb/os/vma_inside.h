/*
 * vma_inside.h: what the files of vma.h share. Nobody else includes it but the test that breaks
 * areas.
 */
#ifndef TB_OS_VMA_INSIDE_H
#define TB_OS_VMA_INSIDE_H

#include <bsd/sys/tree.h>

#include "tb/os/vma.h"

/* An area in the tree, ordered by start. The gap before an area ends where its guard begins. */
typedef struct vma_node {
    os_vma area; /* first, so that a pointer to it is one to its node */
    RB_ENTRY(vma_node) link;
    uint64_t begin;     /* of the guard if it grows down, else of the area */
    uint64_t low, high; /* of its subtree: begin of the first, end of the last */
    uint64_t gap;       /* of its subtree: the largest between two neighbours */
} vma_node;

RB_HEAD(vma_tree, vma_node);

struct os_vmas {
    os_records records;
    os_vmas_options options;
    struct vma_tree tree;
    size_t count;
    uint64_t heap_start, heap_end; /* the end to the byte; its page too is an area's */
    os_vma_lookups lookups;
};

static inline bool vma_aligned(uint64_t address)
{
    return (address & (OS_PAGE_BYTES - 1)) == 0;
}

/* Room from `from` to `to`, which a guard can put before it. */
static inline uint64_t vma_room(uint64_t from, uint64_t to)
{
    return to > from ? to - from : 0;
}

/* ---- vma_tree.c ---- */

vma_node *vma_first(const os_vmas *areas);
vma_node *vma_next(vma_node *node);
vma_node *vma_previous(vma_node *node);

/* The first that ends after `va`, or NULL; adds to *comparisons. */
vma_node *vma_after(const os_vmas *areas, uint64_t va, unsigned *comparisons);

/* The same, and nobody counts. */
static inline vma_node *vma_from(const os_vmas *areas, uint64_t va)
{
    unsigned comparisons = 0;
    return vma_after(areas, va, &comparisons);
}

/* What begin, low, high and gap of the node have to be; those of its children are right. */
void vma_augment(vma_node *node);

/* Into and out of the tree. */
void vma_insert(os_vmas *areas, vma_node *node);
void vma_remove(os_vmas *areas, vma_node *node);

/* Moves an edge of a node, past no other node. */
void vma_set_start(os_vmas *areas, vma_node *node, uint64_t start);
void vma_set_end(vma_node *node, uint64_t end);

/* ---- vma_edit.c ---- */

/* A node in no tree, whose file is held, or NULL and TW_NO_MEMORY. */
vma_node *vma_make(const os_vmas *areas, const os_vma *area, tw_error *error);

/* Drops its file. */
void vma_free(const os_vmas *areas, vma_node *node);

/* Could the two be one, if `second` is right behind `first`? */
bool vma_alike(const os_vma *first, const os_vma *second);

/* TW_USAGE if the range is not aligned, empty, or outside the limits. */
tw_status vma_check_range(const os_vmas *areas, uint64_t start, uint64_t end, tw_error *error);

/* No area holds bytes on both sides of `va` any more. */
tw_status vma_split(os_vmas *areas, uint64_t va, tw_error *error);

/* Joins what is alike and touches in or at [start, end). */
void vma_tidy(os_vmas *areas, uint64_t start, uint64_t end);

/* Calls the visitor, if there is one. */
tw_status vma_visit(const os_vma_visitor *visitor, const os_vma *part, tw_error *error);

#endif
