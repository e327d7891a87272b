/* Record memory that runs out at any moment of a story of several processes: whoever asked for
 * something is told, nothing has changed, and it can be asked for again. In every mode. */
#include "tests/support/inject_script.h"

static unsigned mode; /* of the tests that run */

static void whichever_record_is_refused_the_call_can_be_made_again(void **state)
{
    (void)state;
    inject_every(
        mode, inject_story_of_processes(),
        (inject_runs){.kind = INJECT_RECORD, .stride = mode == MODE_LINEAR ? 5 : 1, .least = 100});
}

static void likewise_with_a_disk_that_takes_time(void **state)
{
    (void)state;
    inject_every(mode, inject_story_of_processes(),
                 (inject_runs){.kind = INJECT_RECORD,
                               .timed = true,
                               .stride = mode == MODE_LINEAR ? 13 : 3,
                               .least = 100});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whichever_record_is_refused_the_call_can_be_made_again),
        cmocka_unit_test(likewise_with_a_disk_that_takes_time),
    };
    return golden_in_every_mode("inject_records", tests, sizeof tests / sizeof *tests, &mode);
}
