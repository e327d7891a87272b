/* soak_family.c: processes of a soak begin, become others, and end. */
#include "tests/support/soak_inside.h"

#include <stdlib.h>

static tw_status no_memory(tw_error *error)
{
    return tw_fail(error, TW_NO_MEMORY, "no memory for the address spaces of a soak");
}

static soak_process *free_slot(soak *s)
{
    for (unsigned i = 0; i < SOAK_PROCESSES; i++)
        if (s->process[i].process == NULL)
            return &s->process[i];
    return NULL;
}

tw_status soak_begin_process(soak *s, soak_process *p, tw_error *error)
{
    tw_error why = {0};
    os_process *process = NULL;
    tw_status got = user_spawn(s->u, &process, &why);
    tw_status status = soak_judge(s, SOAK_SPAWN, got == TW_OK ? process->pid : 0, 0, 0,
                                  MAY_DO | MAY_LACK, got, &why, error);
    if (status != TW_OK || got != TW_OK)
        return status;
    soak_space *space = calloc(1, sizeof *space);
    if (space == NULL)
        return no_memory(error);
    space->users = 1;
    *p = (soak_process){.process = process, .space = space};
    return soak_percent(s, 80) ? soak_exec(s, p, error) : soak_mmap(s, p, error);
}

/* ---- exec ------------------------------------------------------------------------------------ */

static void add_part(soak *s, os_image *image, soak_areas *areas, struct os_image_part part)
{
    image->part[image->parts++] = part;
    const soak_area area = {.start = part.start,
                            .end = part.start + (part.bytes + PAGE - 1) / PAGE * PAGE,
                            .permissions = part.permissions,
                            .file = &s->file[SOAK_IMAGE],
                            .offset = part.offset};
    soak_areas_map(areas, &area);
}

/* A program: text, data, perhaps a heap, perhaps a stack. */
static void draw_image(soak *s, os_image *image, soak_areas *areas)
{
    *image = (os_image){.file = s->file[SOAK_IMAGE].object};
    add_part(s, image, areas, (struct os_image_part){TEXT, TEXT_PAGES * PAGE, 0, OS_R | OS_X});
    add_part(s, image, areas,
             (struct os_image_part){DATA, (IMAGE_PAGES - TEXT_PAGES) * PAGE - soak_below(s, PAGE),
                                    TEXT_PAGES * PAGE, OS_R | OS_W});
    if (soak_percent(s, 80))
        image->heap = areas->heap_start = areas->heap_end = HEAP;
    if (soak_percent(s, 80)) {
        image->stack_top = STACK_TOP;
        image->stack_bytes = (uint64_t)(1 + soak_below(s, 3)) * PAGE;
        const soak_area stack = {.start = STACK_TOP - image->stack_bytes,
                                 .end = STACK_TOP,
                                 .permissions = OS_R | OS_W,
                                 .flags = OS_VMA_GROWS_DOWN};
        soak_areas_map(areas, &stack);
    }
}

tw_status soak_exec(soak *s, soak_process *p, tw_error *error)
{
    tw_error why = {0};
    os_image image;
    soak_space *space = calloc(1, sizeof *space);
    if (space == NULL)
        return no_memory(error);
    space->users = 1;
    draw_image(s, &image, &space->areas);
    tw_status got = user_exec(s->u, p->process, &image, &why);
    tw_status status =
        soak_judge(s, SOAK_EXEC, p->process->pid, 0, 0, MAY_DO | MAY_LACK, got, &why, error);
    soak_space *gone = got == TW_OK ? p->space : space;
    if (got == TW_OK) {
        p->space = space;
        p->hot = p->vforked = false;
    }
    if (--gone->users == 0)
        free(gone);
    return status;
}

/* ---- fork and the end ------------------------------------------------------------------------ */

tw_status soak_fork(soak *s, soak_process *p, bool vfork, tw_error *error)
{
    tw_error why = {0};
    os_process *child = NULL;
    soak_process *to = free_slot(s);
    if (to == NULL)
        return TW_OK;
    tw_status got = vfork ? user_vfork(s->u, p->process, &child, &why)
                          : user_fork(s->u, p->process, &child, &why);
    tw_status status =
        soak_judge(s, vfork ? SOAK_VFORK : SOAK_FORK, p->process->pid,
                   got == TW_OK ? child->pid : 0, 0, MAY_DO | MAY_LACK, got, &why, error);
    if (status != TW_OK || got != TW_OK)
        return status;
    *to = (soak_process){
        .process = child, .space = p->space, .hot = p->hot, .va = p->va, .vforked = vfork};
    if (vfork) {
        p->space->users++;
        return TW_OK;
    }
    to->space = malloc(sizeof *to->space);
    if (to->space == NULL)
        return no_memory(error);
    *to->space = *p->space;
    to->space->users = 1;
    soak_areas_change(&to->space->areas, 0, UINT64_MAX / PAGE * PAGE,
                      (soak_change){~0u, 0, ~(unsigned)OS_VMA_LOCKED, 0});
    return TW_OK;
}

tw_status soak_end_process(soak *s, soak_process *p, bool kill, tw_error *error)
{
    tw_error why = {0};
    os_process *process = p->process;
    tw_status got = kill ? user_kill(s->u, process, &why) : user_exit(s->u, process, &why);
    tw_status status =
        soak_judge(s, kill ? SOAK_KILL : SOAK_EXIT, process->pid, 0, 0, MAY_DO, got, &why, error);
    if (status != TW_OK)
        return status;
    if (process->state != (kill ? OS_KILLED : OS_FINISHED))
        return tw_fail(error, TW_MISMATCH, "process %u: expected that it has ended, got state %d",
                       process->pid, process->state);
    s->counts->deaths[OS_REASON_ASKED] += kill;
    soak_gone(s, p);
    return TW_OK;
}
