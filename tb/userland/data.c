/* data.c: what the processor does with data and traps of the process that runs. */
#include <assert.h>

#include "tb/userland/inside.h"

/* What of the value of the access under way stands at `va`: its place in asked->value, in *count at
 * most `bytes` of it; NULL: nothing. */
static uint8_t *value_at(struct user_asked *asked, uint64_t va, unsigned bytes, unsigned *count)
{
    uint64_t at = va - asked->va;
    if (asked->left == 0 || at >= sizeof asked->value)
        return NULL;
    *count = bytes < sizeof asked->value - at ? bytes : (unsigned)(sizeof asked->value - at);
    return asked->value + at;
}

static tw_status load(void *context, unsigned space, uint64_t va, uint64_t pa, unsigned bytes,
                      tw_error *error)
{
    userland *u = context;
    struct user_asked *asked = &u->current->asked;
    uint8_t got[TRACE_BYTES_MAX];
    unsigned count = 0;
    (void)error;
    assert(bytes <= sizeof got);
    data_monitor_load_bytes(u->data, space, va, pa, got, bytes);
    uint8_t *value = value_at(asked, va, bytes, &count);
    for (unsigned i = 0; i < count; i++)
        value[i] = got[i];
    if (asked->left > 0) {
        asked->left -= bytes;
        asked->ready = asked->left == 0;
    }
    return TW_OK;
}

static tw_status store(void *context, unsigned space, uint64_t va, uint64_t pa, unsigned bytes,
                       tw_error *error)
{
    userland *u = context;
    struct user_asked *asked = &u->current->asked;
    unsigned count = 0;
    const uint8_t *value = asked->given ? value_at(asked, va, bytes, &count) : NULL;
    tw_status status = value != NULL && count == bytes
                           ? data_monitor_store_bytes(u->data, space, va, pa, value, bytes, error)
                           : data_monitor_store(u->data, space, va, pa, bytes, error);
    asked->left -= asked->left > 0 ? bytes : 0;
    return status;
}

cpu_data user_data(userland *u)
{
    return (cpu_data){u, load, store};
}

/* A private page of a file, or of shared memory, that is the process's own by now. */
static bool is_copy(const os_process *process, const os_place *place)
{
    const os_vma *area = os_process_region(process, place->va);
    return area != NULL && area->file != NULL && (area->flags & OS_VMA_SHARED) == 0 &&
           place->page != NULL && place->page->object == NULL;
}

tw_status user_note_copies(userland *u, const os_process *process, uint64_t start, uint64_t end,
                           tw_error *error)
{
    const os_space *space = process->space;
    tw_status status = TW_OK;
    if (space == NULL || space->areas == NULL)
        return TW_OK;
    const os_place *place = os_places_from(&space->places, start);
    for (; status == TW_OK && place != NULL && place->va < end; place = os_places_next(place))
        if (is_copy(process, place))
            status = shadow_store(userland_shadow(u), process->pid, place->va, NULL, 0, error);
    return status;
}

/* A store that trapped has its copy of the page already, if it needs one, but is made later: when
 * the disk is done, or after a trap for its other page. */
static tw_status note_copy(userland *u, const os_process *process, uint64_t va, tw_error *error)
{
    const uint64_t page = va - va % OS_PAGE_BYTES;
    return user_note_copies(u, process, page, page + OS_PAGE_BYTES, error);
}

static tw_status fault(void *context, unsigned cause, uint64_t va, cpu_outcome *outcome,
                       tw_error *error)
{
    userland *u = context;
    const os_process *process = u->current->process;
    os_verdict verdict = OS_VERDICT_RESUME;
    tw_status status = os_fault(u->system, cause, va, &verdict, error);
    *outcome = verdict == OS_VERDICT_RESUME ? CPU_TRAP_RESUME
               : verdict == OS_VERDICT_WAIT ? CPU_TRAP_WAIT
                                            : CPU_TRAP_DEAD;
    tw_status noted = cause == CAUSE_STORE_PAGE
                          ? note_copy(u, process, va, status == TW_OK ? error : NULL)
                          : TW_OK;
    return status == TW_OK ? noted : status;
}

cpu_trap user_trap(userland *u)
{
    return (cpu_trap){u, fault};
}
