/* memory_arbiter.c: in turn, and whoever is on the pins stays there until it is taken. What is
 * selected is asked for twice a cycle and hard to predict, so it stands in a table. */
#include "model/cycle/memory_arbiter.h"

/* The first candidate at or after `turn`, cyclically, or NO_WALKER. */
static uint8_t first_candidate(unsigned walkers, unsigned turn, unsigned candidates)
{
    for (unsigned i = 0; i < walkers; i++) {
        const unsigned walker = (turn + i) % walkers;
        if (candidates >> walker & 1)
            return (uint8_t)walker;
    }
    return NO_WALKER;
}

void memory_arbiter_reset(struct memory_arbiter *arbiter, unsigned walkers)
{
    *arbiter = (struct memory_arbiter){.walkers = walkers};
    for (unsigned candidates = 0; candidates < 1u << TW_WALKERS_MAX; candidates++) {
        for (unsigned turn = 0; turn <= walkers; turn++)
            arbiter->first[turn][candidates] = first_candidate(walkers, turn, candidates);
        for (unsigned w = 0; w < walkers; w++)
            arbiter->first[w + HELD][candidates] = (uint8_t)w; /* whoever else requests */
    }
}
