/* test_mmu.c: what only the wiring can get wrong, seen from the pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tests/support/rig.h"

static const uint64_t frame = 0x300;
static const uint64_t set_span = UINT64_C(128)
                                 << PAGE_SHIFT; /* sets of the configuration default */

static void map_page(rig *r, uint64_t va)
{
    rig_map(r, va, 0, pages_pte(frame + (va >> PAGE_SHIFT), F_PAGE));
}

static uint64_t pa_of(uint64_t va)
{
    return (frame << PAGE_SHIFT) + va;
}

static void pages_of_one_set_of_the_second_level_stand_side_by_side(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 2);
    for (uint64_t i = 0; i < 4; i++) {
        map_page(&r, 0x1000 + i * set_span);
        rig_translate(&r, TW_FETCH, OP_FETCH, 0x1000 + i * set_span);
    }
    for (uint64_t i = 0; i < 4; i++) {
        const tw_answer answer = rig_translate(&r, TW_DATA, OP_LOAD, 0x1000 + i * set_span);
        assert_int_equal(answer.latency, 2);
        assert_int_equal(answer.pa, pa_of(0x1000 + i * set_span));
    }
    rig_close(&r);
}

static void superpages_are_kept_by_the_port_alone(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 2);
    rig_map(&r, 0x40000000, 2, pages_pte(0, F_PAGE));
    rig_translate(&r, TW_FETCH, OP_FETCH, 0x40000000);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0x40000000).latency, 2 + 3);
    assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, 0x40000000).latency, 1);
    rig_close(&r);
}

/* Fetches `wanted` in the cycle in which a data walk for `walked` finishes with `pte`. The second
 * level holds page 0x1000. */
static tw_answer fetch_beside_a_walk(void **state, uint64_t wanted, uint64_t walked, uint64_t pte)
{
    rig r = rig_open(state, "default", MODE_SV39, 4);
    tw_answer answer = {.latency = 0};
    map_page(&r, 0x1000);
    rig_map(&r, walked, 0, pte);
    rig_translate(&r, TW_DATA, OP_LOAD, 0x1000); /* also caches the pointers: one read from now */
    rig_data(&r, 1, OP_LOAD, walked);
    while (!tw_machine_in(r.machine)->mem_resp_valid)
        rig_clock(&r);
    rig_fetch(&r, 2, wanted);
    do {
        rig_clock(&r);
        answer.latency++;
    } while (!tw_machine_out(r.machine)->fetch_resp_valid && answer.latency < 100);
    answer.pa = tw_machine_out(r.machine)->fetch_resp_pa;
    rig_close(&r);
    return answer;
}

static void read_of_a_set_that_is_written_sees_what_is_written_and_what_stands_beside(void **state)
{
    const uint64_t good = pages_pte(frame + 0x1234, F_PAGE);
    for (unsigned set = 1; set <= 2; set++) {
        const uint64_t walked = set * 0x1000 + set_span;
        tw_answer answer = fetch_beside_a_walk(state, 0x1000, walked, good);
        assert_int_equal(answer.latency, 2);
        assert_int_equal(answer.pa, pa_of(0x1000));
        answer = fetch_beside_a_walk(state, walked | 8, walked, good);
        assert_int_equal(answer.latency, 2);
        assert_int_equal(answer.pa, pa_of(0x1234008));
        answer = fetch_beside_a_walk(state, 0x1000, walked, 0); /* a fault */
        assert_int_equal(answer.latency, 2);
        assert_int_equal(answer.pa, pa_of(0x1000));
    }
}

static void fence_reaches_both_ports_the_second_level_and_the_walk_cache(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 2);
    map_page(&r, 0x1000);
    for (unsigned port = 0; port < 2; port++) {
        rig_translate(&r, TW_FETCH, OP_FETCH, 0x1000);
        rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);
        rig_fence(&r, TW_FENCE_ALL, 0, 0);
        const tw_port first = port == 0 ? TW_FETCH : TW_DATA;
        assert_int_equal(rig_translate(&r, first, OP_LOAD, 0x1000).latency, 2 + 3 * 3);
        const tw_port second = port == 0 ? TW_DATA : TW_FETCH;
        assert_int_equal(rig_translate(&r, second, OP_LOAD, 0x1000).latency, 2);
    }
    rig_close(&r);
}

static void walk_of_one_port_wakes_the_other_and_answers_only_its_own(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 6);
    map_page(&r, 0x1000);
    rig_data(&r, 1, OP_LOAD, 0x1000); /* done in 1 + 3 * 7 */
    rig_clock(&r);
    rig_fetch(&r, 2, 0x1328); /* merges on the data port's walk */
    for (unsigned t = 1; t <= 30; t++) {
        const tw_out *out = tw_machine_out(r.machine);
        assert_int_equal(out->data_resp_valid, t == 23);
        /* Awake in 23, it looks up; its port does not know the page, but the second level does. */
        assert_int_equal(out->fetch_resp_valid, t == 25);
        if (t == 25)
            assert_int_equal(out->fetch_resp_pa, pa_of(0x1328));
        rig_clock(&r);
    }
    assert_int_equal(rig_read(&r, REG_COUNT_WALKS), 1);
    rig_close(&r);
}

static void third_walk_waits_for_the_first_of_two_walkers(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 9);
    for (unsigned t = 0; t <= 30; t++) {
        const tw_out *out = tw_machine_out(r.machine);
        if (t < 3) /* none of them is mapped: one read, then a fault */
            rig_data(&r, t, OP_LOAD, (uint64_t)t << 30);
        /* Reads are taken in 2 and 3. Walker 0 is idle from 12 on: lookup in 12, start in 13. */
        assert_int_equal(out->data_resp_valid, t == 12 || t == 13 || t == 24);
        assert_int_equal(out->obs_data_misses, t >= 1 && t < 14);
        const unsigned slot = t == 2; /* the second came while the first was in slot 0 */
        const bool staged = (t >= 1 && t <= 3) || t == 13;
        assert_int_equal(out->obs_stage, staged ? 1 | TW_DATA << 1 | slot << 2 : 0);
        rig_clock(&r);
    }
    rig_close(&r);
}

/* A request on either port. */
static void request(rig *r, tw_port port, unsigned id, uint64_t va)
{
    if (port == TW_FETCH)
        rig_fetch(r, id, va);
    else
        rig_data(r, id, OP_LOAD, va);
}

static bool answers(const rig *r, tw_port port)
{
    const tw_out *out = tw_machine_out(r->machine);
    return port == TW_FETCH ? out->fetch_resp_valid : out->data_resp_valid;
}

static void request_merged_on_any_walker_wakes_when_that_one_finishes(void **state)
{
    for (unsigned walker = 0; walker < 2; walker++) {
        for (tw_port port = TW_FETCH; port <= TW_DATA; port++) {
            rig r = rig_open(state, "default", MODE_SV39, 6);
            for (unsigned t = 0; t <= 20; t++) { /* two walks of one read, done in 8 and 9 */
                if (t < 2)
                    request(&r, t == walker ? port : !port, t, (uint64_t)t << 30);
                if (t == 2)
                    request(&r, port, 2, (uint64_t)walker << 30 | 8);
                /* Awake in 9 or 10; nothing is mapped, so it walks itself. */
                assert_int_equal(answers(&r, port), t == 9 + walker || t == 9 + walker + 2 + 7);
                rig_clock(&r);
            }
            rig_close(&r);
        }
    }
}

static void port_that_waits_for_its_turn_gets_the_walker_before_the_others_newcomer(void **state)
{
    for (tw_port first = TW_FETCH; first <= TW_DATA; first++) {
        rig r = rig_open(state, "small", MODE_SV32, 5);
        for (unsigned t = 0; t <= 26; t++) { /* one walker, nothing mapped: one read each */
            if (t == 0 || t == 7) /* the second misses in the cycle in which the first is done */
                request(&r, first, t, (uint64_t)t << 22);
            if (t == 1)
                request(&r, !first, t, (uint64_t)t << 22);
            assert_int_equal(answers(&r, first), t == 8 || t == 24);
            assert_int_equal(answers(&r, !first), t == 16);
            rig_clock(&r);
        }
        rig_close(&r);
    }
}

static void pointer_that_every_walk_begins_below_is_never_replaced(void **state)
{
    rig r = rig_open(state, "default", MODE_SV39, 2);
    for (uint64_t i = 0; i < 24; i++) { /* each needs a pointer of level 1 of its own */
        map_page(&r, i << 21);
        assert_int_equal(rig_translate(&r, TW_DATA, OP_LOAD, i << 21).latency,
                         2 + 3 * (i == 0 ? 3 : 2));
    }
    rig_close(&r);
}

static void inject_spoils_the_bit_that_it_names(void **state)
{
    for (unsigned bit = 0; bit < 256; bit += 5) {
        rig r = rig_open(state, "default", MODE_SV39, 2);
        map_page(&r, 0x1000);
        rig_write(&r, REG_L2_INJECT, TW_PUT(L2_INJECT, BIT, bit) | TW_PUT(L2_INJECT, ARMED, 1));
        rig_translate(&r, TW_FETCH, OP_FETCH, 0x1000);
        const tw_answer answer = rig_translate(&r, TW_DATA, OP_LOAD, 0x1000);
        assert_int_equal(answer.pa, pa_of(0x1000));
        assert_int_equal(answer.latency, bit < 113 ? 2 + 3 : 2); /* 120 - log2(128) bits */
        assert_int_equal(rig_read(&r, REG_L2_INJECT), TW_PUT(L2_INJECT, BIT, bit));
        rig_close(&r);
    }
}

static rig_engine model = tw_model_open;

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(pages_of_one_set_of_the_second_level_stand_side_by_side, model),
        RIG_TEST(superpages_are_kept_by_the_port_alone, model),
        RIG_TEST(read_of_a_set_that_is_written_sees_what_is_written_and_what_stands_beside, model),
        RIG_TEST(fence_reaches_both_ports_the_second_level_and_the_walk_cache, model),
        RIG_TEST(walk_of_one_port_wakes_the_other_and_answers_only_its_own, model),
        RIG_TEST(third_walk_waits_for_the_first_of_two_walkers, model),
        RIG_TEST(request_merged_on_any_walker_wakes_when_that_one_finishes, model),
        RIG_TEST(port_that_waits_for_its_turn_gets_the_walker_before_the_others_newcomer, model),
        RIG_TEST(pointer_that_every_walk_begins_below_is_never_replaced, model),
        RIG_TEST(inject_spoils_the_bit_that_it_names, model),
    };
    return cmocka_run_group_tests_name("model_cycle_mmu", tests, NULL, NULL);
}
