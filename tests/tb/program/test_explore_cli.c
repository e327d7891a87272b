/* `tablewalk explore` as a user meets it. */

#include "tests/support/shell.h"

/* Four pages loaded from, three times over; the first of them crosses into the second. */
static int set_up(void **state)
{
    (void)state;
    return shell_open(
        "for round in 1 2 3; do printf ' L 0ffe,4\\n L 3000,8\\n L 4000,1\\n'; done >$D/loop; "
        "printf '1000 R\\n2000 X\\n3000 W\\n' >$D/list");
}

static void a_loop_misses_as_often_as_counted_by_hand(void **state)
{
    (void)state;
    expect("$T explore --trace $D/loop --sweep l1=4,8 --sweep latency=1,10 --csv $D/loop.csv", 0,
           "loop, 12 translations");
    /* A walk of 2 + 3*(M+1) cycles, 3 of 2 + (M+1), 8 hits of one, and the last answer's cycle. */
    expect("cut -d, -f 2-15 $D/loop.csv", 0, "\n4,4,4,1,1,12,29,2.416667,0,0,12,8,4,6\n");
    expect("cut -d, -f 2-15 $D/loop.csv", 0, "\n8,8,4,10,1,12,83,6.916667,0,0,12,8,4,6\n");
    expect("cut -d, -f 16- $D/loop.csv | uniq", 0,
           "walkers,l2_entries,l2_ways,walk_cache,fetch_l2_hits,data_l2_hits,walk_cache_hits,"
           "prefetch,prefetches\n"
           "2,512,4,8,0,0,3,0,0\n");
    expect("wc -l <$D/loop.csv", 0, "5\n");
    expect("sed 1d $D/loop.csv | grep -vc '^\"/.*/loop\",'; true", 0, "0\n");
}

/* Of four pages in turn a TLB of two entries answers none: the second level does, or walks of 2 +
 * (M+1) cycles, or without a walk cache of 2 + 3*(M+1). */
static void every_part_can_be_swept_away(void **state)
{
    (void)state;
    expect("$T explore --trace $D/loop --sweep l1=2 --sweep l2=0,16 --sweep walk_cache=0,8 "
           "--sweep walkers=1,4 --csv $D/parts.csv",
           0, "walk_cache");
    const char *const command = "cut -d, -f 8,14-17,19-22 $D/parts.csv";
    expect(command, 0, "\n421,12,36,1,0,0,0,0,0\n421,12,36,4,0,0,0,0,0\n");
    expect(command, 0, "\n179,12,14,1,0,8,0,0,11\n179,12,14,4,0,8,0,0,11\n");
    expect(command, 0, "\n157,4,12,1,16,0,0,8,0\n157,4,12,4,16,0,0,8,0\n");
    expect(command, 0, "\n91,4,6,1,16,8,0,8,3\n91,4,6,4,16,8,0,8,3\n");
}

static void prefetch_is_swept_like_any_other(void **state)
{
    (void)state;
    expect("for i in $(seq 64); do printf '%x000 R\\n' $i; done >$D/line", 0, NULL);
    expect("$T explore --trace $D/line --sweep prefetch=0,1 --csv $D/ahead.csv", 0,
           "     prefetch  cycles/translation");
    expect("cut -d, -f 23 $D/ahead.csv", 0, "prefetch\n0\n1\n");
    expect("sed -n 2p $D/ahead.csv | cut -d, -f 24", 0, "0\n");
    expect("test $(sed -n 3p $D/ahead.csv | cut -d, -f 24) -gt 10", 0, NULL);
}

static void a_list_of_accesses_is_played_too(void **state)
{
    (void)state;
    expect("$T explore --trace $D/list --trace $D/loop", 0, "list, 3 translations");
    expect("$T explore --trace $D/list --trace $D/loop", 0, "loop, 12 translations");
}

static void every_run_prints_the_same(void **state)
{
    (void)state;
    const char *const command =
        "for i in 1 2 3; do $T explore --trace tests/traces/true.xz --sweep l1=2,4,8,16 "
        "--sweep latency=1,2,3,4 --outstanding 4 | md5sum; done | uniq | wc -l";
    expect(command, 0, "1\n");
}

static void wrong_usage_is_exit_2_and_one_line(void **state)
{
    (void)state;
    expect_line("$T explore", 2, "needs --trace");
    expect_line("$T explore --trace $D/loop extra", 2, "options only");
    expect_line("$T explore --trace $D/loop --sweep l9=0,128", 2, "there are l1, fetch");
    expect_line("$T explore --trace $D/loop --sweep l1=5", 2, "power of two");
    expect_line("$T explore --trace $D/loop --sweep l2=8", 2, "0 for none, or a power of two");
    expect_line("$T explore --trace $D/loop --sweep walkers=1,2,5", 2, "1 to 4");
    expect_line("$T explore --trace $D/loop --sweep prefetch=2", 2, "choose 0 or 1");
    expect_line("$T explore --trace $D/loop --sweep l2=0 --sweep prefetch=1", 2,
                "prefetch is 1: it needs a second level");
    expect_line("$T explore --trace $D/loop --sweep l2=0,16 --plot $D/p.svg", 2, "has no 0");
    expect_line("$T explore --trace $D/loop --outstanding 17", 2, "from 1 to 16");
    expect_line("$T explore --trace $D/loop --plot $D/p.svg", 2, "needs a --sweep");
    expect_line("$T explore --trace $D/loop --sweep l1=4 --csv $D/a --plot $D/a", 2, "same file");
    expect_line("$T explore --trace $D/loop --sweep l1=4 --sweep latency=1,2,3,4 "
                "--sweep misses=1,2,3,4,5 --plot $D/p.svg",
                2, "20 lines cannot be told apart");
    expect("$T explore --nonsense", 2, "nonsense");
    expect("$T explore --help", 0, "usage: tablewalk explore");
    expect_line("$T explore --version", 0, "tablewalk ");
}

static void a_bad_trace_is_named_and_leaves_no_file(void **state)
{
    (void)state;
    expect_line("$T explore --trace $D/none --csv $D/x", 2, "none");
    expect("printf ' L 10,4\\n L 10;4\\n' >$D/bad && printf '10 R\\n10 Q\\n' >$D/badlist", 0, NULL);
    expect_line("$T explore --trace $D/bad --csv $D/x", 2, "/bad:2: expected a reference");
    expect_line("$T explore --trace $D/badlist --csv $D/x", 2, "/badlist:2: ");
    expect("printf ' L 7fffffffff,4\\n' >$D/wide && : >$D/empty", 0, NULL);
    expect_line("$T explore --trace $D/wide --csv $D/x", 2, "bits 63 to 38");
    expect_line("$T explore --trace $D/empty --csv $D/x", 2, "at least one");
    expect_line("$T explore --trace $D/loop --csv /dev/full", 1, "cannot write");
    expect_line("$T explore --trace $D/loop --csv $D/no/such/x", 1, "No such file");
    expect("test ! -e $D/x && ! ls $D | grep tmp", 0, NULL);
}

static void a_plot_shows_every_combination(void **state)
{
    (void)state;
    if (sh("command -v gnuplot")->exit != 0)
        skip();
    expect("$T explore --trace $D/loop --sweep l1=2,4,8 --sweep latency=1,10 --plot $D/p.svg", 0,
           NULL);
    expect("cat $D/p.svg", 0, "</svg>");
    expect("cat $D/p.svg", 0, "cycles per translation");
    expect("cat $D/p.svg", 0, "entries of each TLB");
    expect("cat $D/p.svg", 0, "loop, latency 1<");
    expect("cat $D/p.svg", 0, "loop, latency 10<");
}

static void without_gnuplot_everything_else_is_there(void **state)
{
    (void)state;
    expect("PATH=/nowhere $T explore --trace $D/loop --sweep l1=2,4 --csv $D/bare.csv "
           "--plot $D/bare.svg",
           1, "install the package gnuplot-nox\n");
    expect("test -s $D/bare.csv && test ! -e $D/bare.svg && ! ls $D | grep tmp", 0, NULL);
}

int main(void)
{
    const struct CMUnitTest explore_cli[] = {
        cmocka_unit_test(a_loop_misses_as_often_as_counted_by_hand),
        cmocka_unit_test(every_part_can_be_swept_away),
        cmocka_unit_test(prefetch_is_swept_like_any_other),
        cmocka_unit_test(a_list_of_accesses_is_played_too),
        cmocka_unit_test(every_run_prints_the_same),
        cmocka_unit_test(wrong_usage_is_exit_2_and_one_line),
        cmocka_unit_test(a_bad_trace_is_named_and_leaves_no_file),
        cmocka_unit_test(a_plot_shows_every_combination),
        cmocka_unit_test(without_gnuplot_everything_else_is_there),
    };
    return cmocka_run_group_tests(explore_cli, set_up, shell_close);
}
