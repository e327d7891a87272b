/* The heap of a program over a plain array: the textbook's numbers, policies, orders, damage. */
#include "tests/support/heap_bench.h"

static const heap_options TEXTBOOK = {.base = 16384, .bytes = 4096, .header = 8, .align = 4};

/* Three blocks of 100 bytes. */
static void take_three(heap_bench *b, uint64_t block[3])
{
    for (int i = 0; i < 3; i++)
        block[i] = heap_bench_malloc(b, 100);
}

/* ---- the textbook's numbers ---- */

static void a_block_of_100_bytes_takes_108_with_its_header(void **state)
{
    (void)state;
    heap_bench *b = heap_bench_open(&TEXTBOOK);
    assert_int_equal(heap_bench_malloc(b, 100), 16384 + 8);
    expect_list(b, "[16492:3988]");
    heap_bench_close(b);
}

static void of_three_blocks_of_100_bytes_the_middle_is_freed_and_3800_bytes_fail(void **state)
{
    (void)state;
    uint64_t block[3], address;
    tw_error error = {0};
    heap_usage usage;
    heap_bench *b = heap_bench_open(&TEXTBOOK);
    take_three(b, block);
    heap_bench_free(b, block[1]);
    expect_list(b, "[16492:108][16708:3772]");
    assert_int_equal(heap_use(&b->heap, &usage, NULL), TW_OK);
    assert_int_equal(usage.free, 3880);
    assert_true(usage.free >= 3800 + 8);
    assert_float_equal(heap_fragmentation(&usage), 108.0 / 3880, 1e-9);
    assert_int_equal(heap_malloc(&b->heap, 3800, &address, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "no free chunk has 3808 bytes: 3880 bytes are free, in 2 "
                                    "chunks, the largest has 3772");
    expect_list(b, "[16492:108][16708:3772]");
    heap_bench_close(b);
}

static void without_coalescing_four_chunks_are_left_when_all_is_freed(void **state)
{
    (void)state;
    uint64_t block[3], address;
    heap_bench *b = heap_bench_open(&TEXTBOOK);
    take_three(b, block);
    for (int i = 0; i < 3; i++)
        heap_bench_free(b, block[i]);
    expect_list(b, "[16384:108][16492:108][16600:108][16708:3772]");
    assert_int_equal(heap_malloc(&b->heap, 3800, &address, NULL), TW_NO_MEMORY);
    heap_bench_close(b);
}

static void with_coalescing_one_chunk_of_4096_bytes_is_left_and_3800_succeed(void **state)
{
    (void)state;
    static const int ORDER[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    heap_options options = TEXTBOOK;
    options.coalesce = true;
    for (int n = 0; n < 6; n++) {
        uint64_t block[3];
        heap_bench *b = heap_bench_open(&options);
        take_three(b, block);
        for (int i = 0; i < 3; i++)
            heap_bench_free(b, block[ORDER[n][i]]);
        expect_list(b, "[16384:4096]");
        assert_int_equal(heap_bench_malloc(b, 3800), 16392);
        heap_bench_close(b);
    }
}

/* Free: 10 bytes at 0, 30 at 11, 20 at 42, in this order in the list. */
static heap_bench *open_10_30_20(heap_fit fit)
{
    static const unsigned BYTES[] = {10, 1, 30, 1, 20};
    uint64_t block[5];
    const heap_options options = {.bytes = 62, .align = 1, .records = 4096, .fit = fit};
    heap_bench *b = heap_bench_open(&options);
    for (int i = 0; i < 5; i++)
        block[i] = heap_bench_malloc(b, BYTES[i]);
    expect_list(b, "");
    for (int i = 0; i < 5; i += 2)
        heap_bench_free(b, block[i]);
    expect_list(b, "[0:10][11:30][42:20]");
    return b;
}

static void
of_10_30_and_20_free_bytes_15_are_taken_from_30_by_first_20_by_best_30_by_worst(void **state)
{
    (void)state;
    static const uint64_t WANT[] = {
        [HEAP_FIRST_FIT] = 11, [HEAP_BEST_FIT] = 42, [HEAP_WORST_FIT] = 11};
    static const unsigned SEARCHED[] = {
        [HEAP_FIRST_FIT] = 2, [HEAP_BEST_FIT] = 3, [HEAP_WORST_FIT] = 3};
    for (heap_fit fit = HEAP_FIRST_FIT; fit <= HEAP_WORST_FIT; fit++) {
        heap_bench *b = open_10_30_20(fit);
        assert_int_equal(heap_bench_malloc(b, 15), WANT[fit]);
        assert_int_equal(b->heap.searched, SEARCHED[fit]);
        expect_list(b, fit == HEAP_BEST_FIT ? "[0:10][11:30][57:5]" : "[0:10][26:15][42:20]");
        heap_bench_close(b);
    }
}

static void
of_10_20_and_30_free_bytes_15_are_taken_from_20_by_first_and_best_30_by_worst(void **state)
{
    (void)state;
    static const unsigned BYTES[] = {10, 1, 20, 1, 30};
    for (heap_fit fit = HEAP_FIRST_FIT; fit <= HEAP_WORST_FIT; fit++) {
        uint64_t block[5];
        const heap_options options = {.bytes = 62, .align = 1, .records = 4096, .fit = fit};
        heap_bench *b = heap_bench_open(&options);
        for (int i = 0; i < 5; i++)
            block[i] = heap_bench_malloc(b, BYTES[i]);
        for (int i = 0; i < 5; i += 2)
            heap_bench_free(b, block[i]);
        expect_list(b, "[0:10][11:20][32:30]");
        assert_int_equal(heap_bench_malloc(b, 15), fit == HEAP_WORST_FIT ? 32 : 11);
        heap_bench_close(b);
    }
}

/* ---- where words stand ---- */

static void a_free_chunk_holds_its_length_and_the_offset_of_the_next(void **state)
{
    (void)state;
    uint64_t block[3];
    heap_bench *b = heap_bench_open(&TEXTBOOK);
    take_three(b, block);
    heap_bench_free(b, block[1]);
    assert_int_equal(heap_bench_word(b, 16492), 108);
    assert_int_equal(heap_bench_word(b, 16496), 16708 - 16384);
    assert_int_equal(heap_bench_word(b, 16708), 3772);
    assert_int_equal(heap_bench_word(b, 16384), 108);
    assert_true(heap_bench_word(b, 16388) >> 31); /* a seal */
    heap_bench_close(b);
}

static void without_headers_not_a_byte_of_the_heap_is_touched(void **state)
{
    (void)state;
    heap_bench *b = open_10_30_20(HEAP_FIRST_FIT);
    for (unsigned address = 0; address < 64; address += 4)
        assert_int_equal(heap_bench_word(b, address), HEAP_BENCH_JUNK);
    heap_bench_close(b);
}

static void without_headers_there_is_a_record_for_each_unit_of_alignment(void **state)
{
    (void)state;
    const heap_options options = {.bytes = 64, .align = 16, .records = 4096};
    heap_bench *b = heap_bench_open(&options);
    assert_int_equal(heap_bench_malloc(b, 17), 0);
    assert_int_equal(heap_bench_word(b, 4096), 32);
    assert_int_equal(heap_bench_word(b, 4096 + 2 * HEAP_RECORD), 32); /* the chunk at 32 */
    heap_bench_close(b);
}

static void a_rest_that_has_no_room_for_words_goes_with_the_block(void **state)
{
    (void)state;
    const heap_options options = {.bytes = 64, .header = 8, .align = 4};
    heap_bench *b = heap_bench_open(&options);
    heap_bench_malloc(b, 64 - 8 - 4); /* 4 are left over */
    expect_list(b, "");
    heap_bench_close(b);
    b = heap_bench_open(&options);
    heap_bench_malloc(b, 64 - 8 - 8);
    expect_list(b, "[56:8]");
    heap_bench_close(b);
}

static void requests_are_rounded_up_and_none_is_too_small(void **state)
{
    (void)state;
    const heap_options options = {.bytes = 256, .header = 16, .align = 16};
    heap_bench *b = heap_bench_open(&options);
    assert_int_equal(heap_bench_malloc(b, 0), 16);
    assert_int_equal(heap_bench_malloc(b, 16), 48);
    assert_int_equal(heap_bench_malloc(b, 17), 80);
    expect_list(b, "[112:144]");
    heap_bench_close(b);
}

/* ---- orders ---- */

/* Blocks of 8, 24 and 16 bytes, the same again, each with a taken one behind it; freed in the order
 * 2nd, 1st, 3rd, 5th, 4th, 6th. */
static void expect_order(heap_order order, const char *list)
{
    static const unsigned BYTES[] = {8, 24, 16, 8, 24, 16}, FREED[] = {1, 0, 2, 4, 3, 5};
    uint64_t block[6];
    const heap_options options = {.bytes = 96 + 6, .align = 1, .records = 4096, .order = order};
    heap_bench *b = heap_bench_open(&options);
    for (int i = 0; i < 6; i++) {
        block[i] = heap_bench_malloc(b, BYTES[i]);
        heap_bench_malloc(b, 1);
    }
    for (int i = 0; i < 6; i++)
        heap_bench_free(b, block[FREED[i]]);
    expect_list(b, list);
    heap_bench_close(b);
}

static void the_list_is_by_address_by_length_up_or_down_or_last_freed_first(void **state)
{
    (void)state;
    expect_order(HEAP_BY_ADDRESS, "[0:8][9:24][34:16][51:8][60:24][85:16]");
    expect_order(HEAP_SHORT_FIRST, "[0:8][51:8][34:16][85:16][9:24][60:24]");
    expect_order(HEAP_LONG_FIRST, "[9:24][60:24][34:16][85:16][0:8][51:8]");
    expect_order(HEAP_LAST_FIRST, "[85:16][51:8][60:24][34:16][0:8][9:24]");
}

/* What is left of a chunk may be shorter than another. */
static void a_list_by_length_is_in_order_after_a_split_too(void **state)
{
    (void)state;
    uint64_t block[2];
    heap_options options = {.bytes = 62, .align = 1, .records = 4096, .order = HEAP_SHORT_FIRST};
    heap_bench *b = heap_bench_open(&options);
    block[0] = heap_bench_malloc(b, 5);
    heap_bench_malloc(b, 1);
    block[1] = heap_bench_malloc(b, 8);
    heap_bench_malloc(b, 48);
    heap_bench_free(b, block[0]);
    heap_bench_free(b, block[1]);
    expect_list(b, "[0:5][6:8]");
    assert_int_equal(heap_bench_malloc(b, 7), 6);
    expect_list(b, "[13:1][0:5]");
    heap_bench_close(b);
}

static void coalescing_finds_what_touches_wherever_it_stands_in_the_list(void **state)
{
    (void)state;
    for (heap_order order = HEAP_BY_ADDRESS; order <= HEAP_LAST_FIRST; order++) {
        uint64_t block[3];
        heap_options options = TEXTBOOK;
        options.order = order;
        options.coalesce = true;
        heap_bench *b = heap_bench_open(&options);
        take_three(b, block);
        heap_bench_malloc(b, 100);
        heap_bench_free(b, block[2]);
        heap_bench_free(b, block[0]);
        heap_bench_free(b, block[1]);
        expect_list(b, order == HEAP_BY_ADDRESS || order == HEAP_SHORT_FIRST ||
                               order == HEAP_LAST_FIRST
                           ? "[16384:324][16816:3664]"
                           : "[16816:3664][16384:324]");
        heap_bench_close(b);
    }
}

/* ---- growth ---- */

static void a_heap_that_is_full_grows_by_whole_pages_and_merges_what_it_gets(void **state)
{
    (void)state;
    heap_options options = TEXTBOOK;
    options.coalesce = true;
    heap_bench *b = heap_bench_open(&options);
    heap_bench_may_grow(b, 3 * 4096);
    heap_bench_malloc(b, 4000);
    expect_list(b, "[20392:88]");
    assert_int_equal(heap_bench_malloc(b, 4089), 20400); /* 4100 with its header: two pages more */
    assert_int_equal(heap_end(&b->heap), 16384 + 3 * 4096);
    expect_list(b, "[24492:4180]");
    assert_int_equal(heap_bench_malloc(b, 4172), 24500);
    expect_list(b, "");
    assert_int_equal(heap_bench_malloc(b, 4088), 28680); /* the last page, all of it */
    expect_list(b, "");
    heap_bench_close(b);
}

static void growth_that_is_refused_leaves_the_heap_as_it_was(void **state)
{
    (void)state;
    uint64_t address;
    tw_error error = {0};
    heap_bench *b = heap_bench_open(&TEXTBOOK);
    heap_bench_may_grow(b, 4096);
    assert_int_equal(heap_malloc(&b->heap, 4089, &address, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "no free chunk has 4100 bytes: 4096 bytes are free, in 1 "
                                    "chunk, the largest has 4096");
    assert_int_equal(heap_malloc(&b->heap, UINT64_MAX, &address, NULL), TW_NO_MEMORY);
    expect_list(b, "[16384:4096]");
    heap_bench_close(b);
}

static void a_heap_of_the_largest_size_does_not_grow(void **state)
{
    (void)state;
    uint64_t address;
    heap_options options = TEXTBOOK;
    options.bytes = HEAP_BYTES_MAX;
    heap_bench *b = heap_bench_open(&options);
    expect_list(b, "[16384:2147483644]");
    heap_bench_may_grow(b, UINT64_MAX);
    heap_bench_malloc(b, HEAP_BYTES_MAX - 11);
    assert_int_equal(heap_malloc(&b->heap, 1, &address, NULL), TW_NO_MEMORY);
    assert_int_equal(heap_end(&b->heap), 16384 + HEAP_BYTES_MAX - 3);
    heap_bench_close(b);
}

static void a_heap_with_options_that_make_no_sense_does_not_open(void **state)
{
    (void)state;
    static const heap_options BAD[] = {
        {.bytes = 0, .header = 8, .align = 4},
        {.bytes = HEAP_BYTES_MAX + 1, .header = 8, .align = 4},
        {.base = UINT64_MAX - 3, .bytes = 8, .header = 8, .align = 4},
        {.bytes = 4096, .header = 4, .align = 4},
        {.bytes = 4096, .header = 8, .align = 0},
        {.bytes = 4096, .header = 8, .align = 1},
        {.bytes = 4096, .header = 8, .align = 16},
        {.base = 2, .bytes = 4096, .header = 8, .align = 4},
        {.bytes = 4, .header = 8, .align = 4},
        {.bytes = 4096, .align = 1, .records = 4097},
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        heap h;
        tw_error error = {0};
        const heap_memory memory = {0}; /* not a word is written */
        if (heap_open(&h, &memory, &BAD[i], &error) != TW_USAGE || error.text[0] == '\0')
            fail_msg("row %zu: expected a sentence, got '%s'", i, error.text);
    }
}

int main(void)
{
    const struct CMUnitTest heap_tests[] = {
        cmocka_unit_test(a_block_of_100_bytes_takes_108_with_its_header),
        cmocka_unit_test(of_three_blocks_of_100_bytes_the_middle_is_freed_and_3800_bytes_fail),
        cmocka_unit_test(without_coalescing_four_chunks_are_left_when_all_is_freed),
        cmocka_unit_test(with_coalescing_one_chunk_of_4096_bytes_is_left_and_3800_succeed),
        cmocka_unit_test(
            of_10_30_and_20_free_bytes_15_are_taken_from_30_by_first_20_by_best_30_by_worst),
        cmocka_unit_test(
            of_10_20_and_30_free_bytes_15_are_taken_from_20_by_first_and_best_30_by_worst),
        cmocka_unit_test(a_free_chunk_holds_its_length_and_the_offset_of_the_next),
        cmocka_unit_test(without_headers_not_a_byte_of_the_heap_is_touched),
        cmocka_unit_test(without_headers_there_is_a_record_for_each_unit_of_alignment),
        cmocka_unit_test(a_rest_that_has_no_room_for_words_goes_with_the_block),
        cmocka_unit_test(requests_are_rounded_up_and_none_is_too_small),
        cmocka_unit_test(the_list_is_by_address_by_length_up_or_down_or_last_freed_first),
        cmocka_unit_test(a_list_by_length_is_in_order_after_a_split_too),
        cmocka_unit_test(coalescing_finds_what_touches_wherever_it_stands_in_the_list),
        cmocka_unit_test(a_heap_that_is_full_grows_by_whole_pages_and_merges_what_it_gets),
        cmocka_unit_test(growth_that_is_refused_leaves_the_heap_as_it_was),
        cmocka_unit_test(a_heap_of_the_largest_size_does_not_grow),
        cmocka_unit_test(a_heap_with_options_that_make_no_sense_does_not_open),
    };
    return cmocka_run_group_tests_name("heap", heap_tests, NULL, NULL);
}
