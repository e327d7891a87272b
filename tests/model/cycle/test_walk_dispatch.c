/* test_walk_dispatch.c: two misses, one walker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/walk_dispatch.h"

static const struct request fetch = {.id = 1}, data = {.id = 2};

/* Id of the request that is started in this cycle, 0 for none. */
static unsigned started(struct walk_dispatch *dispatch, bool idle, const struct request *fetch_miss,
                        const struct request *data_miss)
{
    struct walk_dispatch_out out;
    walk_dispatch_decide(dispatch,
                         &(struct walk_dispatch_in){
                             .walker_idle = idle, .fetch_miss = fetch_miss, .data_miss = data_miss},
                         &out);
    walk_dispatch_clock(dispatch, &out);
    assert_false(out.fetch_miss_grant && out.data_miss_grant);
    assert_int_equal(out.start.valid, out.fetch_miss_grant || out.data_miss_grant);
    if (!out.start.valid)
        return 0;
    assert_int_equal(out.start.port, out.data_miss_grant);
    return out.start.request.id;
}

static void ports_that_both_miss_take_turns(void **state)
{
    (void)state;
    struct walk_dispatch dispatch;
    walk_dispatch_reset(&dispatch);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(started(&dispatch, true, &fetch, &data), fetch.id);
        assert_int_equal(started(&dispatch, true, &fetch, &data), data.id);
    }
}

static void port_that_misses_alone_is_granted_out_of_turn(void **state)
{
    (void)state;
    struct walk_dispatch dispatch;
    walk_dispatch_reset(&dispatch);
    assert_int_equal(started(&dispatch, true, NULL, &data), data.id);
    assert_int_equal(started(&dispatch, true, NULL, &data), data.id);
    assert_int_equal(started(&dispatch, true, &fetch, &data), fetch.id);
    assert_int_equal(started(&dispatch, true, &fetch, NULL), fetch.id);
    assert_int_equal(started(&dispatch, true, &fetch, &data), data.id);
}

static void busy_walker_grants_nobody_and_keeps_the_turn(void **state)
{
    (void)state;
    struct walk_dispatch dispatch;
    walk_dispatch_reset(&dispatch);
    assert_int_equal(started(&dispatch, true, &fetch, &data), fetch.id);
    assert_int_equal(started(&dispatch, false, &fetch, &data), 0);
    assert_int_equal(started(&dispatch, true, NULL, NULL), 0);
    assert_int_equal(started(&dispatch, true, &fetch, &data), data.id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_that_both_miss_take_turns),
        cmocka_unit_test(port_that_misses_alone_is_granted_out_of_turn),
        cmocka_unit_test(busy_walker_grants_nobody_and_keeps_the_turn),
    };
    return cmocka_run_group_tests_name("model_cycle_walk_dispatch", tests, NULL, NULL);
}
