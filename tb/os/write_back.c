/*
 * write_back.c: pages of files do not stay dirty for ever. A call sees which are dirty, as D bits
 * say, and writes those that a call so long ago saw dirty already; what was written in between and
 * is dirty again counts from when that is seen.
 */
#include "tb/os/object_inside.h"

/* Sees one page, and writes it if it is time. */
static tw_status age_page(os *system, cached_page *cached, uint64_t age, size_t *written,
                          tw_error *error)
{
    const uint64_t now = os_now(system);
    bool dirty;
    tw_status status = object_is_dirty(system, cached->page, &dirty, error);
    if (status != TW_OK)
        return status;
    if (dirty && !cached->seen_dirty)
        cached->dirty_since = now;
    cached->seen_dirty = dirty;
    if (!dirty || now - cached->dirty_since < age)
        return TW_OK;
    status = object_sync_page(system, cached->page, written, error);
    cached->seen_dirty = status != TW_OK;
    return status;
}

tw_status os_write_back(os *system, uint64_t age, size_t *written, tw_error *error)
{
    tw_status status = TW_OK;
    size_t count = 0;
    for (const os_object *object = system->objects; object != NULL; object = object->next) {
        if (object->kind != OS_OBJECT_FILE)
            continue;
        for (cached_page *cached = object_from(object, 0); cached != NULL;
             cached = object_after(cached)) {
            tw_status one = age_page(system, cached, age, &count, status == TW_OK ? error : NULL);
            status = status == TW_OK ? one : status;
        }
    }
    if (written != NULL)
        *written = count;
    return status;
}
