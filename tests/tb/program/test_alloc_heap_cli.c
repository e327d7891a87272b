/* `tablewalk alloc heap` as a user meets it. */
#include "tests/support/shell.h"

static int set_up(void **state)
{
    (void)state;
    return shell_open("true");
}

static void the_textbooks_three_blocks_are_shown_step_by_step(void **state)
{
    (void)state;
    expect("$T alloc heap a=100 b=100 c=100 -b d=3800 -a -c e=3800", 0,
           "a=100   [a 16384:108][16492:3988]\n"
           "    list: [16492:3988], 1 searched; lost inside: 8 of 108 bytes, 7.4 %; outside the "
           "largest: 0.0 %\n"
           "b=100   [a 16384:108][b 16492:108][16600:3880]\n"
           "    list: [16600:3880], 1 searched; lost inside: 16 of 216 bytes, 7.4 %; outside the "
           "largest: 0.0 %\n"
           "c=100   [a 16384:108][b 16492:108][c 16600:108][16708:3772]\n"
           "    list: [16708:3772], 1 searched; lost inside: 24 of 324 bytes, 7.4 %; outside the "
           "largest: 0.0 %\n"
           "-b      [a 16384:108][16492:108][c 16600:108][16708:3772]\n"
           "    list: [16492:108][16708:3772]; lost inside: 16 of 216 bytes, 7.4 %; outside the "
           "largest: 2.8 %\n"
           "d=3800  refused: no free chunk has 3808 bytes: 3880 bytes are free, in 2 chunks, the "
           "largest has 3772\n");
    expect("$T alloc heap a=100 b=100 c=100 -b d=3800 -a -c e=3800", 0,
           "    list: [16384:108][16492:108][16600:108][16708:3772]; lost inside: 0 of 0 bytes, "
           "0.0 %; outside the largest: 7.9 %\n"
           "e=3800  refused: ");
    expect("$T alloc heap a=100 b=100 c=100 -b d=3800 -a -c e=3800", 0,
           "0 blocks taken: 0 bytes for 0 asked for; 4096 of 4096 free, in 4 chunks; 2 steps "
           "refused\n");
}

static void with_coalescing_all_that_was_freed_is_one_chunk(void **state)
{
    (void)state;
    expect("$T alloc heap --coalesce a=100 b=100 c=100 -b -a -c d=3800", 0,
           "-c      [16384:4096]\n    list: [16384:4096]; ");
    expect("$T alloc heap --coalesce a=100 b=100 c=100 -b -a -c d=3800", 0,
           "d=3800  [d 16384:3808][20192:288]\n");
}

/* Free 10 at 0, 30 at 11, 20 at 42. */
static void each_fit_takes_another_chunk(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"first", "d=15  [0:10][x 10:1][d 11:15][26:15][y 41:1][42:20]\n"
                  "    list: [0:10][26:15][42:20], 2 searched; "},
        {"best", "d=15  [0:10][x 10:1][11:30][y 41:1][d 42:15][57:5]\n"
                 "    list: [0:10][11:30][57:5], 3 searched; "},
        {"worst", "d=15  [0:10][x 10:1][d 11:15][26:15][y 41:1][42:20]\n"
                  "    list: [0:10][26:15][42:20], 3 searched; "},
    };
    for (int i = 0; i < 3; i++)
        expect(shell_line("$T alloc heap --base 0 --size 62 --header 0 --fit %s "
                          "a=10 x=1 b=30 y=1 c=20 -a -b -c d=15",
                          ROWS[i][0]),
               0, ROWS[i][1]);
}

static void each_order_has_another_list(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"address", "list: [0:10][11:30][42:20];"},
        {"up", "list: [0:10][42:20][11:30];"},
        {"down", "list: [11:30][42:20][0:10];"},
        {"lifo", "list: [42:20][11:30][0:10];"},
    };
    for (int i = 0; i < 4; i++)
        expect(shell_line("$T alloc heap --base 0 --size 62 --header 0 --order %s "
                          "a=10 x=1 b=30 y=1 c=20 -a -b -c",
                          ROWS[i][0]),
               0, ROWS[i][1]);
}

static void requests_are_rounded_up_to_the_alignment(void **state)
{
    (void)state;
    expect(
        "$T alloc heap --size 64 --header 16 --align 16 a=1 b=16", 0,
        "b=16  [a 16384:32][b 16416:32]\n"
        "    list: nothing, 1 searched; lost inside: 47 of 64 bytes, 73.4 %; outside the largest: "
        "0.0 %\n"
        "2 blocks taken: 64 bytes for 17 asked for; 0 of 64 free, in 0 chunks; 0 steps refused\n");
    expect("$T alloc heap --header 0 --align 8 --base 3 --size 16 a=1", 0, "[a 3:8][11:8]\n");
}

static void a_block_that_is_freed_twice_ends_the_command(void **state)
{
    (void)state;
    expect("$T alloc heap a=100 -a -a", 2, "tablewalk: free of 16392: that is free already\n");
}

static void a_request_that_makes_no_sense_is_one_line(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"a", "a step without a size; NAME=SIZE takes SIZE bytes"},
        {"", "no step; a=11K takes"},
        {"--header 4 a=1", "a header of 4 bytes has no room for a chunk's words: 0, or 8 or more"},
        {"--header 8 --align 16 a=1", "a header of 8 bytes is no multiple of the alignment, 16"},
        {"--align 2 a=1", "headers stand at multiples of 4: the base, 16384, and the alignment, 2"},
        {"--base 3 a=1", "headers stand at multiples of 4: the base, 3, and the alignment, 4"},
        {"--size 17M a=1", "--size 17825792: at most 16M"},
        {"--size 4 a=1", "a heap of 4 bytes has no room for a chunk"},
        {"--fit next a=1", "--fit 'next': expected one of first, best, worst"},
        {"--order size a=1", "--order 'size': expected one of address, up, down, lifo"},
    };
    expect_misuses("$T alloc heap", ROWS, sizeof ROWS / sizeof *ROWS);
}

static void help_tells_every_option(void **state)
{
    (void)state;
    static const char *const OPTIONS[] = {"--base", "--size",  "--header",  "--align",
                                          "--fit",  "--order", "--coalesce"};
    for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++)
        expect("$T alloc heap --help", 0, OPTIONS[i]);
    expect("$T alloc --help", 0, "  heap    malloc of a program");
}

int main(void)
{
    const struct CMUnitTest alloc_heap_cli[] = {
        cmocka_unit_test(the_textbooks_three_blocks_are_shown_step_by_step),
        cmocka_unit_test(with_coalescing_all_that_was_freed_is_one_chunk),
        cmocka_unit_test(each_fit_takes_another_chunk),
        cmocka_unit_test(each_order_has_another_list),
        cmocka_unit_test(requests_are_rounded_up_to_the_alignment),
        cmocka_unit_test(a_block_that_is_freed_twice_ends_the_command),
        cmocka_unit_test(a_request_that_makes_no_sense_is_one_line),
        cmocka_unit_test(help_tells_every_option),
    };
    return cmocka_run_group_tests_name("alloc_heap_cli", alloc_heap_cli, set_up, shell_close);
}
