/*
 * inject_world.h: processes that share and copy memory and files on an OS that fails somewhere, and
 * what their memory must hold whatever fails.
 *
 * Each page of an area is one word to the model: its first. A process that dies takes its private
 * pages with it, and nothing else.
 */
#ifndef TESTS_SUPPORT_INJECT_WORLD_H
#define TESTS_SUPPORT_INJECT_WORLD_H

#include "tb/os/calls.h"
#include "tests/support/broken_file.h"
#include "tests/support/inject_plan.h"

enum { INJECT_PAGES = 6, INJECT_PROCESSES = 4 };

typedef enum inject_area {
    AREA_PRIVATE, /* anonymous */
    AREA_SHARED,  /* shared memory */
    AREA_FILE,    /* a file, shared */
    AREA_COPY,    /* a file, private */
    AREA_STACK,
    AREA_TEXT, /* of a program: its file, private */
    AREA_HEAP,
    AREA_HUGE, /* anonymous: a huge page long, of which the model knows the first pages */
    AREAS
} inject_area;

typedef struct inject_process {
    os_process *process; /* NULL: not born, or gone */
    bool mapped[AREAS];
    uint64_t word[AREAS][INJECT_PAGES]; /* of private areas */
} inject_process;

typedef struct inject_world {
    unsigned mode;
    inject_plan plan;
    golden_machine *machine;
    os *system;
    os_object *file, *program;
    char file_path[BROKEN_PATH], program_path[BROKEN_PATH];
    inject_process process[INJECT_PROCESSES];
    uint64_t shared[AREAS][INJECT_PAGES]; /* of shared areas */
    os_accounts first;                    /* before there was a process */
} inject_world;

/* Opens it with so many frames besides those of page tables; what fails meanwhile must be the plan's
 * doing, and opening again must succeed. With `timed`, the disk takes time. */
inject_world *inject_open(unsigned mode, const inject_plan *plan, size_t frames, bool timed);

/* Ends all processes, and fails the test if frames, slots, objects or records do not balance, or the
 * file does not hold what was stored to it. */
void inject_close(inject_world *world);

/* Where a page is, and what its word must be. */
uint64_t inject_va(inject_area area, unsigned page);
uint64_t *inject_word(inject_world *world, unsigned who, inject_area area, unsigned page);

/* What a new mapping of an area shows. */
void inject_begin_area(inject_world *world, unsigned who, inject_area area);

/* Fails the test unless every page of every process that lives holds its word, in memory or on the
 * disk; it is not brought in for it. inject_check: and the books balance. */
void inject_check_words(inject_world *world);
void inject_check(inject_world *world);

/* "mode 8, record 17": for messages. */
const char *inject_where(const inject_world *world);

#endif
