/* pages.c: page records in a tree of <search.h>, which owns the nodes and not the records. */
#include "tb/os/pages.h"

#include <search.h>
#include <stdlib.h>

static int by_address(const void *a, const void *b)
{
    uint64_t x = ((const os_page *)a)->va, y = ((const os_page *)b)->va;
    return (x > y) - (x < y);
}

static uint64_t start_of(uint64_t va)
{
    return va & ~(uint64_t)(OS_PAGE_BYTES - 1);
}

/* A node begins with the pointer to its record. */
static os_page *record_of(const void *node)
{
    return node != NULL ? *(os_page *const *)node : NULL;
}

os_page *os_pages_find(const os_pages *pages, uint64_t va)
{
    const os_page wanted = {.va = start_of(va)};
    return record_of(tfind(&wanted, &pages->root, by_address));
}

os_page *os_pages_add(os_pages *pages, uint64_t va)
{
    os_page *page = os_pages_find(pages, va);
    if (page != NULL)
        return page;
    page = calloc(1, sizeof *page);
    if (page == NULL)
        return NULL;
    *page = (os_page){.va = start_of(va), .ppn = OS_NO_FRAME, .slot = OS_NO_SLOT};
    if (tsearch(page, &pages->root, by_address) != NULL)
        return page;
    free(page);
    return NULL;
}

typedef struct visit {
    os_page_visitor *visitor;
    void *context;
    tw_error *error;
    tw_status status;
} visit;

static void visit_node(const void *node, VISIT which, void *context)
{
    visit *v = context;
    if (v->status == TW_OK && (which == postorder || which == leaf)) /* between its subtrees */
        v->status = v->visitor(v->context, record_of(node), v->error);
}

tw_status os_pages_visit(const os_pages *pages, os_page_visitor *visitor, void *context,
                         tw_error *error)
{
    visit v = {visitor, context, error, TW_OK};
    twalk_r(pages->root, visit_node, &v);
    return v.status;
}

void os_pages_free(os_pages *pages)
{
    tdestroy(pages->root, free);
    pages->root = NULL;
}
