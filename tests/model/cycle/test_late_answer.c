/* test_late_answer.c: a finished walk's answer, or the second level's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/late_answer.h"

static const struct request walked = {.id = 1}, staged = {.id = 2, .body = {.va = 0x1234}};
static const struct done walk = {.request = &walked, .check = CHECK_VALID, .level = 2};

/* `done_*`; what the second level answers is written to *l2. */
static const struct done *hear(bool mine, const struct done *done, bool l2_hit, struct done *l2)
{
    return late_answer(&(struct late_answer_in){.answer_mine = mine,
                                                .walk_done = done,
                                                .l2_hit = l2_hit,
                                                .stage_request = &staged,
                                                .l2_pte = 0x4cf,
                                                .l2_global = true},
                       l2);
}

static void port_whose_walk_memory_answers_hears_of_that_walk_alone(void **state)
{
    (void)state;
    struct done l2;
    assert_ptr_equal(hear(true, &walk, false, &l2), &walk);
    assert_ptr_equal(hear(true, &walk, true, &l2), &walk);
    assert_null(hear(true, NULL, false, &l2));
    assert_null(hear(true, NULL, true, &l2)); /* it does not finish: nobody is heard */
}

static void other_port_hears_the_second_level_and_never_the_walk(void **state)
{
    (void)state;
    struct done l2;
    assert_null(hear(false, &walk, false, &l2));
    assert_null(hear(false, NULL, false, &l2));
    const struct done *const walks[] = {NULL, &walk};
    for (unsigned i = 0; i < 2; i++) {
        const struct done *done = hear(false, walks[i], true, &l2);
        assert_non_null(done);
        assert_int_equal(done->request->id, staged.id);
        assert_int_equal(done->request->body.va, staged.body.va);
    }
}

static void second_levels_answer_is_a_good_4_kib_leaf(void **state)
{
    (void)state;
    struct done l2 = {.level = 3, .check = CHECK_READ, .pte_addr = 8};
    const struct done *done = hear(false, NULL, true, &l2);
    assert_non_null(done);
    assert_int_equal(done->level, 0);
    assert_int_equal(done->check, CHECK_NONE);
    assert_int_equal(done->pte_addr, 0);
    assert_int_equal(done->size, 12);
    assert_int_equal(done->pte, 0x4cf);
    assert_int_equal(done->global, true);
    const struct late_answer_in in = {.l2_hit = true, .stage_request = &staged};
    assert_int_equal(late_answer(&in, &l2)->global, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(port_whose_walk_memory_answers_hears_of_that_walk_alone),
        cmocka_unit_test(other_port_hears_the_second_level_and_never_the_walk),
        cmocka_unit_test(second_levels_answer_is_a_good_4_kib_leaf),
    };
    return cmocka_run_group_tests_name("model_cycle_late_answer", tests, NULL, NULL);
}
