/* object_inside.h: what the files of object.h share. Nobody else includes it but write_back.c,
 * which ages their pages, and calls_advise.c, which walks the cache. */
#ifndef TB_OS_OBJECT_INSIDE_H
#define TB_OS_OBJECT_INSIDE_H

#include <sys/types.h>

#include <bsd/sys/tree.h>

#include "tb/os/kernel.h"

/* A page that the object has a record of. */
typedef struct cached_page {
    RB_ENTRY(cached_page) node;
    uint64_t index;
    os_page *page;
    bool seen_dirty;      /* by the last os_write_back, */
    uint64_t dirty_since; /* and by those before it from this cycle on */
} cached_page;

RB_HEAD(cached_tree, cached_page);

struct os_object {
    os *system; /* for those who hold and drop it and know of no system: areas */
    os_object *next, *previous;
    os_object_kind kind;
    size_t holders;
    uint64_t number; /* of no other object that is open; falling in the list */
    int file;        /* of OS_OBJECT_FILE: the host's, */
    bool writable;   /* opened for writing too, */
    dev_t device;    /* and which it is */
    ino_t inode;
    uint64_t pages; /* of OS_OBJECT_SHARED */
    struct cached_tree cache;
    char name[];
};

/* The page of that index, or the first above; NULL if there is none. And the one after it. */
cached_page *object_from(const os_object *object, uint64_t index);
cached_page *object_after(cached_page *cached);

/* Gives the record back; the page and its reference are the caller's. */
void object_forget(os_object *object, cached_page *cached);

/* Is the page newer than its file? In page->dirty, or by D of a place. Changes nothing. */
tw_status object_is_dirty(os *system, const os_page *page, bool *dirty, tw_error *error);

/* Gathers and clears D of the page's places, and writes it if it is dirty; *written counts it. */
tw_status object_sync_page(os *system, os_page *page, size_t *written, tw_error *error);

#endif
