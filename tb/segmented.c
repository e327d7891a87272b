/* segmented.c: the loader's questions about regions, asked before there is a process. */
#include "tb/segmented.h"

#include "tb/host_records.h"

/* ---- frames ---------------------------------------------------------------------------------- */

/* What os_segments_frames and os_segments_check say of the regions of one trace. */
static tw_status check_trace(const workload *load, size_t i, size_t *frames, tw_error *error)
{
    os_space space = {.table.mode = MODE_BARE};
    os_process process = {.pid = (unsigned)i + 1, .space = &space};
    const os_records records = host_records();
    tw_status status = footprint_load(load->footprint[i], &records, &process, error);
    tw_error why;
    if (status == TW_OK) {
        size_t needed = os_segments_frames(&process);
        *frames = needed > *frames ? needed : *frames;
        status = os_segments_check(&process, SIZE_MAX, &why);
        if (status != TW_OK)
            tw_fail(error, status, "%.160s: %.200s", load->path[i], why.text);
    }
    os_vmas_close(space.areas);
    return status;
}

tw_status segmented_frames(const workload *load, size_t *frames, tw_error *error)
{
    tw_status status = TW_OK;
    *frames = 0;
    for (size_t i = 0; status == TW_OK && i < load->traces; i++)
        status = check_trace(load, i, frames, error);
    return status;
}

tw_status segmented_check(const workload *load, size_t frames, tw_error *error)
{
    size_t needed;
    tw_status status = segmented_frames(load, &needed, error);
    if (status != TW_OK || needed <= frames)
        return status;
    return tw_fail(error, TW_USAGE,
                   "%zu frames are too few: an access can need segments of %zu pages at once: give "
                   "so many with --frames",
                   frames, needed);
}

/* ---- the processor --------------------------------------------------------------------------- */

static tw_status locate(void *context, uint64_t va, unsigned bytes, unsigned *selector,
                        uint64_t *offset, tw_error *error)
{
    return os_segments_locate(context, va, bytes, selector, offset, error);
}

static tw_status find(void *context, unsigned selector, unsigned *number, tw_error *error)
{
    return os_segments_find(context, selector, number, error);
}

static tw_status load_register(void *context, unsigned selector, tw_error *error)
{
    return os_segments_load(context, selector, error);
}

cpu_segments segmented_access(os *system)
{
    return (cpu_segments){system, locate, find, load_register};
}
