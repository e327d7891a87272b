/* relocate.c: a table of regions. Invariant: both `home` and `place` rise, and no two regions touch
 * on either side. */
#include "tb/relocate.h"

#include <stdlib.h>

enum {
    PAGES_MAX = 1 << 20,  /* of 32-bit addresses */
    FIRST_PAGE = 1,       /* page 0 stays free: nothing is at address 0 */
    TABLE_PAGES = 1 << 10 /* 4 MiB, what one table of Sv32 maps */
};

/* Page numbers. */
struct region {
    uint64_t home, place, pages;
};

struct relocation {
    size_t count;
    struct region region[];
};

bool relocation_needed(const footprint *f)
{
    size_t pages = footprint_pages(f);
    return pages > 0 && footprint_page(f, pages - 1) >= PAGES_MAX;
}

/* Makes the regions: a page belongs to that of the page before it if it is at most `near` behind
 * it. They are counted, and written if `region` is not NULL. */
static size_t split(const footprint *f, uint64_t near, struct region *region)
{
    size_t count = 0;
    uint64_t home = 0, last = 0;
    for (size_t i = 0; i < footprint_pages(f); i++) {
        uint64_t page = footprint_page(f, i);
        if (i == 0 || page - last > near) {
            home = page;
            count++;
        }
        if (region != NULL)
            region[count - 1] = (struct region){.home = home, .pages = page - home + 1};
        last = page;
    }
    return count;
}

/* Puts one region behind the other, each at its home modulo `align`. False if they do not fit. */
static bool place(relocation *r, uint64_t align)
{
    uint64_t next = FIRST_PAGE;
    for (size_t i = 0; i < r->count; i++) {
        struct region *region = &r->region[i];
        region->place = next + ((region->home - next) & (align - 1));
        next = region->place + region->pages;
        if (next > PAGES_MAX)
            return false;
        next++; /* the page between */
    }
    return true;
}

/* TW_OK and *result is NULL if the regions do not fit. */
static tw_status attempt(const footprint *f, uint64_t near, uint64_t align, relocation **result,
                         tw_error *error)
{
    size_t count = split(f, near, NULL);
    relocation *r = calloc(1, sizeof *r + count * sizeof r->region[0]);
    *result = NULL;
    if (r == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for %zu regions", count);
    r->count = count;
    split(f, near, r->region);
    if (place(r, align))
        *result = r;
    else
        free(r);
    return TW_OK;
}

relocation *relocate(footprint *f, tw_error *error)
{
    /* The closer, the less of the program's own layout is kept. */
    static const struct {
        uint64_t near, align;
    } ways[] = {{TABLE_PAGES, TABLE_PAGES}, {TABLE_PAGES, 1}, {1, 1}};
    relocation *r = NULL;
    for (size_t i = 0; r == NULL && i < sizeof ways / sizeof *ways; i++)
        if (attempt(f, ways[i].near, ways[i].align, &r, error) != TW_OK)
            return NULL;
    if (r == NULL) {
        tw_fail(error, TW_USAGE,
                "its %zu pages in %zu regions do not fit into 4 GiB with a free page between any "
                "two regions",
                footprint_pages(f), split(f, 1, NULL));
        return NULL;
    }
    for (size_t i = 0; i < footprint_pages(f); i++) {
        uint64_t page = footprint_page(f, i);
        footprint_move(f, i, relocation_to(r, page << PAGE_SHIFT) >> PAGE_SHIFT);
    }
    return r;
}

void relocation_close(relocation *r)
{
    free(r);
}

size_t relocation_regions(const relocation *r)
{
    return r->count;
}

/* `va` moved by as much as its region is: from home to place, or `back`. */
static uint64_t move(const relocation *r, uint64_t va, bool back)
{
    uint64_t page = va >> PAGE_SHIFT;
    size_t low = 0, high = r->count; /* the regions that may hold it */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct region *region = &r->region[middle];
        uint64_t here = back ? region->place : region->home;
        uint64_t there = back ? region->home : region->place;
        if (page - here < region->pages)
            return va + ((there - here) << PAGE_SHIFT);
        if (page < here)
            high = middle;
        else
            low = middle + 1;
    }
    return va;
}

uint64_t relocation_to(const relocation *r, uint64_t va)
{
    return move(r, va, false);
}

uint64_t relocation_from(const relocation *r, uint64_t va)
{
    return move(r, va, true);
}
