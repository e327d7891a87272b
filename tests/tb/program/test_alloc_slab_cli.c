/* `tablewalk alloc slab` as a user meets it. */
#include <string.h>

#include "tests/support/shell.h"

static int set_up(void **state)
{
    (void)state;
    return shell_open(":");
}

static void each_step_shows_slabs_that_are_full_partial_and_empty(void **state)
{
    (void)state;
    const outcome *o = expect("$T alloc slab a b c d e -b -e f", 0, NULL);
    assert_non_null(strstr(o->text, "d   [a b c d]\n    slabs: 1 full, 0 partial, 0 empty;"));
    assert_non_null(strstr(o->text, "e   [a b c d][e . . .]\n    slabs: 1 full, 1 partial,"));
    assert_non_null(strstr(o->text, "-e  [a . c d][. . . .]\n"
                                    "    slabs: 0 full, 1 partial, 1 empty; objects free: 5; lost "
                                    "inside: 8192 of 32768 bytes, 25.0 %\n"
                                    "f   [a f c d][. . . .]\n"));
    assert_non_null(strstr(o->text, "objects taken: 4; steps refused: 0; in a slab: 4 of 3072 "
                                    "bytes; its pages: 3, of the buddy: 4; empty slabs, which can "
                                    "go back: 1\n"));
}

static void many_free_objects_are_counted_and_what_a_step_leaves_is_lost(void **state)
{
    (void)state;
    expect("$T alloc slab --object 40 --pages 1 a b=30", 0,
           "b=30  [a b 100 free]\n"
           "    slabs: 0 full, 1 partial, 0 empty; objects free: 100; lost inside: 26 of 4096");
}

static void without_pages_a_step_is_refused_and_told(void **state)
{
    (void)state;
    expect("$T alloc slab --memory 16K a b c d e -a f", 0,
           "e   refused: no 4 free pages in a row are left\n-a  [. b c d]\n");
}

static void what_makes_no_sense_is_told_in_a_line(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"--object 4097 --pages 1 a", "no object of 4104 bytes fits into a slab of 1 pages"},
        {"a=4K", "a step asks for 4096 bytes, but an object has 3072: see --object"},
        {"--memory 5000 a", "--memory 5000: expected whole pages of 4096 bytes"},
        {"--pages 0 a", "--pages"},
        {"", "no step"},
    };
    expect_misuses("$T alloc slab", rows, sizeof rows / sizeof *rows);
    expect("$T alloc slab a -a -a", 2, "object 0 of cache 'slab' is free: was it freed twice?");
}

int main(void)
{
    const struct CMUnitTest alloc_slab_cli[] = {
        cmocka_unit_test(each_step_shows_slabs_that_are_full_partial_and_empty),
        cmocka_unit_test(many_free_objects_are_counted_and_what_a_step_leaves_is_lost),
        cmocka_unit_test(without_pages_a_step_is_refused_and_told),
        cmocka_unit_test(what_makes_no_sense_is_told_in_a_line),
    };
    return cmocka_run_group_tests(alloc_slab_cli, set_up, shell_close);
}
