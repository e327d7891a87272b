/*
 * segment_bench.h: the OS with segments on the cycle model, and a program that makes one access
 * after the other. Frames hold junk at first, so that nobody relies on a clean memory.
 */
#ifndef TESTS_SUPPORT_SEGMENT_BENCH_H
#define TESTS_SUPPORT_SEGMENT_BENCH_H

#include "tablewalk/machine.h"
#include "tablewalk/segment.h"
#include "tb/os/segments.h"

enum { BENCH_FIRST = 0x80000 }; /* page number of the first frame */

typedef struct segment_bench {
    tw_engine *engine;
    tw_memory *memory;
    tw_machine *machine;
    os *system;
    os_process *process; /* the current one */
} segment_bench;

/* An OS in this mode, with so many frames and swap slots, on an MMU with so many segment registers;
 * no process. Fails the test if that is impossible. */
segment_bench seg_open(unsigned mode, unsigned registers, size_t frames, size_t slots);
void seg_close(segment_bench *b);

/* A process with these regions, made current. */
os_process *seg_spawn(segment_bench *b, const os_region *region, size_t regions);
void seg_switch(segment_bench *b, os_process *process);

/* One access with the help of the OS, as the processor makes it: false if that killed the
 * process. */
bool seg_access(segment_bench *b, tw_op op, uint64_t va, uint64_t *pa);

/* One access without help: the cause of its fault, whose record stays in the queue. */
unsigned seg_try(segment_bench *b, tw_op op, uint64_t va, uint64_t *pa);

/* Store and load of eight bytes; the process must survive. */
void seg_store(segment_bench *b, uint64_t va, uint64_t value);
uint64_t seg_load(segment_bench *b, uint64_t va);

/* What the MMU holds in a segment register. */
tw_segment seg_register(segment_bench *b, unsigned number);

/* The descriptor of a selector of the current process. */
const os_segment *seg_segment(const segment_bench *b, unsigned selector);
const os_segment_counts *seg_counts(const segment_bench *b);

#endif
