/* translate and page_allocate, in memory that was dirty before. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tablewalk/facade.h"

/* glibc fills what it hands out, so that nothing is 0 by luck; the sanitizers do so themselves. */
static int poison(void **state)
{
    (void)state;
    mallopt(M_PERTURB, 0xa5);
    return 0;
}

static tw_teach *teach_open(unsigned levels, unsigned pobits)
{
    tw_error error;
    tw_teach *teach = tw_teach_open(levels, pobits, &error);
    if (teach == NULL)
        fail_msg("%s", error.text);
    return teach;
}

static void without_a_page_translate_returns_all_ones_and_there_is_no_root(void **state)
{
    (void)state;
    tw_teach *teach = teach_open(3, 12);
    assert_int_equal(tw_page_table_base(teach), 0);
    assert_int_equal(tw_page_translate(teach, 0), SIZE_MAX);
    assert_int_equal(tw_page_translate(teach, 0x456789), SIZE_MAX);
    tw_teach_close(teach);
}

static void the_first_page_allocates_the_root(void **state)
{
    (void)state;
    tw_teach *teach = teach_open(1, 12);
    assert_int_equal(tw_page_allocate(teach, 0x456789 & 0x1fffff), TW_OK);
    assert_int_not_equal(tw_page_table_base(teach), 0);
    assert_int_equal(tw_page_table_base(teach) % 4096, 0);
    tw_teach_close(teach);
}

static void all_other_entries_of_a_new_table_are_invalid(void **state)
{
    (void)state;
    for (unsigned levels = 1; levels <= 4; levels++) {
        tw_teach *teach = teach_open(levels, 6); /* tables of 8 entries */
        size_t pages = (size_t)1 << 3 * levels;
        size_t page = pages * 5 / 7;
        assert_int_equal(tw_page_allocate(teach, page << 6), TW_OK);
        for (size_t other = 0; other < pages; other++)
            if ((tw_page_translate(teach, other << 6) != SIZE_MAX) != (other == page))
                fail_msg("%u levels: page %zu is%s mapped, page %zu was allocated", levels, other,
                         other == page ? " not" : "", page);
        tw_teach_close(teach);
    }
}

static void allocating_again_adds_an_entry_and_moves_no_table(void **state)
{
    (void)state;
    tw_teach *teach = teach_open(2, 12);
    assert_int_equal(tw_page_allocate(teach, 0x1000), TW_OK);
    size_t root = tw_page_table_base(teach), first = tw_page_translate(teach, 0x1000);
    tw_tree tree = tw_teach_tree(teach);
    assert_int_equal(tw_page_allocate(teach, 0x2000), TW_OK);
    assert_int_equal(tw_page_allocate(teach, 0x1abc), TW_OK);
    assert_int_equal(tw_page_allocate(teach, 0x200000), TW_OK);
    assert_int_equal(tw_page_table_base(teach), root);
    assert_int_equal(tw_teach_tree(teach).root, tree.root);
    assert_int_equal(tw_page_translate(teach, 0x1000), first);
    assert_int_not_equal(tw_page_translate(teach, 0x2000), first);
    assert_int_not_equal(tw_page_translate(teach, 0x2000), SIZE_MAX);
    assert_int_not_equal(tw_page_translate(teach, 0x200000), SIZE_MAX);
    assert_int_equal(tw_page_translate(teach, 0x3000), SIZE_MAX);
    tw_teach_close(teach);
}

static void the_offset_is_kept_and_pages_are_aligned_and_apart(void **state)
{
    (void)state;
    enum { PAGES = 64, BYTES = 64 };
    tw_teach *teach = teach_open(3, 6);
    for (size_t page = 0; page < PAGES; page++) {
        assert_int_equal(tw_page_allocate(teach, page * BYTES + page), TW_OK);
        assert_int_equal(tw_page_translate(teach, page * BYTES) % BYTES, 0);
        memset((void *)tw_page_translate(teach, page * BYTES), (int)page, BYTES);
    }
    for (size_t va = 0; va < (size_t)PAGES * BYTES; va++) {
        size_t pa = tw_page_translate(teach, va);
        assert_int_equal(pa % BYTES, va % BYTES);
        assert_int_equal(*(const unsigned char *)pa, va / BYTES);
    }
    tw_teach_close(teach);
}

/* Each mapped page by the golden model's walk: so many reads, no more. */
static void every_levels_and_pobits_that_fit_64_bits_work(void **state)
{
    (void)state;
    for (unsigned levels = TW_TEACH_LEVELS_MIN; levels <= TW_TEACH_LEVELS_MAX; levels++) {
        for (unsigned pobits = TW_TEACH_POBITS_MIN; pobits <= TW_TEACH_POBITS_MAX; pobits++) {
            unsigned bits = levels * (pobits - 3) + pobits;
            tw_error error = {0};
            tw_teach *teach = tw_teach_open(levels, pobits, &error);
            assert_int_equal(teach != NULL, bits <= 64);
            if (teach == NULL) {
                assert_non_null(strstr(error.text, "expected at most 64"));
                continue;
            }
            size_t last = SIZE_MAX >> (64 - bits);
            assert_int_equal(tw_page_allocate(teach, last), TW_OK);
            assert_int_equal(tw_page_translate(teach, last) & ((1u << pobits) - 1),
                             (1u << pobits) - 1);
            assert_int_equal(tw_page_translate(teach, 0), SIZE_MAX);
            tw_tree tree = tw_teach_tree(teach);
            tw_bus bus = tw_teach_bus();
            tw_request request = {.va = last, .op = OP_STORE, .priv = PRIV_U};
            tw_translation t;
            tw_tree_translate(&tree, &request, &bus, &t);
            assert_int_equal(t.pa, tw_page_translate(teach, last));
            assert_int_equal(t.accesses, levels);
            tw_teach_close(teach);
        }
    }
}

static void bits_above_the_address_are_never_mapped(void **state)
{
    (void)state;
    tw_teach *teach = teach_open(2, 6);
    assert_int_equal(tw_page_allocate(teach, 1 << 12), TW_USAGE);
    assert_int_equal(tw_page_table_base(teach), 0);
    assert_int_equal(tw_page_allocate(teach, 0), TW_OK);
    assert_int_equal(tw_page_translate(teach, 1 << 12), SIZE_MAX);
    tw_teach_close(teach);
}

static void numbers_out_of_range_are_refused_with_what_is_allowed(void **state)
{
    (void)state;
    static const struct {
        unsigned levels, pobits;
        const char *words;
    } rows[] = {{0, 12, "LEVELS is 0: expected 1 to 6"},
                {7, 12, "LEVELS is 7: expected 1 to 6"},
                {1, 3, "POBITS is 3: expected 4 to 18"},
                {1, 19, "POBITS is 19: expected 4 to 18"},
                {6, 18, "together are 108: expected at most 64"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tw_error error = {0};
        assert_null(tw_teach_open(rows[i].levels, rows[i].pobits, &error));
        assert_int_equal(error.status, TW_USAGE);
        assert_non_null(strstr(error.text, rows[i].words));
    }
    tw_teach_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_page_translate_returns_all_ones_and_there_is_no_root),
        cmocka_unit_test(the_first_page_allocates_the_root),
        cmocka_unit_test(all_other_entries_of_a_new_table_are_invalid),
        cmocka_unit_test(allocating_again_adds_an_entry_and_moves_no_table),
        cmocka_unit_test(the_offset_is_kept_and_pages_are_aligned_and_apart),
        cmocka_unit_test(every_levels_and_pobits_that_fit_64_bits_work),
        cmocka_unit_test(bits_above_the_address_are_never_mapped),
        cmocka_unit_test(numbers_out_of_range_are_refused_with_what_is_allowed),
    };
    return cmocka_run_group_tests_name("facade", tests, poison, NULL);
}
