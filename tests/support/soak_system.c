/* soak_system.c: one system of a soak, from opening to what is left when all has ended. */
#include "tests/support/soak_inside.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tb/os/huge.h"
#include "tb/os_link.h"
#include "tests/support/arguments.h"

/* ---- opening --------------------------------------------------------------------------------- */

static tw_status open_machine(soak *s, tw_error *error)
{
    const unsigned low = 1 + soak_below(s, 6);
    const tw_memory_options memory = {.seed = random_next(&s->random),
                                      .latency_min = low,
                                      .latency_max = low + soak_below(s, 6),
                                      .stall_percent = soak_percent(s, 30) ? soak_below(s, 40) : 0};
    s->engine = argument_engine(s->options->engine);
    s->memory = tw_memory_open(&memory);
    if (s->engine != NULL && s->memory != NULL)
        s->machine = tw_machine_open(s->engine, s->memory);
    if (s->memory != NULL)
        s->monitors = monitors_open(tw_rtl_built(), s->memory);
    if (s->machine == NULL || s->monitors == NULL)
        return tw_fail(error, TW_USAGE,
                       "no engine '%s', or no memory: engines are rtl, model, "
                       "lockstep",
                       s->options->engine);
    return tw_machine_watch(s->machine, monitors_watcher(s->monitors), error);
}

/* Scarce as a rule: tables of eight processes, and a fraction of their pages. Every third system
 * has room for some huge pages, but not for all that its processes want. */
static void draw_frames(soak *s)
{
    const uint64_t huge = os_huge_bytes(s->mode) / PAGE;
    const unsigned tables = mode_narrow(s->mode) ? 5 : 4 + 3 * mode_levels(s->mode);
    s->frames = SOAK_PROCESSES * tables + 10 + soak_below(s, 80);
    s->window_pages = 96;
    if (huge > 0 && soak_percent(s, 40)) {
        s->huge_pages = huge;
        s->window_pages = 2 * huge + 64;
        s->frames += huge * 4 + soak_below(s, 2 * huge);
    }
}

/* And how much one process may take at once, where there is much. */
static os_options draw_options(soak *s)
{
    const bool hashed = s->mode == MODE_HASHED, slow = soak_percent(s, 75);
    os_options o = {.mode = s->mode,
                    .first_frame = hashed ? 0 : 0x80000,
                    .swap_slots =
                        soak_percent(s, 50) ? 4 + soak_below(s, s->frames / 8) : 16 * s->frames,
                    .adue = soak_percent(s, 80),
                    .zero_page = !hashed && soak_percent(s, 75),
                    .kernel_map = !hashed && s->mode != MODE_LINEAR && soak_percent(s, 25)};
    o.frames = s->frames + os_row_frames(s->mode, s->frames, SOAK_PROCESSES + 2);
    if (s->huge_pages > 0 ||
        s->mode == MODE_LINEAR) /* whose rows, as long as they are free, are pages' */
        s->hog_pages = s->huge_pages > 0 ? s->frames / 2 : o.frames / 3;
    if (slow)
        o.disk = (os_disk_times){.seek = soak_below(s, 600), .transfer = 20 + soak_below(s, 200)};
    return o;
}

static void count_event(void *context, const os_event *event)
{
    soak_counts *counts = context;
    counts->events[event->kind]++;
}

tw_status soak_open(soak *s, tw_error *error)
{
    tw_status status = open_machine(s, error);
    if (status != TW_OK)
        return status;
    draw_frames(s);
    userland_options options = {.os = draw_options(s),
                                .outstanding = 1 + soak_below(s, 8),
                                .seed = random_next(&s->random)};
    os_port port = os_link(s->machine);
    port.records = counted_records_of(&s->records);
    port.event = count_event;
    port.event_context = s->counts;
    s->u = userland_open(s->machine, &port, &options, error);
    if (s->u == NULL)
        return error->status;
    if (s->options->calls != NULL)
        fprintf(s->options->calls,
                "system: %zu frames, %zu slots, disk %" PRIu64 "+%" PRIu64 ", A and D by %s%s%s\n",
                options.os.frames, options.os.swap_slots, options.os.disk.seek,
                options.os.disk.transfer, options.os.adue ? "hardware" : "OS",
                options.os.zero_page ? ", page of zeros" : "",
                options.os.kernel_map ? ", kernel mapped" : "");
    return soak_make_files(s, error);
}

/* ---- the end --------------------------------------------------------------------------------- */

void soak_gone(soak *s, soak_process *p)
{
    if (s->u != NULL) /* else it went with all */
        user_reap(s->u, p->process, NULL);
    if (--p->space->users == 0)
        free(p->space);
    *p = (soak_process){0};
}

/* Every page that a process may touch is what the oracle says. */
static tw_status check_pages(soak *s, const soak_process *p, tw_error *error)
{
    const soak_areas *areas = &p->space->areas;
    for (size_t i = 0; i < areas->count; i++)
        for (uint64_t va = areas->area[i].start; va < areas->area[i].end; va += PAGE) {
            if (soak_beyond(&areas->area[i], va))
                continue;
            tw_status status = user_check_page(s->u, p->process, va, error);
            if (status != TW_OK)
                return status;
            s->counts->pages++;
        }
    return TW_OK;
}

static void count(soak *s)
{
    soak_counts *c = s->counts;
    const cpu_counts *processor = cpu_statistics(userland_cpu(s->u));
    const os_counts *system = os_statistics(userland_os(s->u));
    const struct monitor_counts monitors = monitors_counts(s->monitors);
    c->systems++;
    c->cycles += tw_machine_cycle(s->machine);
    c->accesses += processor->references;
    c->loads += processor->loads;
    c->stores += processor->stores;
    c->fetches += processor->fetches;
    c->minor += system->minor;
    c->major += system->major;
    c->checks += data_monitor_checks(userland_data(s->u));
    c->translations += monitors.fresh + monitors.stale + monitors.faults;
}

tw_status soak_finish(soak *s, tw_error *error)
{
    tw_status status = TW_OK;
    count(s);
    os_poll(userland_os(s->u));
    for (unsigned i = 0; status == TW_OK && i < SOAK_PROCESSES; i++)
        if (s->process[i].process != NULL && s->process[i].process->state == OS_RUNNABLE)
            status = check_pages(s, &s->process[i], error);
    if (status == TW_OK)
        status = user_finish(s->u, error);
    if (status != TW_OK)
        return status;
    userland_close(s->u);
    s->u = NULL;
    if (s->records.alive != 0)
        return tw_fail(error, TW_MISMATCH, "after closing: records alive: expected 0, got %zu",
                       s->records.alive);
    return TW_OK;
}

void soak_close(soak *s)
{
    for (unsigned i = 0; i < SOAK_PROCESSES; i++)
        if (s->process[i].process != NULL)
            soak_gone(s, &s->process[i]);
    userland_close(s->u);
    soak_remove_files(s);
    monitors_close(s->monitors);
    tw_machine_close(s->machine);
    tw_engine_close(s->engine);
    tw_memory_close(s->memory);
}
