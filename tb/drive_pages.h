/*
 * drive_pages.h: page tables of 4 KiB pages, of any mode, built in memory with nothing else. Each
 * page has a frame of its own, which follows from its number, so that the mapping need not be kept
 * to be known. (Of Sv57's pages two share one, since there are more of them than frames.)
 */
#ifndef TB_DRIVE_PAGES_H
#define TB_DRIVE_PAGES_H

#include <stdbool.h>

#include "tablewalk/memory.h"

typedef struct drive_pages {
    unsigned mode;
    tw_memory *memory; /* borrowed */
    uint64_t next;     /* page number of the next table */
    bool touched;      /* pages are mapped with A and D set */
} drive_pages;

/* An empty root table of a mode that has tables. TW_NO_MEMORY if there is none for it. */
tw_status drive_pages_open(drive_pages *pages, unsigned mode, tw_memory *memory, bool touched);

/* Maps the page of `va` readable, writable and executable for S; a page that is mapped stays so.
 * TW_NO_MEMORY if there is none for a table. */
tw_status drive_pages_map(drive_pages *pages, uint64_t va);

/* The SATP of the tables. */
uint64_t drive_pages_satp(const drive_pages *pages);

/* Where `va` is mapped to. */
uint64_t drive_pages_pa(const drive_pages *pages, uint64_t va);

#endif
