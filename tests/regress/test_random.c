/*
 * A million random requests in lockstep with every monitor; and the counts that show that they met
 * what they were meant to meet. A failure prints its seed and the command that repeats it with a
 * waveform.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>

#include "tablewalk/pte.h"
#include "tests/support/random_run.h"

enum { REQUESTS_EACH = 100000 };

static const struct {
    unsigned latency_min, latency_max, stall_percent;
} MEMORIES[] = {
    {1, 1, 0},  {1, 1, 50},  {2, 2, 0},   {1, 3, 0},    {1, 8, 20}, {1, 20, 0},
    {5, 5, 10}, {20, 20, 0}, {1, 40, 30}, {10, 12, 90}, {3, 3, 5},
};
enum { RUNS = sizeof MEMORIES / sizeof *MEMORIES };

_Static_assert(sizeof(struct random_result) % sizeof(uint64_t) == 0, "nothing but counts");

static void add(struct random_result *sum, const struct random_result *one)
{
    uint64_t *to = (uint64_t *)sum;
    const uint64_t *from = (const uint64_t *)one;
    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
        to[i] += from[i];
}

static void at_least(const char *what, uint64_t got, uint64_t want)
{
    if (got < want)
        fail_msg("%s: %" PRIu64 " of all, expected at least %" PRIu64, what, got, want);
}

static void machines_and_rules_agree_on_a_million_requests(void **state)
{
    struct random_result *total = *state;
    const char *build = getenv("BUILD");
    char program[256];
    snprintf(program, sizeof program, "%s/random", build == NULL ? "build" : build);
    for (unsigned i = 0; i < RUNS; i++) {
        struct random_options options = {.program = program,
                                         .engine = "lockstep",
                                         .seed = 1 + i,
                                         .requests = REQUESTS_EACH,
                                         .latency_min = MEMORIES[i].latency_min,
                                         .latency_max = MEMORIES[i].latency_max,
                                         .stall_percent = MEMORIES[i].stall_percent};
        struct random_result result;
        tw_error error;
        if (random_run(&options, &result, stderr, &error) != TW_OK)
            fail_msg("seed %u: %s", 1 + i, error.text);
        add(total, &result);
    }
    traffic_print(&total->traffic, stdout);
    at_least("requests", total->traffic.requests, 1000000);
}

static void the_traffic_met_every_fault_and_page_size(void **state)
{
    const struct random_result *total = *state;
    static const unsigned causes[] = {CAUSE_FETCH_ACCESS, CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS,
                                      CAUSE_FETCH_PAGE,   CAUSE_LOAD_PAGE,   CAUSE_STORE_PAGE};
    for (unsigned i = 0; i < sizeof causes / sizeof *causes; i++)
        at_least(tw_cause_name(causes[i]), total->traffic.cause[causes[i]], 500);
    uint32_t modes = tw_rtl_built()->modes;
    for (unsigned mode = MODE_SV32; mode <= MODE_SV57; mode++)
        for (unsigned level = 0; (modes >> mode & 1) != 0 && level < mode_levels(mode); level++)
            at_least("pages of one size", total->traffic.size[level_size(mode, level)], 1000);
    if ((modes >> MODE_SV39 & 1) != 0)
        at_least("NAPOT pages", total->traffic.size[16], 1000);
}

static void the_traffic_met_fences_and_stale_entries(void **state)
{
    const struct random_result *total = *state;
    for (unsigned kind = 0; kind < FENCE_KINDS; kind++)
        at_least("fences of one kind", total->traffic.fence[kind], 1000);
    at_least("fences in a walk", total->traffic.fence_in_walk, 1000);
    at_least("answers by an older PTE", total->monitors.stale, 1000);
    at_least("answers by a PTE of today", total->monitors.fresh, 100000);
    at_least("PTEs changed by software", total->traffic.remaps, 10000);
    at_least("answers out of order", total->traffic.overtaken, 10000);
    at_least("writes to SATP", total->traffic.satp_writes, 1000);
    at_least("writes to CONTROL", total->traffic.control_writes, 1000);
    at_least("refused register accesses", total->traffic.refused, 1000);
}

static void the_traffic_met_races_bus_errors_and_resets(void **state)
{
    const struct random_result *total = *state;
    for (unsigned race = 0; race < RACES; race++)
        at_least(racing_writer_name((enum race)race), total->traffic.race[race], 200);
    at_least("compare-and-swaps", total->monitors.swaps, 10000);
    at_least("PTEs that fail on the bus", total->traffic.bus_errors, 1000);
    at_least("resets", total->traffic.resets, 50);
    at_least("resets in a walk", total->traffic.resets_in_walk, 25);
}

/* What the first test adds up is what the others judge. */
static int open_total(void **state)
{
    *state = calloc(1, sizeof(struct random_result));
    return *state == NULL;
}

static int close_total(void **state)
{
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_and_rules_agree_on_a_million_requests),
        cmocka_unit_test(the_traffic_met_every_fault_and_page_size),
        cmocka_unit_test(the_traffic_met_fences_and_stale_entries),
        cmocka_unit_test(the_traffic_met_races_bus_errors_and_resets),
    };
    return cmocka_run_group_tests_name("random", tests, open_total, close_total) != 0;
}
