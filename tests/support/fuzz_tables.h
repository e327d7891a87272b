/*
 * fuzz_tables.h: tables of any mode full of words that nobody wrote with care: right ones, right
 * ones with something wrong, and noise; and the requests that walk them. A hashed table can loop,
 * leave its end, be wrapped around the last physical address, and stand on its own anchors.
 */
#ifndef TESTS_SUPPORT_FUZZ_TABLES_H
#define TESTS_SUPPORT_FUZZ_TABLES_H

#include "tablewalk/hashed.h"
#include "tablewalk/memory.h"
#include "tablewalk/segment.h"

enum { FUZZ_PAGES = 4, FUZZ_WORDS = 1024, FUZZ_MEMORIES = 2 };

struct fuzz_tables {
    uint64_t random; /* state; the same gives the same */
    tw_control control;
    uint64_t page[FUZZ_PAGES]; /* addresses of the pages that requests ask for */
    bool segmented;
    unsigned selector;
    tw_segment segment; /* of that number */
    unsigned words;     /* written: */
    uint64_t word[FUZZ_WORDS];
};

/* Fills memories alike, with tables for a mode. With `segments`, which is how many are built, now
 * and then requests have to go through one. */
void fuzz_tables_fill(struct fuzz_tables *tables, unsigned mode, unsigned segments,
                      tw_memory *const memory[FUZZ_MEMORIES]);

/* A request for one of the pages; its `va` is an offset if `segmented`. */
tw_request fuzz_tables_request(struct fuzz_tables *tables);

/* The address of the first word written in which the memories differ, or UINT64_MAX. */
uint64_t fuzz_tables_difference(const struct fuzz_tables *tables,
                                tw_memory *const memory[FUZZ_MEMORIES]);

#endif
