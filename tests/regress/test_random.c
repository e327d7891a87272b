/*
 * Random requests in lockstep with every monitor, with eleven memories, and in each mode; and the
 * counts that show that they met what they were meant to meet. A failure prints its seed and the
 * command that repeats it with a waveform.
 *
 * TW_REQUESTS in the environment: requests with each memory, and three times as many that prefer
 * each mode; without it 80,000 and 30,000 for the default configuration, fewer for others. A full
 * regression has 200,000 or more, and half a million in each mode.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tablewalk/pte.h"
#include "tests/support/random_run.h"

static const struct {
    unsigned latency_min, latency_max, stall_percent;
} MEMORIES[] = {
    {1, 1, 0},  {1, 1, 50},  {2, 2, 0},   {1, 3, 0},    {1, 8, 20}, {1, 20, 0},
    {5, 5, 10}, {20, 20, 0}, {1, 40, 30}, {10, 12, 90}, {3, 3, 5},
};
enum { RUNS = sizeof MEMORIES / sizeof *MEMORIES, FULL = 200000, FULL_MODE = 500000 };

_Static_assert(sizeof(struct random_result) % sizeof(uint64_t) == 0, "nothing but counts");

static void add(struct random_result *sum, const struct random_result *one)
{
    uint64_t *to = (uint64_t *)sum;
    const uint64_t *from = (const uint64_t *)one;
    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
        to[i] += from[i];
}

/* Requests with each memory; 0 if nobody says. */
static uint64_t requests_wished(void)
{
    const char *wish = getenv("TW_REQUESTS");
    if (wish == NULL || wish[0] == '\0')
        return 0;
    char *end;
    uint64_t requests = strtoull(wish, &end, 10);
    if (wish[0] < '0' || wish[0] > '9' || *end != '\0' || requests == 0)
        fail_msg("TW_REQUESTS is '%s', expected a number of requests, 1 or more", wish);
    return requests;
}

static uint64_t requests_each(void)
{
    const uint64_t usual = strcmp(tw_rtl_built()->name, "default") == 0 ? 80000 : 30000;
    return requests_wished() != 0 ? requests_wished() : usual;
}

static bool is_built(unsigned mode)
{
    return (tw_rtl_built()->modes >> mode & 1) != 0;
}

static uint64_t requests_of_a_mode(void)
{
    return requests_wished() != 0 ? 3 * requests_wished() : requests_each() * 3 / 8;
}

static uint64_t requests_in_all(void)
{
    uint64_t requests = RUNS * requests_each();
    for (unsigned mode = 0; mode < ANY_MODE; mode++)
        requests += is_built(mode) ? requests_of_a_mode() : 0;
    return requests;
}

/* Of a million requests so many, of other numbers in proportion. */
static void at_least(const char *what, uint64_t got, uint64_t of_a_million)
{
    uint64_t want = of_a_million * requests_in_all() / 1000000;
    if (got < want)
        fail_msg("%s: %" PRIu64 " of all, expected at least %" PRIu64, what, got, want);
}

/* One run, with one of the memories; its counts are added to the total. */
static void run(struct random_result *total, unsigned seed, uint64_t requests, unsigned mode)
{
    const unsigned memory = (seed - 1) % RUNS;
    const char *build = getenv("BUILD");
    char program[256];
    snprintf(program, sizeof program, "%s/random", build == NULL ? "build" : build);
    struct random_options options = {.program = program,
                                     .engine = "lockstep",
                                     .seed = seed,
                                     .requests = requests,
                                     .latency_min = MEMORIES[memory].latency_min,
                                     .latency_max = MEMORIES[memory].latency_max,
                                     .stall_percent = MEMORIES[memory].stall_percent,
                                     .mode = mode};
    struct random_result result;
    tw_error error;
    if (random_run(&options, &result, stderr, &error) != TW_OK)
        fail_msg("seed %u: %s", seed, error.text);
    add(total, &result);
}

static void machines_and_rules_agree_on_every_request(void **state)
{
    for (unsigned i = 0; i < RUNS; i++)
        run(*state, 1 + i, requests_each(), ANY_MODE);
}

static void they_agree_in_each_mode(void **state)
{
    struct random_result *total = *state;
    for (unsigned mode = 0; mode < ANY_MODE; mode++)
        if (is_built(mode))
            run(total, 1 + RUNS + mode, requests_of_a_mode(), mode);
    traffic_print(&total->traffic, stdout);
    at_least("requests", total->traffic.requests, 1000000);
}

/* With segments and without. */
static void the_traffic_met_each_mode(void **state)
{
    const struct random_result *total = *state;
    for (unsigned mode = 0; mode < ANY_MODE; mode++) {
        const uint64_t *requests = total->monitors.requests[mode];
        if (!is_built(mode))
            continue;
        at_least(tw_mode_name(mode), requests[0] + requests[1], 15000);
        at_least("requests in one mode without segments", requests[0], 5000);
        if (tw_rtl_built()->segments != 0)
            at_least("requests in one mode through segments", requests[1], 2000);
        if (requests_each() >= FULL && requests[0] + requests[1] < FULL_MODE)
            fail_msg("%s: %" PRIu64 " requests in a full regression, expected %d",
                     tw_mode_name(mode), requests[0] + requests[1], FULL_MODE);
    }
}

static void the_traffic_met_every_fault_and_page_size(void **state)
{
    const struct random_result *total = *state;
    static const unsigned causes[] = {CAUSE_FETCH_ACCESS, CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS,
                                      CAUSE_FETCH_PAGE,   CAUSE_LOAD_PAGE,   CAUSE_STORE_PAGE};
    for (unsigned i = 0; i < sizeof causes / sizeof *causes; i++)
        at_least(tw_cause_name(causes[i]), total->traffic.cause[causes[i]], 250);
    uint32_t modes = tw_rtl_built()->modes;
    for (unsigned mode = MODE_SV32; mode <= MODE_HASHED; mode++)
        for (unsigned level = 0; (modes >> mode & 1) != 0 && level < mode_levels(mode); level++)
            at_least("pages of one size", total->traffic.size[level_size(mode, level)], 400);
    if ((modes >> MODE_SV39 & 1) != 0)
        at_least("NAPOT pages", total->traffic.size[16], 10000);
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
    at_least("reads of the oldest fault", total->traffic.fault_reads, 2000);
}

static void the_traffic_met_races_bus_errors_and_resets(void **state)
{
    const struct random_result *total = *state;
    for (unsigned race = 0; race < RACES; race++)
        at_least(racing_writer_name((enum race)race), total->traffic.race[race], 200);
    at_least("compare-and-swaps", total->monitors.swaps, 10000);
    at_least("failed compares", total->traffic.counter[COUNTER_RETRIES], 2000);
    at_least("PTEs that fail on the bus", total->traffic.bus_errors, 1000);
    at_least("resets", total->traffic.resets, 30);
    at_least("resets in a walk", total->traffic.resets_in_walk, 20);
}

static void the_traffic_kept_every_walker_busy(void **state)
{
    const struct traffic_counts *traffic = &((const struct random_result *)*state)->traffic;
    for (unsigned n = 0; n < tw_rtl_built()->walkers; n++)
        at_least("cycles with so many walkers busy", traffic->walkers[n], 50000);
    at_least("merges of the fetch port", traffic->counter[COUNTER_FETCH_MERGES], 2000);
    at_least("merges of the data port", traffic->counter[COUNTER_DATA_MERGES], 2000);
    at_least("walks that a fence sent back", traffic->counter[COUNTER_RESTARTS], 2000);
}

static void the_traffic_met_the_second_level(void **state)
{
    const struct traffic_counts *traffic = &((const struct random_result *)*state)->traffic;
    if (tw_rtl_built()->l2_entries == 0)
        skip();
    at_least("second-level hits, fetch", traffic->counter[COUNTER_FETCH_L2_HITS], 2000);
    at_least("second-level hits, data", traffic->counter[COUNTER_DATA_L2_HITS], 2000);
    at_least("spoilt bits", traffic->spoilt, 2000);
    at_least("parity errors", traffic->counter[COUNTER_L2_PARITY], 400);
}

/* Every level that has pointers in some mode. */
static void the_traffic_met_the_walk_cache_at_every_level(void **state)
{
    const struct random_result *total = *state;
    const uint64_t *counter = total->traffic.counter;
    uint32_t modes = tw_rtl_built()->modes;
    if (tw_rtl_built()->walk_cache == 0)
        skip();
    at_least("walks below a known pointer", total->monitors.shortcuts, 20000);
    unsigned levels = 0;
    for (unsigned mode = MODE_SV32; mode <= MODE_SV57; mode++)
        if ((modes >> mode & 1) != 0 && mode_levels(mode) > levels)
            levels = mode_levels(mode);
    for (unsigned level = 1; level < levels; level++)
        at_least("walks below a cached pointer", counter[COUNTER_WALK_CACHE_1 + level - 1], 500);
}

static void the_traffic_met_prefetches(void **state)
{
    const struct random_result *total = *state;
    if (tw_rtl_built()->prefetch == 0) {
        assert_int_equal(total->monitors.ahead, 0);
        assert_int_equal(total->traffic.counter[COUNTER_PREFETCHES], 0);
        skip();
    }
    at_least("prefetches", total->traffic.counter[COUNTER_PREFETCHES], 8000);
    at_least("reads that nobody asked for", total->monitors.ahead, 8000);
    at_least("of these, joined by a request", total->monitors.ahead_joined, 200);
    at_least("of these, met by a fence", total->monitors.ahead_fenced, 300);
}

/* Through segments, and against them. */
static void the_traffic_met_segments(void **state)
{
    const struct random_result *total = *state;
    if (tw_rtl_built()->segments == 0)
        skip();
    at_least("translations through a segment", total->monitors.through, 20000);
    at_least("faults of limits", total->monitors.limits, 5000);
    at_least("faults of a segment's rights", total->monitors.rights, 5000);
    at_least("writes to segments", total->traffic.segment_writes, 5000);
}

static void the_traffic_met_linear_tables(void **state)
{
    const struct random_result *total = *state;
    if (!is_built(MODE_LINEAR))
        skip();
    at_least("translations by a linear table", total->monitors.linear, 20000);
    at_least("faults of walks in it", total->monitors.linear_faults, 5000);
    at_least("compare-and-swaps in it", total->monitors.linear_swaps, 2000);
}

/* Chains of every length, and what software and racing writers do to them. */
static void the_traffic_met_hashed_tables(void **state)
{
    const struct random_result *total = *state;
    const struct inverted_counts *done = &total->traffic.inverted;
    const uint64_t *counter = total->traffic.counter;
    if (!is_built(MODE_HASHED))
        skip();
    at_least("translations by a hashed table", total->monitors.hashed, 20000);
    at_least("faults of walks in it", total->monitors.hashed_faults, 5000);
    at_least("compare-and-swaps in it", total->monitors.hashed_swaps, 2000);
    for (unsigned length = 0; length < CHAIN_LENGTHS; length++)
        at_least("walks of one length of chain", total->monitors.chain[length], 500);
    for (unsigned length = COUNTER_CHAIN_1; length <= COUNTER_CHAIN_MORE; length++)
        at_least("the same, as the MMU counts", counter[length], 500);
    at_least("entries read, as the MMU counts", counter[COUNTER_PROBES], 50000);
    at_least("chains that leave the table or loop", total->monitors.chain_faults, 500);
    at_least("words of chains spoilt", done->spoilt, 50);
    at_least("entries unlinked in a walk", total->traffic.unlinked_in_walk, 200);
    at_least("entries linked elsewhere", done->relinked, 100);
    at_least("entries reused after a fence", done->reused, 200);
    at_least("entries reused without a fence", done->reused_early, 100);
    at_least("writes to HASH_TABLE and HASH_ANCHORS", total->traffic.hash_writes, 500);
}

/* What the first two tests add up is what the others judge. */
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
        cmocka_unit_test(machines_and_rules_agree_on_every_request),
        cmocka_unit_test(they_agree_in_each_mode),
        cmocka_unit_test(the_traffic_met_each_mode),
        cmocka_unit_test(the_traffic_met_every_fault_and_page_size),
        cmocka_unit_test(the_traffic_met_fences_and_stale_entries),
        cmocka_unit_test(the_traffic_met_races_bus_errors_and_resets),
        cmocka_unit_test(the_traffic_kept_every_walker_busy),
        cmocka_unit_test(the_traffic_met_the_second_level),
        cmocka_unit_test(the_traffic_met_the_walk_cache_at_every_level),
        cmocka_unit_test(the_traffic_met_prefetches),
        cmocka_unit_test(the_traffic_met_segments),
        cmocka_unit_test(the_traffic_met_linear_tables),
        cmocka_unit_test(the_traffic_met_hashed_tables),
    };
    return cmocka_run_group_tests_name("random", tests, open_total, close_total) != 0;
}
