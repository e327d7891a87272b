/* calls.c: calls of processes: first the OS, then the oracle. */
#include "tb/userland/inside.h"

/* ---- processes ------------------------------------------------------------------------------- */

tw_status user_spawn(userland *u, os_process **process, tw_error *error)
{
    tw_status status = os_spawn(u->system, process, error);
    return status == TW_OK ? user_add(u, *process, error) : status;
}

typedef tw_status os_forking(os *system, os_process *process, os_process **child, tw_error *error);
typedef tw_status shadow_forking(shadow *s, unsigned pid, unsigned child, tw_error *error);

static tw_status fork_by(userland *u, os_process *process, os_process **child, os_forking *call,
                         shadow_forking *follow, tw_error *error)
{
    if (user_find(u, process, error) == NULL)
        return TW_USAGE;
    tw_status status = call(u->system, process, child, error);
    if (status == TW_OK)
        status = user_add(u, *child, error);
    if (status == TW_OK)
        status = follow(userland_shadow(u), process->pid, (*child)->pid, error);
    return status;
}

tw_status user_fork(userland *u, os_process *process, os_process **child, tw_error *error)
{
    return fork_by(u, process, child, os_fork, shadow_fork, error);
}

tw_status user_vfork(userland *u, os_process *process, os_process **child, tw_error *error)
{
    return fork_by(u, process, child, os_vfork, shadow_vfork, error);
}

static tw_status show_image(userland *u, unsigned pid, const os_image *image, shadow_object *file,
                            tw_error *error)
{
    shadow *s = userland_shadow(u);
    tw_status status = shadow_exec(s, pid, error);
    for (unsigned i = 0; status == TW_OK && i < image->parts; i++) {
        const struct os_image_part *part = &image->part[i];
        status = shadow_map(s, pid, part->start, part->bytes, file, part->offset, false, error);
    }
    return status;
}

tw_status user_exec(userland *u, os_process *process, const os_image *image, tw_error *error)
{
    struct user_process *p = user_find(u, process, error);
    shadow_object *file = NULL;
    if (p == NULL ||
        (image->file != NULL && (file = user_object_shadow(u, image->file, error)) == NULL))
        return TW_USAGE;
    tw_status status = os_exec(u->system, process, image, error);
    if (status != TW_OK)
        return status;
    user_forget(u, p);
    return show_image(u, process->pid, image, file, error);
}

static tw_status end(userland *u, os_process *process,
                     tw_status (*how)(os *system, os_process *process, tw_error *error),
                     tw_error *error)
{
    if (user_find(u, process, error) == NULL)
        return TW_USAGE;
    tw_status status = how(u->system, process, error);
    if (!os_state_alive(process->state))
        shadow_exit(userland_shadow(u), process->pid);
    return status;
}

tw_status user_exit(userland *u, os_process *process, tw_error *error)
{
    return end(u, process, os_end, error);
}

tw_status user_kill(userland *u, os_process *process, tw_error *error)
{
    return end(u, process, os_kill, error);
}

tw_status user_reap(userland *u, os_process *process, tw_error *error)
{
    size_t index = user_index(u, process), known = u->processes;
    tw_status status = os_reap(u->system, process, error);
    if (status == TW_OK && index < known)
        user_remove(u, index);
    return status;
}

/* ---- areas ----------------------------------------------------------------------------------- */

/* What the OS has mapped, as the oracle sees it. */
static tw_status show_map(userland *u, unsigned pid, const os_map_request *request,
                          uint64_t address, shadow_object *object, tw_error *error)
{
    shadow *s = userland_shadow(u);
    bool shared = (request->flags & OS_VMA_SHARED) != 0, own = object == NULL && shared;
    tw_status status = own ? shadow_shared(s, &object, error) : TW_OK;
    if (status != TW_OK)
        return status;
    status = shadow_map(s, pid, address, request->bytes, object, own ? 0 : request->offset, shared,
                        error);
    if (own)
        shadow_drop(object);
    return status;
}

tw_status user_mmap(userland *u, os_process *process, const os_map_request *request,
                    uint64_t *address, tw_error *error)
{
    shadow_object *object = NULL;
    if (user_find(u, process, error) == NULL)
        return TW_USAGE;
    if (request->object != NULL && (object = user_object_shadow(u, request->object, error)) == NULL)
        return TW_USAGE;
    tw_status status = os_mmap(u->system, process, request, address, error);
    if (status == TW_OK)
        status = show_map(u, process->pid, request, *address, object, error);
    if (status == TW_OK) /* those that were brought in at once */
        status = user_note_copies(u, process, *address, *address + request->bytes, error);
    return status;
}

tw_status user_munmap(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                      tw_error *error)
{
    if (user_find(u, process, error) == NULL)
        return TW_USAGE;
    tw_status status = os_munmap(u->system, process, start, bytes, error);
    if (status == TW_OK)
        status = shadow_unmap(userland_shadow(u), process->pid, start, bytes, error);
    return status;
}

tw_status user_brk(userland *u, os_process *process, uint64_t end_of_heap, tw_error *error)
{
    if (user_find(u, process, error) == NULL)
        return TW_USAGE;
    tw_status status = os_brk(u->system, process, end_of_heap, error);
    if (status == TW_OK)
        status = shadow_brk(userland_shadow(u), process->pid, end_of_heap, error);
    return status;
}

tw_status user_madvise(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                       os_advice advice, tw_error *error)
{
    if (user_find(u, process, error) == NULL)
        return TW_USAGE;
    tw_status status = os_madvise(u->system, process, start, bytes, advice, error);
    if (status == TW_OK && advice == OS_ADVISE_DONTNEED)
        status = shadow_discard(userland_shadow(u), process->pid, start, bytes, error);
    return status;
}

/* What is brought in for stores is copied at once. */
static tw_status bring(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                       tw_status (*how)(os *system, os_process *process, uint64_t start,
                                        uint64_t bytes, tw_error *error),
                       tw_error *error)
{
    if (user_find(u, process, error) == NULL)
        return TW_USAGE;
    tw_status status = how(u->system, process, start, bytes, error);
    tw_status noted =
        user_note_copies(u, process, start, start + bytes, status == TW_OK ? error : NULL);
    return status == TW_OK ? noted : status;
}

tw_status user_mlock(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                     tw_error *error)
{
    return bring(u, process, start, bytes, os_mlock, error);
}

tw_status user_populate(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                        tw_error *error)
{
    return bring(u, process, start, bytes, os_populate, error);
}

/* ---- what the oracle need not know ----------------------------------------------------------- */

tw_status user_mprotect(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                        unsigned permissions, tw_error *error)
{
    return user_find(u, process, error) == NULL
               ? TW_USAGE
               : os_mprotect(u->system, process, start, bytes, permissions, error);
}

tw_status user_munlock(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                       tw_error *error)
{
    return user_find(u, process, error) == NULL
               ? TW_USAGE
               : os_munlock(u->system, process, start, bytes, error);
}

tw_status user_msync(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                     size_t *written, tw_error *error)
{
    return user_find(u, process, error) == NULL
               ? TW_USAGE
               : os_msync(u->system, process, start, bytes, written, error);
}

tw_status user_collapse(userland *u, os_process *process, uint64_t start, uint64_t bytes,
                        size_t *made, tw_error *error)
{
    return user_find(u, process, error) == NULL
               ? TW_USAGE
               : os_collapse(u->system, process, start, bytes, made, error);
}
