/* plru.h: which way was used least recently, roughly. The contract is docs/blocks/plru.md. */
#ifndef MODEL_CYCLE_PLRU_H
#define MODEL_CYCLE_PLRU_H

#include <stdbool.h>
#include <stdint.h>

struct plru {
    unsigned ways;   /* parameter: a power of two, 2 to 64 */
    uint64_t tree;   /* bit n is node n: 0, the victim is in the lower half; 1, in the upper */
    unsigned victim; /* the way that the tree points to */
};

struct plru_in {
    bool hit_valid, fill_valid;
    unsigned hit_way, fill_way;
};

void plru_reset(struct plru *plru, unsigned ways);

/* The way that the tree points to. */
static inline unsigned plru_victim(const struct plru *plru)
{
    return plru->victim;
}

void plru_clock(struct plru *plru, const struct plru_in *in);

#endif
