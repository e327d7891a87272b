/* Reading scripts: what is understood, and what a reader is told who wrote something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tb/script/script.h"
#include "tb/script/form.h"
#include "tb/script/value.h"
#include "tb/script/words.h"

enum { PATH_MAX_HERE = 64 };

/* Reads `text` as a script; the complaint, behind the name of the file, or "" if there is none. */
static const char *complaint_of(const char *text)
{
    static script_complaint complaint;
    char path[PATH_MAX_HERE] = "/tmp/tablewalk-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
    complaint = (script_complaint){0};
    script *s = script_read(path, &complaint);
    unlink(path);
    assert_int_equal(s == NULL, complaint.status != TW_OK);
    script_close(s);
    if (complaint.status == TW_OK)
        return "";
    assert_int_equal(complaint.status, TW_USAGE);
    assert_memory_equal(complaint.text, path, strlen(path));
    assert_null(strchr(complaint.text, '\n'));
    return complaint.text + strlen(path);
}

static void expect_good(const char *text)
{
    assert_string_equal(complaint_of(text), "");
}

static void expect_bad(const char *text, const char *complaint)
{
    const char *got = complaint_of(text);
    if (strncmp(got, complaint, strlen(complaint)) != 0)
        fail_msg("script: %s\nexpected: %s\n     got: %s", text, complaint, got);
}

/* ---- words, forms, and numbers --------------------------------------------------------------- */

static void a_line_is_cut_into_words_without_its_comment(void **state)
{
    (void)state;
    script_words words;
    script_complaint complaint;
    const char *line = "  expect error \"no room: 3 # 4\": mmap A 4k#5 # why";
    assert_int_equal(script_words_cut(&words, (text_place){"f", 1}, line, &complaint), TW_OK);
    const char *const wanted[] = {"expect", "error", "no room: 3 # 4", ":", "mmap", "A", "4k#5"};
    assert_int_equal(words.count, sizeof wanted / sizeof *wanted);
    for (unsigned i = 0; i < words.count; i++)
        assert_string_equal(words.word[i], wanted[i]);
    script_words_close(&words);
}

static void a_form_is_taken_apart_into_its_items(void **state)
{
    (void)state;
    script_item item[SCRIPT_ITEMS_MAX];
    const char *form = "expect fault [cause=NUMBER] [signal=segv|bus] : STATEMENT";
    assert_int_equal(script_form_name(form), strlen("expect fault"));
    assert_int_equal(script_form_items(form, item), 3);
    assert_string_equal(item[0].name, "cause");
    assert_true(item[0].key && item[0].optional && item[0].class == SCRIPT_NUMBER);
    assert_string_equal(item[1].name, "signal");
    assert_true(item[1].class == SCRIPT_CHOICE);
    assert_int_equal(script_choice(item[1].choices, "bus"), 1);
    assert_int_equal(script_choice(item[1].choices, "kill"), -1);
    assert_string_equal(item[2].lead, ":");
    assert_true(!item[2].optional && item[2].class == SCRIPT_STATEMENT);
}

static uint64_t value_of(const char *word)
{
    static const uint64_t variable[] = {0x1000, 7};
    script_names names = {0};
    script_expression e;
    const char *at;
    assert_int_equal(script_names_add(&names, "a"), 0);
    assert_int_equal(script_names_add(&names, "b.end"), 1);
    if (script_expression_read(&e, word, &names, &at) != NULL)
        fail_msg("'%s' is no number", word);
    return script_expression_value(&e, variable, 2 << 20);
}

static void numbers_have_units_and_products_bind_stronger_than_sums(void **state)
{
    (void)state;
    assert_int_equal(value_of("4096"), 4096);
    assert_int_equal(value_of("0x10"), 16);
    assert_int_equal(value_of("3k"), 3 * 1024);
    assert_int_equal(value_of("1G-1"), (1 << 30) - 1);
    assert_int_equal(value_of("2+3*4-1"), 13);
    assert_int_equal(value_of("2*page-$a"), 0x1000);
    assert_int_equal(value_of("$a+$b.end*huge"), 0x1000 + 7 * (2 << 20));
    assert_true(value_of("none") == SCRIPT_NONE);
    assert_true(value_of("1-2") == UINT64_MAX);
}

static void words_that_are_no_numbers_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"",   "+",   "1+",   "0x",  "12q", "$c", "99999999999999999999",
                               "-1", "1 2", "1++2", "1/2", "(1)", "$",  "1+1+1+1+1+1+1+1+1"};
    script_names names = {0};
    script_expression e;
    const char *at;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (script_expression_read(&e, bad[i], &names, &at) == NULL)
            fail_msg("'%s' was taken as a number", bad[i]);
}

/* ---- scripts --------------------------------------------------------------------------------- */

static void every_kind_of_statement_is_understood(void **state)
{
    (void)state;
    expect_good("mode sv39\nframes 64\nswap 32\ndisk seek=2000 transfer=500\nzero-page off\n"
                "kernel-map on\nfile data 4*page zeros\nprogram cc text=8k data=4k stack=4k\n"
                "process A\nmmap A 16*page rw private -> $x\nread A $x = 0 count=4 stride=2*page\n"
                "write A $x+8 = 5\nfork A -> B\nexpect frame A $x = frame B $x\n"
                "expect pte A $x w=0 a=1\nexpect fault reason=forbidden cause=15: write A 0\n"
                "expect error \"no\": munmap A 1 page\nexpect copies = 0\nexpect minor A <= 5\n"
                "exec A cc\nfetch A $cc.text\nlet $n = references B $x\nexpect byte data 5 != $n\n"
                "expect events fork exec\nexpect stages A 1 2 3 4 10 12\nexpect count-walks > 0\n"
                "expect maps A\n| 10000-12000 r-xp *\n  | another\nmark\nstats\nprint x is $x\n");
}

static void items_in_brackets_come_in_any_order(void **state)
{
    (void)state;
    expect_good("process A\nmmap A 4k locked shared r -> $x\nmmap A 4k -> $y at=$x populate rx\n");
    expect_bad("process A\nmmap A 4k shared private",
               ":2: expected what stands in brackets, once each, or the end of the line, found "
               "'private' (mmap PROCESS");
}

static void an_unknown_statement_is_told_where_all_are_listed(void **state)
{
    (void)state;
    expect_bad("mapp A 5\n", ":1: expected a statement or setting (see tablewalk script --list), "
                             "found 'mapp'");
}

static void a_setting_that_the_machine_has_once_is_said_once(void **state)
{
    (void)state;
    expect_bad("mode sv32\nmode sv39\nprocess A", ":2: expected 'mode' once, found it again");
    expect_bad("frames 20\nswap 5\nframes 20\nprocess A", ":3: expected 'frames' once");
    expect_good("node 20\nnode 20\ndistance 0 1 20\ndistance 1 0 20\nfile a 1k\nfile b 1k\n"
                "process A");
}

static void a_byte_order_mark_is_no_word(void **state)
{
    (void)state;
    expect_good("\xef\xbb\xbfprocess A\nread A 0");
    expect_bad("process A\n\xef\xbb\xbfread A 0", ":2: expected a statement");
}

static void an_item_that_is_missing_or_wrong_is_named_with_the_form(void **state)
{
    (void)state;
    expect_bad("frames\n", ":1: expected NUMBER, found the end of the line (frames NUMBER)");
    expect_bad("frames many\n", ":1: expected a number such as 4096, 0x1000, 16k, page or $name, "
                                "found 'many' in 'many' (frames NUMBER)");
    expect_bad("swap 99999999999999999999\n", ":1: expected a number below 2^64, found '9999");
    expect_bad("mode sv33\n", ":1: expected sv32|sv39|sv48|sv57|linear|hashed, found 'sv33'");
    expect_bad("\n# nothing\nprocess A B\n", ":3: expected what stands in brackets");
    expect_bad("process A\nmprotect A 0 4k rwq\n", ":2: expected permissions such as r, rw, rx, or "
                                                   "none, found 'rwq'");
    expect_bad("process A\nfork A ->B\n", ":2: expected a blank behind ->, found '->B'");
    expect_bad("process A\nmmap A page ->$x\n", ":2: expected a blank behind ->, found '->$x'");
    expect_bad("process A\nexpect value A 0 bytes=9 = 0\n",
               ":2: expected an access of 1 to 8 bytes, found 9");
    expect_bad("process A\nfork A B\n", ":2: expected -> NAME, found 'B'");
    expect_bad("process A\nexpect pte A 0 q=1\n", ":2: expected bits of the PTE such as w=0");
    expect_bad("process A\nexpect stages A 13\n", ":2: expected stages, of 1 to 12, found '13'");
    expect_bad("process A\nexpect events nothing\n", ":2: expected events such as swap-in");
    expect_bad("process A\nexpect copies ~ 5\n", ":2: expected one of = != < <= > >=, found '~'");
    expect_bad("process A\nexpect copie = 5\n", ":2: expected a number, a variable, or a quantity");
    expect_bad("process A\nexpect fault reason=bad: read A 0\n", ":2: expected one of no-region|");
}

static void names_must_be_known_before_they_are_used(void **state)
{
    (void)state;
    expect_bad("fork B -> A\n",
               ":1: expected a process that there is (so far there is none), found 'B'");
    expect_bad("process A\nread B 0\n", ":2: expected a process that there is (A), found 'B'");
    expect_bad("process A\nread A $x\n", ":2: expected a variable that has a value, found '$x'");
    expect_bad("process A\nprint $x\n", ":2: expected text, or a variable that has a value");
    expect_bad("process A\nprocess A\n", ":2: expected a new name for a process");
    expect_bad("process A-B\n", ":1: expected a new name for a process");
    expect_bad("process A\nmmap A 4k file=data\n", ":2: expected a file that there is");
    expect_bad("process A\nexpect error \"\": fork A -> B\nexit B\n",
               ":3: expected a process that there is (A)"); /* it was refused */
    expect_good("process A\nexpect error \"\": fork A -> B\nfork A -> B\nexit B\n");
    expect_bad("process A\nlet x = 5\n", ":2: expected a variable such as $x, found 'x'");
}

static void settings_come_before_everything_else(void **state)
{
    (void)state;
    expect_bad("process A\nframes 5\n", ":2: expected 'frames' before everything that is no "
                                        "setting");
    expect_bad("frames 5\n", ": expected statements such as 'process A', found none");
}

static void only_what_does_something_can_be_expected_to_fail(void **state)
{
    (void)state;
    expect_bad("process A\nexpect error \"a\": expect copies = 1\n",
               ":2: expected a statement that does something, found 'expect'");
    expect_bad("process A\nexpect fault: frames 5\n",
               ":2: expected a statement that does something, found 'frames'");
    expect_bad("process A\nexpect fault:\n", ":2: expected : STATEMENT, found the end of the line");
}

static void lines_with_a_bar_belong_to_expect_maps(void **state)
{
    (void)state;
    expect_bad("process A\n| 1000\n", ":2: expected a statement that takes lines (expect maps)");
    expect_bad("| 1000\n", ":1: expected a statement that takes lines");
}

static void quotes_that_do_not_end_and_lines_without_end_are_refused(void **state)
{
    (void)state;
    char line[1000] = "process A\nprint";
    expect_bad("process A\nprint \"a\n", ":2: expected '\"' at the end of the text");
    for (int i = 0; i < 70; i++)
        strcat(line, " a");
    expect_bad(line, ":2: expected at most 64 words in a line");
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
    (void)state;
    script_complaint complaint = {0};
    assert_null(script_read("/tmp/no/such.tw", &complaint));
    assert_int_equal(complaint.status, TW_USAGE);
    assert_non_null(strstr(complaint.text, "/tmp/no/such.tw: cannot be opened"));
}

int main(void)
{
    const struct CMUnitTest script_read_[] = {
        cmocka_unit_test(a_line_is_cut_into_words_without_its_comment),
        cmocka_unit_test(a_form_is_taken_apart_into_its_items),
        cmocka_unit_test(numbers_have_units_and_products_bind_stronger_than_sums),
        cmocka_unit_test(words_that_are_no_numbers_are_refused),
        cmocka_unit_test(every_kind_of_statement_is_understood),
        cmocka_unit_test(items_in_brackets_come_in_any_order),
        cmocka_unit_test(an_unknown_statement_is_told_where_all_are_listed),
        cmocka_unit_test(a_setting_that_the_machine_has_once_is_said_once),
        cmocka_unit_test(a_byte_order_mark_is_no_word),
        cmocka_unit_test(an_item_that_is_missing_or_wrong_is_named_with_the_form),
        cmocka_unit_test(names_must_be_known_before_they_are_used),
        cmocka_unit_test(settings_come_before_everything_else),
        cmocka_unit_test(only_what_does_something_can_be_expected_to_fail),
        cmocka_unit_test(lines_with_a_bar_belong_to_expect_maps),
        cmocka_unit_test(quotes_that_do_not_end_and_lines_without_end_are_refused),
        cmocka_unit_test(a_file_that_cannot_be_read_is_named),
    };
    return cmocka_run_group_tests(script_read_, NULL, NULL);
}
