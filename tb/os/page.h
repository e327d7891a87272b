/*
 * page.h: pages of memory as the OS knows them: what a page holds, where that is, and who refers to
 * it. The hardware's tables are a cache of this and of the areas: dropping any PTE at any moment
 * loses nothing but a fault.
 *
 *     space --places--> place --page--> page --ppn---> frame
 *                         ^--- places ---+  `--slot--> swap file
 *                                        `--object, index--> file
 *
 * A page is anonymous (its home is a slot of the swap file, taken when it is first written out), or
 * of an object (object.h): a page of a file's cache, or of shared memory. Who refers to it: each
 * place (page record of an address space) and its object. The list of places is the reverse map:
 * from a frame to all its (address space, virtual address).
 *
 * Bytes are in the frame if there is one; the copy at home is as new unless `dirty`, or D is set in
 * a PTE. A page without frame and without home is zeros.
 */
#ifndef TB_OS_PAGE_H
#define TB_OS_PAGE_H

#include <stdbool.h>

#include "tb/os/place.h"
#include "tb/os/swap.h"

struct os;
struct os_object;

#define OS_NO_FRAME UINT64_MAX

typedef struct os_page {
    uint64_t ppn;   /* the frame that holds it, or OS_NO_FRAME */
    os_slot slot;   /* the slot that holds it, or an older copy, or OS_NO_SLOT */
    bool dirty;     /* newer than at home, apart from what D bits of mapped PTEs say */
    bool zero;      /* the one page of zeros that all may read and nobody writes; never reclaimed */
    unsigned pins;  /* I/O, or whoever else needs it to stay: not reclaimed while > 0 */
    unsigned locks; /* places that are locked: likewise */
    uint64_t due;   /* cycle in which its frame may be used; 0: now. Until then the disk reads its
                     * bytes into it, or still writes out what was there before, or both */
    bool coming;    /* if that is still to come: the disk reads */
    struct os_object *object; /* whose page, or NULL: anonymous */
    uint64_t index;           /* which of the object's pages */
    os_place *places;         /* all that refer to it, in no order */
    size_t references;        /* places, and 1 for the object */
    struct os_page *next;     /* of those that have ended: os_pages_end_late */
} os_page;

/* A new anonymous page without frame, slot and references: NULL if record memory is out. The first
 * reference makes it belong to somebody; os_page_drop of the last ends it. */
os_page *os_page_make(struct os *system);

/* One reference more, or less, that is no place's. The last one gives frame and slot back: the page
 * must not be mapped. While the disk writes to the frame it stays taken (I/O interlock): it is
 * given back by os_pages_end_late. */
void os_page_hold(os_page *page);
tw_status os_page_drop(struct os *system, os_page *page, tw_error *error);

/* The place shows this page from now on, and is in its list. It must have shown none. */
void os_page_attach(os_page *page, os_place *place);

/* The place is in a locked area, or is so no more; whatever page it shows counts that. */
void os_place_lock(os_place *place, bool locked);

/* The place shows nothing any more; it must not be mapped. Drops its reference, as os_page_drop. */
tw_status os_page_detach(struct os *system, os_place *place, tw_error *error);

/* May a store through a private area go to the page itself? Not if it is the page of zeros, an
 * object's, or others refer to it (copy-on-write). */
static inline bool os_page_exclusive(const os_page *page)
{
    return !page->zero && page->object == NULL && page->references == 1;
}

#endif
