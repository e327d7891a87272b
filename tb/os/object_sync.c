/*
 * object_sync.c: what was stored to pages of a file goes to the file, while the pages stay mapped.
 *
 * The order is: 1. remember in the page that D was set, 2. clear D, 3. fence, so that no store can
 * come through a translation that has D, 4. read the page and write it. A store after the fence
 * sets D again. D that is clear is left alone: if it is set at this moment, the next time sees it.
 */
#include "tb/os/mapping.h"
#include "tb/os/object_inside.h"

/* The word of a place; 0 if the hardware has none. One that was removed has left its D in the
 * page. */
static tw_status word_of(os *system, const os_place *place, uint64_t *word, tw_error *error)
{
    *word = 0;
    return place->mapped && !place->removed ? os_mapping_read(system, place, word, error) : TW_OK;
}

tw_status object_is_dirty(os *system, const os_page *page, bool *dirty, tw_error *error)
{
    tw_status status = TW_OK;
    *dirty = page->dirty;
    for (const os_place *place = page->places; place != NULL && !*dirty && status == TW_OK;
         place = place->next) {
        uint64_t word;
        status = word_of(system, place, &word, error);
        *dirty = status == TW_OK && pte_bit(word, PTE_D);
    }
    return status;
}

static tw_status gather(os *system, os_page *page, tw_error *error)
{
    tw_status status = TW_OK;
    for (os_place *place = page->places; place != NULL && status == TW_OK; place = place->next) {
        uint64_t word;
        status = word_of(system, place, &word, error);
        if (status != TW_OK || !pte_bit(word, PTE_D))
            continue;
        page->dirty = true;
        status = os_mapping_update(system, place, UINT64_C(1) << PTE_D, 0, error);
        if (status == TW_OK)
            status = os_fence(system, TW_FENCE_VA_ASID, place->va, place->space->asid, error);
    }
    return status;
}

tw_status object_sync_page(os *system, os_page *page, size_t *written, tw_error *error)
{
    tw_status status = gather(system, page, error);
    if (status != TW_OK || !page->dirty)
        return status;
    status = os_page_save(system, page, NULL, NULL, error);
    *written += status == TW_OK;
    return status;
}

tw_status os_object_sync(struct os *system, os_object *object, uint64_t first, uint64_t last,
                         size_t *written, tw_error *error)
{
    tw_status status = TW_OK;
    *written = 0;
    if (object->kind != OS_OBJECT_FILE)
        return TW_OK;
    for (cached_page *cached = object_from(object, first); cached != NULL && cached->index <= last;
         cached = object_after(cached)) {
        tw_status one =
            object_sync_page(system, cached->page, written, status == TW_OK ? error : NULL);
        status = status == TW_OK ? one : status;
    }
    return status;
}
