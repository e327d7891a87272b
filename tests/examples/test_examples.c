/*
 * The examples of the README and of docs/economics.md are files of their own: they build with the C
 * library alone, print what they shall, and stand in their page word for word. Run from the top of
 * the project.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 16 };

static const char *read_all(FILE *file, char *text)
{
    assert_non_null(file);
    size_t length = fread(text, 1, TEXT_MAX - 1, file);
    text[length] = '\0';
    return text;
}

static const char *read_file(const char *path, char *text)
{
    FILE *file = fopen(path, "r");
    read_all(file, text);
    fclose(file);
    return text;
}

/* What the example prints. */
static const char *run(const char *example)
{
    static char text[TEXT_MAX], command[512];
    const char *build = getenv("BUILD");
    snprintf(command, sizeof command, "%s/examples/%s", build == NULL ? "build" : build, example);
    FILE *pipe = popen(command, "r");
    read_all(pipe, text);
    assert_int_equal(pclose(pipe), 0);
    return text;
}

static void the_example_translates_a_superpage(void **state)
{
    (void)state;
    const char *text = run("embed");
    const char *last = strstr(text, "\npa ");
    assert_non_null(last);
    assert_string_equal(last, "\npa 0x12201abc, cause 0\n");
}

static void the_teaching_example_maps_a_page_and_walks_to_it(void **state)
{
    (void)state;
    const char *text = run("teach");
    const char *const facts[] = {"before: not mapped\n", "after: offset 0x3c holds 'x'\n",
                                 "index 5 (bits 11..9), 2 (8..6), offset 0x3c (5..0)",
                                 "V R W U A D, a leaf: 64 bytes at 0x"};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (strstr(text, facts[i]) == NULL)
            fail_msg("expected \"%s\" in:\n%s", facts[i], text);
}

static void assert_shows(const char *page, const char *file)
{
    static char text[TEXT_MAX], example[TEXT_MAX];
    read_file(page, text);
    read_file(file, example);
    assert_non_null(strstr(text, example));
}

static void the_pages_show_the_examples_as_they_are(void **state)
{
    (void)state;
    assert_shows("README.md", "tests/examples/embed.c");
    assert_shows("docs/economics.md", "tests/examples/teach.c");
}

int main(void)
{
    const struct CMUnitTest examples[] = {
        cmocka_unit_test(the_example_translates_a_superpage),
        cmocka_unit_test(the_teaching_example_maps_a_page_and_walks_to_it),
        cmocka_unit_test(the_pages_show_the_examples_as_they_are),
    };
    return cmocka_run_group_tests(examples, NULL, NULL);
}
