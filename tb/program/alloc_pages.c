/* alloc_pages.c: a buddy allocator as the source of pages. */
#include "tb/program/alloc_pages.h"

#include <inttypes.h>

#include "tb/host_records.h"
#include "tb/os/port.h"

buddy *alloc_pages_open(uint64_t bytes, tw_error *error)
{
    if (bytes % OS_PAGE_BYTES != 0) {
        tw_fail(error, TW_USAGE, "--memory %" PRIu64 ": expected whole pages of %d bytes", bytes,
                OS_PAGE_BYTES);
        return NULL;
    }
    const os_records records = host_records();
    return buddy_open(&records, 0, bytes / OS_PAGE_BYTES, error);
}

static tw_status take(void *context, unsigned order, uint64_t *ppn, tw_error *error)
{
    if (buddy_take(context, order, ppn, NULL) == TW_OK)
        return TW_OK;
    if (order == 0)
        return tw_fail(error, TW_NO_MEMORY, "refused: no free page is left");
    return tw_fail(error, TW_NO_MEMORY, "refused: no %" PRIu64 " free pages in a row are left",
                   UINT64_C(1) << order);
}

static tw_status give(void *context, uint64_t ppn, unsigned order, tw_error *error)
{
    (void)order;
    return buddy_give(context, ppn, error);
}

os_page_source alloc_pages_source(buddy *pool)
{
    return (os_page_source){pool, take, give};
}

void alloc_pages_scatter(buddy *pool)
{
    uint64_t page;
    while (buddy_take(pool, 0, &page, NULL) == TW_OK)
        ;
    for (page = 0; page < buddy_count(pool); page += 2)
        buddy_give(pool, page, NULL);
}
