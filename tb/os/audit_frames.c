/* audit_frames.c: is every frame of a table where exactly one other leads to it? */
#include "tb/os/audit_frames.h"

#include <inttypes.h>

#include "tb/os/kernel_map.h"

static tw_status wrong(const char *what, uint64_t ppn, tw_error *error)
{
    return tw_fail(error, TW_MISMATCH, "audit: %s: %#" PRIx64, what, ppn);
}

tw_status audit_reach(os *system, uint64_t ppn, os_frame_use use, const os_space *space,
                      tw_error *error)
{
    os_frame *frame = os_frames_find(system->frames, ppn);
    if (frame == NULL || frame->use != use)
        return wrong("a table is in a frame that is none of a table", ppn, error);
    if (frame->reached)
        return wrong("two ways lead to the frame of a table", ppn, error);
    if (space != NULL && frame->space != space)
        return wrong("a table is in the frame of another address space", ppn, error);
    frame->reached = true;
    return TW_OK;
}

tw_status audit_reach_row(os *system, uint64_t ppn, size_t frames, tw_error *error)
{
    tw_status status = TW_OK;
    for (size_t i = 0; status == TW_OK && i < frames; i++)
        status = audit_reach(system, ppn + i, OS_FRAME_TABLE, NULL, error);
    return status;
}

static tw_status reach_kernel(void *context, uint64_t ppn, tw_error *error)
{
    return audit_reach(context, ppn, OS_FRAME_KERNEL, NULL, error);
}

tw_status audit_reach_shared(os *system, tw_error *error)
{
    const size_t frames = os_frames_count(system->frames);
    tw_status status = TW_OK;
    for (size_t i = 0; i < frames; i++)
        os_frames_at(system->frames, i)->reached = false;
    if (system->options.mode == MODE_HASHED)
        status = audit_reach_row(system, TW_GET(system->hashed.table, HASH_TABLE, PPN),
                                 os_hashed_frames(frames), error);
    if (system->kernel != NULL)
        status = os_table_visit(&system->port, &system->kernel->table, reach_kernel, system, error);
    return status;
}

tw_status audit_all_reached(os *system, tw_error *error)
{
    for (size_t i = 0; i < os_frames_count(system->frames); i++) {
        const os_frame *frame = os_frames_at(system->frames, i);
        if (frame->use == OS_FRAME_TABLE && !frame->reached)
            return wrong("nothing leads to the frame of a table", os_frames_ppn(system->frames, i),
                         error);
    }
    return TW_OK;
}
