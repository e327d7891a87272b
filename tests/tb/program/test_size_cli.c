/* `tablewalk size` and `tablewalk walk --geometry` as a user meets them. */

#include "tests/support/shell.h"

static int set_up(void **state)
{
    (void)state;
    return shell_open(
        "printf '108=501\\n168=d43\\n' >$D/hand; printf '0-800\\nc00-1000\\n' >$D/quiz");
}

/* ---- size ------------------------------------------------------------------------------------ */

static void a_row_tells_what_a_table_costs(void **state)
{
    (void)state;
    expect("$T size --va 32 --pte 4", 0,
           "linear    20/12                      1       4 MiB     4 MiB   0.098 %  4 KiB\n"
           "2 levels  10/10/12                   2     4.0 MiB     8 KiB   0.098 %  4 MiB/4 KiB\n");
    expect("$T size", 0, "36/12                      1     512 GiB   512 GiB");
    expect("$T size --va 64", 0, "52/12                      1      32 PiB    32 PiB");
    expect("$T size --va 64", 0, "6 levels  7/9/9/9/9/9/12 ");
    expect("$T size --va 39", 0, "9/9/9/12                   3     1.0 GiB    12 KiB");
    expect("$T size --geometry 12,10,10 --pte 4", 0, "12/10/10             2 ");
    expect("$T size --geometry 12,10,10 --pte 4", 0, "1 MiB/1 KiB\n");
    expect("$T size --va 57 --memory 16G", 0,
           "inverted  by frame        1 to 4194304      32 MiB ");
    expect("$T size --va 57 --memory 16G", 0,
           "hashed    by frame          about 2.50      64 MiB ");
}

static void
without_a_list_every_number_of_levels_from_2_to_6_that_is_possible_is_shown(void **state)
{
    (void)state;
    expect("$T size --va 48 | grep -c levels", 0, "3\n");
    expect("$T size --va 32 --pte 4 | grep -c levels", 0, "5\n");
    expect("$T size --va 15 | grep -c levels", 0, "2\n");
    expect("$T size --levels 4,6 | grep -c levels", 0, "2\n");
    expect("$T size --va 20 --levels 1,2", 0, "1 level   8/12 ");
}

static void the_quiz_has_64_entries_or_48_in_3_inner_tables(void **state)
{
    (void)state;
    const char *const command =
        "$T size --va 12 --page 64 --pte 4 --levels 2 --memory 4K --maps $D/quiz --csv $D/q.csv";
    expect(command, 0, "/quiz: 2 regions, 3 KiB in 48 pages\n");
    expect("grep linear, $D/q.csv", 0,
           "linear,6/6,1,256,256,8.333333,64 B,64,0,0,256,5.333,1.000\n");
    expect("grep levels, $D/q.csv", 0,
           "2 levels,2/4/6,2,272,80,6.770833,1 KiB/64 B,4,3,48,208,4.333,2.000\n");
    expect("grep inverted, $D/q.csv", 0,
           "inverted,,64,512,512,16.666667,64 B,64,0,0,512,10.667,32.500\n");
    expect("grep hashed, $D/q.csv", 0,
           "hashed,,65,1024,1024,33.333333,64 B,64,1,64,1024,21.333,2.500\n");
}

static void the_reach_of_64_entries_is_256_kib_128_mib_or_64_gib(void **state)
{
    (void)state;
    expect("$T size", 0,
           "\n4 KiB   256 KiB\n16 KiB  1 MiB\n64 KiB  4 MiB\n2 MiB   128 MiB\n"
           "1 GiB   64 GiB\n");
    expect("$T size --entries 1536", 0, "\n4 KiB   6 MiB\n");
    expect("$T size --page 8K", 0, "\n4 KiB   256 KiB\n8 KiB   512 KiB\n16 KiB  1 MiB\n");
    expect("$T size --page 2G", 0, "\n1 GiB   64 GiB\n2 GiB   128 GiB\n");
}

static void the_time_of_an_access_is_told_for_a_rate_of_hits(void **state)
{
    (void)state;
    expect("$T size --va 32 --pte 4 --hits 80", 0,
           "\n80 of 100 accesses hit a TLB of 20 ns; memory of 100 ns\n");
    expect("$T size --va 32 --pte 4 --hits 80 | grep linear", 0, "   140.0 ns  4 KiB\n");
    expect("$T size --va 32 --pte 4 --hits 98 | grep linear", 0, "   122.0 ns  4 KiB\n");
    expect("$T size --va 39 --hits 50 --lookup 1 --access 10 | grep 3.levels", 0, "   26.0 ns  ");
    expect("$T size --maps $D/quiz --hits 0 | grep hashed", 0, "   370.0 ns  4 KiB\n");
    expect("$T size --va 32 --pte 4 --hits 80 --json $D/time.json", 0, NULL);
    json_t *o = shell_json("time.json");
    json_t *linear = json_array_get(json_object_get(o, "tables"), 0);
    assert_true(json_real_value(json_object_get(linear, "access_ns")) > 139.9);
    assert_true(json_real_value(json_object_get(linear, "access_ns")) < 140.1);
    json_decref(o);
}

static void standard_input_is_a_layout_too(void **state)
{
    (void)state;
    expect("$T size --va 12 --page 64 --pte 4 --maps - <$D/quiz", 0,
           "\n-: 2 regions, 3 KiB in 48 pages\n");
    expect("cat /proc/self/maps | $T size --maps -", 0, " regions, ");
    expect("$T size --maps /proc/self/maps", 0, "mapped in vain");
    expect_line("echo nonsense | $T size --maps -", 2, "/dev/stdin:1: expected START-END");
}

static void its_json_has_every_number(void **state)
{
    (void)state;
    expect("$T size --maps tests/traces/maps/cat.txt --json $D/size.json", 0, NULL);
    json_t *o = shell_json("size.json");
    assert_int_equal(shell_integer(o, "va_bits"), 48);
    assert_int_equal(shell_integer(o, "page_bytes"), 4096);
    assert_int_equal(shell_integer(o, "pte_bytes"), 8);
    assert_int_equal(shell_integer(o, "regions"), 24);
    assert_int_equal(shell_integer(o, "reserved_regions"), 0);
    assert_int_equal(shell_integer(o, "mapped_pages"), 661);
    assert_int_equal(shell_integer(o, "mapped_bytes"), 661 * 4096);
    json_t *tables = json_object_get(o, "tables"), *pages = json_object_get(o, "pages");
    assert_int_equal(json_array_size(tables), 6);
    json_t *four = json_array_get(tables, 1);
    assert_string_equal(json_string_value(json_object_get(four, "table")), "4 levels");
    assert_int_equal(shell_integer(four, "pte_reads"), 4);
    assert_int_equal(shell_integer(four, "inner_tables"), 11);
    assert_int_equal(shell_integer(four, "layout_bytes"), 12 * 4096);
    assert_int_equal(shell_integer(four, "one_page_bytes"), 4 * 4096);
    json_t *counts = json_object_get(four, "tables");
    static const int want[] = {1, 3, 3, 5};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(json_integer_value(json_array_get(counts, i)), want[i]);
    json_t *hashed = json_array_get(tables, 5);
    assert_string_equal(json_string_value(json_object_get(hashed, "table")), "hashed");
    assert_true(json_real_value(json_object_get(hashed, "mean_reads")) == 2.5);
    assert_int_equal(shell_integer(hashed, "pte_reads"), 1 + (1 << 20));
    assert_int_equal(json_array_size(pages), 5);
    assert_int_equal(shell_integer(json_array_get(pages, 3), "tlb_reach"), 128 << 20);
    assert_int_equal(shell_integer(json_array_get(pages, 3), "pages"), 5);
    assert_int_equal(shell_integer(json_array_get(pages, 3), "mapped_in_vain"),
                     5 * (2 << 20) - 661 * 4096);
    json_decref(o);
}

/* Between the page's command and the end of its block. */
static void the_page_shows_what_the_program_prints(void **state)
{
    (void)state;
    expect("for command in 'size --va 39' 'size --maps tests/traces/maps/cat.txt'; do "
           "sed -n \"\\|^. build/tablewalk $command\\$|,/^\\`\\`\\`/p\" docs/economics.md | "
           "sed '1d;$d' >$D/page; $T $command >$D/program; diff $D/page $D/program || exit 1; done",
           0, NULL);
    expect("printf '800001e8=901\\n80001048=3123460000547\\n80001028=3123450000027\\n' >$D/hash; "
           "sed -n '/^. build.tablewalk walk --image hash.txt/,/^```/p' docs/economics.md | "
           "sed '1d;$d' >$D/page; $T walk --image $D/hash --satp f000300000000000 --hash-table "
           "f00000080001 --hash-anchors 800000080000 --va 12345abc --adue --search >$D/program; "
           "test -s $D/page && diff $D/page $D/program",
           0, NULL);
}

static void wrong_usage_is_exit_2_and_one_line(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"--va 0", "--va '0': expected a number from 1 to 64"},
        {"--va 65", "--va '65': expected a number from 1 to 64"},
        {"--va 12", "--va 12: expected 13 to 64"},
        {"--page 3000", "--page 3000: expected a power of two from 16"},
        {"--page 8", "--page 8: expected a power of two from 16"},
        {"--page 2T", "expected a power of two from 16 (two PTEs) to 1 TiB"},
        {"--page 4Q", "--page '4Q': expected a number of bytes"},
        {"--page -4K", "--page '-4K': expected a number of bytes"},
        {"--page 4KK", "--page '4KK': expected a number of bytes"},
        {"--page 99999999T", "--page '99999999T': expected a number of bytes"},
        {"--pte 3", "--pte '3': expected one of 2, 4, 8"},
        {"--levels 9", "--levels '9': expected up to 8 numbers from 1 to 8"},
        {"--levels 0", "--levels '0': expected up to 8 numbers"},
        {"--levels 4,", "--levels '4,': expected up to 8 numbers"},
        {"--levels many", "--levels 'many': expected up to 8 numbers"},
        {"--levels 4,3", "--levels: 3 levels: expected at least 4"},
        {"--va 14 --levels 3", "--levels: 3 levels: expected at most 2"},
        {"--va 64 --page 16", "expected a larger page"},
        {"--geometry 2,0,6", "--geometry: level 0 has 0 index bits"},
        {"--geometry 6", "--geometry: '6': expected the index bits"},
        {"--geometry 9,12 --va 21", "it takes no --va, --page or --levels"},
        {"--geometry 9,12 --levels 2", "it takes no --va, --page or --levels"},
        {"--memory 4000", "--memory 4000: expected a page, 4096 bytes, to 64 PiB"},
        {"--hits 101", "--hits '101': expected a number from 0 to 100"},
        {"--lookup 5", "--lookup and --access go with --hits"},
        {"--entries 0", "--entries '0': expected a number from 1"},
        {"--maps $D/none", "none: cannot be opened"},
        {"--maps $D", "is a directory"},
        {"--maps $D/hand", "/hand:1: expected START-END in hexadecimal"},
        {"--maps tests/traces/maps/cat.txt --va 39", "cat.txt:1: expected addresses of 39 bits"},
        {"--maps /dev/null", "expected at least one region"},
        {"--json $D/a --csv $D/a", "need a file of its own each"},
        {"--maps $D/quiz --csv $D/quiz", "need a file of its own each"},
        {"extra", "size takes options only"},
    };
    expect_misuses("$T size", rows, sizeof rows / sizeof *rows);
}

static void what_fails_leaves_no_file(void **state)
{
    (void)state;
    expect("$T size --maps $D/hand --json $D/j --csv $D/c", 2, NULL);
    expect_line("$T size --json $D/no/such", 1, "cannot write");
    expect_line("$T size --csv /dev/full", 1, "no ordinary file");
    expect_line("ulimit -f 0; $T size --csv $D/c >/dev/null", 1, "File too large");
    expect_line("ulimit -f 0; $T size --json $D/j >/dev/null", 1, "File too large");
    expect("test ! -e $D/j && test ! -e $D/c && ! ls $D | grep tmp", 0, NULL);
}

/* ---- walk ------------------------------------------------------------------------------------ */

static void a_hand_exercise_is_walked_and_told(void **state)
{
    (void)state;
    expect("$T walk --image $D/hand --geometry 2,4,6 --root 100 --va abc", 0,
           "load of 0xabc in S-mode, 2/4/6, PTEs of 4 bytes, SUM=0 MXR=0 ADUE=0\n"
           "  address: index 2 (bits 11..10), 10 (9..6), offset 0x3c (5..0)\n"
           "  level 1: 0x100 + 2 * 4 = 0x108 holds 0x501: V, a pointer to the table at 0x140\n"
           "  level 0: 0x140 + 10 * 4 = 0x168 holds 0xd43: V R A, a leaf: 64 bytes at 0x340\n"
           "  physical address 0x37c in a page of 64 bytes\n");
    expect("$T walk --image $D/hand --geometry 2,4,6 --root 100 --va abc --op store", 0,
           "check \"permission\": W=0");
    expect("$T walk --image $D/hand --geometry 2,4,6 --root 100 --va 3 | grep -c holds", 0, "1\n");
    expect("$T walk --image $D/hand --geometry 2,4,6 --root 100 --va 1000", 0,
           "bits 63..12 of the address must be 0");
    expect("printf '7e=ff03\\n' >$D/small; "
           "$T walk --image $D/small --geometry 6,6 --pte 2 --root 0 --va fc5 --adue",
           0,
           "set A: compare-and-swap 0x7e from 0xff03 to 0xff43: done\n"
           "  physical address 0x3fc5 in a page of 64 bytes\n");
}

static void a_tree_that_cannot_be_walked_is_refused(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"--geometry 2,0,6 --root 0", "--geometry: level 0 has 0 index bits"},
        {"--geometry 60,6 --root 0", "--geometry: index and offset bits together are 66"},
        {"--geometry 4,4,1 --root 0", "--geometry: 1 offset bits: expected at least 2"},
        {"--geometry 2,4,x --root 0", "--geometry: '2,4,x': expected the index bits"},
        {"--geometry 2,4,6 --pte 1 --root 0", "--pte '1': expected one of 2, 4, 8"},
        {"--geometry 2,4,6 --root 102", "--root 102: expected a multiple of 4"},
        {"--geometry 2,4,6 --root zz", "--root 'zz': expected a hexadecimal"},
        {"--geometry 2,4,6", "--geometry needs --root"},
        {"--geometry 2,4,6 --root 0 --satp 0", "takes no --satp"},
        {"--satp 0 --root 0", "--root and --pte go with --geometry"},
        {"--geometry 2,4,6 --pte 8 --root 0", "/hand:2: expected ADDRESS=VALUE"},
    };
    expect("printf '0=1\\n104=1\\n' >$D/hand", 0, NULL);
    expect_misuses("$T walk --image $D/hand --va 0", rows, sizeof rows / sizeof *rows);
    expect_line("$T walk --image $D/hand --geometry 2,4,6 --root 0", 2, "--root and --va");
    expect_line("$T walk --vector x --geometry 2,4,6", 2, "go with --image");
    expect("printf '0=10000\\n' >$D/wide", 0, NULL);
    expect_line("$T walk --image $D/wide --geometry 6,6 --pte 2 --root 0 --va 0", 2,
                "the value up to ffff");
}

int main(void)
{
    const struct CMUnitTest size_cli[] = {
        cmocka_unit_test(a_row_tells_what_a_table_costs),
        cmocka_unit_test(
            without_a_list_every_number_of_levels_from_2_to_6_that_is_possible_is_shown),
        cmocka_unit_test(the_quiz_has_64_entries_or_48_in_3_inner_tables),
        cmocka_unit_test(the_reach_of_64_entries_is_256_kib_128_mib_or_64_gib),
        cmocka_unit_test(the_time_of_an_access_is_told_for_a_rate_of_hits),
        cmocka_unit_test(standard_input_is_a_layout_too),
        cmocka_unit_test(its_json_has_every_number),
        cmocka_unit_test(the_page_shows_what_the_program_prints),
        cmocka_unit_test(wrong_usage_is_exit_2_and_one_line),
        cmocka_unit_test(what_fails_leaves_no_file),
        cmocka_unit_test(a_hand_exercise_is_walked_and_told),
        cmocka_unit_test(a_tree_that_cannot_be_walked_is_refused),
    };
    return cmocka_run_group_tests(size_cli, set_up, shell_close);
}
