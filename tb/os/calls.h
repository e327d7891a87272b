/*
 * calls.h: what a program asks of the OS: system calls, as an OS of the Unix kind has them. Each is
 * for any process that runs or could, not only the current one: nothing of it may be between
 * translation and memory (os.h). All addresses and sizes are bytes.
 *
 * A call that fails changes nothing that a program could see, and returns with a sentence
 *   TW_USAGE      for what makes no sense (EINVAL, EACCES), for a process that has ended or waits,
 *                 and if there are segments, which no call changes;
 *   TW_NO_MEMORY  if there is no room in addresses, frames or records (ENOMEM);
 *   TW_IO         if the disk refused (EIO).
 * What the machine fails at (bus, register, fence; port.h) is handed on as it is: then areas and
 * pages that were seen before it are done, the others as they were, and the call can be made again.
 */
#ifndef TB_OS_CALLS_H
#define TB_OS_CALLS_H

#include "tb/os/object.h"
#include "tb/os/os.h"

typedef struct os_map_request {
    uint64_t address;     /* where, if `fixed`; else a wish that is taken if it is free, or 0 */
    uint64_t bytes;       /* rounded up to pages */
    unsigned permissions; /* os_permission bits */
    unsigned flags;       /* os_vma_flag bits: shared or private, stack, locked, huge */
    bool fixed;           /* what was there goes away */
    bool populate;        /* brings pages in at once, as far as there is room: no faults later, but
                           * for A and D where software sets them */
    os_object *object;    /* NULL: anonymous. A shared anonymous area gets an object of its own */
    uint64_t offset;      /* in the object; page-aligned */
} os_map_request;

/* *address is where it is. TW_USAGE also for a shared writable mapping of a file not opened for
 * writing; and in hashed mode if one page of an object came to stand at two addresses in a row, as
 * no access could have both (os_exec too). */
tw_status os_mmap(os *system, os_process *process, const os_map_request *request, uint64_t *address,
                  tw_error *error);
tw_status os_munmap(os *system, os_process *process, uint64_t start, uint64_t bytes,
                    tw_error *error);
tw_status os_mprotect(os *system, os_process *process, uint64_t start, uint64_t bytes,
                      unsigned permissions, tw_error *error);

/* Sets the end of the heap to the byte; grows or shrinks it. No frame is taken: pages come at their
 * first touch. */
tw_status os_brk(os *system, os_process *process, uint64_t end, tw_error *error);

/* Pages stay in memory, and are brought in now, or none is locked; or they need not any more. */
tw_status os_mlock(os *system, os_process *process, uint64_t start, uint64_t bytes,
                   tw_error *error);
tw_status os_munlock(os *system, os_process *process, uint64_t start, uint64_t bytes,
                     tw_error *error);

/* WILLNEED brings in what has a home on the disk or in the cache, as far as frames are free;
 * DONTNEED gives pages up: private ones are zeros, or the file's, when they are touched again;
 * HUGE allows huge pages, NO_HUGE no more; those that are there stay. */
tw_status os_madvise(os *system, os_process *process, uint64_t start, uint64_t bytes,
                     os_advice advice, tw_error *error);

/* Brings all pages of the range in and maps them, as MAP_POPULATE. */
tw_status os_populate(os *system, os_process *process, uint64_t start, uint64_t bytes,
                      tw_error *error);

/* Writes what is dirty in shared mappings of files in the range to the files. *written: pages. All
 * are tried; the first error is returned. Nobody waits for the time that the disk takes. */
tw_status os_msync(os *system, os_process *process, uint64_t start, uint64_t bytes, size_t *written,
                   tw_error *error);

/* Makes huge pages (2 MiB; 4 MiB in Sv32) of all aligned ranges within whose pages are all private,
 * anonymous, exclusive and in memory. *made counts them, also those before an error. */
tw_status os_collapse(os *system, os_process *process, uint64_t start, uint64_t bytes, size_t *made,
                      tw_error *error);

/* The child shares every page; private ones are copied when either writes (copy-on-write). */
tw_status os_fork(os *system, os_process *process, os_process **child, tw_error *error);

/* The child runs in the parent's address space, and the parent waits until the child calls exec or
 * ends. */
tw_status os_vfork(os *system, os_process *process, os_process **child, tw_error *error);

/* What a program file has to offer; all but the last page of `file` is mapped as it stands. */
typedef struct os_image {
    os_object *file;
    struct os_image_part {
        uint64_t start, bytes; /* page-aligned start; rounded up to pages */
        uint64_t offset;       /* in the file */
        unsigned permissions;
    } part[8]; /* private mappings: text is R X, data R W and copied when written */
    unsigned parts;
    uint64_t heap;        /* where the heap begins; 0: none */
    uint64_t stack_top;   /* end of the stack; 0: none */
    uint64_t stack_bytes; /* of it at first */
} os_image;

/* A new address space with these areas, and nothing in memory: the first fetch faults. The old one
 * is given up; a parent that waits after vfork goes on. If it fails, the old one stays; an error of
 * giving it back, or of the switch to the new one, is returned although the new one is there: then
 * os_switch can be done again. */
tw_status os_exec(os *system, os_process *process, const os_image *image, tw_error *error);

/* The process is done (exit) or is killed: any that is alive, also one that waits. */
tw_status os_end(os *system, os_process *process, tw_error *error);
tw_status os_kill(os *system, os_process *process, tw_error *error);

/* The areas, as /proc/PID/maps of Linux has them. */
void os_print_maps(const os *system, const os_process *process, FILE *to);

#endif
