/* userland.c: opening, the records of processes, and what must hold. */
#include "tb/userland/userland.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tb/segmented.h"
#include "tb/userland/inside.h"

/* A page of a file that the disk refused to the end: the oracle learns of it. */
static void lose(void *context, const os_object *file, uint64_t index)
{
    userland *u = context;
    const os_file_identity id = os_object_files()->identify(file);
    shadow_lose(userland_shadow(u), id.major, id.minor, id.inode, index);
}

static tw_status open_all(userland *u, tw_machine *machine, const os_port *port,
                          const userland_options *options, tw_error *error)
{
    u->data = data_monitor_open(machine, options->seed);
    if (u->data == NULL)
        return user_no_memory(error);
    os_port with = *port;
    with.lost = lose;
    with.lost_context = u;
    u->system = os_open(&with, &options->os, error);
    if (u->system == NULL)
        return error->status;
    u->processor = cpu_open(machine, user_data(u), user_trap(u), options->outstanding);
    if (u->processor == NULL)
        return user_no_memory(error);
    cpu_segments segments = segmented_access(u->system);
    if (options->os.segmented)
        cpu_use_segments(u->processor, &segments);
    os_account(u->system, &u->opened);
    return TW_OK;
}

userland *userland_open(tw_machine *machine, const os_port *port, const userland_options *options,
                        tw_error *error)
{
    if (options->outstanding < 1 || options->outstanding > CPU_OUTSTANDING_MAX) {
        tw_fail(error, TW_USAGE, "%u accesses in flight: expected 1 to %d", options->outstanding,
                CPU_OUTSTANDING_MAX);
        return NULL;
    }
    userland *u = calloc(1, sizeof *u);
    if (u == NULL) {
        user_no_memory(error);
        return NULL;
    }
    u->zero_page = options->os.zero_page;
    if (open_all(u, machine, port, options, error) == TW_OK)
        return u;
    userland_close(u);
    return NULL;
}

void userland_close(userland *u)
{
    if (u == NULL)
        return;
    cpu_close(u->processor);
    os_close(u->system);
    data_monitor_close(u->data);
    for (size_t i = 0; i < u->processes; i++)
        free(u->process[i]);
    free(u->process);
    free(u->object);
    free(u);
}

os *userland_os(userland *u)
{
    return u->system;
}

cpu *userland_cpu(userland *u)
{
    return u->processor;
}

data_monitor *userland_data(userland *u)
{
    return u->data;
}

shadow *userland_shadow(userland *u)
{
    return data_monitor_shadow(u->data);
}

/* ---- records of processes -------------------------------------------------------------------- */

void *user_grow(void *items, size_t bytes, size_t count, size_t *room)
{
    if (count < *room)
        return items;
    size_t more = 2 * *room + 8;
    void *grown = reallocarray(items, more, bytes);
    if (grown != NULL)
        *room = more;
    return grown;
}

size_t user_index(const userland *u, const os_process *process)
{
    size_t low = 0, high = u->processes;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (u->process[middle]->process->pid < process->pid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < u->processes && u->process[low]->process == process ? low : u->processes;
}

struct user_process *user_find(userland *u, const os_process *process, tw_error *error)
{
    if (!os_state_alive(process->state)) {
        tw_fail(error, TW_USAGE, "process %u has ended", process->pid);
        return NULL;
    }
    size_t index = user_index(u, process);
    if (index < u->processes)
        return u->process[index];
    tw_fail(error, TW_USAGE, "process %u was not made by user_spawn or user_fork", process->pid);
    return NULL;
}

tw_status user_add(userland *u, os_process *process, tw_error *error)
{
    void *grown = user_grow(u->process, sizeof(void *), u->processes, &u->process_room);
    if (grown == NULL)
        return user_no_memory(error);
    u->process = grown;
    struct user_process *p = calloc(1, sizeof *p);
    if (p == NULL)
        return user_no_memory(error);
    p->process = process;
    p->context.space = process->pid;
    u->process[u->processes++] = p;
    return TW_OK;
}

void user_remove(userland *u, size_t index)
{
    user_forget(u, u->process[index]);
    free(u->process[index]);
    memmove(&u->process[index], &u->process[index + 1], (--u->processes - index) * sizeof(void *));
}

void user_forget(userland *u, struct user_process *p)
{
    p->context.aside = 0;
    p->asked.left = 0;
    p->asked.ready = false;
    if (u->current == p)
        u->current = NULL;
}

/* ---- what must hold -------------------------------------------------------------------------- */

tw_status user_check_page(userland *u, os_process *process, uint64_t va, tw_error *error)
{
    uint8_t got[OS_PAGE_BYTES], expected[OS_PAGE_BYTES], known[OS_PAGE_BYTES];
    va -= va % OS_PAGE_BYTES;
    if (user_find(u, process, error) == NULL)
        return TW_USAGE;
    tw_status status = os_read_page(u->system, process, va, got, error);
    if (status != TW_OK)
        return status;
    shadow_load(userland_shadow(u), process->pid, va, expected, known, OS_PAGE_BYTES);
    for (unsigned i = 0; i < OS_PAGE_BYTES; i++)
        if (known[i] && got[i] != expected[i])
            return tw_fail(error, TW_MISMATCH,
                           "process %u, byte at %#" PRIx64 ": expected %#x, got %#x", process->pid,
                           va + i, expected[i], got[i]);
    return TW_OK;
}

tw_status user_check(userland *u, tw_error *error)
{
    const os_counts *counts = os_statistics(u->system);
    tw_status status = os_audit(u->system, error);
    if (status == TW_OK && counts->pages_lost > counts->writes_failed)
        return tw_fail(error, TW_MISMATCH,
                       "%" PRIu64 " pages of files were lost, and the disk refused only %" PRIu64,
                       counts->pages_lost, counts->writes_failed);
    if (status == TW_OK && data_monitor_errors(u->data) > 0)
        status = tw_fail(error, TW_MISMATCH, "%" PRIu64 " accesses were wrong, the first: %s",
                         data_monitor_errors(u->data), data_monitor_first_error(u->data));
    return status;
}

static tw_status left_over(const char *what, size_t expected, size_t got, tw_error *error)
{
    return tw_fail(error, TW_MISMATCH, "after all processes ended: %s: expected %zu, got %zu", what,
                   expected, got);
}

/* The page of zeros stays for ever, once it was made. */
static tw_status check_accounts(const userland *u, tw_error *error)
{
    os_accounts now;
    os_account(u->system, &now);
#define SAME(field, what)             \
    if (now.field != u->opened.field) \
    return left_over(what, u->opened.field, now.field, error)
    SAME(slots_used, "slots in use");
    SAME(processes, "processes");
    SAME(spaces, "address spaces");
    SAME(objects, "files and shared memory open");
    SAME(places, "places of pages");
#undef SAME
    if (now.free_frames + u->zero_page < u->opened.free_frames)
        return left_over("free frames", u->opened.free_frames - u->zero_page, now.free_frames,
                         error);
    return TW_OK;
}

/* Frames whose pages ended while the disk was at work are given back when it is done. */
static tw_status wait_for_frames(userland *u, tw_error *error)
{
    bool waited = true;
    tw_status status = TW_OK;
    while (status == TW_OK && waited)
        status = os_idle(u->system, &waited, error);
    return status;
}

tw_status user_finish(userland *u, tw_error *error)
{
    tw_status first = TW_OK, status;
    tw_error other = {0};
    for (size_t i = u->processes; i > 0; i--) /* a child before a parent that waits for it */
        if (os_state_alive(u->process[i - 1]->process->state)) {
            status = user_exit(u, u->process[i - 1]->process, first == TW_OK ? error : &other);
            first = first == TW_OK ? status : first;
        }
    while (u->objects > 0) {
        const uint64_t lost = os_statistics(u->system)->pages_lost;
        status = user_close(u, u->object[u->objects - 1].object, first == TW_OK ? error : &other);
        if (status == TW_IO && os_statistics(u->system)->pages_lost > lost)
            status = TW_OK;
        first = first == TW_OK ? status : first;
    }
    if (first == TW_OK)
        first = wait_for_frames(u, error);
    if (first == TW_OK)
        first = user_check(u, error);
    if (first == TW_OK)
        first = shadow_check_files(userland_shadow(u), error);
    return first == TW_OK ? check_accounts(u, error) : first;
}
