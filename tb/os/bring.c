/*
 * bring.c: what a touch of a page needs: the page, its own copy if it must not be shared, a frame
 * with its bytes, and room in the tables. A step that fails leaves what stands there true: a place
 * without a page, or with one that is in no frame or not mapped, costs another fault and no more.
 *
 * Room in the tables comes first, since the frames for them may take away any page; after that each
 * page is asked anew whether it has a frame.
 */
#include "tb/os/mapping.h"

#include "tb/os/huge.h"
#include "tb/os/kernel_map.h"

unsigned os_place_permissions(const os_vma *area, const os_place *place)
{
    bool seen = os_vma_private(area) && !os_page_exclusive(place->page);
    return seen ? area->permissions & ~(unsigned)OS_W : area->permissions;
}

/* ---- which page ------------------------------------------------------------------------------ */

/* A new page, as os_page_make; NULL with a sentence. */
static os_page *make_page(os *system, tw_error *error)
{
    os_page *page = os_page_make(system);
    if (page == NULL)
        tw_fail(error, TW_NO_MEMORY, "no memory for the record of a page");
    return page;
}

/* The page of the object that is mapped there; a page beyond the end of a file is nobody's, even if
 * it is still in memory. */
static tw_status find_object_page(os *system, os_touching *t, os_page **page, tw_error *error)
{
    uint64_t index = (t->area->offset + (t->place->va - t->area->start)) / OS_PAGE_BYTES;
    tw_error why;
    tw_status status = os_object_page(system, t->area->file, index, page, &why);
    if (status == TW_USAGE)
        t->reason = OS_REASON_BEYOND_FILE;
    if (status == TW_IO)
        t->reason = OS_REASON_READ_FAILED;
    return status == TW_OK ? TW_OK : os_hand_on(system, &why, error);
}

/* The one page of zeros, made when it is first needed. */
static tw_status zero_page(os *system, unsigned node, os_page **page, tw_error *error)
{
    *page = system->zero;
    if (*page != NULL)
        return TW_OK;
    os_page *zero = make_page(system, error);
    if (zero == NULL)
        return TW_NO_MEMORY;
    os_page_hold(zero); /* by the OS */
    zero->zero = true;
    uint64_t ppn, due = 0;
    tw_status status = os_get_frame(system, OS_FRAME_KERNEL, node, &ppn, &due, error);
    if (status == TW_OK) {
        status = os_page_fill(system, zero, ppn, &due, error);
        if (status != TW_OK)
            os_give_frame(system, ppn, NULL); /* what went wrong first is told */
    }
    if (status == TW_OK)
        *page = system->zero = zero;
    else
        os_page_drop(system, zero, NULL);
    return status;
}

/* The page of zeros for this place, or NULL: there is no frame for it, and another page will do. */
static tw_status show_zeros(os *system, const os_touching *t, os_page **page, tw_error *error)
{
    tw_error why;
    tw_status status = zero_page(system, t->process->node, page, &why);
    if (status == TW_NO_MEMORY && system->no_frame != OS_REASON_NONE) {
        system->no_frame = OS_REASON_NONE;
        return TW_OK;
    }
    if (status != TW_OK)
        return os_hand_on(system, &why, error);
    system->counts.zero_maps++;
    os_emit(system, OS_EVENT_ZERO_PAGE, t->process, t->place->va, (*page)->ppn, 0);
    return TW_OK;
}

static void attach(const os_touching *t, os_page *page)
{
    os_page_attach(page, t->place);
    os_place_lock(t->place, (t->area->flags & OS_VMA_LOCKED) != 0);
}

/* Gives the place its page. */
static tw_status find_page(os *system, os_touching *t, tw_error *error)
{
    os_page *page = NULL;
    tw_status status = TW_OK;
    if (t->area->file != NULL) {
        status = find_object_page(system, t, &page, error);
    } else if (t->op == OP_LOAD && system->options.zero_page &&
               system->options.mode != MODE_HASHED) {
        status = show_zeros(system, t, &page, error);
    }
    if (status == TW_OK && page == NULL) {
        page = make_page(system, error);
        status = page != NULL ? TW_OK : TW_NO_MEMORY;
    }
    if (status == TW_OK)
        attach(t, page);
    return status;
}

/* ---- into a frame ---------------------------------------------------------------------------- */

/* Brings a page into a frame, if it is in none; notes until when it is on its way. */
static tw_status fill(os *system, os_touching *t, os_page *page, tw_error *error)
{
    tw_status status = TW_OK;
    if (page->ppn == OS_NO_FRAME) {
        const uint64_t read = system->counts.swap_in + system->counts.file_reads;
        uint64_t ppn;
        status = os_get_frame(system, OS_FRAME_USER, t->process->node, &ppn, &t->due, error);
        if (status != TW_OK)
            return status;
        tw_error why;
        status = os_page_fill(system, page, ppn, &t->due, &why);
        if (status == TW_IO)
            t->reason = OS_REASON_READ_FAILED;
        if (status != TW_OK)
            os_hand_on(system, &why, error);
        if (status != TW_OK)
            os_give_frame(system, ppn, NULL); /* what went wrong first is told */
        t->major |= system->counts.swap_in + system->counts.file_reads != read;
    }
    if (page->due > os_now(system)) {
        t->major |= page->coming;
        t->due = page->due > t->due ? page->due : t->due;
    }
    return status;
}

/* ---- a copy of its own ----------------------------------------------------------------------- */

/* The place shows `page`, which is in a frame, in place of what it showed. Who waits for that,
 * faults again. */
static tw_status replace(os *system, const os_touching *t, os_page *page, tw_error *error)
{
    os_place *place = t->place;
    tw_status status = os_unmap(system, place, error);
    if (status != TW_OK)
        return status;
    os_forget_pending_in(system, place->space, place->va, place->va + OS_PAGE_BYTES);
    status = os_page_detach(system, place, error);
    if (status == TW_OK)
        attach(t, page);
    return status;
}

/* Puts the bytes into a frame and makes it the page's. */
static tw_status settle(os *system, os_touching *t, os_page *page, const void *bytes,
                        tw_error *error)
{
    uint64_t ppn;
    tw_status status = os_get_frame(system, OS_FRAME_USER, t->process->node, &ppn, &t->due, error);
    if (status != TW_OK)
        return status;
    status = os_frame_write(system, ppn, bytes, error);
    if (status != TW_OK) {
        os_give_frame(system, ppn, NULL);
        return status;
    }
    os_page_settle(system, page, ppn);
    page->dirty = true;
    page->due = t->due > os_now(system) ? t->due : 0; /* what was there is still written out */
    page->coming = false;
    return TW_OK;
}

/* Copies the page of the place into one that is the place's alone. The bytes are out of its frame
 * before the other frame is looked for, so that it may be the same: an access needs no more frames
 * than without sharing. */
static tw_status copy(os *system, os_touching *t, tw_error *error)
{
    uint8_t bytes[OS_PAGE_BYTES];
    os_page *source = t->place->page;
    tw_status status = fill(system, t, source, error);
    const uint64_t from = source->ppn;
    if (status == TW_OK)
        status = os_frame_read(system, from, bytes, error);
    if (status != TW_OK)
        return status;
    os_page *page = make_page(system, error);
    if (page == NULL)
        return TW_NO_MEMORY;
    os_page_hold(page);
    status = settle(system, t, page, bytes, error);
    if (status == TW_OK)
        status = replace(system, t, page, error);
    if (status == TW_OK) {
        system->counts.copies++;
        os_emit(system, OS_EVENT_COPY, t->process, t->place->va, page->ppn, from);
    }
    os_page_drop(system, page, NULL);
    return status;
}

/* The page of zeros needs no copying: a new page is zeros too. */
static tw_status leave_zeros(os *system, os_touching *t, tw_error *error)
{
    os_page *page = make_page(system, error);
    if (page == NULL)
        return TW_NO_MEMORY;
    os_page_hold(page);
    tw_status status = fill(system, t, page, error);
    if (status == TW_OK)
        status = replace(system, t, page, error);
    os_page_drop(system, page, NULL);
    return status;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* A call that failed may have left the place with V clear and not yet out of the tables. */
static tw_status finish_removal(os *system, os_place *place, tw_error *error)
{
    uint64_t word = 0;
    if (!place->mapped)
        return TW_OK;
    tw_status status = os_mapping_read(system, place, &word, error);
    return status == TW_OK && !pte_bit(word, PTE_V) ? os_unmap(system, place, error) : status;
}

static tw_status bring(os *system, os_touching *t, tw_error *error)
{
    os_place *place = t->place;
    os_page *same;
    tw_status status = finish_removal(system, place, error);
    if (status == TW_OK && place->page == NULL)
        status = find_page(system, t, error);
    else if (status == TW_OK && place->page->object != NULL)
        status = find_object_page(system, t, &same, error);
    if (status != TW_OK)
        return status;
    bool own = t->op == OP_STORE && os_vma_private(t->area) && !os_page_exclusive(place->page);
    if (own)
        return place->page->zero ? leave_zeros(system, t, error) : copy(system, t, error);
    return fill(system, t, place->page, error);
}

tw_status os_bring_in(os *system, os_touching *t, tw_error *error)
{
    os_space *space = t->process->space;
    system->no_frame = OS_REASON_NONE;
    t->place = os_places_add(&space->places, &system->port.records, space, t->va);
    if (t->place == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the record of a page");
    os_place_lock(t->place, (t->area->flags & OS_VMA_LOCKED) != 0);
    const bool first = t->place->page == NULL;
    tw_status status = first ? os_huge_touch(system, t->process, t->area, t->va, error) : TW_OK;
    const bool huge = first && t->place->mapped;
    if (status == TW_OK && !huge)
        status = os_mapping_prepare(system, space, t->va, t->process->node, error);
    if (status == TW_OK && !huge)
        status = bring(system, t, error);
    if (status == TW_NO_MEMORY && system->no_frame != OS_REASON_NONE)
        t->reason = system->no_frame;
    if (status == TW_OK && t->place->page != NULL && !t->place->page->zero)
        system->latest = os_frames_find(system->frames, t->place->page->ppn);
    return status;
}

tw_status os_show(os *system, const os_vma *area, os_place *place, tw_error *error)
{
    return place->mapped
               ? TW_OK
               : os_mapping_enter(system, place, os_place_permissions(area, place), error);
}

tw_status os_grant(os *system, const os_touching *t, tw_error *error)
{
    tw_status status =
        os_mapping_protect(system, t->place, os_place_permissions(t->area, t->place), error);
    if (status == TW_OK)
        status = os_fence(system, TW_FENCE_VA_ASID, t->va, t->process->space->asid, error);
    if (status == TW_OK && op_writes(t->op) && t->place->page->object == NULL) {
        system->counts.reuses++;
        os_emit(system, OS_EVENT_REUSE, t->process, t->place->va, t->place->page->ppn, 0);
    }
    return status;
}
