/* bench.h: what `make bench` measures. Each function prints tables for a person, fills a CSV file,
 * and returns 0, or 1 after a message on stderr. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdio.h>

/* Cycles of hits in both levels, walks, cold and with their tables known, A/D updates and faults by
 * leaf level, and fences, for several memory latencies M, beside the least that a machine with
 * registered pins can take. What is not built is left out. CSV: config,scenario,M,levels,cycles:
 * levels is the number of PTE reads from the root to the leaf, 0 where it does not matter. */
int bench_latency(FILE *to, FILE *csv);

/* Cycles per translation of whole workloads for several M, with 1 and 4 accesses outstanding,
 * beside the least possible; what walkers and prefetch buy; and, for the default configuration,
 * what it is to reach. CSV: config,workload,M,outstanding,walkers,cycles_per_translation; what
 * is played with prefetch, though it is not built, stands under the config `prefetch`. */
int bench_throughput(FILE *to, FILE *csv);

/* Simulated cycles a second of each engine on the same recorded pins, lockstep with every monitor
 * watching. CSV: config,engine,cycles_per_second. */
int bench_speed(FILE *to, FILE *csv);

/* What finding an area of an address space costs, and a gap, among 10^2 to 10^6 areas. CSV:
 * areas,comparisons,most_comparisons,lookup_ns,gap_ns. */
int bench_areas(FILE *to, FILE *csv);

#endif
