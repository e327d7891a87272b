/*
 * patience.h: how long whoever asks an MMU waits for it. A request that is taken or answered is
 * progress. So is an answer of the memory: a walk along a hashed chain may read all of the table,
 * and with a slow memory that takes longer than TW_PATIENCE cycles. Between two answers of the MMU
 * its walkers read no more than one such chain each, so that a walk without an end is given up too.
 *
 *     patience p;
 *     patience_progress(&p, cycle);                as the waiting begins, and when something is
 * answered patience_look(&p, machine);                  in every cycle, before the edge if
 * (patience_over(&p, cycle, text))          "100000 cycles", for a sentence
 */
#ifndef TB_PATIENCE_H
#define TB_PATIENCE_H

#include "tablewalk/driver.h"
#include "tablewalk/hashed.h"

enum {
    /* Of the memory, without progress: a chain of all entries, its anchor and a compare-and-swap
     * for every walker. */
    PATIENCE_ANSWERS = TW_WALKERS_MAX * ((1 << HASHED_BITS) + 2),
    PATIENCE_TEXT = 48
};

typedef struct patience {
    uint64_t last;    /* machine cycle of the last progress, the memory's answers included */
    uint64_t answers; /* of the memory since the MMU's */
} patience;

/* A request was taken or answered in this cycle of the machine. */
void patience_progress(patience *p, uint64_t cycle);

/* Notes what the memory answers in the machine's present cycle. */
void patience_look(patience *p, tw_machine *machine);

/* True if it is over; `text` then says how long nothing was answered. */
bool patience_over(const patience *p, uint64_t cycle, char text[PATIENCE_TEXT]);

#endif
