/*
 * audit.c: do tables, places, pages, frames and slots agree? Each is counted from both sides: where
 * every one of A has its own B, and there are as many of B as of A, none is left over.
 */
#include <inttypes.h>

#include "tb/os/mapping.h"

#include "tb/os/audit_frames.h"
#include "tb/os/huge.h"
#include "tb/os/kernel_map.h"
#include "tb/os/object_inside.h"

typedef struct audit {
    os *system;
    const os_space *space; /* of the moment */
    size_t mapped;         /* places whose word stands in its tables; hashed mode: in all of them */
    size_t words;          /* valid ones found there */
    size_t framed;         /* pages in user frames */
    size_t slots;          /* pages that have a slot */
    tw_error *error;
} audit;

static tw_status wrong(const audit *a, const char *what, uint64_t where)
{
    return tw_fail(a->error, TW_MISMATCH, "audit: %s: %#" PRIx64, what, where);
}

/* ---- pages ----------------------------------------------------------------------------------- */

static tw_status check_list(const audit *a, const os_page *page)
{
    size_t count = 0, locks = 0;
    const os_place *before = NULL;
    for (const os_place *p = page->places; p != NULL; before = p, p = p->next) {
        if (p->page != page || p->previous != before || ++count > page->references)
            return wrong(a, "the list of a page's places is broken at address", p->va);
        locks += p->locked;
    }
    if (page->references != count + (page->object != NULL) + page->zero)
        return wrong(a, "places are not a page's references; it is in frame", page->ppn);
    return page->locks == locks ? TW_OK
                                : wrong(a, "locks are not those of places, of frame", page->ppn);
}

/* One pin for each process that waits for the page; one that has ended is pinned by the list that
 * it is in. */
static tw_status check_pins(const audit *a, const os_page *page)
{
    unsigned pins = page->references == 0;
    for (const os_process *p = a->system->oldest; p != NULL; p = p->next)
        pins += p->pending != NULL && p->pending->page == page;
    return page->pins == pins
               ? TW_OK
               : wrong(a, "pins are not those who wait for a page, of frame", page->ppn);
}

/* Called once for each page. */
static tw_status check_page(audit *a, const os_page *page)
{
    os_frames *frames = a->system->frames;
    const os_frame *frame = page->ppn != OS_NO_FRAME ? os_frames_find(frames, page->ppn) : NULL;
    if (page->ppn != OS_NO_FRAME && (frame == NULL || frame->page != page))
        return wrong(a, "a page is in a frame that is not its own", page->ppn);
    if (frame != NULL && frame->use != (page->zero ? OS_FRAME_KERNEL : OS_FRAME_USER))
        return wrong(a, "a page is in a frame of another use", page->ppn);
    if (page->dirty && frame == NULL)
        return wrong(a, "a page without a frame is dirty",
                     page->places != NULL ? page->places->va : page->index);
    a->framed += frame != NULL && !page->zero;
    a->slots += page->slot != OS_NO_SLOT;
    tw_status status = check_pins(a, page);
    return status == TW_OK ? check_list(a, page) : status;
}

/* ---- places ---------------------------------------------------------------------------------- */

static tw_status check_word(audit *a, const os_vma *area, const os_place *place)
{
    uint64_t word = 0;
    tw_status status = os_mapping_read(a->system, place, &word, a->error);
    if (status != TW_OK)
        return status;
    const unsigned permissions = (unsigned)(word >> PTE_R) & 7;
    if (!pte_bit(word, PTE_V))
        return wrong(a, "a place is mapped by a PTE without V, at", place->va);
    if ((permissions & ~os_place_permissions(area, place)) != 0)
        return wrong(a, "a PTE permits more than its place, at", place->va);
    a->mapped++;
    if (a->system->options.mode == MODE_HASHED)
        return TW_OK;
    const uint64_t pages = UINT64_C(1) << mode_index_bits(a->system->options.mode);
    const os_table *table = &a->space->table;
    os_table_spot end;
    status = os_table_walk(&a->system->port, table, place->va, &end, a->error);
    uint64_t ppn = pte_ppn(word);
    if (status == TW_OK && end.level > 0)
        ppn += (place->va >> PAGE_SHIFT) % pages;
    return status == TW_OK && ppn != place->page->ppn
               ? wrong(a, "a PTE leads to another frame than its page's, at", place->va)
               : status;
}

static tw_status check_place(void *context, os_place *place, tw_error *error)
{
    audit *a = context;
    const os_vma *area = os_vmas_find(a->space->areas, place->va);
    (void)error;
    if (place->space != a->space)
        return wrong(a, "a place is of another address space, at", place->va);
    if (area == NULL)
        return wrong(a, "a place is in no area, at", place->va);
    if (place->page == NULL)
        return place->mapped ? wrong(a, "a place without a page is mapped, at", place->va) : TW_OK;
    if (place->locked != ((area->flags & OS_VMA_LOCKED) != 0))
        return wrong(a,
                     place->locked ? "a place is locked and its area is not, at"
                                   : "a place is not locked and its area is, at",
                     place->va);
    const os_huge *huge = os_huge_find(a->space, place->va);
    tw_status status = TW_OK;
    if (huge != NULL && huge->va == place->va) /* its table is kept aside */
        status = audit_reach(a->system, huge->table, OS_FRAME_TABLE, a->space, a->error);
    if (status == TW_OK && huge != NULL && !(place->mapped && os_page_exclusive(place->page)))
        status = wrong(a, "a page in a huge page is not its own, at", place->va);
    if (status != TW_OK)
        return status;
    if (place->page->object == NULL && place->page->places == place && !place->page->zero)
        status = check_page(a, place->page); /* those of objects come by their object */
    if (status == TW_OK && place->removed)
        status = wrong(a, "a place has been left half in the tables, at", place->va);
    return status == TW_OK && place->mapped ? check_word(a, area, place) : status;
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* The kernel has the same entry in its own root. */
static bool is_kernel(const audit *a, uint64_t address, uint64_t pte, unsigned level)
{
    const struct os_kernel *k = a->system->kernel;
    uint64_t same = 0;
    if (k == NULL || level + 1 < mode_levels(k->table.mode))
        return false;
    os_pte_read(&a->system->port, &k->table,
                (k->table.root << PAGE_SHIFT) | (address & (OS_PAGE_BYTES - 1)), &same, NULL);
    return same == pte;
}

/* Counts the valid words of a table and of those below it, without the kernel's. A huge page stands
 * for all of its pages. */
static tw_status count_words(audit *a, uint64_t root, unsigned level)
{
    const unsigned mode = a->system->options.mode;
    const os_table table = {mode, root};
    tw_status reached = root == a->space->table.root
                            ? audit_reach_row(a->system, root, os_table_frames(mode), a->error)
                            : audit_reach(a->system, root, OS_FRAME_TABLE, a->space, a->error);
    if (reached != TW_OK)
        return reached;
    for (uint64_t i = 0; i < UINT64_C(1) << mode_index_bits(mode); i++) {
        uint64_t pte = 0, address = (root << PAGE_SHIFT) + (i << mode_pte_shift(mode));
        tw_status status = os_pte_read(&a->system->port, &table, address, &pte, a->error);
        if (status == TW_OK && pte != 0 && !pte_bit(pte, PTE_V))
            status = wrong(a, "a PTE without V is not 0, at address", address);
        if (status == TW_OK && pte_bit(pte, PTE_V) && !is_kernel(a, address, pte, level)) {
            if (level > 0 && pte_is_pointer(pte))
                status = count_words(a, pte_ppn(pte), level - 1);
            else
                a->words += level == 0 ? 1 : (size_t)1 << mode_index_bits(mode);
        }
        if (status != TW_OK)
            return status;
    }
    return TW_OK;
}

static tw_status count_hashed(audit *a)
{
    const os *system = a->system;
    const os_table words = {.mode = MODE_HASHED};
    tw_status status = TW_OK;
    for (size_t i = 0; status == TW_OK && i < os_frames_count(system->frames); i++) {
        uint64_t word = 0;
        status = os_pte_read(&system->port, &words, os_hashed_entry(&system->hashed, (unsigned)i),
                             &word, a->error);
        a->words += pte_bit(word, PTE_V);
    }
    return status;
}

static tw_status compare_words(const audit *a)
{
    return a->words == a->mapped
               ? TW_OK
               : wrong(a, "there are more valid PTEs than mapped places, by", a->words - a->mapped);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static tw_status check_space(audit *a, const os_space *space)
{
    const bool hashed = a->system->options.mode == MODE_HASHED;
    a->space = space;
    if (!hashed)
        a->mapped = a->words = 0;
    tw_status status = os_places_visit(&space->places, 0, UINT64_MAX, check_place, a, a->error);
    if (status != TW_OK || hashed)
        return status;
    status = count_words(a, space->table.root, mode_levels(space->table.mode) - 1);
    return status == TW_OK ? compare_words(a) : status;
}

static tw_status check_objects(audit *a)
{
    tw_status status = TW_OK;
    os_object *object = os_object_next(a->system, NULL);
    for (; object != NULL && status == TW_OK; object = os_object_next(a->system, object)) {
        cached_page *cached = object_from(object, 0);
        for (; cached != NULL && status == TW_OK; cached = object_after(cached))
            status = check_page(a, cached->page);
    }
    return status;
}

static tw_status check_totals(const audit *a)
{
    os_accounts accounts;
    os_account(a->system, &accounts);
    if (accounts.page_frames != a->framed)
        return wrong(a, "frames of no page, so many", accounts.page_frames - a->framed);
    if (accounts.slots_used != a->slots)
        return wrong(a, "slots of no page, so many", accounts.slots_used - a->slots);
    return TW_OK;
}

tw_status os_audit(os *system, tw_error *error)
{
    audit a = {.system = system, .error = error};
    if (segments_bare(&system->options))
        return segments_audit(system, error); /* no page is in a table, and slots are of segments */
    tw_status status = audit_reach_shared(system, error);
    for (const os_process *p = system->oldest; status == TW_OK && p != NULL; p = p->next)
        if (p->space != NULL && (p->space->users == 1 || os_is_first_user(system, p)))
            status = check_space(&a, p->space);
    if (status == TW_OK && system->options.mode == MODE_HASHED)
        status = count_hashed(&a);
    if (status == TW_OK && system->options.mode == MODE_HASHED)
        status = compare_words(&a);
    if (status == TW_OK && system->zero != NULL)
        status = check_page(&a, system->zero);
    if (status == TW_OK)
        status = check_objects(&a);
    for (const os_page *page = system->ended; status == TW_OK && page != NULL; page = page->next)
        status = check_page(&a, page);
    if (status == TW_OK)
        status = audit_all_reached(system, error);
    return status == TW_OK ? check_totals(&a) : status;
}
