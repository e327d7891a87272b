/*
 * slab.h: caches of equal objects. A cache has slabs, a slab is some pages in a row that are full
 * of objects. An object is taken from a slab that is partly used; if there is none, from an empty
 * one; if there is none, from a new one. So objects stay close together, and empty slabs can be
 * given back.
 *
 * Objects are in simulated memory, and their addresses are physical; whoever has a linear map adds
 * its offset. Which of them are free stands in the kernel's records, not in the slab: an object
 * that is free is then left alone and stays constructed, and one that is given back twice is
 * caught, whatever was written to it.
 *
 * Taking, giving and finding take O(log n) for n slabs.
 */
#ifndef TB_OS_SLAB_H
#define TB_OS_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tb/os/page_source.h"
#include "tb/os/records.h"

/* All caches over one source of pages. */
typedef struct os_slabs os_slabs;
typedef struct os_slab_cache os_slab_cache;

enum { OS_SLAB_NAME_MAX = 31, OS_SLAB_PAGES_MAX = 1024, OS_SLAB_ALIGNMENT = 8 };

/* What a cache is made of. */
typedef struct os_slab_kind {
    const char *name; /* for sentences, up to OS_SLAB_NAME_MAX characters; copied */
    size_t bytes;     /* of an object, from 1; rounded up to the alignment */
    size_t alignment; /* a power of two up to a page; 0 is OS_SLAB_ALIGNMENT */
    size_t pages;     /* of a slab, up to OS_SLAB_PAGES_MAX; 0 is os_slab_pages of the object */

    /* Makes the object at a physical address, through a port that `context` knows. It is called for
     * each object of a slab when the slab is made, and not when an object is taken: whoever gives
     * an object back leaves it as the constructor did. NULL if there is nothing to do. */
    tw_status (*construct)(void *context, uint64_t address, tw_error *error);
    void *context;
} os_slab_kind;

/* Objects in a slab: as many as fit, floor(pages * 4096 / bytes). */
size_t os_slab_objects(size_t bytes, size_t pages);

/* Pages that a slab has by itself: the least power of two that holds an object and leaves no more
 * than an eighth unused, if that is 8 pages or less; else the least that holds an object. */
size_t os_slab_pages(size_t bytes);

/* Copies records and source, not their contexts. NULL if memory for records is out. */
os_slabs *os_slabs_open(const os_records *records, const os_page_source *source);
/* Forgets all caches; no page is given back. NULL is allowed. */
void os_slabs_close(os_slabs *slabs);

/* A new cache without a slab. TW_USAGE for a kind that cannot be, TW_NO_MEMORY. */
tw_status os_slab_cache_open(os_slabs *slabs, const os_slab_kind *kind, os_slab_cache **cache,
                             tw_error *error);

/* Gives all pages back and ends the cache. TW_USAGE, and nothing is done, if an object of it is
 * taken. */
tw_status os_slab_cache_close(os_slab_cache *cache, tw_error *error);

/* Takes an object: the one given back last, if its slab still is partly used. What the source or
 * the constructor says if a new slab is needed and cannot be had; the cache is then as it was. */
tw_status os_slab_take(os_slab_cache *cache, uint64_t *address, tw_error *error);

/* Gives an object back. TW_USAGE, and nothing is done, for an address that is in no slab, in one of
 * another cache, not where an object begins, or free already. */
tw_status os_slab_give(os_slab_cache *cache, uint64_t address, tw_error *error);

/* Gives the pages of all empty slabs back. */
tw_status os_slab_shrink(os_slab_cache *cache, tw_error *error);

typedef enum os_slab_state { OS_SLAB_FULL, OS_SLAB_PARTIAL, OS_SLAB_EMPTY } os_slab_state;

typedef struct os_slab_counts {
    size_t slabs[3];      /* by state */
    size_t taken, free;   /* objects */
    size_t bytes, stride; /* of an object: as asked for, and from one to the next */
    size_t objects;       /* in a slab */
    size_t pages, held;   /* of a slab: with objects in them, and as they came from the source */
    uint64_t constructed; /* objects, since the cache was opened */
} os_slab_counts;

os_slab_counts os_slab_count(const os_slab_cache *cache);

/* One slab, as it is now. */
typedef struct os_slab_view {
    uint64_t address, bytes; /* of its first byte, and of all pages with objects */
    os_slab_state state;
    size_t taken; /* objects */
} os_slab_view;

/* The slab that `address` is in, or else the first one beyond it; false if there is none. All
 * slabs:
 *
 *     for (uint64_t at = 0; os_slabs_next(slabs, at, &view); at = view.address + view.bytes)
 */
bool os_slabs_next(const os_slabs *slabs, uint64_t address, os_slab_view *view);

/* True if an object that is taken begins at the address. */
bool os_slabs_taken(const os_slabs *slabs, uint64_t address);

#endif
