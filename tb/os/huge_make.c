/* huge_make.c: huge pages of pages that are not there yet, all zeros. Lack of memory is no
 * reason to fail: small pages do. */
#include "tb/os/huge.h"
#include "tb/os/mapping.h"

/* What has been made so far of the huge page that begins at `va`. */
typedef struct making {
    os *system;
    os_space *space;
    const os_vma *area;
    uint64_t va, end;
    uint64_t touched; /* whose place may have been there before */
    uint64_t ppn;     /* of the block */
    size_t filled;    /* frames of it that belong to pages */
} making;

/* Is all of it in the area, and nothing of it there? */
static bool eligible(const making *m)
{
    const os_vma *area = m->area;
    if ((area->flags & OS_VMA_HUGE) == 0 || !os_vma_private(area) || area->file != NULL ||
        m->end == m->va || m->va < area->start || m->end > area->end)
        return false;
    const os_place *place = os_places_from(&m->space->places, m->va);
    while (place != NULL && place->va < m->end && place->page == NULL)
        place = os_places_next(place);
    return place == NULL || place->va >= m->end;
}

/* A place, a page, and zeros in its frame. */
static tw_status add_page(making *m, uint64_t va, uint64_t ppn, tw_error *error)
{
    os *system = m->system;
    uint64_t due = 0;
    os_place *place = os_places_add(&m->space->places, &system->port.records, m->space, va);
    os_page *page = place != NULL ? os_page_make(system) : NULL;
    if (page == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the records of a huge page");
    os_page_attach(page, place);
    os_place_lock(place, (m->area->flags & OS_VMA_LOCKED) != 0);
    tw_status status = os_page_fill(system, page, ppn, &due, error);
    m->filled += status == TW_OK;
    return status;
}

/* Gives back all that add_page took, and the rest of the block. */
static void undo(making *m)
{
    os_place *next, *place = os_places_from(&m->space->places, m->va);
    for (; place != NULL && place->va < m->end; place = next) {
        next = os_places_next(place);
        if (place->page != NULL)
            os_page_detach(m->system, place, NULL);
        if (place->va != (m->touched & ~(uint64_t)(OS_PAGE_BYTES - 1)))
            os_places_remove(&m->space->places, &m->system->port.records, place);
    }
    const size_t frames = (size_t)((m->end - m->va) / OS_PAGE_BYTES);
    for (size_t i = m->filled; i < frames; i++)
        os_give_frame(m->system, m->ppn + i, NULL);
}

/* Fills the block and maps it; if that fails, undoes it. */
static tw_status fill(making *m, tw_error *error)
{
    os *system = m->system;
    tw_status status = TW_OK;
    os_huge *huge = os_records_take(&system->port.records, 1, sizeof *huge);
    if (huge == NULL)
        status = TW_NO_MEMORY;
    for (uint64_t va = m->va; status == TW_OK && va < m->end; va += OS_PAGE_BYTES)
        status = add_page(m, va, m->ppn + (va - m->va) / OS_PAGE_BYTES, error);
    if (status == TW_OK) {
        huge->va = m->va;
        const os_place *first = os_places_find(&m->space->places, m->va);
        status = os_huge_enter(system, m->space, huge, m->ppn, os_place_permissions(m->area, first),
                               false, error);
        if (status == TW_OK || os_huge_find(m->space, m->va) != NULL)
            return status; /* it is mapped, whatever the fence said */
    }
    undo(m);
    os_records_give(&system->port.records, huge);
    return status;
}

tw_status os_huge_touch(os *system, os_process *process, const os_vma *area, uint64_t va,
                        tw_error *error)
{
    const uint64_t bytes = os_huge_bytes(system->options.mode);
    const uint64_t start = va & ~(bytes - 1);
    making m = {system, process->space, area, start, start + bytes, va, 0, 0};
    if (bytes == 0 || !eligible(&m))
        return TW_OK;
    const unsigned order = mode_index_bits(system->options.mode);
    if (os_frames_take_block(system->frames, order, OS_FRAME_USER, process->node, &m.ppn, NULL) !=
        TW_OK)
        return TW_OK;
    os_note_taken(system, OS_FRAME_USER, process->node, m.ppn, (size_t)1 << order);
    tw_status status = os_mapping_prepare(system, m.space, start, process->node, error);
    if (status == TW_OK)
        status = fill(&m, error);
    else
        undo(&m);
    if (os_huge_find(m.space, start) != NULL)
        os_emit(system, OS_EVENT_HUGE_MADE, process, start, m.ppn, 0);
    return status == TW_NO_MEMORY ? TW_OK : status;
}
