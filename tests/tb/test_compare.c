/* Comparison: a line of the table is what a run of its own finds, and what differs is found. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tb/compare.h"

enum { MODES = 4, REFERENCES = 3000 };

static const struct {
    const char *name;
    unsigned mode;
    bool segmented;
} MODE[MODES] = {{"sv39", MODE_SV39, false},
                 {"hashed", MODE_HASHED, false},
                 {"bare-segments", MODE_BARE, true},
                 {"sv32-segments", MODE_SV32, true}};

static char made_up[] = "/tmp/test_compare-XXXXXX";

/* A made-up program: code in 4 pages, data in 24 of which it uses each for a while. */
static int write_trace(void **state)
{
    int descriptor = mkstemp(made_up);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    (void)state;
    for (unsigned i = 0; file != NULL && i < REFERENCES; i++)
        fprintf(file, "I  %x,4\n %c %x,8\n", 0x1000 + i * 4 % 0x4000, i % 3 == 0 ? 'S' : 'L',
                0x400000 + i * 7 / 97 % 24 * 0x1000 + i * 56 % 4088);
    return file == NULL || fclose(file) != 0;
}

static int remove_trace(void **state)
{
    (void)state;
    return unlink(made_up);
}

static compare_job job_in(unsigned i)
{
    const tw_config *config = tw_config_named("default");
    compare_job job = {.mode = MODE[i].name, .engine = tw_model_open(config), .config = config};
    job.options = (simulation_options){.mode = MODE[i].mode,
                                       .segmented = MODE[i].segmented,
                                       .seed = 5,
                                       .latency_min = 1,
                                       .latency_max = 9,
                                       .outstanding = 4,
                                       .slice = 700,
                                       .cycles = UINT64_MAX};
    assert_non_null(job.engine);
    return job;
}

/* Two processes of the made-up program in every mode. */
static void run_all(compare_job jobs[MODES], unsigned threads)
{
    const char *const path[] = {made_up, made_up};
    tw_error error = {0};
    for (unsigned i = 0; i < MODES; i++) {
        jobs[i] = job_in(i);
        if (compare_open(&jobs[i], path, 2, &error) != TW_OK)
            fail_msg("%s", error.text);
    }
    compare_run(jobs, MODES, threads);
}

static void close_all(compare_job jobs[MODES])
{
    for (unsigned i = 0; i < MODES; i++) {
        compare_close(&jobs[i]);
        tw_engine_close(jobs[i].engine);
    }
}

static void expect_good(const compare_job jobs[MODES])
{
    tw_error error = {0};
    if (compare_judge(jobs, MODES, &error) != TW_OK)
        fail_msg("%s", error.text);
}

static void expect_verdict(const compare_job jobs[MODES], tw_status status, const char *sentence)
{
    tw_error error = {0};
    assert_int_equal(compare_judge(jobs, MODES, &error), status);
    assert_int_equal(error.status, status);
    assert_string_equal(error.text, sentence);
}

/* ---- runs ------------------------------------------------------------------------------------ */

static void expect_same(const results *want, const results *got)
{
    assert_int_equal(got->cycles, want->cycles);
    assert_memory_equal(&got->counter, &want->counter, sizeof want->counter);
    assert_memory_equal(&got->os, &want->os, sizeof want->os);
    assert_memory_equal(&got->segments, &want->segments, sizeof want->segments);
    for (size_t i = 0; i < want->processes; i++)
        assert_int_equal(got->final[i].checksum, want->final[i].checksum);
}

static void each_mode_runs_as_it_does_alone(void **state)
{
    (void)state;
    compare_job jobs[MODES];
    tw_error error = {0};
    run_all(jobs, 1);
    expect_good(jobs);
    for (unsigned i = 0; i < MODES; i++) {
        compare_job other = job_in(i);
        simulation *alone =
            simulation_open(other.engine, other.config, &jobs[i].load, &other.options, &error);
        assert_non_null(alone);
        assert_int_equal(simulation_run(alone, NULL, &error), TW_OK);
        results want = simulation_results(alone);
        assert_true(want.complete && want.os.swap_out > 0);
        expect_same(&want, &jobs[i].results);
        simulation_close(alone);
        tw_engine_close(other.engine);
    }
    close_all(jobs);
}

static void the_number_of_threads_changes_nothing(void **state)
{
    (void)state;
    compare_job alone[MODES], together[MODES];
    run_all(alone, 1);
    run_all(together, MODES);
    for (unsigned i = 0; i < MODES; i++)
        expect_same(&alone[i].results, &together[i].results);
    close_all(alone);
    close_all(together);
}

static void too_few_frames_are_refused_with_the_name_of_the_mode(void **state)
{
    (void)state;
    const char *const path[] = {made_up};
    tw_error error = {0};
    compare_job job = job_in(0);
    job.options.frames = 3;
    assert_int_equal(compare_open(&job, path, 1, &error), TW_USAGE);
    assert_ptr_equal(strstr(error.text, "sv39: "), error.text);
    compare_close(&job);
    tw_engine_close(job.engine);
}

/* ---- judgement ------------------------------------------------------------------------------- */

static void other_data_at_the_end_of_a_process_is_found(void **state)
{
    (void)state;
    compare_job jobs[MODES];
    run_all(jobs, 2);
    final_data changed[2] = {jobs[2].results.final[0], {true, 0xbad}};
    jobs[0].results.final = (const final_data[]){changed[0], {true, 0x900d}};
    jobs[1].results.final = jobs[3].results.final = jobs[0].results.final;
    jobs[2].results.final = changed;
    expect_verdict(jobs, TW_MISMATCH,
                   "process 2 ends with other data in bare-segments, 0000000000000bad, than in "
                   "sv39, 000000000000900d");
    changed[1].checksum = 0x900d;
    expect_good(jobs);
    close_all(jobs);
}

static void a_run_that_did_not_go_well_is_found(void **state)
{
    (void)state;
    compare_job jobs[MODES];
    run_all(jobs, 2);
    jobs[3].results.os.killed = 1;
    expect_verdict(jobs, TW_MISMATCH, "sv32-segments: a process was killed");
    assert_string_equal(compare_result(&jobs[3]), "killed");
    jobs[2].results.data_errors = 1;
    jobs[2].results.first_data_error = "a load got 1, expected 2";
    expect_verdict(jobs, TW_MISMATCH, "bare-segments: a load got 1, expected 2");
    jobs[1].status = tw_fail(&jobs[1].error, TW_IO, "the disk is full");
    expect_verdict(jobs, TW_IO, "hashed: the disk is full");
    assert_string_equal(compare_result(&jobs[0]), "passed");
    assert_string_equal(compare_result(&jobs[1]), "failed");
    assert_string_equal(compare_result(&jobs[2]), "failed");
    close_all(jobs);
}

static void a_process_that_did_not_come_to_its_end_is_found(void **state)
{
    (void)state;
    compare_job jobs[MODES];
    run_all(jobs, 2);
    final_data changed[2] = {jobs[1].results.final[0], jobs[1].results.final[1]};
    changed[1].known = false;
    jobs[1].results.final = changed;
    expect_verdict(jobs, TW_MISMATCH, "hashed: process 2 did not come to its end");
    assert_string_equal(compare_result(&jobs[1]), "failed");
    changed[1].known = true;
    expect_good(jobs);
    jobs[1].results.complete = false;
    expect_verdict(jobs, TW_MISMATCH, "hashed: process 1 did not come to its end");
    close_all(jobs);
}

/* ---- the table ------------------------------------------------------------------------------- */

/* What a function prints into *text, to be freed. */
static void printed(const compare_job jobs[MODES],
                    void (*print)(const compare_job *, size_t, FILE *), char **text)
{
    size_t length;
    FILE *file = open_memstream(text, &length);
    assert_non_null(file);
    print(jobs, MODES, file);
    fclose(file);
}

static void the_table_has_the_numbers_of_the_runs(void **state)
{
    (void)state;
    compare_job jobs[MODES];
    char *text;
    run_all(jobs, 2);
    json_t *modes = compare_json(jobs, MODES);
    assert_int_equal(json_array_size(modes), MODES);
    for (unsigned i = 0; i < MODES; i++) {
        const json_t *o = json_array_get(modes, i);
        const results *r = &jobs[i].results;
        uint64_t bytes = r->os.table_frames * 4096 + r->segments.descriptors * 24;
        assert_string_equal(json_string_value(json_object_get(o, "mode")), MODE[i].name);
        assert_int_equal(json_integer_value(json_object_get(o, "cycles")), r->cycles);
        assert_int_equal(json_integer_value(json_object_get(o, "table_bytes")), bytes);
        assert_int_equal(json_integer_value(json_object_get(o, "swap_outs")), r->os.swap_out);
        assert_true(bytes > 0);
    }
    double each = json_real_value(json_object_get(json_array_get(modes, 1), "reads_per_walk"));
    assert_true(fabs(each * (double)jobs[1].results.counter.WALKS -
                     (double)jobs[1].results.counter.READS) < 1e-6);
    printed(jobs, compare_csv, &text);
    assert_non_null(strstr(text, "\nhashed,"));
    free(text);
    json_decref(modes);
    close_all(jobs);
}

/* The line that begins with `start`, without its end, in a text that is cut there. */
static const char *line_of(char *text, const char *start)
{
    char *line = strstr(text, start);
    assert_non_null(line);
    line[1 + strcspn(line + 1, "\n")] = '\0';
    return line + 1;
}

static void expect_end(const char *line, const char *end)
{
    if (strlen(line) < strlen(end) || strcmp(line + strlen(line) - strlen(end), end) != 0)
        fail_msg("expected a line that ends in '%s', got '%s'", end, line);
}

/* In line order: killed, failed, never opened. */
static void a_run_that_failed_does_not_look_like_a_good_one(void **state)
{
    (void)state;
    static const char *const result[MODES] = {"passed", "killed", "failed", "failed"};
    compare_job jobs[MODES];
    char *text;
    run_all(jobs, 2);
    simulation *fourth = jobs[3].simulation;
    jobs[1].results.os.killed = 1;
    jobs[2].status = tw_fail(&jobs[2].error, TW_TIMEOUT, "no answer");
    jobs[3].simulation = NULL;
    jobs[3].status = tw_fail(&jobs[3].error, TW_NO_MEMORY, "no memory");
    json_t *modes = compare_json(jobs, MODES);
    for (unsigned i = 0; i < MODES; i++) {
        const json_t *o = json_array_get(modes, i);
        char start[32], end[32];
        assert_string_equal(json_string_value(json_object_get(o, "result")), result[i]);
        assert_int_equal(json_is_null(json_object_get(o, "cycles")), i == 3);
        snprintf(start, sizeof start, "\n%s,", MODE[i].name);
        snprintf(end, sizeof end, ",%s", result[i]);
        printed(jobs, compare_csv, &text);
        expect_end(line_of(text, start), end);
        free(text);
        snprintf(start, sizeof start, "\n%s ", MODE[i].name);
        snprintf(end, sizeof end, "  %s", i == 3 ? "no memory" : result[i]);
        printed(jobs, compare_print, &text);
        expect_end(line_of(text, start), end);
        free(text);
    }
    json_decref(modes);
    jobs[3].simulation = fourth;
    close_all(jobs);
}

static void what_a_mode_has_not_is_left_out(void **state)
{
    (void)state;
    compare_job jobs[MODES];
    char *text;
    run_all(jobs, 2);
    json_t *modes = compare_json(jobs, MODES);
    const json_t *pages = json_array_get(modes, 0), *segments = json_array_get(modes, 2),
                 *both = json_array_get(modes, 3);
    assert_true(json_is_null(json_object_get(pages, "internal_percent")));
    assert_true(json_is_null(json_object_get(segments, "walks")));
    assert_true(json_is_real(json_object_get(segments, "external_percent")));
    assert_true(json_is_integer(json_object_get(both, "walks")));
    assert_true(json_is_real(json_object_get(both, "internal_percent")));
    assert_true(json_is_null(json_object_get(both, "external_percent")));
    printed(jobs, compare_csv, &text);
    assert_non_null(strstr(line_of(text, "\nbare-segments,"), ",,,,"));
    free(text);
    printed(jobs, compare_print, &text);
    assert_non_null(strstr(line_of(text, "\nbare-segments "), "  -  "));
    free(text);
    json_decref(modes);
    close_all(jobs);
}

int main(void)
{
    const struct CMUnitTest compare[] = {
        cmocka_unit_test(each_mode_runs_as_it_does_alone),
        cmocka_unit_test(the_number_of_threads_changes_nothing),
        cmocka_unit_test(too_few_frames_are_refused_with_the_name_of_the_mode),
        cmocka_unit_test(other_data_at_the_end_of_a_process_is_found),
        cmocka_unit_test(a_run_that_did_not_go_well_is_found),
        cmocka_unit_test(a_process_that_did_not_come_to_its_end_is_found),
        cmocka_unit_test(a_run_that_failed_does_not_look_like_a_good_one),
        cmocka_unit_test(the_table_has_the_numbers_of_the_runs),
        cmocka_unit_test(what_a_mode_has_not_is_left_out),
    };
    return cmocka_run_group_tests(compare, write_trace, remove_trace);
}
