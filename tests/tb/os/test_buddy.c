/* The buddy allocator: textbook numbers, pools of any shape, and what is given back wrongly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tb/host_records.h"
#include "tb/os/buddy.h"

static buddy *open_pool(uint64_t first, uint64_t count)
{
    tw_error error = {0};
    const os_records records = host_records();
    buddy *pool = buddy_open(&records, first, count, &error);
    if (pool == NULL)
        fail_msg("expected a pool, got: %s", error.text);
    return pool;
}

/* A block for so many bytes of a pool of units of `unit` bytes: where it begins, in bytes. */
static uint64_t take_bytes(buddy *pool, uint64_t unit, double bytes)
{
    tw_error error = {0};
    uint64_t at = 0, units = (uint64_t)((bytes + (double)unit - 1) / (double)unit);
    if (buddy_take(pool, buddy_order_for(units), &at, &error) != TW_OK)
        fail_msg("expected a block, got: %s", error.text);
    return at * unit;
}

static void give(buddy *pool, uint64_t unit)
{
    tw_error error = {0};
    if (buddy_give(pool, unit, &error) != TW_OK)
        fail_msg("expected %llu to be taken back, got: %s", (unsigned long long)unit, error.text);
}

/* All blocks: orders from left to right, "2" free, "2*" taken. */
static void expect_blocks(const buddy *pool, const char *expected)
{
    char got[400] = "";
    buddy_block block;
    uint64_t end = buddy_first(pool);
    for (uint64_t at = end; buddy_block_at(pool, at, &block); at = end) {
        end = at + (1ull << block.order);
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%u%s",
                 at == buddy_first(pool) ? "" : " ", block.order, block.taken ? "*" : "");
    }
    assert_string_equal(got, expected);
    assert_int_equal(end, buddy_first(pool) + buddy_count(pool));
}

static void expect_refusal(buddy *pool, uint64_t unit, const char *sentence)
{
    tw_error error = {0};
    const uint64_t before = buddy_free(pool);
    assert_int_equal(buddy_give(pool, unit, &error), TW_USAGE);
    assert_string_equal(error.text, sentence);
    memset(&error, 0, sizeof error);
    assert_int_equal(buddy_split(pool, unit, &error), TW_USAGE);
    assert_string_equal(error.text, sentence);
    assert_int_equal(buddy_free(pool), before);
}

/* ---- numbers of textbooks -------------------------------------------------------------------- */

/* Bytes of the block for a request, in units of bytes. */
static uint64_t block_for(uint64_t bytes)
{
    return 1ull << buddy_order_for(bytes);
}

static void a_request_of_11_kb_gets_16_kb_and_wastes_5120_bytes(void **state)
{
    (void)state;
    const uint64_t asked = 11 << 10, block = block_for(asked);
    assert_int_equal(block, 16 << 10);
    assert_int_equal(block - asked, 5120);
    assert_int_equal((block - asked) * 10000 / block, 3125); /* 31.25 % */
}

static void a_request_of_7000_bytes_gets_8_kb_and_wastes_1192_bytes(void **state)
{
    (void)state;
    const uint64_t block = block_for(7000);
    assert_int_equal(block, 8 << 10);
    assert_int_equal(block - 7000, 1192);
    assert_int_equal((block - 7000) * 10000 / block, 1455); /* 14.55 % */
}

static void an_8_kb_block_and_its_free_buddy_form_a_16_kb_block(void **state)
{
    (void)state;
    buddy *pool = open_pool(0, 16);
    const uint64_t left = take_bytes(pool, 1024, 7000), right = take_bytes(pool, 1024, 7000);
    assert_int_equal(left, 0);
    assert_int_equal(right, 8 << 10);
    give(pool, left / 1024);
    assert_int_equal(buddy_largest(pool), 3);
    give(pool, right / 1024);
    assert_int_equal(buddy_free_blocks(pool, 4), 1);
    expect_blocks(pool, "4");
    buddy_close(pool);
}

static void a_256_kb_pool_gives_21_kb_by_128_64_32_and_32_and_is_whole_again(void **state)
{
    (void)state;
    buddy *pool = open_pool(0, 256);
    const uint64_t at = take_bytes(pool, 1024, 21 << 10);
    assert_int_equal(at, 0);
    expect_blocks(pool, "5* 5 6 7");
    assert_int_equal(buddy_free(pool), 224);
    give(pool, at / 1024);
    expect_blocks(pool, "8");
    assert_int_equal(buddy_free(pool), 256);
    buddy_close(pool);
}

/* The example of mc.edu's operating systems outline: 16 KiB, letters A to L. */
static void play_of_16_kb(uint64_t unit, const char *expected)
{
    static const char *const steps[] = {"A3.6",  "B1.5",   "C1.2", "D1.9",   "E2.7", "-C",   "-B",
                                        "F1.5",  "G1.6",   "-D",   "-A",     "-G",   "H6.8", "-E",
                                        "I.830", "J.5957", "K1.6", "L.7324", "-H"};
    uint64_t at[26] = {0};
    buddy *pool = open_pool(0, 16384 / unit);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const char *step = steps[i];
        if (step[0] == '-')
            give(pool, at[step[1] - 'A'] / unit);
        else
            at[step[0] - 'A'] = take_bytes(pool, unit, atof(step + 1) * 1024);
    }
    char got[200] = "";
    buddy_block block;
    for (uint64_t u = 0; buddy_block_at(pool, u, &block); u += 1ull << block.order) {
        char name = '-'; /* free */
        for (char letter = 'A'; letter <= 'L' && block.taken; letter++)
            if (at[letter - 'A'] == u * unit && strchr("IJFKL", letter) != NULL)
                name = letter;
        snprintf(got + strlen(got), sizeof got - strlen(got), "%lluK %c ",
                 (unsigned long long)(unit << block.order) / 1024, name);
    }
    assert_string_equal(got, expected);
    buddy_close(pool);
}

/* With 2 KiB instead, a block for L is no longer free. */
static void the_16_kb_example_comes_out_for_units_of_1_byte_to_1_kb(void **state)
{
    (void)state;
    for (uint64_t unit = 1; unit <= 1024; unit *= 2)
        play_of_16_kb(unit, "8K - 1K I 1K J 2K F 2K K 1K L 1K - ");
}

/* ---- pools of any shape ---------------------------------------------------------------------- */

static void blocks_are_aligned_to_their_size_from_unit_0_and_not_from_the_first(void **state)
{
    (void)state;
    buddy *pool = open_pool(5, 22); /* 5, 6-7, 8-15, 16-23, 24-25, 26 */
    uint64_t at;
    expect_blocks(pool, "0 1 3 3 1 0");
    assert_int_equal(buddy_take(pool, 2, &at, NULL), TW_OK);
    assert_int_equal(at, 8);
    assert_int_equal(buddy_take(pool, 0, &at, NULL), TW_OK);
    assert_int_equal(at, 5);
    assert_int_equal(buddy_take(pool, 0, &at, NULL), TW_OK);
    assert_int_equal(at, 26);
    assert_int_equal(buddy_take(pool, 0, &at, NULL), TW_OK);
    assert_int_equal(at, 6);
    expect_blocks(pool, "0* 0* 0 2* 2 3 1 0*");
    buddy_close(pool);
}

static void a_buddy_that_is_not_of_the_pool_is_not_merged_with(void **state)
{
    (void)state;
    buddy *pool = open_pool(1, 2); /* buddies are 0 and 3 */
    uint64_t a, b;
    assert_int_equal(buddy_take(pool, 0, &a, NULL), TW_OK);
    assert_int_equal(buddy_take(pool, 0, &b, NULL), TW_OK);
    give(pool, a);
    give(pool, b);
    expect_blocks(pool, "0 0");
    assert_int_equal(buddy_take(pool, 1, &a, NULL), TW_NO_MEMORY);
    buddy_close(pool);
}

static void a_block_next_to_another_that_is_not_its_buddy_stays_apart(void **state)
{
    (void)state;
    buddy *pool = open_pool(0, 4);
    uint64_t at;
    for (int i = 0; i < 4; i++)
        assert_int_equal(buddy_take(pool, 0, &at, NULL), TW_OK);
    give(pool, 1);
    give(pool, 2);
    expect_blocks(pool, "0* 0 0 0*");
    give(pool, 0);
    expect_blocks(pool, "1 0 0*");
    buddy_close(pool);
}

static void a_block_that_is_split_is_given_back_unit_by_unit(void **state)
{
    (void)state;
    buddy *pool = open_pool(8, 8);
    uint64_t at;
    assert_int_equal(buddy_take(pool, 2, &at, NULL), TW_OK);
    assert_int_equal(buddy_split(pool, at, NULL), TW_OK);
    expect_blocks(pool, "0* 0* 0* 0* 2");
    give(pool, 11);
    give(pool, 10);
    expect_blocks(pool, "0* 0* 1 2");
    give(pool, 8);
    give(pool, 9);
    expect_blocks(pool, "3");
    buddy_close(pool);
}

static void a_pool_a_unit_short_of_a_million_is_used_up_and_whole_again(void **state)
{
    (void)state;
    buddy *pool = open_pool(0, (1 << 20) - 1);
    uint64_t at;
    assert_int_equal(buddy_largest(pool), 19);
    for (uint64_t i = 0; i < (1 << 20) - 1; i++)
        assert_int_equal(buddy_take(pool, 0, &at, NULL), TW_OK);
    assert_int_equal(buddy_free(pool), 0);
    assert_int_equal(buddy_largest(pool), -1);
    for (uint64_t i = 0; i < (1 << 20) - 1; i++)
        give(pool, i * 77773 % ((1 << 20) - 1)); /* in an order of its own, each once */
    assert_int_equal(buddy_largest(pool), 19);
    assert_int_equal(buddy_free_blocks(pool, 0), 1);
    buddy_close(pool);
}

static void an_order_is_the_least_that_suffices(void **state)
{
    (void)state;
    static const uint64_t rows[][2] = {{0, 0},     {1, 0},          {2, 1},     {3, 2},
                                       {4, 2},     {5, 3},          {1023, 10}, {1024, 10},
                                       {1025, 11}, {1ull << 47, 47}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(buddy_order_for(rows[i][0]), rows[i][1]);
}

/* ---- errors ---------------------------------------------------------------------------------- */

static void what_is_given_back_wrongly_is_refused_with_a_sentence(void **state)
{
    (void)state;
    buddy *pool = open_pool(0x100, 16);
    uint64_t a, b;
    assert_int_equal(buddy_take(pool, 2, &a, NULL), TW_OK);
    assert_int_equal(buddy_take(pool, 0, &b, NULL), TW_OK);
    expect_refusal(pool, 0xff, "unit 0xff is not of the pool, which has 16 from 0x100 on");
    expect_refusal(pool, 0x110, "unit 0x110 is not of the pool, which has 16 from 0x100 on");
    expect_refusal(pool, 0x103,
                   "unit 0x103 is inside the block that begins at 0x100: give that one back");
    expect_refusal(pool, 0x105, "unit 0x105 is free: it was given back twice");
    expect_refusal(pool, 0x10f, "unit 0x10f is free: it was given back twice");
    give(pool, b);
    expect_refusal(pool, b, "unit 0x104 is free: it was given back twice");
    give(pool, a);
    expect_refusal(pool, a, "unit 0x100 is free: it was given back twice");
    expect_blocks(pool, "4");
    buddy_close(pool);
}

static void what_cannot_be_had_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    buddy *pool = open_pool(0, 12);
    tw_error error = {0};
    uint64_t at = 77;
    assert_int_equal(buddy_take(pool, 4, &at, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "no free block of 16 units: 12 are free, in blocks of 8 at "
                                    "most; give some back, or take less");
    assert_int_equal(buddy_take(pool, 63, &at, &error), TW_NO_MEMORY);
    assert_int_equal(at, 77);
    expect_blocks(pool, "3 2");
    assert_int_equal(buddy_take(pool, 3, &at, NULL), TW_OK);
    assert_int_equal(buddy_take(pool, 2, &at, NULL), TW_OK);
    assert_int_equal(buddy_take(pool, 0, &at, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "all 12 units are taken: give some back");
    buddy_close(pool);
}

static void a_pool_that_cannot_be_is_refused(void **state)
{
    (void)state;
    const os_records records = host_records();
    tw_error error = {0};
    assert_null(buddy_open(&records, 3, 0, &error));
    assert_int_equal(error.status, TW_USAGE);
    assert_string_equal(error.text, "0 units from 0x3 on are no pool: give at least one, and none "
                                    "from 2^48 - 1 on");
    assert_null(buddy_open(&records, 1ull << 48, 1, &error));
    assert_int_equal(error.status, TW_USAGE);
    assert_null(buddy_open(&records, UINT64_MAX, 2, &error));
    buddy_close(NULL);
}

int main(void)
{
    const struct CMUnitTest buddies[] = {
        cmocka_unit_test(a_request_of_11_kb_gets_16_kb_and_wastes_5120_bytes),
        cmocka_unit_test(a_request_of_7000_bytes_gets_8_kb_and_wastes_1192_bytes),
        cmocka_unit_test(an_8_kb_block_and_its_free_buddy_form_a_16_kb_block),
        cmocka_unit_test(a_256_kb_pool_gives_21_kb_by_128_64_32_and_32_and_is_whole_again),
        cmocka_unit_test(the_16_kb_example_comes_out_for_units_of_1_byte_to_1_kb),
        cmocka_unit_test(blocks_are_aligned_to_their_size_from_unit_0_and_not_from_the_first),
        cmocka_unit_test(a_buddy_that_is_not_of_the_pool_is_not_merged_with),
        cmocka_unit_test(a_block_next_to_another_that_is_not_its_buddy_stays_apart),
        cmocka_unit_test(a_block_that_is_split_is_given_back_unit_by_unit),
        cmocka_unit_test(a_pool_a_unit_short_of_a_million_is_used_up_and_whole_again),
        cmocka_unit_test(an_order_is_the_least_that_suffices),
        cmocka_unit_test(what_is_given_back_wrongly_is_refused_with_a_sentence),
        cmocka_unit_test(what_cannot_be_had_is_refused_and_changes_nothing),
        cmocka_unit_test(a_pool_that_cannot_be_is_refused),
    };
    return cmocka_run_group_tests_name("buddy", buddies, NULL, NULL);
}
