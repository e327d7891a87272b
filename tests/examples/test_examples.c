/*
 * The example of the README is a file of its own: it builds with the C library alone, prints what
 * it shall, and stands in the README word for word. Run from the top of the project.
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

static void the_example_translates_a_superpage(void **state)
{
    (void)state;
    static char text[TEXT_MAX], command[512];
    const char *build = getenv("BUILD");
    snprintf(command, sizeof command, "%s/examples/embed", build == NULL ? "build" : build);
    FILE *pipe = popen(command, "r");
    read_all(pipe, text);
    assert_int_equal(pclose(pipe), 0);
    const char *last = strstr(text, "\npa ");
    assert_non_null(last);
    assert_string_equal(last, "\npa 0x12201abc, cause 0\n");
}

static void the_readme_shows_the_example_as_it_is(void **state)
{
    (void)state;
    static char readme[TEXT_MAX], example[TEXT_MAX];
    read_file("README.md", readme);
    read_file("tests/examples/embed.c", example);
    assert_non_null(strstr(readme, example));
}

int main(void)
{
    const struct CMUnitTest examples[] = {
        cmocka_unit_test(the_example_translates_a_superpage),
        cmocka_unit_test(the_readme_shows_the_example_as_it_is),
    };
    return cmocka_run_group_tests(examples, NULL, NULL);
}
