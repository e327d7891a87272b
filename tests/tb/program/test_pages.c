/* The pages with samples: every command prints what stands below it, and every picture is there. Run
 * from the top of the project. */

#include "tests/support/shell.h"

/* A page has at least so many commands and pictures: if not, they are not found. */
static const struct {
    const char *name;
    int commands, pictures;
} PAGE[] = {{"script", 7, 0}, {"systems", 19, 6}, {"timeline", 7, 3}, {"workloads", 4, 0}};

enum { PAGES = sizeof PAGE / sizeof *PAGE };

static void every_command_prints_what_the_page_shows(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PAGES; i++)
        expect(shell_line("n=$(tests/support/page_samples docs/%s.md $T $D/%s) || "
                          "{ echo \"docs/%s.md: $n\"; exit 1; }; test $n -ge %d",
                          PAGE[i].name, PAGE[i].name, PAGE[i].name, PAGE[i].commands),
               0, NULL);
}

static void every_picture_is_there_and_small(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PAGES; i++) {
        expect(shell_line("sed -n 's/^!\\[.*](\\(.*\\))$/\\1/p' docs/%s.md >$D/pictures; "
                          "test $(wc -l <$D/pictures) -ge %d",
                          PAGE[i].name, PAGE[i].pictures),
               0, NULL);
        expect("while read -r name; do test -s docs/$name && test $(wc -c <docs/$name) -lt 153600 "
               "|| { echo $name; exit 1; }; done <$D/pictures",
               0, NULL);
    }
}

static int set_up(void **state)
{
    (void)state;
    return shell_open(":");
}

int main(void)
{
    const struct CMUnitTest pages[] = {
        cmocka_unit_test(every_command_prints_what_the_page_shows),
        cmocka_unit_test(every_picture_is_there_and_small),
    };
    return cmocka_run_group_tests(pages, set_up, shell_close);
}
