/*
 * Any combination of parameters within the bounds of docs/blocks/mmu.md builds without a warning;
 * one outside is refused while it is built, in words. Verilator speaks for the three tools.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tablewalk/engine.h"
#include "tests/support/shell.h"

/* Lints the RTL with these parameters; valid until the next one. */
static const outcome *lint(const char *parameters)
{
    char command[512];
    snprintf(command, sizeof command,
             "verilator --lint-only -Wall --top-module mmu %s rtl/lint.vlt rtl/tw_pkg.sv "
             "$(ls rtl/*.sv | grep -v tw_pkg)",
             parameters);
    return sh(command);
}

static void combinations_within_the_bounds_build(void **state)
{
    static const char *const parameters[] = {
        "-GFETCH_ENTRIES=2 -GDATA_ENTRIES=64 -GMISSES=1 -GWALKERS=1 -GL2_ENTRIES=16 -GL2_WAYS=8 "
        "-GWALK_CACHE=2",
        "-GFETCH_ENTRIES=64 -GDATA_ENTRIES=2 -GMISSES=3 -GWALKERS=3 -GL2_ENTRIES=64 -GL2_WAYS=1 "
        "-GWALK_CACHE=0",
        "-GWALKERS=1 -GL2_ENTRIES=16 -GL2_WAYS=1 -GWALK_CACHE=2 -GPREFETCH=1",
        "-GWALKERS=4 -GPREFETCH=1 -GMODES=16\\'h003",
        "-GMISSES=8 -GWALKERS=4 -GL2_ENTRIES=0 -GL2_WAYS=2 -GWALK_CACHE=32 -GSEGMENTS=0 "
        "-GMODES=16\\'h401",
        "-GSEGMENTS=1 -GMODES=16\\'h4001",
        "-GWALKERS=3 -GWALK_CACHE=0 -GMODES=16\\'h8001",
    };
    (void)state;
    if (strcmp(tw_rtl_built()->name, "default") != 0)
        skip(); /* it is the same for each configuration */
    for (unsigned i = 0; i < sizeof parameters / sizeof *parameters; i++) {
        const outcome *o = lint(parameters[i]);
        if (o->exit != 0 || o->text[0] != '\0')
            fail_msg("%s: expected silence, got exit %d and: %s", parameters[i], o->exit, o->text);
    }
}

static void a_parameter_out_of_bounds_is_refused_in_words(void **state)
{
    static const struct {
        const char *parameter, *words;
    } bad[] = {
        {"-GFETCH_ENTRIES=1", "FETCH_ENTRIES_must_be_a_power_of_two_from_2_to_64"},
        {"-GDATA_ENTRIES=24", "DATA_ENTRIES_must_be_a_power_of_two_from_2_to_64"},
        {"-GMISSES=9", "MISSES_must_be_1_to_8"},
        {"-GWALKERS=0", "WALKERS_must_be_1_to_4"},
        {"-GWALKERS=5", "WALKERS_must_be_1_to_4"},
        {"-GL2_ENTRIES=24", "L2_ENTRIES_must_be_0_or_a_power_of_two_from_16_to_8192"},
        {"-GL2_ENTRIES=16384", "L2_ENTRIES_must_be_0_or_a_power_of_two_from_16_to_8192"},
        {"-GL2_WAYS=3", "L2_WAYS_must_be_1_2_4_or_8"},
        {"-GWALK_CACHE=1", "WALK_CACHE_must_be_0_or_a_power_of_two_from_2_to_32"},
        {"-GPREFETCH=2", "PREFETCH_must_be_0_or_1"},
        {"-GPREFETCH=1 -GL2_ENTRIES=0", "PREFETCH_needs_a_second_level_and_a_walk_cache"},
        {"-GPREFETCH=1 -GWALK_CACHE=0", "PREFETCH_needs_a_second_level_and_a_walk_cache"},
        {"-GSEGMENTS=17", "SEGMENTS_must_be_0_to_16"},
        {"-GMODES=16\\'h2", "MODES_must_have_bit_0_and_may_have_bits_1_8_9_10_14_and_15"},
        {"-GMODES=16\\'h5", "MODES_must_have_bit_0_and_may_have_bits_1_8_9_10_14_and_15"},
    };
    (void)state;
    if (strcmp(tw_rtl_built()->name, "default") != 0)
        skip();
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        const outcome *o = lint(bad[i].parameter);
        if (o->exit == 0 || strstr(o->text, bad[i].words) == NULL)
            fail_msg("%s: expected a failure that says %s, got exit %d and: %s", bad[i].parameter,
                     bad[i].words, o->exit, o->text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(combinations_within_the_bounds_build),
        cmocka_unit_test(a_parameter_out_of_bounds_is_refused_in_words),
    };
    return cmocka_run_group_tests_name("parameters", tests, NULL, NULL) != 0;
}
