/*
 * calls_exec.c: a process begins another program. All of the new address space is made before the
 * old one is given up, and none of it is in memory: a program is loaded by the faults of its pages.
 * As long as the old one cannot be taken out of the tables, it stays.
 */
#include "tb/os/calls_inside.h"

#include <inttypes.h>

/* Text and data of the file: private, so that what is not written is the file's page, shared with
 * all who run it, and what is written is this process's own. */
static tw_status map_part(os_vmas *areas, const os *system, const os_image *image,
                          const struct os_image_part *part, tw_error *error)
{
    uint64_t bytes;
    tw_status status = call_page_up(part->bytes, &bytes, error);
    if (status == TW_OK)
        status = call_check_range(system, part->start, part->start + bytes, error);
    if (status != TW_OK)
        return status;
    if (image->file == NULL)
        return tw_fail(error, TW_USAGE, "an image with parts needs the file that they are of");
    if ((part->permissions & ~(unsigned)(OS_R | OS_W | OS_X)) != 0)
        return tw_fail(error, TW_USAGE, "an image: permissions are OS_R, OS_W and OS_X");
    const os_vma area = {.start = part->start,
                         .end = part->start + bytes,
                         .permissions = os_vma_permissions(part->permissions),
                         .file = image->file,
                         .offset = part->offset};
    status = call_check_beside(system, areas, &area, error);
    return status == TW_OK ? os_vmas_map_new(areas, &area, error) : status;
}

static tw_status map_stack(os_vmas *areas, const os *system, const os_image *image, tw_error *error)
{
    uint64_t bytes;
    tw_status status = call_page_up(image->stack_bytes, &bytes, error);
    if (status == TW_OK && bytes > image->stack_top)
        return tw_fail(error, TW_USAGE, "a stack of %" PRIu64 " bytes does not fit below %#" PRIx64,
                       bytes, image->stack_top);
    const os_vma area = {.start = image->stack_top - bytes,
                         .end = image->stack_top,
                         .permissions = OS_R | OS_W,
                         .flags = OS_VMA_GROWS_DOWN};
    if (status == TW_OK)
        status = call_check_range(system, area.start, area.end, error);
    return status == TW_OK ? os_vmas_map_new(areas, &area, error) : status;
}

static tw_status map_image(os *system, os_space *space, const os_image *image, tw_error *error)
{
    tw_status status = os_space_open_areas(&system->port.records, space, error);
    if (status == TW_OK && image->parts > sizeof image->part / sizeof *image->part)
        return tw_fail(error, TW_USAGE, "an image has at most %zu parts, and this has %u",
                       sizeof image->part / sizeof *image->part, image->parts);
    for (unsigned i = 0; status == TW_OK && i < image->parts; i++)
        status = map_part(space->areas, system, image, &image->part[i], error);
    if (status == TW_OK && image->stack_top != 0)
        status = map_stack(space->areas, system, image, error);
    if (status == TW_OK && image->heap != 0)
        status = os_vmas_heap(space->areas, image->heap, error);
    return status;
}

tw_status os_exec(os *system, os_process *process, const os_image *image, tw_error *error)
{
    call c;
    os_space *space, *old = process->space;
    tw_status status = call_begin(system, process, &c, error);
    if (status == TW_OK)
        status = os_space_make(system, &space, error);
    if (status != TW_OK)
        return status;
    status = map_image(system, space, image, error);
    if (status != TW_OK) {
        os_space_drop(system, space, NULL); /* what went wrong first is told */
        return status;
    }
    os_forget_pending(process);
    bool gone;
    status = os_space_end(system, old, &gone, error);
    if (!gone) {
        os_space_drop(system, space, NULL);
        return status;
    }
    process->space = space;
    process->refused = false;
    os_wake_parent(process, old);
    if (system->current == process) {
        tw_status switched = os_switch(system, process, status == TW_OK ? error : NULL);
        status = status == TW_OK ? switched : status;
    }
    os_emit(system, OS_EVENT_EXEC, process, 0, 0, space->asid);
    return status;
}
