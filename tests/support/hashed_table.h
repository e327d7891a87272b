/*
 * hashed_table.h: a hashed inverted table of any length in plain memory, and software that maps
 * pages in it: what an OS does, in its simplest form.
 */
#ifndef TESTS_SUPPORT_HASHED_TABLE_H
#define TESTS_SUPPORT_HASHED_TABLE_H

#include "tablewalk/hashed.h"

typedef struct hashed_table {
    tw_control control; /* hashed mode, ASID 0, ADUE on */
    unsigned frames, anchors;
    uint64_t *entry, *anchor; /* words, to be read and spoilt at will */
} hashed_table;

/* A table of that many frames and 2^bits anchors, all empty. */
hashed_table hashed_table_open(unsigned frames, unsigned bits);
void hashed_table_close(hashed_table *table);

/* Maps a page to a frame, at the end of its chain, with V and `flags`. Whatever page the frame held
 * before is mapped no more: there is no place for a second one. */
void hashed_table_map(hashed_table *table, unsigned asid, unsigned vpn, unsigned frame,
                      unsigned flags);

/* Borrows the table. Fails the test if asked for a word outside of it. */
tw_bus hashed_table_bus(hashed_table *table);

/* A user's load from the page, through the anchors and chains, or by the search. */
tw_translation hashed_table_load(hashed_table *table, unsigned asid, unsigned vpn);
tw_translation hashed_table_search(hashed_table *table, unsigned asid, unsigned vpn);

#endif
