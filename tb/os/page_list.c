/* page_list.c. Invariant: `free` has the pages of the list, and `length` is how many they are. */
#include "tb/os/page_list.h"

#include <inttypes.h>
#include <string.h>

#include "tablewalk/pte.h"
#include "tb/os/bit_tree.h"

enum { JUNK = 0xa5, LINK_BYTES = 8 };

struct page_list {
    const os_port *port;
    uint64_t first, head; /* head: physical address, or PAGE_LIST_END */
    size_t count, length;
    bit_tree free;
};

page_list *page_list_open(const os_port *port, uint64_t first, size_t count, tw_error *error)
{
    if (count == 0 || count > (UINT64_MAX >> PAGE_SHIFT) ||
        first > (UINT64_MAX >> PAGE_SHIFT) - count) {
        tw_fail(error, TW_USAGE, "no list for %zu pages from %#" PRIx64 " on: give at least one",
                count, first);
        return NULL;
    }
    page_list *list = os_records_take(&port->records, 1, sizeof *list);
    if (list == NULL || !bit_tree_open(&list->free, &port->records, count)) {
        os_records_give(&port->records, list);
        tw_fail(error, TW_NO_MEMORY, "no memory to keep the books of %zu pages", count);
        return NULL;
    }
    list->port = port;
    list->first = first;
    list->count = count;
    list->head = PAGE_LIST_END;
    return list;
}

void page_list_close(page_list *list)
{
    if (list == NULL)
        return;
    bit_tree_close(&list->free);
    os_records_give(&list->port->records, list);
}

bool page_list_has(const page_list *list, uint64_t ppn)
{
    const uint64_t i = ppn - list->first;
    return i < list->count && bit_tree_has(&list->free, i);
}

size_t page_list_length(const page_list *list)
{
    return list->length;
}

tw_status page_list_push(page_list *list, uint64_t ppn, tw_error *error)
{
    uint8_t page[OS_PAGE_BYTES];
    if (ppn - list->first >= list->count)
        return tw_fail(error, TW_USAGE, "page %#" PRIx64 " is not one of the list's", ppn);
    if (page_list_has(list, ppn))
        return tw_fail(error, TW_USAGE, "page %#" PRIx64 " was freed twice", ppn);
    memset(page, JUNK, sizeof page);
    for (unsigned i = 0; i < LINK_BYTES; i++)
        page[i] = (uint8_t)(list->head >> 8 * i);
    tw_status status = list->port->write_page(list->port->context, ppn << PAGE_SHIFT, page, error);
    if (status != TW_OK)
        return status;
    bit_tree_add(&list->free, ppn - list->first);
    list->head = ppn << PAGE_SHIFT;
    list->length++;
    return TW_OK;
}

/* The link is the end exactly if this page is the last, and else leads to another free page. */
static bool is_link(const page_list *list, uint64_t link)
{
    if (list->length == 1)
        return link == PAGE_LIST_END;
    return link != list->head && link % OS_PAGE_BYTES == 0 &&
           page_list_has(list, link >> PAGE_SHIFT);
}

tw_status page_list_pop(page_list *list, uint64_t *ppn, tw_error *error)
{
    uint64_t link;
    if (list->length == 0)
        return tw_fail(error, TW_NO_MEMORY, "the list of free pages is empty: free some first");
    tw_status status = list->port->read(list->port->context, list->head, LINK_BYTES, &link, error);
    if (status != TW_OK)
        return status;
    const uint64_t page = list->head >> PAGE_SHIFT;
    if (!is_link(list, link))
        return tw_fail(error, TW_USAGE,
                       "the link %#" PRIx64 " in the free page %#" PRIx64
                       " leads nowhere: the page was written to after it was freed",
                       link, page);
    bit_tree_remove(&list->free, page - list->first);
    list->head = link;
    list->length--;
    *ppn = page;
    return TW_OK;
}
