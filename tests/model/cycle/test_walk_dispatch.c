/* test_walk_dispatch.c: who enters the stage, and the verdict on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/walk_dispatch.h"

enum { LEAF = 0xcf }; /* V, R, W, X, A, D: nothing forbidden to S, nothing to be set */

static struct walk_dispatch fresh(void)
{
    struct walk_dispatch dispatch;
    walk_dispatch_reset(&dispatch);
    return dispatch;
}

/* One cycle in which ports miss; the port that is granted. */
static unsigned grant(struct walk_dispatch *dispatch, bool fetch_miss, bool data_miss)
{
    const struct request request = {.id = 1, .body = {.op = OP_STORE, .priv = PRIV_S}};
    const struct miss miss = {.request = &request, .slot = 3};
    const unsigned port = walk_dispatch_grant(dispatch, fetch_miss, data_miss);
    walk_dispatch_clock(dispatch, false, port, &miss);
    return port;
}

/* A stage that holds a request of `port`. */
static struct walk_dispatch staged(unsigned port, bool replay)
{
    struct walk_dispatch dispatch = fresh();
    const struct request request = {.id = 1, .body = {.op = OP_STORE, .priv = PRIV_S}};
    const struct miss miss = {.request = &request, .slot = 3, .replay = replay};
    walk_dispatch_clock(&dispatch, false, port, &miss);
    return dispatch;
}

/* Nobody waits, and a walker is idle: rule 4. */
static struct walk_dispatch_in plain(void)
{
    return (struct walk_dispatch_in){.page_walker = NO_WALKER, .walker_idle = true};
}

static struct walk_dispatch_out judge(const struct walk_dispatch *dispatch,
                                      struct walk_dispatch_in in)
{
    struct walk_dispatch_out out;
    walk_dispatch_judge(dispatch, &in, &out);
    assert_int_equal(out.settle.slot, dispatch->stage.slot);
    return out;
}

static void assert_verdict(struct walk_dispatch_out out, enum miss_state settled, bool hit,
                           bool start)
{
    assert_int_equal(out.settle.state, settled);
    assert_int_equal(out.hit, hit);
    assert_int_equal(out.start_valid, start);
    assert_int_equal(out.merge_valid, settled == MISS_MERGED);
}

/* ---- the grant ------------------------------------------------------------------------------- */

static void ports_that_both_miss_take_turns(void **state)
{
    (void)state;
    struct walk_dispatch dispatch = fresh();
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(grant(&dispatch, true, true), PORT_FETCH);
        assert_int_equal(grant(&dispatch, true, true), PORT_DATA);
    }
}

static void port_that_misses_alone_is_granted_and_the_other_goes_next(void **state)
{
    (void)state;
    struct walk_dispatch dispatch = fresh();
    assert_int_equal(grant(&dispatch, false, true), PORT_DATA);
    assert_int_equal(grant(&dispatch, false, true), PORT_DATA);
    assert_int_equal(grant(&dispatch, true, true), PORT_FETCH);
    assert_int_equal(grant(&dispatch, true, false), PORT_FETCH);
    assert_int_equal(grant(&dispatch, true, true), PORT_DATA);
}

static void cycle_without_a_miss_empties_the_stage_and_keeps_the_turn(void **state)
{
    (void)state;
    struct walk_dispatch dispatch = fresh();
    assert_int_equal(dispatch.stage.valid, false);
    grant(&dispatch, true, false);
    assert_int_equal(dispatch.stage.valid, true);
    assert_int_equal(grant(&dispatch, false, false), NO_PORT);
    assert_int_equal(dispatch.stage.valid, false);
    assert_int_equal(walk_dispatch_lookup_valid(&dispatch, false), false);
    assert_int_equal(grant(&dispatch, true, true), PORT_DATA);
}

static void stage_holds_what_was_granted(void **state)
{
    (void)state;
    for (unsigned port = 0; port < 2; port++) {
        struct walk_dispatch dispatch = fresh();
        const struct request request = {
            .id = 9, .body = {.va = 0x1234, .op = OP_AMO, .priv = PRIV_S, .sum = true}};
        const struct miss miss = {.request = &request, .slot = 5, .replay = port != 0};
        walk_dispatch_clock(&dispatch, false, port, &miss);
        assert_int_equal(dispatch.stage.valid, true);
        assert_int_equal(dispatch.stage.port, port);
        assert_int_equal(dispatch.stage.slot, 5);
        assert_int_equal(dispatch.stage.replay, port != 0);
        assert_int_equal(dispatch.stage.request.id, 9);
        assert_int_equal(dispatch.stage.request.body.va, 0x1234);
        assert_int_equal(dispatch.stage.request.body.op, OP_AMO);
        assert_int_equal(dispatch.stage.request.body.sum, true);
    }
}

/* ---- the verdict, rule by rule --------------------------------------------------------------- */

/* Everything that makes the rules from `rule` on apply. */
static struct walk_dispatch_in from_rule(unsigned rule)
{
    struct walk_dispatch_in in = plain();
    in.fence_valid = rule <= 1;
    in.l2_match = rule <= 2;
    in.l2_pte = LEAF;
    in.page_walker = rule <= 3 ? 2 : NO_WALKER;
    in.walker_idle = rule <= 4;
    return in;
}

static void first_rule_that_applies_decides(void **state)
{
    (void)state;
    for (unsigned port = 0; port < 2; port++) {
        for (unsigned replay = 0; replay < 2; replay++) {
            const struct walk_dispatch dispatch = staged(port, replay != 0);
            assert_verdict(judge(&dispatch, from_rule(1)), MISS_AWAKE, false, false);
            assert_verdict(judge(&dispatch, from_rule(2)), MISS_FREE, true, false);
            assert_verdict(judge(&dispatch, from_rule(3)), MISS_MERGED, false, false);
            assert_verdict(judge(&dispatch, from_rule(4)), MISS_FREE, false, true);
            assert_verdict(judge(&dispatch, from_rule(5)), MISS_WAITING, false, false);
        }
    }
}

static void second_level_is_asked_unless_there_is_a_fence(void **state)
{
    (void)state;
    const struct walk_dispatch dispatch = staged(PORT_DATA, false);
    assert_int_equal(walk_dispatch_lookup_valid(&dispatch, false), true);
    assert_int_equal(walk_dispatch_lookup_valid(&dispatch, true), false);
}

static void second_level_answers_only_what_its_pte_grants_with_nothing_to_touch(void **state)
{
    (void)state;
    static const struct {
        tw_op op;
        unsigned pte;
        bool found;
    } cases[] = {{OP_STORE, LEAF, true},
                 {OP_STORE, LEAF & ~(1u << PTE_D), false},
                 {OP_LOAD, LEAF & ~(1u << PTE_D), true},
                 {OP_LOAD, LEAF & ~(1u << PTE_A), false},
                 {OP_STORE, LEAF & ~(1u << PTE_W), false},
                 {OP_FETCH, LEAF & ~(1u << PTE_X), false},
                 {OP_LOAD, LEAF | 1u << PTE_U, false}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct walk_dispatch dispatch = staged(PORT_DATA, false);
        struct walk_dispatch_in in = plain();
        dispatch.stage.request.body.op = cases[i].op;
        in.l2_match = true;
        in.l2_pte = cases[i].pte;
        assert_verdict(judge(&dispatch, in), MISS_FREE, cases[i].found, !cases[i].found);
        in.l2_match = false;
        assert_verdict(judge(&dispatch, in), MISS_FREE, false, true);
    }
}

/* As from_rule, in a cycle in which memory answers a walk of `port`. */
static struct walk_dispatch_in answered(unsigned rule, unsigned port)
{
    struct walk_dispatch_in in = from_rule(rule);
    in.answer_valid = true;
    in.answer_port = port;
    return in;
}

static void found_newcomer_looks_up_again_after_a_cycle_in_which_its_port_is_answered(void **state)
{
    (void)state;
    for (unsigned port = 0; port < 2; port++) {
        const struct walk_dispatch dispatch = staged(port, false);
        struct walk_dispatch_in in = answered(2, port);
        for (unsigned others = 0; others < 2; others++) { /* whatever else could become of it */
            in.page_walker = others ? 1 : NO_WALKER;
            assert_verdict(judge(&dispatch, in), MISS_AWAKE, false, false);
        }
        in.walker_idle = false;
        assert_verdict(judge(&dispatch, in), MISS_AWAKE, false, false);
        in.answer_valid = false;
        assert_verdict(judge(&dispatch, in), MISS_FREE, true, false);
    }
}

static void found_request_that_has_waited_gets_a_walk_if_its_port_is_answered_again(void **state)
{
    (void)state;
    for (unsigned port = 0; port < 2; port++) {
        const struct walk_dispatch dispatch = staged(port, true);
        struct walk_dispatch_in in = answered(2, port);
        const struct walk_dispatch_out merged = judge(&dispatch, in);
        assert_verdict(merged, MISS_MERGED, false, false);
        assert_int_equal(merged.settle.walker, 2);
        in.page_walker = NO_WALKER;
        assert_verdict(judge(&dispatch, in), MISS_FREE, false, true);
        in.fetch_waiting = in.data_waiting = true; /* the other port's turn, or its own */
        assert_verdict(judge(&dispatch, in), port == PORT_FETCH ? MISS_FREE : MISS_WAITING, false,
                       port == PORT_FETCH);
        in.walker_idle = false;
        assert_verdict(judge(&dispatch, in), MISS_WAITING, false, false);
        in.answer_valid = false;
        assert_verdict(judge(&dispatch, in), MISS_FREE, true, false);
    }
}

static void answer_matters_only_to_its_own_port_and_to_who_is_found(void **state)
{
    (void)state;
    for (unsigned port = 0; port < 2; port++) {
        for (unsigned replay = 0; replay < 2; replay++) {
            const struct walk_dispatch dispatch = staged(port, replay != 0);
            assert_verdict(judge(&dispatch, answered(2, !port)), MISS_FREE, true, false);
            assert_verdict(judge(&dispatch, answered(1, port)), MISS_AWAKE, false, false);
            assert_verdict(judge(&dispatch, answered(3, port)), MISS_MERGED, false, false);
            assert_verdict(judge(&dispatch, answered(4, port)), MISS_FREE, false, true);
            assert_verdict(judge(&dispatch, answered(5, port)), MISS_WAITING, false, false);
        }
    }
}

static void request_for_a_page_that_is_walked_for_is_merged_on_that_walker(void **state)
{
    (void)state;
    const struct walk_dispatch dispatch = staged(PORT_FETCH, false);
    for (unsigned walker = 0; walker < 4; walker++) {
        struct walk_dispatch_in in = plain();
        in.page_walker = walker;
        in.walker_idle = walker % 2 != 0;
        const struct walk_dispatch_out out = judge(&dispatch, in);
        assert_verdict(out, MISS_MERGED, false, false);
        assert_int_equal(out.settle.walker, walker);
    }
}

static void walker_goes_to_a_newcomer_only_if_nobody_of_its_port_waits(void **state)
{
    (void)state;
    for (unsigned port = 0; port < 2; port++) {
        for (unsigned replay = 0; replay < 2; replay++) {
            for (unsigned waits = 0; waits < 2; waits++) {
                const struct walk_dispatch dispatch = staged(port, replay != 0);
                struct walk_dispatch_in in = plain();
                in.fetch_waiting = port == PORT_FETCH && waits;
                in.data_waiting = port == PORT_DATA && waits;
                const bool starts = replay || !waits;
                assert_verdict(judge(&dispatch, in), starts ? MISS_FREE : MISS_WAITING, false,
                               starts);
            }
        }
    }
}

static void walker_goes_to_the_port_whose_turn_it_is_if_the_other_has_somebody_waiting(void **state)
{
    (void)state;
    for (unsigned port = 0; port < 2; port++) {
        for (unsigned turn = 0; turn < 2; turn++) {
            for (unsigned waits = 0; waits < 2; waits++) {
                struct walk_dispatch dispatch = staged(port, true);
                struct walk_dispatch_in in = plain();
                dispatch.walker_turn = turn;
                in.fetch_waiting = port != PORT_FETCH && waits;
                in.data_waiting = port != PORT_DATA && waits;
                const bool starts = !waits || turn == port;
                assert_verdict(judge(&dispatch, in), starts ? MISS_FREE : MISS_WAITING, false,
                               starts);
            }
        }
    }
}

/* ---- turns ----------------------------------------------------------------------------------- */

static void after_a_start_the_next_walker_is_the_other_ports(void **state)
{
    (void)state;
    for (unsigned port = 0; port < 2; port++) {
        struct walk_dispatch dispatch = staged(port, false);
        dispatch.walker_turn = port;
        walk_dispatch_clock(&dispatch, true, NO_PORT, NULL);
        assert_int_equal(dispatch.walker_turn, !port);
        dispatch = staged(port, false);
        dispatch.walker_turn = port;
        walk_dispatch_clock(&dispatch, false, NO_PORT, NULL);
        assert_int_equal(dispatch.walker_turn, port);
        dispatch.walker_turn = !port;
        dispatch.stage.valid = true;
        walk_dispatch_clock(&dispatch, true, NO_PORT, NULL);
        assert_int_equal(dispatch.walker_turn, !port);
    }
    assert_int_equal(fresh().walker_turn, PORT_FETCH);
}

static void start_and_grant_in_one_cycle_move_both_turns(void **state)
{
    (void)state;
    struct walk_dispatch dispatch = fresh();
    const struct request request = {.id = 1};
    const struct miss miss = {.request = &request};
    grant(&dispatch, true, false);
    walk_dispatch_clock(&dispatch, true, PORT_DATA, &miss);
    assert_int_equal(dispatch.walker_turn, PORT_DATA); /* fetch started */
    assert_int_equal(dispatch.turn, PORT_FETCH);       /* data was granted */
    assert_int_equal(dispatch.stage.port, PORT_DATA);
}

/* Both ports always have a request waiting, and one walker becomes idle every third cycle. */
static void waiting_ports_share_the_walkers_evenly(void **state)
{
    (void)state;
    struct walk_dispatch dispatch = fresh();
    const struct request request = {.body = {.op = OP_LOAD, .priv = PRIV_S}};
    const struct miss miss = {.request = &request, .replay = true};
    unsigned starts[2] = {0, 0}, last = NO_PORT;
    for (unsigned t = 0; t < 300; t++) {
        struct walk_dispatch_in in = plain();
        struct walk_dispatch_out out = {.start_valid = false};
        in.walker_idle = t % 3 != 0;
        in.fetch_waiting = in.data_waiting = true;
        if (dispatch.stage.valid)
            out = judge(&dispatch, in);
        if (out.start_valid) {
            starts[dispatch.stage.port]++;
            assert_int_not_equal(dispatch.stage.port, last);
            last = dispatch.stage.port;
        }
        walk_dispatch_clock(&dispatch, out.start_valid, walk_dispatch_grant(&dispatch, true, true),
                            &miss);
    }
    assert_true(starts[0] >= 50);
    assert_true(starts[0] - starts[1] + 1 <= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_that_both_miss_take_turns),
        cmocka_unit_test(port_that_misses_alone_is_granted_and_the_other_goes_next),
        cmocka_unit_test(cycle_without_a_miss_empties_the_stage_and_keeps_the_turn),
        cmocka_unit_test(stage_holds_what_was_granted),
        cmocka_unit_test(first_rule_that_applies_decides),
        cmocka_unit_test(second_level_is_asked_unless_there_is_a_fence),
        cmocka_unit_test(second_level_answers_only_what_its_pte_grants_with_nothing_to_touch),
        cmocka_unit_test(found_newcomer_looks_up_again_after_a_cycle_in_which_its_port_is_answered),
        cmocka_unit_test(found_request_that_has_waited_gets_a_walk_if_its_port_is_answered_again),
        cmocka_unit_test(answer_matters_only_to_its_own_port_and_to_who_is_found),
        cmocka_unit_test(request_for_a_page_that_is_walked_for_is_merged_on_that_walker),
        cmocka_unit_test(walker_goes_to_a_newcomer_only_if_nobody_of_its_port_waits),
        cmocka_unit_test(
            walker_goes_to_the_port_whose_turn_it_is_if_the_other_has_somebody_waiting),
        cmocka_unit_test(after_a_start_the_next_walker_is_the_other_ports),
        cmocka_unit_test(start_and_grant_in_one_cycle_move_both_turns),
        cmocka_unit_test(waiting_ports_share_the_walkers_evenly),
    };
    return cmocka_run_group_tests_name("model_cycle_walk_dispatch", tests, NULL, NULL);
}
