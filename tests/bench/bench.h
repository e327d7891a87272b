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

/* What the OS costs as it has more to look after, 10^2 to 10^6 of each. CSV: measure,n,mean,most;
 * `most` is empty where none was taken. Measures, nanoseconds of the host but for the first:
 *   area_comparisons, area_lookup_ns, area_gap_ns  finding the area of an address, or a gap, in n
 *   area_fault_ns   a minor fault of a process of n areas, while memory suffices
 *   frame_fault_ns  a fault that takes the frame of another page, in a memory of n frames
 * The mean of faults is printed as a multiple of log2(n), too. bench_areas and bench_fault_cost are
 * the parts, and write no line of names. */
int bench_os(FILE *to, FILE *csv);
int bench_areas(FILE *to, FILE *csv);
int bench_fault_cost(FILE *to, FILE *csv);

#endif
