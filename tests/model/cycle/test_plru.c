/* test_plru.c: the tree of docs/blocks/plru.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/plru.h"

static void hit(struct plru *p, unsigned way)
{
    plru_clock(p, &(struct plru_in){.hit_valid = true, .hit_way = way});
}

static void fill(struct plru *p, unsigned way)
{
    plru_clock(p, &(struct plru_in){.fill_valid = true, .fill_way = way});
}

static void uses_0_2_1_move_the_victim_as_in_the_diagram(void **state)
{
    (void)state;
    struct plru p;
    plru_reset(&p, 4);
    assert_int_equal(plru_victim(&p), 0);
    hit(&p, 0);
    assert_int_equal(plru_victim(&p), 2);
    assert_int_equal(p.tree, 1u << 1 | 1u << 2);
    hit(&p, 2);
    assert_int_equal(plru_victim(&p), 1);
    assert_int_equal(p.tree, 1u << 2 | 1u << 3);
    hit(&p, 1);
    assert_int_equal(plru_victim(&p), 3);
    assert_int_equal(p.tree, 1u << 1 | 1u << 3);
}

static void victim_is_never_the_way_used_last(void **state)
{
    (void)state;
    for (unsigned ways = 2; ways <= 64; ways *= 2) {
        struct plru p;
        plru_reset(&p, ways);
        uint32_t random = 1;
        for (unsigned i = 0; i < 2000; i++) {
            random = random * 1664525u + 1013904223u;
            unsigned way = (random >> 16) % ways;
            hit(&p, way);
            assert_int_not_equal(plru_victim(&p), way);
        }
    }
}

static void as_many_fills_as_ways_touch_every_way_once(void **state)
{
    (void)state;
    for (unsigned ways = 2; ways <= 64; ways *= 2) {
        struct plru p;
        plru_reset(&p, ways);
        uint64_t filled = 0;
        for (unsigned i = 0; i < ways; i++) {
            unsigned way = plru_victim(&p);
            assert_int_equal(filled >> way & 1, 0);
            filled |= UINT64_C(1) << way;
            fill(&p, way);
        }
    }
}

static void fill_decides_where_it_shares_a_node_with_a_hit(void **state)
{
    (void)state;
    struct plru p;
    plru_reset(&p, 4);
    plru_clock(
        &p, &(struct plru_in){.hit_valid = true, .hit_way = 0, .fill_valid = true, .fill_way = 1});
    /* Both in the lower half: the root points up either way, node 2 away from the fill. */
    assert_int_equal(p.tree, 1u << 1);
    plru_clock(
        &p, &(struct plru_in){.hit_valid = true, .hit_way = 0, .fill_valid = true, .fill_way = 3});
    /* The hit sets node 2; at the root the fill in the upper half wins. */
    assert_int_equal(p.tree, 1u << 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uses_0_2_1_move_the_victim_as_in_the_diagram),
        cmocka_unit_test(victim_is_never_the_way_used_last),
        cmocka_unit_test(as_many_fills_as_ways_touch_every_way_once),
        cmocka_unit_test(fill_decides_where_it_shares_a_node_with_a_hit),
    };
    return cmocka_run_group_tests_name("model_cycle_plru", tests, NULL, NULL);
}
