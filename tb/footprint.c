/* footprint.c: a sorted set of page numbers. Invariant: page[] is sorted up to `sorted`, where each
 * number stands once; behind it stand the numbers seen since, at most as many again, in the order
 * seen. */
#include "tb/footprint.h"

#include <stdlib.h>

#include "tb/trace.h"

struct page_use {
    uint64_t number;
    unsigned permissions;
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

/* Sorts all pages and makes one of equal ones. */
static void settle(footprint *f)
{
    if (f->count == 0)
        return;
    qsort(f->page, f->count, sizeof *f->page, by_number);
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (kept > 0 && f->page[kept - 1].number == f->page[i].number)
            f->page[kept - 1].permissions |= f->page[i].permissions;
        else
            f->page[kept++] = f->page[i];
    }
    f->count = f->sorted = kept;
}

static tw_status add(footprint *f, uint64_t number, unsigned permissions, tw_error *error)
{
    struct page_use use = {number, permissions};
    struct page_use *known =
        f->sorted == 0 ? NULL : bsearch(&use, f->page, f->sorted, sizeof use, by_number);
    if (known != NULL) {
        known->permissions |= permissions;
        return TW_OK;
    }
    if (f->count > 0 && f->page[f->count - 1].number == number) {
        f->page[f->count - 1].permissions |= permissions;
        return TW_OK;
    }
    if (f->count == f->room) {
        settle(f);
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

static tw_status add_reference(footprint *f, const reference *r, tw_error *error)
{
    static const unsigned permissions[] = {OS_R | OS_X, OS_R, OS_R | OS_W, OS_R | OS_W};
    f->references++;
    uint64_t first = r->va >> PAGE_SHIFT, last = (r->va + r->bytes - 1) >> PAGE_SHIFT;
    tw_status status = add(f, first, permissions[r->kind], error);
    if (status == TW_OK && last != first)
        status = add(f, last, permissions[r->kind], error);
    return status;
}

footprint *footprint_of(const char *path, tw_error *error)
{
    trace *t = trace_open(path, error);
    if (t == NULL)
        return NULL;
    footprint *f = calloc(1, sizeof *f);
    if (f == NULL) {
        trace_close(t);
        tw_fail(error, TW_NO_MEMORY, "no memory for a trace");
        return NULL;
    }
    tw_status status = TW_OK;
    for (bool more = true; status == TW_OK && more;) {
        reference r;
        status = trace_next(t, &r, &more, error);
        if (status == TW_OK && more)
            status = add_reference(f, &r, error);
    }
    trace_close(t);
    if (status == TW_OK && f->references == 0)
        status = tw_fail(error, TW_USAGE, "%s: expected at least one memory reference", path);
    if (status != TW_OK) {
        footprint_close(f);
        return NULL;
    }
    settle(f);
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

tw_status footprint_load(const footprint *f, os_process *process, tw_error *error)
{
    for (size_t i = 0, next; i < f->count; i = next) {
        for (next = i + 1; next < f->count; next++)
            if (f->page[next].number != f->page[i].number + (next - i) ||
                f->page[next].permissions != f->page[i].permissions)
                break;
        os_region region = {f->page[i].number << PAGE_SHIFT,
                            (f->page[next - 1].number + 1) << PAGE_SHIFT, f->page[i].permissions};
        tw_status status = os_process_add_region(process, region, error);
        if (status != TW_OK)
            return status;
    }
    return TW_OK;
}
