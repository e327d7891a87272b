/*
 * frames.c: the frame allocator. Invariant: a frame is on the free list if and only if its use is
 * OS_FRAME_FREE, and `free` is the length of that list.
 */
#include "tb/os/frames.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { JUNK = 0xa5 };

struct os_frames {
    const os_port *port;
    uint64_t first;
    size_t count, free;
    size_t head; /* index of the first free frame; `count` if there is none */
    os_frame frame[];
};

os_frames *os_frames_open(const os_port *port, uint64_t first, size_t count)
{
    if (count == 0 || count > (SIZE_MAX - sizeof(os_frames)) / sizeof(os_frame))
        return NULL;
    os_frames *frames = calloc(1, sizeof *frames + count * sizeof(os_frame));
    if (frames == NULL)
        return NULL;
    frames->port = port;
    frames->first = first;
    frames->count = frames->free = count;
    for (size_t i = 0; i < count; i++)
        frames->frame[i].next = i + 1;
    return frames;
}

void os_frames_close(os_frames *frames)
{
    free(frames);
}

tw_status os_frames_take(os_frames *frames, os_frame_use use, uint64_t *ppn, tw_error *error)
{
    if (frames->free == 0)
        return tw_fail(error, TW_NO_MEMORY, "all %zu frames are in use: give more with --frames",
                       frames->count);
    size_t index = frames->head;
    os_frame *frame = &frames->frame[index];
    frames->head = frame->next;
    frames->free--;
    *frame = (os_frame){.use = use};
    *ppn = frames->first + index;
    return TW_OK;
}

/* Index of the first of `count` free frames in a row; `frames->count` if there is no such row. */
static size_t find_row(const os_frames *frames, size_t count)
{
    size_t length = 0;
    for (size_t i = 0; i < frames->count; i++) {
        length = frames->frame[i].use == OS_FRAME_FREE ? length + 1 : 0;
        if (length == count)
            return i + 1 - count;
    }
    return frames->count;
}

tw_status os_frames_take_row(os_frames *frames, size_t count, os_frame_use use, uint64_t *ppn,
                             tw_error *error)
{
    size_t first = find_row(frames, count);
    if (first == frames->count)
        return tw_fail(error, TW_NO_MEMORY,
                       "no %zu free frames in a row are left of %zu: give more with --frames",
                       count, frames->count);
    for (size_t *link = &frames->head; *link != frames->count;) {
        os_frame *frame = &frames->frame[*link];
        if (*link - first < count) {
            *link = frame->next;
            *frame = (os_frame){.use = use};
        } else {
            link = &frame->next;
        }
    }
    frames->free -= count;
    *ppn = frames->first + first;
    return TW_OK;
}

tw_status os_frames_give(os_frames *frames, uint64_t ppn, tw_error *error)
{
    os_frame *frame = os_frames_find(frames, ppn);
    if (frame == NULL)
        return tw_fail(error, TW_USAGE, "frame %#" PRIx64 " is not one of the allocator's", ppn);
    if (frame->use == OS_FRAME_FREE)
        return tw_fail(error, TW_USAGE, "frame %#" PRIx64 " was freed twice", ppn);
    *frame = (os_frame){.use = OS_FRAME_FREE, .next = frames->head};
    frames->head = (size_t)(ppn - frames->first);
    frames->free++;
    uint8_t junk[OS_PAGE_BYTES];
    memset(junk, JUNK, sizeof junk);
    return frames->port->write_page(frames->port->context, ppn << PAGE_SHIFT, junk, error);
}

os_frame *os_frames_find(os_frames *frames, uint64_t ppn)
{
    if (ppn < frames->first || ppn - frames->first >= frames->count)
        return NULL;
    return &frames->frame[ppn - frames->first];
}

os_frame *os_frames_at(os_frames *frames, size_t index)
{
    return &frames->frame[index];
}

uint64_t os_frames_ppn(const os_frames *frames, size_t index)
{
    return frames->first + index;
}

size_t os_frames_count(const os_frames *frames)
{
    return frames->count;
}

size_t os_frames_free(const os_frames *frames)
{
    return frames->free;
}
