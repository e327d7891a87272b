/* inject_story.c: stories that are told again and again, each time with another misfortune. */
#include "tb/os/huge.h"
#include "tests/support/inject_script.h"

static const inject_step processes[] = {
    {DO_SPAWN, 0, {0}},
    {DO_MAP, 0, {AREA_PRIVATE}},
    {DO_MAP, 0, {AREA_SHARED}},
    {DO_MAP, 0, {AREA_FILE}},
    {DO_MAP, 0, {AREA_COPY}},
    {DO_MAP, 0, {AREA_STACK}},
    {DO_STORE, 0, {AREA_PRIVATE}},
    {DO_LOAD, 0, {AREA_SHARED}},
    {DO_STORE, 0, {AREA_SHARED}},
    {DO_LOAD, 0, {AREA_COPY}},
    {DO_STORE, 0, {AREA_FILE}},
    {DO_STORE, 0, {AREA_STACK}},
    /* a child: copy-on-write, and what is shared */
    {DO_FORK, 0, {.other = 1}},
    {DO_LOAD, 1, {AREA_PRIVATE}},
    {DO_STORE, 1, {AREA_PRIVATE}},
    {DO_STORE, 0, {AREA_PRIVATE}},
    {DO_STORE, 1, {AREA_SHARED}},
    {DO_STORE, 1, {AREA_COPY}},
    {DO_LOAD, 0, {AREA_SHARED}},
    {DO_STORE, 1, {AREA_FILE}},
    {DO_READ_ONLY, 0, {AREA_PRIVATE}},
    {DO_LOAD, 0, {AREA_PRIVATE}},
    {DO_WRITABLE, 0, {AREA_PRIVATE}},
    {DO_STORE, 0, {AREA_PRIVATE}},
    {DO_SYNC, 0, {AREA_FILE}},
    /* another program */
    {DO_VFORK, 0, {.other = 2}},
    {DO_EXEC, 2, {0}},
    {DO_FETCH, 2, {AREA_TEXT}},
    {DO_BREAK, 2, {AREA_HEAP}},
    {DO_STORE, 2, {AREA_HEAP}},
    {DO_STORE, 2, {AREA_TEXT}},
    {DO_LOCK, 2, {AREA_HEAP}},
    {DO_LOAD, 1, {AREA_STACK}},
    {DO_UNLOCK, 2, {AREA_HEAP}},
    {DO_WILL_NEED, 0, {AREA_PRIVATE}},
    {DO_WILL_NEED, 0, {AREA_FILE}},
    {DO_DONT_NEED, 0, {AREA_PRIVATE}},
    {DO_LOAD, 0, {AREA_PRIVATE}},
    {DO_STORE, 0, {AREA_PRIVATE}},
    {DO_DROP, 0, {0}},
    {DO_STORE, 1, {AREA_FILE}},
    {DO_AGE, 0, {0}},
    {DO_AGE, 0, {0}},
    {DO_UNMAP, 1, {AREA_COPY}},
    {DO_MAP, 1, {AREA_COPY}},
    {DO_STORE, 1, {AREA_COPY}},
    /* children outlive their parents */
    {DO_LOAD, 1, {AREA_PRIVATE}},
    {DO_END, 1, {0}},
    {DO_FORK, 2, {.other = 3}},
    {DO_STORE, 3, {AREA_TEXT}},
    {DO_STORE, 2, {AREA_HEAP}},
    {DO_END, 2, {0}},
    {DO_STORE, 3, {AREA_HEAP}},
    {DO_LOAD, 3, {AREA_TEXT}},
    {DO_EXEC, 3, {0}},
    {DO_FETCH, 3, {AREA_TEXT}},
    {DO_STORE, 3, {AREA_STACK}},
    {DO_LOAD, 0, {AREA_STACK}},
    {DO_STORE, 0, {AREA_SHARED}},
};

static const inject_step huge_pages[] = {
    {DO_SPAWN, 0, {0}},
    {DO_MAP, 0, {AREA_HUGE}},
    {DO_MAP, 0, {AREA_PRIVATE}},
    {DO_STORE, 0, {AREA_HUGE}},
    {DO_FORK, 0, {.other = 1}},
    {DO_STORE, 1, {AREA_HUGE}},
    {DO_STORE, 0, {AREA_HUGE}},
    {DO_END, 1, {0}},
    {DO_STORE, 0, {AREA_HUGE}},
    {DO_COLLAPSE, 0, {AREA_HUGE}},
    {DO_LOAD, 0, {AREA_HUGE}},
    {DO_READ_ONLY, 0, {AREA_HUGE}},
    {DO_LOAD, 0, {AREA_HUGE}},
    {DO_WRITABLE, 0, {AREA_HUGE}},
    {DO_STORE, 0, {AREA_HUGE}},
    {DO_COLLAPSE, 0, {AREA_HUGE}},
    {DO_DONT_NEED, 0, {AREA_HUGE}},
    {DO_STORE, 0, {AREA_PRIVATE}},
    {DO_STORE, 0, {AREA_HUGE}},
    {DO_COLLAPSE, 0, {AREA_HUGE}},
    {DO_UNMAP, 0, {AREA_HUGE}},
};

enum { FRAMES = 12 };

inject_story inject_story_of_processes(void)
{
    return (inject_story){processes, sizeof processes / sizeof *processes, FRAMES};
}

inject_story inject_story_of_huge_pages(unsigned mode)
{
    const size_t pages = (size_t)(os_huge_bytes(mode) / OS_PAGE_BYTES);
    return (inject_story){huge_pages, sizeof huge_pages / sizeof *huge_pages, 3 * pages + FRAMES};
}

/* How often the kind of the plan was used. */
static unsigned tell(unsigned mode, inject_story story, const inject_plan *plan, bool timed)
{
    inject_world *world = inject_open(mode, plan, story.frames, timed);
    inject_run(world, story.steps, story.count);
    const unsigned uses = world->plan.uses[plan->kind];
    if (plan->at != 0 && world->plan.struck == 0)
        fail_msg("%s: there were only %u uses", inject_where(world), uses);
    inject_close(world);
    return uses;
}

void inject_every(unsigned mode, inject_story story, inject_runs runs)
{
    const unsigned uses = tell(mode, story, &(inject_plan){.kind = runs.kind}, runs.timed);
    assert_in_range(uses, runs.least, UINT32_MAX);
    for (unsigned at = 1; at <= uses; at += runs.stride) {
        const inject_plan plan = {.kind = runs.kind, .at = at, .lasting = runs.lasting};
        tell(mode, story, &plan, runs.timed);
    }
}
