/* Sweeps: which points there are, in which order, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tb/sweep.h"

static sweep_point base(void)
{
    return (sweep_point){.config = *tw_config_named("default"), .latency = 10, .outstanding = 1};
}

/* The sentence with which the last of the texts (ended by NULL) is refused. */
static const char *refused(const char *const *texts)
{
    static tw_error error;
    sweep s = {0};
    for (; texts[1] != NULL; texts++)
        assert_int_equal(sweep_add(&s, *texts, NULL), TW_OK);
    unsigned axes = s.axes;
    if (sweep_add(&s, *texts, &error) != TW_USAGE)
        fail_msg("expected --sweep %s to be refused", *texts);
    assert_int_equal(s.axes, axes);
    return error.text;
}

static void without_an_axis_there_is_the_base(void **state)
{
    (void)state;
    sweep s = {0};
    sweep_point b = base();
    assert_int_equal(sweep_points(&s), 1);
    sweep_point only = sweep_at(&s, &b, 0);
    assert_true(tw_config_equal(&only.config, &b.config));
}

static void the_last_axis_changes_with_every_point(void **state)
{
    (void)state;
    sweep s = {0};
    sweep_point b = base();
    assert_int_equal(sweep_add(&s, "l1=4,64", NULL), TW_OK);
    assert_int_equal(sweep_add(&s, "misses=1,2,8", NULL), TW_OK);
    assert_int_equal(sweep_points(&s), 6);
    static const uint32_t entries[] = {4, 4, 4, 64, 64, 64}, misses[] = {1, 2, 8, 1, 2, 8};
    for (unsigned n = 0; n < 6; n++) {
        sweep_point p = sweep_at(&s, &b, n);
        assert_int_equal(p.config.fetch_entries, entries[n]);
        assert_int_equal(p.config.data_entries, entries[n]);
        assert_int_equal(p.config.misses, misses[n]);
        assert_int_equal(p.latency, 10);
        assert_int_equal(sweep_index(&s, 0, n), n / 3);
        assert_int_equal(sweep_index(&s, 1, n), n % 3);
    }
}

static void each_dimension_sets_its_own_value(void **state)
{
    (void)state;
    sweep s = {0};
    sweep_point b = base();
    const char *const texts[] = {"fetch=2",   "data=32",       "misses=7",   "l2=1024",
                                 "l2_ways=8", "walk_cache=32", "prefetch=1", "walkers=3",
                                 "latency=9", "outstanding=16"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(sweep_add(&s, texts[i], NULL), TW_OK);
    sweep_point p = sweep_at(&s, &b, 0);
    assert_int_equal(p.config.fetch_entries, 2);
    assert_int_equal(p.config.data_entries, 32);
    assert_int_equal(p.config.misses, 7);
    assert_int_equal(p.config.l2_entries, 1024);
    assert_int_equal(p.config.l2_ways, 8);
    assert_int_equal(p.config.walk_cache, 32);
    assert_int_equal(p.config.prefetch, 1);
    assert_int_equal(p.config.walkers, 3);
    assert_int_equal(p.latency, 9);
    assert_int_equal(p.outstanding, 16);
}

static void what_is_not_swept_keeps_its_value(void **state)
{
    (void)state;
    static const char *const texts[] = {"l1=2",      "fetch=2",      "data=2",       "l2=0",
                                        "l2_ways=2", "walk_cache=0", "prefetch=1",   "misses=1",
                                        "walkers=1", "latency=1",    "outstanding=2"};
    enum { FIELDS = 10 };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        sweep s = {0};
        sweep_point b = base();
        assert_int_equal(sweep_add(&s, texts[i], NULL), TW_OK);
        sweep_point p = sweep_at(&s, &b, 0);
        const bool changed[FIELDS] = {p.config.fetch_entries != b.config.fetch_entries,
                                      p.config.data_entries != b.config.data_entries,
                                      p.config.l2_entries != b.config.l2_entries,
                                      p.config.l2_ways != b.config.l2_ways,
                                      p.config.walk_cache != b.config.walk_cache,
                                      p.config.prefetch != b.config.prefetch,
                                      p.config.misses != b.config.misses,
                                      p.config.walkers != b.config.walkers,
                                      p.latency != b.latency,
                                      p.outstanding != b.outstanding};
        unsigned count = 0;
        for (unsigned field = 0; field < FIELDS; field++)
            count += changed[field];
        if (count != (i == 0 ? 2 : 1))
            fail_msg("--sweep %s: expected %d values to change, got %u", texts[i], i == 0 ? 2 : 1,
                     count);
    }
}

static void what_makes_no_sense_is_refused_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *const text[3];
        const char *reason;
    } cases[] = {
        {{"l9=0,128"},
         "there are l1, fetch, data, l2, l2_ways, walk_cache, prefetch, misses, walkers, "
         "latency, outstanding"},
        {{"=4"}, "no such dimension"},
        {{"l1"}, "such as l1=4,8,16"},
        {{"l1="}, "expected numbers"},
        {{"l1=4,"}, "expected numbers"},
        {{"l1=4;8"}, "expected numbers"},
        {{"l1=-4"}, "expected numbers"},
        {{"latency=99999999999999999999"}, "expected numbers"},
        {{"l1=8,4"}, "ascend"},
        {{"l1=4,4"}, "ascend"},
        {{"l1=5"}, "power of two"},
        {{"l1=128"}, "2 to 64"},
        {{"l2=8"}, "0 for none, or a power of two from 16 to 8192"},
        {{"l2=0,1000"}, "power of two"},
        {{"l2_ways=0"}, "1, 2, 4 or 8"},
        {{"walk_cache=1"}, "0 for none, or a power of two from 2 to 32"},
        {{"prefetch=0,1,2"}, "prefetch is 2: choose 0 or 1"},
        {{"prefetch=0,1", "l2=0,512"}, "--sweep l2: prefetch is 1: it needs a second level"},
        {{"walk_cache=0", "prefetch=1"}, "--sweep prefetch: prefetch is 1: it needs"},
        {{"walkers=0"}, "1 to 4"},
        {{"walkers=4,5"}, "1 to 4"},
        {{"misses=9"}, "1 to 8"},
        {{"latency=0"}, "1 to 10000"},
        {{"outstanding=17"}, "1 to 16"},
        {{"l1=4", "l1=8"}, "twice"},
        {{"l1=4", "data=8"}, "not both"},
        {{"fetch=4", "l1=8"}, "not both"},
        {{"l2=0", "l2=16"}, "twice"},
        {{"latency=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"}, "at most 16"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *sentence = refused(cases[i].text);
        if (strstr(sentence, cases[i].reason) == NULL)
            fail_msg("expected '%s' in '%s'", cases[i].reason, sentence);
    }
}

static void too_many_points_are_refused(void **state)
{
    (void)state;
    sweep s = {0};
    tw_error error;
    assert_int_equal(sweep_add(&s, "latency=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", NULL), TW_OK);
    assert_int_equal(sweep_add(&s, "outstanding=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", NULL),
                     TW_OK);
    assert_int_equal(sweep_add(&s, "misses=1,2,3,4,5,6,7,8", NULL), TW_OK);
    assert_int_equal(sweep_add(&s, "l1=2,4,8", &error), TW_USAGE);
    assert_non_null(strstr(error.text, "more than 4096 points"));
    assert_int_equal(sweep_points(&s), 2048);
}

int main(void)
{
    const struct CMUnitTest sweeps[] = {
        cmocka_unit_test(without_an_axis_there_is_the_base),
        cmocka_unit_test(the_last_axis_changes_with_every_point),
        cmocka_unit_test(each_dimension_sets_its_own_value),
        cmocka_unit_test(what_is_not_swept_keeps_its_value),
        cmocka_unit_test(what_makes_no_sense_is_refused_with_a_reason),
        cmocka_unit_test(too_many_points_are_refused),
    };
    return cmocka_run_group_tests(sweeps, NULL, NULL);
}
