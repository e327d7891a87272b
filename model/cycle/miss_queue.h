/* miss_queue.h: who waits on one port, and for what. The contract is docs/blocks/miss_queue.md. */
#ifndef MODEL_CYCLE_MISS_QUEUE_H
#define MODEL_CYCLE_MISS_QUEUE_H

#include <stddef.h>

#include "model/cycle/wires.h"

struct miss_queue {
    unsigned misses; /* parameter: slots */
    unsigned count;
    unsigned in[MISS_WAITING + 1]; /* the slots in each state, a bit each */
    uint8_t state[TW_MISSES_MAX];  /* this and those below by slot */
    uint8_t older[TW_MISSES_MAX];  /* the slots that hold older requests, a bit each */
    uint8_t on[TW_MISSES_MAX];
    struct request request[TW_MISSES_MAX]; /* stands until another request gets the slot */
};

void miss_queue_reset(struct miss_queue *queue, unsigned misses);

static inline bool miss_queue_full(const struct miss_queue *queue)
{
    return queue->count == queue->misses;
}

static inline bool miss_queue_waiting(const struct miss_queue *queue)
{
    return queue->in[MISS_WAITING] != 0;
}

/* The slots that may look up again, a bit each: `replay_valid`. */
static inline unsigned miss_queue_offers(const struct miss_queue *queue, bool walker_idle)
{
    return queue->in[MISS_AWAKE] | (queue->in[MISS_WAITING] & -(unsigned)walker_idle);
}

/* `replay_slot`, while something is offered, else 0. */
unsigned miss_queue_replay(const struct miss_queue *queue, bool walker_idle);

/* The free slot of the lowest number; 0 when full. */
unsigned miss_queue_free_slot(const struct miss_queue *queue);

/* The edge, in parts: those that happen in a cycle, in this order as far as the order counts. */
void miss_queue_settle(struct miss_queue *queue, const struct settle *verdict);
void miss_queue_wake(struct miss_queue *queue, unsigned walker);
void miss_queue_enqueue(struct miss_queue *queue, unsigned slot, const struct request *request);
void miss_queue_grant(struct miss_queue *queue, unsigned slot);
void miss_queue_dequeue(struct miss_queue *queue, unsigned slot);

#endif
