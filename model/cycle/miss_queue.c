/* miss_queue.c: requests in the order of arrival. Invariant: entries 0 to count-1 wait, oldest
 * first. */
#include "model/cycle/miss_queue.h"

#include <assert.h>
#include <stddef.h>

void miss_queue_reset(struct miss_queue *queue, unsigned misses)
{
    *queue = (struct miss_queue){.misses = misses};
}

/* Index of the oldest entry that is awake; `count` if all sleep. */
static unsigned offered(const struct miss_queue *queue)
{
    unsigned i = 0;
    while (i < queue->count && !queue->awake[i])
        i++;
    return i;
}

const struct request *miss_queue_replay(const struct miss_queue *queue)
{
    unsigned i = offered(queue);
    return i < queue->count ? &queue->entry[i] : NULL;
}

bool miss_queue_full(const struct miss_queue *queue)
{
    return queue->count == queue->misses;
}

/* Closes the gap that the entry leaves, so that the order stays. */
static void leave(struct miss_queue *queue, unsigned entry)
{
    queue->count--;
    for (unsigned i = entry; i < queue->count; i++) {
        queue->entry[i] = queue->entry[i + 1];
        queue->awake[i] = queue->awake[i + 1];
    }
}

static void join(struct miss_queue *queue, const struct request *request)
{
    queue->entry[queue->count] = *request;
    queue->awake[queue->count] = false;
    queue->count++;
}

void miss_queue_clock(struct miss_queue *queue, const struct miss_queue_in *in)
{
    const unsigned entry = offered(queue);
    assert(!in->enqueue || (!in->dequeue && !miss_queue_full(queue)));
    assert(!(in->dequeue || in->sleep) || entry < queue->count);
    if (in->sleep)
        queue->awake[entry] = false;
    if (in->dequeue)
        leave(queue, entry);
    if (in->enqueue)
        join(queue, in->request);
    if (in->wake) {
        for (unsigned i = 0; i < queue->count; i++)
            queue->awake[i] = true;
    }
}
