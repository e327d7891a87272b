/* soak_run.c: who does what next, until enough accesses are made. */
#include "tests/support/soak_run.h"

#include <inttypes.h>
#include <string.h>

#include "tests/support/soak_inside.h"

enum { AUDIT_SLICES = 200, TURNS_PER_ACCESS = 4 };

/* Nobody has ended but by what was judged: an error of one is the end of that one alone. */
static tw_status all_live(const soak *s, tw_error *error)
{
    for (unsigned i = 0; i < SOAK_PROCESSES; i++) {
        const os_process *process = s->process[i].process;
        if (process != NULL && !os_state_alive(process->state))
            return tw_fail(error, TW_MISMATCH,
                           "process %u: expected that it lives, got that it has ended: %s",
                           process->pid, os_reason_text(process->death.reason));
    }
    return TW_OK;
}

/* What is locked has a frame; unless it lay beyond the end of its file when it was locked. */
static tw_status check_locked(const soak_process *p, tw_error *error)
{
    const soak_areas *areas = &p->space->areas;
    for (size_t i = 0; i < areas->count; i++) {
        const soak_area *area = &areas->area[i];
        if ((area->flags & OS_VMA_LOCKED) == 0 ||
            (area->file != NULL && area->file->path[0] != '\0' && area->file->writable))
            continue;
        const os_place *place = os_places_from(&p->process->space->places, area->start);
        for (; place != NULL && place->va < area->end; place = os_places_next(place))
            if (place->page != NULL && place->page->ppn == OS_NO_FRAME)
                return tw_fail(error, TW_MISMATCH,
                               "process %u, locked page at %#" PRIx64
                               ": expected that it is in a frame, got none",
                               p->process->pid, place->va);
    }
    return TW_OK;
}

static tw_status audit(soak *s, tw_error *error)
{
    tw_status status = user_check(s->u, error);
    s->counts->audits++;
    for (unsigned i = 0; status == TW_OK && i < SOAK_PROCESSES; i++)
        if (s->process[i].process != NULL)
            status = check_locked(&s->process[i], error);
    return status;
}

/* What no process asks for. */
static tw_status something_else(soak *s, tw_error *error)
{
    tw_error why = {0};
    tw_status got;
    switch (soak_below(s, 8)) {
    case 0:
    case 1:
        return soak_truncate(s, error);
    case 2:
        return soak_reopen(s, error);
    case 3:
        got = os_drop_tables(userland_os(s->u), &why);
        return soak_judge(s, SOAK_DROP_TABLES, 0, 0, 0, MAY_DO, got, &why, error);
    default:
        got = os_write_back(userland_os(s->u), soak_percent(s, 50) ? 0 : soak_below(s, 5000), NULL,
                            &why);
        return soak_judge(s, SOAK_WRITE_BACK, 0, 0, 0, MAY_DO, got, &why, error);
    }
}

static soak_process *runnable(soak *s)
{
    const unsigned first = soak_below(s, SOAK_PROCESSES);
    for (unsigned i = 0; i < SOAK_PROCESSES; i++) {
        soak_process *p = &s->process[(first + i) % SOAK_PROCESSES];
        if (p->process != NULL && p->process->state == OS_RUNNABLE)
            return p;
    }
    return NULL;
}

static tw_status nobody_runs(soak *s, tw_error *error)
{
    bool waited = false;
    tw_status status = os_idle(userland_os(s->u), &waited, error);
    s->counts->idle++;
    if (status != TW_OK || waited)
        return status;
    for (unsigned i = 0; i < SOAK_PROCESSES; i++)
        if (s->process[i].process != NULL)
            return tw_fail(error, TW_MISMATCH,
                           "nobody can run: expected that process %u does at some time, got "
                           "that it waits for ever",
                           s->process[i].process->pid);
    return soak_begin_process(s, &s->process[0], error);
}

/* One turn of somebody, and calls before it. */
static tw_status step(soak *s, tw_error *error)
{
    soak_process *slot = &s->process[soak_below(s, SOAK_PROCESSES)];
    os_poll(userland_os(s->u));
    if (slot->process == NULL && soak_percent(s, 30))
        return soak_begin_process(s, slot, error);
    if (soak_percent(s, 3))
        return something_else(s, error);
    if (slot->process != NULL && slot->process->state != OS_RUNNABLE && soak_below(s, 300) == 0)
        return soak_end_process(s, slot, soak_percent(s, 80), error);
    soak_process *p = runnable(s);
    if (p == NULL)
        return nobody_runs(s, error);
    while (!p->waits && !p->doomed && soak_percent(s, 60)) {
        tw_status status = soak_call_something(s, p, error);
        if (status != TW_OK || p->process == NULL || p->process->state != OS_RUNNABLE)
            return status;
    }
    return soak_turn(s, p, error);
}

static uint64_t accesses(const soak *s)
{
    return cpu_statistics(userland_cpu(s->u))->references;
}

/* One system: opened, used, and its end. */
static tw_status run_system(soak *s, uint64_t wanted, tw_error *error)
{
    tw_status status = soak_open(s, error);
    uint64_t turns = 0;
    while (status == TW_OK && accesses(s) < wanted) {
        status = step(s, error);
        if (status == TW_OK)
            status = all_live(s, error);
        if (status == TW_OK && ++turns % AUDIT_SLICES == 0)
            status = audit(s, error);
        if (status == TW_OK && turns > TURNS_PER_ACCESS * wanted + 100000)
            status = tw_fail(error, TW_TIMEOUT,
                             "after %" PRIu64 " turns: expected %" PRIu64 " accesses, got %" PRIu64,
                             turns, wanted, accesses(s));
    }
    if (status == TW_OK)
        status = audit(s, error);
    return status == TW_OK ? soak_finish(s, error) : status;
}

static void report_failure(const soak *s, uint64_t seed, uint64_t wanted, const tw_error *error,
                           FILE *report)
{
    if (report == NULL)
        return;
    if (s->engine != NULL)
        tw_lockstep_report(s->engine, report);
    fprintf(report, "%s\nseed %" PRIu64 ", access %" PRIu64 ", cycle %" PRIu64 "; again:\n",
            error->text, seed, s->u != NULL ? accesses(s) : wanted,
            s->machine != NULL ? tw_machine_cycle(s->machine) : 0);
    fprintf(report, "%s --engine %s --seed %" PRIu64 " --accesses %" PRIu64 " --mode %s\n",
            s->options->program, s->options->engine, seed, wanted, tw_mode_name(s->mode));
}

tw_status soak_run(const soak_options *options, soak_counts *counts, FILE *report, tw_error *error)
{
    tw_status status = TW_OK;
    uint64_t seed = options->seed;
    *counts = (soak_counts){0};
    for (uint64_t left = options->accesses; status == TW_OK && left > 0; seed++) {
        const uint64_t wanted = left < SOAK_SYSTEM_ACCESSES ? left : SOAK_SYSTEM_ACCESSES;
        soak s = {.options = options, .counts = counts, .random = seed, .mode = options->mode};
        *error = (tw_error){0};
        status = run_system(&s, wanted, error);
        if (status != TW_OK)
            report_failure(&s, seed, wanted, error, report);
        soak_close(&s);
        left -= wanted;
    }
    return status;
}
