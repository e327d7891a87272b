/*
 * kernel.h: what the files of the OS share among themselves. Nobody outside tb/os includes it but
 * its tests.
 */
#ifndef TB_OS_KERNEL_H
#define TB_OS_KERNEL_H

#include "tb/os/frames.h"
#include "tb/os/hashed_table.h"
#include "tb/os/os.h"
#include "tb/os/segments_inside.h"
#include "tb/os/swap.h"

struct os {
    os_port port;
    os_options options;
    os_frames *frames;
    os_swap *swap;
    os_process *oldest, *youngest, *current;
    unsigned last_pid;
    size_t hand;            /* index of the frame at which the clock's hand stands */
    const os_frame *latest; /* the user frame filled last, or NULL: it is not reclaimed next */
    bool no_frame; /* the fault under way found none: the end of a process, not of the run */
    os_counts counts;
    os_hashed hashed; /* of hashed mode */
    segment_memory segments;
};

/* clock.c: a user frame that nobody used lately, in *index. TW_NO_MEMORY, and no_frame, if there is
 * no user frame but the one filled last. */
tw_status os_clock_victim(os *system, size_t *index, tw_error *error);

/* reclaim.c: a frame for `use`: a free one, or one taken from a page by the clock. */
tw_status os_get_frame(os *system, os_frame_use use, uint64_t *ppn, tw_error *error);

/* bury.c: ends the current process. */
tw_status os_bury(os *system, os_state state, tw_error *error);

#endif
