/* test_curriculum.c: what docs/curriculum.md names is there, and its commands do what it says. Run
 * from the top of the project. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tb/curriculum_run.h"

enum { FILE_MAX = 1 << 20, SECONDS = 60 };

static curriculum *page;

static int open_page(void **state)
{
    tw_error error;
    (void)state;
    page = curriculum_open("docs/curriculum.md", &error);
    if (page == NULL)
        print_error("%s\n", error.text);
    return page == NULL;
}

static int close_page(void **state)
{
    (void)state;
    curriculum_close(page);
    return 0;
}

/* The whole file; given back with free. NULL if there is none. */
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    char *text = calloc(1, FILE_MAX);
    assert_non_null(text);
    assert_true(fread(text, 1, FILE_MAX, file) < FILE_MAX);
    fclose(file);
    return text;
}

/* The word stands in the text, and neither begins nor ends a longer one. */
static int has_word(const char *text, const char *word)
{
    static const char inside[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        if ((at == text || strchr(inside, at[-1]) == NULL) &&
            (at[strlen(word)] == '\0' || strchr(inside, at[strlen(word)]) == NULL))
            return 1;
    return 0;
}

static void expect_test(const curriculum_row *row, const curriculum_check *check)
{
    char path[300];
    snprintf(path, sizeof path, "tests/%s.c", check->test);
    char *text = read_file(path);
    if (text == NULL || !has_word(text, check->words))
        fail_msg("row '%s': expected a test %s in %s, there is none", row->name, check->words,
                 path);
    free(text);
}

static void every_test_that_the_page_names_is_in_its_file(void **state)
{
    const curriculum_row *row;
    unsigned named = 0;
    (void)state;
    for (size_t i = 0; (row = curriculum_at(page, i)) != NULL; i++)
        for (unsigned c = 0; c < row->checks; c++)
            if (row->check[c].test != NULL) {
                expect_test(row, &row->check[c]);
                named++;
            }
    assert_true(named > 130);
}

/* The file of `script FILE`, or NULL. */
static const char *script_of(const curriculum_check *check)
{
    static const char word[] = "script ";
    return check->test == NULL && strncmp(check->words, word, strlen(word)) == 0
               ? check->words + strlen(word)
               : NULL;
}

/* That they pass is for the test of the scripts to say. */
static void every_script_that_the_page_names_is_there(void **state)
{
    const curriculum_row *row;
    (void)state;
    for (size_t i = 0; (row = curriculum_at(page, i)) != NULL; i++)
        for (unsigned c = 0; c < row->checks; c++) {
            const char *script = script_of(&row->check[c]);
            if (script != NULL && access(script, R_OK) != 0)
                fail_msg("row '%s': expected a script %s, there is none", row->name, script);
        }
}

static void every_other_command_of_the_page_prints_what_the_page_says(void **state)
{
    const char *build = getenv("BUILD");
    const curriculum_row *row;
    unsigned commands = 0;
    (void)state;
    for (size_t i = 0; (row = curriculum_at(page, i)) != NULL; i++)
        for (unsigned c = 0; c < row->checks; c++) {
            const curriculum_check *check = &row->check[c];
            if (check->test != NULL || script_of(check) != NULL)
                continue;
            curriculum_outcome o = curriculum_run(check, build == NULL ? "build" : build,
                                                  curriculum_seconds() + SECONDS);
            if (o.result != CURRICULUM_OK)
                fail_msg("row '%s': tablewalk %s: %s\n%s", row->name, check->words, o.why, o.said);
            curriculum_forget(&o);
            commands++;
        }
    assert_true(commands > 20);
}

int main(void)
{
    const struct CMUnitTest curriculum_page[] = {
        cmocka_unit_test(every_test_that_the_page_names_is_in_its_file),
        cmocka_unit_test(every_script_that_the_page_names_is_there),
        cmocka_unit_test(every_other_command_of_the_page_prints_what_the_page_says),
    };
    return cmocka_run_group_tests_name("curriculum", curriculum_page, open_page, close_page);
}
