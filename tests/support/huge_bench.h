/* huge_bench.h: what tests of huge pages begin with: aligned areas, pages in them, and whether
 * one leaf maps them. */
#ifndef TESTS_SUPPORT_HUGE_BENCH_H
#define TESTS_SUPPORT_HUGE_BENCH_H

#include "tests/support/call_bench.h"
#include "tests/support/kernel_bench.h"

enum { HUGE_BASE = 0x40000000 };

/* Pages of a huge one. */
uint64_t huge_pages(unsigned mode);

/* A bench with room for `count` huge pages and one more, for tables, and for some small pages. */
call_bench *huge_open(unsigned mode, size_t count);

/* An aligned area of that many huge pages, at HUGE_BASE, and of so many small ones more. */
uint64_t huge_map(call_bench *bench, uint64_t count, uint64_t more);

/* A bench with a huge page at *va whose pages hold 1, 2 and so on; room for so many more. */
call_bench *huge_filled(unsigned mode, size_t more, uint64_t *va);

/* Does one leaf map it? The tables and the OS have to agree. */
bool is_huge(const call_bench *bench, uint64_t va);

/* Splits the one at `va`; *a and *d count the PTEs in which A and D are set. */
void huge_split(call_bench *bench, uint64_t va, size_t *a, size_t *d);

/* Frames that hold page tables. */
size_t huge_table_frames(const call_bench *bench);

#endif
