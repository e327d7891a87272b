/*
 * pin_monitor.h: the protocol of every port: a request holds until it is taken, each is answered
 * once and in time, an answer belongs to a request, fields beside a valid that is 0 are 0.
 */
#ifndef TB_PIN_MONITOR_H
#define TB_PIN_MONITOR_H

#include "tablewalk/error.h"
#include "tb/observer.h"

enum {
    /* Cycles in which every request must be answered, whatever the latency and the fences. In
     * hashed mode a try reads up to LAST + 3 words, so with long tables it is as much longer as
     * that is more than the LEVELS_MAX + 1 accesses of a tree. */
    ANSWER_BOUND = 100000,
    /* The same, of cycles in a row in which neither memory nor a requester keeps the MMU busy. */
    STILL_BOUND = 64
};

struct pin_monitor {
    tw_out out; /* of the cycle before */
    tw_in in;
    bool before;    /* there was one, and it was no reset */
    unsigned still; /* cycles in a row without a request, an answer or a memory access */
};

/* Judges one cycle, before the observer sees it. */
tw_status pin_monitor_cycle(struct pin_monitor *monitor, const struct observer *observer,
                            uint64_t cycle, const tw_out *out, const tw_in *in, tw_error *error);

#endif
