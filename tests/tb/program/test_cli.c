/* The program as a user meets it: exit statuses, one-line messages, and files whole or not there at
 * all. */
#include <stdio.h>
#include <string.h>

#include "tablewalk/engine.h"
#include "tests/support/shell.h"

static int set_up(void **state)
{
    (void)state;
    return shell_open("printf 'I  1000,4\\n S 2ffc,8\\n L 2ffc,8\\n' >$D/tiny");
}

static void help_and_version_are_everywhere(void **state)
{
    (void)state;
    expect("$T --help", 0, "usage: tablewalk COMMAND");
    expect("$T --version", 0, "tablewalk ");
    const char *const commands[] = {"run",           "walk",   "size",      "drive",
                                    "explore",       "replay", "record",    "reference",
                                    "compare-modes", "alloc",  "curriculum"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char usage[100];
        snprintf(usage, sizeof usage, "usage: tablewalk %s", commands[i]);
        expect(shell_line("$T %s --help", commands[i]), 0, usage);
        expect(shell_line("$T %s --help | awk 'length > 100 { print; exit 1 }'", commands[i]), 0,
               NULL);
        expect_line(shell_line("$T %s --version", commands[i]), 0, "tablewalk ");
        expect(shell_line("$T %s --nonsense", commands[i]), 2, "nonsense");
    }
}

static void wrong_usage_is_exit_2_and_one_line(void **state)
{
    (void)state;
    expect("$T", 2, "usage");
    expect_line("$T fly", 2, "no command 'fly'; there are run, walk");
    expect_line("$T run --engine fast", 2, "expected one of rtl, model, lockstep");
    expect_line("$T replay --engine fast x", 2, "rtl, model, lockstep, golden");
    expect_line("$T run --config huge", 2, "expected one of small, default, large, prefetch");
    expect_line("$T run --mode sv64", 2,
                "--mode 'sv64': expected one of sv39, sv48, sv57, sv32, linear, hashed");
    expect_line("$T run --mode bare", 2, "--mode 'bare': expected one of sv39");
    expect_line("$T run --engine model --config small --mode sv39", 2,
                "--mode 'sv39': the configuration 'small' has no sv39: expected one of sv32");
    expect_line("$T run --engine model --config small --mode linear", 2, "'small' has no linear");
    expect_line("$T run --engine model --config small --mode hashed", 2, "'small' has no hashed");
    expect_line("$T run extra", 2, "'extra': run takes options only; a trace is --trace FILE");
    expect_line("$T walk --va 0 extra", 2,
                "'extra': walk takes options only; an address is --va HEX");
    expect_line("$T run --wave-from 5", 2, "need --wave");
    const char *const bad[] = {"--seed x",
                               "--seed -1",
                               "--seed ''",
                               "--frames 0",
                               "--latency 5-2",
                               "--latency 0",
                               "--latency 1-",
                               "--cycles 0",
                               "--outstanding 17",
                               "--slice 0",
                               "--seed 99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_line(shell_line("$T run %s", bad[i]), 2, "expected");
    expect_line("$T run --engine model --frames 2 --trace $D/tiny", 2, "frames are too few");
}

static void a_configuration_that_was_not_built_names_the_one_that_was(void **state)
{
    (void)state;
    const tw_config *built = tw_rtl_built();
    const char *other = strcmp(built->name, "large") == 0 ? "default" : "large";
    char words[100];
    snprintf(words, sizeof words, "was built for the configuration '%s'", built->name);
    expect_line(shell_line("$T run --config %s --trace $D/tiny", other), 2, words);
}

static void a_bad_trace_leaves_nothing_half_done(void **state)
{
    (void)state;
    expect_line("$T run --engine model --trace $D/none --json $D/j", 2, "none");
    expect("printf ' L 10,4\\n L 10;4\\n' >$D/bad", 0, NULL);
    expect_line("$T run --engine model --trace $D/bad --json $D/j --swap $D/s", 2,
                "/bad:2: expected a reference");
    expect("test ! -e $D/j && test ! -e $D/s", 0, NULL);
    expect("head -c 1000 tests/traces/true.xz >$D/cut.xz", 0, NULL);
    expect_line("$T run --engine model --trace $D/cut.xz", 2, "cut.xz");
}

static void a_run_passes_and_its_json_has_every_number(void **state)
{
    (void)state;
    expect("$T run --engine model --json $D/run.json", 0, "passed");
    json_t *o = shell_json("run.json");
    assert_string_equal(json_string_value(json_object_get(o, "engine")), "model");
    assert_string_equal(json_string_value(json_object_get(o, "config")), "default");
    assert_string_equal(json_string_value(json_object_get(o, "mode")), "sv39");
    assert_int_equal(shell_integer(o, "seed"), 1);
    assert_true(shell_integer(o, "accesses") > 100000);
    assert_true(shell_integer(o, "cycles") > 100000);
    assert_true(shell_integer(o, "walks") > 0);
    assert_true(shell_integer(o, "l2_hits") > 0);
    assert_in_range(shell_integer(o, "walk_cache_hits"), 1, shell_integer(o, "walks"));
    assert_int_equal(shell_integer(o, "parity_errors"), 0);
    assert_true(shell_integer(o, "ad_updates") > 0);
    assert_true(shell_integer(o, "swap_out") > 0);
    assert_true(shell_integer(o, "swap_in") > 0);
    assert_int_equal(shell_integer(o, "processes_finished"), 2);
    assert_int_equal(shell_integer(o, "mismatches"), 0);
    assert_int_equal(shell_integer(o, "data_errors"), 0);
    assert_true(shell_integer(json_object_get(o, "faults"), "load_page") > 0);
    assert_true(json_real_value(json_object_get(o, "cycles_per_second")) > 0);
    assert_true(json_real_value(json_object_get(o, "walk_cycles_mean")) > 3);
    double rate = json_real_value(json_object_get(o, "l1_hit_rate"));
    assert_true(rate > 0.5 && rate < 1);
    json_decref(o);
}

static void a_run_ends_with_the_same_data_in_every_mode(void **state)
{
    (void)state;
    const char *const modes[] = {"sv39", "sv48", "sv57", "sv32", "linear", "hashed"};
    json_t *first = NULL;
    for (unsigned i = 0; i < 6; i++) {
        expect(shell_line("$T run --engine model --mode %s --json $D/mode.json", modes[i]), 0,
               "passed");
        json_t *o = shell_json("mode.json");
        json_t *data = json_object_get(o, "final_data");
        assert_string_equal(json_string_value(json_object_get(o, "mode")), modes[i]);
        assert_int_equal(json_array_size(data), 2);
        assert_true(json_is_string(json_array_get(data, 1)));
        assert_int_equal(shell_integer(o, "relocated_regions") > 0, i >= 3);
        if (i == 0)
            first = json_incref(data);
        assert_true(json_equal(first, data));
        if (i >= 4)
            assert_int_equal(shell_integer(o, "table_frames"), i == 4 ? 2048 : 2);
        assert_int_equal(json_object_get(o, "chains") != NULL, i == 5);
        json_decref(o);
    }
    json_decref(first);
    expect("$T run --engine model --mode linear", 0, " frames, besides 2048 for page tables\n");
    expect("$T run --engine model --mode hashed", 0, " frames, besides 2 for page tables\n");
    expect("$T run --engine model --mode hashed", 0, "   probes a walk; ended at entry 1: ");
    expect("$T run --engine model --mode linear | grep -c probes; true", 0, "0\n");
    expect("$T run --engine model --mode sv32 --trace $D/tiny | grep -c relocated; true", 0, "0\n");
}

static void a_configuration_without_sv39_runs_in_sv32(void **state)
{
    (void)state;
    expect("$T run --engine model --config small", 0,
           "engine model, configuration small, sv32, seed 1");
}

static void a_run_tells_of_prefetches_where_they_are_built(void **state)
{
    (void)state;
    expect("$T run --engine model --config prefetch --json $D/ahead.json", 0,
           "   of the walks, ahead of any request\n");
    json_t *o = shell_json("ahead.json");
    assert_in_range(shell_integer(o, "prefetches"), 1, shell_integer(o, "walks"));
    json_decref(o);
    expect(
        "$T run --engine model --trace $D/tiny --json $D/without.json | grep -c prefetches; true",
        0, "0\n");
    expect("grep -c prefetches $D/without.json; true", 0, "0\n");
}

static void a_run_cut_short_says_so_and_passes(void **state)
{
    (void)state;
    expect("$T run --engine model --cycles 2000 --json $D/short.json", 0, "stopped");
    json_t *o = shell_json("short.json");
    assert_true(json_is_false(json_object_get(o, "complete")));
    assert_true(json_is_null(json_array_get(json_object_get(o, "final_data"), 0)));
    json_decref(o);
}

/* Under the swap file it is told, and what cannot be written stays in memory. */
static void a_full_disk_is_exit_1_and_a_clear_line(void **state)
{
    (void)state;
    expect("$T run --engine model --swap /dev/full | grep '^disk refusals'", 0,
           "No space left on device");
    expect_line("$T run --engine model --swap $D/no/such/swap --trace $D/tiny", 1, "No such file");
    expect("$T run --engine model --trace $D/tiny --json $D/no/such/j", 1, "cannot write");
    expect_line(shell_line("$T run --engine rtl --config %s --trace $D/tiny --wave /dev/full",
                           tw_rtl_built()->name),
                1, "/dev/full");
    expect_line("$T run --engine model --trace $D/tiny --wave $D/w.fst", 2, "no waveform");
}

static void a_run_that_cannot_go_on_tells_how_to_see_it_again(void **state)
{
    (void)state;
    const outcome *o = expect("$T run --engine model --frames 12", 1, "to see it again: ");
    const char *command = strstr(o->text, "to see it again: ") + strlen("to see it again: ");
    char again[4096];
    snprintf(again, sizeof again, "%.*s", (int)strcspn(command, "\n"), command);
    expect(again, 1, "to see it again: ");
    expect("$T run --engine model --mode sv32 --frames 5", 1, " of its trace\n");
}

static void no_output_that_is_not_a_terminal_has_escapes_or_progress(void **state)
{
    (void)state;
    const outcome *o = expect("$T run --engine model", 0, NULL);
    assert_null(strchr(o->text, '\033'));
    assert_null(strchr(o->text, '\r'));
}

static void vectors_are_replayed_and_counted(void **state)
{
    (void)state;
    expect("$T replay tests/vectors/hand.txt", 0, "58 passed, 0 failed\n");
    expect("$T replay --engine model tests/vectors/hand.txt", 0, "58 passed, 0 failed\n");
    expect("sed '1s/12345abc 0/12345abd 0/' tests/vectors/hand.txt >$D/wrong", 0, NULL);
    expect("$T replay $D/wrong", 1, "57 passed, 1 failed\n");
    expect("$T replay --engine model $D/wrong", 1, "/wrong:1: ");
    expect("sed '3s/=>/=/' tests/vectors/hand.txt >$D/broken", 0, NULL);
    expect("$T replay $D/broken", 2, "/broken:3: ");
    expect_line("$T replay $D/none", 2, "none");
    expect_line("$T replay", 2, "one file");
}

static void a_walk_is_told_from_a_vector_and_from_an_image(void **state)
{
    (void)state;
    expect("$T walk --file tests/vectors/hand.txt --line 5", 0, "12345abc");
    expect("$T walk --vector \"$(sed -n 5p tests/vectors/hand.txt)\"", 0, "12345abc");
    expect("printf '80000008=20000401\\n80001008=20000801\\n80002008=48d14c7\\n' >$D/image", 0,
           NULL);
    expect("$T walk --image $D/image --satp 8000000000080000 --va 40201abc", 0, "12345abc");
    expect("$T walk --image $D/image --satp 8000000000080000 --va 40201abc --op fetch", 0,
           "fetch page fault");
    expect_line("$T walk --image $D/image --satp 7000000000080000 --va 0", 2, "mode 7");
    expect_line("$T walk --image $D/image --va 0", 2, "needs --satp");
    expect_line("$T walk --image $D/image --satp 0 --va zz", 2, "hexadecimal");
    expect_line("$T walk --file tests/vectors/hand.txt --line 59", 2, "expected a line 59");
    expect_line("$T walk --vector nonsense", 2, "--vector:1: ");
    expect_line("$T walk", 2, "expected one of");
    expect_line("$T walk --vector x --priv S", 2, "go with --image");
    expect_line("$T walk --image $D/image --satp 0 --va 0 --priv H", 2, "one of U, S, M");
    expect_line("$T walk --image $D/image --satp 0 --va 0 --op jump", 2, "one of fetch, load");
    expect("$T walk --image $D/image --satp 8000000000080000 --va 40201abc --priv M", 0,
           "40201abc");
    expect("printf '80000008=20000401\\n80001004=1\\n' >$D/odd", 0, NULL);
    expect_line("$T walk --image $D/odd --satp 8000000000080000 --va 0", 2,
                "/odd:2: expected ADDRESS=VALUE");
    expect("$T walk --image $D/odd --satp 1000000000080000 --va 800000", 0, "20000401");
    expect("printf '80000008=120000401\\n' >$D/wide", 0, NULL);
    expect_line("$T walk --image $D/wide --satp 1000000000080000 --va 0", 2, "/wide:1: expected");
}

static void a_hashed_walk_needs_its_tables_and_is_compared_with_a_search(void **state)
{
    (void)state;
#define HASHED_WALK "$T walk --image $D/hashed --satp f000300000000000 --va 12345abc "
    expect("printf '800001e8=901\\n80001048=3123460000547\\n80001028=3123450000067\\n' >$D/hashed",
           0, NULL);
    expect(HASHED_WALK "--hash-table f00000080001 --hash-anchors 800000080000", 0,
           "physical address 0x5abc in a page of 4 KiB");
    expect(HASHED_WALK "--hash-table f00000080001 --hash-anchors 800000080000 --search", 0,
           "a search from entry 0 on reads 6 words; the walk above read 3\n");
    expect(HASHED_WALK "--hash-table 600000080001 --hash-anchors 800000080000 --search", 0,
           "entry 9 is outside the table, which ends with entry 6\n"
           "a search from entry 0 on reads 6 words; the walk above read 1\n"
           "  it ends with check \"none\", as chains and table do not agree\n");
    expect_line(HASHED_WALK "--hash-table f00000080001 --hash-anchors 800000080001", 2,
                "256 anchors from 0x80001000 on and the 16 entries from 0x80001000 on");
    expect_line(HASHED_WALK "--hash-table f00000080001 --hash-anchors a00000080000", 2, "overlap");
    expect(HASHED_WALK "--hash-table f00000080001 --hash-anchors 900000080000", 0, "anchor ");
    expect_line(HASHED_WALK "--hash-table 100000000000 --hash-anchors afffffffffff", 2, "overlap");
    expect_line(HASHED_WALK, 2, "needs --hash-table and --hash-anchors");
    expect_line(HASHED_WALK "--hash-table 0 --search", 2, "needs --hash-table and --hash-anchors");
    expect_line(HASHED_WALK "--hash-anchors 0", 2, "needs --hash-table and --hash-anchors");
    expect_line("$T walk --image $D/hashed --satp 0 --va 0 --hash-table 0", 2, "of hashed mode");
    expect_line("$T walk --image $D/hashed --satp 0 --va 0 --search", 2, "of hashed mode");
    expect_line("$T walk --image $D/hashed --geometry 2,4,6 --root 0 --va 0 --hash-anchors 0", 2,
                "of hashed mode");
    expect_line("$T walk --vector x --search", 2, "go with --image");
#undef HASHED_WALK
}

static void a_recorded_program_can_be_run(void **state)
{
    (void)state;
    if (sh("command -v valgrind")->exit == 0) {
        expect("$T record -o $D/new.xz -- true", 0, " references to ");
        expect("$T run --engine model --trace $D/new.xz --trace $D/tiny", 0, "passed");
        expect("$T record -o $D/no/such/x.xz -- true", 1, "no/such");
        expect("$T record -o $D/gone.xz -- /no/such/program; test $? -ne 0 && test ! -e $D/gone.xz",
               0, NULL);
    }
    expect_line("PATH=/nowhere $T record -o $D/never.xz -- true", 1, "valgrind does not start");
    expect("test ! -e $D/never.xz && ! ls $D | grep -q tmp", 0, NULL);
    expect_line("$T record", 2, "expected the program");
}

int main(void)
{
    const struct CMUnitTest cli[] = {
        cmocka_unit_test(help_and_version_are_everywhere),
        cmocka_unit_test(wrong_usage_is_exit_2_and_one_line),
        cmocka_unit_test(a_configuration_that_was_not_built_names_the_one_that_was),
        cmocka_unit_test(a_bad_trace_leaves_nothing_half_done),
        cmocka_unit_test(a_run_passes_and_its_json_has_every_number),
        cmocka_unit_test(a_run_ends_with_the_same_data_in_every_mode),
        cmocka_unit_test(a_configuration_without_sv39_runs_in_sv32),
        cmocka_unit_test(a_run_tells_of_prefetches_where_they_are_built),
        cmocka_unit_test(a_run_cut_short_says_so_and_passes),
        cmocka_unit_test(a_full_disk_is_exit_1_and_a_clear_line),
        cmocka_unit_test(a_run_that_cannot_go_on_tells_how_to_see_it_again),
        cmocka_unit_test(no_output_that_is_not_a_terminal_has_escapes_or_progress),
        cmocka_unit_test(vectors_are_replayed_and_counted),
        cmocka_unit_test(a_walk_is_told_from_a_vector_and_from_an_image),
        cmocka_unit_test(a_hashed_walk_needs_its_tables_and_is_compared_with_a_search),
        cmocka_unit_test(a_recorded_program_can_be_run),
    };
    return cmocka_run_group_tests(cli, set_up, shell_close);
}
