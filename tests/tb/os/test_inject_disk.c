/* A disk that refuses one transfer, or all from one on, at any moment of a story of several
 * processes: who needs a page that cannot be had may die of it, for that reason, and nobody else;
 * nothing written is lost. In every mode. */
#include "tests/support/inject_script.h"

static unsigned mode; /* of the tests that run */

/* Linear mode has no lack of frames here. */
static unsigned least(void)
{
    return mode == MODE_LINEAR ? 5 : 20;
}

static void whichever_read_fails_only_who_needs_the_page_may_die(void **state)
{
    (void)state;
    inject_every(mode, inject_story_of_processes(),
                 (inject_runs){.kind = INJECT_READ, .timed = true, .stride = 1, .least = least()});
}

static void whichever_write_fails_nothing_written_is_lost(void **state)
{
    (void)state;
    inject_every(mode, inject_story_of_processes(),
                 (inject_runs){.kind = INJECT_WRITE, .timed = true, .stride = 1, .least = least()});
}

static void a_disk_that_reads_no_more_kills_only_who_needs_a_page(void **state)
{
    (void)state;
    inject_every(
        mode, inject_story_of_processes(),
        (inject_runs){.kind = INJECT_READ, .lasting = true, .stride = 1, .least = least()});
}

static void a_disk_that_is_full_from_any_moment_on_kills_only_who_needs_a_frame(void **state)
{
    (void)state;
    inject_every(
        mode, inject_story_of_processes(),
        (inject_runs){.kind = INJECT_FULL, .lasting = true, .stride = 1, .least = least()});
}

static void a_disk_that_writes_no_more_kills_only_who_needs_a_frame(void **state)
{
    (void)state;
    inject_every(
        mode, inject_story_of_processes(),
        (inject_runs){
            .kind = INJECT_WRITE, .lasting = true, .timed = true, .stride = 1, .least = least()});
}

static void with_however_few_slots_only_who_needs_a_frame_dies(void **state)
{
    (void)state;
    unsigned died = 0;
    const inject_story story = inject_story_of_processes();
    for (unsigned at = 1; at < 40; at++) {
        const inject_plan plan = {.kind = INJECT_SLOTS, .at = at};
        inject_world *world = inject_open(mode, &plan, story.frames, at % 2 != 0);
        died += inject_run(world, story.steps, story.count);
        inject_close(world);
    }
    if (mode != MODE_LINEAR)
        assert_in_range(died, 10, UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whichever_read_fails_only_who_needs_the_page_may_die),
        cmocka_unit_test(whichever_write_fails_nothing_written_is_lost),
        cmocka_unit_test(a_disk_that_reads_no_more_kills_only_who_needs_a_page),
        cmocka_unit_test(a_disk_that_is_full_from_any_moment_on_kills_only_who_needs_a_frame),
        cmocka_unit_test(with_however_few_slots_only_who_needs_a_frame_dies),
        cmocka_unit_test(a_disk_that_writes_no_more_kills_only_who_needs_a_frame),
    };
    return golden_in_every_mode("inject_disk", tests, sizeof tests / sizeof *tests, &mode);
}
