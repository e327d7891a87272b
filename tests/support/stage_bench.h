/*
 * stage_bench.h: a call_bench with a disk that takes time, and all events of one test: for tests of
 * who waits for what, and of the stages of a fault.
 */
#ifndef TESTS_SUPPORT_STAGE_BENCH_H
#define TESTS_SUPPORT_STAGE_BENCH_H

#include "tb/os/calls.h"
#include "tests/support/call_bench.h"

enum { STAGE_SEEK = 300, STAGE_TRANSFER = 100 };

/* As call_bench_open; from now on, events are of this bench. */
call_bench *stage_open(unsigned mode, size_t processes, size_t frames);

/* Fails unless the stages of the process so far are these, in cycles that do not go back. */
void stage_expect(unsigned pid, const os_event_kind *want, size_t count);

/* The first event of the kind; fails if there is none. */
os_event stage_find(os_event_kind kind);

/* Every transfer takes no time from now on, or STAGE_SEEK and STAGE_TRANSFER again. */
void stage_disk(call_bench *bench, bool slow);

/* A new file, as bench_file, of which nothing has been read, mapped shared for the current
 * process. */
uint64_t stage_map_file(call_bench *bench, char path[BROKEN_PATH], size_t pages);

/* An access of the current process that must fault, and what the OS says. */
os_verdict stage_fault(call_bench *bench, tw_op op, uint64_t va);

/* Another process, not current. */
os_process *stage_spawn(call_bench *bench);

#endif
