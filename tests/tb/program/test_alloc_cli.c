/* `tablewalk alloc` as a user meets it: the command itself, its steps, and the kind buddy. */
#include <string.h>

#include "tests/support/shell.h"

static int set_up(void **state)
{
    (void)state;
    return shell_open(":");
}

static void each_step_shows_the_blocks_and_what_is_lost(void **state)
{
    (void)state;
    const outcome *o = expect("$T alloc buddy a=21K b=11K -a -b", 0, NULL);
    assert_string_equal(
        o->text,
        "a=21K  [a 32K][32K][64K][128K]\n"
        "    free: 1 of 32K, 1 of 64K, 1 of 128K; lost inside: 11264 of 32768 bytes, 34.4 %; "
        "outside the largest: 42.9 %\n"
        "b=11K  [a 32K][b 16K][16K][64K][128K]\n"
        "    free: 1 of 16K, 1 of 64K, 1 of 128K; lost inside: 16384 of 49152 bytes, 33.3 %; "
        "outside the largest: 38.5 %\n"
        "-a     [32K][b 16K][16K][64K][128K]\n"
        "    free: 1 of 16K, 1 of 32K, 1 of 64K, 1 of 128K; lost inside: 5120 of 16384 bytes, "
        "31.2 %; outside the largest: 46.7 %\n"
        "-b     [256K]\n"
        "    free: 1 of 256K; lost inside: 0 of 0 bytes, 0.0 %; outside the largest: 0.0 %\n"
        "0 blocks taken: 0B for 0B asked for; 256K of 256K free; 0 steps refused\n");
}

static void a_request_of_7000_bytes_shows_1192_lost_which_are_14_6_percent(void **state)
{
    (void)state;
    expect("$T alloc buddy a=7000", 0, "lost inside: 1192 of 8192 bytes, 14.6 %;");
    expect("$T alloc buddy a=11K", 0, "lost inside: 5120 of 16384 bytes, 31.2 %;");
}

static void the_16_kb_example_of_textbooks_comes_out(void **state)
{
    (void)state;
    expect("$T alloc buddy --pool 16K A=3.6K B=1.5K C=1.2K D=1.9K E=2.7K -C -B F=1.5K G=1.6K -D -A "
           "-G H=6.8K -E I=850B J=610B K=1.6K L=750B -H",
           0, "-H      [8K][I 1K][J 1K][F 2K][K 2K][L 1K][1K]\n");
}

static void a_step_that_is_refused_is_told_and_the_next_one_follows(void **state)
{
    (void)state;
    const outcome *o = expect("$T alloc buddy --pool 12K a=5K b=8K -b -a b=8K", 0, NULL);
    assert_non_null(strstr(o->text,
                           "b=8K  refused: it needs a block of 8K, the largest free has 4K\n"
                           "-b    nothing to give back: b was refused\n"
                           "-a    [8K][4K]\n"));
    assert_non_null(strstr(o->text, "b=8K  [b 8K][4K]\n"));
    assert_non_null(strstr(o->text, "1 block taken: 8K for 8K asked for; 4K of 12K free; 1 step "
                                    "refused\n"));
    expect("$T alloc buddy --pool 4K a=4K b=1", 0, "free: nothing; lost inside: 0 of 4096 bytes");
    expect("$T alloc buddy --pool 1M a=1G", 0, "refused: it needs a block of 1G, the largest free");
}

static void a_block_may_be_as_small_as_a_byte(void **state)
{
    (void)state;
    expect("$T alloc buddy --pool 7 --unit 1 a=3 b=1", 0, "b=1  [a 4B][2B][b 1B]\n");
}

static void wrong_usage_is_exit_2_and_one_line(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", "no step; a=11K takes 11 KiB"},
        {"a", "a step without a size"},
        {"a=", "step '': expected bytes"},
        {"a=0", "step '0': expected bytes, from 1 and below 2^48"},
        {"a=1T", "step '1T': expected bytes"},
        {"a=-1", "step '-1': expected bytes"},
        {"a=0x10", "step '0x10': expected bytes"},
        {"a=1e3", "step '1e3': expected bytes"},
        {"a=1KK", "step '1KK': expected bytes"},
        {"a=300000G", "step '300000G': expected bytes"},
        {"=1K", "step '=1K': expected NAME=SIZE or -NAME"},
        {"a.b=1K", "step 'a.b=1K': expected NAME=SIZE or -NAME"},
        {"abcdefghijklmnop=1", "a name being up to 15 letters and digits"},
        {"a=1K -a=1K", "step '-a=1K': expected NAME=SIZE or -NAME"},
        {"a=1K -b", "step '-b': no step before it takes 'b'"},
        {"a=1K a=2K", "step 'a=2K': 'a' is taken; -a gives it back"},
        {"a=1K --unit 1K", "options come before the steps"},
        {"--pool 10K --unit 4K a=1K", "--pool 10240: expected a multiple of --unit 4096"},
        {"--pool x a=1K", "--pool 'x': expected bytes"},
        {"--unit 0 a=1K", "--unit '0': expected bytes"},
    };
    expect_misuses("$T alloc buddy", rows, sizeof rows / sizeof *rows);
    expect_line("$T alloc pairs", 2, "no allocator 'pairs'; there are buddy");
}

static void what_is_given_back_twice_ends_with_a_sentence_after_the_steps_before(void **state)
{
    (void)state;
    const outcome *o = expect("$T alloc buddy a=1K -a -a", 2, "-a    [256K]\n");
    assert_non_null(strstr(o->text, "tablewalk: unit 0 is free: it was given back twice\n"));
}

static void help_tells_kinds_and_steps(void **state)
{
    (void)state;
    expect("$T alloc --help", 0, "usage: tablewalk alloc KIND");
    expect("$T alloc --help", 0, "\n  buddy ");
    expect("$T alloc", 2, "usage: tablewalk alloc KIND");
    expect("$T alloc --version", 0, "tablewalk ");
    expect("$T alloc buddy --help", 0, "--pool SIZE");
    expect("$T --help", 0, "\n  alloc ");
}

int main(void)
{
    const struct CMUnitTest alloc_cli[] = {
        cmocka_unit_test(each_step_shows_the_blocks_and_what_is_lost),
        cmocka_unit_test(a_request_of_7000_bytes_shows_1192_lost_which_are_14_6_percent),
        cmocka_unit_test(the_16_kb_example_of_textbooks_comes_out),
        cmocka_unit_test(a_step_that_is_refused_is_told_and_the_next_one_follows),
        cmocka_unit_test(a_block_may_be_as_small_as_a_byte),
        cmocka_unit_test(wrong_usage_is_exit_2_and_one_line),
        cmocka_unit_test(what_is_given_back_twice_ends_with_a_sentence_after_the_steps_before),
        cmocka_unit_test(help_tells_kinds_and_steps),
    };
    return cmocka_run_group_tests(alloc_cli, set_up, shell_close);
}
