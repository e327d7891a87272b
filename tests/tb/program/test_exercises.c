/* Every script of tests/scripts: on the model, and on RTL and model in lockstep unless it is for the
 * model alone; and those that say nothing of their mode in other modes too. Run from the top of the
 * project. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tablewalk/engine.h"
#include "tablewalk/pte.h"
#include "tests/support/shell.h"

static const char FOLDER[] = "tests/scripts/";

/* In the linear table's many frames, or with a frame in one place only, these count otherwise. */
static const char *const OF_TREES[] = {"cow_parent_first",
                                       "rmap_three_processes",
                                       "zero_page_512",
                                       "disk_refuses_writes",
                                       "clean_text",
                                       "swap_round_trip",
                                       "producer_consumer",
                                       "numa",
                                       NULL};

static bool stands_in(const char *const *list, const char *path)
{
    for (; *list != NULL; list++)
        if (strncmp(path + strlen(FOLDER), *list, strlen(*list)) == 0)
            return true;
    return false;
}

static bool says(const char *path, const char *setting)
{
    return sh(shell_line("grep -q '^%s' %s", setting, path))->exit == 0;
}

static bool built(unsigned mode)
{
    return (tw_rtl_built()->modes >> mode & 1) != 0;
}

static void passes_on_rtl_and_model(const char *path)
{
    expect(shell_line("$T script --engine model %s", path), 0, "passed");
    if (!says(path, "engine model") && (built(MODE_SV39) || says(path, "mode sv32")))
        expect(shell_line("$T script --engine lockstep --config %s %s", tw_rtl_built()->name, path),
               0, "passed");
}

static void passes_in_every_mode(const char *path)
{
    static const char *const MODE[] = {"sv32", "sv48", "sv57", "linear", "hashed"};
    size_t modes = stands_in(OF_TREES, path) ? 3 : 5;
    for (size_t i = 0; i < modes; i++)
        expect(shell_line("$T script --engine model --mode %s %s", MODE[i], path), 0, "passed");
}

static void passes(void **state)
{
    const char *path = *state;
    passes_on_rtl_and_model(path);
    if (!says(path, "mode "))
        passes_in_every_mode(path);
}

static int set_up(void **state)
{
    (void)state;
    return shell_open(":");
}

int main(void)
{
    glob_t found;
    if (glob("tests/scripts/*.tw", 0, NULL, &found) != 0) {
        fputs("expected tests/scripts/*.tw here: run from the top of the project\n", stderr);
        return 1;
    }
    struct CMUnitTest *exercises = calloc(found.gl_pathc, sizeof *exercises);
    if (exercises == NULL)
        return 1;
    for (size_t i = 0; i < found.gl_pathc; i++)
        exercises[i] =
            (struct CMUnitTest){found.gl_pathv[i], passes, NULL, NULL, found.gl_pathv[i]};
    int failed =
        _cmocka_run_group_tests("exercises", exercises, found.gl_pathc, set_up, shell_close);
    free(exercises);
    globfree(&found);
    return failed;
}
