/* `tablewalk alloc areas` as a user meets it. */
#include <string.h>

#include "tests/support/shell.h"

static int set_up(void **state)
{
    (void)state;
    return shell_open(":");
}

static void mappings_go_below_the_guard_of_the_stack_and_join(void **state)
{
    (void)state;
    expect("$T alloc areas a=8K b=8K c=15K -b d=4K -c", 0,
           "a=8K   a at 0x7fedd000; areas: 3, longest gap: 2095908K\n"
           "b=8K   a at 0x7fedd000; b at 0x7fedb000; areas: 3, longest gap: 2095900K\n"
           "c=15K  a at 0x7fedd000; b at 0x7fedb000; c at 0x7fed7000; areas: 3, longest gap: "
           "2095884K\n"
           "-b     a at 0x7fedd000; c at 0x7fed7000; areas: 4, longest gap: 2095884K\n"
           "d=4K   a at 0x7fedd000; c at 0x7fed7000; d at 0x7fedc000; areas: 4, longest gap: "
           "2095884K\n"
           "-c     a at 0x7fedd000; d at 0x7fedc000; areas: 3, longest gap: 2095904K\n"
           "00010000-00014000 r-xp 00000000 00:00 0 \n"
           "7fedc000-7fedf000 rw-p 00000000 00:00 0 \n"
           "7ffdf000-80000000 rw-p 00000000 00:00 0                                  [stack]\n");
}

static void the_lowest_gap_is_behind_the_code_and_the_guard_can_be_0(void **state)
{
    (void)state;
    const outcome *o = expect("$T alloc areas --lowest a=4K b=4K -a c=8K d=1", 0,
                              "a=4K  a at 0x14000; areas: 3, longest gap: 2096936K\n");
    assert_non_null(strstr(o->text, "b at 0x15000; c at 0x16000; d at 0x14000; areas: 3"));
    expect("$T alloc areas --guard 0 a=4K", 0, "a at 0x7ffde000; areas: 3");
}

static void what_fits_into_no_gap_is_refused_and_the_next_step_follows(void **state)
{
    (void)state;
    const outcome *o = expect("$T alloc areas a=3G b=4K", 0,
                              "a=3G  no gap of 0xc0000000 bytes in [0x10000, 0x7ffdf000): unmap "
                              "something, or ask for less\n");
    assert_non_null(strstr(o->text, "b=4K  b at 0x7fede000"));
}

static void wrong_usage_is_exit_2_and_one_line(void **state)
{
    (void)state;
    expect_line("$T alloc areas", 2, "no step");
    expect_line("$T alloc areas a", 2, "a step without a size; NAME=SIZE maps so many bytes");
    expect_line("$T alloc areas --guard x a=4K", 2, "--guard 'x'");
}

int main(void)
{
    const struct CMUnitTest areas[] = {
        cmocka_unit_test(mappings_go_below_the_guard_of_the_stack_and_join),
        cmocka_unit_test(the_lowest_gap_is_behind_the_code_and_the_guard_can_be_0),
        cmocka_unit_test(what_fits_into_no_gap_is_refused_and_the_next_step_follows),
        cmocka_unit_test(wrong_usage_is_exit_2_and_one_line),
    };
    return cmocka_run_group_tests(areas, set_up, shell_close);
}
