/* counters.c: an event in cycle t is in the value from t+1 on. */
#include "model/cycle/counters.h"

void counters_reset(struct counters *counters)
{
    *counters = (struct counters){0};
}

uint64_t counters_value(const struct counters *counters, unsigned offset)
{
    const unsigned first = REG_COUNT_CYCLES, last = REG_COUNT_FAULT_STORE_PAGE;
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

void counters_clock(struct counters *counters, const struct counters_in *in)
{
    uint64_t *count = counters->count;
    count[COUNTER(CYCLES)]++;
    count[COUNTER(FETCH_REQUESTS)] += in->fetch.request;
    count[COUNTER(FETCH_HITS)] += in->fetch.hit;
    count[COUNTER(FETCH_MERGES)] += in->fetch.merge;
    count[COUNTER(FETCH_STALLS)] += in->fetch.stall;
    count[COUNTER(DATA_REQUESTS)] += in->data.request;
    count[COUNTER(DATA_HITS)] += in->data.hit;
    count[COUNTER(DATA_MERGES)] += in->data.merge;
    count[COUNTER(DATA_STALLS)] += in->data.stall;
    count[COUNTER(WALKS)] += in->walker.start;
    count[COUNTER(WALK_CYCLES)] += in->walker.busy;
    count[COUNTER(READS)] += in->walker.read;
    count[COUNTER(SWAPS)] += in->walker.swap;
    count[COUNTER(RETRIES)] += in->walker.retry;
    count[COUNTER(RESTARTS)] += in->walker.restart;
    count[COUNTER(FENCES)] += in->fence_valid;
    count_cause(count, in->fetch_cause);
    count_cause(count, in->data_cause);
}
