/* A bus, a register or a fence that does not answer once, at any moment of a story of several
 * processes: the step fails with a sentence, and succeeds when it is made again. In every mode. */
#include "tests/support/inject_script.h"

static unsigned mode; /* of the tests that run */

/* A table of linear mode is cleared page by page, which says the same each time. */
static unsigned stride(void)
{
    return mode == MODE_LINEAR ? 211 : 23;
}

static void whichever_word_or_page_cannot_be_had_the_step_can_be_made_again(void **state)
{
    (void)state;
    inject_every(mode, inject_story_of_processes(),
                 (inject_runs){.kind = INJECT_BUS, .stride = stride(), .least = 1000});
}

static void whichever_register_or_fence_fails_the_step_can_be_made_again(void **state)
{
    (void)state;
    inject_every(mode, inject_story_of_processes(),
                 (inject_runs){.kind = INJECT_DEVICE,
                               .timed = true,
                               .stride = mode == MODE_LINEAR ? 29 : 5,
                               .least = 100});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whichever_word_or_page_cannot_be_had_the_step_can_be_made_again),
        cmocka_unit_test(whichever_register_or_fence_fails_the_step_can_be_made_again),
    };
    return golden_in_every_mode("inject_bus", tests, sizeof tests / sizeof *tests, &mode);
}
