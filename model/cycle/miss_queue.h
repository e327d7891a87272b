/* miss_queue.h: who waits for the walker on one port. The contract is docs/blocks/miss_queue.md. */
#ifndef MODEL_CYCLE_MISS_QUEUE_H
#define MODEL_CYCLE_MISS_QUEUE_H

#include "model/cycle/wires.h"
#include "tablewalk/config.h"

struct miss_queue {
    unsigned misses; /* parameter: places */
    unsigned count;
    struct request entry[TW_MISSES_MAX]; /* entry 0 is the oldest */
    bool awake[TW_MISSES_MAX];
};

struct miss_queue_in {
    bool enqueue; /* never while full, and never together with dequeue */
    bool dequeue; /* this and sleep only while an entry is offered */
    bool sleep;
    bool wake;
    const struct request *request; /* to enqueue */
};

void miss_queue_reset(struct miss_queue *queue, unsigned misses);

/* The oldest entry that is awake, or NULL: `replay_*`. */
const struct request *miss_queue_replay(const struct miss_queue *queue);

bool miss_queue_full(const struct miss_queue *queue);

void miss_queue_clock(struct miss_queue *queue, const struct miss_queue_in *in);

#endif
