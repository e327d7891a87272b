/* test_curriculum.c: docs/curriculum.md names tests that there are. Run from the top of the
 * project. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 20 };

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

/* `folder/test_file.c: name_of_a_test`, in back quotes. */
static void every_test_that_the_page_names_is_in_its_file(void **state)
{
    (void)state;
    char *page = read_file("docs/curriculum.md");
    unsigned named = 0;
    assert_non_null(page);
    for (char *at = page; (at = strchr(at, '`')) != NULL; at++) {
        char path[200] = "tests/", name[200];
        if (sscanf(at, "`%150[a-z0-9_/].c: %190[a-z0-9_]`", path + 6, name) != 2)
            continue;
        strcat(path, ".c");
        char *test = read_file(path);
        if (test == NULL || !has_word(test, name))
            fail_msg("docs/curriculum.md: expected a test %s in %s, there is none", name, path);
        free(test);
        named++;
    }
    assert_true(named > 60);
    free(page);
}

int main(void)
{
    const struct CMUnitTest curriculum[] = {
        cmocka_unit_test(every_test_that_the_page_names_is_in_its_file),
    };
    return cmocka_run_group_tests_name("curriculum", curriculum, NULL, NULL);
}
