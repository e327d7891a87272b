/*
 * frames.h: physical memory as the OS owns it: zones.h says which frame is free and where it lies,
 * this what the others are used for, and whose page each holds.
 */
#ifndef TB_OS_FRAMES_H
#define TB_OS_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tb/os/port.h"
#include "tb/os/zones.h"

struct os_page;

typedef enum os_frame_use {
    OS_FRAME_FREE,
    OS_FRAME_TABLE,  /* a page of a page table; never reclaimed while its space lives */
    OS_FRAME_KERNEL, /* the kernel's own data; never reclaimed */
    OS_FRAME_USER    /* a page; reclaimable once it has one */
} os_frame_use;

/* The record of one frame. The allocator keeps `use`; the rest is its owner's. */
typedef struct os_frame {
    os_frame_use use;
    struct os_page *page;         /* user frames: what it holds; NULL while it is being filled */
    const struct os_space *space; /* tables below a root: of whose tree it is */
    bool reached;                 /* of audit.c: seen since the audit began */
} os_frame;

typedef struct os_frames os_frames;

/* The frames with page numbers [first, first + count), all free, in the zones of `setup` (NULL: one
 * node of low memory); all nodes together must be just these frames. Borrows the port. NULL with a
 * sentence. */
os_frames *os_frames_open(const os_port *port, uint64_t first, size_t count,
                          const zones_setup *setup, tw_error *error);
void os_frames_close(os_frames *frames); /* NULL is allowed */

/* Takes a frame: page tables and kernel data of low memory, pages of high memory if there is any,
 * both near `node`. Its bytes are junk. TW_NO_MEMORY if none is free. */
tw_status os_frames_take(os_frames *frames, os_frame_use use, unsigned node, uint64_t *ppn,
                         tw_error *error);

/* Takes 2^order frames in a row, *ppn a multiple of 2^order; each is given back by itself. */
tw_status os_frames_take_block(os_frames *frames, unsigned order, os_frame_use use, unsigned node,
                               uint64_t *ppn, tw_error *error);

/* Takes `count` frames in a row, which need not be a power of two: *ppn is the first of them, of
 * low memory unless `use` is OS_FRAME_USER. Each is given back by itself. They are the beginning of
 * a free block of the next power of two: TW_NO_MEMORY if there is none. */
tw_status os_frames_take_row(os_frames *frames, size_t count, os_frame_use use, uint64_t *ppn,
                             tw_error *error);

/* Could such a taking of one frame find this one, if it were free? */
bool os_frames_serve(const os_frames *frames, os_frame_use use, unsigned node, uint64_t ppn);

/* Gives a frame back and fills it with junk, so that a use after free shows. TW_USAGE for a frame
 * that is not of this allocator or is free already. It is free too if the junk cannot be
 * written. */
tw_status os_frames_give(os_frames *frames, uint64_t ppn, tw_error *error);

/* From now on junk is written by `write`, which maps high memory first, or (NULL) straight through
 * the port again. Borrows the context. */
typedef tw_status os_frame_writer(void *context, uint64_t ppn, const void *bytes, tw_error *error);
void os_frames_write_by(os_frames *frames, os_frame_writer *write, void *context);

/* The record of a frame, by page number (NULL if it is not of this allocator), or by index. */
os_frame *os_frames_find(os_frames *frames, uint64_t ppn);
os_frame *os_frames_at(os_frames *frames, size_t index);

uint64_t os_frames_ppn(const os_frames *frames, size_t index);
size_t os_frames_count(const os_frames *frames);
size_t os_frames_free(const os_frames *frames);
const zones *os_frames_zones(const os_frames *frames);

#endif
