/* random.h: repeatable pseudo-random numbers (SplitMix64; Steele, Lea, Flood 2014). A state is one
 * word, any value seeds it. */
#ifndef TB_RANDOM_H
#define TB_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* 0 to n-1; n from 1 to 2^32. */
static inline uint32_t random_below(uint64_t *state, uint64_t n)
{
    return (uint32_t)((random_next(state) >> 32) * n >> 32);
}

/* True in `percent` of 100 calls. */
static inline bool random_percent(uint64_t *state, unsigned percent)
{
    return random_below(state, 100) < percent;
}

#endif
