/* targets.h: what the default configuration has to reach. */
#ifndef TESTS_BENCH_TARGETS_H
#define TESTS_BENCH_TARGETS_H

#include "tests/bench/plays.h"

/* Prints each target beside what was measured, with a word: met or missed. The plays are those of
 * bench_throughput on the default configuration. */
void targets_print(const plays *plays, FILE *to);

#endif
