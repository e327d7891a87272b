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

/* One cycle; the walker that was on the pins. */
static unsigned cycle(struct memory_arbiter *arbiter, unsigned request, bool ready)
{
    const unsigned selected = memory_arbiter_selected(arbiter, request);
    memory_arbiter_clock(arbiter, selected, ready);
    return selected;
}

static void first_requester_at_or_after_the_turn_is_selected(void **state)
{
    (void)state;
    for (unsigned walkers = 1; walkers <= 4; walkers++) {
        for (unsigned turn = 0; turn < walkers; turn++) {
            struct memory_arbiter arbiter = arbiter_of(walkers);
            cycle(&arbiter, 1u << turn, false); /* not taken: its turn */
            for (unsigned request = 1; request < 1u << walkers; request++) {
                unsigned want = turn;
                while (!(request >> want & 1))
                    want = (want + 1) % walkers;
                assert_int_equal(memory_arbiter_selected(&arbiter, request), want);
            }
            assert_int_equal(memory_arbiter_selected(&arbiter, 0), NO_WALKER);
        }
    }
}

static void after_reset_walker_0_goes_first(void **state)
{
    (void)state;
    for (unsigned walkers = 1; walkers <= 4; walkers++) {
        struct memory_arbiter arbiter = arbiter_of(walkers);
        assert_int_equal(memory_arbiter_selected(&arbiter, (1u << walkers) - 1), 0);
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

static void cycle_without_a_request_keeps_the_turn(void **state)
{
    (void)state;
    struct memory_arbiter arbiter = arbiter_of(4);
    assert_int_equal(cycle(&arbiter, 0x2, true), 1);
    assert_int_equal(cycle(&arbiter, 0, true), NO_WALKER);
    assert_int_equal(cycle(&arbiter, 0, false), NO_WALKER);
    assert_int_equal(cycle(&arbiter, 0xf, true), 2);
}

static void request_waits_for_at_most_one_of_each_other_walker(void **state)
{
    (void)state;
    for (unsigned walkers = 1; walkers <= 4; walkers++) {
        struct memory_arbiter arbiter = arbiter_of(walkers);
        unsigned request = 0, others[4] = {0}, most = 0;
        uint32_t random = 1;
        for (unsigned i = 0; i < 5000; i++) {
            random = random * 1664525u + 1013904223u;
            request |= random >> 28 & ((1u << walkers) - 1); /* who requests goes on requesting */
            const bool ready = random >> 20 & 1;
            const unsigned selected = cycle(&arbiter, request, ready);
            for (unsigned w = 0; w < walkers && ready && selected != NO_WALKER; w++) {
                others[w] = w == selected || !(request >> w & 1) ? 0 : others[w] + 1;
                most = others[w] > most ? others[w] : most;
            }
            if (ready && selected != NO_WALKER)
                request &= ~(1u << selected);
        }
        assert_int_equal(most, walkers - 1); /* never more, and it happens */
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
        cmocka_unit_test(after_reset_walker_0_goes_first),
        cmocka_unit_test(requesters_are_taken_in_turn),
        cmocka_unit_test(what_is_on_the_pins_stays_until_it_is_taken_whoever_else_comes),
        cmocka_unit_test(cycle_without_a_request_keeps_the_turn),
        cmocka_unit_test(request_waits_for_at_most_one_of_each_other_walker),
        cmocka_unit_test(answer_is_the_walkers_whose_number_it_bears_and_nobodys_else),
    };
    return cmocka_run_group_tests_name("model_cycle_memory_arbiter", tests, NULL, NULL);
}
