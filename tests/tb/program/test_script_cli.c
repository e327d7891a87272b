/* `tablewalk script` as a user meets it: what passes, what fails and how that is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tablewalk/engine.h"
#include "tests/support/shell.h"

/* A folder for temporary files, to see what is left there. */
static int set_up(void **state)
{
    (void)state;
    setenv("C", tw_rtl_built()->name, 1);
    return shell_open("mkdir $D/tmp && printf 'process A\\nmmap A 4*page -> $x\\n"
                      "write A $x = 5\\nexpect minor A = 1\\n' >$D/good.tw");
}

/* Runs these lines on the model. */
static const outcome *expect_script(const char *lines, int exit, const char *words)
{
    char path[200];
    snprintf(path, sizeof path, "%s/script.tw", getenv("D"));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(lines, file);
    fclose(file);
    return expect("$T script --engine model $D/script.tw", exit, words);
}

static void a_script_that_holds_passes_on_every_engine(void **state)
{
    (void)state;
    const char *words = "good.tw: passed (4 statements, 1 expectation, ";
    expect("$T script --engine model $D/good.tw", 0, words);
    expect("$T script --engine rtl --config $C $D/good.tw", 0, words);
    expect("$T script --config $C $D/good.tw", 0, words);
    expect("for e in model rtl lockstep; do $T script --config $C --engine $e $D/good.tw; done | "
           "uniq | wc -l",
           0, "1\n"); /* cycle by cycle the same */
}

static void what_was_expected_and_what_was_got_stand_behind_the_place(void **state)
{
    (void)state;
    const struct {
        const char *line, *told;
    } row[] = {
        {"expect minor A = 2", "expected minor A to be 2, got 1"},
        {"expect minor A > 1", "expected minor A to be more than 1, got 1"},
        {"expect value A $x != 5", "expected value A $x to be not 5, got 5"},
        {"expect frame A $x = none", "expected frame A $x to be none, got 5"},
        {"expect frame A $x+page != none", "expected frame A $x+page to be not none, got none"},
        {"read A $x = 6", "expected A to read 6 (0x6) at 0x"},
        {"expect pte A $x w=1 d=0", "expected bit D of the PTE to be 0, got 1: PTE 0x"},
        {"expect state A killed", "expected A to be killed, got runnable"},
        {"expect maps A\n| *-* r-xp *", "expected '*-* r-xp *', got '3f"},
        {"expect maps A\n| *-* rw-p *\n| 5*", "expected '5*', got no more areas"},
        {"expect maps A", "expected 0 areas, got another: '3f"},
        {"expect events zero-fill fork", "expected fork after zero-fill, got none"},
        {"expect stages A 1 2 3", "expected stages 1 2 3, got 1 2 3 4 10 12"},
        {"read A 0",
         "expected the access to be made, got SIGSEGV of A: the address is in no region "
         "of the process (cause 13, VA 0)"},
        {"munmap A 1 page", "expected this to be done, got: "},
        {"expect error \"no such\": munmap A 1 page", "expected an error with 'no such', got: "},
        {"expect error \"to be done\": munmap A 1 page",
         "expected an error with 'to be done', got: the range"},
        {"mark\nexpect stages A 1", "expected stages 1, got none"},
        {"mark\nexpect events fork", "expected fork since the mark, got none"},
        {"expect error \"\": munmap A $x page", "expected an error with '', got: it was done"},
        {"expect fault: read A $x", "expected the process to be killed, got: it goes on"},
        {"expect fault reason=guard: read A 0",
         "expected a death for the reason guard, got: the address is in no region"},
        {"expect fault signal=bus: read A 0",
         "expected SIGBUS, got SIGSEGV: the address is in no region"},
        {"expect fault cause=15: read A 0", "expected a death by cause 15, got 13"},
        {"exit A\nread A $x", "expected this to be done, got: "},
        {"exit A\nexpect resident A = 0", "expected A to be alive, got: it has ended"},
        {"let $n = 9\nread A $x bytes=$n", "expected an access of 1 to 8 bytes, found 9"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char lines[400];
        snprintf(lines, sizeof lines,
                 "zero-page off\nprocess A\nmmap A 4*page -> $x\nwrite A $x = 5\n%s", row[i].line);
        const outcome *o = expect_script(lines, 1, row[i].told);
        if (strstr(o->text, "script.tw:5: ") == NULL && strstr(o->text, "script.tw:6: ") == NULL &&
            strstr(o->text, "script.tw:7: ") == NULL)
            fail_msg("no place: %s", o->text);
    }
}

static void a_script_that_makes_no_sense_is_exit_2_and_nothing_of_it_runs(void **state)
{
    (void)state;
    const outcome *o = expect_script("process A\nprint hello\nmapp A", 2,
                                     "script.tw:3: expected a statement or "
                                     "setting");
    assert_null(strstr(o->text, "hello"));
    expect_script("frames 0\nprocess A", 2, "script.tw:1: expected NUMBER from 1 to 1048576");
    expect_script("frames 1\nprocess A", 2, "script.tw:2: ");
    expect_script("mode linear\nprocess A\nmmap A 2*huge", 2,
                  "script.tw:3: expected no 'huge': linear page tables have no huge pages");
    expect_script("mode hashed\nprocess A\nexpect error \"a\": mmap A huge", 2,
                  "script.tw:3: expected no 'huge': hashed page tables");
    expect_script("distance 0 1 20\nprocess A", 2, "script.tw:1: expected two nodes of the 0");
    expect_script("node 48 latency=10001\nprocess A", 2,
                  "script.tw:1: expected latency from 1 to 10000, found 10001");
    expect_script("mode hashed\nkernel-map on\nprocess A", 2, "script.tw:3: the kernel has");
    expect_script("copy data /no/such\nprocess A", 2,
                  "script.tw:1: expected a file that can be read, got: "
                  "cannot copy /no/such: No such file");
    expect_line("$T script --engine model $D/none.tw", 2, "/none.tw: cannot be opened");
    expect_line("printf 'a\\0b' >$D/nul; $T script $D/nul", 2, "/nul:1: ");
    expect_line("$T script --engine model /dev/null", 2, "expected statements such as 'process A'");
}

static void what_comes_behind_the_colon_may_be_anything_that_a_process_does(void **state)
{
    (void)state;
    expect_script("process A\nexpect error \"no\": print hi $x", 2, "script.tw:2: ");
    expect_script("process A\nexpect error \"no\": print hi", 1, "hi\ntablewalk: ");
    expect_script("process A\nexpect fault: print hi", 2,
                  "script.tw:2: expected a statement that is for a process, found 'print'");
    expect_script("process A\nexpect fault: mark", 2, "found 'mark'");
    expect_script("process A\nexpect fault reason=asked signal=kill: kill A", 0, "passed");
    expect_script("process A\nexpect fault reason=guard: kill A", 1,
                  "expected a death for the reason guard, got: ");
    expect_script("process A\nexpect fault: exit A", 1,
                  "expected the process to be killed, got: it has finished");
}

static void a_value_has_to_fit_into_the_access(void **state)
{
    (void)state;
    const char *map = "process A\nmmap A page -> $x\n";
    const struct {
        const char *line;
        int exit;
        const char *told;
    } row[] = {
        {"write A $x = 300 bytes=1", 2, "script.tw:3: expected a value of 1 byte, found 300"},
        {"read A $x = 0x10000 bytes=2", 2, "script.tw:3: expected a value of 2 bytes, found 65536"},
        {"let $v = 300\nwrite A $x = $v bytes=1", 1, "script.tw:4: expected a value of 1 byte"},
        {"write A $x = 255 bytes=1\nread A $x = 255 bytes=1", 0, "passed"},
        {"read A $x bytes=9", 2, "script.tw:3: expected an access of 1 to 8 bytes, found 9"},
        {"read A $x bytes=0", 2, "script.tw:3: expected an access of 1 to 8 bytes, found 0"},
        {"read A $x count=0", 2, "script.tw:3: expected 1 to 1048576 accesses, found 0"},
        {"expect error \"no\": write A $x = 300 bytes=1", 2, "expected a value of 1 byte"},
        {"pass 99999999999", 2,
         "script.tw:3: expected at most 100000000 cycles, found 99999999999"},
        {"mmap A page offset=page", 2, "script.tw:3: expected file= with offset="},
        {"process B node=9", 2, "script.tw:3: expected no node=9: this machine has no nodes"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char lines[400];
        snprintf(lines, sizeof lines, "%s%s", map, row[i].line);
        expect_script(lines, row[i].exit, row[i].told);
    }
}

static void none_is_neither_more_nor_less_than_a_number(void **state)
{
    static const char *const order[] = {"<", "<=", ">", ">="};
    (void)state;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        char lines[200];
        snprintf(lines, sizeof lines, "process A\nmmap A page -> $x\nexpect frame A $x %s 3",
                 order[i]);
        expect_script(lines, 1, ", got none");
        snprintf(lines, sizeof lines, "process A\nmmap A page -> $x\nexpect 3 %s frame A $x",
                 order[i]);
        expect_script(lines, 1, " none, got 3");
    }
}

/* Whoever sets A and D, the walk that is printed is that of the load that could follow. */
static void a_walk_is_one_of_the_machine_that_the_script_has(void **state)
{
    (void)state;
    const char *walk = "mode sv39\nzero-page off\nad %s\nprocess A\nmmap A page populate -> $x\n"
                       "walk A $x\nexpect pte A $x a=%u\nread A $x\nexpect pte A $x a=1";
    char lines[400];
    snprintf(lines, sizeof lines, walk, "hardware", 0);
    const outcome *o = expect_script(lines, 0, "ADUE=1");
    assert_non_null(strstr(o->text, "set A: compare-and-swap"));
    assert_null(strstr(o->text, "page fault"));
    snprintf(lines, sizeof lines, walk, "software", 0);
    expect_script(lines, 0, "ADUE=0");
}

static void a_script_is_not_overwritten_by_its_outputs(void **state)
{
    (void)state;
    expect("cp $D/good.tw $D/own.tw; ln -s own.tw $D/link.tw; "
           "printf 'copy d %s/data\nprocess A\n' $D >$D/copies.tw; echo 1 >$D/data",
           0, NULL);
    static const char *const rows[][2] = {
        {"--engine model --timeline $D/own.tw $D/own.tw", "expected a file of its own"},
        {"--engine rtl --config $C --wave $D/own.tw $D/own.tw", "expected a file of its own"},
        {"--engine model --timeline $D/own.tw $D/link.tw", "expected a file of its own"},
        {"--engine model --timeline $D/data $D/copies.tw", "expected a file of its own"},
        {"--engine rtl --config $C --wave $D/data $D/copies.tw", "expected a file of its own"},
    };
    expect_misuses("$T script", rows, sizeof rows / sizeof *rows);
    expect("cmp $D/own.tw $D/good.tw && cat $D/data", 0, "1\n");
}

static void wrong_usage_is_exit_2_and_one_line(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", "script takes files"},
        {"--engine golden $D/good.tw", "expected one of rtl, model, lockstep"},
        {"--mode sv99 $D/good.tw", "--mode 'sv99': expected one of sv39"},
        {"--config small --engine model --mode sv39 $D/good.tw", "'small' has no sv39"},
        {"- $D/good.tw", "/dev/stdin is standard input"},
        {"--seed x $D/good.tw", "--seed 'x': expected a number"},
        {"--timeline - $D/good.tw $D/good.tw", "are for one script, not 2"},
        {"--wave $D/a --timeline $D/a $D/good.tw", "need a file each"},
    };
    expect_misuses("$T script", rows, sizeof rows / sizeof *rows);
}

static void of_several_scripts_all_run_and_the_worst_counts(void **state)
{
    (void)state;
    expect(
        "printf 'process A\\nexpect minor A = 1\\n' >$D/fails.tw; printf 'proces A\\n' >$D/bad.tw",
        0, NULL);
    const char *run = "$T script --engine model %s $D/good.tw 2>&1 | grep -c passed; "
                      "$T script --engine model %s $D/good.tw";
    expect(shell_line(run, "$D/good.tw", "$D/good.tw"), 0, "2\n");
    expect(shell_line(run, "$D/bad.tw", "$D/bad.tw"), 2, "1\n");
    expect(shell_line(run, "$D/bad.tw $D/fails.tw", "$D/bad.tw $D/fails.tw"), 1, "1\n");
}

static void what_a_script_prints_stands_on_standard_output(void **state)
{
    (void)state;
    const outcome *o =
        expect_script("mode sv39\nzero-page off\nprocess A\nlet $n = 3*page\n"
                      "mmap A page at=0x10000 fixed -> $x\nmark\nwrite A $x = 1\n"
                      "print \"two  words\" at $x and $n-4095\nstats\nmaps A\nwalk A $x\nevents",
                      0, "two  words at 0x10000 and 0x2001\n");
    assert_non_null(strstr(o->text, "zero-fills                          1  frames filled"));
    assert_non_null(strstr(o->text, "count-walks  "));
    assert_non_null(strstr(o->text, "frame taken: page table, "));
    assert_null(strchr(o->text, '['));
    assert_non_null(strstr(o->text, "00010000-00011000 rw-p 00000000"));
    assert_non_null(strstr(o->text, "level 0"));
    assert_non_null(strstr(o->text, "fault-correct     10. page table corrected"));
    expect_script("process A\nexpect fault: read A 0x5000\ndeath A", 0,
                  "process 1 (ASID 1): SIGSEGV");
    expect("$T script --engine model --verbose $D/good.tw", 0,
           "3: write A $x = 5\n4: expect minor");
    expect("$T script --engine model --verbose $D/good.tw >/dev/full", 1, "is the disk full?");
}

/* Its end is told when a transfer is issued, long before others who come before it. */
static void events_are_printed_in_the_order_of_their_cycles(void **state)
{
    (void)state;
    expect_script("disk seek=2000 transfer=500\nfile data 4*page\nprocess A\nprocess B\n"
                  "mmap A page r shared file=data -> $x\nmmap B 2*page -> $y\nwrite B $y = 1\n"
                  "start A read $x\nread B $y = 1\nwait A\nevents",
                  0, "passed");
    expect("$T script --engine model $D/script.tw | grep process >$D/events; "
           "test $(grep -c disk-end $D/events) = 1 && sort -sn $D/events | diff - $D/events",
           0, NULL);
}

static void the_mode_of_the_command_line_counts(void **state)
{
    (void)state;
    expect("printf 'mode sv39\\nprocess A\\nmmap A page at=0x10000 fixed\\nread A 0x10000\\n"
           "walk A 0x10000\\n' >$D/walk.tw; $T script --engine model --mode sv48 $D/walk.tw",
           0, "level 3");
    expect("$T script --engine model --config small $D/good.tw", 0, "passed");
    expect("$T script --engine model --config small $D/walk.tw", 2,
           "walk.tw:1: expected a mode that the configuration 'small' has");
}

static void a_timeline_is_written_as_text_and_as_json_lines(void **state)
{
    (void)state;
    expect("$T script --engine model --timeline $D/line.txt $D/good.tw && cat $D/line.txt", 0,
           "trap to the operating system");
    expect("$T script --engine model --timeline $D/line.jsonl $D/good.tw && "
           "head -n 1 $D/line.jsonl >$D/first.json",
           0, NULL);
    json_decref(shell_json("first.json"));
    expect_line("$T script --engine model --timeline $D/no/such $D/good.tw", 1, "no/such");
}

static void a_waveform_needs_the_rtl(void **state)
{
    (void)state;
    expect("$T script --config $C --engine rtl --wave $D/a.fst $D/good.tw && test -s $D/a.fst", 0,
           "passed");
    expect("$T script --engine model --wave $D/b.fst $D/good.tw", 2, "no waveform");
}

static void nothing_is_left_in_the_folder_for_temporary_files(void **state)
{
    (void)state;
    expect(
        "printf 'file f 8k\\nprogram p text=4k\\nprocess A\\nread A 0\\n' >$D/dies.tw; "
        "export TMPDIR=$D/tmp; $T script --engine model $D/good.tw $D/dies.tw; ls $D/tmp | wc -l",
        0, "\n0\n");
    expect("TMPDIR=/no/such $T script --engine model $D/good.tw", 1,
           "cannot make a folder in "
           "/no/such");
}

static void the_list_has_every_statement_and_counter(void **state)
{
    (void)state;
    expect("$T script --list", 0, "  fork PROCESS -> NAME ");
    expect("$T script --list", 0, "  count-walks ");
    expect("$T script --list | grep -c '^  swap-in '", 0, "2\n"); /* a quantity and an event */
}

int main(void)
{
    const struct CMUnitTest script_cli[] = {
        cmocka_unit_test(a_script_that_holds_passes_on_every_engine),
        cmocka_unit_test(what_was_expected_and_what_was_got_stand_behind_the_place),
        cmocka_unit_test(a_script_that_makes_no_sense_is_exit_2_and_nothing_of_it_runs),
        cmocka_unit_test(what_comes_behind_the_colon_may_be_anything_that_a_process_does),
        cmocka_unit_test(a_value_has_to_fit_into_the_access),
        cmocka_unit_test(none_is_neither_more_nor_less_than_a_number),
        cmocka_unit_test(a_walk_is_one_of_the_machine_that_the_script_has),
        cmocka_unit_test(a_script_is_not_overwritten_by_its_outputs),
        cmocka_unit_test(wrong_usage_is_exit_2_and_one_line),
        cmocka_unit_test(of_several_scripts_all_run_and_the_worst_counts),
        cmocka_unit_test(what_a_script_prints_stands_on_standard_output),
        cmocka_unit_test(events_are_printed_in_the_order_of_their_cycles),
        cmocka_unit_test(the_mode_of_the_command_line_counts),
        cmocka_unit_test(a_timeline_is_written_as_text_and_as_json_lines),
        cmocka_unit_test(a_waveform_needs_the_rtl),
        cmocka_unit_test(nothing_is_left_in_the_folder_for_temporary_files),
        cmocka_unit_test(the_list_has_every_statement_and_counter),
    };
    return cmocka_run_group_tests(script_cli, set_up, shell_close);
}
