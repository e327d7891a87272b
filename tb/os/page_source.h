/*
 * page_source.h: where an allocator of the kernel gets whole pages from: a zone, or a test's array.
 */
#ifndef TB_OS_PAGE_SOURCE_H
#define TB_OS_PAGE_SOURCE_H

#include <stdint.h>

#include "tablewalk/error.h"

typedef struct os_page_source {
    void *context; /* passed back; owned by whoever made the source */

    /* Takes 2^order pages in a row: *ppn is the page number of the first, a multiple of 2^order.
     * TW_NO_MEMORY if no so many stand side by side. */
    tw_status (*take)(void *context, unsigned order, uint64_t *ppn, tw_error *error);

    /* Gives back what one take took. Whoever calls it has seen to it that nothing leads there any
     * more: neither a PTE nor a TLB. */
    tw_status (*give)(void *context, uint64_t ppn, unsigned order, tw_error *error);
} os_page_source;

/* The least order of a row of `pages` pages; pages from 1 to 2^63. */
static inline unsigned os_page_order(uint64_t pages)
{
    unsigned order = 0;
    while (UINT64_C(1) << order < pages)
        order++;
    return order;
}

#endif
