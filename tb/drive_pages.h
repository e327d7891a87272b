/*
 * drive_pages.h: page tables of 4 KiB pages, of any mode, built in memory with nothing else. Each
 * page has a frame of its own, which follows from its number, so that the mapping need not be kept
 * to be known. (Of Sv57's pages two share one, since there are more of them than frames.)
 */
#ifndef TB_DRIVE_PAGES_H
#define TB_DRIVE_PAGES_H

#include <stddef.h>

#include "tablewalk/memory.h"

typedef struct drive_pages {
    unsigned mode;
    tw_memory *memory;  /* borrowed */
    uint64_t next;      /* page number of the next table */
    bool touched;       /* pages are mapped with A and D set */
    tw_control control; /* SATP and, in hashed mode, HASH_TABLE and HASH_ANCHORS; ADUE is on */
} drive_pages;

/* Tables of a mode that has some, with no page in them: an empty root; or the inverted table of all
 * frames, with anchors for `pages` pages, up to the next power of two. TW_NO_MEMORY if there is
 * none for it. */
tw_status drive_pages_open(drive_pages *tables, unsigned mode, tw_memory *memory, bool touched,
                           size_t pages);

/* Maps the page of `va` readable, writable and executable for S; a page that is mapped stays so. In
 * hashed mode it becomes the first of its chain. TW_NO_MEMORY if there is none for a table. */
tw_status drive_pages_map(drive_pages *tables, uint64_t va);

/* Where `va` is mapped to. */
uint64_t drive_pages_pa(const drive_pages *tables, uint64_t va);

#endif
