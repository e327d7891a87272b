/*
 * zipf.h: ranks whose popularity falls as 1 / k^s, drawn with integers only, so that every host
 * draws the same: pow() may differ in its last bit from one C library to the next.
 */
#ifndef TB_ZIPF_H
#define TB_ZIPF_H

#include <stdint.h>

/* Stores in sum[k - 1] the weights of ranks 1 to k, in units of 2^-32 of the first one's. `s` is in
 * hundredths. */
void zipf_sums(uint64_t *sum, uint32_t ranks, uint32_t s);

/* The rank, from 0, at which random/2^32 of all weights are passed. */
uint32_t zipf_rank(const uint64_t *sum, uint32_t ranks, uint32_t random);

#endif
