/* What fails while a huge page is made, shared, split and made again: record memory, the bus, the
 * fence. Where there are huge pages. */
#include "tb/os/kernel.h"
#include "tests/support/inject_script.h"

static unsigned mode; /* of the tests that run */

static bool has_huge_pages(void)
{
    return mode != MODE_LINEAR && mode != MODE_HASHED;
}

static void tell(inject_kind kind, unsigned stride)
{
    if (has_huge_pages())
        inject_every(mode, inject_story_of_huge_pages(mode),
                     (inject_runs){.kind = kind, .stride = stride, .least = 50});
}

static void count(void *context, const os_event *event)
{
    ((unsigned *)context)[event->kind]++;
}

static void the_story_makes_and_splits_huge_pages(void **state)
{
    (void)state;
    if (!has_huge_pages())
        return;
    unsigned seen[OS_EVENT_KINDS] = {0};
    const inject_story story = inject_story_of_huge_pages(mode);
    inject_world *world = inject_open(mode, &(inject_plan){.at = 0}, story.frames, false);
    world->system->port.event = count;
    world->system->port.event_context = seen;
    assert_int_equal(inject_run(world, story.steps, story.count), 0);
    assert_in_range(seen[OS_EVENT_HUGE_MADE], 4, UINT32_MAX);
    assert_in_range(seen[OS_EVENT_HUGE_SPLIT], 3, UINT32_MAX);
    world->system->port.event = NULL;
    inject_close(world);
}

static void whichever_record_is_refused_the_step_can_be_made_again(void **state)
{
    (void)state;
    tell(INJECT_RECORD, 61);
}

static void whichever_word_or_page_cannot_be_had_the_step_can_be_made_again(void **state)
{
    (void)state;
    tell(INJECT_BUS, 499);
}

static void whichever_register_or_fence_fails_the_step_can_be_made_again(void **state)
{
    (void)state;
    tell(INJECT_DEVICE, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_story_makes_and_splits_huge_pages),
        cmocka_unit_test(whichever_record_is_refused_the_step_can_be_made_again),
        cmocka_unit_test(whichever_word_or_page_cannot_be_had_the_step_can_be_made_again),
        cmocka_unit_test(whichever_register_or_fence_fails_the_step_can_be_made_again),
    };
    return golden_in_every_mode("inject_huge", tests, sizeof tests / sizeof *tests, &mode);
}
