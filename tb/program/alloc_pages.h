/* alloc_pages.h: where the kinds of `tablewalk alloc` that need pages have them from: a buddy
 * allocator. */
#ifndef TB_PROGRAM_ALLOC_PAGES_H
#define TB_PROGRAM_ALLOC_PAGES_H

#include "tb/os/buddy.h"
#include "tb/os/page_source.h"

/* So many bytes of free pages, from page 0 on. NULL after a sentence: TW_USAGE if they are not
 * whole pages. Closed by buddy_close. */
buddy *alloc_pages_open(uint64_t bytes, tw_error *error);

/* Borrows the pool. */
os_page_source alloc_pages_source(buddy *pool);

/* Takes all pages that are free and gives back those with even numbers, so that no two that are
 * free stand side by side. */
void alloc_pages_scatter(buddy *pool);

#endif
