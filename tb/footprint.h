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
void footprint_close(footprint *footprint); /* NULL is allowed */

size_t footprint_pages(const footprint *footprint);
uint64_t footprint_references(const footprint *footprint);

/* Page tables that map all of its pages one by one, the root included. */
size_t footprint_tables(const footprint *footprint, unsigned mode);

/* TW_USAGE, with the line of the first reference to it, if the mode has no such page. `path` names
 * the trace. */
tw_status footprint_check(const footprint *footprint, const char *path, unsigned mode,
                          tw_error *error);

/* Gives the process a region for each run of equal pages. As os_process_add_region. */
tw_status footprint_load(const footprint *footprint, os_process *process, tw_error *error);

#endif
