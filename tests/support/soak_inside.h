/* soak_inside.h: what the files of a soak share. Nobody else includes it. */
#ifndef TESTS_SUPPORT_SOAK_INSIDE_H
#define TESTS_SUPPORT_SOAK_INSIDE_H

#include "tb/monitors.h"
#include "tb/random.h"
#include "tb/userland/userland.h"
#include "tests/support/counted_records.h"
#include "tests/support/soak_areas.h"
#include "tests/support/soak_run.h"

enum {
    PAGE = OS_PAGE_BYTES,
    PATH_BYTES = 64,
    TEXT = 0x10000, /* where programs, heaps, mappings and stacks are */
    DATA = 0x20000,
    HEAP = 0x100000,
    WINDOW = 0x40000000,
    STACK_TOP = 0x7ffff000,
    IMAGE_PAGES = 14,
    TEXT_PAGES = 8
};

/* What can be mapped. */
typedef struct soak_file {
    char path[PATH_BYTES]; /* "": shared memory */
    os_object *object;
    uint64_t bytes, most;
    bool writable;
} soak_file;

enum { SOAK_IMAGE, SOAK_DATA, SOAK_MORE_DATA, SOAK_SHARED, SOAK_MORE_SHARED, SOAK_FILES };

typedef struct soak_space {
    soak_areas areas;
    unsigned users;
} soak_space;

typedef struct soak_process {
    os_process *process; /* NULL: none */
    soak_space *space;
    bool waits; /* accesses are left from its last turn */
    bool hot;   /* it has a place to which it comes back: */
    uint64_t va;
    bool tempted; /* what it may do there has just changed */
    bool doomed;  /* it made an access that must be refused: */
    soak_sin sin;
    bool unsure; /* it may also succeed */
    uint64_t sin_va;
    bool vforked; /* it may be in its parent's address space */
} soak_process;

typedef struct soak {
    const soak_options *options;
    soak_counts *counts;
    uint64_t random;
    tw_engine *engine;
    tw_memory *memory;
    tw_machine *machine;
    struct monitors *monitors;
    counted_records records;
    userland *u;
    char directory[PATH_BYTES];
    soak_file file[SOAK_FILES];
    soak_process process[SOAK_PROCESSES];
    size_t frames;
    uint64_t window_pages, huge_pages; /* huge_pages 0: none in this system */
    uint64_t hog_pages; /* of a mapping so long that others have to go to the disk; 0: none */
    unsigned mode;
} soak;

static inline uint32_t soak_below(soak *s, uint64_t n)
{
    return random_below(&s->random, n);
}

static inline bool soak_percent(soak *s, unsigned percent)
{
    return random_percent(&s->random, percent);
}

/* soak_system.c: everything for one system, and its end: TW_MISMATCH if something is left. */
tw_status soak_open(soak *s, tw_error *error);
tw_status soak_finish(soak *s, tw_error *error);
void soak_close(soak *s);

/* soak_system.c: the process has ended, by whatever: its slot is empty. */
void soak_gone(soak *s, soak_process *p);

/* What a call may return: bits. */
enum { MAY_DO = 1, MAY_REFUSE = 2, MAY_LACK = 4 };

/* soak_calls.c: counts the call and prints it, if somebody wants that. TW_OK if it may return
 * `got`, else TW_MISMATCH and what was expected. */
tw_status soak_judge(soak *s, soak_call call, unsigned pid, uint64_t start, uint64_t bytes,
                     unsigned may, tw_status got, const tw_error *why, tw_error *error);

/* soak_calls.c: one call at random of a process that can call. */
tw_status soak_call_something(soak *s, soak_process *p, tw_error *error);

/* soak_map.c: mmap, anywhere or in the window. */
tw_status soak_mmap(soak *s, soak_process *p, tw_error *error);

/* soak_family.c: processes begin and end. */
tw_status soak_begin_process(soak *s, soak_process *p, tw_error *error);
tw_status soak_exec(soak *s, soak_process *p, tw_error *error);
tw_status soak_end_process(soak *s, soak_process *p, bool kill, tw_error *error);
tw_status soak_fork(soak *s, soak_process *p, bool vfork, tw_error *error);

/* soak_files.c */
tw_status soak_make_files(soak *s, tw_error *error);
tw_status soak_truncate(soak *s, tw_error *error);
tw_status soak_reopen(soak *s, tw_error *error);
void soak_remove_files(soak *s);

/* soak_stream.c: one turn of a process. */
tw_status soak_turn(soak *s, soak_process *p, tw_error *error);

/* soak_stream.c: true if the page lies in a file, and beyond its end. */
bool soak_beyond(const soak_area *area, uint64_t va);

#endif
