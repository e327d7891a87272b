/* test_miss_queue.c: who waits, for what, in which order, and who may look up again. */
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

/* What happens in one cycle. */
struct miss_queue_in {
    bool enqueue; /* never while full, and never together with dequeue */
    bool dequeue;
    bool grant;
    unsigned slot; /* who looks up: the free slot with enqueue, else the one that is offered */
    const struct request *request; /* to enqueue */
    const struct settle *settle;   /* NULL while not valid */
    bool wake_valid;
    unsigned wake_walker;
};

static void clock(struct miss_queue *queue, struct miss_queue_in in)
{
    if (in.settle != NULL)
        miss_queue_settle(queue, in.settle);
    if (in.wake_valid)
        miss_queue_wake(queue, in.wake_walker);
    if (in.enqueue)
        miss_queue_enqueue(queue, in.slot, in.request);
    if (in.grant)
        miss_queue_grant(queue, in.slot);
    if (in.dequeue)
        miss_queue_dequeue(queue, in.slot);
}

/* A new miss; the slot that it takes. */
static unsigned enqueue(struct miss_queue *queue, unsigned id, bool grant)
{
    const struct request request = {.id = id, .body = {.va = (uint64_t)id << 12}};
    const unsigned slot = miss_queue_free_slot(queue);
    clock(queue, (struct miss_queue_in){
                     .enqueue = true, .grant = grant, .slot = slot, .request = &request});
    return slot;
}

static void settle(struct miss_queue *queue, unsigned slot, enum miss_state to, unsigned walker)
{
    const struct settle verdict = {.slot = slot, .state = to, .walker = walker};
    clock(queue, (struct miss_queue_in){.settle = &verdict});
}

static void wake(struct miss_queue *queue, unsigned walker)
{
    clock(queue, (struct miss_queue_in){.wake_valid = true, .wake_walker = walker});
}

/* The offered entry looks up: it is answered, granted, or neither. */
static void dequeue(struct miss_queue *queue, bool walker_idle)
{
    const unsigned slot = miss_queue_replay(queue, walker_idle);
    clock(queue, (struct miss_queue_in){.dequeue = true, .slot = slot});
}

static void grant(struct miss_queue *queue, bool walker_idle)
{
    const unsigned slot = miss_queue_replay(queue, walker_idle);
    clock(queue, (struct miss_queue_in){.grant = true, .slot = slot});
}

/* A miss that has been granted and settled; its slot. */
static unsigned add(struct miss_queue *queue, unsigned id, enum miss_state to, unsigned walker)
{
    const unsigned slot = enqueue(queue, id, true);
    settle(queue, slot, to, walker);
    return slot;
}

enum { NOTHING = 16 }; /* no request's id */

/* Id of the request that is offered. */
static unsigned offered(const struct miss_queue *queue, bool walker_idle)
{
    if (!miss_queue_offers(queue, walker_idle))
        return NOTHING;
    return queue->request[miss_queue_replay(queue, walker_idle)].id;
}

static void assert_offers(const struct miss_queue *queue, unsigned without_walker,
                          unsigned with_walker)
{
    assert_int_equal(offered(queue, false), without_walker);
    assert_int_equal(offered(queue, true), with_walker);
}

/* ---- states ---------------------------------------------------------------------------------- */

static void new_miss_is_in_the_stage_with_a_grant_and_awake_without(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(4);
    assert_offers(&queue, NOTHING, NOTHING);
    assert_int_equal(queue.state[enqueue(&queue, 1, true)], MISS_STAGE);
    assert_offers(&queue, NOTHING, NOTHING);
    assert_int_equal(queue.state[enqueue(&queue, 2, false)], MISS_AWAKE);
    assert_offers(&queue, 2, 2);
    assert_int_equal(queue.count, 2);
}

static void entry_keeps_its_request(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(4);
    const struct request request = {
        .id = 9, .body = {.va = 0x1234, .op = OP_AMO, .priv = PRIV_S, .sum = true, .mxr = true}};
    clock(&queue, (struct miss_queue_in){.enqueue = true, .request = &request});
    const struct request *kept = &queue.request[miss_queue_replay(&queue, false)];
    assert_int_equal(kept->id, 9);
    assert_int_equal(kept->body.va, 0x1234);
    assert_int_equal(kept->body.op, OP_AMO);
    assert_int_equal(kept->body.priv, PRIV_S);
    assert_int_equal(kept->body.sum, true);
    assert_int_equal(kept->body.mxr, true);
}

static void settle_says_what_becomes_of_the_entry_in_the_stage(void **state)
{
    (void)state;
    static const struct {
        enum miss_state to;
        unsigned without_walker, with_walker, count;
        bool waiting;
    } verdict[] = {{MISS_FREE, NOTHING, NOTHING, 0, false},
                   {MISS_AWAKE, 1, 1, 1, false},
                   {MISS_MERGED, NOTHING, NOTHING, 1, false},
                   {MISS_WAITING, NOTHING, 1, 1, true}};
    for (unsigned i = 0; i < 4; i++) {
        struct miss_queue queue = queue_of(4);
        const unsigned slot = add(&queue, 1, verdict[i].to, 2);
        assert_int_equal(queue.state[slot], verdict[i].to);
        assert_offers(&queue, verdict[i].without_walker, verdict[i].with_walker);
        assert_int_equal(queue.count, verdict[i].count);
        assert_int_equal(miss_queue_waiting(&queue), verdict[i].waiting);
    }
}

static void offered_entry_leaves_is_granted_or_stays(void **state)
{
    (void)state;
    for (unsigned waiting = 0; waiting < 2; waiting++) {
        const enum miss_state from = waiting ? MISS_WAITING : MISS_AWAKE;
        struct miss_queue queue = queue_of(4);
        const unsigned slot = add(&queue, 1, from, 0);
        clock(&queue, (struct miss_queue_in){.slot = slot}); /* missed, but not granted */
        assert_int_equal(queue.state[slot], from);
        grant(&queue, true);
        assert_int_equal(queue.state[slot], MISS_STAGE);
        assert_int_equal(miss_queue_waiting(&queue), false);
        settle(&queue, slot, from, 0);
        assert_int_equal(queue.state[slot], from);
        dequeue(&queue, true);
        assert_int_equal(queue.state[slot], MISS_FREE);
        assert_int_equal(queue.count, 0);
        assert_int_equal(miss_queue_waiting(&queue), false);
    }
}

static void waiting_holds_while_any_entry_waits(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(4);
    add(&queue, 1, MISS_WAITING, 0);
    add(&queue, 2, MISS_WAITING, 0);
    add(&queue, 3, MISS_MERGED, 0);
    grant(&queue, true);
    assert_int_equal(miss_queue_waiting(&queue), true);
    dequeue(&queue, true);
    assert_int_equal(miss_queue_waiting(&queue), false);
}

/* ---- wake ------------------------------------------------------------------------------------ */

static void finished_walk_wakes_exactly_those_that_are_merged_on_its_walker(void **state)
{
    (void)state;
    for (unsigned walker = 0; walker < 4; walker++) {
        struct miss_queue queue = queue_of(8);
        for (unsigned id = 0; id < 6; id++)
            add(&queue, id, MISS_MERGED, id % 4);
        add(&queue, 6, MISS_WAITING, walker);
        enqueue(&queue, 7, true);
        wake(&queue, walker);
        for (unsigned id = 0; id < 6; id++)
            assert_int_equal(queue.state[id], id % 4 == walker ? MISS_AWAKE : MISS_MERGED);
        assert_int_equal(queue.state[6], MISS_WAITING);
        assert_int_equal(queue.state[7], MISS_STAGE);
        assert_offers(&queue, walker, walker);
    }
}

static void entry_settled_on_a_walker_in_the_cycle_in_which_it_finishes_is_awake(void **state)
{
    (void)state;
    for (unsigned walker = 0; walker < 4; walker++) {
        struct miss_queue queue = queue_of(4);
        const unsigned slot = enqueue(&queue, 1, true);
        const struct settle verdict = {.slot = slot, .state = MISS_MERGED, .walker = 2};
        clock(&queue, (struct miss_queue_in){
                          .settle = &verdict, .wake_valid = true, .wake_walker = walker});
        assert_int_equal(queue.state[slot], walker == 2 ? MISS_AWAKE : MISS_MERGED);
    }
}

static void without_a_wake_nobody_wakes(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(4);
    const unsigned slot = enqueue(&queue, 1, true);
    const struct settle verdict = {.slot = slot, .state = MISS_MERGED, .walker = 0};
    clock(&queue, (struct miss_queue_in){.settle = &verdict, .wake_walker = 0});
    assert_int_equal(queue.state[slot], MISS_MERGED);
    clock(&queue, (struct miss_queue_in){.wake_walker = 0});
    assert_int_equal(queue.state[slot], MISS_MERGED);
}

/* The diagram of the page: the merged one is offered first, the waiting one goes on after it. */
static void merged_and_waiting_entries_follow_the_diagram(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(4);
    const unsigned merged = add(&queue, 1, MISS_MERGED, 0);
    const unsigned waiting = add(&queue, 2, MISS_WAITING, 0);
    assert_int_equal(offered(&queue, false), NOTHING);
    wake(&queue, 0); /* t */
    assert_int_equal(queue.state[merged], MISS_AWAKE);
    assert_int_equal(offered(&queue, true), 1);
    dequeue(&queue, true); /* t+1 */
    assert_int_equal(queue.state[merged], MISS_FREE);
    assert_int_equal(queue.state[waiting], MISS_WAITING);
    assert_int_equal(offered(&queue, true), 2);
    grant(&queue, true); /* t+2 */
    assert_int_equal(queue.state[waiting], MISS_STAGE);
}

/* ---- slots and ages -------------------------------------------------------------------------- */

static void miss_takes_the_free_slot_of_the_lowest_number(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(4);
    for (unsigned id = 0; id < 4; id++) {
        assert_int_equal(miss_queue_full(&queue), false);
        assert_int_equal(miss_queue_free_slot(&queue), id);
        enqueue(&queue, id, true);
    }
    assert_int_equal(miss_queue_full(&queue), true);
    assert_int_equal(queue.count, 4);
    assert_int_equal(miss_queue_free_slot(&queue), 0); /* none */
    settle(&queue, 2, MISS_FREE, 0);
    assert_int_equal(miss_queue_full(&queue), false);
    assert_int_equal(miss_queue_free_slot(&queue), 2);
    settle(&queue, 1, MISS_FREE, 0);
    assert_int_equal(miss_queue_free_slot(&queue), 1);
}

static void all_awake_are_offered_oldest_first(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(8);
    for (unsigned id = 0; id < 8; id++)
        enqueue(&queue, id, false);
    for (unsigned id = 0; id < 8; id++) {
        assert_offers(&queue, id, id);
        dequeue(&queue, false);
    }
    assert_offers(&queue, NOTHING, NOTHING);
}

static void age_counts_and_not_the_slot(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(4);
    for (unsigned id = 0; id < 4; id++)
        enqueue(&queue, id, true);
    settle(&queue, 0, MISS_FREE, 0);
    settle(&queue, 2, MISS_FREE, 0);
    enqueue(&queue, 4, false); /* slot 0 */
    enqueue(&queue, 5, false); /* slot 2 */
    settle(&queue, 3, MISS_AWAKE, 0);
    settle(&queue, 1, MISS_AWAKE, 0);
    static const unsigned order[] = {1, 3, 4, 5};
    for (unsigned i = 0; i < 4; i++) {
        assert_offers(&queue, order[i], order[i]);
        dequeue(&queue, false);
    }
}

static void entry_keeps_its_age_whatever_it_waits_for(void **state)
{
    (void)state;
    static const enum miss_state states[] = {MISS_AWAKE, MISS_MERGED, MISS_WAITING};
    for (unsigned i = 0; i < 3; i++) {
        struct miss_queue queue = queue_of(4);
        enqueue(&queue, 1, false);
        enqueue(&queue, 2, false);
        grant(&queue, false); /* the older one looks up */
        assert_offers(&queue, 2, 2);
        settle(&queue, 0, states[i], 0);
        wake(&queue, 0);
        assert_offers(&queue, states[i] == MISS_WAITING ? 2 : 1, 1);
    }
}

static void waiting_and_awake_entries_are_one_line_while_a_walker_is_idle(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(4);
    add(&queue, 1, MISS_WAITING, 0);
    add(&queue, 2, MISS_AWAKE, 0);
    add(&queue, 3, MISS_WAITING, 0);
    assert_offers(&queue, 2, 1);
    dequeue(&queue, false); /* 2 */
    assert_offers(&queue, NOTHING, 1);
    dequeue(&queue, true); /* 1 */
    assert_offers(&queue, NOTHING, 3);
}

/* ---- several things in one cycle ------------------------------------------------------------- */

static void settle_wake_and_enqueue_meet_in_one_cycle(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(4);
    const struct request request = {.id = 3};
    add(&queue, 0, MISS_MERGED, 1);
    enqueue(&queue, 1, true);
    const struct settle verdict = {.slot = 1, .state = MISS_FREE};
    clock(&queue, (struct miss_queue_in){.enqueue = true,
                                         .grant = true,
                                         .slot = 2, /* slot 1 is free from the next cycle on */
                                         .request = &request,
                                         .settle = &verdict,
                                         .wake_valid = true,
                                         .wake_walker = 1});
    static const enum miss_state want[] = {MISS_AWAKE, MISS_FREE, MISS_STAGE, MISS_FREE};
    for (unsigned slot = 0; slot < 4; slot++)
        assert_int_equal(queue.state[slot], want[slot]);
    assert_int_equal(queue.count, 2);
    assert_offers(&queue, 0, 0);
}

static void settle_and_dequeue_meet_in_one_cycle(void **state)
{
    (void)state;
    struct miss_queue queue = queue_of(4);
    enqueue(&queue, 0, false);
    enqueue(&queue, 1, true);
    enqueue(&queue, 2, false);
    const struct settle verdict = {.slot = 1, .state = MISS_AWAKE};
    clock(&queue, (struct miss_queue_in){.dequeue = true, .slot = 0, .settle = &verdict});
    assert_int_equal(queue.count, 2);
    assert_offers(&queue, 1, 1);
    dequeue(&queue, false);
    assert_offers(&queue, 2, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_miss_is_in_the_stage_with_a_grant_and_awake_without),
        cmocka_unit_test(entry_keeps_its_request),
        cmocka_unit_test(settle_says_what_becomes_of_the_entry_in_the_stage),
        cmocka_unit_test(offered_entry_leaves_is_granted_or_stays),
        cmocka_unit_test(waiting_holds_while_any_entry_waits),
        cmocka_unit_test(finished_walk_wakes_exactly_those_that_are_merged_on_its_walker),
        cmocka_unit_test(entry_settled_on_a_walker_in_the_cycle_in_which_it_finishes_is_awake),
        cmocka_unit_test(without_a_wake_nobody_wakes),
        cmocka_unit_test(merged_and_waiting_entries_follow_the_diagram),
        cmocka_unit_test(miss_takes_the_free_slot_of_the_lowest_number),
        cmocka_unit_test(all_awake_are_offered_oldest_first),
        cmocka_unit_test(age_counts_and_not_the_slot),
        cmocka_unit_test(entry_keeps_its_age_whatever_it_waits_for),
        cmocka_unit_test(waiting_and_awake_entries_are_one_line_while_a_walker_is_idle),
        cmocka_unit_test(settle_wake_and_enqueue_meet_in_one_cycle),
        cmocka_unit_test(settle_and_dequeue_meet_in_one_cycle),
    };
    return cmocka_run_group_tests_name("model_cycle_miss_queue", tests, NULL, NULL);
}
