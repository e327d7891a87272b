/* counters.c: an event in cycle t is in the value from t+1 on. */
#include "model/cycle/counters.h"

/* Four events are counted at once: their counters stand in the order of EVENT_*. */
#define STANDS(name, first, event) \
    _Static_assert(1 << (COUNTER(name) - COUNTER(first)) == (event), #name " stands elsewhere")
STANDS(FETCH_REQUESTS, FETCH_REQUESTS, EVENT_REQUEST);
STANDS(FETCH_HITS, FETCH_REQUESTS, EVENT_HIT);
STANDS(FETCH_MERGES, FETCH_REQUESTS, EVENT_MERGE);
STANDS(FETCH_STALLS, FETCH_REQUESTS, EVENT_STALL);
STANDS(DATA_REQUESTS, DATA_REQUESTS, EVENT_REQUEST);
STANDS(DATA_HITS, DATA_REQUESTS, EVENT_HIT);
STANDS(DATA_MERGES, DATA_REQUESTS, EVENT_MERGE);
STANDS(DATA_STALLS, DATA_REQUESTS, EVENT_STALL);
STANDS(WALKS, WALKS, EVENT_START);
STANDS(READS, WALKS, EVENT_READ);
STANDS(SWAPS, WALKS, EVENT_SWAP);
STANDS(RETRIES, WALKS, EVENT_RETRY);
STANDS(PROBES, WALKS, EVENT_PROBE);
STANDS(CHAIN_1, WALKS, EVENT_CHAIN_1);
STANDS(CHAIN_2, CHAIN_1, 2);
STANDS(CHAIN_4, CHAIN_1, 4);
STANDS(CHAIN_8, CHAIN_1, 8);
STANDS(CHAIN_MORE, CHAIN_1, 16);

void counters_reset(struct counters *counters)
{
    *counters = (struct counters){0};
}

uint64_t counters_value(const struct counters *counters, unsigned offset)
{
    const unsigned first = REG_COUNT_CYCLES, last = REG_COUNT_CHAIN_MORE;
    if (offset < first || offset > last || offset % 8 != 0)
        return 0;
    return counters->count[(offset - first) / 8];
}

static void count_cause(uint64_t *count, unsigned cause)
{
    switch (cause) {
    case CAUSE_FETCH_ACCESS:
        count[COUNTER(FAULT_FETCH_ACCESS)]++;
        break;
    case CAUSE_LOAD_ACCESS:
        count[COUNTER(FAULT_LOAD_ACCESS)]++;
        break;
    case CAUSE_STORE_ACCESS:
        count[COUNTER(FAULT_STORE_ACCESS)]++;
        break;
    case CAUSE_FETCH_PAGE:
        count[COUNTER(FAULT_FETCH_PAGE)]++;
        break;
    case CAUSE_LOAD_PAGE:
        count[COUNTER(FAULT_LOAD_PAGE)]++;
        break;
    case CAUSE_STORE_PAGE:
        count[COUNTER(FAULT_STORE_PAGE)]++;
        break;
    default:
        break;
    }
}

/* Adds four bits to four counters. No branches, since nobody can predict events. */
static void count_four(uint64_t *count, uint64_t events)
{
    count[0] += events & 1;
    count[1] += events >> 1 & 1;
    count[2] += events >> 2 & 1;
    count[3] += events >> 3 & 1;
}

void counters_clock(struct counters *counters, const struct counters_in *in)
{
    uint64_t *count = counters->count;
    count[COUNTER(CYCLES)]++;
    count_four(&count[COUNTER(FETCH_REQUESTS)], in->events >> COUNTER(FETCH_REQUESTS));
    count_four(&count[COUNTER(DATA_REQUESTS)], in->events >> COUNTER(DATA_REQUESTS));
    count_four(&count[COUNTER(WALKS)], in->events >> COUNTER(WALKS));
    count[COUNTER(WALK_CYCLES)] += in->walk_cycles;
    count[COUNTER(RESTARTS)] += in->restarts;
    const uint64_t counted = (UINT64_C(1) << (COUNTER(WALKS) + 4)) - 1;
    for (uint64_t seldom = in->events & ~counted; seldom != 0; seldom &= seldom - 1)
        count[__builtin_ctzll(seldom)]++;
    if ((in->fetch_cause | in->data_cause) == CAUSE_NONE)
        return;
    count_cause(count, in->fetch_cause);
    count_cause(count, in->data_cause);
}
