/*
 * pages.h: pages of the oracle by number, each with its bytes and with which of them nobody
 * knows. A page that is absent is zeros, all known.
 */
#ifndef TB_SHADOW_PAGES_H
#define TB_SHADOW_PAGES_H

#include <bsd/sys/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHADOW_PAGE_BYTES = 4096 };

typedef struct shadow_page {
    RB_ENTRY(shadow_page) node;
    uint64_t number;
    uint8_t bytes[SHADOW_PAGE_BYTES];
    uint8_t unknown[SHADOW_PAGE_BYTES / 8]; /* a bit for each byte */
    bool lost; /* of a file: the disk refused it; over when none of its bytes is unknown */
} shadow_page;

/* A red-black tree; all zeros is an empty one. */
typedef struct shadow_pages {
    RB_HEAD(shadow_tree, shadow_page) tree;
} shadow_pages;

/* trees.c: the library's functions on it. */
RB_PROTOTYPE(shadow_tree, shadow_page, node, )

/* NULL: absent. */
shadow_page *shadow_pages_find(const shadow_pages *pages, uint64_t number);

/* Made as a copy of `like` (NULL: of zeros) if it is absent. NULL if host memory is out. */
shadow_page *shadow_pages_make(shadow_pages *pages, uint64_t number, const shadow_page *like);

/* Forgets pages first to last. O(log n) for each. */
void shadow_pages_forget(shadow_pages *pages, uint64_t first, uint64_t last);

/* All of `pages`, too. False if host memory is out. */
bool shadow_pages_copy(shadow_pages *to, const shadow_pages *pages);

/* Nobody knows the bytes from `first` on of this page. */
void shadow_page_doubt(shadow_page *page, unsigned first);

/* Nobody knows the bytes from `first` on of all pages: those of page number first / 4096 and
 * above. */
void shadow_pages_doubt(shadow_pages *pages, uint64_t first);

static inline bool shadow_page_knows(const shadow_page *page, unsigned at)
{
    return (page->unknown[at / 8] >> at % 8 & 1) == 0;
}

static inline void shadow_page_set(shadow_page *page, unsigned at, uint8_t value, bool known)
{
    unsigned mask = 1u << at % 8;
    page->bytes[at] = value;
    page->unknown[at / 8] =
        (uint8_t)(known ? page->unknown[at / 8] & ~mask : page->unknown[at / 8] | mask);
}

#endif
