/*
 * inside.h: what the files of the oracle share. Nobody else includes it.
 */
#ifndef TB_SHADOW_INSIDE_H
#define TB_SHADOW_INSIDE_H

#include <sys/types.h>

#include "tb/shadow/shadow.h"
#include "tb/shadow/pages.h"

/* Shared memory has holders: who made it, and each area; the last one ends it. Files have none:
 * they stand in the oracle's list until it is closed. */
struct shadow_object {
    bool is_file;
    unsigned holders;
    uint64_t bytes; /* of a file; of shared memory UINT64_MAX: all of it is known */
    shadow_pages pages;
    dev_t device; /* of a file, as the next three */
    ino_t inode;
    char *path; /* as it was opened first */
    shadow_object *next;
};

/* A range that shows an object. */
struct shadow_area {
    RB_ENTRY(shadow_area) node;
    uint64_t start, end;
    shadow_object *object;
    uint64_t offset; /* of start */
    bool shared;
};

/* Its areas are disjoint; its own pages are those that were stored to and are of no shared area. */
struct shadow_space {
    unsigned users; /* processes */
    RB_HEAD(shadow_areas, shadow_area) areas;
    shadow_pages own;
    uint64_t heap_end; /* 0: unknown yet */
};

struct shadow_process {
    RB_ENTRY(shadow_process) node;
    unsigned number;
    struct shadow_space *space;
};

struct shadow {
    RB_HEAD(shadow_processes, shadow_process) processes;
    shadow_object *files;
};

/* trees.c: the library's functions on these trees. */
RB_PROTOTYPE(shadow_areas, shadow_area, node, )
RB_PROTOTYPE(shadow_processes, shadow_process, node, )

static inline tw_status shadow_no_memory(tw_error *error)
{
    return tw_fail(error, TW_NO_MEMORY, "no memory for the oracle of the processes' data");
}

/* space.c: a space without areas and pages, of one user. NULL if host memory is out. */
struct shadow_space *shadow_space_make(void);

/* One user less; the last one ends it. */
void shadow_space_leave(struct shadow_space *space);

/* An equal one of one user, pages copied. NULL if host memory is out. */
struct shadow_space *shadow_space_copy(struct shadow_space *space);

/* The area that holds `va`, or NULL. */
struct shadow_area *shadow_space_area(const struct shadow_space *space, uint64_t va);

/* Takes [start, end) out of all areas, and forgets own pages there. False if host memory is out. */
bool shadow_space_clear(struct shadow_space *space, uint64_t start, uint64_t end);

/* A copy of the area, where there is none; it holds the object. False if host memory is out. */
bool shadow_space_add(struct shadow_space *space, const struct shadow_area *area);

/* files.c: ends all files. */
void shadow_files_close(shadow_object *files);

#endif
