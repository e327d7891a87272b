/* test_memory_arbiter.c: whose request is on the pins, and whose answer came back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/memory_arbiter.h"

static struct memory_arbiter arbiter_of(unsigned walkers)
{
    struct memory_arbiter arbiter;
    memory_arbiter_reset(&arbiter, walkers);
    return arbiter;
}

/* One cycle in which some of the requests are unasked; the walker that was on the pins. */
static unsigned cycle_with(struct memory_arbiter *arbiter, unsigned request, unsigned unasked,
                           bool ready)
{
    const unsigned selected = memory_arbiter_selected(arbiter, request, unasked);
    memory_arbiter_clock(arbiter, selected, ready);
    return selected;
}

static unsigned cycle(struct memory_arbiter *arbiter, unsigned request, bool ready)
{
    return cycle_with(arbiter, request, 0, ready);
}

/* An arbiter of which nothing is held, and it is the turn of walker `turn`. */
static struct memory_arbiter arbiter_at(unsigned walkers, unsigned turn)
{
    struct memory_arbiter arbiter = arbiter_of(walkers);
    cycle(&arbiter, 1u << (turn + walkers - 1) % walkers, true);
    return arbiter;
}

/* The first of `candidates` at or after `turn`, cyclically. */
static unsigned first_of(unsigned candidates, unsigned turn, unsigned walkers)
{
    while (!(candidates >> turn & 1))
        turn = (turn + 1) % walkers;
    return turn;
}

static void first_requester_at_or_after_the_turn_is_selected(void **state)
{
    (void)state;
    for (unsigned walkers = 1; walkers <= 4; walkers++) {
        for (unsigned turn = 0; turn < walkers; turn++) {
            const struct memory_arbiter arbiter = arbiter_at(walkers, turn);
            for (unsigned request = 1; request < 1u << walkers; request++)
                assert_int_equal(memory_arbiter_selected(&arbiter, request, 0),
                                 first_of(request, turn, walkers));
            assert_int_equal(memory_arbiter_selected(&arbiter, 0, 0), NO_WALKER);
        }
    }
}

static void what_nobody_asks_for_is_selected_only_if_nobody_else_requests(void **state)
{
    (void)state;
    for (unsigned walkers = 1; walkers <= 4; walkers++) {
        const unsigned all = (1u << walkers) - 1;
        for (unsigned turn = 0; turn < walkers; turn++) {
            const struct memory_arbiter arbiter = arbiter_at(walkers, turn);
            for (unsigned unasked = 0; unasked <= all; unasked++) {
                for (unsigned request = 1; request <= all; request++) {
                    const unsigned asked = request & ~unasked;
                    assert_int_equal(memory_arbiter_selected(&arbiter, request, unasked),
                                     first_of(asked != 0 ? asked : request, turn, walkers));
                }
                assert_int_equal(memory_arbiter_selected(&arbiter, 0, unasked), NO_WALKER);
            }
        }
    }
}

static void after_reset_walker_0_goes_first(void **state)
{
    (void)state;
    for (unsigned walkers = 1; walkers <= 4; walkers++) {
        struct memory_arbiter arbiter = arbiter_of(walkers);
        assert_int_equal(memory_arbiter_selected(&arbiter, (1u << walkers) - 1, 0), 0);
    }
}

static void requesters_are_taken_in_turn(void **state)
{
    (void)state;
    for (unsigned walkers = 1; walkers <= 4; walkers++) {
        struct memory_arbiter arbiter = arbiter_of(walkers);
        for (unsigned i = 0; i < 3 * walkers; i++)
            assert_int_equal(cycle(&arbiter, (1u << walkers) - 1, true), i % walkers);
    }
    struct memory_arbiter arbiter = arbiter_of(4);
    static const unsigned want[] = {1, 3, 1, 3};
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(cycle(&arbiter, 0xa, true), want[i]);
}

static void what_is_on_the_pins_stays_until_it_is_taken_whoever_else_comes(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 4; first++) {
        struct memory_arbiter arbiter = arbiter_of(4);
        assert_int_equal(cycle(&arbiter, 1u << first, false), first);
        assert_int_equal(cycle(&arbiter, 0xf, false), first);
        assert_int_equal(cycle(&arbiter, 0xf, true), first);
        assert_int_equal(cycle(&arbiter, 0xf, true), (first + 1) % 4);
    }
}

static void what_nobody_asks_for_stays_too_once_it_is_on_the_pins(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 4; first++) {
        const unsigned unasked = 1u << first, next = (first + 1) % 4;
        struct memory_arbiter arbiter = arbiter_of(4);
        assert_int_equal(cycle_with(&arbiter, unasked, unasked, false), first);
        assert_int_equal(cycle_with(&arbiter, 0xf, unasked, false), first);
        assert_int_equal(cycle_with(&arbiter, 0xf, 0xf, false), first);
        assert_int_equal(cycle_with(&arbiter, 0xf, unasked, true), first);
        assert_int_equal(cycle_with(&arbiter, 0xf, 1u << next, true), (first + 2) % 4);
    }
}

static void request_that_is_held_stays_beside_what_nobody_asks_for(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 4; first++) {
        struct memory_arbiter arbiter = arbiter_of(4);
        const unsigned others = 0xf & ~(1u << first);
        assert_int_equal(cycle_with(&arbiter, 1u << first, others, false), first);
        assert_int_equal(cycle_with(&arbiter, 0xf, others, false), first);
        assert_int_equal(cycle_with(&arbiter, 0xf, others, true), first);
        assert_int_equal(cycle_with(&arbiter, others, others, true), (first + 1) % 4);
    }
}

static void cycle_without_a_request_keeps_the_turn(void **state)
{
    (void)state;
    struct memory_arbiter arbiter = arbiter_of(4);
    assert_int_equal(cycle(&arbiter, 0x2, true), 1);
    assert_int_equal(cycle(&arbiter, 0, true), NO_WALKER);
    assert_int_equal(cycle(&arbiter, 0, false), NO_WALKER);
    assert_int_equal(cycle(&arbiter, 0xf, true), 2);
}

/* At most how many others are taken before a request that somebody asks for. */
static unsigned longest_wait(unsigned walkers, bool prefetches)
{
    const unsigned all = (1u << walkers) - 1;
    struct memory_arbiter arbiter = arbiter_of(walkers);
    unsigned request = 0, unasked = 0, others[4] = {0}, most = 0;
    uint32_t random = 1;
    for (unsigned i = 0; i < 5000; i++) {
        random = random * 1664525u + 1013904223u;
        unasked &= request & random >> 12; /* some merge, and are asked for from now on */
        unasked |= prefetches ? random >> 24 & all & ~request : 0;
        request |= random >> 28 & all; /* who requests goes on requesting */
        const bool ready = random >> 20 & 1;
        const unsigned selected = cycle_with(&arbiter, request, unasked, ready);
        for (unsigned w = 0; w < walkers && ready && selected != NO_WALKER; w++) {
            const bool waits = w != selected && (request & ~unasked) >> w & 1;
            others[w] = waits ? others[w] + 1 : 0;
            most = others[w] > most ? others[w] : most;
        }
        if (ready && selected != NO_WALKER)
            request &= ~(1u << selected);
    }
    return most;
}

static void request_waits_for_at_most_one_of_each_other_walker(void **state)
{
    (void)state;
    for (unsigned walkers = 1; walkers <= 4; walkers++) {
        assert_int_equal(longest_wait(walkers, false), walkers - 1); /* and it happens */
        assert_int_equal(longest_wait(walkers, true), walkers - 1);
    }
}

static void answer_is_the_walkers_whose_number_it_bears_and_nobodys_else(void **state)
{
    (void)state;
    for (unsigned walkers = 1; walkers <= 4; walkers++) {
        const struct memory_arbiter arbiter = arbiter_of(walkers);
        for (unsigned id = 0; id < 8; id++) {
            assert_int_equal(memory_arbiter_answered(&arbiter, true, id),
                             id < walkers ? id : NO_WALKER);
            assert_int_equal(memory_arbiter_answered(&arbiter, false, id), NO_WALKER);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_requester_at_or_after_the_turn_is_selected),
        cmocka_unit_test(what_nobody_asks_for_is_selected_only_if_nobody_else_requests),
        cmocka_unit_test(after_reset_walker_0_goes_first),
        cmocka_unit_test(requesters_are_taken_in_turn),
        cmocka_unit_test(what_is_on_the_pins_stays_until_it_is_taken_whoever_else_comes),
        cmocka_unit_test(what_nobody_asks_for_stays_too_once_it_is_on_the_pins),
        cmocka_unit_test(request_that_is_held_stays_beside_what_nobody_asks_for),
        cmocka_unit_test(cycle_without_a_request_keeps_the_turn),
        cmocka_unit_test(request_waits_for_at_most_one_of_each_other_walker),
        cmocka_unit_test(answer_is_the_walkers_whose_number_it_bears_and_nobodys_else),
    };
    return cmocka_run_group_tests_name("model_cycle_memory_arbiter", tests, NULL, NULL);
}
