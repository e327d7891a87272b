/* counters.h: how often what happened. The contract is docs/blocks/counters.md. */
#ifndef MODEL_CYCLE_COUNTERS_H
#define MODEL_CYCLE_COUNTERS_H

#include "model/cycle/wires.h"
#include "tablewalk/registers.h"

/* The counter's place in the array: COUNTER(WALKS). Counters stand side by side in the register
 * file. */
#define COUNTER(name) ((REG_COUNT_##name - REG_COUNT_CYCLES) / 8)

enum { COUNTERS = COUNTER(CHAIN_MORE) + 1 };

struct counters {
    uint64_t count[COUNTERS];
};

struct counters_in {
    uint64_t events; /* bit n: counter n counts one */
    unsigned walk_cycles, restarts;
    unsigned fetch_cause, data_cause; /* on the pins in this cycle; CAUSE_NONE without a fault */
};

void counters_reset(struct counters *counters);

/* The value of the counter at register offset `offset`, 0 if there is none. */
uint64_t counters_value(const struct counters *counters, unsigned offset);

void counters_clock(struct counters *counters, const struct counters_in *in);

#endif
