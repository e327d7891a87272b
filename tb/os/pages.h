/*
 * pages.h: the pages that a process has touched, and where each of them is. The hardware's tables
 * know only of those that are in a frame, so that what the OS remembers is the same in every mode.
 */
#ifndef TB_OS_PAGES_H
#define TB_OS_PAGES_H

#include "tb/os/port.h"
#include "tb/os/swap.h"

#define OS_NO_FRAME UINT64_MAX

/* The record of one page. Without frame and slot it is zeros. */
typedef struct os_page {
    uint64_t va;   /* a multiple of OS_PAGE_BYTES */
    uint64_t ppn;  /* the frame that holds it, or OS_NO_FRAME */
    os_slot slot;  /* the slot of the swap file that holds it, or an older copy, or OS_NO_SLOT */
    uint64_t word; /* its word as it was taken out of the hardware's table, A and D final */
    bool removed;  /* it was, since it was last mapped */
} os_page;

/* A balanced tree of the C library's, by address. All zeros is an empty one. */
typedef struct os_pages {
    void *root;
} os_pages;

/* The record of the page that holds `va`, or NULL. */
os_page *os_pages_find(const os_pages *pages, uint64_t va);

/* The same, made if it is missing. NULL if host memory is out. It stays where it is until
 * os_pages_free. */
os_page *os_pages_add(os_pages *pages, uint64_t va);

/* Visits all of them by rising address, until the first status that is not TW_OK. The visitor must
 * neither add nor free. */
typedef tw_status os_page_visitor(void *context, os_page *page, tw_error *error);
tw_status os_pages_visit(const os_pages *pages, os_page_visitor *visitor, void *context,
                         tw_error *error);

/* Frees all records; neither frames nor slots. */
void os_pages_free(os_pages *pages);

#endif
