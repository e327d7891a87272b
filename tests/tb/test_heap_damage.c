/* What a wrong free and a write beyond a block do to a heap: they are found, and the rest goes
 * on. */
#include <inttypes.h>
#include <string.h>

#include "tests/support/heap_bench.h"

enum { BASE = 16384 };

static heap_bench *open_with(bool coalesce, uint64_t block[4])
{
    const heap_options options = {
        .base = BASE, .bytes = 4096, .header = 8, .align = 4, .coalesce = coalesce};
    heap_bench *b = heap_bench_open(&options);
    for (int i = 0; i < 4; i++)
        block[i] = heap_bench_malloc(b, 100);
    return b;
}

/* The call is refused with this sentence, and not a word of the memory changes. */
static void expect_refusal(heap_bench *b, uint64_t address, tw_status status, const char *sentence)
{
    static heap_bench before;
    tw_error error = {0};
    before = *b;
    assert_int_equal(heap_free(&b->heap, address, &error), status);
    assert_string_equal(error.text, sentence);
    assert_memory_equal(b->word, before.word, sizeof before.word);
    assert_int_equal(b->heap.head, before.heap.head);
}

static void damage(heap_bench *b, uint64_t address, uint32_t flips)
{
    b->word[(address - BASE) / 4] ^= flips;
}

static void a_block_that_is_freed_twice_is_refused(void **state)
{
    (void)state;
    for (int coalesce = 0; coalesce < 2; coalesce++) {
        uint64_t block[4];
        heap_bench *b = open_with(coalesce, block);
        heap_bench_free(b, block[0]);
        expect_refusal(b, block[0], TW_USAGE, "free of 16392: that is free already");
        heap_bench_free(b, block[1]); /* with coalescing it is in the middle of a chunk by now */
        expect_refusal(b, block[1], TW_USAGE, "free of 16500: that is free already");
        expect_list(b, coalesce ? "[16384:216][16816:3664]" : "[16384:108][16492:108][16816:3664]");
        heap_bench_close(b);
    }
}

static void an_address_that_malloc_did_not_give_is_refused(void **state)
{
    (void)state;
    uint64_t block[4];
    heap_bench *b = open_with(true, block);
    expect_refusal(b, 0, TW_USAGE, "free of 0: malloc gives no such address");
    expect_refusal(b, BASE, TW_USAGE, "free of 16384: malloc gives no such address");
    expect_refusal(b, BASE + 4096 + 8, TW_USAGE, "free of 20488: malloc gives no such address");
    expect_refusal(b, block[1] + 1, TW_USAGE, "free of 16501: malloc gives no such address");
    expect_refusal(b, block[1] + 40, TW_USAGE, "free of 16540: malloc gave 16500");
    expect_refusal(b, BASE + 1000, TW_USAGE, "free of 17384: that is free already");
    heap_bench_close(b);
}

/* As realloc in place or a copy of a whole chunk may leave it. */
static void a_header_that_was_copied_into_a_block_makes_no_block(void **state)
{
    (void)state;
    uint64_t block[4];
    heap_bench *b = open_with(true, block);
    memcpy(&b->word[(block[2] - BASE) / 4], &b->word[(block[1] - 8 - BASE) / 4], 8);
    expect_refusal(b, block[2] + 8, TW_USAGE, "free of 16616: malloc gave 16608");
    heap_bench_free(b, block[2]);
    heap_bench_close(b);
}

static void a_damaged_header_is_found_and_all_other_blocks_can_be_used(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t block[4], address;
        tw_error error = {0};
        heap_bench *b = open_with(true, block);
        const uint64_t word = block[1] - 8 + bit / 32 * 4;
        const uint32_t flip = UINT32_C(1) << bit % 32;
        damage(b, word, flip);
        if (heap_free(&b->heap, block[1], &error) != TW_MISMATCH)
            fail_msg("bit %u: expected TW_MISMATCH, got '%s'", bit, error.text);
        if (heap_check(&b->heap, NULL) != TW_MISMATCH)
            fail_msg("bit %u: expected the check to fail, it passed", bit);
        assert_int_equal(heap_free(&b->heap, block[0], NULL), TW_OK);
        assert_int_equal(heap_free(&b->heap, block[2], NULL), TW_OK);
        expect_list(b, "[16384:108][16600:108][16816:3664]");
        assert_int_equal(heap_malloc(&b->heap, 100, &address, NULL), TW_OK);
        assert_int_equal(heap_free(&b->heap, address, NULL), TW_OK);
        damage(b, word, flip); /* repaired */
        heap_bench_free(b, block[1]);
        expect_list(b, "[16384:324][16816:3664]");
        heap_bench_close(b);
    }
}

static void a_header_that_is_damaged_says_who_wrote_where(void **state)
{
    (void)state;
    uint64_t block[4];
    heap_bench *b = open_with(true, block);
    damage(b, block[1] - 8, 4);
    expect_refusal(b, block[1], TW_MISMATCH,
                   "free of 16500: its header is damaged: something wrote in front of it");
    damage(b, block[1] - 8, UINT32_C(1) << 30);
    expect_refusal(b, block[1], TW_MISMATCH,
                   "the chunk at 16492 has no length, 1073741928: something wrote over the heap's "
                   "words");
    heap_bench_close(b);
}

/* A free list whose words were written over leads nowhere, or for ever around. */
static void a_damaged_free_list_is_found_by_malloc_and_free(void **state)
{
    (void)state;
    static const uint32_t NEXT[] = {0 /* itself */, 108 /* taken */, 2, 4096, UINT32_MAX};
    for (size_t i = 0; i < sizeof NEXT / sizeof *NEXT; i++) {
        uint64_t block[4], address;
        tw_error error = {0};
        heap_bench *b = open_with(true, block);
        heap_bench_free(b, block[0]);
        b->word[1] = NEXT[i];
        if (heap_malloc(&b->heap, 1000, &address, &error) != TW_MISMATCH)
            fail_msg("next %" PRIu32 ": expected TW_MISMATCH, got '%s'", NEXT[i], error.text);
        const uint64_t head = b->heap.head;
        assert_int_equal(heap_free(&b->heap, block[2], &error), TW_MISMATCH);
        assert_int_equal(b->heap.head, head);
        b->word[1] = 16816 - BASE; /* repaired */
        heap_bench_check(b);
        heap_bench_free(b, block[2]);
        heap_bench_close(b);
    }
}

static void a_free_list_that_leads_to_a_taken_block_does_not_give_it_again(void **state)
{
    (void)state;
    uint64_t block[4], address;
    heap_bench *b = open_with(true, block);
    const uint64_t large = heap_bench_malloc(b, 2000);
    heap_bench_free(b, block[0]);
    b->word[1] = (uint32_t)(large - 8 - BASE);
    assert_int_equal(heap_malloc(&b->heap, 1000, &address, NULL), TW_MISMATCH);
    heap_bench_close(b);
}

/* One that is 0 bytes long would lead to itself for ever. */
static void a_chunk_without_length_is_found_by_a_wrong_free_behind_it(void **state)
{
    (void)state;
    uint64_t block[4];
    heap_bench *b = open_with(true, block);
    b->word[(block[1] - 8 - BASE) / 4] = 0;
    expect_refusal(b, block[2] + 8, TW_MISMATCH,
                   "the chunk at 16492 has no length, 0: something wrote over the heap's words");
    heap_bench_close(b);
}

static void no_chunk_begins_outside_the_heap_or_between_words(void **state)
{
    (void)state;
    static const uint64_t NOWHERE[] = {0, BASE - 4, BASE + 2, BASE + 4096, HEAP_END};
    uint64_t block[4];
    heap_bench *b = open_with(true, block);
    for (size_t i = 0; i < sizeof NOWHERE / sizeof *NOWHERE; i++) {
        heap_chunk chunk;
        tw_error error = {0};
        assert_int_equal(heap_chunk_at(&b->heap, NOWHERE[i], &chunk, &error), TW_MISMATCH);
        assert_non_null(
            strstr(error.text, "no chunk can begin at ")); /* and nothing is read there */
    }
    heap_bench_close(b);
}

/* ---- the check ---- */

static void expect_complaint(heap_bench *b, const char *sentence)
{
    tw_error error = {0};
    assert_int_equal(heap_check(&b->heap, &error), TW_MISMATCH);
    assert_string_equal(error.text, sentence);
    heap_bench_close(b);
}

/* Free: 108 bytes at 16384, at 16492, and the rest at 16816. */
static heap_bench *open_two_free(void)
{
    uint64_t block[4];
    heap_bench *b = open_with(false, block);
    heap_bench_free(b, block[0]);
    heap_bench_free(b, block[1]);
    return b;
}

static void the_check_finds_free_chunks_that_touch(void **state)
{
    (void)state;
    heap_bench *b = open_two_free();
    b->heap.options.coalesce = true;
    expect_complaint(b, "the free chunk at 16492 touches the one before it");
}

static void the_check_finds_a_list_that_is_out_of_order(void **state)
{
    (void)state;
    heap_bench *b = open_two_free();
    b->heap.options.order = HEAP_LONG_FIRST;
    expect_complaint(b, "the free list is out of order: 16492 stands before 16816");
}

static void the_check_finds_a_chunk_that_the_list_lost(void **state)
{
    (void)state;
    heap_bench *b = open_two_free();
    b->heap.head = BASE + 108;
    expect_complaint(b, "the chunk at 16384 is neither taken nor in the free list");
}

/* In the middle of the first free chunk, 8 bytes long, in front of the second. */
static void the_check_finds_a_chunk_too_many_in_the_list(void **state)
{
    (void)state;
    heap_bench *b = open_two_free();
    b->word[1] = 40;
    b->word[10] = 8;
    b->word[11] = 108;
    expect_complaint(b, "3 chunks of 3880 bytes are free, but the list has 4 of 3888");
}

/* ---- memory ---- */

/* Memory that says no is the caller's own error, handed on. */
static tw_status no_read(void *context, uint64_t address, uint32_t *word, tw_error *error)
{
    (void)context;
    (void)word;
    return tw_fail(error, TW_TIMEOUT, "no answer at %" PRIu64, address);
}

static void an_error_of_the_memory_is_handed_on(void **state)
{
    (void)state;
    uint64_t block[4], address;
    tw_error error = {0};
    heap_bench *b = open_with(true, block);
    b->heap.memory.read = no_read;
    assert_int_equal(heap_malloc(&b->heap, 100, &address, &error), TW_TIMEOUT);
    assert_string_equal(error.text, "no answer at 16816");
    assert_int_equal(heap_free(&b->heap, block[1], &error), TW_TIMEOUT);
    assert_string_equal(error.text, "no answer at 16492");
    heap_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest heap_damage[] = {
        cmocka_unit_test(a_block_that_is_freed_twice_is_refused),
        cmocka_unit_test(an_address_that_malloc_did_not_give_is_refused),
        cmocka_unit_test(a_header_that_was_copied_into_a_block_makes_no_block),
        cmocka_unit_test(a_damaged_header_is_found_and_all_other_blocks_can_be_used),
        cmocka_unit_test(a_header_that_is_damaged_says_who_wrote_where),
        cmocka_unit_test(a_damaged_free_list_is_found_by_malloc_and_free),
        cmocka_unit_test(a_free_list_that_leads_to_a_taken_block_does_not_give_it_again),
        cmocka_unit_test(a_chunk_without_length_is_found_by_a_wrong_free_behind_it),
        cmocka_unit_test(no_chunk_begins_outside_the_heap_or_between_words),
        cmocka_unit_test(the_check_finds_free_chunks_that_touch),
        cmocka_unit_test(the_check_finds_a_list_that_is_out_of_order),
        cmocka_unit_test(the_check_finds_a_chunk_that_the_list_lost),
        cmocka_unit_test(the_check_finds_a_chunk_too_many_in_the_list),
        cmocka_unit_test(an_error_of_the_memory_is_handed_on),
    };
    return cmocka_run_group_tests_name("heap_damage", heap_damage, NULL, NULL);
}
