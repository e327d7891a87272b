/* latency.c: a stopwatch for every id of every port. */
#include "tb/latency.h"

#include <inttypes.h>

#include "tb/observer.h"

enum { BARS = 16, BAR_WIDTH = 50 };

static tw_status watch(void *context, uint64_t cycle, const tw_out *out, const tw_in *in,
                       tw_error *error)
{
    latency *l = context;
    (void)error;
    for (unsigned port = TW_FETCH; port <= TW_DATA; port++) {
        struct answer_pins answer = observer_answer(out, port);
        if (answer.valid) {
            uint64_t cycles = cycle - l->taken[port][answer.id];
            l->count[port][cycles < LATENCY_MAX ? cycles : LATENCY_MAX]++;
        }
        struct request_pins request = observer_request(out, in, port);
        if (request.valid && request.ready)
            l->taken[port][request.id] = cycle;
    }
    return TW_OK;
}

tw_watcher latency_watcher(latency *l)
{
    return (tw_watcher){l, watch};
}

static uint64_t count_of(const latency *l, unsigned cycles)
{
    return l->count[TW_FETCH][cycles] + l->count[TW_DATA][cycles];
}

uint64_t latency_misses(const latency *l)
{
    uint64_t misses = 0;
    for (unsigned c = 2; c <= LATENCY_MAX; c++)
        misses += count_of(l, c);
    return misses;
}

double latency_mean(const latency *l)
{
    double sum = 0;
    for (unsigned c = 2; c <= LATENCY_MAX; c++)
        sum += (double)c * (double)count_of(l, c);
    uint64_t misses = latency_misses(l);
    return misses == 0 ? 0 : sum / (double)misses;
}

void latency_print(const latency *l, FILE *to)
{
    unsigned low = 2, high = LATENCY_MAX;
    while (low < LATENCY_MAX && count_of(l, low) == 0)
        low++;
    while (high > low && count_of(l, high) == 0)
        high--;
    unsigned width = (high - low) / BARS + 1;
    uint64_t bar[BARS] = {0}, most = 1;
    for (unsigned c = low; c <= high; c++)
        bar[(c - low) / width] += count_of(l, c);
    for (unsigned i = 0; i < BARS; i++)
        most = bar[i] > most ? bar[i] : most;
    for (unsigned i = 0; i < BARS && low + i * width <= high; i++) {
        int length = (int)((bar[i] * BAR_WIDTH + most - 1) / most);
        fprintf(to, "  %4u-%-4u %9" PRIu64 " %.*s\n", low + i * width, low + (i + 1) * width - 1,
                bar[i], length, "##################################################");
    }
}
