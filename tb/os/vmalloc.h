/*
 * vmalloc.h: kernel memory that is contiguous in virtual memory alone: areas in a window of the
 * kernel's address space, whose frames are taken one by one, wherever they are. So it is there even
 * when free memory is in pieces; what it costs is PTEs, and a fence when an area is freed.
 *
 * An area is put at the first gap that is long enough. The page after it, its guard, is never
 * mapped: an access beyond an area faults, and does not reach the next one.
 *
 * Finding a place takes O(log n) for n areas, and each page of an area is mapped and unmapped by
 * itself.
 */
#ifndef TB_OS_VMALLOC_H
#define TB_OS_VMALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tb/os/page_source.h"
#include "tb/os/records.h"

/* The window of a 32-bit kernel whose linear map is 896 MiB from 0xC0000000 on: the last 128 MiB.
 */
#define OS_VMALLOC_BASE UINT64_C(0xf8000000)
#define OS_VMALLOC_BYTES (UINT64_C(128) << 20)

/* The kernel's page table, and its fence. */
typedef struct os_kernel_map {
    void *context; /* passed back; owned by whoever made the map */

    /* Makes the page at `va`, which is not mapped, lead to a frame. */
    tw_status (*map)(void *context, uint64_t va, uint64_t ppn, tw_error *error);

    /* Clears the PTE of the page at `va`, which is mapped. */
    tw_status (*unmap)(void *context, uint64_t va, tw_error *error);

    /* Returns when no TLB knows the `pages` pages from `va` on any more. */
    tw_status (*fence)(void *context, uint64_t va, size_t pages, tw_error *error);
} os_kernel_map;

typedef struct os_vmalloc os_vmalloc;

/* A window of `bytes` bytes from `base` on, whole pages, up to the end of 2^64 at most. Copies
 * records, source and map, not their contexts. TW_USAGE for a window that cannot be,
 * TW_NO_MEMORY. */
tw_status os_vmalloc_open(const os_records *records, const os_page_source *source,
                          const os_kernel_map *map, uint64_t base, uint64_t bytes,
                          os_vmalloc **vmalloc, tw_error *error);
/* Forgets all areas; no page is unmapped or given back. NULL is allowed. */
void os_vmalloc_close(os_vmalloc *vmalloc);

/* Takes an area of at least `bytes` bytes, whole pages: *va is its first byte. TW_NO_MEMORY if no
 * gap of the window is long enough or frames are out, TW_USAGE for 0 bytes, or what source and map
 * say; what was done until then is undone. Should undoing fail too, the area stays as
 * os_vmalloc_give leaves one, with *va for another try. */
tw_status os_vmalloc_take(os_vmalloc *vmalloc, uint64_t bytes, uint64_t *va, tw_error *error);

/* Gives an area back: unmaps all pages, fences, and only then gives the frames back. TW_USAGE, and
 * nothing is done, for an address at which no area begins. If map or source refuse, their error:
 * the area stays, and another call goes on where this one ended. */
tw_status os_vmalloc_give(os_vmalloc *vmalloc, uint64_t va, tw_error *error);

/* The frame under an address; false if it is in no area, or in a guard. */
bool os_vmalloc_frame(const os_vmalloc *vmalloc, uint64_t va, uint64_t *ppn);

typedef struct os_vmalloc_counts {
    size_t areas;
    uint64_t pages;   /* of areas, without guards */
    uint64_t free;    /* bytes of the window that are in no area, and no guard */
    uint64_t longest; /* bytes of the longest gap: 1 - longest / free is external fragmentation */
} os_vmalloc_counts;

os_vmalloc_counts os_vmalloc_count(const os_vmalloc *vmalloc);

#endif
