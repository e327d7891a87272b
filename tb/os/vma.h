/*
 * vma.h: virtual memory areas: which addresses of one address space exist, and what may be done
 * there. An area says what a page fault may bring in; whether a page is in a frame is not known
 * here.
 *
 *     os_vmas_options options = {.low = 0x1000, .high = 0x80000000, .limit = OS_VMAS_MAX,
 *                                .guard_pages = OS_GUARD_PAGES, .stack_pages = OS_STACK_PAGES,
 *                                .stack_low = OS_LOWEST};
 *     os_vmas *areas = os_vmas_open(&records, &options, &error);
 *     os_vma code = {.start = 0x10000, .end = 0x12000, .permissions = OS_R | OS_X};
 *     status = os_vmas_map(areas, &code, NULL, &error);
 *     const os_vma *area = os_vmas_find(areas, 0x10ffc);
 *
 * Areas are sorted, disjoint and page-aligned, and two that touch and are alike are one (as
 * vma_merge of Linux does). They stand in a red-black tree, in which each subtree knows its largest
 * gap: a search takes O(log n) comparisons for n areas, at most 2 * log2(n + 1); so does a search
 * for a gap. Everything else takes O(log n) and O(1) for each area that changes, unless it says
 * more.
 *
 * All addresses and sizes are in bytes. Ranges are [start, end). An operation that fails changes
 * nothing, but for one that a visitor ended; it returns
 *   TW_USAGE      for arguments that make no sense here: the sentence says which,
 *   TW_NO_MEMORY  if there would be more areas than the limit (counting those that a cut makes for
 *                 a moment), no gap is long enough, or memory for records is out.
 * A pointer to an area is valid until the next change.
 */
#ifndef TB_OS_VMA_H
#define TB_OS_VMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tb/os/page_table.h"
#include "tb/os/records.h"

enum {
    OS_VMAS_MAX = 65530,   /* max_map_count of Linux */
    OS_GUARD_PAGES = 256,  /* stack_guard_gap of Linux: 1 MiB */
    OS_STACK_PAGES = 2048, /* usual limit of a stack (ulimit -s): 8 MiB */
    /* mmap_min_addr of Linux: below, nothing is mapped unless somebody insists, so that a pointer
     * that is NULL, or nearly, faults. */
    OS_LOWEST = 0x10000
};

/* What an area is; bits that can be combined. */
typedef enum os_vma_flag {
    OS_VMA_SHARED = 1,     /* what is written is seen by all who map it; else private */
    OS_VMA_GROWS_DOWN = 2, /* a stack: a fault below it makes it longer */
    OS_VMA_LOCKED = 4,     /* its pages stay in memory */
    OS_VMA_HUGE = 8        /* huge pages are allowed */
} os_vma_flag;

typedef struct os_vma {
    uint64_t start, end;
    unsigned permissions; /* os_permission bits; 0: nobody may touch it */
    unsigned flags;       /* os_vma_flag bits */
    void *file;           /* NULL: anonymous */
    uint64_t offset;      /* of `start` in the file; a multiple of 4096. Anonymous: 0 */
} os_vma;

/* The permissions of an area whose user asks for these: no hardware has W without R. */
static inline unsigned os_vma_permissions(unsigned asked)
{
    return (asked & OS_W) != 0 ? asked | OS_R : asked;
}

/* Does who stores there get a copy of the page? */
static inline bool os_vma_private(const os_vma *area)
{
    return (area->flags & OS_VMA_SHARED) == 0;
}

/* What files are to the caller. An area with a file holds one reference of it; two pieces of a cut
 * area hold one each. */
typedef struct os_file_identity {
    unsigned major, minor;
    uint64_t inode;
    const char *name;
} os_file_identity;

typedef struct os_vma_files {
    void (*hold)(void *file);
    void (*drop)(void *file);
    os_file_identity (*identify)(const void *file);
} os_vma_files;

typedef struct os_vmas_options {
    uint64_t low, high;        /* no area is outside [low, high) */
    size_t limit;              /* most areas */
    uint64_t guard_pages;      /* kept free between a stack that grows and what is below it */
    uint64_t stack_pages;      /* most pages of a stack that grows */
    uint64_t stack_low;        /* none grows to below it */
    const os_vma_files *files; /* NULL: every area is anonymous. Outlives the areas */
} os_vmas_options;

typedef struct os_vmas os_vmas;

/* ---- opening ---- */

/* No areas. Copies `records`, not its context. NULL and TW_USAGE if the limits are not page-aligned
 * or empty, or TW_NO_MEMORY. */
os_vmas *os_vmas_open(const os_records *records, const os_vmas_options *options, tw_error *error);

/* Drops every file. NULL is allowed. */
void os_vmas_close(os_vmas *areas);

/* A copy for a child of fork: the same areas and heap, each file held once more; nothing is locked,
 * as in Linux. O(n log n). NULL and TW_NO_MEMORY. */
os_vmas *os_vmas_clone(const os_records *records, const os_vmas *areas, tw_error *error);

/* ---- looking: NULL in place of the areas means none ---- */

/* The area that holds `va`, or NULL: `va` is in a gap. Its comparisons are counted. */
const os_vma *os_vmas_find(os_vmas *areas, uint64_t va);

/* The first area that ends after `va`: the one that holds it, or the next above; NULL if none. */
const os_vma *os_vmas_after(os_vmas *areas, uint64_t va);

/* All areas in rising order: os_vmas_first, then os_vmas_next of each until NULL. */
const os_vma *os_vmas_first(const os_vmas *areas);
const os_vma *os_vmas_next(const os_vma *area);

size_t os_vmas_count(const os_vmas *areas);

/* Of os_vmas_find and os_vmas_after. A comparison is one area that was looked at. */
typedef struct os_vma_lookups {
    uint64_t lookups, comparisons;
    unsigned most; /* comparisons of one lookup */
} os_vma_lookups;
os_vma_lookups os_vmas_lookups(const os_vmas *areas);

/* The areas as /proc/PID/maps of Linux has them: start-end perms offset dev inode name. Names are
 * those of files, [heap] and [stack]. */
void os_vmas_print(const os_vmas *areas, FILE *to);

/* TW_MISMATCH and the first promise above that does not hold; of the tree: that no red area has a
 * red child, that all paths have as many black ones, and that each subtree knows its bounds and its
 * largest gap. O(n); for tests. */
tw_status os_vmas_check(const os_vmas *areas, tw_error *error);

/* ---- mapping ---- */

/* Sees the parts of areas that an operation takes away or changes, by rising addresses, one part
 * for each area, clipped to the range. It must not change the areas. Anything but TW_OK ends the
 * operation with that status: parts seen before are done, this one and those above are not. */
typedef struct os_vma_visitor {
    tw_status (*visit)(void *context, const os_vma *part, tw_error *error);
    void *context;
} os_vma_visitor;

/* Maps the area; what was there goes away, and `gone` (or NULL) sees each part before it does. The
 * areas hold a reference of its file of their own. TW_USAGE if the range is not aligned, is empty,
 * or is outside the limits; if the offset is not aligned or wraps; or if a file is to grow down. */
tw_status os_vmas_map(os_vmas *areas, const os_vma *area, const os_vma_visitor *gone,
                      tw_error *error);

/* The same, but TW_USAGE if an area is there already. */
tw_status os_vmas_map_new(os_vmas *areas, const os_vma *area, tw_error *error);

/* Where os_vmas_gap looks: in [low, high), from below or from above. */
typedef struct os_vma_window {
    uint64_t low, high;
    bool topmost;
} os_vma_window;

/* The start of the lowest, or topmost, `bytes` in the window that no area holds and that are not
 * the guard of a stack: the pages between it and its neighbour below, as many as guard_pages. An
 * area goes to the lowest end of the lowest gap that is long enough, or to the highest end of the
 * topmost: Linux uses topmost below the stack, so that heap and mappings grow towards each
 * other. */
tw_status os_vmas_gap(const os_vmas *areas, uint64_t bytes, os_vma_window window, uint64_t *start,
                      tw_error *error);

/* Maps the area at such a gap, of its own length, and puts start and end into it. */
tw_status os_vmas_place(os_vmas *areas, os_vma *area, os_vma_window window, tw_error *error);

/* Takes [start, end) away; areas are cut. Gaps in it are allowed. */
tw_status os_vmas_unmap(os_vmas *areas, uint64_t start, uint64_t end, const os_vma_visitor *gone,
                        tw_error *error);

/* ---- changing: TW_USAGE if the range has a gap ---- */

/* New permissions. `changed` (or NULL) sees the parts that had others, with their new ones. */
tw_status os_vmas_protect(os_vmas *areas, uint64_t start, uint64_t end, unsigned permissions,
                          const os_vma_visitor *changed, tw_error *error);

/* Pages in [start, end) stay in memory, or need not. `changed` sees the parts that were not so, as
 * they are now. */
tw_status os_vmas_lock(os_vmas *areas, uint64_t start, uint64_t end, const os_vma_visitor *changed,
                       tw_error *error);
tw_status os_vmas_unlock(os_vmas *areas, uint64_t start, uint64_t end,
                         const os_vma_visitor *changed, tw_error *error);

typedef enum os_advice {
    OS_ADVISE_WILLNEED, /* `parts` sees all of the range; nothing changes here */
    OS_ADVISE_DONTNEED, /* the same; TW_USAGE if a part is locked */
    OS_ADVISE_HUGE,     /* sets OS_VMA_HUGE; `parts` sees what had it not */
    OS_ADVISE_NO_HUGE   /* clears it; `parts` sees what had it */
} os_advice;
tw_status os_vmas_advise(os_vmas *areas, uint64_t start, uint64_t end, os_advice advice,
                         const os_vma_visitor *parts, tw_error *error);

/* ---- heap and stack ---- */

/* The heap begins at `start`, page-aligned, and is empty. */
tw_status os_vmas_heap(os_vmas *areas, uint64_t start, tw_error *error);

/* Moves the end of the heap, as brk does: of the last page that it needs, only the area's end
 * moves. A heap that shrinks shows `gone` (or NULL) what goes away. TW_USAGE below its start,
 * TW_NO_MEMORY if it would run into another area or the guard of a stack. */
tw_status os_vmas_brk(os_vmas *areas, uint64_t end, const os_vma_visitor *gone, tw_error *error);

/* The end of the heap, to the byte. */
uint64_t os_vmas_heap_end(const os_vmas *areas);

/* A fault at `va`, in no area: the next area above grows down to the page of `va`. TW_USAGE if that
 * is no stack, if the stack would have more than stack_pages, or if less than guard_pages would be
 * left above the area below. Nothing happens if an area holds `va`. */
tw_status os_vmas_grow(os_vmas *areas, uint64_t va, tw_error *error);

#endif
