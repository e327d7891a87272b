/* bench.h: what `make bench` measures. Each function prints a table for a person, fills a CSV file,
 * and returns 0, or 1 after a message on stderr. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdio.h>

/* Cycles of a hit, walks by leaf level, A/D updates, faults and fences for several memory latencies
 * M, beside the least that a machine with registered pins can take. CSV:
 * config,scenario,M,levels,cycles. */
int bench_latency(FILE *to, FILE *csv);

/* Cycles per translation of whole workloads for several M, with 1 and 4 accesses outstanding,
 * beside the least possible. CSV: config,workload,M,outstanding,walkers,cycles_per_translation. */
int bench_throughput(FILE *to, FILE *csv);

/* Simulated cycles a second of each engine on the same recorded pins. CSV:
 * config,engine,cycles_per_second. */
int bench_speed(FILE *to, FILE *csv);

#endif
