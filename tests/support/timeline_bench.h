/*
 * timeline_bench.h: a timeline in a scratch file, with or without an MMU beneath, and what stands
 * in it. Text is compared from the first line below the head.
 *
 *     timeline_bench b = timeline_bench_sv39(state, 3);
 *     rig_translate(&b.rig, TW_DATA, OP_LOAD, TIMELINE_VA);
 *     timeline_bench_expect(&b, "  0  USER ...\n  2  MMU ...\n");
 */
#ifndef TESTS_SUPPORT_TIMELINE_BENCH_H
#define TESTS_SUPPORT_TIMELINE_BENCH_H

#include "tb/timeline/timeline.h"
#include "tests/support/rig.h"

enum { TIMELINE_TEXT_MAX = 1 << 16 };

/* What tests map, to which frame: index 1 at every level of Sv39. */
#define TIMELINE_VA UINT64_C(0x40201abc)
enum { TIMELINE_FRAME = 0x12345 };

typedef struct timeline_bench {
    rig rig; /* rig.machine is NULL without an MMU */
    timeline *timeline;
    uint64_t base; /* cycle of the engine's clocks in which the timeline begins */
    char folder[64], path[96];
    char text[TIMELINE_TEXT_MAX]; /* once it is closed */
} timeline_bench;

/* As rig_open, watched by a timeline whose file's name ends in `ending`; SATP and CONTROL are
 * written again, for those who watch. */
timeline_bench timeline_bench_open(void **state, const char *ending, const char *config,
                                   unsigned mode, uint32_t latency);

/* The same of text, in Sv39 by the default configuration. */
timeline_bench timeline_bench_sv39(void **state, uint32_t latency);

/* A timeline without an MMU. */
timeline_bench timeline_bench_alone(const char *ending);

/* So many cycles pass. */
void timeline_bench_wait(timeline_bench *b, unsigned cycles);

/* An event of the OS. */
void timeline_bench_tell(timeline_bench *b, os_event_kind kind, uint64_t cycle, uint64_t va,
                         uint64_t ppn, uint64_t number);

/* Completes the file, reads it into b->text, and removes all. Fails the test if it cannot be
 * completed. */
void timeline_bench_close(timeline_bench *b);

/* The same, and fails unless the lines are those of `want`, cycles counted from b->base. */
void timeline_bench_expect(timeline_bench *b, const char *want);

#endif
