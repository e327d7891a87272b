/* footprint.c: a sorted set of page numbers. Invariant: page[] is sorted up to `sorted`, where each
 * number stands once; behind it stand the numbers seen since, at most as many again, in the order
 * seen. */
#include "tb/footprint.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tb/trace.h"
struct page_use {
    uint64_t number;
    unsigned permissions;
    unsigned long line; /* of the first reference */
};

struct footprint {
    struct page_use *page;
    size_t count, sorted, room;
    uint64_t references;
};

static int by_number(const void *a, const void *b)
{
    uint64_t x = ((const struct page_use *)a)->number, y = ((const struct page_use *)b)->number;
    return (x > y) - (x < y);
}

static void merge(struct page_use *known, const struct page_use *use)
{
    known->permissions |= use->permissions;
    known->line = use->line < known->line ? use->line : known->line;
}

/* Sorts all pages and makes one of equal ones. */
void footprint_settle(footprint *f)
{
    if (f->count == 0)
        return;
    qsort(f->page, f->count, sizeof *f->page, by_number);
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (kept > 0 && f->page[kept - 1].number == f->page[i].number)
            merge(&f->page[kept - 1], &f->page[i]);
        else
            f->page[kept++] = f->page[i];
    }
    f->count = f->sorted = kept;
}

static tw_status add(footprint *f, struct page_use use, tw_error *error)
{
    struct page_use *known =
        f->sorted == 0 ? NULL : bsearch(&use, f->page, f->sorted, sizeof use, by_number);
    if (known == NULL && f->count > 0 && f->page[f->count - 1].number == use.number)
        known = &f->page[f->count - 1];
    if (known != NULL) {
        merge(known, &use);
        return TW_OK;
    }
    if (f->count == f->room) {
        footprint_settle(f);
        if (f->count > f->room / 2 || f->room == 0) {
            size_t room = f->room == 0 ? 256 : 2 * f->room;
            struct page_use *more = realloc(f->page, room * sizeof *more);
            if (more == NULL)
                return tw_fail(error, TW_NO_MEMORY, "no memory for a trace of %zu pages", room);
            f->page = more;
            f->room = room;
        }
    }
    f->page[f->count++] = use;
    return TW_OK;
}

tw_status footprint_add(footprint *f, uint64_t va, unsigned bytes, unsigned permissions,
                        unsigned long line, tw_error *error)
{
    uint64_t first = va >> PAGE_SHIFT, last = (va + bytes - 1) >> PAGE_SHIFT;
    struct page_use use = {first, permissions, line};
    f->references++;
    tw_status status = add(f, use, error);
    use.number = last;
    if (status == TW_OK && last != first)
        status = add(f, use, error);
    return status;
}

footprint *footprint_open(tw_error *error)
{
    footprint *f = calloc(1, sizeof *f);
    if (f == NULL)
        tw_fail(error, TW_NO_MEMORY, "no memory for a trace");
    return f;
}

footprint *footprint_of(const char *path, tw_error *error)
{
    static const unsigned permissions[] = {OS_R | OS_X, OS_R, OS_R | OS_W, OS_R | OS_W};
    trace *t = trace_open(path, error);
    if (t == NULL)
        return NULL;
    footprint *f = footprint_open(error);
    if (f == NULL) {
        trace_close(t);
        return NULL;
    }
    tw_status status = TW_OK;
    for (bool more = true; status == TW_OK && more;) {
        reference r;
        status = trace_next(t, &r, &more, error);
        if (status == TW_OK && more)
            status =
                footprint_add(f, r.va, r.bytes, permissions[r.kind], trace_where(t).line, error);
    }
    trace_close(t);
    if (status == TW_OK && f->references == 0)
        status = tw_fail(error, TW_USAGE, "%s: expected at least one memory reference", path);
    if (status != TW_OK) {
        footprint_close(f);
        return NULL;
    }
    footprint_settle(f);
    return f;
}

void footprint_close(footprint *f)
{
    if (f == NULL)
        return;
    free(f->page);
    free(f);
}

size_t footprint_pages(const footprint *f)
{
    return f->count;
}

uint64_t footprint_references(const footprint *f)
{
    return f->references;
}

uint64_t footprint_page(const footprint *f, size_t i)
{
    return f->page[i].number;
}

void footprint_move(footprint *f, size_t i, uint64_t number)
{
    f->page[i].number = number;
}

size_t footprint_tables(const footprint *f, unsigned mode)
{
    size_t tables = 1;
    for (unsigned level = 1; level < mode_levels(mode); level++) {
        unsigned shift = level_size(mode, level) - PAGE_SHIFT;
        for (size_t i = 0; i < f->count; i++)
            tables += i == 0 || f->page[i].number >> shift != f->page[i - 1].number >> shift;
    }
    return tables * os_table_frames(mode);
}

/* The last page has no end that a region could name. */
static bool usable(const struct page_use *page, unsigned mode)
{
    return va_canonical(mode, page->number << PAGE_SHIFT) &&
           page->number != UINT64_MAX >> PAGE_SHIFT;
}

tw_status footprint_check(const footprint *f, const char *path, unsigned mode, tw_error *error)
{
    const struct page_use *bad = NULL;
    for (size_t i = 0; i < f->count; i++)
        if (!usable(&f->page[i], mode) && (bad == NULL || f->page[i].line < bad->line))
            bad = &f->page[i];
    if (bad == NULL)
        return TW_OK;
    return text_fail((text_place){path, bad->line}, error,
                     "expected addresses that %s has, below its last page; found one in the page "
                     "at %#" PRIx64,
                     tw_mode_name(mode), bad->number << PAGE_SHIFT);
}

tw_status footprint_load(const footprint *f, const os_records *records, os_process *process,
                         tw_error *error)
{
    for (size_t i = 0, next; i < f->count; i = next) {
        for (next = i + 1; next < f->count; next++)
            if (f->page[next].number != f->page[i].number + (next - i) ||
                f->page[next].permissions != f->page[i].permissions)
                break;
        os_region region = {f->page[i].number << PAGE_SHIFT,
                            (f->page[next - 1].number + 1) << PAGE_SHIFT, f->page[i].permissions};
        tw_status status = os_region_add(records, process, region, error);
        if (status != TW_OK)
            return status;
    }
    return TW_OK;
}
