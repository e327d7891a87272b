/*
 * segments_inside.h: what the files of segments share with each other and with the rest of the OS.
 * Nobody outside tb/os includes it. All need `segmented`, those of memory bare besides.
 */
#ifndef TB_OS_SEGMENTS_INSIDE_H
#define TB_OS_SEGMENTS_INSIDE_H

#include "tb/os/os.h"
#include "tb/os/segments.h"
#include "tb/os/trap.h"

/* The OS's part that is about segments. */
typedef struct segment_memory {
    unsigned registers;   /* that are built */
    uint64_t loads;       /* registers loaded so far: the clock of os_segment.loaded */
    os_segment **present; /* bare: all that have frames, by rising addresses */
    size_t presents, room;
    const os_segment *latest; /* bare: what a fault brought in or made longer last */
    os_segment_counts counts;
} segment_memory;

/* Segments without page tables. */
static inline bool segments_bare(const os_options *options)
{
    return options->segmented && mode_levels(options->mode) == 0;
}

static inline uint64_t segment_pages(const os_segment *segment)
{
    return segment->limit / OS_PAGE_BYTES;
}

/* ---- segments.c ---- */

/* The descriptor of a selector of the process, or NULL. */
os_segment *segments_at(const os_process *process, unsigned selector);

/* The selector of the segment whose region holds `va`, or of the nearest one below; 0 if there is
 * none. */
unsigned segments_around(const os_process *process, uint64_t va);

/* Makes the table of the current process, if it has none, and writes all registers. */
tw_status segments_enter(os *system, tw_error *error);

/* The process ends: its segments give everything back, whatever fails, and all registers are
 * cleared if it is the current one. The first error is returned. */
tw_status segments_bury(os *system, os_process *process, tw_error *error);

/* segments_audit.c: bare: TW_MISMATCH and the first thing that does not fit: segments against the
 * list of those that have frames, the frames of one against those of the next, slots against the
 * segments that have them, registers of the current process against what it holds in them. */
tw_status segments_audit(const os *system, tw_error *error);

/* Frees what is not a process'. */
void segments_shut(os *system);

/* ---- segments_fault.c ---- */

/* Says where in which segment the trapped address is; nothing if the process is not segmented. */
tw_status segments_trap(os *system, os_trap *trap, tw_error *error);

/* True if the fault is to be judged and repaired here, not by paging. Finds out by itself what
 * failed if the fault queue lost it. */
bool segments_concern(const os *system, os_trap *trap);

/* Why it cannot be repaired, or OS_REASON_NONE. */
os_reason segments_judge(const os *system, const os_trap *trap);

/* Brings the segment in, and makes it as long as the access needs. TW_NO_MEMORY if it does not fit,
 * TW_IO if the disk refuses; no_frame is then the end of the process, or NONE. */
tw_status segments_repair(os *system, const os_trap *trap, tw_error *error);

/* ---- segments_registers.c ---- */

/* Finds out how many there are. TW_USAGE if none is built. */
tw_status segments_boot(os *system, tw_error *error);

/* Writes a descriptor into its register, if it is in one: if it is the current process'. */
tw_status segments_show(os *system, const os_segment *segment, tw_error *error);

/* Writes every register from the table's `held`, or clears it: with NULL all of them. */
tw_status segments_restore(os *system, const os_segments *table, tw_error *error);

/* ---- segments_memory.c: bare ---- */

/* Gives the segment frames in a row for `limit` bytes, and its contents: what it held, and zeros.
 * Others may be moved or swapped out. TW_NO_MEMORY if nothing helps. */
tw_status segments_place(os *system, os_segment *segment, uint64_t limit, tw_error *error);

/* Takes all frames and slots away from it. */
tw_status segments_drop(os *system, os_segment *segment, tw_error *error);

/* Frees frames and the largest hole now, in bytes. */
void segments_holes(const os *system, uint64_t *free, uint64_t *hole);

/* Takes the segment off the list of those that have frames; its frames stay as they are. */
void segments_unlist(os *system, os_segment *segment);

/* Fills the frames [first, end) with junk, so that a use after free shows. */
tw_status segments_free(os *system, uint64_t first, uint64_t end, tw_error *error);

/* ---- segments_swap.c: bare ---- */

/* Saves the segment that was loaded least recently, but for `wanted`, and frees its frames. An
 * access can need the one before it too: what `wanted` touches and came last stays. TW_NO_MEMORY,
 * and no_frame, if no other is present; TW_IO, and no_frame, if the disk refuses. */
tw_status segments_swap_out(os *system, const os_segment *wanted, tw_error *error);

/* Reads the pages that the segment held into the frames from page number `first` on. It keeps its
 * slots, until all else has gone well too. */
tw_status segments_swap_in(os *system, const os_segment *segment, uint64_t first, tw_error *error);

/* Gives the segment's slots back, if it has any. */
tw_status segments_give_slots(os *system, os_segment *segment, tw_error *error);

/* TW_NO_MEMORY with the sentence for a segment that cannot have frames for all of its region. */
tw_status segments_too_large(const os *system, const os_segment *segment, tw_error *error);

/* As os_read_page; the page is all 0 before. */
tw_status segments_read_page(os *system, const os_process *process, uint64_t va, void *page,
                             tw_error *error);

#endif
