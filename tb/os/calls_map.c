/*
 * calls_map.c: areas come and go: mmap, munmap, brk. Invariant: a place is in an area, so that
 * where an area goes, its places go first; and no frame is taken before a touch.
 */
#include "tb/os/calls_inside.h"

#include <inttypes.h>

/* What makes no sense whatever is mapped already. */
static tw_status check_request(const os_map_request *request, tw_error *error)
{
    const unsigned flags = OS_VMA_SHARED | OS_VMA_GROWS_DOWN | OS_VMA_LOCKED | OS_VMA_HUGE;
    const bool shared = (request->flags & OS_VMA_SHARED) != 0;
    const char *wrong = NULL;
    if ((request->permissions & ~(unsigned)(OS_R | OS_W | OS_X)) != 0)
        wrong = "permissions are OS_R, OS_W and OS_X";
    else if ((request->flags & ~flags) != 0)
        wrong = "flags are those of os_vma_flag";
    else if (shared && (request->flags & OS_VMA_GROWS_DOWN) != 0)
        wrong = "a stack cannot be shared: fork it, or map another area";
    else if (request->object == NULL && request->offset != 0)
        wrong = "an anonymous area has no offset: give 0";
    else if (shared && request->object != NULL && (request->permissions & OS_W) != 0 &&
             !os_object_writable(request->object))
        wrong = "the file is open for reading only: open it for writing, or map it private";
    return wrong == NULL ? TW_OK : tw_fail(error, TW_USAGE, "mmap: %s", wrong);
}

/* May an area be there that need not? Not where null pointers lead, nor in the guard of a stack,
 * which could never grow again. */
static bool may_be(const call *c, uint64_t start, uint64_t end)
{
    const os_vma *above = os_vmas_after(c->areas, start);
    const uint64_t guard = (uint64_t)OS_GUARD_PAGES * OS_PAGE_BYTES;
    const bool stack = above != NULL && (above->flags & OS_VMA_GROWS_DOWN) != 0;
    return start >= OS_LOWEST && call_check_range(c->system, start, end, NULL) == TW_OK &&
           !(stack && end <= above->start && above->start - end < guard);
}

static bool same_page(const os_vma *a, uint64_t a_va, const os_vma *b, uint64_t b_va)
{
    return a->file == b->file && a->offset + (a_va - a->start) == b->offset + (b_va - b->start);
}

tw_status call_check_beside(const os *system, os_vmas *areas, const os_vma *area, tw_error *error)
{
    if (system->options.mode != MODE_HASHED || area->file == NULL)
        return TW_OK;
    const uint64_t last = area->end - OS_PAGE_BYTES;
    const os_vma *below = os_vmas_find(areas, area->start - OS_PAGE_BYTES);
    const os_vma *above = os_vmas_find(areas, area->end);
    const bool twice =
        (below != NULL && same_page(below, area->start - OS_PAGE_BYTES, area, area->start)) ||
        (above != NULL && same_page(above, area->end, area, last));
    if (!twice)
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "in hashed mode a frame has one entry, and one page of %s cannot be at two "
                   "addresses in a row, at %#" PRIx64 ": leave a page between",
                   os_object_name(area->file), area->start);
}

/* Where there is room, of an area from 0 on: from the top of user addresses down, as Linux does, so
 * that heap and mappings grow towards each other. Where it may not be beside what is there, further
 * down. */
static tw_status find_room(call *c, os_vma *area, tw_error *error)
{
    const os_vma_visitor gone = {call_clear_part, c};
    os_vma_window window = {OS_LOWEST, call_user_end(c->system), true};
    for (const os_vma wanted = *area;; *area = wanted) {
        tw_status status = os_vmas_place(c->areas, area, window, error);
        if (status != TW_OK || call_check_beside(c->system, c->areas, area, NULL) == TW_OK)
            return status;
        status = os_vmas_unmap(c->areas, area->start, area->end, &gone, error);
        if (status != TW_OK)
            return status;
        window.high = area->start;
    }
}

/* Where it shall be, where it would be, or where there is room. */
static tw_status place_area(call *c, const os_map_request *request, os_vma *area, tw_error *error)
{
    const os_vma_visitor gone = {call_clear_part, c};
    const os *system = c->system;
    const uint64_t bytes = area->end;
    os_vma wished = *area;
    wished.start = request->address;
    wished.end = request->address + bytes;
    if (request->fixed) {
        tw_status status = call_check_range(system, wished.start, wished.end, error);
        *area = wished;
        if (status == TW_OK)
            status = call_check_beside(system, c->areas, area, error);
        return status == TW_OK ? os_vmas_map(c->areas, area, &gone, error) : status;
    }
    wished.start &= ~(uint64_t)(OS_PAGE_BYTES - 1);
    wished.end = wished.start + bytes;
    if (may_be(c, wished.start, wished.end) &&
        call_check_beside(system, c->areas, &wished, NULL) == TW_OK &&
        os_vmas_map_new(c->areas, &wished, NULL) == TW_OK) {
        *area = wished;
        return TW_OK;
    }
    return find_room(c, area, error);
}

/* An area of so many bytes from 0 on, with an object of its own if it is shared and anonymous; the
 * caller drops that when the area has it. */
static tw_status describe(os *system, const os_map_request *request, os_vma *area, os_object **own,
                          tw_error *error)
{
    *own = NULL;
    *area = (os_vma){.permissions = os_vma_permissions(request->permissions),
                     .flags = request->flags,
                     .file = request->object,
                     .offset = request->offset};
    tw_status status = call_page_up(request->bytes, &area->end, error);
    if (status != TW_OK || request->object != NULL || (request->flags & OS_VMA_SHARED) == 0)
        return status;
    status = os_object_shared(system, "/dev/zero (shared)", area->end / OS_PAGE_BYTES, own, error);
    area->file = *own;
    return status;
}

/* Brings in what there is room for; the rest comes when it is touched. */
static tw_status fetch(const call *c, tw_error *error)
{
    tw_error why = {0};
    tw_status status = call_populate(c, &why);
    if (status == TW_OK || status == TW_NO_MEMORY || status == TW_IO)
        return TW_OK;
    return tw_fail(error, status, "%s", why.text);
}

tw_status os_mmap(os *system, os_process *process, const os_map_request *request, uint64_t *address,
                  tw_error *error)
{
    call c;
    os_vma area;
    os_object *own;
    tw_status status = call_begin(system, process, &c, error);
    if (status == TW_OK)
        status = check_request(request, error);
    if (status == TW_OK)
        status = describe(system, request, &area, &own, error);
    if (status != TW_OK)
        return status;
    status = place_area(&c, request, &area, error);
    if (own != NULL) {
        tw_status dropped = os_object_drop(system, own, status == TW_OK ? error : NULL);
        status = status == TW_OK ? dropped : status;
    }
    if (status != TW_OK)
        return status;
    *address = c.start = area.start;
    c.end = area.end;
    os_emit(system, OS_EVENT_MAP, process, area.start, 0, area.end - area.start);
    return request->populate || (request->flags & OS_VMA_LOCKED) != 0 ? fetch(&c, error) : TW_OK;
}

tw_status os_munmap(os *system, os_process *process, uint64_t start, uint64_t bytes,
                    tw_error *error)
{
    call c;
    tw_status status = call_begin_range(system, process, start, bytes, &c, error);
    if (status != TW_OK)
        return status;
    const os_vma_visitor gone = {call_clear_part, &c};
    status = os_vmas_unmap(c.areas, c.start, c.end, &gone, error);
    if (status == TW_OK)
        os_emit(system, OS_EVENT_UNMAP, process, c.start, 0, c.end - c.start);
    return status;
}

tw_status os_brk(os *system, os_process *process, uint64_t end, tw_error *error)
{
    call c;
    tw_status status = call_begin(system, process, &c, error);
    if (status != TW_OK)
        return status;
    const uint64_t last = call_user_end(system);
    if (os_vmas_heap_end(c.areas) == 0)
        return tw_fail(error, TW_USAGE, "process %u has no heap: exec begins one", process->pid);
    if (end > last)
        return tw_fail(error, TW_NO_MEMORY,
                       "the heap cannot end at %#" PRIx64 ": user addresses end at %#" PRIx64, end,
                       last);
    const os_vma_visitor gone = {call_clear_part, &c};
    status = os_vmas_brk(c.areas, end, &gone, error);
    if (status == TW_OK)
        os_emit(system, OS_EVENT_BREAK, process, end, 0, 0);
    return status;
}
