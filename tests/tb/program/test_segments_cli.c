/* `tablewalk run` with segments, as a user meets it. */

#include "tests/support/shell.h"

static int set_up(void **state)
{
    (void)state;
    return shell_open("printf 'I  1000,4\\n S 4ffc,8\\n L 4ffc,8\\n S 9000,8\\n' >$D/tiny");
}

/* The two programs of a run, in a mode, on the cycle model; give it back with json_decref. */
static json_t *run(const char *options)
{
    expect(shell_line("$T run --engine model %s --json $D/run.json", options), 0, "passed");
    return shell_json("run.json");
}

static void runs_with_segments_end_with_the_data_of_sv32(void **state)
{
    (void)state;
    json_t *without = run("--mode sv32");
    const char *const way[] = {"--mode bare-segments", "--mode sv32-segments",
                               "--mode bare-segments --config small",
                               "--mode sv32-segments --config small"};
    const char *const name[] = {"bare-segments", "sv32-segments"};
    assert_null(json_object_get(without, "segments"));
    for (unsigned i = 0; i < 4; i++) {
        json_t *o = run(way[i]);
        assert_string_equal(json_string_value(json_object_get(o, "mode")), name[i % 2]);
        assert_true(
            json_equal(json_object_get(o, "final_data"), json_object_get(without, "final_data")));
        assert_int_equal(shell_integer(o, "mismatches"), 0);
        assert_int_equal(shell_integer(o, "data_errors"), 0);
        assert_int_equal(shell_integer(o, "processes_finished"), 2);
        assert_true(shell_integer(o, "swap_in") > 0);
        json_decref(o);
    }
    json_decref(without);
}

static void the_results_have_every_number_of_segments(void **state)
{
    (void)state;
    json_t *o = run("--mode bare-segments"), *s = json_object_get(o, "segments");
    assert_true(shell_integer(s, "placed") > 300000);
    assert_true(shell_integer(s, "limit_faults") > 0);
    assert_int_equal(shell_integer(s, "right_faults"), 0);
    assert_in_range(shell_integer(s, "descriptors"), 20, 8192);
    assert_true(shell_integer(s, "descriptor_loads") > 0);
    assert_true(shell_integer(s, "descriptor_restores") > 0);
    assert_true(shell_integer(s, "growths") > 0);
    assert_true(shell_integer(s, "moves") > 0);
    assert_true(shell_integer(s, "compactions") > 0);
    assert_true(shell_integer(s, "bytes_moved") > 0);
    assert_true(shell_integer(s, "swapped_out") >= shell_integer(s, "swapped_in"));
    assert_in_range(shell_integer(s, "unreached_bytes"), 1, shell_integer(s, "allocated_bytes"));
    double internal = json_real_value(json_object_get(s, "internal_fragmentation"));
    double external = json_real_value(json_object_get(s, "external_fragmentation_peak"));
    assert_true(internal > 0 && internal < 1 && external > 0 && external < 1);
    assert_true(json_is_real(json_object_get(s, "external_fragmentation_end")));
    json_decref(o);
}

static void a_report_has_the_lines_that_its_mode_has(void **state)
{
    (void)state;
    expect("$T run --engine model --mode bare-segments --trace $D/tiny", 0,
           "segments are all that translates");
    expect("$T run --engine model --mode bare-segments --trace $D/tiny", 0,
           "external at its worst");
    expect("$T run --engine model --mode sv32-segments --trace $D/tiny", 0,
           "internal fragmentation");
    expect("$T run --engine model --mode sv32-segments --trace $D/tiny | grep -c compactions; true",
           0, "0\n");
    expect("$T run --engine model --mode sv32 --trace $D/tiny | grep -c descriptors; true", 0,
           "0\n");
}

static void a_mode_that_there_is_not_is_one_line_that_names_those_there_are(void **state)
{
    (void)state;
    expect_line("$T run --mode segments", 2, "expected one of sv39, sv48, sv57, sv32, linear");
    expect_line("$T run --mode segments", 2, "bare-segments, sv32-segments");
    expect_line("$T run --config small --mode sv39", 2,
                "has no sv39: expected one of sv32, bare-segments, sv32-segments");
    expect_line("$T drive --mode bare-segments $D/tiny", 2, "'bare-segments': expected one of");
    expect("$T drive --mode x $D/tiny 2>&1 | grep -c segments; true", 0, "0\n");
}

static void too_few_frames_are_refused_with_the_number_needed(void **state)
{
    (void)state;
    expect("printf ' S 4000,8\\n S 5000,8\\n S 6000,8\\n' >$D/three", 0, NULL);
    expect_line(
        "$T run --engine model --mode bare-segments --trace $D/three --frames 2 --swap $D/s", 2,
        "2 frames are too few: an access can need segments of 3 pages at once");
    expect("test ! -e $D/s", 0, NULL);
    expect("$T run --engine model --mode bare-segments --trace $D/three --frames 3", 0, "passed");
}

static void an_access_in_two_segments_gets_through_with_the_fewest_frames(void **state)
{
    (void)state;
    expect("for i in 1 2 3; do "
           "printf 'I  4000,4\\n S 5000,8\\n S 9000,8\\n L 4ffc,8\\n'; done >$D/cross",
           0, NULL);
    expect("$T run --engine model --mode bare-segments --trace $D/cross --frames 2", 0, "passed");
    expect_line("$T run --engine model --mode bare-segments --trace $D/cross --frames 1", 2,
                "segments of 2 pages at once");
}

static void more_regions_than_descriptors_are_refused_with_the_trace(void **state)
{
    (void)state;
    expect("for i in $(seq 8193); do printf ' L %x,8\\n' $((i << 13)); done >$D/many", 0, NULL);
    for (unsigned i = 0; i < 2; i++)
        expect_line(shell_line("$T run --engine model --mode %s-segments --trace $D/many",
                               i == 0 ? "bare" : "sv32"),
                    2, "/many: process 1 has 8193 regions");
    expect("head -n 8192 $D/many >$D/most; "
           "$T run --engine model --mode bare-segments --trace $D/most",
           0, "passed");
}

static void an_address_that_no_region_can_name_is_refused_with_file_and_line(void **state)
{
    (void)state;
    expect("printf ' S 4000,8\\n S fffffffffffff000,8\\n' >$D/top", 0, NULL);
    expect_line("$T run --engine model --mode bare-segments --trace $D/top", 2,
                "/top:2: expected addresses that Bare has, below its last page");
}

int main(void)
{
    const struct CMUnitTest segments[] = {
        cmocka_unit_test(runs_with_segments_end_with_the_data_of_sv32),
        cmocka_unit_test(the_results_have_every_number_of_segments),
        cmocka_unit_test(a_report_has_the_lines_that_its_mode_has),
        cmocka_unit_test(a_mode_that_there_is_not_is_one_line_that_names_those_there_are),
        cmocka_unit_test(too_few_frames_are_refused_with_the_number_needed),
        cmocka_unit_test(an_access_in_two_segments_gets_through_with_the_fewest_frames),
        cmocka_unit_test(more_regions_than_descriptors_are_refused_with_the_trace),
        cmocka_unit_test(an_address_that_no_region_can_name_is_refused_with_file_and_line),
    };
    return cmocka_run_group_tests(segments, set_up, shell_close);
}
