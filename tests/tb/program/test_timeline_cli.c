/*
 * test_timeline_cli.c: --timeline of real runs and scripts: every mode has lines that are in order
 * and tell of every walk from its beginning to its end, and standard output and files are both good
 * for it.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tablewalk/engine.h"
#include "tests/support/shell.h"

/* Whether the lines of a timeline go together. */
struct ledger {
    json_int_t cycle;
    unsigned lines, accesses, answers, starts, ends, unknown;
    bool busy[4];
};

/* The line in the ledger, or the test fails. */
static void enter(struct ledger *l, const json_t *line)
{
    const char *event = json_string_value(json_object_get(line, "event"));
    json_int_t cycle = shell_integer(line, "cycle");
    assert_non_null(event);
    if (cycle < l->cycle)
        fail_msg("seed 1, line %u: expected cycle %lld or later, got %lld", l->lines + 1,
                 (long long)l->cycle, (long long)cycle);
    l->cycle = cycle;
    l->lines++;
    l->accesses += strcmp(event, "ACCESS") == 0;
    l->answers += strcmp(event, "ANSWER") == 0 || strcmp(event, "FAULT") == 0;
    const json_t *walker = json_object_get(line, "walker");
    if (walker == NULL)
        return;
    bool start = strcmp(event, "WALK_START") == 0;
    bool *busy = &l->busy[json_integer_value(walker) & 3];
    if (*busy == start)
        fail_msg("seed 1, line %u: expected walker %lld to be %s", l->lines,
                 (long long)json_integer_value(walker), start ? "idle" : "busy");
    bool end = strcmp(event, "TLB_FILL") == 0 || strcmp(event, "WALK_FAIL") == 0 ||
               strcmp(event, "WALK_END") == 0;
    *busy = !end;
    l->starts += start;
    l->ends += end;
    l->unknown += start && json_object_get(line, "va") == NULL;
}

static struct ledger read_lines(void)
{
    struct ledger l = {0};
    char path[4096];
    json_error_t error;
    snprintf(path, sizeof path, "%s/t.jsonl", getenv("D"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    json_t *line;
    while ((line = json_loadf(file, JSON_DISABLE_EOF_CHECK, &error)) != NULL) {
        enter(&l, line);
        json_decref(line);
    }
    assert_true(feof(file));
    fclose(file);
    return l;
}

static void every_mode_tells_of_every_access_and_every_walk(void **state)
{
    (void)state;
    static const char *const modes[] = {"sv39",   "sv48",   "sv57",          "sv32",
                                        "linear", "hashed", "sv32-segments", "bare-segments"};
    for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++) {
        expect(shell_line("$T run --engine model --mode %s --trace tests/traces/chain.txt --trace "
                          "tests/traces/store.txt --slice 5 --timeline $D/t.jsonl",
                          modes[i]),
               0, "passed");
        struct ledger l = read_lines();
        if (l.accesses == 0 || l.accesses != l.answers)
            fail_msg("%s, seed 1: expected an answer for each access, got %u for %u", modes[i],
                     l.answers, l.accesses);
        if ((strcmp(modes[i], "bare-segments") != 0 && l.starts == 0) || l.starts != l.ends)
            fail_msg("%s, seed 1: expected an end of each walk, got %u for %u", modes[i], l.ends,
                     l.starts);
        if (l.unknown != 0)
            fail_msg("%s, seed 1: expected the address of each walk, got none of %u", modes[i],
                     l.unknown);
    }
}

static void lockstep_tells_what_the_model_tells(void **state)
{
    (void)state;
    static const char run[] = "run --trace tests/traces/chain.txt --frames 12 --config";
    const char *config = tw_rtl_built()->name;
    expect(shell_line("$T %s %s --timeline $D/a.txt --engine model && "
                      "$T %s %s --timeline $D/b.txt && cmp $D/a.txt $D/b.txt",
                      run, config, run, config),
           0, NULL);
}

static void standard_output_gets_text(void **state)
{
    (void)state;
    expect("$T run --engine model --trace tests/traces/store.txt --timeline - | "
           "grep -q 'AD_UPDATE .* took place'",
           0, NULL);
    expect("$T script --engine model --timeline - tests/scripts/first_touch.tw | "
           "sed -n '1p;/FAULT_RESTART/{p;q;}'",
           0, "cycle  actor  pid  event ");
}

/* From the load of the process that waits for the disk to its answer. */
static void user_mmu_os_and_disk_stand_in_one_order(void **state)
{
    (void)state;
    expect("$T script --engine model --timeline $D/s.txt tests/scripts/twelve_stages.tw", 0,
           "passed");
    expect("awk '/load$/ { on = 1 } on { print $2, $3, $4 } on && /ANSWER/ { exit }' $D/s.txt | "
           "uniq",
           0,
           "USER 1 ACCESS\nMMU 1 WALK_START\nMMU 1 PTE_READ\nMMU 1 WALK_FAIL\nMMU 1 FAULT\n"
           "OS 1 FAULT_TRAP\nOS 1 FAULT_SAVE\nOS 1 FAULT_DETERMINE\nOS 1 VMA_FOUND\n"
           "OS 1 FAULT_LEGAL\nOS 1 FRAME_TAKEN\nOS 1 FILE_READ\nDISK 1 DISK_START\n"
           "OS 1 FAULT_ISSUE\nOS 1 FAULT_OTHER\nOS 2 SWITCH\nDISK 1 DISK_END\n"
           "DISK 1 FAULT_INTERRUPT\nOS 1 FAULT_SAVE_OTHER\nOS 1 FAULT_FROM_DISK\n"
           "OS 1 FAULT_CORRECT\nOS 1 SWITCH\nOS 1 FAULT_AGAIN\nOS 1 FAULT_RESTART\n"
           "USER 1 ACCESS\nMMU 1 WALK_START\nMMU 1 PTE_READ\nMMU 1 AD_UPDATE\nMMU 1 TLB_FILL\n"
           "MMU 1 ANSWER\n");
    expect("$T script --engine model --timeline $D/t.jsonl tests/scripts/twelve_stages.tw", 0,
           "passed");
    struct ledger l = read_lines();
    assert_int_equal(l.lines, atoi(sh("sed 1d $D/s.txt | wc -l")->text));
    assert_int_equal(l.accesses, l.answers);
    assert_int_equal(l.starts, l.ends);
    assert_int_equal(l.unknown, 0);
}

static void a_file_that_cannot_be_made_is_refused_before_the_run(void **state)
{
    (void)state;
    expect_line("$T run --engine model --timeline /no/such/folder/t.txt", 1,
                "/no/such/folder/t.txt");
    expect_line("$T run --timeline $D/same --json $D/same", 2, "a file of its own");
    expect_line("$T script --timeline /dev/full tests/scripts/first_touch.tw", 1,
                "tablewalk: cannot write /dev/full: it is no ordinary file");
    expect_line("$T script --timeline /no/such/t.jsonl tests/scripts/first_touch.tw", 1,
                "tablewalk: cannot write /no/such/t.jsonl: No such file");
}

/* A script that was begun has one, also if it is not as expected: it tells why. */
static void what_never_began_leaves_no_file(void **state)
{
    static const char *const bad[] = {"proces A", "frames 1\nprocess A",
                                      "mode hashed\nkernel-map on\nprocess A"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        expect(shell_line("printf '%s\n' >$D/bad.tw", bad[i]), 0, NULL);
        expect_line("$T script --engine model --timeline $D/n.txt $D/bad.tw", 2, "bad.tw:");
        expect_line("$T script --engine model --timeline $D/n.jsonl $D/bad.tw", 2, "bad.tw:");
    }
    expect_line("$T run --engine model --timeline $D/n.txt --swap /no/such/swap", 1,
                "/no/such/swap");
    expect("ls $D/n.*", 2, "No such file");
    expect("printf 'process A\nexpect minor A = 1\n' >$D/bad.tw", 0, NULL);
    expect_line("$T script --engine model --timeline $D/n.txt $D/bad.tw", 1, "bad.tw:2: expected");
    expect("cat $D/n.txt", 0, "FRAME_TAKEN");
}

static void a_disk_that_is_full_is_told_and_nothing_is_left(void **state)
{
    static const char *const command[] = {
        "run --engine model --trace tests/traces/store.txt --timeline",
        "script --engine model tests/scripts/first_touch.tw --timeline"};
    (void)state;
    for (size_t i = 0; i < sizeof command / sizeof *command; i++) {
        expect(shell_line("ulimit -f 8; $T %s $D/f.txt", command[i]), 1, "f.txt: File too large");
        expect(shell_line("ulimit -f 8; $T %s $D/f.jsonl", command[i]), 1,
               "f.jsonl: File too large");
        expect(shell_line("$T %s - >/dev/full", command[i]), 1, "timeline to standard output: ");
    }
    expect("ls $D/f.*", 2, "No such file");
}

/* The OS goes on telling when processes that have not ended are taken apart. */
static void a_run_that_ends_early_has_its_timeline(void **state)
{
    (void)state;
    expect("$T run --engine model --cycles 2000 --timeline $D/early.txt && "
           "grep -c ACCESS $D/early.txt | grep -vx 0",
           0, "stopped");
    expect("$T run --engine model --cycles 2000 --timeline - | grep -c ACCESS | grep -vx 0", 0,
           NULL);
    expect("$T run --engine model --cycles 2000 --timeline $D/early.jsonl && "
           "tail -n 1 $D/early.jsonl >$D/last.json",
           0, "timeline in ");
    json_decref(shell_json("last.json"));
}

static int set_up(void **state)
{
    (void)state;
    return shell_open("true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mode_tells_of_every_access_and_every_walk),
        cmocka_unit_test(lockstep_tells_what_the_model_tells),
        cmocka_unit_test(standard_output_gets_text),
        cmocka_unit_test(user_mmu_os_and_disk_stand_in_one_order),
        cmocka_unit_test(a_file_that_cannot_be_made_is_refused_before_the_run),
        cmocka_unit_test(what_never_began_leaves_no_file),
        cmocka_unit_test(a_disk_that_is_full_is_told_and_nothing_is_left),
        cmocka_unit_test(a_run_that_ends_early_has_its_timeline),
    };
    return cmocka_run_group_tests_name("timeline of a run", tests, set_up, shell_close);
}
