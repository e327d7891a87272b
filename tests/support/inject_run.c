/* inject_run.c: one step after the other; and what a step that fails must not do. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/inject_script.h"

/* Nothing of these is left half done: a bus that breaks in the middle of a walk is another matter. */
static bool undoes(inject_kind kind)
{
    return kind != INJECT_BUS && kind != INJECT_DEVICE;
}

/* An access may leave a stack longer than it was. */
static bool keeps_areas(const inject_world *world, const inject_step *step)
{
    return undoes(world->plan.kind) && step->op < DO_LOAD;
}

/* The areas of all processes, as text; free() it. */
static char *maps_of(const inject_world *world)
{
    char *text = NULL;
    size_t length;
    FILE *to = open_memstream(&text, &length);
    assert_non_null(to);
    for (unsigned who = 0; who < INJECT_PROCESSES; who++)
        if (world->process[who].process != NULL)
            os_print_maps(world->system, world->process[who].process, to);
    fclose(to);
    return text;
}

/* Who died, and why. Returns how many. */
static unsigned bury_dead(inject_world *world, unsigned current)
{
    unsigned died = 0;
    for (unsigned who = 0; who < INJECT_PROCESSES; who++) {
        inject_process *p = &world->process[who];
        if (p->process == NULL || os_state_alive(p->process->state))
            continue;
        const os_reason reason = p->process->death.reason;
        if (who != current || world->plan.struck == 0 || !inject_kills(world->plan.kind, reason))
            fail_msg("%s: process %u, in a step of process %u, died: %s", inject_where(world), who,
                     current, os_reason_text(reason));
        *p = (inject_process){.process = NULL};
        died++;
    }
    return died;
}

static unsigned run_step(inject_world *world, const inject_step *step, unsigned page)
{
    inject_plan *plan = &world->plan;
    const inject_step give_up = {DO_END, step->who, {0}};
    tw_error error = {0};
    const unsigned struck = plan->struck;
    char *before = maps_of(world);
    plan->armed = true;
    tw_status status = inject_make_step(world, step, page, &error);
    plan->armed = false;
    if (status != TW_OK) {
        if ((plan->struck == struck && plan->kind != INJECT_SLOTS) ||
            !inject_explains(plan->kind, error.text))
            fail_msg("%s: step %d of process %u: expected a sentence about it, got '%s'",
                     inject_where(world), (int)step->op, step->who, error.text);
        char *after = maps_of(world);
        if (keeps_areas(world, step) && strcmp(before, after) != 0)
            fail_msg("%s: step %d of process %u failed, and areas changed from\n%sto\n%s",
                     inject_where(world), (int)step->op, step->who, before, after);
        free(after);
        if (undoes(plan->kind))
            inject_check(world);
        if (plan->kind != INJECT_SLOTS)
            inject_mend(plan);
        else
            step = &give_up;
        if (inject_make_step(world, step, page, &error) != TW_OK)
            fail_msg("%s: step %d of process %u fails again: %s", inject_where(world),
                     (int)step->op, step->who, error.text);
    }
    free(before);
    const unsigned died = bury_dead(world, step->who);
    if (died > 0)
        inject_mend(plan);
    if ((plan->struck != struck || died > 0) && undoes(plan->kind))
        inject_check(world);
    else if (plan->struck != struck)
        inject_check_words(world);
    return died;
}

static bool has_actor(const inject_world *world, const inject_step *step)
{
    const bool born = step->op == DO_SPAWN || step->op == DO_AGE || step->op == DO_DROP;
    return born || world->process[step->who].process != NULL;
}

unsigned inject_run(inject_world *world, const inject_step *steps, size_t count)
{
    unsigned died = 0;
    for (const inject_step *step = steps; step < steps + count; step++) {
        const unsigned pages = step->op >= DO_LOAD ? INJECT_PAGES : 1;
        for (unsigned page = 0; page < pages && has_actor(world, step); page++)
            died += run_step(world, step, page);
    }
    inject_mend(&world->plan);
    if (!undoes(world->plan.kind)) /* what was left half in the tables goes */
        assert_int_equal(os_drop_tables(world->system, NULL), TW_OK);
    inject_check(world);
    return died;
}
