/* mapping_hashed.c: the hashed inverted table, in frames that the OS has, and known to the MMU. The
 * table stands first: what is at physical address 0 is then the entry of a frame that never holds
 * a page. */
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
