/* object_cache.c: the pages of an object, by index, in a red-black tree of libbsd. Invariant: no
 * two have one index, and that of its page is the same. */
#include "tb/os/object_inside.h"

#include <inttypes.h>

static int by_index(const cached_page *a, const cached_page *b)
{
    return (a->index > b->index) - (a->index < b->index);
}

RB_GENERATE_INTERNAL(cached_tree, cached_page, node, by_index, __attribute__((unused)) static)

cached_page *object_from(const os_object *object, uint64_t index)
{
    cached_page *best = NULL;
    for (cached_page *cached = RB_ROOT(&object->cache); cached != NULL;)
        if (cached->index < index) {
            cached = RB_RIGHT(cached, node);
        } else {
            best = cached;
            cached = RB_LEFT(cached, node);
        }
    return best;
}

cached_page *object_after(cached_page *cached)
{
    return RB_NEXT(cached_tree, NULL, cached);
}

void object_forget(os_object *object, cached_page *cached)
{
    RB_REMOVE(cached_tree, &object->cache, cached);
    os_records_give(&object->system->port.records, cached);
}

os_page *os_object_find(const os_object *object, uint64_t index)
{
    const cached_page *cached = object_from(object, index);
    return cached != NULL && cached->index == index ? cached->page : NULL;
}

void os_object_let_go(struct os *system, os_page *page)
{
    if (page->ppn != OS_NO_FRAME || page->slot != OS_NO_SLOT || page->references > 1 ||
        page->pins > 0)
        return;
    object_forget(page->object, object_from(page->object, page->index));
    os_page_drop(system, page, NULL); /* it has nothing that could not be given back */
}

static os_page *remember(os *system, os_object *object, uint64_t index)
{
    const os_records *records = &system->port.records;
    cached_page *cached = os_records_take(records, 1, sizeof *cached);
    os_page *page = os_page_make(system);
    if (cached == NULL || page == NULL) {
        os_records_give(records, page);
        os_records_give(records, cached);
        return NULL;
    }
    page->object = object;
    page->index = index;
    os_page_hold(page);
    *cached = (cached_page){.index = index, .page = page};
    RB_INSERT(cached_tree, &object->cache, cached);
    return page;
}

tw_status os_object_page(struct os *system, os_object *object, uint64_t index, os_page **page,
                         tw_error *error)
{
    uint64_t bytes;
    tw_status status = os_object_bytes(object, &bytes, error);
    if (status != TW_OK)
        return status;
    uint64_t pages = bytes / OS_PAGE_BYTES + (bytes % OS_PAGE_BYTES != 0);
    if (index >= pages)
        return tw_fail(error, TW_USAGE,
                       "page %" PRIu64 " is beyond the end of %s, which has %" PRIu64, index,
                       os_object_name(object), pages);
    *page = os_object_find(object, index);
    if (*page == NULL)
        *page = remember(system, object, index);
    return *page != NULL ? TW_OK
                         : tw_fail(error, TW_NO_MEMORY, "no memory for the record of a page of %s",
                                   os_object_name(object));
}
