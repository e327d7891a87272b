/* vma_oracle.c: linear scans. */
#include "tests/support/vma_oracle.h"

#include <string.h>

static uint64_t address(size_t page)
{
    return (uint64_t)page * OS_PAGE_BYTES;
}

static bool mapped(const vma_oracle *o, size_t page)
{
    return page < ORACLE_PAGES && o->page[page].end != 0;
}

/* Pages `i` and `i + 1` are of one area. */
static bool one_area(const os_vma *page, size_t i)
{
    const os_vma *a = &page[i], *b = &page[i + 1];
    return i + 1 < ORACLE_PAGES && a->end != 0 && b->end != 0 && a->permissions == b->permissions &&
           a->flags == b->flags && a->file == b->file &&
           (a->file == NULL || a->offset + OS_PAGE_BYTES == b->offset);
}

static bool valid(const vma_oracle *o, uint64_t start, uint64_t end)
{
    return start % OS_PAGE_BYTES == 0 && end % OS_PAGE_BYTES == 0 && start < end &&
           start >= o->options.low && end <= o->options.high;
}

/* Says that page `i` must be seen; it is of the same part as the one before if both were one
 * area. */
static void must_see(vma_oracle *o, const os_vma *before, size_t i)
{
    bool same_part = i > 0 && o->want.page[i - 1] && one_area(before, i - 1);
    o->want.page[i] = true;
    o->want.parts += !same_part;
}

tw_status oracle_unmap(vma_oracle *o, uint64_t start, uint64_t end)
{
    if (!valid(o, start, end))
        return TW_USAGE;
    os_vma before[ORACLE_PAGES];
    memcpy(before, o->page, sizeof before);
    for (size_t i = start / OS_PAGE_BYTES; i < end / OS_PAGE_BYTES; i++) {
        if (mapped(o, i))
            must_see(o, before, i);
        o->page[i].end = 0;
    }
    return TW_OK;
}

tw_status oracle_map(vma_oracle *o, const os_vma *area)
{
    if (area->file != NULL && (area->flags & OS_VMA_GROWS_DOWN))
        return TW_USAGE;
    tw_status status = oracle_unmap(o, area->start, area->end);
    for (uint64_t va = area->start; status == TW_OK && va < area->end; va += OS_PAGE_BYTES) {
        os_vma *page = &o->page[va / OS_PAGE_BYTES];
        *page = *area;
        page->start = va;
        page->end = va + OS_PAGE_BYTES;
        page->offset = area->file != NULL ? area->offset + (va - area->start) : 0;
    }
    return status;
}

tw_status oracle_map_new(vma_oracle *o, const os_vma *area)
{
    for (size_t i = area->start / OS_PAGE_BYTES; i < area->end / OS_PAGE_BYTES; i++)
        if (mapped(o, i))
            return TW_USAGE;
    return oracle_map(o, area);
}

/* ---- changing -------------------------------------------------------------------------------- */

static bool whole(const vma_oracle *o, uint64_t start, uint64_t end)
{
    bool all = valid(o, start, end);
    for (size_t i = start / OS_PAGE_BYTES; all && i < end / OS_PAGE_BYTES; i++)
        all = mapped(o, i);
    return all;
}

static tw_status alter(vma_oracle *o, uint64_t start, uint64_t end, os_vma keep, os_vma set)
{
    if (!whole(o, start, end))
        return TW_USAGE;
    os_vma before[ORACLE_PAGES];
    memcpy(before, o->page, sizeof before);
    for (size_t i = start / OS_PAGE_BYTES; i < end / OS_PAGE_BYTES; i++) {
        os_vma *page = &o->page[i];
        page->permissions = (page->permissions & keep.permissions) | set.permissions;
        page->flags = (page->flags & keep.flags) | set.flags;
        if (page->permissions != before[i].permissions || page->flags != before[i].flags)
            must_see(o, before, i);
    }
    return TW_OK;
}

tw_status oracle_protect(vma_oracle *o, uint64_t start, uint64_t end, unsigned permissions)
{
    return alter(o, start, end, (os_vma){.flags = ~0u}, (os_vma){.permissions = permissions});
}

tw_status oracle_mark(vma_oracle *o, uint64_t start, uint64_t end, unsigned clear, unsigned set)
{
    return alter(o, start, end, (os_vma){.permissions = ~0u, .flags = ~clear},
                 (os_vma){.flags = set});
}

tw_status oracle_show(vma_oracle *o, uint64_t start, uint64_t end, bool refuse_locked)
{
    if (!whole(o, start, end))
        return TW_USAGE;
    for (size_t i = start / OS_PAGE_BYTES; i < end / OS_PAGE_BYTES; i++)
        if (refuse_locked && (o->page[i].flags & OS_VMA_LOCKED))
            return TW_USAGE;
    for (size_t i = start / OS_PAGE_BYTES; i < end / OS_PAGE_BYTES; i++)
        must_see(o, o->page, i);
    return TW_OK;
}

/* ---- gaps ------------------------------------------------------------------------------------ */

/* Nothing is mapped there, and the next area above, if it grows down, is far enough away. */
static bool is_free(const vma_oracle *o, size_t page)
{
    if (mapped(o, page))
        return false;
    for (size_t i = page; i <= page + o->options.guard_pages; i++)
        if (mapped(o, i))
            return (o->page[i].flags & OS_VMA_GROWS_DOWN) == 0;
    return true;
}

static bool fits(const vma_oracle *o, uint64_t start, uint64_t bytes, os_vma_window w)
{
    uint64_t end = start + bytes;
    if (start < w.low || end > w.high || start < o->options.low || end > o->options.high)
        return false;
    for (uint64_t va = start; va < end; va += OS_PAGE_BYTES)
        if (!is_free(o, va / OS_PAGE_BYTES))
            return false;
    return true;
}

tw_status oracle_gap(const vma_oracle *o, uint64_t bytes, os_vma_window w, uint64_t *start)
{
    if (bytes == 0 || bytes % OS_PAGE_BYTES != 0)
        return TW_USAGE;
    for (size_t i = 0; i < ORACLE_PAGES; i++) {
        *start = address(w.topmost ? ORACLE_PAGES - 1 - i : i);
        if (fits(o, *start, bytes, w))
            return TW_OK;
    }
    return TW_NO_MEMORY;
}

/* ---- heap and stack -------------------------------------------------------------------------- */

tw_status oracle_brk(vma_oracle *o, uint64_t end)
{
    uint64_t pages = (end + OS_PAGE_BYTES - 1) / OS_PAGE_BYTES;
    uint64_t old = (o->heap_end + OS_PAGE_BYTES - 1) / OS_PAGE_BYTES;
    if (end < o->heap_start || end > o->options.high)
        return TW_USAGE;
    for (size_t i = old; i < pages; i++)
        if (!is_free(o, i))
            return TW_NO_MEMORY;
    os_vma more = {address(old), address(pages), OS_R | OS_W, 0, NULL, 0};
    if (pages > old)
        oracle_map(o, &more);
    else if (pages < old)
        oracle_unmap(o, address(pages), address(old));
    o->heap_end = end;
    return TW_OK;
}

tw_status oracle_grow(vma_oracle *o, uint64_t va)
{
    size_t page = va / OS_PAGE_BYTES, bottom = page, top, guard = o->options.guard_pages;
    while (bottom < ORACLE_PAGES && !mapped(o, bottom))
        bottom++;
    if (bottom == page)
        return TW_OK;
    if (bottom == ORACLE_PAGES || !(o->page[bottom].flags & OS_VMA_GROWS_DOWN))
        return TW_USAGE;
    for (top = bottom; one_area(o->page, top);)
        top++;
    if (page < o->options.low / OS_PAGE_BYTES || top - page + 1 > o->options.stack_pages)
        return TW_USAGE;
    for (size_t i = page > guard ? page - guard : 0; i < page; i++)
        if (mapped(o, i))
            return TW_USAGE;
    os_vma more = o->page[bottom];
    more.start = va - va % OS_PAGE_BYTES;
    more.end = address(bottom);
    return oracle_map(o, &more);
}

/* ---- areas ----------------------------------------------------------------------------------- */

bool oracle_area(const vma_oracle *o, size_t *at, os_vma *area)
{
    while (*at < ORACLE_PAGES && !mapped(o, *at))
        ++*at;
    if (*at == ORACLE_PAGES)
        return false;
    *area = o->page[*at];
    while (one_area(o->page, *at))
        ++*at;
    area->end = o->page[(*at)++].end;
    return true;
}
