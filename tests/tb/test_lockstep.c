/* test_lockstep.c: two engines as one, and the machine around them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tablewalk/machine.h"
#include "tests/support/liar.h"

static const tw_config *config(void)
{
    return tw_config_named("default");
}

static tw_engine *model(void)
{
    return tw_model_open(config());
}

/* Lies from the cycle in which a register is read. */
static void wrong_register(tw_out *out)
{
    if (out->reg_resp_valid)
        out->reg_resp_data ^= 0x10;
}

static tw_engine *pair_with_a_liar(void)
{
    return tw_lockstep_open(liar_open(config(), (struct lie){.out = wrong_register}), model());
}

static void clock_in(tw_engine *engine, const tw_in *in, unsigned cycles)
{
    for (unsigned i = 0; i < cycles; i++)
        tw_clock(engine, in);
}

/* Resets the pair and reads a register, which is answered in cycle 4. */
static tw_engine *diverged(void)
{
    tw_engine *pair = pair_with_a_liar();
    clock_in(pair, &(tw_in){0}, 2);
    tw_clock(pair, &(tw_in){.rst_n = 1, .reg_req_valid = 1, .reg_req_priv = 1});
    clock_in(pair, &(tw_in){.rst_n = 1}, 10);
    return pair;
}

static void equal_engines_do_not_diverge(void **state)
{
    (void)state;
    tw_engine *pair = tw_lockstep_open(model(), model());
    tw_in in = {0};
    clock_in(pair, &in, 2);
    in.rst_n = 1;
    in.data_req_valid = 1;
    clock_in(pair, &in, 100);
    assert_null(tw_lockstep_divergence(pair));
    assert_int_equal(tw_cycles(pair), 102);
    tw_engine_close(pair);
}

static void the_first_difference_names_pin_cycle_and_values(void **state)
{
    (void)state;
    tw_engine *pair = diverged();
    const tw_divergence *first = tw_lockstep_divergence(pair);
    assert_non_null(first);
    assert_string_equal(first->pin, "reg_resp_data");
    assert_int_equal(first->cycle, 4);
    assert_int_equal(first->dut ^ first->ref, 0x10);
    tw_engine_close(pair);
}

static void the_outputs_after_a_difference_stand_still(void **state)
{
    (void)state;
    tw_engine *pair = diverged();
    tw_out before, after;
    tw_outputs(pair, &before);
    clock_in(pair, &(tw_in){.rst_n = 0}, 50);
    tw_outputs(pair, &after);
    assert_true(tw_out_equal(&before, &after));
    assert_true(before.reg_resp_valid);
    tw_engine_close(pair);
}

static void the_report_shows_both_values_and_the_cycles_before(void **state)
{
    (void)state;
    tw_engine *pair = diverged();
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    tw_lockstep_report(pair, to);
    fclose(to);
    assert_non_null(strstr(text, "pin reg_resp_data differs in cycle 4"));
    assert_non_null(strstr(text, "!reg_resp_data="));
    assert_non_null(strstr(text, "       2: rst_n=1 reg_req_valid=1 reg_req_priv=1 |"));
    free(text);
    tw_engine_close(pair);
}

static void nothing_is_reported_while_all_is_equal(void **state)
{
    (void)state;
    tw_engine *pair = tw_lockstep_open(model(), model());
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    tw_lockstep_report(pair, to);
    fclose(to);
    assert_int_equal(size, 0);
    free(text);
    assert_null(tw_lockstep_divergence(pair));
    tw_engine_close(pair);
}

static void engines_are_not_compared_before_a_reset(void **state)
{
    (void)state;
    tw_engine *dut = model();
    clock_in(dut, &(tw_in){0}, 1);
    tw_clock(dut, &(tw_in){.rst_n = 1, .reg_req_valid = 1, .reg_req_priv = 1});
    tw_engine *pair = tw_lockstep_open(dut, model()); /* in different states */
    clock_in(pair, &(tw_in){.rst_n = 1}, 3);
    assert_null(tw_lockstep_divergence(pair));
    clock_in(pair, &(tw_in){0}, 1);
    clock_in(pair, &(tw_in){.rst_n = 1}, 20);
    assert_null(tw_lockstep_divergence(pair));
    tw_engine_close(pair);
}

static void a_missing_engine_closes_the_other(void **state)
{
    (void)state;
    assert_null(tw_lockstep_open(NULL, model()));
    assert_null(tw_lockstep_open(model(), NULL));
}

static void a_model_has_no_waveform(void **state)
{
    (void)state;
    tw_error error;
    tw_engine *pair = tw_lockstep_open(model(), model());
    assert_int_equal(tw_wave_open(pair, "x.fst", 0, 10, &error), TW_USAGE);
    assert_int_equal(tw_wave_close(pair, &error), TW_OK);
    tw_engine_close(pair);
}

/* ---- the machine ----------------------------------------------------------------------------- */

struct watched {
    unsigned calls, complain_at;
};

static tw_status watch(void *context, uint64_t cycle, const tw_out *out, const tw_in *in,
                       tw_error *error)
{
    struct watched *watched = context;
    (void)out;
    assert_int_equal(cycle, watched->calls);
    assert_int_equal(in->rst_n, 1);
    watched->calls++;
    return watched->calls == watched->complain_at ? tw_fail(error, TW_MISMATCH, "enough") : TW_OK;
}

static tw_memory *memory(void)
{
    return tw_memory_open(&(tw_memory_options){.latency_min = 1, .latency_max = 1});
}

static void a_complaint_stops_the_machine_for_good(void **state)
{
    (void)state;
    tw_error error = {0};
    tw_memory *m = memory();
    tw_engine *engine = model();
    tw_machine *machine = tw_machine_open(engine, m);
    struct watched watched = {.complain_at = 5};
    assert_int_equal(tw_machine_watch(machine, (tw_watcher){&watched, watch}, &error), TW_OK);
    for (int i = 0; i < 4; i++)
        assert_int_equal(tw_machine_clock(machine, &error), TW_OK);
    for (int i = 0; i < 10; i++) {
        error = (tw_error){0};
        assert_int_equal(tw_machine_clock(machine, &error), TW_MISMATCH);
        assert_string_equal(error.text, "enough");
    }
    assert_int_equal(watched.calls, 5);
    assert_int_equal(tw_machine_cycle(machine), 4);
    tw_machine_close(machine);
    tw_engine_close(engine);
    tw_memory_close(m);
}

static void a_divergence_stops_the_machine(void **state)
{
    (void)state;
    tw_error error = {0};
    tw_memory *m = memory();
    tw_engine *engine = pair_with_a_liar();
    tw_machine *machine = tw_machine_open(engine, m);
    tw_machine_in(machine)->reg_req_valid = 1;
    tw_machine_in(machine)->reg_req_priv = 1;
    assert_int_equal(tw_machine_clock(machine, &error), TW_OK);
    assert_int_equal(tw_machine_clock(machine, &error), TW_MISMATCH);
    assert_non_null(strstr(error.text, "reg_resp_data"));
    assert_int_equal(tw_machine_clock(machine, NULL), TW_MISMATCH);
    tw_machine_close(machine);
    tw_engine_close(engine);
    tw_memory_close(m);
}

static void no_machine_without_engine_or_memory(void **state)
{
    (void)state;
    tw_memory *m = memory();
    tw_engine *engine = model();
    assert_null(tw_machine_open(NULL, m));
    assert_null(tw_machine_open(engine, NULL));
    tw_machine_close(NULL);
    tw_engine_close(engine);
    tw_memory_close(m);
}

static void the_ninth_watcher_is_refused(void **state)
{
    (void)state;
    tw_error error;
    tw_memory *m = memory();
    tw_engine *engine = model();
    tw_machine *machine = tw_machine_open(engine, m);
    struct watched watched = {0};
    for (int i = 0; i < 8; i++)
        assert_int_equal(tw_machine_watch(machine, (tw_watcher){&watched, watch}, &error), TW_OK);
    assert_int_equal(tw_machine_watch(machine, (tw_watcher){&watched, watch}, &error), TW_USAGE);
    tw_machine_close(machine);
    tw_engine_close(engine);
    tw_memory_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_engines_do_not_diverge),
        cmocka_unit_test(the_first_difference_names_pin_cycle_and_values),
        cmocka_unit_test(the_outputs_after_a_difference_stand_still),
        cmocka_unit_test(the_report_shows_both_values_and_the_cycles_before),
        cmocka_unit_test(nothing_is_reported_while_all_is_equal),
        cmocka_unit_test(engines_are_not_compared_before_a_reset),
        cmocka_unit_test(a_missing_engine_closes_the_other),
        cmocka_unit_test(a_model_has_no_waveform),
        cmocka_unit_test(a_complaint_stops_the_machine_for_good),
        cmocka_unit_test(a_divergence_stops_the_machine),
        cmocka_unit_test(no_machine_without_engine_or_memory),
        cmocka_unit_test(the_ninth_watcher_is_refused),
    };
    return cmocka_run_group_tests_name("lockstep", tests, NULL, NULL);
}
