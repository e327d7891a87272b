/* shadow.c: processes, their calls and their accesses. */
#include "tb/shadow/shadow.h"

#include <assert.h>
#include <stdlib.h>

#include "tb/shadow/inside.h"

shadow *shadow_open(void)
{
    return calloc(1, sizeof(shadow));
}

static void remove_process(shadow *s, struct shadow_process *process)
{
    RB_REMOVE(shadow_processes, &s->processes, process);
    shadow_space_leave(process->space);
    free(process);
}

void shadow_close(shadow *s)
{
    if (s == NULL)
        return;
    while (!RB_EMPTY(&s->processes))
        remove_process(s, RB_ROOT(&s->processes));
    shadow_files_close(s->files);
    free(s);
}

/* ---- processes ------------------------------------------------------------------------------- */

static struct shadow_process *find(shadow *s, unsigned number)
{
    struct shadow_process like = {.number = number};
    return RB_FIND(shadow_processes, &s->processes, &like);
}

/* A process with this space. NULL if host memory is out, or the space is NULL. */
static struct shadow_process *add(shadow *s, unsigned number, struct shadow_space *space)
{
    struct shadow_process *process = space == NULL ? NULL : calloc(1, sizeof *process);
    if (process == NULL) {
        if (space != NULL)
            shadow_space_leave(space);
        return NULL;
    }
    process->number = number;
    process->space = space;
    RB_INSERT(shadow_processes, &s->processes, process);
    return process;
}

/* The same, made if it was never heard of. */
static struct shadow_process *find_or_make(shadow *s, unsigned number)
{
    struct shadow_process *process = find(s, number);
    return process != NULL ? process : add(s, number, shadow_space_make());
}

/* The parent, if there may be such a child; else NULL and *status. */
static struct shadow_process *parent_of(shadow *s, unsigned process, unsigned child,
                                        tw_status *status, tw_error *error)
{
    *status = TW_OK;
    if (find(s, child) != NULL) {
        *status = tw_fail(error, TW_USAGE, "the oracle knows process %u already", child);
        return NULL;
    }
    struct shadow_process *parent = find_or_make(s, process);
    if (parent == NULL)
        *status = shadow_no_memory(error);
    return parent;
}

tw_status shadow_fork(shadow *s, unsigned process, unsigned child, tw_error *error)
{
    tw_status status;
    struct shadow_process *parent = parent_of(s, process, child, &status, error);
    if (parent != NULL && add(s, child, shadow_space_copy(parent->space)) == NULL)
        return shadow_no_memory(error);
    return status;
}

tw_status shadow_vfork(shadow *s, unsigned process, unsigned child, tw_error *error)
{
    tw_status status;
    struct shadow_process *parent = parent_of(s, process, child, &status, error);
    if (parent == NULL)
        return status;
    parent->space->users++;
    return add(s, child, parent->space) != NULL ? TW_OK : shadow_no_memory(error);
}

tw_status shadow_exec(shadow *s, unsigned process, tw_error *error)
{
    shadow_exit(s, process);
    return find_or_make(s, process) != NULL ? TW_OK : shadow_no_memory(error);
}

void shadow_exit(shadow *s, unsigned process)
{
    struct shadow_process *found = find(s, process);
    if (found != NULL)
        remove_process(s, found);
}

/* ---- areas ----------------------------------------------------------------------------------- */

static uint64_t page_end(uint64_t address)
{
    return (address + SHADOW_PAGE_BYTES - 1) / SHADOW_PAGE_BYTES * SHADOW_PAGE_BYTES;
}

tw_status shadow_map(shadow *s, unsigned process, uint64_t start, uint64_t bytes,
                     shadow_object *object, uint64_t offset, bool shared, tw_error *error)
{
    struct shadow_process *found = find_or_make(s, process);
    const struct shadow_area area = {.start = start,
                                     .end = page_end(start + bytes),
                                     .object = object,
                                     .offset = offset,
                                     .shared = shared};
    assert(start % SHADOW_PAGE_BYTES == 0 && offset % SHADOW_PAGE_BYTES == 0 && bytes > 0);
    if (found == NULL || !shadow_space_clear(found->space, start, area.end) ||
        (object != NULL && !shadow_space_add(found->space, &area)))
        return shadow_no_memory(error);
    return TW_OK;
}

tw_status shadow_unmap(shadow *s, unsigned process, uint64_t start, uint64_t bytes, tw_error *error)
{
    return shadow_map(s, process, start, bytes, NULL, 0, false, error);
}

tw_status shadow_discard(shadow *s, unsigned process, uint64_t start, uint64_t bytes,
                         tw_error *error)
{
    struct shadow_process *found = find_or_make(s, process);
    if (found == NULL)
        return shadow_no_memory(error);
    assert(bytes > 0);
    shadow_pages_forget(&found->space->own, start / SHADOW_PAGE_BYTES,
                        (start + bytes - 1) / SHADOW_PAGE_BYTES);
    return TW_OK;
}

tw_status shadow_brk(shadow *s, unsigned process, uint64_t end, tw_error *error)
{
    struct shadow_process *found = find_or_make(s, process);
    if (found == NULL)
        return shadow_no_memory(error);
    uint64_t first = page_end(end), last = page_end(found->space->heap_end);
    found->space->heap_end = end;
    return first < last ? shadow_unmap(s, process, first, last - first, error) : TW_OK;
}

/* ---- accesses -------------------------------------------------------------------------------- */

/* The page of the object that the area shows at `va`. */
static uint64_t object_page(const struct shadow_area *area, uint64_t va)
{
    return (area->offset + (va - area->start)) / SHADOW_PAGE_BYTES;
}

tw_status shadow_store(shadow *s, unsigned process, uint64_t va, const void *bytes, unsigned count,
                       tw_error *error)
{
    struct shadow_process *found = find_or_make(s, process);
    if (found == NULL)
        return shadow_no_memory(error);
    const struct shadow_area *area = shadow_space_area(found->space, va);
    bool shared = area != NULL && area->shared;
    uint64_t index = area != NULL ? object_page(area, va) : 0;
    const shadow_page *like = area != NULL ? shadow_pages_find(&area->object->pages, index) : NULL;
    shadow_page *page = shared
                            ? shadow_pages_make(&area->object->pages, index, NULL)
                            : shadow_pages_make(&found->space->own, va / SHADOW_PAGE_BYTES, like);
    if (page == NULL)
        return shadow_no_memory(error);
    unsigned at = (unsigned)(va % SHADOW_PAGE_BYTES);
    assert(count <= SHADOW_PAGE_BYTES - at);
    for (unsigned i = 0; i < count; i++) {
        uint64_t offset = index * SHADOW_PAGE_BYTES + at + i;
        shadow_page_set(page, at + i, ((const uint8_t *)bytes)[i],
                        !shared || offset < area->object->bytes);
    }
    return TW_OK;
}

void shadow_load(shadow *s, unsigned process, uint64_t va, void *bytes, uint8_t *known,
                 unsigned count)
{
    const struct shadow_process *found = find(s, process);
    const struct shadow_area *area = found != NULL ? shadow_space_area(found->space, va) : NULL;
    const shadow_page *page = NULL;
    if (found != NULL)
        page = shadow_pages_find(&found->space->own, va / SHADOW_PAGE_BYTES);
    if (page == NULL && area != NULL)
        page = shadow_pages_find(&area->object->pages, object_page(area, va));
    unsigned at = (unsigned)(va % SHADOW_PAGE_BYTES);
    assert(count <= SHADOW_PAGE_BYTES - at);
    for (unsigned i = 0; i < count; i++) {
        ((uint8_t *)bytes)[i] = page != NULL ? page->bytes[at + i] : 0;
        known[i] = page == NULL || shadow_page_knows(page, at + i);
    }
}
