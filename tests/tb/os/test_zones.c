/* Physical memory in nodes and zones: addresses of low memory, who gets which frames, and costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/host_records.h"
#include "tb/os/zones.h"
#include "tb/random.h"

static zones *open_zones(const zones_setup *setup)
{
    const os_records records = host_records();
    tw_error error = {0};
    zones *memory = zones_open(&records, setup, &error);
    if (memory == NULL)
        fail_msg("expected memory, got: %s", error.text);
    return memory;
}

/* Three nodes of 16 frames from frame 0x100 on; the first 24 frames are low: all of node 0, and
 * half of node 1. Node 2 is nearer to node 0 than node 1 is. */
static zones_setup small(void)
{
    return (zones_setup){.base = 0x100000,
                         .split = 0xC0000000,
                         .low_limit = 24 << 12,
                         .nodes = 3,
                         .node = {{0x100, 16, 100}, {0x110, 16, 120}, {0x120, 16, 200}},
                         .distance = {{10, 40, 20}, {40, 10, 30}, {20, 30, 10}}};
}

static uint64_t take(zones *memory, unsigned node, zones_want want, unsigned order)
{
    tw_error error = {0};
    uint64_t ppn = 0;
    if (zones_take(memory, node, want, order, &ppn, &error) != TW_OK)
        fail_msg("expected frames, got: %s", error.text);
    return ppn;
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void physical_0x37ffffff_is_0xf7ffffff_and_the_next_byte_has_no_address(void **state)
{
    (void)state;
    const zones_setup setup = zones_usual(1 << 18); /* 1 GiB */
    zones *memory = open_zones(&setup);
    tw_error error = {0};
    uint64_t va, pa;
    assert_int_equal(zones_linear(memory, 0x37FFFFFF, &va, NULL), TW_OK);
    assert_int_equal(va, 0xF7FFFFFF);
    assert_int_equal(zones_linear(memory, 0, &va, NULL), TW_OK);
    assert_int_equal(va, 0xC0000000);
    assert_int_equal(zones_linear(memory, 0x38000000, &va, &error), TW_USAGE);
    assert_string_equal(error.text, "physical address 0x38000000 is not of low memory, 0x38000000 "
                                    "bytes from 0 on: map it by kmap");
    assert_int_equal(zones_physical(memory, 0xF7FFFFFF, &pa, NULL), TW_OK);
    assert_int_equal(pa, 0x37FFFFFF);
    assert_int_equal(zones_physical(memory, 0xF8000000, &pa, NULL), TW_USAGE);
    assert_int_equal(zones_physical(memory, 0xBFFFFFFF, &pa, NULL), TW_USAGE);
    zones_close(memory);
}

static void of_1_gib_896_mib_are_low_and_128_mib_high(void **state)
{
    (void)state;
    const zones_setup setup = zones_usual(1 << 18);
    zones *memory = open_zones(&setup);
    assert_int_equal(buddy_free(zones_buddy(memory, 0, false)), 896 << 8);
    assert_int_equal(buddy_free(zones_buddy(memory, 0, true)), 128 << 8);
    assert_int_equal(buddy_first(zones_buddy(memory, 0, true)), 0x38000);
    zones_close(memory);
}

static void base_split_and_limit_can_be_small(void **state)
{
    (void)state;
    zones_setup setup = small();
    zones *memory = open_zones(&setup);
    uint64_t va;
    assert_int_equal(zones_linear(memory, 0x100000, &va, NULL), TW_OK);
    assert_int_equal(va, 0xC0000000);
    assert_int_equal(zones_linear(memory, 0x117fff, &va, NULL), TW_OK);
    assert_int_equal(va, 0xC0017fff);
    assert_int_equal(zones_linear(memory, 0x118000, &va, NULL), TW_USAGE);
    assert_int_equal(zones_linear(memory, 0xfffff, &va, NULL), TW_USAGE);
    assert_null(zones_buddy(memory, 0, true));
    assert_int_equal(buddy_free(zones_buddy(memory, 1, false)), 8);
    assert_int_equal(buddy_free(zones_buddy(memory, 1, true)), 8);
    assert_null(zones_buddy(memory, 2, false));
    assert_null(zones_buddy(memory, 3, false));
    zones_close(memory);
    setup.low_limit = 0; /* all of it high */
    memory = open_zones(&setup);
    assert_null(zones_buddy(memory, 0, false));
    assert_int_equal(buddy_free(zones_buddy(memory, 0, true)), 16);
    zones_close(memory);
}

/* ---- who gets what --------------------------------------------------------------------------- */

static void high_memory_is_used_up_before_low_and_low_only_is_never_high(void **state)
{
    (void)state;
    zones_setup setup = small();
    setup.nodes = 1;
    setup.node[0].count = 48;
    zones *memory = open_zones(&setup);
    uint64_t ppn;
    for (int i = 0; i < 24; i++)
        assert_true(take(memory, 0, ZONES_HIGH, 0) >= 0x118);
    for (int i = 0; i < 12; i++) {
        assert_true(take(memory, 0, ZONES_HIGH, 0) < 0x118);
        assert_true(take(memory, 0, ZONES_LOW, 0) < 0x118);
    }
    assert_int_equal(zones_take(memory, 0, ZONES_HIGH, 0, &ppn, NULL), TW_NO_MEMORY);
    assert_int_equal(zones_give(memory, 0x12f, NULL), TW_OK);
    tw_error error = {0};
    assert_int_equal(zones_take(memory, 0, ZONES_LOW, 0, &ppn, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "no row of 1 free frames is left in low memory that node 0 "
                                    "reaches: give some back, or take less");
    assert_int_equal(take(memory, 0, ZONES_HIGH, 0), 0x12f);
    zones_close(memory);
}

static void frames_are_local_and_then_of_the_nearest_node(void **state)
{
    (void)state;
    const zones_setup setup = small();
    zones *memory = open_zones(&setup);
    uint64_t ppn;
    assert_int_equal(take(memory, 0, ZONES_HIGH, 4), 0x100);
    assert_int_equal(take(memory, 0, ZONES_HIGH, 4), 0x120); /* distance 20 */
    assert_int_equal(take(memory, 0, ZONES_HIGH, 3), 0x118); /* distance 40: high before low */
    assert_int_equal(take(memory, 0, ZONES_HIGH, 3), 0x110);
    assert_int_equal(zones_take(memory, 0, ZONES_HIGH, 0, &ppn, NULL), TW_NO_MEMORY);
    assert_int_equal(zones_give(memory, 0x120, NULL), TW_OK);
    assert_int_equal(zones_give(memory, 0x110, NULL), TW_OK);
    assert_int_equal(take(memory, 2, ZONES_LOW, 0), 0x110); /* node 2 has no low memory */
    zones_close(memory);
}

static void local_low_memory_comes_before_high_memory_of_another_node(void **state)
{
    (void)state;
    const zones_setup setup = small();
    zones *memory = open_zones(&setup);
    assert_int_equal(take(memory, 1, ZONES_HIGH, 3), 0x118);
    assert_int_equal(take(memory, 1, ZONES_HIGH, 3), 0x110);
    assert_int_equal(take(memory, 1, ZONES_HIGH, 3), 0x120);
    zones_close(memory);
}

static void a_node_that_cannot_be_reached_gives_nothing(void **state)
{
    (void)state;
    zones_setup setup = small();
    setup.distance[0][2] = ZONES_UNREACHABLE;
    zones *memory = open_zones(&setup);
    uint64_t ppn;
    assert_int_equal(take(memory, 0, ZONES_HIGH, 4), 0x100);
    assert_int_equal(zones_take(memory, 0, ZONES_HIGH, 4, &ppn, NULL), TW_NO_MEMORY);
    assert_int_equal(zones_cost(memory, 0, 0x120), 0);
    assert_int_equal(take(memory, 1, ZONES_HIGH, 4), 0x120); /* others reach it */
    zones_close(memory);
}

static void of_equally_near_nodes_the_local_one_is_first_and_then_that_of_lower_number(void **state)
{
    (void)state;
    zones_setup setup = small();
    for (unsigned i = 0; i < 9; i++)
        setup.distance[i / 3][i % 3] = ZONES_LOCAL;
    zones *memory = open_zones(&setup);
    assert_int_equal(take(memory, 2, ZONES_HIGH, 4), 0x120);
    assert_int_equal(take(memory, 2, ZONES_HIGH, 4), 0x100);
    assert_int_equal(take(memory, 2, ZONES_HIGH, 3), 0x118);
    zones_close(memory);
}

static void an_access_costs_more_the_farther_the_node(void **state)
{
    (void)state;
    const zones_setup setup = small();
    zones *memory = open_zones(&setup);
    assert_int_equal(zones_cost(memory, 0, 0x100), 100);
    assert_int_equal(zones_cost(memory, 0, 0x12f), 400); /* 200 * 20 / 10 */
    assert_int_equal(zones_cost(memory, 0, 0x110), 480); /* 120 * 40 / 10 */
    assert_int_equal(zones_cost(memory, 1, 0x110), 120);
    assert_int_equal(zones_cost(memory, 0, 0x130), 0);
    assert_int_equal(zones_cost(memory, 3, 0x100), 0);
    zones_close(memory);
}

static void a_frame_is_found_and_given_back_wherever_it_is_from(void **state)
{
    (void)state;
    const zones_setup setup = small();
    zones *memory = open_zones(&setup);
    unsigned node;
    bool high;
    tw_error error = {0};
    assert_true(zones_find(memory, 0x117, &node, &high) && node == 1 && !high);
    assert_true(zones_find(memory, 0x118, &node, &high) && node == 1 && high);
    assert_false(zones_find(memory, 0x130, &node, &high));
    assert_false(zones_find(memory, 0xff, &node, &high));
    assert_int_equal(zones_give(memory, 0x130, &error), TW_USAGE);
    assert_string_equal(error.text, "frame 0x130 is of no node");
    assert_int_equal(zones_give(memory, 0x118, NULL), TW_USAGE); /* it is free */
    const uint64_t row = take(memory, 1, ZONES_HIGH, 3);
    assert_int_equal(zones_split(memory, row, NULL), TW_OK);
    for (uint64_t i = 0; i < 8; i++)
        assert_int_equal(zones_give(memory, row + i, NULL), TW_OK);
    assert_int_equal(buddy_largest(zones_buddy(memory, 1, true)), 3);
    zones_close(memory);
}

static void a_source_gives_back_blocks_of_the_order_that_was_taken(void **state)
{
    (void)state;
    const zones_setup setup = small();
    zones_view view = {open_zones(&setup), 1, ZONES_LOW};
    const os_page_source source = zones_source(&view);
    tw_error error = {0};
    uint64_t ppn;
    assert_int_equal(source.take(source.context, 2, &ppn, NULL), TW_OK);
    assert_int_equal(ppn, 0x110);
    assert_int_equal(source.give(source.context, ppn, 1, &error), TW_USAGE);
    assert_string_equal(error.text, "frame 0x110 was taken with order 2, not 1");
    assert_int_equal(source.give(source.context, ppn, 2, NULL), TW_OK);
    assert_int_equal(source.give(source.context, ppn, 2, NULL), TW_USAGE);
    assert_int_equal(source.give(source.context, 0x200, 2, NULL), TW_USAGE);
    zones_close(view.memory);
}

/* ---- at random ------------------------------------------------------------------------------- */

/* Where the rules find a block: node << 1 | high, or -1. `node` is a row of small(). */
static int expected_zone(const zones *memory, unsigned node, zones_want want, unsigned order)
{
    static const unsigned near[3][3] = {{0, 2, 1}, {1, 2, 0}, {2, 0, 1}};
    for (unsigned i = 0; i < 3; i++)
        for (int high = want == ZONES_HIGH; high >= 0; high--) {
            const buddy *zone = zones_buddy(memory, near[node][i], high);
            if (zone != NULL && buddy_largest(zone) >= (int)order)
                return (int)near[node][i] << 1 | high;
        }
    return -1;
}

static void random_takes_and_gives_follow_the_rules(void **state)
{
    (void)state;
    enum { HELD_MAX = 48 };
    const uint64_t seed = 11;
    uint64_t random = seed, held[HELD_MAX], ppn;
    const zones_setup setup = small();
    zones *memory = open_zones(&setup);
    size_t count = 0;
    for (unsigned i = 0; i < 100000; i++) {
        const unsigned node = random_below(&random, 3), order = random_below(&random, 4);
        const zones_want want = random_percent(&random, 50) ? ZONES_HIGH : ZONES_LOW;
        if (count > 0 && random_percent(&random, 50)) {
            size_t k = random_below(&random, count);
            assert_int_equal(zones_give(memory, held[k], NULL), TW_OK);
            held[k] = held[--count];
            continue;
        }
        const int zone = expected_zone(memory, node, want, order);
        unsigned in = 0;
        bool high = false;
        int got = -1;
        if (zones_take(memory, node, want, order, &ppn, NULL) == TW_OK) {
            assert_true(zones_find(memory, ppn, &in, &high));
            got = (int)in << 1 | high;
            held[count++] = ppn;
        }
        if (got != zone)
            fail_msg(
                "seed %llu, operation %u: node %u, want %d, order %u: expected zone %d, got %d",
                (unsigned long long)seed, i, node, want, order, zone, got);
    }
    while (count > 0)
        assert_int_equal(zones_give(memory, held[--count], NULL), TW_OK);
    for (unsigned n = 0; n < 3; n++)
        for (int high = 0; high < 2; high++) {
            const buddy *zone = zones_buddy(memory, n, high);
            assert_true(zone == NULL || buddy_free(zone) == buddy_count(zone));
        }
    zones_close(memory);
}

/* ---- errors ---------------------------------------------------------------------------------- */

static void expect_no_setup(const zones_setup *setup, const char *sentence)
{
    const os_records records = host_records();
    tw_error error = {0};
    assert_null(zones_open(&records, setup, &error));
    assert_int_equal(error.status, TW_USAGE);
    assert_string_equal(error.text, sentence);
}

static void a_setup_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    const os_records records = host_records();
    zones_setup s = small();
    s.nodes = 9;
    expect_no_setup(&s, "9 nodes: expected 1 to 8");
    s = small();
    s.split++;
    expect_no_setup(&s, "base, split and low limit must be multiples of 4096");
    s = small();
    s.split = UINT64_MAX - 0xffff;
    expect_no_setup(&s,
                    "low memory of 0x18000 bytes does not fit between 0xffffffffffff0000 and the "
                    "end of addresses: give a lower limit or split");
    s = small();
    s.node[1].first = 0x10f;
    expect_no_setup(&s, "nodes 0 and 1 have frames in common");
    s = small();
    s.node[2].count = 0;
    expect_no_setup(&s, "node 2 has no memory, or some below the base 0x100000");
    s = small();
    s.node[0].first = 0xff;
    expect_no_setup(&s, "node 0 has no memory, or some below the base 0x100000");
    s = small();
    s.distance[1][1] = 11;
    expect_no_setup(&s,
                    "distance 11 from node 1 to 1: expected 10 to itself, and no less to others");
    s = small();
    s.distance[1][2] = 9;
    expect_no_setup(&s,
                    "distance 9 from node 1 to 2: expected 10 to itself, and no less to others");
    s = small();
    s.node[2].count = UINT64_MAX;
    assert_null(zones_open(&records, &s, NULL));
    zones_close(NULL);
}

static void there_is_no_node_beyond_the_last(void **state)
{
    (void)state;
    const zones_setup setup = small();
    zones *memory = open_zones(&setup);
    tw_error error = {0};
    uint64_t ppn;
    assert_int_equal(zones_take(memory, 3, ZONES_LOW, 0, &ppn, &error), TW_USAGE);
    assert_string_equal(error.text, "there is no node 3: the last is 2");
    zones_close(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(physical_0x37ffffff_is_0xf7ffffff_and_the_next_byte_has_no_address),
        cmocka_unit_test(of_1_gib_896_mib_are_low_and_128_mib_high),
        cmocka_unit_test(base_split_and_limit_can_be_small),
        cmocka_unit_test(high_memory_is_used_up_before_low_and_low_only_is_never_high),
        cmocka_unit_test(frames_are_local_and_then_of_the_nearest_node),
        cmocka_unit_test(local_low_memory_comes_before_high_memory_of_another_node),
        cmocka_unit_test(a_node_that_cannot_be_reached_gives_nothing),
        cmocka_unit_test(
            of_equally_near_nodes_the_local_one_is_first_and_then_that_of_lower_number),
        cmocka_unit_test(an_access_costs_more_the_farther_the_node),
        cmocka_unit_test(a_frame_is_found_and_given_back_wherever_it_is_from),
        cmocka_unit_test(a_source_gives_back_blocks_of_the_order_that_was_taken),
        cmocka_unit_test(random_takes_and_gives_follow_the_rules),
        cmocka_unit_test(a_setup_that_makes_no_sense_is_refused),
        cmocka_unit_test(there_is_no_node_beyond_the_last),
    };
    return cmocka_run_group_tests_name("zones", tests, NULL, NULL);
}
