/*
 * place.h: the pages of an address space that were touched: which page (page.h) is to be seen at
 * which virtual address. The same in every mode; only the hardware's word for it differs.
 */
#ifndef TB_OS_PLACE_H
#define TB_OS_PLACE_H

#include <stdbool.h>
#include <bsd/sys/tree.h>

#include "tb/os/port.h"

struct os_page;
struct os_space;

typedef struct os_place {
    RB_ENTRY(os_place) node;
    uint64_t va; /* a multiple of OS_PAGE_BYTES */
    struct os_space *space;
    struct os_page *page;             /* NULL: nothing was brought in yet, or it was given up */
    struct os_place *next, *previous; /* in the list of the page's places */
    bool mapped;                      /* its word stands in the hardware's tables */
    bool locked;   /* in an area that is OS_VMA_LOCKED: counts in its page's `locks` */
    bool removed;  /* V was cleared, and what has to follow (fence, forget) has not */
    uint64_t word; /* as it was taken out of the tables, A and D final */
} os_place;

/* A red-black tree by address. All zeros is an empty one. */
typedef struct os_places {
    RB_HEAD(os_place_tree, os_place) tree;
    size_t count;
} os_places;

/* The place of the page that holds `va`, or NULL. O(log n). */
os_place *os_places_find(const os_places *places, uint64_t va);

/* The first at or above `va`, or NULL; and the one after a place. */
os_place *os_places_from(const os_places *places, uint64_t va);
os_place *os_places_next(const os_place *place);

/* The place of the page that holds `va`, made without a page if it is missing. NULL if record
 * memory is out. It stays where it is in host memory until it is removed. */
os_place *os_places_add(os_places *places, const os_records *records, struct os_space *space,
                        uint64_t va);

/* Ends a place that shows no page. */
void os_places_remove(os_places *places, const os_records *records, os_place *place);

/* A visitor may remove the place that it sees, and no other. The first status that is not TW_OK
 * ends it. [start, end) by rising addresses. */
typedef tw_status os_place_visitor(void *context, os_place *place, tw_error *error);
tw_status os_places_visit(const os_places *places, uint64_t start, uint64_t end,
                          os_place_visitor *visitor, void *context, tw_error *error);

#endif
