/* `tablewalk compare-modes` as a user meets it. */
#include <stdio.h>
#include <stdlib.h>

#include "tablewalk/engine.h"
#include "tests/support/shell.h"

/* A program of 3 pages of code and 12 of data, too many for the 12 frames that tests give it. */
static int set_up(void **state)
{
    (void)state;
    return shell_open(
        "for i in $(seq 0 599); do printf 'I  %x,4\\n S %x,8\\n L %x,4\\n' "
        "$((4096 + i * 20 % 12288)) $((0x400000 + i / 10 % 12 * 4096 + i * 8 % 4096)) "
        "$((0x400000 + i % 12 * 4096 + i * 4 % 4096)); done >$D/program");
}

static void every_mode_of_the_configuration_has_its_line(void **state)
{
    (void)state;
    static const char *const modes[] = {"sv39",   "sv48",   "sv57",          "sv32",
                                        "linear", "hashed", "bare-segments", "sv32-segments"};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        char line[40];
        snprintf(line, sizeof line, "\n%s ", modes[i]);
        expect("$T compare-modes --trace $D/program", 0, line);
    }
    expect("$T compare-modes --trace $D/program", 0, " of process 1, in every mode\npassed\n");
    expect("$T compare-modes --config small --trace $D/program --csv $D/small.csv", 0, NULL);
    expect("cut -d, -f 1 $D/small.csv", 0, "mode\nsv32\nbare-segments\nsv32-segments\n");
}

/* Of the table and of `run` in the same mode; the expression is of awk, over the line that begins
 * with `word`. */
static void expect_of_run(const char *mode, unsigned column, const char *word,
                          const char *expression)
{
    expect(shell_line("test \"$(sed -n 's/^%s,/&/p' $D/table.csv | cut -d, -f %u)\" = "
                      "\"$($T run --engine model --mode %s --trace $D/program "
                      "--trace $D/program --frames 20 --slice 300 --seed 4 | "
                      "awk '/^%s /{print %s; exit}')\"",
                      mode, column, mode, word, expression),
           0, NULL);
}

static void a_line_has_the_numbers_of_a_run(void **state)
{
    (void)state;
    static const char *const modes[] = {"hashed", "sv48", "sv32-segments"};
    expect(
        "$T compare-modes --trace $D/program --trace $D/program --frames 20 --slice 300 --seed 4 "
        "--modes hashed,sv48,sv32-segments --csv $D/table.csv",
        0, "2 processes, 30 pages touched, 3600 references");
    expect("head -n 1 $D/table.csv", 0,
           "mode,cycles,cycles_per_access,l1_hit_percent,walks,reads_per_walk,cycles_per_walk,"
           "frames,table_bytes,faults,swap_outs,swap_ins,internal_percent,external_percent,"
           "mismatches,result\n");
    expect("cut -d, -f 1 $D/table.csv", 0, "mode\nhashed\nsv48\nsv32-segments\n");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        expect_of_run(modes[i], 2, "cycles", "$2");
        expect_of_run(modes[i], 5, "walks", "$2");
        expect_of_run(modes[i], 10, "faults", "$2");
        expect_of_run(modes[i], 11, "swap-outs", "$2");
        expect_of_run(modes[i], 12, "swap-ins", "$2");
    }
    expect_of_run("sv48", 9, "page tables", "$3 * 4096");
}

static void lockstep_finds_the_same_as_the_model(void **state)
{
    (void)state;
    setenv("CONFIG", tw_rtl_built()->name, 1);
    expect("for engine in lockstep model; do $T compare-modes --engine $engine --config $CONFIG "
           "--trace $D/program | sed 1d >$D/$engine; done; cmp $D/lockstep $D/model",
           0, NULL);
    expect("tail -n 1 $D/lockstep", 0, "passed\n");
}

static void the_results_are_also_json(void **state)
{
    (void)state;
    expect("$T compare-modes --trace $D/program --modes linear,hashed --json $D/j", 0, NULL);
    json_t *o = shell_json("j"), *modes = json_object_get(o, "modes");
    assert_int_equal(json_array_size(modes), 2);
    const json_t *linear = json_array_get(modes, 0), *hashed = json_array_get(modes, 1);
    assert_int_equal(shell_integer(linear, "table_bytes"), 4 << 20);
    assert_true(shell_integer(hashed, "walks") > 0);
    assert_true(
        json_equal(json_object_get(linear, "final_data"), json_object_get(hashed, "final_data")));
    assert_int_equal(json_array_size(json_object_get(linear, "final_data")), 1);
    json_decref(o);
}

/* Two pages far apart take five tables, which are all the frames there are. */
static void a_killed_process_has_the_command_that_shows_it(void **state)
{
    (void)state;
    expect("printf ' S 1000,8\\n S 2000000000,8\\n' >$D/far; $T compare-modes --modes sv39,hashed "
           "--trace $D/far --frames 5 --slice 7 --seed 3 --latency 2-9 2>$D/why",
           1, "  killed\n");
    expect("head -n 1 $D/why", 0, "sv39: a process was killed\n");
    expect("grep -c '^to see it again: ' $D/why", 0, "1\n");
    expect("sed -n 's/^to see it again: //p' $D/why >$D/again; sh $D/again 2>&1", 1,
           "process 1: killed by store page fault at 0x2000000000");
    expect("sh $D/again 2>&1 | sed -n 's/^to see it again: //p' | cmp - $D/again", 0, NULL);
}

static void wrong_usage_is_exit_2_and_one_line(void **state)
{
    (void)state;
    expect_line("$T compare-modes --modes sv40", 2,
                "--modes 'sv40': the configuration 'default' has no such mode; there are sv39, "
                "sv48, sv57, sv32, linear, hashed, bare-segments, sv32-segments\n");
    expect_line("$T compare-modes --config small --modes sv32,sv39", 2,
                "--modes 'sv39': the configuration 'small' has no such mode; there are sv32, "
                "bare-segments, sv32-segments\n");
    expect_line("$T compare-modes --modes sv39,,sv48", 2, "--modes 'sv39,,sv48': an empty name");
    expect_line("$T compare-modes --modes sv39,", 2, "--modes 'sv39,': an empty name");
    expect_line("$T compare-modes --modes ''", 2, "an empty name");
    expect_line("$T compare-modes --modes sv40,sv39", 2, "--modes 'sv40': the");
    expect_line("$T compare-modes --modes sv3", 2, "has no such mode");
    expect_line("$T compare-modes --modes sv39,sv48,sv39", 2, "--modes: sv39 comes twice");
    expect_line("$T compare-modes --frames 0", 2, "from 1 to");
    expect_line("$T compare-modes --frames 2", 2, "sv39: ");
    expect_line("$T compare-modes --latency 0", 2, "expected N or LO-HI");
    expect_line("$T compare-modes --outstanding 17", 2, "from 1 to 16");
    expect_line("$T compare-modes extra", 2, "takes options only");
    expect_line("$T compare-modes --json $D/a --csv $D/a", 2, "a file of its own");
    expect_line("$T compare-modes --trace $D/program --csv $D/program", 2, "a file of its own");
    expect_line("$T compare-modes --trace $D/none", 2, "none");
    expect_line("printf 'I 10;4\\n' >$D/bad; $T compare-modes --trace $D/bad", 2, "/bad:1: ");
}

static void what_fails_leaves_no_file(void **state)
{
    (void)state;
    expect_line("$T compare-modes --trace $D/program --json $D/no/such", 1, "cannot write");
    expect_line("$T compare-modes --trace $D/program --csv /dev/full", 1, "no ordinary file");
    expect("$T compare-modes --modes none --json $D/x --csv $D/y", 2, NULL);
    expect("test ! -e $D/x && test ! -e $D/y && ! ls $D | grep tmp", 0, NULL);
}

int main(void)
{
    const struct CMUnitTest compare_cli[] = {
        cmocka_unit_test(every_mode_of_the_configuration_has_its_line),
        cmocka_unit_test(a_line_has_the_numbers_of_a_run),
        cmocka_unit_test(lockstep_finds_the_same_as_the_model),
        cmocka_unit_test(the_results_are_also_json),
        cmocka_unit_test(a_killed_process_has_the_command_that_shows_it),
        cmocka_unit_test(wrong_usage_is_exit_2_and_one_line),
        cmocka_unit_test(what_fails_leaves_no_file),
    };
    return cmocka_run_group_tests(compare_cli, set_up, shell_close);
}
