/*
 * huge.h: huge pages: 512 pages (1024 in Sv32) in consecutive frames that one leaf of level 1
 * maps.
 *
 * They are a form of mapping and nothing else: each of the pages is a page, and each of its places
 * a place, as if it was mapped by a PTE of its own. The table of level 0 that those PTEs would
 * stand in is kept aside, so that a huge page can be split at any time without memory. All places
 * in a huge page are mapped, and their pages are anonymous, private and exclusive.
 *
 *     before: level 1 [pointer]--> level 0 [0 0 0 ... 0]     huge: level 1 [leaf]   level 0 kept
 *
 * A and D of the leaf are those of all its pages: when it is split, each PTE gets both. Only trees
 * of two and more levels have huge pages: not linear, nor hashed mode.
 */
#ifndef TB_OS_HUGE_H
#define TB_OS_HUGE_H

#include "tb/os/kernel.h"

typedef struct os_huge {
    RB_ENTRY(os_huge) node;
    uint64_t va;    /* of its first byte, a multiple of its size */
    uint64_t table; /* page number of the table that is kept */
} os_huge;

/* Bytes of a huge page, or 0: the mode has none. */
uint64_t os_huge_bytes(unsigned mode);

/* The huge page that holds `va`, or NULL. */
os_huge *os_huge_find(const os_space *space, uint64_t va);

/* Puts a leaf of `permissions`, A set if `accessed`, D clear, in the place of the table of level
 * 0 that begins at `va`, which must be there and hold zeros. The pages are at `ppn` and on, and
 * their places are mapped from now on. Fences the address space, since the table is no more
 * reached. `huge` is a record for it, which is the space's then. If it fails, nothing has changed,
 * unless os_huge_find finds it: then it is made, and only the fence has failed. */
tw_status os_huge_enter(os *system, os_space *space, os_huge *huge, uint64_t ppn,
                        unsigned permissions, bool accessed, tw_error *error);

/* Maps the pages of the huge page that holds `va` one by one again, with a fence of it. Nothing if
 * there is none. */
tw_status os_huge_split(os *system, os_space *space, uint64_t va, tw_error *error);

/* Gives the leaf of the huge page that holds `place` the permissions of the area, if it is all
 * of the area's part: *whole tells. A fence has to follow. */
tw_status os_huge_protect(os *system, const os_vma *part, const os_place *place, bool *whole,
                          tw_error *error);

/* A first touch of `va`, in an area that allows huge pages: maps one if the area holds all of
 * it, nothing of it is there yet, and so many free frames stand in a row. If not, nothing has
 * changed: the touch needs a small page. */
tw_status os_huge_touch(os *system, os_process *process, const os_vma *area, uint64_t va,
                        tw_error *error);

/* Gives the records back, whatever they say: of an OS that closes. */
void os_huge_forget(os *system, os_space *space);

#endif
