/* docs/systems.md: every command of the page prints what stands below it, and every picture that it
 * shows is there. Run from the top of the project. */

#include "tests/support/shell.h"

/* The page's commands run in the scratch folder, where build/tablewalk is the program. */
static int set_up(void **state)
{
    (void)state;
    return shell_open("ln -s $PWD/tests $D/tests && mkdir $D/build && ln -s $T $D/build/tablewalk");
}

/* What is in fences is commands, which begin with a dollar and may go on in the next line, and what
 * they print. A fence without any is left out: it shows a file. */
static void every_command_prints_what_the_page_shows(void **state)
{
    (void)state;
    expect("awk '/^```/ { if (text ~ /^[$] /) printf \"%s\", text; text = \"\"; inside = !inside; "
           "next }"
           " inside { text = text $0 \"\\n\" }' docs/systems.md >$D/page",
           0, NULL);
    expect("awk '/^[$] / || more { shown = shown $0 \"\\n\"; if (!more) sub(/^[$] /, \"\");"
           " command = command $0 \"\\n\"; more = /\\\\$/; if (more) next;"
           " printf \"cat <<'\\''SHOWN'\\''\\n%sSHOWN\\n%s\", shown, command;"
           " shown = command = \"\" }' $D/page >$D/commands",
           0, NULL);
    expect("test $(grep -c 'build/tablewalk walk' $D/page) -ge 14", 0, NULL);
    expect("cd $D && sh commands >printed 2>&1; diff page printed", 0, NULL);
    expect("ls $D", 0, "build\ncommands\npage\nprinted\ntests\n"); /* all else is in build/ */
}

static void every_picture_is_there_and_small(void **state)
{
    (void)state;
    expect("sed -n 's/^!\\[.*](\\(.*\\))$/\\1/p' docs/systems.md >$D/pictures; "
           "test $(wc -l <$D/pictures) -ge 6",
           0, NULL);
    expect("while read -r name; do test -s docs/$name && test $(wc -c <docs/$name) -lt 153600 || "
           "{ echo $name; exit 1; }; done <$D/pictures",
           0, NULL);
}

int main(void)
{
    const struct CMUnitTest systems_page[] = {
        cmocka_unit_test(every_command_prints_what_the_page_shows),
        cmocka_unit_test(every_picture_is_there_and_small),
    };
    return cmocka_run_group_tests(systems_page, set_up, shell_close);
}
