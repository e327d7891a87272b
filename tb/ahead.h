/*
 * ahead.h: the pages that a prefetch may fetch: those right behind pages that were asked for, in
 * the same table. A set, found by the low bits of the page number, which a PTE's address shows.
 */
#ifndef TB_AHEAD_H
#define TB_AHEAD_H

#include <stdbool.h>
#include <stdint.h>

enum { AHEAD_CHAINS = 512 }; /* no more than there are PTEs in a table of any mode */

struct ahead_page {
    uint64_t va;
    uint32_t next; /* in its chain; 0 ends */
};

struct ahead {
    struct ahead_page *page; /* [0] is not used */
    uint32_t used, room;
    uint32_t chain[AHEAD_CHAINS];
};

/* The page right behind that of `va`, if its PTE is in the same table; else 0. */
uint64_t ahead_of(unsigned mode, uint64_t va);

/* All 0 is the empty set. */
void ahead_clear(struct ahead *ahead); /* empties it */
void ahead_free(struct ahead *ahead);

/* Adds a page, unless it is there already. False if memory is out. */
bool ahead_add(struct ahead *ahead, uint64_t va);

/* The first page whose PTE may have this index in its table, after `after` (NULL: from the
 * beginning), or NULL. */
const struct ahead_page *ahead_find(const struct ahead *ahead, uint64_t index,
                                    const struct ahead_page *after);

#endif
