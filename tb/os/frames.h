/*
 * frames.h: which frames of physical memory are free, and what the others are used for.
 */
#ifndef TB_OS_FRAMES_H
#define TB_OS_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "tb/os/port.h"

struct os_process;
struct os_page;

typedef enum os_frame_use {
    OS_FRAME_FREE,
    OS_FRAME_TABLE, /* a page of a page table; never reclaimed while its process lives */
    OS_FRAME_USER   /* a page of a process; reclaimable once it has an owner */
} os_frame_use;

/* The record of one frame. The allocator keeps `use` and `next`; the rest is its owner's. */
typedef struct os_frame {
    os_frame_use use;
    size_t next;              /* index of the next free frame while free */
    struct os_process *owner; /* user frames: who maps it; NULL while it is being filled */
    struct os_page *page;     /* user frames: which of its pages */
} os_frame;

typedef struct os_frames os_frames;

/* The frames with page numbers [first, first + count), all free. Borrows the port. NULL if count is
 * 0 or host memory is out. */
os_frames *os_frames_open(const os_port *port, uint64_t first, size_t count);
void os_frames_close(os_frames *frames); /* NULL is allowed */

/* Takes the frame freed last. Its bytes are junk. TW_NO_MEMORY if none is free. */
tw_status os_frames_take(os_frames *frames, os_frame_use use, uint64_t *ppn, tw_error *error);

/* Takes `count` frames in a row: *ppn is the first of them. TW_NO_MEMORY if no so many free frames
 * stand side by side. */
tw_status os_frames_take_row(os_frames *frames, size_t count, os_frame_use use, uint64_t *ppn,
                             tw_error *error);

/* Gives a frame back and fills it with junk, so that a use after free shows. TW_USAGE for a frame
 * that is not of this allocator or is free already. It is free too if the junk cannot be
 * written. */
tw_status os_frames_give(os_frames *frames, uint64_t ppn, tw_error *error);

/* The record of a frame, by page number (NULL if it is not of this allocator), or by index. */
os_frame *os_frames_find(os_frames *frames, uint64_t ppn);
os_frame *os_frames_at(os_frames *frames, size_t index);

uint64_t os_frames_ppn(const os_frames *frames, size_t index);
size_t os_frames_count(const os_frames *frames);
size_t os_frames_free(const os_frames *frames);

#endif
