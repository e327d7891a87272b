/* zipf.c: k^-s as 2^(-s log2 k), in fixed point with 32 bits behind the point. Invariant: sum[]
 * does not fall, and begins with 1. */
#include "tb/zipf.h"

#include <stddef.h>

static const uint64_t ONE = UINT64_C(1) << 32;

/* The largest number whose square is not above x. */
static uint64_t square_root(uint64_t x)
{
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 31; bit != 0; bit >>= 1)
        if ((root + bit) * (root + bit) <= x)
            root += bit;
    return root;
}

/* log2 of k >= 1: squaring a number from 1 to 2 shifts the next bit of its logarithm in front of
 * the point. */
static uint64_t logarithm(uint32_t k)
{
    unsigned whole = 0;
    while (k >> whole > 1)
        whole++;
    uint64_t x = (uint64_t)k << (31 - whole); /* 31 bits behind the point */
    uint64_t bits = whole;
    for (unsigned i = 0; i < 32; i++) {
        x = x * x >> 31;
        bits = bits << 1 | x >> 32;
        x >>= x >> 32;
    }
    return bits;
}

/* 2^-e, for root[i] = 2^-(2^-(i + 1)). */
static uint64_t power(uint64_t e, const uint64_t root[32])
{
    if (e >> 32 > 32)
        return 0;
    uint64_t result = ONE;
    for (unsigned i = 0; i < 32; i++)
        if (e >> (31 - i) & 1)
            result = result * root[i] >> 32;
    return result >> (e >> 32);
}

void zipf_sums(uint64_t *sum, uint32_t ranks, uint32_t s)
{
    uint64_t root[32], total = 0;
    uint64_t last = ONE / 2;
    for (unsigned i = 0; i < 32; i++)
        last = root[i] = square_root(last << 32);
    for (uint32_t k = 1; k <= ranks; k++) {
        total += power(logarithm(k) * s / 100, root);
        sum[k - 1] = total;
    }
}

uint32_t zipf_rank(const uint64_t *sum, uint32_t ranks, uint32_t random)
{
    uint64_t all = sum[ranks - 1];
    uint64_t draw = random * (all >> 32) + (random * (all & (ONE - 1)) >> 32);
    uint32_t low = 0, high = ranks - 1; /* the first rank whose sum is above the draw is between */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (sum[middle] > draw)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}
