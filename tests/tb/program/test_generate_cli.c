/* Generated references where a command takes a trace: they run like real ones, and a bad word is
 * one line and leaves nothing behind. */
#include <stdio.h>

#include "tests/support/shell.h"

static int set_up(void **state)
{
    (void)state;
    return shell_open("printf 'I  1000,4\\n S 2ffc,8\\n L 2ffc,8\\n' >$D/tiny");
}

static void a_run_of_zipf_passes_and_makes_20000_references(void **state)
{
    (void)state;
    expect("$T run --engine model --trace gen:zipf,pages=64,references=20000 --json $D/j", 0,
           "passed");
    json_t *o = shell_json("j");
    assert_int_equal(shell_integer(o, "accesses"), 20000);
    assert_true(shell_integer(o, "swap_in") > 0);
    assert_int_equal(shell_integer(o, "data_errors"), 0);
    json_decref(o);
}

static void every_kind_passes_in_every_mode(void **state)
{
    (void)state;
    static const char *const kind[] = {"sequential", "loop",         "random", "phase,phase=300",
                                       "rows,n=64",  "columns,n=64", "chase",  "zipf"};
    static const char *const mode[] = {"sv39",   "sv57",          "sv32",         "linear",
                                       "hashed", "sv32-segments", "bare-segments"};
    for (unsigned i = 0; i < sizeof kind / sizeof *kind; i++)
        for (unsigned m = 0; m < sizeof mode / sizeof *mode; m++)
            expect(shell_line("$T run --engine model --mode %s --trace "
                              "gen:%s,references=2000,fetches=10",
                              mode[m], kind[i]),
                   0, "passed");
}

static void a_run_is_the_same_every_time(void **state)
{
    (void)state;
    expect("for n in 1 2; do $T run --engine model --trace gen:random,seed=3 --json $D/$n "
           ">/dev/null; grep -v second $D/$n >$D/$n.same; done; cmp $D/1.same $D/2.same",
           0, NULL);
    expect("test $(wc -l <$D/1.same) -gt 30", 0, NULL);
}

static void two_real_traces_and_a_generated_one_are_three_processes(void **state)
{
    (void)state;
    expect("$T run --engine model --trace gen:phase --trace tests/traces/true.xz "
           "--trace tests/traces/sort.xz",
           0, "3 processes finished, 0 killed");
}

/* Each row is a page; there are frames for a few more than half of them, and for page tables. */
static void columns_of_128_rows_a_page_each_fault_16384_times_and_rows_128_times(void **state)
{
    (void)state;
    expect("$T run --engine model --trace gen:columns --frames 70", 0,
           "faults               16384 ");
    expect("$T run --engine model --trace gen:rows --frames 70", 0, "faults                 128 ");
}

/* Besides 3 for page tables; one access at a time, or those behind a fault go on meanwhile. */
static void a_loop_of_11_pages_faults_33_times_in_10_frames_and_11_times_in_11(void **state)
{
    (void)state;
    expect("$T run --engine model --outstanding 1 --trace gen:loop,pages=11,references=33 "
           "--frames 13",
           0, "faults                  33 ");
    expect("$T run --engine model --outstanding 1 --trace gen:loop,pages=11,references=33 "
           "--frames 14",
           0, "faults                  11 ");
}

/* 64 pages of 512 words: a walk for each page, as every other access is a hit. */
static void drive_plays_a_generated_list_with_a_walk_for_each_page(void **state)
{
    (void)state;
    expect("$T drive --engine model --outstanding 1 "
           "gen:sequential,pages=64,stride=8,references=32768",
           0, "walks                            64\n");
    expect("$T drive --engine model --mode hashed gen:chase,pages=64,references=640", 0,
           "accesses                        640\n");
}

static void explore_takes_generated_and_real_ones_together(void **state)
{
    (void)state;
    expect("$T explore --trace gen:chase,pages=64 --trace $D/tiny --sweep outstanding=1,4 "
           "--csv $D/csv",
           0, "gen:chase,pages=64, 10000 translations\n");
    expect("grep -c '^\"gen:chase,pages=64\"' $D/csv", 0, "2\n");
}

static void a_bad_word_is_one_line_and_leaves_nothing(void **state)
{
    (void)state;
    expect_line("$T run --engine model --trace gen:zip --json $D/none", 2,
                "gen:zip: expected one of sequential, loop, random, zipf, phase, rows, columns, "
                "chase");
    expect_line("$T run --engine model --trace gen:zipf,pages=0 --json $D/none", 2,
                "'pages=0': expected pages=1 to 262144");
    expect_line("$T drive --engine model gen:loop,stride=8 --json $D/none", 2,
                "of pages, references, seed, stores, fetches");
    expect_line("$T explore --trace gen:zipf,s=9 --csv $D/none", 2, "expected s=0.00 to 4.00");
    expect("test ! -e $D/none", 0, NULL);
    expect_line("$T run --engine model --trace ./gen:zipf", 2, "./gen:zipf: cannot be opened");
}

int main(void)
{
    const struct CMUnitTest commands[] = {
        cmocka_unit_test(a_run_of_zipf_passes_and_makes_20000_references),
        cmocka_unit_test(every_kind_passes_in_every_mode),
        cmocka_unit_test(a_run_is_the_same_every_time),
        cmocka_unit_test(two_real_traces_and_a_generated_one_are_three_processes),
        cmocka_unit_test(columns_of_128_rows_a_page_each_fault_16384_times_and_rows_128_times),
        cmocka_unit_test(a_loop_of_11_pages_faults_33_times_in_10_frames_and_11_times_in_11),
        cmocka_unit_test(drive_plays_a_generated_list_with_a_walk_for_each_page),
        cmocka_unit_test(explore_takes_generated_and_real_ones_together),
        cmocka_unit_test(a_bad_word_is_one_line_and_leaves_nothing),
    };
    return cmocka_run_group_tests(commands, set_up, shell_close);
}
