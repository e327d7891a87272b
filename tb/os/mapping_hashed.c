/* mapping_hashed.c: the hashed inverted table, in frames that the OS has, and known to the MMU.
 * Invariant: no entry of a page stands at physical address 0, which means "none": if the table is
 * there, that is the entry of its own first frame. */
#include "tb/os/mapping.h"

#include "tablewalk/registers.h"

tw_status hashed_boot(os *system, tw_error *error)
{
    const os_port *port = &system->port;
    const size_t frames = os_frames_count(system->frames), row = os_hashed_frames(frames);
    uint64_t ppn;
    tw_status status = os_frames_take_row(system->frames, row, OS_FRAME_TABLE, &ppn, error);
    if (status != TW_OK)
        return status;
    os_note_taken(system, OS_FRAME_TABLE, 0, ppn, row);
    system->hashed = os_hashed_at(ppn, frames);
    system->counts.table_frames += row;
    status = os_hashed_clear(port, &system->hashed, error);
    if (status == TW_OK)
        status = port->register_write(port->context, REG_HASH_TABLE, system->hashed.table, error);
    if (status == TW_OK)
        status =
            port->register_write(port->context, REG_HASH_ANCHORS, system->hashed.anchors, error);
    return status;
}

tw_status hashed_enter(os *system, const os_place *place, unsigned permissions, tw_error *error)
{
    tw_status status = TW_OK;
    for (os_place *other = place->page->places; other != NULL && status == TW_OK;
         other = other->next)
        status = os_unmap(system, other, error);
    return status != TW_OK
               ? status
               : os_hashed_link(&system->port, &system->hashed, place->space->asid, place->va,
                                (unsigned)place->page->ppn, permissions, error);
}
