/* `tablewalk alloc zones` and `tablewalk alloc kmap` as a user meets them. */
#include <string.h>

#include "tests/support/shell.h"

static int set_up(void **state)
{
    (void)state;
    return shell_open(":");
}

static void frames_come_from_the_node_itself_and_then_from_the_nearest(void **state)
{
    (void)state;
    const outcome *o =
        expect("$T alloc zones --node 64K --node 64K --low 96K a=64K b=32K c=32K d=4K -a e=4K", 0,
               "a=64K  a: node 0, PA 0, VA 0xc0000000, 100 cycles\n"
               "    free: node 0 low 0B, node 1 low 32K, node 1 high 32K\n");
    assert_non_null(strstr(o->text, "b: node 1, PA 0x18000, no VA, 200 cycles\n"));
    assert_non_null(strstr(o->text, "c: node 1, PA 0x10000, VA 0xc0010000, 200 cycles\n"));
    assert_non_null(strstr(o->text, "d=4K   no row of 1 free frames is left in memory that node 0 "
                                    "reaches: give some back, or take less\n"));
    assert_non_null(strstr(o->text, "3 taken, 1 of them local; 1 refused\n"));
    expect("$T alloc zones --node 64K --node 64K --low 64K --from 1 --want low --distance 30 a=4K",
           0, "a: node 0, PA 0, VA 0xc0000000, 300 cycles\n");
}

static void of_1_gib_128_mib_are_high(void **state)
{
    (void)state;
    expect("$T alloc zones --want low a=1", 0, "free: node 0 low 917500K, node 0 high 128M\n");
    expect("$T alloc zones a=1", 0, "a: node 0, PA 0x38000000, no VA, 100 cycles\n");
}

static void high_memory_has_a_slot_for_a_time_and_low_memory_an_address(void **state)
{
    (void)state;
    const outcome *o =
        expect("$T alloc kmap --slots 2 a=100M b=1G c=1G d=2G e=3G -b -c e2=3G -d -e2 f=2G", 0,
               "a=100M  a at 0xc6400000; slots used: 0, mapped: 0; fences: 0\n"
               "b=1G    a at 0xc6400000; b at 0xf8000000; slots used: 1, mapped: 1; fences: 0\n");
    assert_non_null(strstr(o->text, "c at 0xf8000000; d at 0xf8001000; slots used: 2, mapped: 2; "
                                    "fences: 0\n"
                                    "e=3G    all 2 slots are used: wait until one is unmapped, and "
                                    "try again\n"));
    assert_non_null(strstr(o->text, "e2 at 0xf8000000; slots used: 2, mapped: 2; fences: 1\n"));
    assert_non_null(strstr(o->text, "f at 0xf8001000; slots used: 1, mapped: 2; fences: 1\n"
                                    "slots used: 1, mapped: 2; fences: 1; had to wait: 1\n"));
    expect("$T alloc kmap --low 4K a=8K", 0, "a at 0xc0001000; slots used: 1");
}

static void wrong_usage_is_exit_2_and_one_line(void **state)
{
    (void)state;
    static const char *const zones[][2] = {
        {"", "no step"},
        {"a", "a step without a size"},
        {"--node 5000 a=1", "--node '5000': expected whole pages of 4K"},
        {"--node 0 a=1", "--node '0': expected bytes"},
        {"--low 5000 a=1", "base, split and low limit must be multiples of 4096"},
        {"--from 1 a=1", "--from 1: the last node is 0"},
        {"--from 8 a=1", "expected a number from 0 to 7"},
        {"--distance 45 a=1", "expected a number from 10 to 44"},
        {"--want both a=1", "expected one of low, high"},
        {"$(printf -- '--node 4K %.0s' 1 2 3 4 5 6 7 8 9) a=1", "8 nodes at most"},
    };
    static const char *const kmap[][2] = {
        {"a", "a step without an address"},
        {"--slots 0 a=1G", "expected a number from 1 to 32768"},
        {"--low 5000 a=1G", "must be multiples of 4096"},
    };
    expect_misuses("$T alloc zones", zones, sizeof zones / sizeof *zones);
    expect_misuses("$T alloc kmap", kmap, sizeof kmap / sizeof *kmap);
}

static void help_tells_the_options(void **state)
{
    (void)state;
    expect("$T alloc zones --help", 0, "--distance N");
    expect("$T alloc kmap --help", 0, "--slots N");
}

int main(void)
{
    const struct CMUnitTest alloc_zones_cli[] = {
        cmocka_unit_test(frames_come_from_the_node_itself_and_then_from_the_nearest),
        cmocka_unit_test(of_1_gib_128_mib_are_high),
        cmocka_unit_test(high_memory_has_a_slot_for_a_time_and_low_memory_an_address),
        cmocka_unit_test(wrong_usage_is_exit_2_and_one_line),
        cmocka_unit_test(help_tells_the_options),
    };
    return cmocka_run_group_tests(alloc_zones_cli, set_up, shell_close);
}
