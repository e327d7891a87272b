/*
 * kernel.h: what the files of the OS share among themselves. Nobody outside tb/os includes it but
 * its tests.
 */
#ifndef TB_OS_KERNEL_H
#define TB_OS_KERNEL_H

#include "tb/os/bit_tree.h"
#include "tb/os/calls.h"
#include "tb/os/frames.h"
#include "tb/os/hashed_table.h"
#include "tb/os/os.h"
#include "tb/os/segments_inside.h"
#include "tb/os/swap.h"

/* The frames as the clock's hand passes them: by index, in the order in which they were first
 * taken, wherever the allocator found them, so that the hand comes first to the page that was
 * loaded first; then those that were never taken. */
typedef struct os_clock {
    size_t *ring;
    size_t length; /* of the ring so far: all frames as soon as the hand has moved */
    bit_tree in;   /* frames that are in the ring */
    size_t hand;   /* where in the ring */
} os_clock;

/* Who goes first, because it did not get through: progress.c. */
typedef struct os_going_first {
    os_process *process;       /* or NULL */
    const os_process *refused; /* the first that had to wait for it since it could run */
    bool faulted;              /* since it was given the processor */
} os_going_first;

struct os {
    os_port port;
    os_options options;
    os_frames *frames;
    os_swap *swap;
    os_disk disk;
    os_object *objects;       /* all that are open: a list of object.c's */
    struct os_kernel *kernel; /* its part of every address space, or NULL: kernel_map.h */
    os_page *zero;            /* the shared page of zeros, or NULL: none yet */
    os_page *ended;           /* pages of nobody, to whose frames the disk still writes: a list */
    os_process *oldest, *youngest, *current;
    unsigned last_pid;
    bit_tree asids;     /* that were used and are free again */
    unsigned last_asid; /* those above were never used */
    os_clock clock;
    const os_frame *latest;     /* the user frame filled last, or NULL: no call takes it next */
    const os_process *faulting; /* whose fault is being repaired; NULL: frames are for a call */
    os_going_first first;
    os_reason no_frame; /* why the fault under way found no frame: the end of a process, not of the
                         * run; OS_REASON_NONE: it is no lack of frames */
    tw_error refusal;   /* what the disk said when it refused last */
    os_counts counts;
    os_hashed hashed; /* of hashed mode */
    segment_memory segments;
};

static inline uint64_t os_now(const os *system)
{
    return system->port.now(system->port.context);
}

static inline void os_emit(const os *system, os_event_kind kind, const os_process *process,
                           uint64_t va, uint64_t ppn, uint64_t number)
{
    if (system->port.event == NULL)
        return;
    const os_event event = {kind, os_now(system), process != NULL ? process->pid : 0, va,
                            ppn,  number};
    system->port.event(system->port.event_context, &event);
}

/* The port's fence, and its event. */
tw_status os_fence(os *system, tw_fence_kind kind, uint64_t va, unsigned asid, tw_error *error);

/* clock.c: the ring of as many frames as there are. TW_NO_MEMORY; it may be closed even then. */
tw_status os_clock_open(os *system, tw_error *error);
void os_clock_close(os *system);

/* clock.c: a frame is taken. */
void os_clock_note(os *system, uint64_t ppn);

/* clock.c: a page that nobody used lately, in a frame that os_frames_serve `use` near `node`;
 * neither pinned nor locked nor kept for an access that needs it. TW_NO_MEMORY, and no_frame, if
 * there is none. */
tw_status os_clock_victim(os *system, os_frame_use use, unsigned node, os_page **victim,
                          tw_error *error);

/* reclaim.c: a free frame, or TW_NO_MEMORY, and no_frame, if there is none. */
tw_status os_take_free_frame(os *system, os_frame_use use, unsigned node, uint64_t *ppn,
                             tw_error *error);

/* reclaim.c: a frame for `use`, near `node`: a free one, or one taken from a page by the clock.
 * *due becomes the cycle in which it may be used, if a page had to be written for it and the disk
 * needs time; else it is left alone. NULL: for what cannot wait, a table; the bytes that were there
 * are with the disk already, and only the time of it is not told. If a page cannot be written, it
 * stays as it was and another has to go. If none can, what came for others is given up; then a call
 * waits inside for what is on its way. If that does not help, TW_NO_MEMORY and no_frame says why. A
 * fault finds out by os_frame_may_come whether to wait. */
tw_status os_get_frame(os *system, os_frame_use use, unsigned node, uint64_t *ppn, uint64_t *due,
                       tw_error *error);

/* reclaim.c: hands an error on; if the disk has refused (TW_IO), also remembers what it said. */
tw_status os_hand_on(os *system, const tw_error *why, tw_error *error);

/* reclaim.c: notes that `count` frames in a row were taken for a process of `node`, with an event
 * each; os_get_frame does so itself. */
void os_note_taken(os *system, os_frame_use use, unsigned node, uint64_t ppn, size_t count);

/* reclaim.c: gives a frame back, with its event; as os_frames_give. */
tw_status os_give_frame(os *system, uint64_t ppn, tw_error *error);

/* reclaim.c: takes the page out of all tables that it is in, one fence each; D of their words is
 * remembered in page->dirty. It keeps its frame. */
tw_status os_page_unmap(os *system, os_page *page, tw_error *error);

/* page_io.c: brings the bytes of a page without frame into the frame `ppn` and makes it the page's:
 * from its slot, or its file, or zeros. *due is raised to the cycle in which they are there, if the
 * disk takes time; page->due too. TW_IO: the disk refused, and the page is as it was. */
tw_status os_page_fill(os *system, os_page *page, uint64_t ppn, uint64_t *due, tw_error *error);

/* page_io.c: what a page without frame holds: from the slot, or the file; else `bytes` stay as they
 * are. */
tw_status os_read_home(const os *system, const os_object *object, uint64_t index, os_slot slot,
                       void *bytes, tw_error *error);

/* page_io.c: if the page is dirty, writes it home: a slot, or its file; it is clean then. It must
 * not be mapped with D set, or the caller has just gathered D. *due as above. TW_IO: the disk
 * refused; it stays dirty. *full (may be NULL) tells a full swap file from a broken one; if it is
 * full, a page that is in memory loses its slot, and is dirty then, before that is said. */
tw_status os_page_save(os *system, os_page *page, uint64_t *due, bool *full, tw_error *error);

/* page.c: the page is in this frame from now on, and the frame's record says so too. */
void os_page_settle(os *system, os_page *page, uint64_t ppn);

/* page.c: gives back the frames of pages that ended while a transfer into them was under way, as
 * far as that is over in cycle `now`. */
void os_pages_end_late(os *system, uint64_t now);

/* One touch of a page, by a trap or without one. */
typedef struct os_touching {
    os_process *process;
    uint64_t va;
    tw_op op;
    const os_vma *area; /* that holds va */
    os_place *place;    /* found by os_bring_in */
    uint64_t due;       /* cycle in which all that it needs of the disk is done; 0: nothing */
    bool major;         /* the page came from the disk, or is on its way from there */
    os_reason reason;   /* why the error that was returned is the end of the process, or NONE */
} os_touching;

/* bring.c: finds or makes the page that the touch needs, its own copy if it has to be, in a frame,
 * with room for it in the tables: os_show then maps it, when `due` is over. TW_NO_MEMORY, TW_IO or
 * TW_USAGE with a reason is the end of the process, without one of the call; either way everything
 * is consistent, and the touch can be made again. */
tw_status os_bring_in(os *system, os_touching *touch, tw_error *error);

/* bring.c: maps the place of a touch, with what its area and its page permit. Nothing if it is
 * mapped. */
tw_status os_show(os *system, const os_vma *area, os_place *place, tw_error *error);

/* bring.c: the place of a touch is mapped, and its word does not grant what the place permits by
 * now: of a private page that is so when the last that shared it has gone. Afterwards it does. */
tw_status os_grant(os *system, const os_touching *touch, tw_error *error);

/* touch.c: what a touch by `op` would need, without a trap: the page of the place is brought in and
 * mapped as a fault would do it; for populate, mlock and willneed. Waits for the disk inside.
 * TW_USAGE if no area allows it, TW_NO_MEMORY if no frame is left for it or records are out, TW_IO
 * if the disk refused. The process must be alive. */
tw_status os_touch(os *system, os_process *process, uint64_t va, tw_op op, tw_error *error);

/* progress.c: the process faults for a page that is not mapped; the process is given the
 * processor, before it is current. */
void os_note_fault(os *system, os_process *process, uint64_t va);
void os_note_turn(os *system, const os_process *process);

/* The process, or (NULL) whoever does, goes first no more. False if it did not. */
bool os_end_first(os *system, const os_process *process);

/* Is this the fault of a process while another goes first? Then it takes no page away. */
bool os_goes_behind(const os *system);

/* The process finds no frame for its fault. True if it has to try again in or after cycle *until;
 * false if nothing is to come. */
bool os_frame_may_come(os *system, const os_process *process, uint64_t *until);

/* bring.c: what the hardware may be told of a place: the area's permissions, without W while a
 * store has to be seen first (copy-on-write). */
unsigned os_place_permissions(const os_vma *area, const os_place *place);

/* schedule.c: SATP is that of the space from now on. */
tw_status os_enter_space(os *system, const os_space *space, tw_error *error);

/* schedule.c: the process waits until cycle `due` for its page, which is pinned and mapped when it
 * runs again. `place` NULL: it waits for nothing but the time, and its access faults again. */
void os_wait_for_disk(os_process *process, os_place *place, uint64_t due);

/* What the process waits for comes no more, or its page has to go: it faults again when it runs.
 * Nothing if it waits for nothing. */
void os_forget_pending(os_process *process);

/* Forgets that of all processes that wait for a page of [start, end) of the space. */
void os_forget_pending_in(const os *system, const os_space *space, uint64_t start, uint64_t end);

/* Forgets that of one process, not this one, whose page is there and waits for its turn: its frame
 * can be taken then. False if there is none. */
bool os_release_pending(os *system, const os_process *process);

/* True if others wait for pages that are on their way, or the disk writes to a frame although
 * nobody waits for it: *until is when the first will be done. */
bool os_others_wait(const os *system, const os_process *process, uint64_t *until);

/* death.c: the record of a death, with the walk to its address: before the process is buried. */
struct os_trap;
tw_status os_write_death(os *system, os_process *process, os_reason reason,
                         const struct os_trap *trap, tw_error *error);

/* os.c: a new process in the address space, in which it is counted already: runnable, and the
 * youngest. TW_NO_MEMORY. */
tw_status os_process_make(os *system, os_space *space, os_process **process, tw_error *error);

/* accounts.c: is it the oldest of those in its address space? So each space is seen once. */
bool os_is_first_user(const os *system, const os_process *process);

/* bury.c: the process is no more in the space that it left: a parent that waits for that since
 * vfork goes on. */
void os_wake_parent(const os_process *process, const os_space *left);

/* bury.c: the end of a process, the current one or another; it is `state` then. If it fails while
 * the process is still in the tables, the process lives, and it can be done again; whatever fails
 * later, it is over, and the first error is returned. A parent that waits for it after vfork is
 * runnable. */
tw_status os_bury(os *system, os_process *process, os_state state, tw_error *error);

#endif
