/*
 * space.h: an address space: its areas, its pages, its page table and its ASID (Linux: mm_struct).
 * Processes have one each; after vfork two share one until the child calls exec or ends.
 */
#ifndef TB_OS_SPACE_H
#define TB_OS_SPACE_H

#include "tb/os/page_table.h"
#include "tb/os/place.h"
#include "tb/os/vma.h"

struct os;

typedef struct os_space {
    unsigned asid;  /* of no other space that is alive; reused after a fence of it */
    unsigned users; /* processes that have it */
    os_table table; /* its mode; and its root, but in hashed mode, where it has none */
    os_places places;
    os_vmas *areas;                      /* NULL: none yet */
    RB_HEAD(os_huge_tree, os_huge) huge; /* its huge pages: huge.h */
} os_space;

/* A new address space without areas: its ASID, and what the mode's tables need. May take a frame
 * from another page, as os_get_frame. It has one user. TW_USAGE if all ASIDs are in use. */
tw_status os_space_make(struct os *system, os_space **space, tw_error *error);

/* Opens the areas if there are none yet: all addresses that the mode leaves to programs. */
tw_status os_space_open_areas(const os_records *records, os_space *space, tw_error *error);

/* One user less; the last one leaves no way back: SATP is left if it may be of this space, every
 * page out of the tables, a fence of its ASID, and only then are pages, tables and ASID given to
 * others. If the tables or the fence fail, the user stays and it can be done again; whatever fails
 * after that, everything is given back, and the first error returned. */
tw_status os_space_drop(struct os *system, os_space *space, tw_error *error);

/* The same; *gone is false if the user stays. */
tw_status os_space_end(struct os *system, os_space *space, bool *gone, tw_error *error);

/* Takes the places of [start, end) out of the tables, with fences; their pages stay. What is dirty
 * is remembered in the pages. If it fails, it can be done again. */
tw_status os_space_unmap(struct os *system, os_space *space, uint64_t start, uint64_t end,
                         tw_error *error);

/* Takes the places of [start, end) away: out of the tables, fenced, detached, removed. What is
 * dirty in a shared file page is remembered in the page. If that fails before pages are detached,
 * nothing is lost and it can be done again; after that, all go, and the first error is returned. */
tw_status os_space_clear(struct os *system, os_space *space, uint64_t start, uint64_t end,
                         tw_error *error);

/* Pages that are in a frame now, mapped here or not. O(places). */
size_t os_space_resident(const os_space *space);

#endif
