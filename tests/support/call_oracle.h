/*
 * call_oracle.h: what processes must see of their memory after any calls, by the simplest means:
 * for each page of a window a number, and where it comes from. No frames, tables or slots.
 */
#ifndef TESTS_SUPPORT_CALL_ORACLE_H
#define TESTS_SUPPORT_CALL_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ORACLE_PAGES = 1100, ORACLE_PROCESSES = 3 };

typedef enum oracle_kind {
    ORACLE_NOTHING, /* no area */
    ORACLE_OWN,     /* private and anonymous */
    ORACLE_SHARED,  /* the page of the same number of the memory that all share */
    ORACLE_COPIED   /* a private mapping of that: its own from the first store on */
} oracle_kind;

typedef struct oracle_page {
    oracle_kind kind;
    unsigned permissions; /* os_permission bits */
    bool locked;
    bool own;       /* ORACLE_COPIED: it was stored to */
    uint64_t value; /* of ORACLE_OWN, and of ORACLE_COPIED if own */
} oracle_page;

typedef struct oracle {
    uint64_t shared[ORACLE_PAGES];
    oracle_page page[ORACLE_PROCESSES][ORACLE_PAGES];
} oracle;

/* A new area at pages [first, end). */
void call_oracle_map(oracle *o, size_t process, size_t first, size_t end, oracle_kind kind,
                     unsigned permissions);
void call_oracle_unmap(oracle *o, size_t process, size_t first, size_t end);

/* These need an area everywhere, or do nothing and return false. */
bool call_oracle_protect(oracle *o, size_t process, size_t first, size_t end, unsigned permissions);
bool call_oracle_lock(oracle *o, size_t process, size_t first, size_t end, bool locked);

/* The same; false also if a page is locked. */
bool call_oracle_not_needed(oracle *o, size_t process, size_t first, size_t end);

void call_oracle_fork(oracle *o, size_t parent, size_t child);

uint64_t call_oracle_load(const oracle *o, size_t process, size_t page);
void call_oracle_store(oracle *o, size_t process, size_t page, uint64_t value);

#endif
