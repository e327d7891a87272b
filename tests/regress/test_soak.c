/*
 * Eight processes that do anything at random, in every mode with page tables; in lockstep too, as
 * the same seed must lead to the same; and the counts that show that they met what they were meant
 * to meet. A failure prints its seed and the command that repeats it. `make soak` is the long run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tablewalk/config.h"
#include "tablewalk/engine.h"
#include "tests/support/soak_run.h"

static soak_counts run(const char *engine, unsigned mode, uint64_t seed, uint64_t accesses)
{
    const char *build = getenv("BUILD");
    char program[256];
    snprintf(program, sizeof program, "%s/soak", build == NULL ? "build" : build);
    const soak_options options = {
        .program = program, .engine = engine, .seed = seed, .accesses = accesses, .mode = mode};
    soak_counts counts;
    tw_error error;
    if (soak_run(&options, &counts, stderr, &error) != TW_OK)
        fail_msg("seed %" PRIu64 ", %s: %s", seed, tw_mode_name(mode), error.text);
    return counts;
}

static bool is_built(unsigned mode)
{
    return mode_levels(mode) > 0 && (tw_rtl_built()->modes >> mode & 1) != 0;
}

/* What a system meets depends on its seed, and on the cycles that a configuration takes: what is
 * rare may need more systems than the first ten. */
enum { SYSTEMS = 10, SYSTEMS_MAX = 40, SYSTEM_ACCESSES = 10000 };

static void nothing_is_lost_in_any_mode_and_everything_was_met(void **state)
{
    (void)state;
    for (unsigned mode = 0; mode <= MODE_HASHED; mode++) {
        if (!is_built(mode))
            continue;
        soak_counts sum = {0};
        const char *missing = NULL;
        for (unsigned n = 1; n <= SYSTEMS || (missing != NULL && n <= SYSTEMS_MAX); n++) {
            const soak_counts one = run("model", mode, 1000 * mode + n, SYSTEM_ACCESSES);
            soak_counts_add(&sum, &one);
            missing = soak_counts_missing(&sum, mode);
        }
        if (missing != NULL)
            fail_msg("%s, seeds %u to %u: %s: expected at least once, got 0", tw_mode_name(mode),
                     1000 * mode + 1, 1000 * mode + SYSTEMS_MAX, missing);
    }
}

static void the_same_seed_leads_to_the_same_in_lockstep(void **state)
{
    (void)state;
    for (unsigned mode = 0; mode <= MODE_HASHED; mode++) {
        if (!is_built(mode))
            continue;
        const soak_counts model = run("model", mode, mode, 2000);
        const soak_counts both = run("lockstep", mode, mode, 2000);
        if (memcmp(&model, &both, sizeof model) != 0)
            fail_msg("seed %u, %s: expected %" PRIu64 " cycles as on the model, got %" PRIu64, mode,
                     tw_mode_name(mode), model.cycles, both.cycles);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_in_any_mode_and_everything_was_met),
        cmocka_unit_test(the_same_seed_leads_to_the_same_in_lockstep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
