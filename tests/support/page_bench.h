/*
 * page_bench.h: pages and no processes: a system with frames, a swap file, a disk and plain memory,
 * whose clock stands still, for tests of what pages are made of.
 */
#ifndef TESTS_SUPPORT_PAGE_BENCH_H
#define TESTS_SUPPORT_PAGE_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tb/os/kernel.h"
#include "tests/support/broken_file.h"
#include "tests/support/counted_records.h"

enum { BENCH_FIRST = 16, BENCH_FRAMES = 32, BENCH_EVENTS = 256 };

typedef struct page_bench {
    os system;
    counted_records records;
    uint64_t now;
    bool bus_error; /* memory refuses pages */
    unsigned fences;
    os_event event[BENCH_EVENTS]; /* the last of them */
    size_t events;
    char path[BROKEN_PATH], swap_path[BROKEN_PATH];
    uint64_t word[BENCH_FRAMES * 512];
} page_bench;

/* For cmocka: *state becomes a bench with an empty swap file of 4 slots in `swap_path`, and a file
 * of 3 pages and 100 bytes in `path`. */
int bench_set_up(void **state);

/* Closes it, and fails if a record is left. */
int bench_tear_down(void **state);

/* The bytes of a frame. */
uint8_t *bench_frame(page_bench *bench, uint64_t ppn);

/* A free frame. */
uint64_t bench_take_frame(page_bench *bench);

/* Events of this kind so far. */
unsigned bench_count(const page_bench *bench, os_event_kind kind);

/* The last one of this kind; fails if there is none. */
const os_event *bench_last(const page_bench *bench, os_event_kind kind);

#endif
