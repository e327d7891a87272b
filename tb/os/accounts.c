/* accounts.c: where everything is, counted from the records themselves. */
#include "tb/os/kernel.h"

bool os_is_first_user(const os *system, const os_process *process)
{
    const os_process *p = system->oldest;
    while (p->space != process->space)
        p = p->next;
    return p == process;
}

static void count_frames(const os *system, os_accounts *a)
{
    a->frames = os_frames_count(system->frames);
    for (size_t i = 0; i < a->frames; i++)
        switch (os_frames_at(system->frames, i)->use) {
        case OS_FRAME_FREE:
            a->free_frames++;
            break;
        case OS_FRAME_TABLE:
            a->table_frames++;
            break;
        case OS_FRAME_KERNEL:
            a->kernel_frames++;
            break;
        case OS_FRAME_USER:
            a->page_frames++;
            break;
        }
}

void os_account(const os *system, os_accounts *accounts)
{
    *accounts = (os_accounts){.slots_used = os_swap_used(system->swap)};
    count_frames(system, accounts);
    for (const os_process *p = system->oldest; p != NULL; p = p->next) {
        if (p->space == NULL)
            continue;
        accounts->processes++;
        if (p->space->users > 1 && !os_is_first_user(system, p))
            continue;
        accounts->spaces++;
        accounts->places += p->space->places.count;
    }
    const os_object *object = os_object_next(system, NULL);
    for (; object != NULL; object = os_object_next(system, object))
        accounts->objects++;
}
