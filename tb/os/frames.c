/*
 * frames.c: the frame allocator. Invariant: a frame is free in its zone if and only if its use is
 * OS_FRAME_FREE, and `free` is how many are. What is taken is split at once, so that each frame can
 * be given back by itself.
 */
#include "tb/os/frames.h"

#include <inttypes.h>
#include <string.h>

enum { JUNK = 0xa5 };

struct os_frames {
    const os_port *port;
    os_frame_writer *write; /* NULL: straight through the port */
    void *context;          /* its */
    zones *zones;
    uint64_t first;
    size_t count, free;
    os_frame frame[];
};

/* ---- opening --------------------------------------------------------------------------------- */

static zones_setup one_node(uint64_t first, size_t count)
{
    zones_setup setup = zones_usual(count);
    setup.base = first << PAGE_SHIFT;
    setup.low_limit = (uint64_t)count << PAGE_SHIFT;
    setup.node[0].first = first;
    return setup;
}

/* Nodes that do not overlap, as zones_open sees to, are just the frames if none is outside and
 * their number is right. */
static tw_status check_nodes(const zones_setup *setup, uint64_t first, size_t count,
                             tw_error *error)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < setup->nodes && i < ZONES_NODES_MAX; i++) {
        const zones_node *node = &setup->node[i];
        if (node->first < first || node->first - first > count ||
            node->count > count - (node->first - first))
            return tw_fail(error, TW_USAGE,
                           "node %u has frames outside of the %zu from %#" PRIx64 " on", i, count,
                           first);
        all += node->count;
    }
    return all == count
               ? TW_OK
               : tw_fail(error, TW_USAGE, "the nodes have %" PRIu64 " frames in all: expected %zu",
                         all, count);
}

/* Its records, or NULL with a sentence. */
static os_frames *make(const os_port *port, uint64_t first, size_t count, tw_error *error)
{
    size_t bytes;
    os_frames *frames = NULL;
    if (!__builtin_mul_overflow(count, sizeof(os_frame), &bytes) &&
        !__builtin_add_overflow(bytes, sizeof *frames, &bytes))
        frames = os_records_take(&port->records, 1, bytes);
    if (frames == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory for the records of %zu frames", count);
        return NULL;
    }
    frames->port = port;
    frames->first = first;
    frames->count = frames->free = count;
    return frames;
}

os_frames *os_frames_open(const os_port *port, uint64_t first, size_t count,
                          const zones_setup *setup, tw_error *error)
{
    if (count == 0) {
        tw_fail(error, TW_USAGE, "there is no frame: give some with --frames");
        return NULL;
    }
    const zones_setup usual = one_node(first, count);
    if (setup == NULL)
        setup = &usual;
    if (check_nodes(setup, first, count, error) != TW_OK)
        return NULL;
    os_frames *frames = make(port, first, count, error);
    if (frames == NULL)
        return NULL;
    frames->zones = zones_open(&port->records, setup, error);
    if (frames->zones == NULL) {
        os_frames_close(frames);
        return NULL;
    }
    return frames;
}

void os_frames_close(os_frames *frames)
{
    if (frames == NULL)
        return;
    zones_close(frames->zones);
    os_records_give(&frames->port->records, frames);
}

/* ---- taking and giving ----------------------------------------------------------------------- */

static zones_want where(os_frame_use use)
{
    return use == OS_FRAME_USER ? ZONES_HIGH : ZONES_LOW;
}

static void set_use(os_frames *frames, uint64_t ppn, uint64_t count, os_frame_use use)
{
    os_frame *frame = os_frames_find(frames, ppn);
    for (uint64_t i = 0; i < count; i++)
        frame[i] = (os_frame){.use = use};
}

tw_status os_frames_take(os_frames *frames, os_frame_use use, unsigned node, uint64_t *ppn,
                         tw_error *error)
{
    tw_error why = {.status = TW_OK};
    if (frames->free == 0)
        return tw_fail(error, TW_NO_MEMORY, "all %zu frames are in use: give more with --frames",
                       frames->count);
    if (zones_take(frames->zones, node, where(use), 0, ppn, &why) != TW_OK)
        return tw_fail(error, why.status, "%s", why.text);
    set_use(frames, *ppn, 1, use);
    frames->free--;
    return TW_OK;
}

tw_status os_frames_take_block(os_frames *frames, unsigned order, os_frame_use use, unsigned node,
                               uint64_t *ppn, tw_error *error)
{
    if (order >= BUDDY_ORDERS_MAX)
        return tw_fail(error, TW_NO_MEMORY, "there are no 2^%u frames", order);
    tw_status status = zones_take(frames->zones, node, where(use), order, ppn, error);
    if (status == TW_OK)
        status = zones_split(frames->zones, *ppn, error);
    if (status != TW_OK)
        return status;
    set_use(frames, *ppn, UINT64_C(1) << order, use);
    frames->free -= (size_t)1 << order;
    return TW_OK;
}

tw_status os_frames_take_row(os_frames *frames, size_t count, os_frame_use use, uint64_t *ppn,
                             tw_error *error)
{
    const unsigned order = buddy_order_for(count);
    tw_error why;
    if (count == 0 || count > frames->free ||
        os_frames_take_block(frames, order, use, 0, ppn, &why) != TW_OK)
        return tw_fail(error, TW_NO_MEMORY,
                       "no %zu free frames in a row are left of %zu: give more with --frames",
                       count, frames->count);
    const uint64_t rest = *ppn + count, end = *ppn + (UINT64_C(1) << order);
    tw_status status = TW_OK;
    for (uint64_t at = rest; at < end && status == TW_OK; at++)
        status = zones_give(frames->zones, at, error);
    set_use(frames, rest, end - rest, OS_FRAME_FREE);
    frames->free += (size_t)(end - rest);
    return status;
}

bool os_frames_serve(const os_frames *frames, os_frame_use use, unsigned node, uint64_t ppn)
{
    return zones_serve(frames->zones, node, where(use), ppn);
}

tw_status os_frames_give(os_frames *frames, uint64_t ppn, tw_error *error)
{
    os_frame *frame = os_frames_find(frames, ppn);
    if (frame == NULL)
        return tw_fail(error, TW_USAGE, "frame %#" PRIx64 " is not one of the allocator's", ppn);
    if (frame->use == OS_FRAME_FREE)
        return tw_fail(error, TW_USAGE, "frame %#" PRIx64 " was freed twice", ppn);
    tw_status status = zones_give(frames->zones, ppn, error);
    if (status != TW_OK)
        return status;
    *frame = (os_frame){.use = OS_FRAME_FREE};
    frames->free++;
    uint8_t junk[OS_PAGE_BYTES];
    memset(junk, JUNK, sizeof junk);
    return frames->write != NULL
               ? frames->write(frames->context, ppn, junk, error)
               : frames->port->write_page(frames->port->context, ppn << PAGE_SHIFT, junk, error);
}

void os_frames_write_by(os_frames *frames, os_frame_writer *write, void *context)
{
    frames->write = write;
    frames->context = context;
}

/* ---- looking --------------------------------------------------------------------------------- */

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

const zones *os_frames_zones(const os_frames *frames)
{
    return frames->zones;
}
