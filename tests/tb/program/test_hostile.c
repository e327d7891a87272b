/* What users do to a program: files that are no files, outputs over inputs, streams that are closed
 * or full, limits. */

#include "tests/support/shell.h"

static int set_up(void **state)
{
    (void)state;
    return shell_open("printf 'I  1000,4\\n S 2ffc,8\\n L 2ffc,8\\n' >$D/tiny");
}

static void an_address_that_the_mode_has_not_is_told_with_its_line(void **state)
{
    (void)state;
    expect("printf ' L 10,4\\n L 3ffffffffe,4\\n' >$D/far; "
           "printf ' L ffffffffffffffff,1\\n' >$D/last",
           0, NULL);
    expect_line("$T run --engine model --trace $D/far --swap $D/s", 2, "/far:2: expected");
    expect_line("$T run --engine model --trace $D/last", 2, "/last:1: expected");
    expect("test ! -e $D/s", 0, NULL);
    expect("$T run --engine model --mode sv48 --trace $D/far", 0, "passed");
}

static void the_frames_of_a_run_are_enough_unless_the_user_says_otherwise(void **state)
{
    (void)state;
    expect("for i in $(seq 40); do echo \" L $(printf %x $((i << 30))),8\"; done >$D/sparse", 0,
           NULL);
    expect("$T run --engine model --trace $D/sparse", 0, "passed");
    expect("$T run --engine model --trace $D/sparse --mode sv57 --trace $D/sparse --slice 3", 0,
           "passed");
}

static void a_trace_that_cannot_be_read_twice_is_refused_at_once(void **state)
{
    (void)state;
    expect("mkfifo $D/pipe", 0, NULL);
    expect_line("timeout 10 $T run --engine model --trace $D/pipe", 2, "ordinary file");
    expect_line("cat $D/tiny | $T run --engine model --trace /dev/stdin", 2, "ordinary file");
}

static void too_few_frames_for_all_processes_leave_nothing_half_done(void **state)
{
    (void)state;
    expect_line("$T run --trace $D/tiny --trace $D/tiny --frames 5 --engine model --swap $D/s", 2,
                "2 processes in Sv39 need at least 6");
    expect_line("$T run --trace $D/tiny --frames 2 --wave $D/w.fst", 2, "frames are too few");
    expect("test ! -e $D/s && test ! -e $D/w.fst", 0, NULL);
    expect("$T run --trace $D/tiny --trace $D/tiny --frames 6 --slice 1 --engine model", 1,
           "give more\n"); /* that is to begin, not to end */
}

static void an_access_across_two_pages_gets_through_with_the_least_frames(void **state)
{
    (void)state;
    expect("printf ' S 1ffc,8\\n L 2ffc,8\\n S 3ffc,8\\nI  4ffe,4\\n M 1ffc,8\\n' >$D/across", 0,
           NULL);
    expect("$T run --engine model --trace $D/across --frames 5", 0, "passed");
}

static void no_output_replaces_a_device_a_link_or_another_file_of_the_run(void **state)
{
    (void)state;
    expect("ln -s $D/target $D/link; cp $D/tiny $D/mine; mkdir $D/folder", 0, NULL);
    expect_line("$T run --engine model --trace $D/tiny --json $D/link", 1, "no ordinary file");
    expect_line("$T run --engine model --trace $D/tiny --json $D/folder", 1, "no ordinary file");
    expect_line("$T record -o $D/link -- true", 1, "no ordinary file");
    expect_line("$T run --engine model --trace $D/mine --json $D/mine", 2, "file of its own");
    expect_line("$T run --engine model --trace $D/mine --swap $D/mine", 2, "file of its own");
    expect_line("$T run --trace $D/mine --wave $D/mine", 2, "file of its own");
    expect_line("$T run --engine model --trace $D/mine --swap $D/o --json $D/o", 2,
                "file of its own");
    expect("cmp $D/tiny $D/mine && test -L $D/link && test ! -e $D/target && test ! -e $D/o", 0,
           NULL);
}

static void the_slowest_memory_is_no_hang(void **state)
{
    (void)state;
    expect("for i in $(seq 64); do echo \" S $(printf %x $((i << 39))),8\"; done >$D/wide", 0,
           NULL);
    expect("$T run --engine model --trace $D/wide --mode sv57 --latency 1000 --outstanding 16", 0,
           "passed");
    expect_line("$T run --engine model --trace $D/wide --latency 1001", 2, "from 1 to 1000");
}

static void what_is_not_printed_is_exit_1(void **state)
{
    (void)state;
    const char *const full = "cannot write to standard output";
    expect_line("$T --help >/dev/full", 1, full);
    expect_line("$T reference pins >/dev/full", 1, full);
    expect_line("$T run --engine model --trace $D/tiny >/dev/full", 1, full);
    expect_line("$T replay tests/vectors/hand.txt >/dev/full", 1, full);
    expect_line("$T walk --file tests/vectors/hand.txt --line 5 >&-", 1, full);
}

static void closed_streams_do_not_become_files(void **state)
{
    (void)state;
    expect("$T run --engine model --trace $D/tiny --swap $D/s --json $D/j <&- >&- 2>&-", 1, NULL);
    expect("! grep -q engine $D/s && head -c 1 $D/j | grep -q '{'", 0, NULL);
}

static void a_limit_of_file_sizes_is_a_full_disk(void **state)
{
    (void)state;
    expect("ulimit -f 20; $T run --engine model --swap $D/s --frames 24", 1, "File too large");
    expect("ulimit -f 20; $T run --engine model --swap $D/s --frames 24", 1,
           "no frame is left: what is in memory could not be written to the disk");
    /* with more frames, clean pages go in place of those that cannot be written */
    expect("ulimit -f 20; $T run --engine model --swap $D/s", 0, "File too large");
    expect("ulimit -f 20; $T run --engine model --swap $D/s", 0, "passed");
    expect_line("ulimit -f 0; $T run --engine model --trace $D/tiny --json $D/k >/dev/null", 1,
                "File too large");
    expect("test ! -e $D/k && ! ls $D | grep tmp", 0, NULL);
}

static void what_is_quoted_from_input_stays_on_its_line(void **state)
{
    (void)state;
    expect("printf ' L 10,4\\n\\033[31mred\\n' >$D/colour", 0, NULL);
    expect_line("$T run --engine model --trace $D/colour", 2, "found '?[31mred'");
    expect_line("$T run --seed '1\n2'", 2, "'1?2'");
    expect_line("$T 'a\nb'", 2, "'a?b'");
}

static void a_request_that_would_do_nothing_is_refused(void **state)
{
    (void)state;
    expect_line("$T replay /dev/null", 2, "at least one vector");
    expect_line("$T walk --vector \"$(sed -n 5p tests/vectors/hand.txt)\" --sum", 2,
                "go with --image");
    expect_line("$T walk --line 5 --vector x", 2, "need each other");
    expect_line("$T run --seed 9223372036854775808", 2, "expected a number");
}

static void progress_goes_to_no_dumb_terminal(void **state)
{
    (void)state;
    if (sh("script -qec true /dev/null </dev/null")->exit != 0)
        skip(); /* no script, or no pseudo-terminals here */
    const char *const run = "script -qec '$T run --engine model --trace '$D/tiny /dev/null "
                            "</dev/null | tr '\\033' '@'";
    expect(shell_line("TERM=xterm %s", run), 0, "@[1;32mpassed");
    expect(shell_line("NO_COLOR=1 TERM=xterm %s", run), 0, "\npassed");
    expect(shell_line("TERM=dumb %s | grep -c @", run), 1, "0\n");
}

int main(void)
{
    const struct CMUnitTest hostile[] = {
        cmocka_unit_test(an_address_that_the_mode_has_not_is_told_with_its_line),
        cmocka_unit_test(the_frames_of_a_run_are_enough_unless_the_user_says_otherwise),
        cmocka_unit_test(a_trace_that_cannot_be_read_twice_is_refused_at_once),
        cmocka_unit_test(too_few_frames_for_all_processes_leave_nothing_half_done),
        cmocka_unit_test(an_access_across_two_pages_gets_through_with_the_least_frames),
        cmocka_unit_test(no_output_replaces_a_device_a_link_or_another_file_of_the_run),
        cmocka_unit_test(the_slowest_memory_is_no_hang),
        cmocka_unit_test(what_is_not_printed_is_exit_1),
        cmocka_unit_test(closed_streams_do_not_become_files),
        cmocka_unit_test(a_limit_of_file_sizes_is_a_full_disk),
        cmocka_unit_test(what_is_quoted_from_input_stays_on_its_line),
        cmocka_unit_test(a_request_that_would_do_nothing_is_refused),
        cmocka_unit_test(progress_goes_to_no_dumb_terminal),
    };
    return cmocka_run_group_tests(hostile, set_up, shell_close);
}
