/* The words that name generated references: a bad one is refused with what is allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tb/generate.h"
#include "tb/random.h"

static void every_bad_word_is_refused_with_what_is_allowed(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"gen:", "expected one of sequential, loop, random, zipf, phase, rows, columns, chase"},
        {"gen:zip", "expected one of sequential"},
        {"gen:zipfs", "expected one of sequential"},
        {"gen:zipf,", "expected key=number, each once, of pages, references, seed, stores, "
                      "fetches, s"},
        {"gen:zipf,pages", "'pages': expected key=number"},
        {"gen:zipf,pages=", "expected pages=1 to 262144"},
        {"gen:zipf,pages=0", "expected pages=1 to 262144"},
        {"gen:zipf,pages=262145", "expected pages=1 to 262144"},
        {"gen:zipf,pages=-1", "expected pages=1"},
        {"gen:zipf,pages=4 ", "expected pages=1"},
        {"gen:zipf,pages=99999999999999999999999", "expected pages=1"},
        {"gen:zipf,pages=4,pages=4", "each once"},
        {"gen:zipf,page=4", "expected key=number"},
        {"gen:zipf,s=4.01", "expected s=0.00 to 4.00"},
        {"gen:zipf,s=.5", "expected s=0.00"},
        {"gen:zipf,s=1.", "expected s=0.00"},
        {"gen:zipf,s=0.999", "expected s=0.00"},
        {"gen:zipf,s=1.2.3", "expected s=0.00"},
        {"gen:zipf,stride=8", "'stride=8': expected key=number"},
        {"gen:rows,pages=8", "of references, seed, stores, fetches, n"},
        {"gen:rows,n=4097", "expected n=1 to 4096"},
        {"gen:sequential,stride=12", "expected stride=8 to 4096, a multiple of 8"},
        {"gen:loop,stores=101", "expected stores=0 to 100"},
        {"gen:loop,fetches=100", "expected fetches=0 to 99"},
        {"gen:loop,references=0", "expected references=1 to 1000000000"},
        {"gen:phase,pages=4,locality=5", "expected at most pages=4"},
        {"zipf", "expected gen:KIND,key=number"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        generate_spec spec;
        tw_error error = {0};
        if (generate_parse(bad[i][0], &spec, &error) != TW_USAGE)
            fail_msg("expected '%s' to be refused", bad[i][0]);
        if (strstr(error.text, bad[i][1]) == NULL)
            fail_msg("'%s': expected '%s' in '%s'", bad[i][0], bad[i][1], error.text);
        assert_null(strchr(error.text, '\n'));
    }
    char word[300];
    snprintf(word, sizeof word, "gen:zipf,pages=%0250d", 4);
    generate_spec spec;
    tw_error error = {0};
    assert_int_equal(generate_parse(word, &spec, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "at most 200 characters"));
}

static void words_of_chance_are_refused_or_make_a_generator_of_numbers_in_range(void **state)
{
    (void)state;
    static const char *const piece[] = {"gen:",     "zipf",   "phase",    "rows",      ",",
                                        "=",        "pages",  "locality", "n",         "4",
                                        "0.5",      ".",      ",n=3",     ",stores=9", "loop",
                                        ",pages=2", "\x80%s", "seed",     ",phase=1"};
    unsigned accepted = 0;
    uint64_t seed = 1;
    for (unsigned i = 0; i < 200000; i++) {
        char word[120] = "gen:";
        for (unsigned n = random_below(&seed, 7); n > 0; n--)
            strcat(word, piece[random_below(&seed, sizeof piece / sizeof *piece)]);
        generate_spec spec;
        tw_error error = {0};
        if (generate_parse(word, &spec, &error) != TW_OK) {
            assert_int_equal(error.status, TW_USAGE);
            assert_true(strlen(error.text) > 20);
            continue;
        }
        accepted++;
        generator *g = generate_open(&spec, &error);
        assert_non_null(g);
        reference r;
        for (unsigned n = 0; n < 5 && generate_next(g, &r); n++)
            assert_in_range(r.va, GENERATE_DATA, GENERATE_DATA + (spec.pages << PAGE_SHIFT) - 1);
        generate_close(g);
    }
    assert_true(accepted > 1000);
}

int main(void)
{
    const struct CMUnitTest words[] = {
        cmocka_unit_test(every_bad_word_is_refused_with_what_is_allowed),
        cmocka_unit_test(words_of_chance_are_refused_or_make_a_generator_of_numbers_in_range),
    };
    return cmocka_run_group_tests(words, NULL, NULL);
}
