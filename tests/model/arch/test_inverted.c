/* test_inverted.c: what inverted tables cost: searched from end to end, and hashed into chains. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tb/random.h"
#include "tests/support/hashed_table.h"

enum { FLAGS = 1u << PTE_R | 1u << PTE_U | 1u << PTE_A, VPNS = 1 << HASHED_BITS };
#define END (1u << HASHED_END)

/* The entries that a load of the page reads; the anchor is one read more. */
static uint64_t probes(hashed_table *t, unsigned asid, unsigned vpn)
{
    const tw_translation got = hashed_table_load(t, asid, vpn);
    assert_int_equal(got.check, CHECK_NONE);
    return got.reads - 1;
}

static void an_inverted_table_has_as_many_entries_as_frames_for_all_address_spaces(void **state)
{
    (void)state;
    enum { FRAMES = 64 };
    hashed_table t = hashed_table_open(FRAMES, 4);
    for (unsigned i = 0; i < FRAMES; i++)
        hashed_table_map(&t, 1000 * i, VPNS - 1 - 16000 * i, i, FLAGS);
    for (unsigned i = 0; i < FRAMES; i++) {
        const tw_translation got = hashed_table_load(&t, 1000 * i, VPNS - 1 - 16000 * i);
        assert_int_equal(got.check, CHECK_NONE);
        assert_int_equal(got.pa, i << PAGE_SHIFT);
    }
    unsigned used = 0;
    for (unsigned i = 0; i < FRAMES; i++)
        used += pte_bit(t.entry[i], PTE_V);
    assert_int_equal(used, FRAMES); /* one word a page, whoever's it is, */
    const tw_translation absent = hashed_table_search(&t, 7, 5);
    assert_int_equal(absent.check, CHECK_VALID);
    assert_int_equal(absent.reads, FRAMES); /* and no other words */
    hashed_table_close(&t);
}

/* Worst N, and over all pages 1 + 2 + ... + N = N (N + 1) / 2. */
static void a_search_reads_n_entries_at_worst_and_half_of_n_plus_1_on_average(void **state)
{
    (void)state;
    enum { FRAMES = 500 };
    uint64_t all = 0, worst = 0;
    hashed_table t = hashed_table_open(FRAMES, 0);
    for (unsigned frame = 0; frame < FRAMES; frame++)
        hashed_table_map(&t, 7, 3 * frame, frame, FLAGS);
    for (unsigned frame = 0; frame < FRAMES; frame++) {
        const tw_translation got = hashed_table_search(&t, 7, 3 * frame);
        assert_int_equal(got.pa, frame << PAGE_SHIFT);
        all += got.reads;
        worst = got.reads > worst ? got.reads : worst;
    }
    assert_int_equal(worst, FRAMES);
    assert_int_equal(all, FRAMES * (FRAMES + 1) / 2);
    const tw_translation none = hashed_table_search(&t, 7, 1);
    assert_int_equal(none.check, CHECK_VALID);
    assert_int_equal(none.reads, FRAMES);
    hashed_table_close(&t);
}

/* x = i << 10 | i: x >> 10 is i, and i ^ i is 0. */
static void eight_pages_forced_into_one_chain_take_1_to_8_probes(void **state)
{
    (void)state;
    hashed_table t = hashed_table_open(16, 8);
    for (unsigned i = 0; i < 8; i++) {
        const unsigned vpn = i << 10 | i;
        assert_int_equal(hashed_hash(0, vpn, 8), 0);
        hashed_table_map(&t, 0, vpn, 15 - i, FLAGS);
    }
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(probes(&t, 0, i << 10 | i), i + 1);
    hashed_table_close(&t);
}

/* The mean of a successful search in `frames` entries with pages at random and 2^bits anchors. */
static double mean_probes(unsigned frames, unsigned bits, uint64_t seed)
{
    static unsigned vpn[1 << 16];
    static bool used[VPNS];
    uint64_t all = 0;
    hashed_table t = hashed_table_open(frames, bits);
    for (unsigned frame = 0; frame < frames; frame++) {
        do
            vpn[frame] = random_below(&seed, VPNS);
        while (used[vpn[frame]]);
        used[vpn[frame]] = true;
        hashed_table_map(&t, 1, vpn[frame], frame, FLAGS);
    }
    for (unsigned frame = 0; frame < frames; frame++) {
        all += probes(&t, 1, vpn[frame]);
        used[vpn[frame]] = false;
    }
    hashed_table_close(&t);
    return (double)all / frames;
}

/* load = pages by anchors. A successful search sees its own entry, and half of the others that its
 * anchor has. The pages are at random, so the number of pairs that share an anchor is, and the
 * mean's deviation is 1 / sqrt(2 * anchors) at any load: 0.011 for 4096. Four of them are
 * allowed. */
static void a_successful_search_of_chains_takes_1_and_half_the_load_probes(void **state)
{
    (void)state;
    enum { BITS = 12 };
    static const double loads[] = {0.25, 0.5, 1, 2, 4}, within = 0.044;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
            const unsigned frames = (unsigned)(loads[i] * (1 << BITS));
            const double want = 1 + loads[i] / 2, got = mean_probes(frames, BITS, seed);
            if (got < want - within || got > want + within)
                fail_msg("load %g, seed %llu: expected %g probes within %g, got %g", loads[i],
                         (unsigned long long)seed, want, within, got);
        }
    }
}

/* As many anchors as frames: load 1 if all frames hold pages. */
static void a_page_is_found_in_its_chain_long_before_the_search_finds_it(void **state)
{
    (void)state;
    const double hashed = 1 + mean_probes(1 << 12, 12, 1), searched = ((1 << 12) + 1) / 2.0;
    assert_true(hashed < searched / 500);
}

/* An entry names one page, so that a frame can be in one place of one address space alone. */
static void a_second_page_of_a_frame_takes_the_place_of_the_first(void **state)
{
    (void)state;
    hashed_table t = hashed_table_open(16, 8);
    hashed_table_map(&t, 1, 0x111, 3, FLAGS);
    assert_int_equal(hashed_table_load(&t, 1, 0x111).pa, 3 << PAGE_SHIFT);
    hashed_table_map(&t, 2, 0x222, 3, FLAGS);
    assert_int_equal(hashed_table_load(&t, 2, 0x222).pa, 3 << PAGE_SHIFT);
    assert_int_equal(hashed_table_load(&t, 1, 0x111).check, CHECK_VALID);
    assert_int_equal(hashed_table_search(&t, 1, 0x111).check, CHECK_VALID);
    hashed_table_close(&t);
}

static void search_and_chains_find_the_same(void **state)
{
    (void)state;
    enum { FRAMES = 300 };
    uint64_t seed = 42;
    hashed_table t = hashed_table_open(FRAMES, 5);
    for (unsigned i = 0; i < 2000; i++) {
        const unsigned asid = random_below(&seed, 3), vpn = random_below(&seed, 512),
                       page = random_below(&seed, 512);
        if (hashed_table_search(&t, asid, vpn).check == CHECK_VALID)
            hashed_table_map(&t, asid, vpn, random_below(&seed, FRAMES),
                             random_below(&seed, 256) & ~END);
        const tw_translation want = hashed_table_search(&t, asid, page),
                             got = hashed_table_load(&t, asid, page);
        if (got.check != want.check || got.cause != want.cause || got.pa != want.pa ||
            got.size != want.size ||
            (want.check != CHECK_VALID && (got.pte ^ want.pte) >> PTE_PPN != 0))
            fail_msg("seed 42, step %u, page 0x%x of %u: expected check %s at 0x%llx, got %s at "
                     "0x%llx",
                     i, page, asid, tw_check_name(want.check), (unsigned long long)want.pa,
                     tw_check_name(got.check), (unsigned long long)got.pa);
    }
    hashed_table_close(&t);
}

/* Whatever stands there: every walk ends, after an anchor and as many entries as there are at most
 * in each of its tries, and hashed_table_bus fails if it reads anything else. */
static void whatever_stands_in_the_tables_a_walk_ends_and_reads_nothing_else(void **state)
{
    (void)state;
    enum { FRAMES = 23 };
    uint64_t seed = 7;
    unsigned seen[CHECK_CHAIN + 1] = {0};
    hashed_table t = hashed_table_open(FRAMES, 3);
    for (unsigned round = 0; round < 20000; round++) {
        for (unsigned i = 0; i < FRAMES; i++) {
            const unsigned next = random_below(&seed, FRAMES) + (random_below(&seed, 40) == 0);
            const unsigned flags =
                (random_below(&seed, 256) | FLAGS) & ~(random_below(&seed, 8) > 0 ? END : 0);
            t.entry[i] = hashed_word(0, random_below(&seed, 9), next, flags);
        }
        for (unsigned i = 0; i < 8; i++)
            t.anchor[i] =
                hashed_word(0, 0, random_below(&seed, FRAMES), random_below(&seed, 8) > 0);
        const tw_translation got = hashed_table_load(&t, 0, random_below(&seed, 9));
        seen[got.check]++;
        assert_in_range(got.reads, 1, 1 + FRAMES);
    }
    assert_true(seen[CHECK_NONE] > 1000 && seen[CHECK_VALID] > 1000 && seen[CHECK_CHAIN] > 1000);
    hashed_table_close(&t);
}

static void of_a_long_chain_the_record_has_the_beginning_and_the_last_access(void **state)
{
    (void)state;
    enum { FRAMES = 1000 };
    hashed_table t = hashed_table_open(FRAMES, 0);
    for (unsigned frame = 0; frame < FRAMES; frame++)
        hashed_table_map(&t, 0, frame, frame, 1u << PTE_R | 1u << PTE_U);
    const tw_translation got = hashed_table_load(&t, 0, FRAMES - 1);
    const uint64_t table = got.access[1].address;
    assert_int_equal(got.reads, 1 + FRAMES);
    assert_int_equal(got.accesses, TW_ACCESSES_MAX);
    for (unsigned i = 1; i < TW_ACCESSES_MAX - 1; i++)
        assert_int_equal(got.access[i].address, table + 8 * (uint64_t)(i - 1));
    assert_int_equal(got.access[TW_ACCESSES_MAX - 1].kind, TW_SWAP);
    assert_int_equal(got.access[TW_ACCESSES_MAX - 1].address, table + 8 * (FRAMES - 1));
    assert_int_equal(hashed_table_load(&t, 0, FRAMES - 1).access[TW_ACCESSES_MAX - 1].kind,
                     TW_READ);
    hashed_table_close(&t);
}

int main(void)
{
    const struct CMUnitTest inverted[] = {
        cmocka_unit_test(an_inverted_table_has_as_many_entries_as_frames_for_all_address_spaces),
        cmocka_unit_test(a_search_reads_n_entries_at_worst_and_half_of_n_plus_1_on_average),
        cmocka_unit_test(eight_pages_forced_into_one_chain_take_1_to_8_probes),
        cmocka_unit_test(a_successful_search_of_chains_takes_1_and_half_the_load_probes),
        cmocka_unit_test(a_page_is_found_in_its_chain_long_before_the_search_finds_it),
        cmocka_unit_test(a_second_page_of_a_frame_takes_the_place_of_the_first),
        cmocka_unit_test(search_and_chains_find_the_same),
        cmocka_unit_test(whatever_stands_in_the_tables_a_walk_ends_and_reads_nothing_else),
        cmocka_unit_test(of_a_long_chain_the_record_has_the_beginning_and_the_last_access),
    };
    return cmocka_run_group_tests_name("inverted", inverted, NULL, NULL);
}
