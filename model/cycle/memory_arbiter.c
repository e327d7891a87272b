/* memory_arbiter.c: in turn, and whoever is on the pins stays there until it is taken. What is
 * selected is asked for twice a cycle and hard to predict, so it stands in a table. */
#include "model/cycle/memory_arbiter.h"

/* The first requester at or after `turn`, cyclically, or NO_WALKER. */
static unsigned first_requester(unsigned walkers, unsigned turn, unsigned request)
{
    for (unsigned i = 0; i < walkers; i++) {
        const unsigned walker = (turn + i) % walkers;
        if (request >> walker & 1)
            return walker;
    }
    return NO_WALKER;
}

void memory_arbiter_reset(struct memory_arbiter *arbiter, unsigned walkers)
{
    *arbiter = (struct memory_arbiter){.walkers = walkers};
    for (unsigned turn = 0; turn < walkers; turn++) {
        for (unsigned request = 0; request < 1u << TW_WALKERS_MAX; request++)
            arbiter->first[turn][request] = (uint8_t)first_requester(walkers, turn, request);
    }
}
