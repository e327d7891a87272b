/* Generated references: each kind has the locality that it promises, and the same word gives the
 * same references. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tb/footprint.h"
#include "tb/generate.h"

static generator *open_word(const char *word)
{
    generate_spec spec;
    tw_error error = {0};
    if (generate_parse(word, &spec, &error) != TW_OK)
        fail_msg("%s: %s", word, error.text);
    generator *g = generate_open(&spec, &error);
    if (g == NULL)
        fail_msg("%s: %s", word, error.text);
    return g;
}

/* The page of the next reference to data, from 0. */
static unsigned next_page(generator *g)
{
    reference r = {0};
    assert_true(generate_next(g, &r));
    assert_true(r.va >= GENERATE_DATA);
    assert_true(r.va >> PAGE_SHIFT == (r.va + r.bytes - 1) >> PAGE_SHIFT);
    return (unsigned)((r.va - GENERATE_DATA) >> PAGE_SHIFT);
}

static bool same(const reference *a, const reference *b)
{
    return a->kind == b->kind && a->va == b->va && a->bytes == b->bytes;
}

/* How many references of two words' streams are equal, one by one. */
static unsigned equal_references(const char *word, const char *other)
{
    generator *g = open_word(word), *h = open_word(other);
    reference a = {0}, b = {0};
    unsigned equal = 0;
    while (generate_next(g, &a) && generate_next(h, &b))
        equal += same(&a, &b);
    generate_close(g);
    generate_close(h);
    return equal;
}

/* How often another page follows, the first one included. */
static unsigned page_changes(const char *word, unsigned references)
{
    generator *g = open_word(word);
    unsigned changes = 0, last = UINT32_MAX;
    for (unsigned i = 0; i < references; i++) {
        unsigned page = next_page(g);
        changes += page != last;
        last = page;
    }
    reference r;
    assert_false(generate_next(g, &r));
    generate_close(g);
    return changes;
}

static const char *const EVERY_KIND[] = {"gen:sequential", "gen:loop", "gen:random",  "gen:zipf",
                                         "gen:phase",      "gen:rows", "gen:columns", "gen:chase"};
enum { KINDS = sizeof EVERY_KIND / sizeof *EVERY_KIND };

/* ---- localities ------------------------------------------------------------------------------ */

static void sequential_visits_each_page_once_a_pass_and_in_order(void **state)
{
    (void)state;
    generator *g = open_word("gen:sequential,pages=5,stride=64,references=960");
    for (unsigned i = 0; i < 960; i++)
        assert_int_equal(next_page(g), i / 64 % 5);
    generate_close(g);
    assert_int_equal(page_changes("gen:sequential,pages=5,stride=64,references=960", 960), 15);
}

static void loop_of_11_pages_comes_back_to_a_page_after_10_others(void **state)
{
    (void)state;
    generator *g = open_word("gen:loop,pages=11,references=33");
    for (unsigned i = 0; i < 33; i++)
        assert_int_equal(next_page(g), i % 11);
    generate_close(g);
}

/* Counts of references by page, of as many pages as there are counts. */
static void count_pages(const char *word, unsigned *count, unsigned pages, unsigned references)
{
    generator *g = open_word(word);
    memset(count, 0, pages * sizeof *count);
    for (unsigned i = 0; i < references; i++) {
        unsigned page = next_page(g);
        assert_in_range(page, 0, pages - 1);
        count[page]++;
    }
    generate_close(g);
}

static int larger_first(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
    return (x < y) - (x > y);
}

/* Is the page of each of the first ranks, k, as frequent as 1 / k of the first, within a tenth? For
 * an exponent of 1. */
static bool falls_as_one_over_the_rank(const char *word, unsigned references)
{
    unsigned count[64];
    count_pages(word, count, 64, references);
    qsort(count, 64, sizeof *count, larger_first);
    bool falls = true;
    for (unsigned k = 2; k <= 10; k++)
        falls = falls && abs((int)(count[k - 1] * k) - (int)count[0]) < (int)count[0] / 10;
    return falls;
}

static void zipf_rank_k_is_k_times_rarer_and_random_is_not(void **state)
{
    (void)state;
    assert_true(falls_as_one_over_the_rank("gen:zipf,pages=64,s=1,references=100000", 100000));
    assert_false(falls_as_one_over_the_rank("gen:random,pages=64,references=100000", 100000));
    assert_false(falls_as_one_over_the_rank("gen:zipf,pages=64,s=0.5,references=100000", 100000));
}

/* The sum of k^-0.99 for k up to 64 is 4.8312, so that the first has a fifth of all. */
static void zipf_of_exponent_0_99_gives_the_first_of_64_pages_20_699_of_100000(void **state)
{
    (void)state;
    unsigned count[64];
    count_pages("gen:zipf,pages=64,references=100000", count, 64, 100000);
    qsort(count, 64, sizeof *count, larger_first);
    assert_in_range(count[0], 20699 - 400, 20699 + 400);
}

static void zipf_of_exponent_0_and_random_reach_every_page_as_often(void **state)
{
    (void)state;
    static const char *const word[] = {"gen:zipf,pages=16,s=0,references=64000",
                                       "gen:random,pages=16,references=64000"};
    for (unsigned i = 0; i < 2; i++) {
        unsigned count[16];
        count_pages(word[i], count, 16, 64000);
        for (unsigned p = 0; p < 16; p++)
            assert_in_range(count[p], 3700, 4300);
    }
}

static void each_phase_has_a_working_set_of_its_own(void **state)
{
    (void)state;
    generator *g = open_word("gen:phase,pages=32,locality=8,phase=500,references=4000");
    for (unsigned p = 0; p < 8; p++) {
        bool touched[8] = {false};
        for (unsigned i = 0; i < 500; i++) {
            unsigned page = next_page(g);
            assert_int_equal(page / 8, p % 4);
            touched[page % 8] = true;
        }
        for (unsigned i = 0; i < 8; i++)
            assert_true(touched[i]);
    }
    generate_close(g);
}

static void
a_matrix_of_128_rows_a_page_each_has_16384_page_changes_by_columns_and_128_by_rows(void **state)
{
    (void)state;
    assert_int_equal(page_changes("gen:columns", 16384), 16384);
    assert_int_equal(page_changes("gen:rows", 16384), 128);
    assert_int_equal(page_changes("gen:rows,n=1025", 1025 * 1025), 2 * 1025);
}

static void chase_visits_every_page_once_a_round_and_in_the_same_order(void **state)
{
    (void)state;
    enum { PAGES = 100 };
    generator *g = open_word("gen:chase,pages=100,references=300");
    unsigned order[PAGES], in_order = 0;
    bool visited[PAGES] = {false};
    for (unsigned i = 0; i < PAGES; i++) {
        order[i] = next_page(g);
        assert_false(visited[order[i]]);
        visited[order[i]] = true;
        in_order += i > 0 && order[i] == order[i - 1] + 1;
    }
    for (unsigned i = PAGES; i < 300; i++)
        assert_int_equal(next_page(g), order[i % PAGES]);
    assert_true(in_order < 10);
    generate_close(g);
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void there_are_exactly_as_many_references_as_asked_for(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KINDS; i++) {
        char word[100];
        snprintf(word, sizeof word, "%s,references=1234,fetches=30", EVERY_KIND[i]);
        generator *g = open_word(word);
        reference r;
        unsigned count = 0;
        while (generate_next(g, &r))
            assert_int_equal(generate_given(g), ++count);
        assert_int_equal(count, 1234);
        assert_false(generate_next(g, &r));
        generate_close(g);
    }
}

static void stores_and_fetches_are_as_many_as_their_percentages(void **state)
{
    (void)state;
    generator *g = open_word("gen:random,references=100000,stores=30,fetches=50");
    unsigned count[4] = {0};
    reference r;
    while (generate_next(g, &r)) {
        count[r.kind]++;
        assert_int_equal(r.kind == REFERENCE_FETCH, r.va >> PAGE_SHIFT == GENERATE_CODE >> 12);
    }
    generate_close(g);
    assert_in_range(count[REFERENCE_FETCH], 49000, 51000);
    assert_in_range(count[REFERENCE_STORE], 14000, 16000);
    assert_in_range(count[REFERENCE_LOAD], 34000, 36000);
    assert_int_equal(count[REFERENCE_MODIFY], 0);
}

static void a_restart_gives_the_same_references_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KINDS; i++) {
        char word[100];
        snprintf(word, sizeof word, "%s,references=500,fetches=20", EVERY_KIND[i]);
        generator *g = open_word(word);
        reference first[500] = {0}, r = {0};
        for (unsigned n = 0; n < 500; n++)
            assert_true(generate_next(g, &first[n]));
        generate_restart(g);
        for (unsigned n = 0; n < 500; n++) {
            assert_true(generate_next(g, &r));
            assert_true(same(&r, &first[n]));
        }
        assert_false(generate_next(g, &r));
        generate_close(g);
    }
}

static void the_seed_decides_and_nothing_else(void **state)
{
    (void)state;
    assert_int_equal(equal_references("gen:random,seed=7", "gen:random,seed=7"), 10000);
    assert_true(equal_references("gen:random,seed=7", "gen:random,seed=8") < 100);
    assert_true(equal_references("gen:zipf,seed=7", "gen:zipf,seed=8") < 1000);
    assert_true(equal_references("gen:chase,seed=7", "gen:chase,seed=8") < 1000);
    assert_int_equal(equal_references("gen:zipf", "gen:zipf,seed=1"), 10000);
    assert_true(equal_references("gen:loop,seed=7", "gen:loop,seed=8") < 8000); /* the stores */
}

static void another_percentage_of_stores_leaves_the_addresses(void **state)
{
    (void)state;
    generator *g = open_word("gen:zipf,stores=0"), *h = open_word("gen:zipf,stores=100");
    reference a, b;
    while (generate_next(g, &a) && generate_next(h, &b)) {
        assert_int_equal(a.va, b.va);
        assert_int_equal(a.kind, REFERENCE_LOAD);
        assert_int_equal(b.kind, REFERENCE_STORE);
    }
    generate_close(g);
    generate_close(h);
}

/* What another program computes, with k^-0.99 in floating point, from the same random words. */
static void the_first_references_are_these(void **state)
{
    (void)state;
    static const unsigned want[8] = {44, 44, 48, 25, 6, 48, 18, 38};
    generator *g = open_word("gen:zipf,pages=64");
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(next_page(g), want[i]);
    generate_close(g);
}

/* ---- as traces ------------------------------------------------------------------------------- */

static void a_word_is_a_trace(void **state)
{
    (void)state;
    tw_error error = {0};
    trace *t = trace_open("gen:loop,pages=3,references=4,stores=0", &error);
    if (t == NULL)
        fail_msg("%s", error.text);
    reference r;
    bool more;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(trace_next(t, &r, &more, &error), TW_OK);
        assert_true(more);
        assert_int_equal(r.va, GENERATE_DATA + i % 3 * 4096);
        assert_int_equal(trace_where(t).line, i + 1);
        assert_string_equal(trace_where(t).file, "gen:loop,pages=3,references=4,stores=0");
    }
    assert_int_equal(trace_next(t, &r, &more, &error), TW_OK);
    assert_false(more);
    trace_close(t);
    assert_null(trace_open("gen:lop", &error));
    assert_int_equal(error.status, TW_USAGE);
}

static void the_footprint_has_the_pages_that_were_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        unsigned pages, references;
    } row[] = {{"gen:sequential,pages=64", 64, 10000},
               {"gen:chase,pages=200,references=1000,fetches=10", 201, 1000},
               {"gen:columns,n=100", 100, 10000},
               {"gen:random,pages=50", 50, 10000}};
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        footprint *f = footprint_of(row[i].word, NULL);
        assert_non_null(f);
        assert_int_equal(footprint_pages(f), row[i].pages);
        assert_int_equal(footprint_references(f), row[i].references);
        footprint_close(f);
    }
}

int main(void)
{
    const struct CMUnitTest generators[] = {
        cmocka_unit_test(sequential_visits_each_page_once_a_pass_and_in_order),
        cmocka_unit_test(loop_of_11_pages_comes_back_to_a_page_after_10_others),
        cmocka_unit_test(zipf_rank_k_is_k_times_rarer_and_random_is_not),
        cmocka_unit_test(zipf_of_exponent_0_99_gives_the_first_of_64_pages_20_699_of_100000),
        cmocka_unit_test(zipf_of_exponent_0_and_random_reach_every_page_as_often),
        cmocka_unit_test(each_phase_has_a_working_set_of_its_own),
        cmocka_unit_test(
            a_matrix_of_128_rows_a_page_each_has_16384_page_changes_by_columns_and_128_by_rows),
        cmocka_unit_test(chase_visits_every_page_once_a_round_and_in_the_same_order),
        cmocka_unit_test(there_are_exactly_as_many_references_as_asked_for),
        cmocka_unit_test(stores_and_fetches_are_as_many_as_their_percentages),
        cmocka_unit_test(a_restart_gives_the_same_references_again),
        cmocka_unit_test(the_seed_decides_and_nothing_else),
        cmocka_unit_test(another_percentage_of_stores_leaves_the_addresses),
        cmocka_unit_test(the_first_references_are_these),
        cmocka_unit_test(a_word_is_a_trace),
        cmocka_unit_test(the_footprint_has_the_pages_that_were_asked_for),
    };
    return cmocka_run_group_tests(generators, NULL, NULL);
}
