/*
 * kmap.h: addresses for a time: a window of page-sized slots in the kernel's part of the address
 * space through which it reaches frames of high memory, which have no address of their own
 * (zones.h).
 *
 * A frame that is mapped already is not mapped again: its slot counts its users. A slot without
 * users stays mapped, so that the same frame needs nothing when it comes again; it is not given to
 * another frame before its entry is gone from the page table and from every TLB. That is done for
 * all such slots at once, with one fence, when no clean slot is left. (Linux: kmap, mm/highmem.c.)
 *
 *     clean --map--> used --last unmap--> idle --map of the same frame--> used
 *       ^                                  |
 *       +---- all idle ones: unmap, and a fence, when there is no clean slot
 *
 * If all slots are used, the caller has to wait: kmap_map says TW_NO_MEMORY and changes nothing;
 * the caller sleeps until a kmap_unmap says *idle = true, and then calls again.
 *
 * A call takes O(log n) steps on average for n slots; cleaning takes as many for each slot that it
 * cleans, and so for each that was mapped before.
 */
#ifndef TB_OS_KMAP_H
#define TB_OS_KMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tablewalk/error.h"
#include "tb/os/records.h"

/* What the window stands on. */
typedef struct kmap_tables {
    void *context; /* passed back; owned by whoever made this */
    tw_status (*map)(void *context, uint64_t va, uint64_t ppn, tw_error *error);
    tw_status (*unmap)(void *context, uint64_t va, tw_error *error);
    tw_status (*fence)(void *context, tw_error *error); /* of all addresses of the window */
} kmap_tables;

typedef struct kmap kmap;

/* `slots` pages from the virtual address `base` on, a multiple of the page size; nothing is mapped
 * there. Copies `records` and `tables`, not their contexts. NULL with a sentence: TW_USAGE if slots
 * is 0 or the window does not fit, TW_NO_MEMORY if memory for records is out. */
kmap *kmap_open(const os_records *records, uint64_t base, size_t slots, const kmap_tables *tables,
                tw_error *error);

/* Leaves what is mapped. NULL is allowed. */
void kmap_close(kmap *window);

/* *va is the address of the frame until as many kmap_unmap as kmap_map were called for it.
 * TW_NO_MEMORY if all slots are used; errors of `tables`, and then the frame is not mapped. */
tw_status kmap_map(kmap *window, uint64_t ppn, uint64_t *va, tw_error *error);

/* Takes back one use of the slot at `va`; *idle (may be NULL): it was the last one, and one that
 * waits may try again. TW_USAGE if `va` is no slot's, or the slot is not used. */
tw_status kmap_unmap(kmap *window, uint64_t va, bool *idle, tw_error *error);

/* Slots that are mapped, and those of them with users; and how many fences were done. */
size_t kmap_mapped(const kmap *window);
size_t kmap_used(const kmap *window);
uint64_t kmap_fences(const kmap *window);

#endif
