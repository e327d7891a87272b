/* inject_script.c: steps, each of them an access or a call. */
#include "tests/support/inject_script.h"

#include <string.h>

#include "tb/os/huge.h"

enum { TRIES = 24 };

#define BYTES ((uint64_t)INJECT_PAGES * OS_PAGE_BYTES)

/* ---- accesses -------------------------------------------------------------------------------- */

/* The process runs when this is TW_OK, and nobody else does until then. */
static tw_status get_turn(inject_world *world, os_process *process, tw_error *error)
{
    bool waited = true;
    tw_status status = TW_OK;
    while (status == TW_OK && process->state == OS_WAITS_FOR_DISK && waited)
        status = os_idle(world->system, &waited, error);
    return status == TW_OK ? os_switch(world->system, process, error) : status;
}

/* Helped by the OS along; *pa is where. TW_OK also if the process has died of it. */
static tw_status touch(inject_world *world, os_process *process, tw_op op, uint64_t va,
                       uint64_t *pa, tw_error *error)
{
    tw_status status = get_turn(world, process, error);
    for (int tries = 0; status == TW_OK && tries < TRIES; tries++) {
        const unsigned cause = golden_access(world->machine, op, va, pa);
        os_verdict verdict = OS_VERDICT_DEAD;
        if (cause == CAUSE_NONE)
            return TW_OK;
        status = os_fault(world->system, cause, va, &verdict, error);
        if (status == TW_OK && verdict == OS_VERDICT_DEAD)
            return TW_OK;
        if (status == TW_OK && verdict == OS_VERDICT_WAIT)
            status = get_turn(world, process, error);
    }
    if (status == TW_OK)
        fail_msg("%s: %s at %#llx still faults after %d repairs", inject_where(world),
                 tw_op_name(op), (unsigned long long)va, TRIES);
    return status;
}

static tw_status touch_page(inject_world *world, const inject_step *step, unsigned page,
                            tw_error *error)
{
    os_process *process = world->process[step->who].process;
    uint64_t *want = inject_word(world, step->who, step->area, page), pa = 0;
    const tw_op op = step->op == DO_STORE ? OP_STORE : step->op == DO_FETCH ? OP_FETCH : OP_LOAD;
    tw_status status = touch(world, process, op, inject_va(step->area, page), &pa, error);
    if (status != TW_OK || !os_state_alive(process->state))
        return status;
    uint64_t *word = golden_word(world->machine, pa);
    if (*word != *want)
        fail_msg("%s: process %u, area %d, page %u: expected %#llx, got %#llx", inject_where(world),
                 step->who, (int)step->area, page, (unsigned long long)*want,
                 (unsigned long long)*word);
    if (op == OP_STORE)
        *want = *word = *want * 3 + step->who + page + 1;
    return TW_OK;
}

/* ---- calls ----------------------------------------------------------------------------------- */

static tw_status map_area(inject_world *world, const inject_step *step, tw_error *error)
{
    const bool shared = step->area == AREA_SHARED || step->area == AREA_FILE;
    os_map_request request = {.address = inject_va(step->area, 0),
                              .bytes = BYTES,
                              .permissions = OS_R | OS_W,
                              .flags = shared ? OS_VMA_SHARED : 0,
                              .fixed = true,
                              .object = step->area == AREA_FILE   ? world->file
                                        : step->area == AREA_COPY ? world->program
                                                                  : NULL};
    if (step->area == AREA_STACK) {
        request.address = inject_va(step->area, INJECT_PAGES - 1);
        request.bytes = OS_PAGE_BYTES;
        request.flags = OS_VMA_GROWS_DOWN;
    }
    if (step->area == AREA_HUGE) {
        request.bytes = os_huge_bytes(world->mode);
        request.flags = OS_VMA_HUGE;
    }
    uint64_t address;
    tw_status status =
        os_mmap(world->system, world->process[step->who].process, &request, &address, error);
    if (status == TW_OK)
        inject_begin_area(world, step->who, step->area);
    return status;
}

static tw_status exec(inject_world *world, unsigned who, tw_error *error)
{
    const os_image image = {.file = world->program,
                            .part = {{inject_va(AREA_TEXT, 0), BYTES, 0, OS_R | OS_W | OS_X}},
                            .parts = 1,
                            .heap = inject_va(AREA_HEAP, 0),
                            .stack_top = inject_va(AREA_STACK, INJECT_PAGES),
                            .stack_bytes = OS_PAGE_BYTES};
    inject_process *p = &world->process[who];
    tw_status status = os_exec(world->system, p->process, &image, error);
    if (status != TW_OK)
        return status;
    memset(p->mapped, 0, sizeof p->mapped);
    inject_begin_area(world, who, AREA_TEXT);
    inject_begin_area(world, who, AREA_STACK);
    return status;
}

/* A child, which shows what its parent does: after vfork nothing before it calls exec. */
static tw_status beget(inject_world *world, const inject_step *step, tw_error *error)
{
    const inject_process *parent = &world->process[step->who];
    inject_process *child = &world->process[step->other];
    os_process *born = NULL;
    tw_status status = step->op == DO_FORK ? os_fork(world->system, parent->process, &born, error)
                                           : os_vfork(world->system, parent->process, &born, error);
    if (status != TW_OK)
        return status;
    *child = *parent;
    child->process = born;
    if (step->op == DO_VFORK)
        memset(child->mapped, 0, sizeof child->mapped);
    return status;
}

static tw_status spawn(inject_world *world, unsigned who, tw_error *error)
{
    return os_spawn(world->system, &world->process[who].process, error);
}

/* It can be over in spite of an error. */
static tw_status end(inject_world *world, unsigned who, tw_error *error)
{
    inject_process *p = &world->process[who];
    if (p->process == NULL)
        return TW_OK;
    tw_status status = os_end(world->system, p->process, error);
    if (!os_state_alive(p->process->state))
        p->process = NULL;
    return status;
}

/* The area goes, or is as new. */
static tw_status give_up(inject_world *world, const inject_step *step, tw_error *error)
{
    os_process *process = world->process[step->who].process;
    const uint64_t va = inject_va(step->area, 0);
    tw_status status = step->op == DO_UNMAP ? os_munmap(world->system, process, va, BYTES, error)
                                            : os_madvise(world->system, process, va, BYTES,
                                                         OS_ADVISE_DONTNEED, error);
    if (status == TW_OK && step->op == DO_UNMAP)
        world->process[step->who].mapped[step->area] = false;
    else if (status == TW_OK)
        inject_begin_area(world, step->who, step->area);
    return status;
}

static tw_status change(inject_world *world, const inject_step *step, tw_error *error)
{
    os *system = world->system;
    os_process *process = world->process[step->who].process;
    const uint64_t va = inject_va(step->area, 0);
    size_t count;
    tw_status status;
    switch (step->op) {
    case DO_COLLAPSE:
        return os_collapse(system, process, va, os_huge_bytes(world->mode), &count, error);
    case DO_READ_ONLY:
        return os_mprotect(system, process, va, BYTES, OS_R, error);
    case DO_WRITABLE:
        return os_mprotect(system, process, va, BYTES, OS_R | OS_W, error);
    case DO_LOCK:
        return os_mlock(system, process, va, BYTES, error);
    case DO_UNLOCK:
        return os_munlock(system, process, va, BYTES, error);
    case DO_WILL_NEED:
        return os_madvise(system, process, va, BYTES, OS_ADVISE_WILLNEED, error);
    case DO_SYNC:
        return os_msync(system, process, va, BYTES, &count, error);
    default: /* DO_BREAK */
        status = os_brk(system, process, va + BYTES, error);
        if (status == TW_OK)
            inject_begin_area(world, step->who, AREA_HEAP);
        return status;
    }
}

tw_status inject_make_step(inject_world *world, const inject_step *step, unsigned page,
                           tw_error *error)
{
    switch (step->op) {
    case DO_LOAD:
    case DO_FETCH:
    case DO_STORE:
        return touch_page(world, step, page, error);
    case DO_SPAWN:
        return spawn(world, step->who, error);
    case DO_FORK:
    case DO_VFORK:
        return beget(world, step, error);
    case DO_EXEC:
        return exec(world, step->who, error);
    case DO_END:
        return end(world, step->who, error);
    case DO_MAP:
        return map_area(world, step, error);
    case DO_UNMAP:
    case DO_DONT_NEED:
        return give_up(world, step, error);
    case DO_AGE:
        return os_write_back(world->system, 0, NULL, error);
    case DO_DROP:
        return os_drop_tables(world->system, error);
    default:
        return change(world, step, error);
    }
}
