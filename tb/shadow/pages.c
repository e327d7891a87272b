/* pages.c: a red-black tree by number. */
#include "tb/shadow/pages.h"

#include <stdlib.h>
#include <string.h>

/* The tree's functions take no const, and change nothing when they search. */
static struct shadow_tree *tree_of(const shadow_pages *pages)
{
    return &((shadow_pages *)pages)->tree;
}

shadow_page *shadow_pages_find(const shadow_pages *pages, uint64_t number)
{
    shadow_page *page = RB_ROOT(&pages->tree);
    while (page != NULL && page->number != number)
        page = number < page->number ? RB_LEFT(page, node) : RB_RIGHT(page, node);
    return page;
}

/* The first at or above, or NULL. */
static shadow_page *from(const shadow_pages *pages, uint64_t number)
{
    shadow_page *page = RB_ROOT(&pages->tree), *best = NULL;
    while (page != NULL) {
        if (page->number >= number)
            best = page;
        page = page->number >= number ? RB_LEFT(page, node) : RB_RIGHT(page, node);
    }
    return best;
}

shadow_page *shadow_pages_make(shadow_pages *pages, uint64_t number, const shadow_page *like)
{
    shadow_page *page = shadow_pages_find(pages, number);
    if (page != NULL)
        return page;
    page = calloc(1, sizeof *page);
    if (page == NULL)
        return NULL;
    page->number = number;
    if (like != NULL) {
        memcpy(page->bytes, like->bytes, sizeof page->bytes);
        memcpy(page->unknown, like->unknown, sizeof page->unknown);
    }
    RB_INSERT(shadow_tree, &pages->tree, page);
    return page;
}

void shadow_pages_forget(shadow_pages *pages, uint64_t first, uint64_t last)
{
    for (shadow_page *page = from(pages, first), *next; page != NULL && page->number <= last;
         page = next) {
        next = RB_NEXT(shadow_tree, &pages->tree, page);
        RB_REMOVE(shadow_tree, &pages->tree, page);
        free(page);
    }
}

bool shadow_pages_copy(shadow_pages *to, const shadow_pages *pages)
{
    for (shadow_page *page = RB_MIN(shadow_tree, tree_of(pages)); page != NULL;
         page = RB_NEXT(shadow_tree, tree_of(pages), page))
        if (shadow_pages_make(to, page->number, page) == NULL)
            return false;
    return true;
}

void shadow_page_doubt(shadow_page *page, unsigned first)
{
    for (unsigned at = first; at < SHADOW_PAGE_BYTES; at++)
        shadow_page_set(page, at, page->bytes[at], false);
}

void shadow_pages_doubt(shadow_pages *pages, uint64_t first)
{
    unsigned begin = (unsigned)(first % SHADOW_PAGE_BYTES);
    for (shadow_page *page = from(pages, first / SHADOW_PAGE_BYTES); page != NULL;
         page = RB_NEXT(shadow_tree, &pages->tree, page))
        shadow_page_doubt(page, page->number == first / SHADOW_PAGE_BYTES ? begin : 0);
}
