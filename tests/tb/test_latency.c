/* test_latency.c: the stopwatch of every request, on pins made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "tb/latency.h"

/* One cycle of the data port: a request that is offered and perhaps taken, an answer, or
 * neither. */
static void data_cycle(latency *l, uint64_t cycle, int offered, bool ready, int answered)
{
    tw_in in = {.rst_n = 1};
    tw_out out = {.data_req_ready = ready};
    if (offered >= 0) {
        in.data_req_valid = 1;
        in.data_req_id = (uint8_t)offered;
    }
    if (answered >= 0) {
        out.data_resp_valid = 1;
        out.data_resp_id = (uint8_t)answered;
    }
    tw_watcher watcher = latency_watcher(l);
    assert_int_equal(watcher.cycle(watcher.context, cycle, &out, &in, NULL), TW_OK);
}

static void time_runs_from_the_cycle_that_takes_the_request(void **state)
{
    (void)state;
    static latency l;
    l = (latency){0};
    data_cycle(&l, 10, 3, false, -1); /* waits */
    data_cycle(&l, 12, 3, true, -1);
    data_cycle(&l, 13, 4, true, -1);
    data_cycle(&l, 14, -1, true, 4); /* overtakes */
    data_cycle(&l, 19, -1, true, 3);
    assert_int_equal(l.count[TW_DATA][1], 1);
    assert_int_equal(l.count[TW_DATA][7], 1);
    assert_int_equal(latency_misses(&l), 1);
    assert_true(latency_mean(&l) == 7);
}

static void an_id_is_timed_anew_in_the_cycle_of_its_answer(void **state)
{
    (void)state;
    static latency l;
    l = (latency){0};
    data_cycle(&l, 1, 0, true, -1);
    data_cycle(&l, 5, 0, true, 0);
    data_cycle(&l, 7, -1, true, -1); /* ready, but for nobody */
    data_cycle(&l, 15, -1, true, 0);
    assert_int_equal(l.count[TW_DATA][4], 1);
    assert_int_equal(l.count[TW_DATA][10], 1);
    assert_true(latency_mean(&l) == 7);
}

static void what_takes_very_long_is_counted_in_the_last_place(void **state)
{
    (void)state;
    static latency l;
    l = (latency){0};
    data_cycle(&l, 1, 0, true, -1);
    data_cycle(&l, 100000, -1, true, 0);
    assert_int_equal(l.count[TW_DATA][LATENCY_MAX], 1);
}

static void nothing_has_no_mean(void **state)
{
    (void)state;
    static latency l;
    l = (latency){0};
    assert_int_equal(latency_misses(&l), 0);
    assert_true(latency_mean(&l) == 0);
}

/* 32 latencies make 16 bars of 2; the highest bar has 50 signs, the others in proportion. */
static void bars_share_the_misses_of_both_ports(void **state)
{
    (void)state;
    static latency l;
    l = (latency){0};
    l.count[TW_FETCH][1] = 1000; /* hits are in no bar */
    l.count[TW_FETCH][10] = 60;
    l.count[TW_DATA][11] = 40;
    l.count[TW_DATA][41] = 20;
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    latency_print(&l, to);
    fclose(to);
    unsigned bars = 0;
    for (const char *c = text; *c != '\0'; c++)
        bars += *c == '\n';
    assert_int_equal(bars, 16);
    static const char first[] =
        "    10-11         100 ##################################################\n";
    static const char last[] = "    40-41          20 ##########\n";
    assert_memory_equal(text, first, sizeof first - 1);
    assert_string_equal(text + size - (sizeof last - 1), last);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_runs_from_the_cycle_that_takes_the_request),
        cmocka_unit_test(an_id_is_timed_anew_in_the_cycle_of_its_answer),
        cmocka_unit_test(what_takes_very_long_is_counted_in_the_last_place),
        cmocka_unit_test(nothing_has_no_mean),
        cmocka_unit_test(bars_share_the_misses_of_both_ports),
    };
    return cmocka_run_group_tests_name("latency", tests, NULL, NULL);
}
