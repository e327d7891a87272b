/* `tablewalk alloc kmalloc` and `tablewalk alloc vmalloc` as a user meets them. */
#include <string.h>

#include "tests/support/shell.h"

static int set_up(void **state)
{
    (void)state;
    return shell_open(":");
}

static void kmalloc_shows_blocks_and_what_is_lost_inside_of_them(void **state)
{
    (void)state;
    const outcome *o = expect("$T alloc kmalloc a=100 b=20K -a", 0, NULL);
    assert_string_equal(
        o->text,
        "a=100  [a 0xc0000000 128]\n"
        "    asked for: 100; lost inside: 28 of 128 bytes, 21.9 %; held in pages: 4096\n"
        "b=20K  [a 0xc0000000 128][b 0xc0008000 32768]\n"
        "    asked for: 20580; lost inside: 12316 of 32896 bytes, 37.4 %; held in pages: 36864\n"
        "-a     [b 0xc0008000 32768]\n"
        "    asked for: 20480; lost inside: 12288 of 32768 bytes, 37.5 %; held in pages: 36864\n"
        "taken: 1, of 20480 bytes; steps refused: 0\n");
}

static void in_scattered_memory_kmalloc_is_refused_what_vmalloc_takes(void **state)
{
    (void)state;
    expect("$T alloc kmalloc --scatter a=12K", 0,
           "a=12K  refused: no 4 free pages in a row are left\n");
    expect("$T alloc vmalloc --scatter a=12K", 0, "a=12K  [a 0xf8000000 frames 0 2 4]\n");
}

static void vmalloc_leaves_a_guard_and_fences_what_is_given_back(void **state)
{
    (void)state;
    const outcome *o = expect("$T alloc vmalloc a=12K b=5K -a c=4K", 0, NULL);
    assert_non_null(strstr(o->text, "b=5K   [a 0xf8000000 frames 0 1 2][b 0xf8004000 frames 3 4]\n"
                                    "    pages: 5; so far mapped 5, unmapped 0, fences 0;"));
    assert_non_null(strstr(o->text,
                           "-a     [b 0xf8004000 frames 3 4]\n"
                           "    pages: 2; so far mapped 5, unmapped 3, fences 1; window: 131060K"));
    assert_non_null(strstr(o->text, "c=4K   [b 0xf8004000 frames 3 4][c 0xf8000000 frames 2]\n"));
}

static void without_frames_vmalloc_undoes_what_it_mapped(void **state)
{
    (void)state;
    expect("$T alloc vmalloc --memory 8K a=9000 b=4K", 0,
           "a=9000  refused: no free page is left\n"
           "b=4K    [b 0xf8000000 frames 0]\n"
           "    pages: 1; so far mapped 3, unmapped 2, fences 1;");
}

static void what_makes_no_sense_is_told_in_a_line(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"a", "a step without a size; NAME=SIZE takes SIZE bytes"},
        {"--memory 5000 a=1", "--memory 5000: expected whole pages of 4096 bytes"},
        {"", "no step"},
    };
    expect_misuses("$T alloc kmalloc", rows, sizeof rows / sizeof *rows);
    expect_misuses("$T alloc vmalloc", rows, sizeof rows / sizeof *rows);
    expect("$T alloc vmalloc a=1 -a -a", 2, "address 0xf8000000 is in no area: was it freed twice");
}

int main(void)
{
    const struct CMUnitTest alloc_vmalloc_cli[] = {
        cmocka_unit_test(kmalloc_shows_blocks_and_what_is_lost_inside_of_them),
        cmocka_unit_test(in_scattered_memory_kmalloc_is_refused_what_vmalloc_takes),
        cmocka_unit_test(vmalloc_leaves_a_guard_and_fences_what_is_given_back),
        cmocka_unit_test(without_frames_vmalloc_undoes_what_it_mapped),
        cmocka_unit_test(what_makes_no_sense_is_told_in_a_line),
    };
    return cmocka_run_group_tests(alloc_vmalloc_cli, set_up, shell_close);
}
