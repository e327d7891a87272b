/*
 * page_array.h: the plainest source of pages: an array that says which are taken. It fails the test
 * if what is given back was not taken so.
 */
#ifndef TESTS_SUPPORT_PAGE_ARRAY_H
#define TESTS_SUPPORT_PAGE_ARRAY_H

#include <stddef.h>
#include <stdint.h>

#include "tb/os/page_source.h"

enum { PAGE_ARRAY_MAX = 16384 };

typedef struct page_array {
    uint64_t first; /* page number of the first page */
    size_t count;   /* up to PAGE_ARRAY_MAX */
    unsigned takes, gives;
    unsigned gives_left;           /* then TW_IO; 0 is no limit */
    uint8_t taken[PAGE_ARRAY_MAX]; /* 1 + order for the first page of a row, 255 for its others */
} page_array;

/* Rows of pages are taken at the lowest page number that is a multiple of their length. Borrows. */
os_page_source page_array_source(page_array *array);

size_t page_array_free(const page_array *array);

/* Takes every page and gives each second one back: half is free, and no two side by side. */
void page_array_scatter(page_array *array);

#endif
