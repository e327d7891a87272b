/*
 * four_segments.h: a process with four segments A to D in physical memory, of up to ROOM pages
 * each; D grows down. No two touch.
 */
#ifndef TESTS_SUPPORT_FOUR_SEGMENTS_H
#define TESTS_SUPPORT_FOUR_SEGMENTS_H

#include "tests/support/segment_bench.h"

enum { PAGE = OS_PAGE_BYTES, ROOM = 8, A = 0, B, C, D, SEGMENTS };

/* The regions, for another process of the kind. */
void four_regions(os_region region[SEGMENTS]);

/* The process, in so many frames, with this many segment registers. */
segment_bench four_open(unsigned registers, size_t frames);

/* Address of the n-th page of a segment, from the side where it begins. */
uint64_t page_of(unsigned segment, uint64_t n);

/* Grows it to `pages`, and stores into each of them what no other page gets; the second fails the
 * test unless all pages that it has hold that. */
void grow(segment_bench *b, unsigned segment, uint64_t pages);
void expect_contents(segment_bench *b, unsigned segment);

/* Fails the test unless the pages of all segments hold that. */
void expect_all_contents(segment_bench *b);

/* Fails the test unless its frames are [first, first + pages) of the OS's. */
void expect_place(segment_bench *b, unsigned segment, uint64_t first, uint64_t pages);

#endif
