/*
 * test_drive.c: cycles of short lists, counted by hand from the pages of the blocks, and engines
 * that lie. M is the memory's latency; a cold walk in Sv39 takes WALK(M) cycles from the request to
 * the answer, one whose tables the walk cache knows KNOWN(M).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tablewalk/driver.h"
#include "tb/drive.h"
#include "tests/support/liar.h"

enum { PLAYS_MAX = 64 };

#define WALK(m) (2 + 3 * ((m) + 1))
#define KNOWN(m) (2 + ((m) + 1))

/* "X1 R2 W1": fetch page 1, load page 2, store to page 1. Pages are far apart, so that no two of
 * them share a table but the root. */
static drive_list list_of(const char *text)
{
    drive_list list = {0};
    for (; *text != '\0'; text += strspn(text, " ")) {
        tw_op op = *text == 'X' ? OP_FETCH : *text == 'R' ? OP_LOAD : OP_STORE;
        char *end;
        uint64_t va = strtoull(text + 1, &end, 10) << 30 | 0x328;
        assert_int_equal(drive_list_add(&list, va, op, NULL), TW_OK);
        text = end;
    }
    return list;
}

/* Plays the text on `engine`, which it closes. */
static tw_status play_on(tw_engine *engine, const char *text, drive_options options,
                         drive_result *result, tw_error *error)
{
    drive_list list = list_of(text);
    *error = (tw_error){0};
    assert_non_null(engine);
    tw_status status = drive_run(engine, &list, &options, result, error);
    tw_engine_close(engine);
    drive_list_close(&list);
    return status;
}

static drive_result play(const char *text, drive_options options)
{
    drive_result result;
    tw_error error;
    tw_engine *engine = tw_model_open(tw_config_named("default"));
    if (play_on(engine, text, options, &result, &error) != TW_OK)
        fail_msg("%s: %s", text, error.text);
    return result;
}

/* Fails unless the list takes so many cycles, from the first request to the last answer, both
 * included, and so many walks. */
static void expect_play(const char *text, unsigned m, unsigned outstanding, uint64_t cycles,
                        uint64_t walks)
{
    drive_result r = play(text, (drive_options){.latency = m, .outstanding = outstanding});
    if (r.cycles != cycles || r.walks != walks)
        fail_msg(
            "%s, M = %u, %u outstanding: expected %llu cycles and %llu walks, got %llu and %llu",
            text, m, outstanding, (unsigned long long)cycles, (unsigned long long)walks,
            (unsigned long long)r.cycles, (unsigned long long)r.walks);
    assert_int_equal(r.reads, 3 * walks);
    assert_int_equal(r.swaps, 0);
    assert_int_equal(r.mismatches, 0);
}

/* ---- cycles ---------------------------------------------------------------------------------- */

static void a_cold_access_is_a_walk_and_its_first_cycle_counts(void **state)
{
    (void)state;
    const unsigned latencies[] = {1, 2, 5, 10, 20};
    for (unsigned i = 0; i < 5; i++) {
        expect_play("R1", latencies[i], 1, WALK(latencies[i]) + 1, 1);
        expect_play("W1", latencies[i], 4, WALK(latencies[i]) + 1, 1);
        expect_play("X1", latencies[i], 16, WALK(latencies[i]) + 1, 1);
    }
}

static void hits_follow_each_other_in_every_cycle(void **state)
{
    (void)state;
    expect_play("R1 R1 W1 R1", 2, 1, WALK(2) + 3 + 1, 1);
    expect_play("X1 X1", 10, 1, WALK(10) + 1 + 1, 1);
}

static void what_one_port_walked_for_the_other_finds_in_the_second_level(void **state)
{
    (void)state;
    expect_play("R1 X1", 2, 1, WALK(2) + 2 + 1, 1);
    expect_play("X1 W1 X1 R1", 10, 1, WALK(10) + 2 + 2 + 1, 1);
}

static void one_outstanding_means_one_at_a_time(void **state)
{
    (void)state;
    expect_play("R1 R2 R1 R2", 5, 1, 2 * WALK(5) + 2 + 1, 2);
    expect_play("X1 R2 X1 R2 X1 R2 X1 R2", 2, 1, 2 * WALK(2) + 6 + 1, 2);
}

/* M = 2; x and r are the accesses, numbered in the order of the list. Of two misses in one cycle one
 * looks up again in the next, so its walk begins a cycle after the other's.
 *
 * cycle        0      11     12     13     14     15
 * presented    x1 r1  x2     r2 x3  r3 x4  r4
 * answered            x1     x2 r1  r2 x3  r3 x4  r4
 */
static void two_outstanding_keep_both_ports_busy(void **state)
{
    (void)state;
    expect_play("X1 R2 X1 R2 X1 R2 X1 R2", 2, 2, 16, 2);
}

/* Four loads of one page: the first walks, the others sleep, wake, and are answered one a cycle. */
static void misses_of_one_page_share_a_walk(void **state)
{
    (void)state;
    expect_play("R1 R1 R1 R1", 2, 4, WALK(2) + 3 + 1, 1);
    expect_play("R1 R1 R1 R1", 2, 1, WALK(2) + 3 + 1, 1);
}

static void clear_bits_cost_one_swap_a_page_and_one_for_a_store_after_a_load(void **state)
{
    (void)state;
    drive_options clear = {.latency = 2, .outstanding = 1, .clear_ad = true};
    drive_result r = play("R1", clear);
    assert_int_equal(r.cycles, WALK(2) + 3 + 1);
    assert_int_equal(r.swaps, 1);
    r = play("W1 R1", clear);
    assert_int_equal(r.cycles, WALK(2) + 3 + 1 + 1);
    assert_int_equal(r.swaps, 1);
    r = play("R1 W1", clear);
    assert_int_equal(r.cycles, WALK(2) + 3 + KNOWN(2) + 3 + 1);
    assert_int_equal(r.swaps, 2);
    assert_int_equal(r.reads, 3 + 1);
    assert_int_equal(r.walk_cache_hits, 1);
}

static void lockstep_takes_the_same_cycles(void **state)
{
    (void)state;
    if ((tw_rtl_built()->modes >> MODE_SV39 & 1) == 0)
        skip();
    const char *text = "X1 R2 W3 R1 X4 R2 R5 R6 R7 X1 X4 W2 R3 X9 R9";
    for (unsigned k = 1; k <= 16; k *= 2) {
        drive_options options = {.latency = 3, .outstanding = k, .clear_ad = true};
        drive_result model, both;
        tw_error error;
        play_on(tw_model_open(tw_rtl_built()), text, options, &model, &error);
        tw_engine *engine =
            tw_lockstep_open(tw_rtl_open(tw_rtl_built()), tw_model_open(tw_rtl_built()));
        if (play_on(engine, text, options, &both, &error) != TW_OK)
            fail_msg("%u outstanding: %s", k, error.text);
        assert_int_equal(both.accesses, 15);
        assert_int_equal(both.cycles, model.cycles);
        assert_int_equal(both.walks, model.walks);
        assert_int_equal(both.reads, model.reads);
        assert_int_equal(both.swaps, model.swaps);
    }
}

/* ---- what is presented ----------------------------------------------------------------------- */

static uint64_t seen[PLAYS_MAX]; /* addresses, as they were first seen on the pins */
static unsigned seen_count;

static void note(uint64_t va)
{
    if (seen_count < PLAYS_MAX && (seen_count == 0 || seen[seen_count - 1] != va))
        seen[seen_count++] = va;
}

static void watch(tw_in *in)
{
    if (in->fetch_req_valid)
        note(in->fetch_req_va);
    if (in->data_req_valid)
        note(in->data_req_va);
}

static void one_outstanding_keeps_the_order_of_the_list(void **state)
{
    (void)state;
    const char *text = "R1 X2 X3 W4 R1 X2 R5 X1 R2 W3 X4";
    drive_list list = list_of(text);
    drive_result result;
    tw_error error;
    tw_engine *engine = liar_open(tw_config_named("default"), (struct lie){.in = watch});
    seen_count = 0;
    assert_int_equal(
        play_on(engine, text, (drive_options){.latency = 2, .outstanding = 1}, &result, &error),
        TW_OK);
    assert_int_equal(seen_count, list.count);
    for (unsigned i = 0; i < seen_count; i++)
        assert_int_equal(seen[i], list.access[i].va);
    drive_list_close(&list);
}

static void twenty_thousand_pages_are_all_answered_right(void **state)
{
    (void)state;
    drive_list list = {0};
    drive_result result;
    tw_error error = {0};
    for (uint64_t i = 0; i < 20000; i++) {
        uint64_t low = i * 0x12345fff & 0x3fffffffff;
        drive_list_add(&list, i & 1 ? low : ~low, i % 3 ? OP_LOAD : OP_FETCH, NULL);
    }
    tw_engine *engine = tw_model_open(tw_config_named("default"));
    tw_status status = drive_run(engine, &list, &(drive_options){.latency = 1, .outstanding = 16},
                                 &result, &error);
    if (status != TW_OK)
        fail_msg("%s", error.text);
    assert_int_equal(result.accesses, 20000);
    assert_int_equal(result.mismatches, 0);
    tw_engine_close(engine);
    drive_list_close(&list);
}

/* ---- engines that lie ------------------------------------------------------------------------ */

static void wrong_frame(tw_out *out)
{
    out->data_resp_pa ^= out->data_resp_valid ? 0x1000 : 0;
}

static void wrong_offset(tw_out *out)
{
    out->data_resp_pa ^= out->data_resp_valid ? 1 : 0;
}

static void wrong_size(tw_out *out)
{
    out->data_resp_size = out->data_resp_valid ? 21 : 0;
}

static void needless_fault(tw_out *out)
{
    out->data_resp_fault = out->data_resp_valid ? CAUSE_LOAD_PAGE : 0;
}

static void wrong_id(tw_out *out)
{
    out->data_resp_id ^= out->data_resp_valid ? 1 : 0;
}

static void wrong_port(tw_out *out)
{
    out->fetch_resp_valid |= out->data_resp_valid;
    out->data_resp_valid = 0;
}

static void silence(tw_out *out)
{
    out->data_resp_valid = 0;
}

static bool offered; /* a load is on the pins */

static void note_offer(tw_in *in)
{
    offered = in->data_req_valid;
}

static void answer_before_taking(tw_out *out)
{
    out->data_req_ready = 0;
    out->data_resp_valid = offered;
}

static void expect_lie(void (*lie)(tw_out *), tw_status status, uint64_t mismatches,
                       const char *words)
{
    drive_result result;
    tw_error error;
    tw_engine *engine = liar_open(tw_config_named("default"), (struct lie){lie, note_offer});
    offered = false;
    drive_options options = {.latency = 2, .outstanding = 1};
    assert_int_equal(play_on(engine, "X1 R2 X1 R2 X1", options, &result, &error), status);
    assert_int_equal(result.mismatches, mismatches);
    if (strstr(error.text, words) == NULL)
        fail_msg("expected '%s', got '%s'", words, error.text);
}

static void wrong_answers_are_counted_and_the_first_is_named(void **state)
{
    (void)state;
    expect_lie(wrong_frame, TW_MISMATCH, 2, "load of 0x80000328, access 2: expected 0x");
    expect_lie(wrong_offset, TW_MISMATCH, 2, "328 in a page of 12 bits, got");
    expect_lie(wrong_size, TW_MISMATCH, 2, "in one of 21 with cause 0");
    expect_lie(needless_fault, TW_MISMATCH, 2, "with cause 13");
}

static void an_answer_that_nobody_asked_for_ends_the_run(void **state)
{
    (void)state;
    expect_lie(wrong_id, TW_MISMATCH, 1, "the data port answers id 1, which has not asked");
    expect_lie(answer_before_taking, TW_MISMATCH, 1, "the data port answers id 0, which has not");
    expect_lie(wrong_port, TW_MISMATCH, 1, "the fetch port answers id 0, which has not asked");
}

static void an_answer_that_never_comes_ends_the_run(void **state)
{
    (void)state;
    expect_lie(silence, TW_TIMEOUT, 0, "no answer in 100000 cycles, after 1 of 5");
}

static void a_difference_of_two_engines_ends_the_run(void **state)
{
    (void)state;
    const tw_config *config = tw_config_named("default");
    drive_result result;
    tw_error error;
    tw_engine *engine = tw_lockstep_open(liar_open(config, (struct lie){.out = wrong_frame}),
                                         tw_model_open(config));
    drive_options options = {.latency = 2, .outstanding = 4};
    assert_int_equal(play_on(engine, "X1 R2", options, &result, &error), TW_MISMATCH);
    assert_int_equal(result.mismatches, 1);
    assert_non_null(strstr(error.text, "pin data_resp_pa differs"));
}

/* ---- bad input ------------------------------------------------------------------------------- */

static void options_outside_their_ranges_are_refused(void **state)
{
    (void)state;
    const drive_options bad[] = {{.latency = 0, .outstanding = 1},
                                 {.latency = DRIVE_LATENCY_MAX + 1, .outstanding = 1},
                                 {.latency = 1, .outstanding = 0},
                                 {.latency = 1, .outstanding = DRIVE_OUTSTANDING_MAX + 1}};
    drive_result result;
    tw_error error;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(
            play_on(tw_model_open(tw_config_named("default")), "R1", bad[i], &result, &error),
            TW_USAGE);
    assert_int_equal(play_on(tw_model_open(tw_config_named("default")), "",
                             (drive_options){.latency = 1, .outstanding = 1}, &result, &error),
                     TW_USAGE);
}

int main(void)
{
    const struct CMUnitTest drive[] = {
        cmocka_unit_test(a_cold_access_is_a_walk_and_its_first_cycle_counts),
        cmocka_unit_test(hits_follow_each_other_in_every_cycle),
        cmocka_unit_test(what_one_port_walked_for_the_other_finds_in_the_second_level),
        cmocka_unit_test(one_outstanding_means_one_at_a_time),
        cmocka_unit_test(two_outstanding_keep_both_ports_busy),
        cmocka_unit_test(misses_of_one_page_share_a_walk),
        cmocka_unit_test(clear_bits_cost_one_swap_a_page_and_one_for_a_store_after_a_load),
        cmocka_unit_test(lockstep_takes_the_same_cycles),
        cmocka_unit_test(one_outstanding_keeps_the_order_of_the_list),
        cmocka_unit_test(twenty_thousand_pages_are_all_answered_right),
        cmocka_unit_test(wrong_answers_are_counted_and_the_first_is_named),
        cmocka_unit_test(an_answer_that_nobody_asked_for_ends_the_run),
        cmocka_unit_test(an_answer_that_never_comes_ends_the_run),
        cmocka_unit_test(a_difference_of_two_engines_ends_the_run),
        cmocka_unit_test(options_outside_their_ranges_are_refused),
    };
    return cmocka_run_group_tests(drive, NULL, NULL);
}
