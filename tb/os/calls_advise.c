/*
 * calls_advise.c: what a program knows of its future, and what it wants to have on the disk:
 * madvise and msync.
 */
#include "tb/os/calls_inside.h"
#include "tb/os/object_inside.h"

/* ---- WILLNEED: reading ahead ----------------------------------------------------------------- */

/* Issues the read of a page that has no frame, if one is free: no page goes for it. Nobody waits
 * for it; who touches the page before it is there does. */
static tw_status read_ahead(const call *c, os_page *page, tw_error *error)
{
    uint64_t ppn, due = 0;
    const bool file = page->object != NULL && os_object_what(page->object) == OS_OBJECT_FILE;
    if (page->ppn != OS_NO_FRAME || (page->slot == OS_NO_SLOT && !file))
        return TW_OK; /* it is there, or will be zeros */
    tw_status status = os_take_free_frame(c->system, OS_FRAME_USER, c->process->node, &ppn, error);
    if (status != TW_OK)
        return status;
    status = os_page_fill(c->system, page, ppn, &due, error);
    if (status != TW_OK)
        os_give_frame(c->system, ppn, NULL); /* what went wrong first is told */
    return status;
}

/* Pages of the area that the process has, and that are in the swap file. */
static tw_status read_swapped(const call *c, const os_vma *part, tw_error *error)
{
    tw_status status = TW_OK;
    os_place *place = os_places_from(&c->process->space->places, part->start);
    for (; status == TW_OK && place != NULL && place->va < part->end; place = os_places_next(place))
        if (place->page != NULL)
            status = read_ahead(c, place->page, error);
    return status;
}

/* Pages of shared memory that were written to at some time; [index, end). */
static tw_status read_shared(const call *c, os_object *object, uint64_t index, uint64_t end,
                             tw_error *error)
{
    tw_status status = TW_OK;
    for (cached_page *cached = object_from(object, index);
         status == TW_OK && cached != NULL && cached->index < end; cached = object_after(cached))
        status = read_ahead(c, cached->page, error);
    return status;
}

/* Pages of a file, as far as that goes. */
static tw_status read_file(const call *c, os_object *object, uint64_t index, uint64_t end,
                           tw_error *error)
{
    uint64_t bytes = 0;
    os_page *page = NULL;
    tw_status status = os_object_bytes(object, &bytes, error);
    const uint64_t pages = bytes / OS_PAGE_BYTES + (bytes % OS_PAGE_BYTES != 0);
    for (; status == TW_OK && index < end && index < pages; index++) {
        if (os_frames_free(c->system->frames) == 0) /* and no record for a page without one */
            return TW_OK;
        status = os_object_page(c->system, object, index, &page, error);
        if (status == TW_OK)
            status = read_ahead(c, page, error);
    }
    return status;
}

static tw_status read_object(const call *c, const os_vma *part, tw_error *error)
{
    os_object *object = call_object(part);
    const uint64_t index = part->offset / OS_PAGE_BYTES;
    const uint64_t end = index + (part->end - part->start) / OS_PAGE_BYTES;
    return os_object_what(object) == OS_OBJECT_SHARED ? read_shared(c, object, index, end, error)
                                                      : read_file(c, object, index, end, error);
}

/* As far as frames are free: it is advice, and what is not read ahead comes when it is touched. */
static tw_status will_need(void *context, const os_vma *part, tw_error *error)
{
    const call *c = context;
    c->system->no_frame = OS_REASON_NONE;
    os_pages_end_late(c->system, os_now(c->system));
    tw_status status = part->file != NULL ? read_object(c, part, error) : TW_OK;
    if (status == TW_OK)
        status = read_swapped(c, part, error);
    return status == TW_NO_MEMORY && c->system->no_frame != OS_REASON_NONE ? TW_OK : status;
}

/* ---- madvise --------------------------------------------------------------------------------- */

/* HUGE and NO_HUGE say what is allowed from now on: pages that are there stay as they are. */
tw_status os_madvise(os *system, os_process *process, uint64_t start, uint64_t bytes,
                     os_advice advice, tw_error *error)
{
    call c;
    tw_status status = call_begin_range(system, process, start, bytes, &c, error);
    if (status != TW_OK)
        return status;
    os_vma_visitor parts = {NULL, &c};
    if (advice == OS_ADVISE_WILLNEED)
        parts.visit = will_need;
    else if (advice == OS_ADVISE_DONTNEED)
        parts.visit = call_clear_part;
    return os_vmas_advise(c.areas, c.start, c.end, advice, parts.visit != NULL ? &parts : NULL,
                          error);
}

/* ---- msync ----------------------------------------------------------------------------------- */

typedef struct sync_call {
    call c;
    size_t written;
    tw_status status; /* the first that is not TW_OK */
    tw_error *error;
} sync_call;

/* All parts are tried, whatever becomes of one. */
static tw_status sync_part(void *context, const os_vma *part, tw_error *error)
{
    sync_call *s = context;
    (void)error;
    if (os_vma_private(part) || part->file == NULL ||
        os_object_what(call_object(part)) != OS_OBJECT_FILE)
        return TW_OK;
    const uint64_t first = part->offset / OS_PAGE_BYTES;
    const uint64_t last = first + (part->end - part->start) / OS_PAGE_BYTES - 1;
    size_t written = 0;
    tw_status status = os_object_sync(s->c.system, call_object(part), first, last, &written,
                                      s->status == TW_OK ? s->error : NULL);
    s->written += written;
    s->status = s->status == TW_OK ? status : s->status;
    return TW_OK;
}

tw_status os_msync(os *system, os_process *process, uint64_t start, uint64_t bytes, size_t *written,
                   tw_error *error)
{
    sync_call s = {.status = TW_OK, .error = error};
    tw_status status = call_begin_range(system, process, start, bytes, &s.c, error);
    if (status == TW_OK) {
        const os_vma_visitor parts = {sync_part, &s};
        status = os_vmas_advise(s.c.areas, s.c.start, s.c.end, OS_ADVISE_WILLNEED, &parts, error);
    }
    if (written != NULL)
        *written = s.written;
    return status == TW_OK ? s.status : status;
}
