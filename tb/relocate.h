/*
 * relocate.h: a 64-bit program in an address space of 32 bits.
 *
 * Its pages are moved one to one, in their order, by regions: pages that lie close together stay as
 * far apart as they were, so neighbours stay neighbours; only the wide gaps between regions shrink,
 * to at least one page that belongs to nobody. Where there is room a region keeps its place within
 * 4 MiB, and so the last index of its tables.
 */
#ifndef TB_RELOCATE_H
#define TB_RELOCATE_H

#include "tb/footprint.h"

typedef struct relocation relocation;

/* True if a page of the footprint is beyond 32 bits. */
bool relocation_needed(const footprint *footprint);

/* Moves the pages of the footprint into 32 bits. NULL with TW_USAGE in *error if they do not fit,
 * or TW_NO_MEMORY; the footprint is as it was then. */
relocation *relocate(footprint *footprint, tw_error *error);
void relocation_close(relocation *relocation); /* NULL is allowed */

size_t relocation_regions(const relocation *relocation);

/* The new address of an old one, and the old one of a new one. What is in no region stays as it
 * is. */
uint64_t relocation_to(const relocation *relocation, uint64_t va);
uint64_t relocation_from(const relocation *relocation, uint64_t va);

#endif
