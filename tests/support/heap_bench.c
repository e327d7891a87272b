/* heap_bench.c: memory of a heap that is an array, and calls that must succeed. */
#include "tests/support/heap_bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The heap reads and writes nothing else, and no word that is not aligned. */
static uint32_t *word_at(heap_bench *b, uint64_t address)
{
    assert_int_equal(address % 4, 0);
    assert_in_range(address - b->first, 0, sizeof b->word - 1);
    return &b->word[(address - b->first) / 4];
}

static tw_status read_word(void *context, uint64_t address, uint32_t *word, tw_error *error)
{
    (void)error;
    *word = *word_at(context, address);
    return TW_OK;
}

static tw_status write_word(void *context, uint64_t address, uint32_t word, tw_error *error)
{
    (void)error;
    *word_at(context, address) = word;
    return TW_OK;
}

static tw_status grow(void *context, uint64_t bytes, tw_error *error)
{
    heap_bench *b = context;
    if (bytes > b->growth)
        return tw_fail(error, TW_NO_MEMORY, "no more than %" PRIu64 " bytes", b->growth);
    b->growth -= bytes;
    return TW_OK;
}

heap_bench *heap_bench_open(const heap_options *options)
{
    heap_bench *b = calloc(1, sizeof *b);
    tw_error error = {0};
    assert_non_null(b);
    const heap_memory memory = {b, read_word, write_word, grow};
    b->first = options->base;
    for (size_t i = 0; i < HEAP_BENCH_WORDS; i++)
        b->word[i] = HEAP_BENCH_JUNK;
    if (heap_open(&b->heap, &memory, options, &error) != TW_OK)
        fail_msg("%s", error.text);
    heap_bench_check(b);
    return b;
}

void heap_bench_close(heap_bench *b)
{
    free(b);
}

void heap_bench_may_grow(heap_bench *b, uint64_t bytes)
{
    b->growth = bytes;
}

uint64_t heap_bench_malloc(heap_bench *b, uint64_t bytes)
{
    uint64_t address = 0;
    tw_error error = {0};
    if (heap_malloc(&b->heap, bytes, &address, &error) != TW_OK)
        fail_msg("malloc(%" PRIu64 "): %s", bytes, error.text);
    heap_bench_check(b);
    return address;
}

void heap_bench_free(heap_bench *b, uint64_t address)
{
    tw_error error = {0};
    if (heap_free(&b->heap, address, &error) != TW_OK)
        fail_msg("free(%" PRIu64 "): %s", address, error.text);
    heap_bench_check(b);
}

void heap_bench_check(const heap_bench *b)
{
    tw_error error = {0};
    if (heap_check(&b->heap, &error) != TW_OK)
        fail_msg("%s", error.text);
}

uint32_t heap_bench_word(const heap_bench *b, uint64_t address)
{
    return b->word[(address - b->first) / 4];
}

void expect_list(const heap_bench *b, const char *list)
{
    char got[400] = "";
    heap_chunk chunk;
    for (uint64_t at = b->heap.head; at != HEAP_END; at = chunk.next) {
        assert_int_equal(heap_chunk_at(&b->heap, at, &chunk, NULL), TW_OK);
        snprintf(got + strlen(got), sizeof got - strlen(got), "[%" PRIu64 ":%" PRIu64 "]", at,
                 chunk.bytes);
    }
    assert_string_equal(got, list);
}
