/* test_pin_monitor.c: the protocol binds the world as well: a requester or a memory that breaks it
 * is blamed, one that keeps it is not. What the MMU's side may break is in test_monitors.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tablewalk/driver.h"
#include "tablewalk/registers.h"
#include "tb/monitors.h"

struct world {
    tw_memory *memory;
    tw_engine *engine;
    tw_machine *machine;
    struct monitors *monitors;
};

/* A machine in bare mode, watched from its first cycle. */
static int open_world(void **state)
{
    static struct world w;
    const tw_config *config = tw_config_named("default");
    w.memory = tw_memory_open(&(tw_memory_options){.latency_min = 20, .latency_max = 20});
    w.engine = tw_model_open(config);
    w.machine = tw_machine_open(w.engine, w.memory);
    w.monitors = monitors_open(config, w.memory);
    *state = &w;
    return tw_machine_watch(w.machine, monitors_watcher(w.monitors), NULL) != TW_OK;
}

static int close_world(void **state)
{
    struct world *w = *state;
    monitors_close(w->monitors);
    tw_machine_close(w->machine);
    tw_engine_close(w->engine);
    tw_memory_close(w->memory);
    return 0;
}

static void offer_load(struct world *w, unsigned id, uint64_t va)
{
    tw_in *in = tw_machine_in(w->machine);
    in->data_req_valid = 1;
    in->data_req_id = (uint8_t)id;
    in->data_req_va = va;
    in->data_req_op = OP_LOAD;
    in->data_req_priv = PRIV_S;
}

static void clock_well(struct world *w)
{
    tw_error error;
    if (tw_machine_clock(w->machine, &error) != TW_OK)
        fail_msg("%s", error.text);
}

static void expect_blame(struct world *w, const char *complaint)
{
    tw_error error = {0};
    if (tw_machine_clock(w->machine, &error) != TW_MISMATCH ||
        strstr(error.text, complaint) == NULL)
        fail_msg("expected a complaint with '%s', got '%s'", complaint, error.text);
}

/* Offers a load in the one cycle in which a write to SATP holds off requests. */
static void offer_a_load_that_waits(struct world *w)
{
    tw_in *in = tw_machine_in(w->machine);
    in->reg_req_valid = 1;
    in->reg_req_write = 1;
    in->reg_req_offset = REG_SATP;
    in->reg_req_priv = PRIV_S;
    clock_well(w);
    assert_false(tw_machine_out(w->machine)->data_req_ready);
    offer_load(w, 1, 0x1000);
    clock_well(w);
    assert_true(tw_machine_out(w->machine)->data_req_ready);
}

static void a_request_that_is_held_is_not_blamed(void **state)
{
    offer_a_load_that_waits(*state);
    offer_load(*state, 1, 0x1000);
    clock_well(*state);
    clock_well(*state);
}

static void a_request_that_changes_before_it_is_taken_is_blamed(void **state)
{
    offer_a_load_that_waits(*state);
    offer_load(*state, 1, 0x2000);
    expect_blame(*state, "changed a request before it was taken");
}

static void a_request_that_changes_its_segment_before_it_is_taken_is_blamed(void **state)
{
    struct world *w = *state;
    offer_a_load_that_waits(w);
    offer_load(w, 1, 0x1000);
    tw_machine_in(w->machine)->data_req_seg = 1;
    expect_blame(w, "changed a request before it was taken");
}

static void a_request_that_goes_away_before_it_is_taken_is_blamed(void **state)
{
    offer_a_load_that_waits(*state);
    expect_blame(*state, "changed a request before it was taken");
}

static void an_id_used_twice_is_blamed(void **state)
{
    struct world *w = *state;
    const uint64_t satp = TW_PUT(SATP, MODE, MODE_SV39) | TW_PUT(SATP, PPN, 1);
    assert_int_equal(tw_register_write(w->machine, REG_SATP, satp, NULL), TW_OK);
    offer_load(w, 0, 0x1000);
    clock_well(w);
    offer_load(w, 4, 0x1000);
    clock_well(w);
    offer_load(w, 0, 0x2000);
    expect_blame(w, "uses id 0 of the data port twice");
}

/* An answer in the cycle ends the use of its id, so the next request may have it at once. */
static void an_id_used_again_with_its_answer_is_not_blamed(void **state)
{
    for (unsigned n = 0; n < 3; n++) {
        offer_load(*state, 3, 0x1000);
        clock_well(*state);
    }
}

static void a_memory_answer_that_nobody_asked_for_is_blamed(void **state)
{
    struct world *w = *state;
    clock_well(w);
    tw_machine_in(w->machine)->mem_resp_valid = 1;
    tw_machine_in(w->machine)->mem_resp_id = 5;
    expect_blame(w, "the memory answers id 5");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(a_request_that_is_held_is_not_blamed),
        TEST(a_request_that_changes_before_it_is_taken_is_blamed),
        TEST(a_request_that_changes_its_segment_before_it_is_taken_is_blamed),
        TEST(a_request_that_goes_away_before_it_is_taken_is_blamed),
        TEST(an_id_used_twice_is_blamed),
        TEST(an_id_used_again_with_its_answer_is_not_blamed),
        TEST(a_memory_answer_that_nobody_asked_for_is_blamed),
    };
    return cmocka_run_group_tests_name("pin_monitor", tests, NULL, NULL);
}
