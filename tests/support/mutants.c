/* mutants.c: one cmocka test a patch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tablewalk/engine.h"
#include "tests/support/mutants.h"

enum { MUTANTS_MIN = 40 };

/* Where a mutant is a bug: only the name says which need the prefetcher. small lacks some of the
 * blocks, and in large each is the same bug again. */
static const char *config_of(const char *name)
{
    static const char ahead[] = "prefetch_";
    return strncmp(name, ahead, strlen(ahead)) == 0 ? "prefetch" : "default";
}

static void is_caught(void **state)
{
    const char *name = *state;
    char command[256];
    if (strcmp(tw_rtl_built()->name, config_of(name)) != 0)
        skip();
    snprintf(command, sizeof command, "tests/mutants/run %s 1>&2", name);
    int status = system(command);
    if (status != 0)
        fail_msg("mutant %s was not caught; again: tests/mutants/run %s", name, name);
}

/* The file's name without folder and ending; the caller frees it. */
static char *name_of(const char *path)
{
    const char *base = strrchr(path, '/') + 1;
    return strndup(base, strlen(base) - strlen(".patch"));
}

int mutants_run(const char *group, unsigned first)
{
    glob_t found;
    if (glob("tests/mutants/*.patch", 0, NULL, &found) != 0 || found.gl_pathc < MUTANTS_MIN) {
        fprintf(stderr, "run this from the top of the project: it needs tests/mutants/*.patch\n");
        return 2;
    }
    struct CMUnitTest *tests = calloc(found.gl_pathc, sizeof *tests);
    if (tests == NULL)
        return 1;
    size_t count = 0;
    for (size_t i = first; i < found.gl_pathc; i += 2) {
        char *name = name_of(found.gl_pathv[i]);
        tests[count++] =
            (struct CMUnitTest){.name = name, .test_func = is_caught, .initial_state = name};
    }
    int failed = _cmocka_run_group_tests(group, tests, count, NULL, NULL);
    for (size_t i = 0; i < count; i++)
        free(tests[i].initial_state);
    free(tests);
    globfree(&found);
    return failed != 0;
}
