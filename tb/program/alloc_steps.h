/*
 * alloc_steps.h: the steps of `tablewalk alloc`, for an allocator of any kind: NAME=SIZE takes SIZE
 * bytes and calls them NAME, -NAME gives them back. A kind says how to take, give and show:
 *
 *     int exit = options_take_first(argc, argv, HELP, options);
 *     if (exit != OPTIONS_TAKEN)
 *         return exit;
 *     ...
 *     const alloc_actor actor = {&pool, take, give, show, end};
 *     exit = alloc_steps_run(argc - optind, argv + optind, &actor);
 */
#ifndef TB_PROGRAM_ALLOC_STEPS_H
#define TB_PROGRAM_ALLOC_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tablewalk/error.h"

enum { ALLOC_NAME_MAX = 15 };

/* What a step took. */
typedef struct alloc_block {
    char name[ALLOC_NAME_MAX + 1];
    uint64_t bytes; /* as asked for; 0 if the step had no size */
    uint64_t at;    /* as `take` said */
    bool taken;     /* and not given back; the last step of this name counts */
    bool refused;   /* the last step of this name took nothing, as memory was out */
} alloc_block;

/* What all steps so far took, in the order of names' first steps. */
typedef struct alloc_blocks {
    size_t count;
    const alloc_block *block;
    uint64_t bytes;  /* asked for, of what is taken now */
    size_t refusals; /* steps that took nothing, as memory was out */
} alloc_blocks;

/* The block that is taken at `at`; NULL if there is none. */
const alloc_block *alloc_block_at(const alloc_blocks *blocks, uint64_t at);

typedef struct alloc_actor {
    void *context;
    /* TW_NO_MEMORY is no end: its sentence is printed, and the next step follows. Any other error
     * ends the command. `bytes` is 0 for a step that is a name alone, which objects of one size
     * have; a kind whose blocks have sizes refuses it. */
    tw_status (*take)(void *context, uint64_t bytes, uint64_t *at, tw_error *error);
    /* `at` as `take` said; a second time too, if the step is there twice. */
    tw_status (*give)(void *context, uint64_t at, tw_error *error);
    /* Prints the state after a step, on the line that the step began, and ends the line. */
    void (*show)(void *context, const alloc_blocks *blocks);
    /* Prints the summary. */
    void (*end)(void *context, const alloc_blocks *blocks);
} alloc_actor;

/* Reads all steps, and if they make sense does one after the other. The exit status: EXIT_USAGE and
 * one line on standard error for a step that is none, that gives what no step before it took, or
 * takes a name that is taken. */
int alloc_steps_run(int count, char *const *steps, const alloc_actor *actor);

/* "11K", "3.6K" (3687, rounded up), "850", "850B", "1M", "1G". TW_USAGE for anything else, for 0
 * and from 2^48 on; `what` begins the sentence. */
tw_status alloc_size_parse(const char *what, const char *text, uint64_t *bytes, tw_error *error);

/* The same the other way: "11K", "850B"; the largest letter that leaves a whole number. */
enum { ALLOC_SIZE_TEXT_MAX = 24 };
const char *alloc_size_text(uint64_t bytes, char text[ALLOC_SIZE_TEXT_MAX]);

/* An option's value (options.h): `take` is alloc_size_take, `context` is this. */
typedef struct alloc_size_option {
    const char *option; /* "--pool" */
    uint64_t bytes;
} alloc_size_option;
tw_status alloc_size_take(void *context, const char *text, tw_error *error);

/* 100 part / whole; 0 of nothing. */
double alloc_percent(uint64_t part, uint64_t whole);

#endif
