/* mapping_trees.c: the page tables of processes, in frames that the OS has. */
#include "tb/os/mapping.h"

/* Gives all of its frames back, whatever becomes of one. */
static tw_status give_table(void *context, uint64_t ppn, tw_error *error)
{
    os *system = context;
    tw_status status = TW_OK;
    for (size_t i = 0; i < os_table_frames(system->options.mode); i++) {
        tw_status given = os_frames_give(system->frames, ppn + i, status == TW_OK ? error : NULL);
        status = status == TW_OK ? given : status;
    }
    return status;
}

tw_status trees_begin(os *system, os_process *process, tw_error *error)
{
    os_table *table = &process->table;
    size_t frames = os_table_frames(table->mode);
    tw_status status = frames == 1 ? os_get_frame(system, OS_FRAME_TABLE, &table->root, error)
                                   : os_frames_take_row(system->frames, frames, OS_FRAME_TABLE,
                                                        &table->root, error);
    if (status != TW_OK)
        return status;
    status = os_table_clear(&system->port, table->mode, table->root, error);
    if (status == TW_OK)
        system->counts.table_frames += frames;
    else
        give_table(system, table->root, NULL); /* what went wrong first is told */
    return status;
}

tw_status trees_end(os *system, const os_process *process, tw_error *error)
{
    return os_table_visit(&system->port, &process->table, give_table, system, error);
}

tw_status trees_prepare(os *system, const os_process *process, uint64_t va, tw_error *error)
{
    const os_table *table = &process->table;
    for (;;) {
        uint64_t address, ppn;
        tw_status status = os_table_find(&system->port, table, va, &address, error);
        if (status != TW_OK || address != 0)
            return status;
        status = os_get_frame(system, OS_FRAME_TABLE, &ppn, error);
        if (status != TW_OK)
            return status;
        status = os_table_extend(&system->port, table, va, ppn, error);
        if (status != TW_OK) {
            os_frames_give(system->frames, ppn, NULL);
            return status;
        }
        system->counts.table_frames++;
    }
}

tw_status trees_enter(os *system, const os_process *process, const os_page *page,
                      unsigned permissions, tw_error *error)
{
    uint64_t address;
    tw_status status = os_table_find(&system->port, &process->table, page->va, &address, error);
    return status != TW_OK ? status
                           : os_pte_write(&system->port, &process->table, address,
                                          os_pte_leaf(page->ppn, permissions), error);
}
