/*
 * page_list.h: free pages as a list that is threaded through the pages themselves: the first word
 * of each holds the physical address of the next, or all ones. The page freed last is taken first,
 * and a page costs no memory but itself. (xv6 kernel/kalloc.c.)
 *
 * What stands in the rest of a free page is junk, so that a use after free shows; and beside the
 * list a bit a page is kept in the kernel's records, so that a page that is freed twice, or a link
 * that somebody wrote over, is found before the list is followed into nowhere.
 *
 * Both calls take one access to memory each and no search: as a cache of single frames in front of
 * a zone, the list is filled by zones_take with order 0 and emptied by zones_give.
 */
#ifndef TB_OS_PAGE_LIST_H
#define TB_OS_PAGE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tb/os/port.h"

#define PAGE_LIST_END UINT64_MAX

typedef struct page_list page_list;

/* An empty list for the pages with page numbers [first, first + count). Borrows the port,
 * whose records it takes. NULL with a sentence: TW_USAGE if count is 0 or a page lies beyond all
 * addresses, TW_NO_MEMORY if memory for records is out. */
page_list *page_list_open(const os_port *port, uint64_t first, size_t count, tw_error *error);
void page_list_close(page_list *list); /* leaves the pages as they are; NULL is allowed */

/* Fills the page with junk, and puts it in front. TW_USAGE if it is not one of the list's, or is in
 * it; errors of the port, and then the page is not in the list. */
tw_status page_list_push(page_list *list, uint64_t ppn, tw_error *error);

/* Takes the page that was pushed last: *ppn. Its bytes are junk and the link. TW_NO_MEMORY if there
 * is none. TW_USAGE if its link leads to no free page: it was written to after it was freed,
 * and nothing can be taken from the list any more. */
tw_status page_list_pop(page_list *list, uint64_t *ppn, tw_error *error);

bool page_list_has(const page_list *list, uint64_t ppn);
size_t page_list_length(const page_list *list);

#endif
