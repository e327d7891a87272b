/* bench.h: what `make bench` measures. Each function prints a table for a person and fills a CSV
 * file. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdio.h>

/* Cycles of a hit, walks by leaf level, A/D updates, faults and fences for several memory latencies
 * M, beside the least that a machine with registered pins can take. CSV:
 * config,scenario,M,levels,cycles. */
void bench_latency(FILE *to, FILE *csv);

/* Simulated cycles a second of each engine on the same recorded pins. CSV:
 * config,engine,cycles_per_second. Returns 0, or 1 after a message on stderr. */
int bench_speed(FILE *to, FILE *csv);

#endif
