/* mapping_trees.c: the page tables of address spaces, in frames that the OS has. */
#include "tb/os/kernel_map.h"
#include "tb/os/mapping.h"

/* What gives tables back, and the first error of it. */
typedef struct giving {
    os *system;
    tw_status status;
    tw_error *error;
} giving;

/* Gives all frames of a table back, whatever becomes of one. */
static tw_status give_table(void *context, uint64_t ppn, tw_error *error)
{
    giving *g = context;
    (void)error;
    for (size_t i = 0; i < os_table_frames(g->system->options.mode); i++) {
        tw_status given = os_give_frame(g->system, ppn + i, g->status == TW_OK ? g->error : NULL);
        g->status = g->status == TW_OK ? given : g->status;
    }
    return TW_OK;
}

tw_status trees_begin(os *system, os_space *space, tw_error *error)
{
    os_table *table = &space->table;
    const unsigned node = system->current != NULL ? system->current->node : 0;
    const size_t frames = os_table_frames(table->mode);
    tw_status status =
        frames == 1
            ? os_get_frame(system, OS_FRAME_TABLE, node, &table->root, NULL, error)
            : os_frames_take_row(system->frames, frames, OS_FRAME_TABLE, &table->root, error);
    if (status != TW_OK)
        return status;
    if (frames > 1)
        os_note_taken(system, OS_FRAME_TABLE, node, table->root, frames);
    status = os_table_clear(&system->port, table->mode, table->root, error);
    if (status == TW_OK)
        status = os_kernel_map_enter(system, space, error);
    giving back = {system, TW_OK, NULL}; /* what went wrong first is told */
    if (status == TW_OK)
        system->counts.table_frames += frames;
    else
        give_table(&back, table->root, NULL);
    return status;
}

/* Gives all that is left of a tree that cannot be read. */
static void give_rest(os *system, const os_space *space)
{
    const uint64_t root = space->table.root, end = root + os_table_frames(space->table.mode);
    for (size_t i = 0; i < os_frames_count(system->frames); i++) {
        const uint64_t ppn = os_frames_ppn(system->frames, i);
        const os_frame *frame = os_frames_at(system->frames, i);
        if (frame->use == OS_FRAME_TABLE && (frame->space == space || (ppn >= root && ppn < end)))
            os_give_frame(system, ppn, NULL); /* what went wrong first is told */
    }
}

tw_status trees_end(os *system, const os_space *space, tw_error *error)
{
    giving g = {system, TW_OK, error};
    tw_status status = os_kernel_map_leave(system, space, error);
    if (status == TW_OK)
        status = os_table_visit(&system->port, &space->table, give_table, &g, error);
    if (status != TW_OK)
        give_rest(system, space);
    return status == TW_OK ? g.status : status;
}

tw_status trees_prepare(os *system, const os_space *space, uint64_t va, unsigned node,
                        tw_error *error)
{
    const os_table *table = &space->table;
    for (;;) {
        os_table_spot end;
        uint64_t ppn;
        tw_status status = os_table_walk(&system->port, table, va, &end, error);
        if (status != TW_OK || end.level == 0 || end.pte != 0) /* a huge page has a table kept */
            return status;
        status = os_get_frame(system, OS_FRAME_TABLE, node, &ppn, NULL, error);
        if (status != TW_OK)
            return status;
        status = os_table_extend(&system->port, table, va, ppn, error);
        if (status != TW_OK) {
            os_give_frame(system, ppn, NULL);
            return status;
        }
        os_frames_find(system->frames, ppn)->space = space;
        system->counts.table_frames++;
    }
}

tw_status trees_enter(os *system, const os_place *place, unsigned permissions, tw_error *error)
{
    const os_table *table = &place->space->table;
    uint64_t address;
    tw_status status = os_table_find(&system->port, table, place->va, &address, error);
    return status != TW_OK ? status
                           : os_pte_write(&system->port, table, address,
                                          os_pte_leaf(place->page->ppn, permissions), error);
}
