/*
 * workloads.h: what throughput is measured on. Six are made from a seed, the same in every run, all
 * loads; the others are the recorded programs, each reference in its order, fetches too.
 */
#ifndef TESTS_BENCH_WORKLOADS_H
#define TESTS_BENCH_WORKLOADS_H

#include "tb/drive_list.h"

enum { WORKLOADS = 8 };

typedef struct bench_workload {
    const char *name;
    drive_list list;
    size_t pages;   /* that occur in it */
    size_t fetches; /* of its accesses */
} bench_workload;

/* Makes all of them: of 200,000 accesses each
 *
 *     random64    uniform over 64 pages
 *     random4096  uniform over 4,096 pages
 *     seq         steps of 64 bytes
 *     stride      steps of 4,160 bytes, wrapping at 64 MiB
 *     zipf        Zipf's law with exponent 1 over 4,096 pages in shuffled order
 *     chase1g     a chain of pointers through all pages of 1 GiB in random order
 *
 * and true and sort as they stand in tests/traces. To be closed, also on failure: TW_NO_MEMORY, or
 * TW_USAGE if a trace cannot be read. */
tw_status workloads_open(bench_workload *workloads, tw_error *error);
void workloads_close(bench_workload *workloads);

#endif
