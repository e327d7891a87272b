/*
 * vectors.h: test vectors: one translation a line, with the answer and the memory accesses that it
 * must have. This reads them; vector_outcome.h compares; vector_golden.h runs one on the golden
 * model.
 *
 *   [rv32] [strict] [bus=LO-HI]... [ro=LO-HI]... SATP MSTATUS PRIV ADUE VA TYPE N ADDRESS=VALUE...
 *       => OK PA N ADDRESS=VALUE... ACCESS... | FAULT CAUSE TVAL ACCESS... | BAD satp-write-refused
 *
 * all on one line. N and CAUSE are decimal, all else is hexadecimal. Memory not listed reads 0, or
 * fails if strict; bus= addresses fail, ro= addresses refuse writes. TYPE is R, W or X. Bit 0 of
 * ADUE is ADUE, bit 1 PBMTE. After OK stand the words of memory that changed. An access is r: or w:
 * (r!: or w!: if the bus refused it) and ADDRESS=VALUE. rv32 lines have RV32's SATP and words of 4
 * bytes. Modes are RISC-V's: neither the linear one nor segments have vectors.
 */
#ifndef TB_VECTORS_H
#define TB_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tablewalk/error.h"
#include "tablewalk/translate.h"
#include "tb/text.h"

enum { VECTOR_WORDS = 16, VECTOR_RANGES = 4, VECTOR_ACCESSES = TW_ACCESSES_MAX };

typedef struct vector_word {
    uint64_t address, value;
} vector_word;

typedef struct vector_words {
    size_t count;
    vector_word word[VECTOR_WORDS];
} vector_words;

/* Addresses low to high, both included. */
typedef struct vector_range {
    uint64_t low, high;
} vector_range;

typedef struct vector_ranges {
    size_t count;
    vector_range range[VECTOR_RANGES];
} vector_ranges;

typedef struct vector_access {
    bool write; /* the compare-and-swap of A and D */
    bool error; /* the bus refused it */
    uint64_t address;
    uint64_t value; /* read, or to be written; 0 for a refused read */
} vector_access;

/* What a translation did: what a vector expects, or what a machine was seen to do. */
typedef struct vector_outcome {
    enum { VECTOR_OK, VECTOR_FAULT, VECTOR_REFUSED } kind; /* REFUSED: SATP.MODE is not built */
    uint64_t pa;                                           /* of VECTOR_OK */
    unsigned cause;                                        /* of VECTOR_FAULT */
    uint64_t tval;        /* of VECTOR_FAULT: the faulting address */
    vector_words changed; /* words of memory and their new values */
    size_t accesses;      /* may exceed VECTOR_ACCESSES; those beyond are only counted */
    vector_access access[VECTOR_ACCESSES];
} vector_outcome;

typedef struct vector {
    text_place at;
    tw_control control; /* SATP in the RV64 layout */
    tw_request request; /* with the effective privilege, derived from MSTATUS and PRIV */
    unsigned bytes;     /* of a word of memory: 4 for rv32, else 8 */
    bool strict;
    vector_ranges bus_errors, read_only;
    vector_words memory; /* before; no address twice */
    vector_outcome expected;
} vector;

/* Parses one line. TW_USAGE with file, line number and what was expected if it is malformed. */
tw_status vector_parse(text_place at, const char *line, vector *v, tw_error *error);

/* The next vector of a file; blank lines and lines that begin with # are skipped. TW_OK with *more
 * false at the end of the file; else as text_next and vector_parse. The vector's place borrows from
 * the file. */
tw_status vector_next(text_file *file, vector *v, bool *more, tw_error *error);

#endif
