/* miss_queue.c: slots in states, and their age. Invariant: in[s] has the bits of the slots in state
 * s; older[i] has those of the slots that are not free and hold an older request than slot i. */
#include "model/cycle/miss_queue.h"

#include <assert.h>

void miss_queue_reset(struct miss_queue *queue, unsigned misses)
{
    *queue = (struct miss_queue){.misses = misses, .in[MISS_FREE] = (1u << misses) - 1};
}

unsigned miss_queue_replay(const struct miss_queue *queue, bool walker_idle)
{
    const unsigned offers = miss_queue_offers(queue, walker_idle);
    unsigned oldest = 0;
    for (unsigned slot = 0; slot < TW_MISSES_MAX; slot++) /* who is not there is not offered */
        oldest |= (unsigned)((queue->older[slot] & offers) == 0) << slot;
    return offers != 0 ? lowest(offers & oldest) : 0;
}

unsigned miss_queue_free_slot(const struct miss_queue *queue)
{
    return miss_queue_full(queue) ? 0 : lowest(queue->in[MISS_FREE]);
}

static void set_state(struct miss_queue *queue, unsigned slot, enum miss_state state)
{
    queue->in[queue->state[slot]] &= ~(1u << slot);
    queue->in[state] |= 1u << slot;
    queue->state[slot] = (uint8_t)state;
}

void miss_queue_dequeue(struct miss_queue *queue, unsigned slot)
{
    for (unsigned other = 0; other < queue->misses; other++)
        queue->older[other] &= (uint8_t) ~(1u << slot);
    queue->count--;
    set_state(queue, slot, MISS_FREE);
}

void miss_queue_settle(struct miss_queue *queue, const struct settle *verdict)
{
    assert(queue->state[verdict->slot] == MISS_STAGE);
    queue->on[verdict->slot] = (uint8_t)verdict->walker;
    if (verdict->state == MISS_FREE)
        miss_queue_dequeue(queue, verdict->slot);
    else
        set_state(queue, verdict->slot, verdict->state);
}

void miss_queue_wake(struct miss_queue *queue, unsigned walker)
{
    for (unsigned merged = queue->in[MISS_MERGED]; merged != 0; merged &= merged - 1) {
        const unsigned slot = lowest(merged);
        if (queue->on[slot] == walker)
            set_state(queue, slot, MISS_AWAKE);
    }
}

void miss_queue_enqueue(struct miss_queue *queue, unsigned slot, const struct request *request)
{
    assert(queue->state[slot] == MISS_FREE);
    queue->older[slot] = (uint8_t)(((1u << queue->misses) - 1) & ~queue->in[MISS_FREE]);
    queue->request[slot] = *request;
    queue->count++;
    set_state(queue, slot, MISS_AWAKE);
}

void miss_queue_grant(struct miss_queue *queue, unsigned slot)
{
    set_state(queue, slot, MISS_STAGE);
}
