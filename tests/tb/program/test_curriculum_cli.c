/*
 * `tablewalk curriculum` as a user meets it: on the page of the project, and on pages and tests
 * that are made here: $D/build has a copy of the program, and shell scripts that say what cmocka
 * says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/shell.h"

#define HEAD                                                              \
    "## 1.4 Allocators\n\n| row | of the lecture | number | shown by |\n" \
    "|---|---|---|---|\n"
#define RUN "$D/build/tablewalk curriculum --page $D/page.md"

static int set_up(void **state)
{
    (void)state;
    return shell_open(
        "mkdir -p $D/build/tests && ln $T $D/build/tablewalk 2>/dev/null || "
        "cp $T $D/build/tablewalk; cd $D/build/tests && "
        "printf '#!/bin/sh\\necho \"[       OK ] $TW_TEST_FILTER\"\\n' >test_good && "
        "printf '#!/bin/sh\\necho \"[  SKIPPED ] $TW_TEST_FILTER\"\\n' >test_skips && "
        "printf '#!/bin/sh\\necho wrong number; exit 3\\n' >test_bad && "
        "printf '#!/bin/sh\\nkill -9 $$\\n' >test_dies && "
        "printf '#!/bin/sh\\necho \"[       OK ] another\"\\n' >test_none && "
        "printf '#!/bin/sh\\nsleep 1000\\n' >test_hangs && "
        "printf '#!/bin/sh\\nexec >/dev/null 2>&1\\nsleep 1000\\n' >test_hides && "
        "printf '#!/bin/sh\\nenv | grep CMOCKA_ && exit 1; echo \"[       OK ] quiet\"\\n' "
        ">test_quiet && chmod +x test_*");
}

/* The page has these lines, as printf forms them, below a head of four. */
__attribute__((format(printf, 1, 2))) static void page(const char *format, ...)
{
    char path[200];
    va_list arguments;
    snprintf(path, sizeof path, "%s/page.md", getenv("D"));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(HEAD, file);
    va_start(arguments, format);
    vfprintf(file, format, arguments);
    va_end(arguments);
    assert_int_equal(fclose(file), 0);
}

/* ---- what rows say --------------------------------------------------------------------------- */

static void a_row_that_holds_is_ok_and_tells_how_to_see_it(void **state)
{
    (void)state;
    page("| a-row | an item | 42 | `test_good: x` |\n");
    expect(RUN, 2, "page.md:5: row 'a-row': expected `FILE.c: NAME_OF_A_TEST` or");
    page("| a-row | an item | 42 | `test_good.c: x`, `tablewalk alloc buddy a=11K` says `5120` "
         "|\n");
    const outcome *o = expect(RUN, 0, "page.md: 1 row\n1.4 a-row: an item\n    number: 42\n");
    assert_non_null(strstr(o->text, "    ok      BUILD="));
    assert_non_null(strstr(o->text, "build TW_TEST_FILTER=x "));
    assert_non_null(strstr(o->text, "build/tests/test_good\n"));
    assert_non_null(strstr(o->text, "build/tablewalk alloc buddy a=11K\n    ok, "));
    assert_non_null(strstr(o->text, "1 row: 1 ok, 0 skipped, 0 failed\n"));
}

static void a_row_that_does_not_hold_fails_and_says_why(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"`test_bad.c: x`", "it ended with status 3\n            wrong number\n"},
        {"`test_dies.c: x`", "it was ended by signal 9\n"},
        {"`test_none.c: x`", "tests/test_none.c has no test of this name\n"},
        {"`tb/test_nothing.c: x`", "there is no tests/tb/test_nothing.c here"},
        {"`tb/test_text.c: x`", "build/tests/tb/test_text is not built: `make "},
        {"`tablewalk alloc buddy a=11K` says `5121`", "expected it to print '5121'\n"},
        {"`tablewalk walk --va 1`", "it ended with status 2\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        page("| good | i | - | `test_good.c: x` |\n| bad | i | - | %s |\n", rows[i][0]);
        expect(RUN, 1, rows[i][1]);
        expect(RUN, 1, "2 rows: 1 ok, 0 skipped, 1 failed\n");
        expect(RUN " --row good", 0, "1 row: 1 ok, 0 skipped, 0 failed\n");
    }
}

static void a_check_that_fails_keeps_none_of_its_row_from_running(void **state)
{
    (void)state;
    page("| bad | i | - | `test_bad.c: x`, `test_good.c: y` |\n");
    const outcome *o = expect(RUN, 1, "    FAILED  BUILD=");
    assert_non_null(strstr(o->text, "    ok      BUILD="));
    assert_non_null(strstr(o->text, "TW_TEST_FILTER=y"));
    assert_non_null(strstr(o->text, "    FAILED, "));
}

static void what_this_host_cannot_show_is_skipped_and_fails_nothing(void **state)
{
    (void)state;
    page("| s | i | - | `test_skips.c: x` |\n| good | i | - | `test_good.c: x` |\n");
    expect(RUN, 0, "    skipped BUILD=");
    expect(RUN, 0, "2 rows: 1 ok, 1 skipped, 0 failed\n");
}

static void what_runs_too_long_is_ended(void **state)
{
    (void)state;
    static const char *const rows[] = {"`test_hangs.c: x`", "`test_hides.c: x`"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        page("| long | i | - | %s |\n", rows[i]);
        expect("timeout 30 " RUN " --seconds 1", 1, "it was ended, as it ran longer than it may");
    }
}

static void a_test_is_told_nothing_of_what_its_caller_told_cmocka(void **state)
{
    (void)state;
    page("| quiet | i | - | `test_quiet.c: quiet` |\n");
    expect("CMOCKA_MESSAGE_OUTPUT=xml CMOCKA_XML_FILE=$D/x.xml " RUN, 0, "1 ok");
}

static void rows_are_printed_in_the_order_of_the_page_however_many_run_at_a_time(void **state)
{
    (void)state;
    char rows[1200] = "", want[20];
    for (int i = 0; i < 20; i++)
        snprintf(rows + strlen(rows), sizeof rows - strlen(rows),
                 "| r%d | i | - | `test_good.c: x` |\n", i);
    page("%s", rows);
    for (const char *jobs = "138"; *jobs != '\0'; jobs++) {
        const outcome *o = expect(shell_line(RUN " --jobs %c", *jobs), 0, "20 rows: 20 ok");
        const char *at = o->text;
        for (int i = 0; i < 20; i++) {
            snprintf(want, sizeof want, "\n1.4 r%d: ", i);
            at = strstr(at, want);
            if (at == NULL)
                fail_msg("--jobs %c: expected r%d after those before it in:\n%s", *jobs, i,
                         o->text);
        }
    }
}

/* ---- what can be asked ----------------------------------------------------------------------- */

static void a_section_or_a_row_can_be_asked_for(void **state)
{
    (void)state;
    expect("$T curriculum --list --section 1.4", 0, "\n1.4 buddy: ");
    expect("$T curriculum --list --section 1.4 | grep -c '^1.[1235]'", 1, "0\n");
    expect("test $($T curriculum --list --row buddy | grep -c '^1[.]') = 1", 0, NULL);
    expect("$T curriculum --list --row buddy", 0, "\n1.4 buddy: ");
    expect("$T curriculum --row cache --jobs 1", 0, "1 row: 1 ok, 0 skipped, 0 failed\n");
    expect("$T curriculum --list", 0, "1.5 Checkpointing: not yet\n");
}

static void wrong_usage_is_exit_2_and_one_line(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"buddy", "a row is --row NAME"},
        {"--row nothing", "no row 'nothing'; `tablewalk curriculum --list` names all"},
        {"--section 1.1 --row buddy", "no row 'buddy' in section 1.1;"},
        {"--section 9", "no row in a section '9'; there are the sections 1.1 1.2 1.3 1.4 1.5\n"},
        {"--seconds 0", "--seconds"},
        {"--page /nowhere", "/nowhere"},
        {"--page LICENSE", "LICENSE has no row '| row | of the lecture"},
    };
    expect_misuses("$T curriculum", rows, sizeof rows / sizeof *rows);
}

static void a_page_that_is_none_is_refused_with_its_line(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"| a | b | `test_x.c: y` |", "page.md:5: expected '| row | of the lecture"},
        {"| a | b | c | `test_x.c: y` | e |", "page.md:5: expected '| row | of the lecture"},
        {"|a|b|c|`test_x.c: y`|", "page.md:5: expected '| row | of the lecture"},
        {"| A row | b | c | `test_x.c: y` |", "row 'A row': a name is of a-z, 0-9 and '-'"},
        {"| a | b | c |  |", "page.md:5: row 'a': expected `FILE.c: NAME_OF_A_TEST`"},
        {"| a | b | c | see there |", "row 'a': expected `FILE.c: NAME_OF_A_TEST`"},
        {"| a | b | c | `ls /` |", "row 'a': expected `FILE.c: NAME_OF_A_TEST`"},
        {"| a | b | c | `../x.c: y` |", "row 'a': expected `FILE.c: NAME_OF_A_TEST`"},
        {"| a | b | c | `test_x.c: y; ls` |", "row 'a': expected `FILE.c: NAME_OF_A_TEST`"},
        {"| a | b | c | `test_x.c: y` `z` |", "row 'a': expected a comma before ' `z`'"},
        {"| a | b | c | `test_x.c: y`, |", "expected a comma before ','"},
        {"| a | b | c | `tablewalk size` says 4 |", "row 'a': expected `WORDS` after says"},
        {"| a | b | c | `test_x.c: y` |\n| a | b | c | `test_x.c: y` |",
         "page.md:6: row 'a' stands here twice"},
        {"## Allocators", "page.md:5: expected a section as '## 1.1 TITLE'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        page("%s\n", rows[i][0]);
        expect_line(RUN, 2, rows[i][1]);
    }
    expect_line("printf '| row |\\n| a | b | c | `test_x.c: y` |\\n' >$D/page.md; " RUN, 2,
                "page.md:2: a row before the first section");
    page("| a | b | c | `test_good.c: y` |\n## 1.5 Others\n\n| a | table |\n");
    expect_line(RUN, 2, "page.md: section 1.5 has no row");
    page("| a | b | c | `test_good.c: y` |\n\n| a | table |\n## 1.5 Others (not yet)\n");
    expect(RUN, 0, "1 row; 1.5 Others: not yet\n");
    expect_line("head -c 5000 /dev/zero >$D/page.md; " RUN, 2, "page.md:1: ");
}

static void a_command_with_too_many_words_is_refused(void **state)
{
    (void)state;
    sh("{ printf '## 1.4 A\\n| row |\\n| a | b | c | `tablewalk alloc buddy'; "
       "for i in $(seq 70); do printf ' a=1'; done; echo '` |'; } >$D/page.md");
    expect(RUN, 1, "it has more than 64 words\n");
}

int main(void)
{
    const struct CMUnitTest curriculum_cli[] = {
        cmocka_unit_test(a_row_that_holds_is_ok_and_tells_how_to_see_it),
        cmocka_unit_test(a_row_that_does_not_hold_fails_and_says_why),
        cmocka_unit_test(a_check_that_fails_keeps_none_of_its_row_from_running),
        cmocka_unit_test(what_this_host_cannot_show_is_skipped_and_fails_nothing),
        cmocka_unit_test(what_runs_too_long_is_ended),
        cmocka_unit_test(a_test_is_told_nothing_of_what_its_caller_told_cmocka),
        cmocka_unit_test(rows_are_printed_in_the_order_of_the_page_however_many_run_at_a_time),
        cmocka_unit_test(a_section_or_a_row_can_be_asked_for),
        cmocka_unit_test(wrong_usage_is_exit_2_and_one_line),
        cmocka_unit_test(a_page_that_is_none_is_refused_with_its_line),
        cmocka_unit_test(a_command_with_too_many_words_is_refused),
    };
    return cmocka_run_group_tests_name("curriculum_cli", curriculum_cli, set_up, shell_close);
}
