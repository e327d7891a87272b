/* test_miss_queue.c: who waits, in which order, and who may try again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/miss_queue.h"

static struct miss_queue queue_of(unsigned misses)
{
    struct miss_queue queue;
    miss_queue_reset(&queue, misses);
    return queue;
}

static void enqueue(struct miss_queue *queue, unsigned id, bool wake)
{
    const struct request request = {.id = id};
    miss_queue_clock(queue,
                     &(struct miss_queue_in){.enqueue = true, .request = &request, .wake = wake});
}

static void wake(struct miss_queue *queue)
{
    miss_queue_clock(queue, &(struct miss_queue_in){.wake = true});
}

static void dequeue(struct miss_queue *queue)
{
    miss_queue_clock(queue, &(struct miss_queue_in){.dequeue = true});
}

static void sleep_again(struct miss_queue *queue, bool woken)
{
    miss_queue_clock(queue, &(struct miss_queue_in){.sleep = true, .wake = woken});
}

static void assert_offers(const struct miss_queue *queue, unsigned id)
{
    const struct request *offer = miss_queue_replay(queue);
    assert_non_null(offer);
    assert_int_equal(offer->id, id);
}

static void entry_sleeps_until_a_walk_finishes(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(4);
    enqueue(&queue, 1, false);
    assert_null(miss_queue_replay(&queue));
    wake(&queue);
    assert_offers(&queue, 1);
}

static void entry_enqueued_in_the_cycle_of_a_wake_is_awake(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(4);
    enqueue(&queue, 1, true);
    assert_offers(&queue, 1);
    sleep_again(&queue, true);
    assert_offers(&queue, 1);
    sleep_again(&queue, false);
    assert_null(miss_queue_replay(&queue));
}

static void all_awake_are_offered_oldest_first(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(8);
    for (unsigned id = 0; id < 8; id++) {
        assert_false(miss_queue_full(&queue));
        enqueue(&queue, id, false);
    }
    assert_true(miss_queue_full(&queue));
    wake(&queue);
    for (unsigned id = 0; id < 8; id++) {
        assert_offers(&queue, id);
        dequeue(&queue);
    }
    assert_int_equal(queue.count, 0);
}

static void dequeue_from_the_middle_keeps_the_order(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(4);
    for (unsigned id = 0; id < 4; id++)
        enqueue(&queue, id, false);
    wake(&queue);
    sleep_again(&queue, false); /* 0 misses again */
    assert_offers(&queue, 1);
    dequeue(&queue); /* 1 hits */
    assert_offers(&queue, 2);
    sleep_again(&queue, false); /* 2 misses again */
    enqueue(&queue, 4, false);
    assert_offers(&queue, 3);
    dequeue(&queue);
    assert_null(miss_queue_replay(&queue));
    wake(&queue);
    static const unsigned left[] = {0, 2, 4};
    for (unsigned i = 0; i < 3; i++) {
        assert_offers(&queue, left[i]);
        dequeue(&queue);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entry_sleeps_until_a_walk_finishes),
        cmocka_unit_test(entry_enqueued_in_the_cycle_of_a_wake_is_awake),
        cmocka_unit_test(all_awake_are_offered_oldest_first),
        cmocka_unit_test(dequeue_from_the_middle_keeps_the_order),
    };
    return cmocka_run_group_tests_name("model_cycle_miss_queue", tests, NULL, NULL);
}
