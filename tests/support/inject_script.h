/*
 * inject_script.h: what the processes of an inject_world do, step by step. A step that fails is made
 * again; between, nothing may have changed.
 */
#ifndef TESTS_SUPPORT_INJECT_SCRIPT_H
#define TESTS_SUPPORT_INJECT_SCRIPT_H

#include "tests/support/inject_world.h"

typedef enum inject_op {
    DO_SPAWN,
    DO_FORK,  /* `other` is the child */
    DO_VFORK, /* likewise */
    DO_EXEC,
    DO_END,
    DO_MAP,
    DO_UNMAP,
    DO_BREAK, /* the heap gets all its pages */
    DO_READ_ONLY,
    DO_WRITABLE,
    DO_COLLAPSE, /* a huge page of them, if that can be */
    DO_LOCK,
    DO_UNLOCK,
    DO_WILL_NEED,
    DO_DONT_NEED,
    DO_SYNC,
    DO_AGE,  /* dirty pages of files are written back */
    DO_DROP, /* all page tables are dropped */
    DO_LOAD, /* of every page, and compared */
    DO_FETCH,
    DO_STORE /* to every page */
} inject_op;

typedef struct inject_step {
    inject_op op;
    unsigned who;
    union {
        inject_area area;
        unsigned other;
    };
} inject_step;

/* One access or call; `page` is for accesses. TW_OK also if a process has died of it. */
tw_status inject_make_step(inject_world *world, const inject_step *step, unsigned page,
                           tw_error *error);

/* Runs the steps under the plan. Fails the test if the error of a step does not name its cause, if
 * it has changed anything, if it fails again when nothing fails any more, or if a process dies for
 * which there is no reason. Where nothing mends it (INJECT_SLOTS), who asked in vain ends instead. How
 * many died. */
unsigned inject_run(inject_world *world, const inject_step *steps, size_t count);

typedef struct inject_story {
    const inject_step *steps;
    size_t count;
    size_t frames; /* of pages */
} inject_story;

/* All that processes can share, copy and give up, with more pages than frames, in at most three
 * address spaces at a time. */
inject_story inject_story_of_processes(void);

/* A huge page is made, shared, split and made again. */
inject_story inject_story_of_huge_pages(unsigned mode);

/* Opens a world, runs a story, and closes the world: first with nothing failing, to count, then
 * with each use of `kind` failing alone, every `stride`th, and (lasting) with all from there on until
 * a step has failed. Fails the test if there were fewer than `least` uses. */
typedef struct inject_runs {
    inject_kind kind;
    bool lasting, timed;
    unsigned stride, least;
} inject_runs;
void inject_every(unsigned mode, inject_story story, inject_runs runs);

#endif
