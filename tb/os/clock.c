/*
 * clock.c: clock (second chance) replacement on the A bits that the hardware sets.
 *
 * Convention: the reference bit is 1 at load. The OS maps a page with A clear, and the access that
 * faulted sets it when it is made again. The hand stands behind the frame that was taken last. A
 * page in several places was used if A is set in any of them; of a place that has left the tables,
 * the A that it left with counts.
 *
 * A cleared A bit is followed by a fence of that page in that address space: a translation still
 * cached would answer without a walk, and A would never be set again.
 *
 * Some pages are kept. An access that crosses from one page to the next needs both at once, and
 * would never get through if each fault took away what the one before had brought. So a fault does
 * not take the pages that its process faulted for before; and a call, neither those of the process
 * that goes first (progress.c), nor the one filled last, of which A is not set yet.
 */
#include "tb/os/mapping.h"

/* ---- the ring -------------------------------------------------------------------------------- */

tw_status os_clock_open(os *system, tw_error *error)
{
    const os_records *records = &system->port.records;
    const size_t frames = os_frames_count(system->frames);
    system->clock.ring = os_records_take(records, frames, sizeof *system->clock.ring);
    if (bit_tree_open(&system->clock.in, records, frames) && system->clock.ring != NULL)
        return TW_OK;
    return tw_fail(error, TW_NO_MEMORY, "no memory for the clock of %zu frames", frames);
}

void os_clock_close(os *system)
{
    bit_tree_close(&system->clock.in);
    os_records_give(&system->port.records, system->clock.ring);
}

static void append(os_clock *clock, size_t index)
{
    if (bit_tree_has(&clock->in, index))
        return;
    bit_tree_add(&clock->in, index);
    clock->ring[clock->length++] = index;
}

void os_clock_note(os *system, uint64_t ppn)
{
    if (system->clock.length < os_frames_count(system->frames))
        append(&system->clock, (size_t)(ppn - system->options.first_frame));
}

/* ---- the hand -------------------------------------------------------------------------------- */

/* Clears A of a place, and sets *referenced if it was set. */
static tw_status look(os *system, os_place *place, bool *referenced, tw_error *error)
{
    const uint64_t accessed = 1u << PTE_A;
    if (place->removed) { /* a call that failed left it so: its word must not be changed */
        tw_status status = os_unmap(system, place, error);
        if (status != TW_OK)
            return status;
    }
    if (!place->mapped) {
        *referenced |= (place->word & accessed) != 0;
        place->word &= ~accessed;
        return TW_OK;
    }
    uint64_t word;
    tw_status status = os_mapping_read(system, place, &word, error);
    if (status != TW_OK || (word & accessed) == 0)
        return status;
    *referenced = true;
    status = os_mapping_update(system, place, accessed, 0, error);
    return status == TW_OK
               ? os_fence(system, TW_FENCE_VA_ASID, place->va, place->space->asid, error)
               : status;
}

/* Clears A wherever the page is to be seen, and tells whether it was set anywhere. */
static tw_status second_chance(os *system, const os_page *page, bool *referenced, tw_error *error)
{
    tw_status status = TW_OK;
    *referenced = false;
    for (os_place *place = page->places; place != NULL && status == TW_OK; place = place->next)
        status = look(system, place, referenced, error);
    return status;
}

/* Its page may go: nobody holds it, and no transfer into it is under way. */
static bool reclaimable(const os *system, const os_frame *frame)
{
    const os_page *page = frame->page;
    return frame->use == OS_FRAME_USER && page != NULL && page->pins == 0 && page->locks == 0 &&
           page->due <= os_now(system);
}

/* ---- what is kept ---------------------------------------------------------------------------- */

typedef struct keeping {
    const os_page *page[OS_PAGES_MIN + 1]; /* or NULL */
    size_t count;
} keeping;

/* Those that the process faulted for, from the `first` on. */
static void keep_wanted(keeping *kept, const os_process *process, size_t first)
{
    for (size_t i = first; i < OS_PAGES_MIN; i++) {
        const os_place *place = os_places_find(&process->space->places, process->wanted[i]);
        kept->page[kept->count++] = place != NULL ? place->page : NULL;
    }
}

static keeping keep(const os *system)
{
    keeping kept = {.count = 0};
    if (system->faulting != NULL) {
        keep_wanted(&kept, system->faulting, 1);
        return kept;
    }
    if (system->first.process != NULL)
        keep_wanted(&kept, system->first.process, 0);
    if (system->latest != NULL)
        kept.page[kept.count++] = system->latest->page;
    return kept;
}

static bool is_kept(const keeping *kept, const os_page *page)
{
    for (size_t i = 0; i < kept->count; i++)
        if (kept->page[i] == page)
            return true;
    return false;
}

/* ---- the search ------------------------------------------------------------------------------ */

tw_status os_clock_victim(os *system, os_frame_use use, unsigned node, os_page **victim,
                          tw_error *error)
{
    os_clock *clock = &system->clock;
    const size_t count = os_frames_count(system->frames);
    const keeping kept = keep(system);
    for (size_t i = 0; clock->length < count; i++)
        append(clock, i);
    /* The first round clears every A at worst, so the second finds a victim. */
    for (size_t step = 0; step < 2 * count + 1; step++) {
        const size_t index = clock->ring[clock->hand];
        const os_frame *frame = os_frames_at(system->frames, index);
        clock->hand = (clock->hand + 1) % count;
        if (!reclaimable(system, frame) ||
            !os_frames_serve(system->frames, use, node, os_frames_ppn(system->frames, index)))
            continue;
        bool referenced;
        tw_status status = second_chance(system, frame->page, &referenced, error);
        if (status != TW_OK)
            return status;
        if (!referenced && !is_kept(&kept, frame->page)) {
            *victim = frame->page;
            return TW_OK;
        }
        system->counts.referenced += referenced;
    }
    system->no_frame = OS_REASON_NO_FRAME;
    return tw_fail(error, TW_NO_MEMORY,
                   "none of the %zu frames can be reclaimed%s: give more with --frames", count,
                   use == OS_FRAME_USER ? "" : " for a page table or the kernel");
}
