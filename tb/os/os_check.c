/* os_check.c: how many frames an OS needs, and which options make sense. */
#include <inttypes.h>

#include "tb/os/kernel_map.h"

/* A row must have room for entries of its own frames. */
static size_t hashed_row(size_t frames)
{
    size_t row = 0;
    while (row != os_hashed_frames(frames + row))
        row = os_hashed_frames(frames + row);
    return row;
}

size_t os_row_frames(unsigned mode, size_t frames, size_t processes)
{
    if (mode == MODE_HASHED)
        return frames <= os_frames_max(mode) ? hashed_row(frames) : 0;
    return os_table_frames(mode) == 1 ? 0 : processes * os_table_frames(mode);
}

/* Of so many frames in all, those that the rows take. */
static size_t rows_among(const os_options *o, size_t frames, size_t processes)
{
    return o->mode == MODE_HASHED ? os_hashed_frames(frames)
                                  : os_row_frames(o->mode, frames, processes);
}

/* ", besides 1024 for page tables" if there are rows. Sentences count as a user does, who gives the
 * frames that come in addition. */
static const char *besides(size_t rows, char text[64])
{
    snprintf(text, 64, rows == 0 ? "" : ", besides %zu for page tables", rows);
    return text;
}

static tw_status check_range(const os_options *o, size_t processes, tw_error *error)
{
    uint64_t end = os_frames_max(o->mode);
    size_t room = o->first_frame < end ? (size_t)(end - o->first_frame) : 0;
    if (o->frames <= room)
        return TW_OK;
    size_t rows = rows_among(o, room, processes), most = room > rows ? room - rows : 0;
    char text[64];
    return tw_fail(error, TW_USAGE,
                   "too many frames: page numbers in %s are below %#" PRIx64
                   ", so that at most %zu fit from %#" PRIx64 " on%s",
                   tw_mode_name(o->mode), end, most, o->first_frame, besides(rows, text));
}

static tw_status check_numbers(const os_options *o, size_t processes, tw_error *error)
{
    if (o->mode == MODE_HASHED && o->first_frame != 0)
        return tw_fail(error, TW_USAGE,
                       "the hashed table has an entry for each frame from frame 0 on: the first "
                       "frame of the OS must be 0, and is %#" PRIx64,
                       o->first_frame);
    if (o->swap_slots > OS_NO_SLOT)
        return tw_fail(error, TW_USAGE, "a swap file has at most %u slots: %zu are too many",
                       (unsigned)OS_NO_SLOT, o->swap_slots);
    return check_range(o, processes, error);
}

/* Frames besides rows that page tables take before the first page is brought in: every root, and
 * below one of them a way to a page; and the kernel's part. The page of zeros is one, too. */
static size_t first_tables(const os_options *o, size_t processes)
{
    const bool compete = os_table_frames(o->mode) == 1;
    const size_t zero = o->zero_page && o->mode != MODE_HASHED;
    return zero + (compete ? processes + mode_levels(o->mode) - 1 + os_kernel_map_frames(o) : 0);
}

/* All those are in low memory. */
static tw_status check_low(const os_options *o, size_t processes, tw_error *error)
{
    const size_t rows = rows_among(o, o->frames, processes);
    const size_t least = rows + first_tables(o, processes);
    const uint64_t low = o->zones != NULL ? zones_low_pages(o->zones) : o->frames;
    if (low >= least)
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "%" PRIu64 " frame%s of low memory: the page tables of %zu process%s in %s need "
                   "at least %zu: give a higher low limit",
                   low, low == 1 ? "" : "s", processes, processes == 1 ? "" : "es",
                   tw_mode_name(o->mode), least);
}

static tw_status check_enough(const os_options *o, size_t processes, tw_error *error)
{
    size_t rows = rows_among(o, o->frames, processes), tables = first_tables(o, processes);
    size_t frames = o->frames > rows ? o->frames - rows : 0, least = tables + OS_PAGES_MIN;
    if (frames >= least)
        return TW_OK;
    char text[64];
    if (rows == 0)
        snprintf(text, sizeof text, " (%zu for page tables, %d for pages)", tables, OS_PAGES_MIN);
    else
        besides(rows, text);
    return tw_fail(error, TW_USAGE,
                   "%zu frame%s too few: %zu process%s in %s need%s at least %zu%s", frames,
                   frames == 1 ? " is" : "s are", processes, processes == 1 ? "" : "es",
                   tw_mode_name(o->mode), processes == 1 ? "s" : "", least, text);
}

tw_status os_check(const os_options *o, size_t processes, tw_error *error)
{
    if (!segments_bare(o) && mode_levels(o->mode) == 0)
        return tw_fail(error, TW_USAGE, "the OS needs a mode with page tables, and %s has none",
                       tw_mode_name(o->mode));
    tw_status status = os_kernel_map_check(o, error);
    status = status == TW_OK ? os_disk_check(o->disk, error) : status;
    if (status == TW_OK)
        status = check_numbers(o, processes, error);
    if (status != TW_OK || segments_bare(o))
        return status; /* segments need as many frames as os_segments_check says */
    status = check_enough(o, processes, error);
    return status == TW_OK ? check_low(o, processes, error) : status;
}
