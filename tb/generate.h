/*
 * generate.h: memory references that nobody recorded. A word names them where a trace is named:
 *
 *     gen:KIND,key=number,...        gen:zipf,pages=64,references=20000,s=0.99
 *
 * The same word gives the same references on every host: all of it is arithmetic on integers.
 *
 *     sequential  every `stride` bytes of the pages, from end to end, over and over
 *     loop        the first word of every page, over and over
 *     random      any word of any page
 *     zipf        any word; the k-th most popular page is k^s times rarer than the first
 *     phase       any word of `locality` pages, after `phase` references of the next ones
 *     rows        a matrix of n x n ints, row by row; each row begins a page
 *     columns     the same matrix, column by column
 *     chase       a list of one node a page, in an order of chance, around and around
 */
#ifndef TB_GENERATE_H
#define TB_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

#include "tb/trace.h"

typedef enum generate_kind {
    GENERATE_SEQUENTIAL,
    GENERATE_LOOP,
    GENERATE_RANDOM,
    GENERATE_ZIPF,
    GENERATE_PHASE,
    GENERATE_ROWS,
    GENERATE_COLUMNS,
    GENERATE_CHASE,
    GENERATE_KINDS
} generate_kind;

enum {
    GENERATE_WORD_MAX = 200,      /* characters of a word */
    GENERATE_PAGES_MAX = 1 << 18, /* 1 GiB, so that every mode has room for it */
    GENERATE_CODE = 0x400000,     /* the page of code, from which the fetches come */
    GENERATE_DATA = 0x10000000    /* the first page of data */
};

/* What a word asks for: generate_parse makes one in which every number makes sense. */
typedef struct generate_spec {
    generate_kind kind;
    uint64_t pages;      /* of data */
    uint64_t references; /* of all kinds together */
    uint64_t seed;
    uint64_t stores, fetches; /* in percent of the references to data, and of all references */
    uint64_t stride;          /* sequential: bytes, a multiple of 8 */
    uint64_t s;               /* zipf: the exponent, in hundredths */
    uint64_t locality, phase; /* phase: pages, and references of each */
    uint64_t n;               /* rows, columns: rows of the matrix, and columns */
} generate_spec;

typedef struct generator generator;

/* Is it such a word? A file of that name is "./gen:...". */
bool generate_named(const char *word);

/* TW_OK and what the word asks for; TW_USAGE and a sentence that says what is allowed there. */
tw_status generate_parse(const char *word, generate_spec *spec, tw_error *error);

/* Opens a generator at its first reference. NULL and TW_NO_MEMORY in *error if memory is out. */
generator *generate_open(const generate_spec *spec, tw_error *error);
void generate_close(generator *generator); /* NULL is allowed */

/* True and the next reference; false after spec.references of them. */
bool generate_next(generator *generator, reference *reference);

/* Begins again with the first reference. */
void generate_restart(generator *generator);

/* How many references generate_next gave since the first. */
uint64_t generate_given(const generator *generator);

#endif
