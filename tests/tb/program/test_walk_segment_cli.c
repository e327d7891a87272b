/* `tablewalk walk --segment` as a user meets it. */
#include <stdlib.h>

#include "tests/support/shell.h"

/* A gigabyte page at 0 in Sv39, for the user, with A and D set; and a few segments. */
static int set_up(void **state)
{
    (void)state;
    setenv("S", "--segment 1000,20,RU --segment 200,14,RWU,down --segment fff0,100,X", 1);
    return shell_open("echo 80000000=df >$D/image");
}

static void an_offset_below_the_limit_is_added_to_the_base(void **state)
{
    (void)state;
    expect("$T walk $S --va 1f --priv U", 0, "physical address 0x101f");
    expect("$T walk $S --va 20 --priv U", 0, "offset 0x20 is outside, check \"limit\"\n");
}

static void a_segment_that_grows_down_holds_negative_offsets(void **state)
{
    (void)state;
    expect("$T walk $S --selector 1 --va ffffffffffffffec --op store --priv U", 0,
           "physical address 0x1ec");
    expect("$T walk $S --selector 1 --va ffffffffffffffeb --op store --priv U", 0,
           "is outside, check \"limit\"");
}

static void rights_are_checked(void **state)
{
    (void)state;
    expect("$T walk $S --va 0 --op store --priv U", 0, "not for this store, check \"segment\"");
    expect("$T walk $S --va 0 --priv S", 0, "not for this load, check \"segment\"");
    expect("$T walk $S --selector 2 --va 10 --op fetch", 0, "physical address 0x10000");
}

static void a_segment_that_was_not_given_is_not_there(void **state)
{
    (void)state;
    expect_line("$T walk $S --selector 3 --va 0", 2, "--selector 3: expected a number below 3");
}

static void machine_mode_is_not_segmented(void **state)
{
    (void)state;
    expect("$T walk $S --va 5000 --priv M", 0, "physical address 0x5000");
}

static void page_tables_see_the_linear_address(void **state)
{
    (void)state;
    expect("$T walk $S --va 8 --priv U --image $D/image --satp 8000000000080000", 0,
           "load of 0x1008 in U-mode, Sv39");
    expect("$T walk $S --va 28 --priv U --image $D/image --satp 8000000000080000 | tail -n 1", 0,
           "outside");
}

static void wrong_usage_is_exit_2_and_one_line(void **state)
{
    (void)state;
    static const char *const rows[] = {"--segment 1000",      "--segment 1000,20",
                                       "--segment ,20,R",     "--segment 1000,,R",
                                       "--segment 1000,20,Q", "--segment 1000,20,R,up",
                                       "--segment -1,20,R",   "--segment 10000000000000000,20,R"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_line(shell_line("$T walk %s --va 0", rows[i]), 2,
                    "expected BASE,LIMIT,RIGHTS such as 402000,2000,RWU");
    expect_line("$T walk $S", 2, "--va");
    expect_line("$T walk --image $D/image --satp 0 --va 0 --selector 1", 2, "goes with --segment");
    expect_line("$T walk $S --selector 16 --va 0", 2, "from 0 to 15");
    expect_line("$T walk $S --file tests/vectors/hand.txt --line 1", 2, "go with --image");
    expect_line("$T walk --va 0 $(for i in $(seq 17); do printf ' --segment 0,1,R'; done)", 2,
                "at most 16");
}

int main(void)
{
    const struct CMUnitTest walk_segment[] = {
        cmocka_unit_test(an_offset_below_the_limit_is_added_to_the_base),
        cmocka_unit_test(a_segment_that_grows_down_holds_negative_offsets),
        cmocka_unit_test(rights_are_checked),
        cmocka_unit_test(a_segment_that_was_not_given_is_not_there),
        cmocka_unit_test(machine_mode_is_not_segmented),
        cmocka_unit_test(page_tables_see_the_linear_address),
        cmocka_unit_test(wrong_usage_is_exit_2_and_one_line),
    };
    return cmocka_run_group_tests(walk_segment, set_up, shell_close);
}
