/*
 * heap_bench.h: a program's heap over a plain array of words, which was full of junk. After each
 * call the heap is checked.
 */
#ifndef TESTS_SUPPORT_HEAP_BENCH_H
#define TESTS_SUPPORT_HEAP_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tb/heap.h"

enum { HEAP_BENCH_WORDS = 1 << 16 };
#define HEAP_BENCH_JUNK UINT32_C(0xa5a5a5a5)

typedef struct heap_bench {
    heap heap;
    uint64_t first;  /* address of word[0] */
    uint64_t growth; /* bytes that it may still grow by; 0 to begin with */
    uint32_t word[HEAP_BENCH_WORDS];
} heap_bench;

/* The array begins at the heap's base. Fails the test if the heap says no. */
heap_bench *heap_bench_open(const heap_options *options);
void heap_bench_close(heap_bench *b);
void heap_bench_may_grow(heap_bench *b, uint64_t bytes);

/* Fail the test if the heap says no, or is no longer sound. */
uint64_t heap_bench_malloc(heap_bench *b, uint64_t bytes);
void heap_bench_free(heap_bench *b, uint64_t address);
void heap_bench_check(const heap_bench *b);

/* The word at an address, a multiple of 4. */
uint32_t heap_bench_word(const heap_bench *b, uint64_t address);

/* Fails unless this is the free list: "[ADDRESS:BYTES][ADDRESS:BYTES]". */
void expect_list(const heap_bench *b, const char *list);

#endif
