/* test_fault_queue.c: what is kept, what is dropped, and what software sees of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/fault_queue.h"

static const struct answer none, good = {.valid = true, .pa = 0x1000};

static struct answer fault_at(uint64_t va)
{
    return (struct answer){
        .valid = true,
        .cause = CAUSE_LOAD_PAGE,
        .fault = {.request = {.body = {.va = va, .op = OP_LOAD}}, .check = CHECK_VALID}};
}

static void clock(struct fault_queue *queue, const struct answer *fetch, const struct answer *data,
                  bool pop, bool clear)
{
    fault_queue_clock(
        queue, &(struct fault_queue_in){
                   .fetch = fetch, .data = data, .satp_asid = 9, .pop = pop, .clear = clear});
}

static struct fault_queue queue_with(unsigned faults)
{
    struct fault_queue queue;
    fault_queue_reset(&queue);
    for (unsigned i = 0; i < faults; i++) {
        const struct answer answer = fault_at(i);
        clock(&queue, &none, &answer, false, false);
    }
    return queue;
}

static uint64_t status(unsigned count, unsigned overflow, uint64_t dropped)
{
    return count | overflow << 8 | dropped << 32;
}

static void both_ports_in_one_cycle_are_kept_fetch_first(void **state)
{
    (void)state;
    struct fault_queue queue = queue_with(0);
    const struct answer fetch = fault_at(0xf000), data = fault_at(0xd000);
    clock(&queue, &fetch, &data, false, false);
    assert_int_equal(fault_queue_status(&queue), status(2, 0, 0));
    assert_true(fault_queue_irq(&queue));
    assert_int_equal(fault_queue_head(&queue).va, 0xf000);
    assert_int_equal(TW_GET(fault_queue_head(&queue).info, FAULT_INFO, PORT), 0);
    clock(&queue, &none, &good, true, false);
    assert_int_equal(fault_queue_head(&queue).va, 0xd000);
    assert_int_equal(TW_GET(fault_queue_head(&queue).info, FAULT_INFO, PORT), 1);
    assert_int_equal(fault_queue_head(&queue).asid, 9);
    clock(&queue, &none, &none, true, false);
    assert_false(fault_queue_irq(&queue));
    assert_int_equal(fault_queue_head(&queue).cause, 0);
    assert_int_equal(fault_queue_head(&queue).asid, 0);
    clock(&queue, &none, &none, true, false); /* of an empty queue: nothing happens */
    assert_int_equal(fault_queue_status(&queue), 0);
}

static void last_place_goes_to_fetch_and_data_is_counted_as_dropped(void **state)
{
    (void)state;
    struct fault_queue queue = queue_with(7);
    const struct answer fetch = fault_at(0xf000), data = fault_at(0xd000);
    clock(&queue, &fetch, &data, false, false);
    assert_int_equal(fault_queue_status(&queue), status(8, 1, 1));
    for (unsigned i = 0; i < 7; i++)
        clock(&queue, &none, &none, true, false);
    assert_int_equal(fault_queue_head(&queue).va, 0xf000);
}

static void full_queue_drops_both_even_if_one_is_popped(void **state)
{
    (void)state;
    struct fault_queue queue = queue_with(8);
    const struct answer fetch = fault_at(0xf000), data = fault_at(0xd000);
    clock(&queue, &fetch, &data, true, false);
    assert_int_equal(fault_queue_status(&queue), status(7, 1, 2));
    assert_int_equal(fault_queue_head(&queue).va, 1);
}

static void push_and_pop_in_one_cycle_leave_the_new_one_last(void **state)
{
    (void)state;
    struct fault_queue queue = queue_with(1);
    const struct answer data = fault_at(0xd000);
    clock(&queue, &none, &data, true, false);
    assert_int_equal(fault_queue_status(&queue), status(1, 0, 0));
    assert_int_equal(fault_queue_head(&queue).va, 0xd000);
    queue = queue_with(0);
    clock(&queue, &none, &data, true, false); /* empty at the start: nothing to pop */
    assert_int_equal(fault_queue_status(&queue), status(1, 0, 0));
}

static void clear_forgets_old_drops_and_counts_those_of_its_cycle(void **state)
{
    (void)state;
    struct fault_queue queue = queue_with(11);
    const struct answer data = fault_at(0xd000);
    assert_int_equal(fault_queue_status(&queue), status(8, 1, 3));
    clock(&queue, &none, &data, false, true);
    assert_int_equal(fault_queue_status(&queue), status(8, 1, 1));
    clock(&queue, &none, &none, false, true);
    assert_int_equal(fault_queue_status(&queue), status(8, 0, 0));
}

static void dropped_holds_at_its_maximum(void **state)
{
    (void)state;
    struct fault_queue queue = queue_with(8);
    const struct answer fetch = fault_at(0xf000), data = fault_at(0xd000);
    queue.dropped = UINT32_MAX - 1;
    clock(&queue, &fetch, &data, false, false);
    assert_int_equal(fault_queue_status(&queue), status(8, 1, UINT32_MAX));
}

static void parity(struct fault_queue *queue, bool clear)
{
    fault_queue_clock(queue, &(struct fault_queue_in){
                                 .fetch = &none, .data = &none, .clear = clear, .parity = true});
}

static uint64_t parity_of(const struct fault_queue *queue)
{
    return TW_GET(fault_queue_status(queue), FAULT_STATUS, PARITY);
}

static void parity_counts_alone_and_holds_at_its_maximum(void **state)
{
    (void)state;
    struct fault_queue queue = queue_with(0);
    for (unsigned i = 1; i <= 65540; i++) {
        parity(&queue, false);
        assert_int_equal(parity_of(&queue), i < 65535 ? i : 65535);
    }
    clock(&queue, &none, &none, false, false);
    assert_int_equal(fault_queue_status(&queue), TW_PUT(FAULT_STATUS, PARITY, 65535));
    assert_int_equal(fault_queue_irq(&queue), false);
}

static void clear_forgets_parity_and_counts_that_of_its_cycle(void **state)
{
    (void)state;
    struct fault_queue queue = queue_with(0);
    parity(&queue, false);
    parity(&queue, false);
    parity(&queue, true);
    assert_int_equal(parity_of(&queue), 1);
    clock(&queue, &none, &none, false, true);
    assert_int_equal(parity_of(&queue), 0);
}

static void info_holds_the_record_and_its_x86_view(void **state)
{
    (void)state;
    struct fault_queue queue = queue_with(0);
    struct answer data = fault_at(0xd000);
    data.fault.request.id = 11;
    data.fault.request.body.op = OP_AMO;
    data.fault.request.body.priv = PRIV_S;
    data.fault.level = 4;
    data.fault.check = CHECK_ALIGNED;
    data.fault.pte_addr = 0x8000;
    data.fault.seg = 13;
    clock(&queue, &none, &data, false, false);
    /* segment 13; RSVD, W and P; id 11, check 6, data port, level 4, S, amo */
    assert_int_equal(fault_queue_head(&queue).info, 0xd0bb6c7);
    assert_int_equal(fault_queue_head(&queue).pte_addr, 0x8000);
}

static void x86_present_bit_says_that_a_valid_pte_was_judged(void **state)
{
    (void)state;
    static const unsigned present =
        1u << CHECK_RESERVED | 1u << CHECK_POINTER | 1u << CHECK_ALIGNED | 1u << CHECK_USER |
        1u << CHECK_PERMISSION | 1u << CHECK_TOUCHED | 1u << CHECK_SWAP | 1u << CHECK_RETRIES;
    for (unsigned check = CHECK_CANONICAL; check <= CHECK_SEGMENT; check++) {
        struct fault_queue queue = queue_with(0);
        struct answer fetch = fault_at(0);
        fetch.fault.check = (tw_check)check;
        fetch.fault.request.body.op = OP_FETCH;
        fetch.fault.request.body.priv = 2; /* counts as U */
        clock(&queue, &fetch, &none, false, false);
        const uint64_t info = fault_queue_head(&queue).info;
        assert_int_equal(TW_GET(info, FAULT_INFO, X86_P), present >> check & 1);
        assert_int_equal(TW_GET(info, FAULT_INFO, X86_U), 1);
        assert_int_equal(TW_GET(info, FAULT_INFO, X86_I), 1);
        assert_int_equal(TW_GET(info, FAULT_INFO, X86_W), 0);
        assert_int_equal(TW_GET(info, FAULT_INFO, PRIV), 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ports_in_one_cycle_are_kept_fetch_first),
        cmocka_unit_test(last_place_goes_to_fetch_and_data_is_counted_as_dropped),
        cmocka_unit_test(full_queue_drops_both_even_if_one_is_popped),
        cmocka_unit_test(push_and_pop_in_one_cycle_leave_the_new_one_last),
        cmocka_unit_test(clear_forgets_old_drops_and_counts_those_of_its_cycle),
        cmocka_unit_test(dropped_holds_at_its_maximum),
        cmocka_unit_test(parity_counts_alone_and_holds_at_its_maximum),
        cmocka_unit_test(clear_forgets_parity_and_counts_that_of_its_cycle),
        cmocka_unit_test(info_holds_the_record_and_its_x86_view),
        cmocka_unit_test(x86_present_bit_says_that_a_valid_pte_was_judged),
    };
    return cmocka_run_group_tests_name("model_cycle_fault_queue", tests, NULL, NULL);
}
