/* `tablewalk drive` as a user meets it. */
#include <stdio.h>

#include "tablewalk/engine.h"
#include "tablewalk/pte.h"
#include "tests/support/shell.h"

static int set_up(void **state)
{
    (void)state;
    return shell_open("printf '1000 R\\n1008 W\\n3000 X\\n' >$D/three && "
                      "gzip -k $D/three && xz -k $D/three");
}

/* A walk of 2 + 3 * (2 + 1) cycles, a hit, a walk of 2 + (2 + 1) since its tables are known, and
 * the cycle of the first request. */
static void a_list_is_played_and_its_cycles_are_printed(void **state)
{
    (void)state;
    expect("$T drive $D/three --engine model --latency 2 --outstanding 1", 0,
           "accesses                          3\n"
           "cycles                           18\n"
           "cycles per translation        6.000\n"
           "walks                             2\n"
           "PTE reads                         4\n"
           "swaps                             0   A or D set\n"
           "second-level hits                 0\n"
           "walk-cache hits                   1\n"
           "parity errors                     0\n"
           "mismatches                        0\n"
           "passed\n");
    expect("$T drive --engine model --latency 2 $D/three.gz", 0, "18\n");
    expect("$T drive --engine model --latency 2 $D/three.xz", 0, "18\n");
    expect("$T drive --engine model --latency 2 --clear-ad $D/three", 0,
           "swaps                             3");
}

static void its_json_has_every_number(void **state)
{
    (void)state;
    expect("$T drive $D/three --engine model --latency 2 --json $D/j", 0, "passed");
    json_t *o = shell_json("j");
    assert_string_equal(json_string_value(json_object_get(o, "engine")), "model");
    assert_string_equal(json_string_value(json_object_get(o, "config")), "default");
    assert_string_equal(json_string_value(json_object_get(o, "mode")), "sv39");
    assert_int_equal(shell_integer(o, "latency"), 2);
    assert_int_equal(shell_integer(o, "outstanding"), 1);
    assert_true(json_is_false(json_object_get(o, "clear_ad")));
    assert_int_equal(shell_integer(o, "accesses"), 3);
    assert_int_equal(shell_integer(o, "cycles"), 18);
    assert_float_equal((float)json_real_value(json_object_get(o, "cycles_per_translation")),
                       18.0f / 3, 1e-4f);
    assert_int_equal(shell_integer(o, "walkers"), 2);
    assert_int_equal(shell_integer(o, "walks"), 2);
    assert_int_equal(shell_integer(o, "pte_reads"), 4);
    assert_int_equal(shell_integer(o, "swaps"), 0);
    assert_int_equal(shell_integer(o, "l2_hits"), 0);
    assert_int_equal(shell_integer(o, "walk_cache_hits"), 1);
    assert_int_equal(shell_integer(o, "parity_errors"), 0);
    assert_int_equal(shell_integer(o, "mismatches"), 0);
    json_decref(o);
}

static void what_the_other_port_walked_for_is_a_second_level_hit(void **state)
{
    (void)state;
    expect("printf '1000 R\\n1008 X\\n1000 W\\n' >$D/both", 0, NULL);
    expect("$T drive --engine model --json $D/l2 $D/both", 0,
           "second-level hits                 1\n");
    json_t *o = shell_json("l2");
    assert_int_equal(shell_integer(o, "l2_hits"), 1);
    assert_int_equal(shell_integer(o, "walks"), 1);
    json_decref(o);
}

static void prefetches_are_counted_where_they_are_built(void **state)
{
    (void)state;
    expect("for i in $(seq 64); do printf '%x000 R\\n' $i; done >$D/line", 0, NULL);
    expect("$T drive --engine model --config prefetch --json $D/ahead $D/line", 0,
           "   of the walks, ahead of any request\n");
    json_t *o = shell_json("ahead");
    assert_string_equal(json_string_value(json_object_get(o, "config")), "prefetch");
    assert_in_range(shell_integer(o, "prefetches"), 10, shell_integer(o, "walks"));
    json_decref(o);
    expect("$T drive --engine model --json $D/without $D/line | grep -c prefetches; true", 0,
           "0\n");
    o = shell_json("without");
    assert_null(json_object_get(o, "prefetches"));
    json_decref(o);
}

/* As above: one, two, three, four or five reads for the first page, one for the next. */
static void every_mode_has_its_own_walks(void **state)
{
    (void)state;
    const char *const modes[] = {"linear", "sv32", "sv39", "sv48", "sv57"};
    for (int i = 0; i < 5; i++) {
        char words[100];
        const char *line =
            shell_line("$T drive --engine model --mode %s --latency 2 $D/three", modes[i]);
        snprintf(words, sizeof words, "cycles               %14d\n", 9 + 3 * (i + 1));
        expect(line, 0, words);
        snprintf(words, sizeof words, "PTE reads            %14d\n", 2 + i);
        expect(line, 0, words);
        snprintf(words, sizeof words, "configuration default, %s, memory latency 2", modes[i]);
        expect(line, 0, words);
    }
}

/* Of two anchors both pages have the second: page 3, mapped last, is the first of the chain, page 1
 * the next. So 2 + 3 * (2 + 1) cycles, a hit, 2 + 2 * (2 + 1), and the cycle of the first
 * request. */
static void the_inverted_table_is_walked_along_its_chains(void **state)
{
    (void)state;
    expect("$T drive --engine model --mode hashed --latency 2 $D/three", 0,
           "accesses                          3\n"
           "cycles                           21\n"
           "cycles per translation        7.000\n"
           "walks                             2\n"
           "PTE reads                         5\n");
    expect("$T drive --engine model --mode hashed --latency 2 $D/three", 0,
           "configuration default, hashed, memory latency 2");
    expect_line("$T drive --engine model --config small --mode hashed $D/three", 2,
                "'small' has no hashed");
}

static void addresses_beyond_32_bits_are_relocated_where_they_have_to(void **state)
{
    (void)state;
    expect("printf '1000 R\nffffffff80001000 W\n80001000 X\n' >$D/far", 0, NULL);
    const char *const narrow[] = {"sv32", "linear", "hashed"};
    for (int i = 0; i < 3; i++) {
        expect(shell_line("$T drive --engine model --mode %s --json $D/far.json $D/far", narrow[i]),
               0, "relocated into 32-bit addresses, page by page: 3 regions\n");
        json_t *o = shell_json("far.json");
        assert_string_equal(json_string_value(json_object_get(o, "mode")), narrow[i]);
        assert_int_equal(shell_integer(o, "relocated_regions"), 3);
        assert_int_equal(shell_integer(o, "mismatches"), 0);
        json_decref(o);
    }
    expect("$T drive --engine model --mode sv32 $D/three | grep -c relocated; true", 0, "0\n");
    expect("$T drive --engine model --config small $D/three", 0, "configuration small, sv32,");
}

static void every_engine_says_the_same(void **state)
{
    (void)state;
    const char *const engines[] = {"rtl", "model", "lockstep"};
    for (unsigned i = 0; i < 3; i++)
        expect(shell_line("$T drive $D/three --config %s --engine %s --latency 2 | "
                          "tail -n +2 >$D/%s",
                          tw_rtl_built()->name, engines[i], engines[i]),
               0, NULL);
    /* Without a walk cache and with two levels: two walks of 2 + 2 * (2 + 1), a hit, a cycle. */
    if ((tw_rtl_built()->modes >> MODE_SV39 & 1) != 0)
        expect("grep -q ' 18$' $D/rtl", 0, NULL);
    expect("cmp $D/rtl $D/model && cmp $D/rtl $D/lockstep", 0, NULL);
}

static void wrong_usage_is_exit_2_and_one_line(void **state)
{
    (void)state;
    expect_line("$T drive", 2, "drive takes one file");
    expect_line("$T drive $D/three $D/three", 2, "drive takes one file");
    expect_line("$T drive --engine golden $D/three", 2, "expected one of rtl, model, lockstep");
    expect_line("$T drive --latency 0 $D/three", 2, "expected a number from 1 to 10000");
    expect_line("$T drive --outstanding 17 $D/three", 2, "expected a number from 1 to 16");
    expect_line("$T drive --mode sv99 $D/three", 2, "--mode 'sv99': expected one of sv39, sv48");
    expect_line("$T drive --engine model --config small --mode sv39 $D/three", 2,
                "'small' has no sv39: expected one of sv32");
    expect_line("$T drive --engine model $D/none", 2, "/none: cannot be opened");
}

static void a_bad_line_is_named_and_nothing_is_written(void **state)
{
    (void)state;
    expect("printf '1000 R\\n2000 Q\\n' >$D/bad", 0, NULL);
    expect_line("$T drive --engine model --json $D/never $D/bad", 2,
                "/bad:2: expected R, W or X after the address, found 'Q'");
    expect("head -c 40 $D/three.gz >$D/cut.gz", 0, NULL);
    expect_line("$T drive --engine model --json $D/never $D/cut.gz", 2, "cut.gz");
    expect("test ! -e $D/never", 0, NULL);
}

static void a_json_that_cannot_be_written_is_told_before_the_work(void **state)
{
    (void)state;
    expect_line("$T drive --engine model --json $D/no/such $D/three", 1, "no/such");
    expect_line("$T drive --engine model --json $D $D/three", 1, "no ordinary file");
    expect_line("$T drive --engine model --json $D/three $D/three", 2, "a file of its own");
    expect("ulimit -f 0; $T drive --engine model --json $D/full $D/three >/dev/null", 1,
           "cannot write");
    expect("test ! -e $D/full && ! ls $D | grep -q tmp", 0, NULL);
}

int main(void)
{
    const struct CMUnitTest drive_cli[] = {
        cmocka_unit_test(a_list_is_played_and_its_cycles_are_printed),
        cmocka_unit_test(its_json_has_every_number),
        cmocka_unit_test(what_the_other_port_walked_for_is_a_second_level_hit),
        cmocka_unit_test(prefetches_are_counted_where_they_are_built),
        cmocka_unit_test(every_mode_has_its_own_walks),
        cmocka_unit_test(the_inverted_table_is_walked_along_its_chains),
        cmocka_unit_test(addresses_beyond_32_bits_are_relocated_where_they_have_to),
        cmocka_unit_test(every_engine_says_the_same),
        cmocka_unit_test(wrong_usage_is_exit_2_and_one_line),
        cmocka_unit_test(a_bad_line_is_named_and_nothing_is_written),
        cmocka_unit_test(a_json_that_cannot_be_written_is_told_before_the_work),
    };
    return cmocka_run_group_tests(drive_cli, set_up, shell_close);
}
