/*
 * footprint.h: the pages that a trace touches, and what it does to them: what the loader of the
 * real program told its OS, read off the trace. Code is readable and executable, what is stored to
 * is readable and writable, the rest is read-only.
 */
#ifndef TB_FOOTPRINT_H
#define TB_FOOTPRINT_H

#include <stddef.h>
#include <stdint.h>

#include "tb/os/process.h"

typedef struct footprint footprint;

/* Reads a whole trace, and so finds every malformed line before anything is simulated. NULL as
 * trace_open and trace_next; an empty trace is TW_USAGE. */
footprint *footprint_of(const char *path, tw_error *error);

/* An empty one, to be filled by hand: NULL if host memory is out. An access touches at most two
 * pages, and stands in `line`, 0 if nowhere. footprint_settle ends the filling; nothing else may be
 * asked before. */
footprint *footprint_open(tw_error *error);
tw_status footprint_add(footprint *footprint, uint64_t va, unsigned bytes, unsigned permissions,
                        unsigned long line, tw_error *error);
void footprint_settle(footprint *footprint);

void footprint_close(footprint *footprint); /* NULL is allowed */

size_t footprint_pages(const footprint *footprint);
uint64_t footprint_references(const footprint *footprint);

/* The number of its i-th page; they rise. */
uint64_t footprint_page(const footprint *footprint, size_t i);

/* Gives the i-th page another number. When all are moved, they must rise again. */
void footprint_move(footprint *footprint, size_t i, uint64_t number);

/* Frames of the page tables that map all of its pages one by one, the root included. */
size_t footprint_tables(const footprint *footprint, unsigned mode);

/* TW_USAGE, with the line of the first reference to it, if the mode has no such page. `path` names
 * the trace. */
tw_status footprint_check(const footprint *footprint, const char *path, unsigned mode,
                          tw_error *error);

/* Gives the process a region for each run of equal pages. As os_region_add. */
tw_status footprint_load(const footprint *footprint, const os_records *records, os_process *process,
                         tw_error *error);

#endif
