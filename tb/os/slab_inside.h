/*
 * slab_inside.h: what the files of the slab caches share among themselves.
 *
 * Invariant: a slab is in the list of its state, and in the tree of all slabs; its free objects are
 * linked by index from `head` on, and OS_SLAB_TAKEN marks those that are not free.
 */
#ifndef TB_OS_SLAB_INSIDE_H
#define TB_OS_SLAB_INSIDE_H

#include <sys/queue.h>

#include "tb/os/port.h"
#include "tb/os/slab.h"
#include "tb/os/spans.h"

#define OS_SLAB_TAKEN UINT32_MAX

typedef struct slab {
    os_span span; /* physical addresses of the pages with objects */
    LIST_ENTRY(slab) link;
    os_slab_cache *cache;
    size_t taken;
    uint32_t head;   /* index of a free object; the number of objects if there is none */
    uint32_t next[]; /* of each object: the next free one, or OS_SLAB_TAKEN */
} slab;

LIST_HEAD(slab_list, slab);

struct os_slab_cache {
    LIST_ENTRY(os_slab_cache) link;
    os_slabs *slabs;
    char name[OS_SLAB_NAME_MAX + 1];
    os_slab_kind kind;
    unsigned order; /* of a slab's pages */
    struct slab_list list[3];
    os_slab_counts counts;
};

struct os_slabs {
    os_records records;
    os_page_source source;
    os_spans spans; /* all slabs */
    LIST_HEAD(cache_list, os_slab_cache) caches;
};

#endif
