/*
 * The memory port that the walkers share: what is asked is held until it is taken, every walker
 * gets its turn, and answers come in any order.
 */
#include "tablewalk/states.h"
#include "tb/random.h"
#include "tests/support/every_mode.h"

enum { PAGES = 32 };

static unsigned walkers(void)
{
    return tw_rtl_built()->walkers;
}

static bool wants_memory(const tw_out *out, unsigned walker)
{
    unsigned state = walker_state(out, walker);
    return state == WALK_READ || state == WALK_SWAP;
}

static uint64_t nth_va(const fixture *f, unsigned n)
{
    return pages_va_plus(f->pages.mode, pages_va(f->pages.mode), n);
}

/* ---- traffic: pages that want A and D, asked for on both ports in any order ---- */

typedef struct traffic {
    fixture *f;
    uint64_t random;
    unsigned page[2][FIXTURE_IDS];
    uint64_t
        asked_at[1 << TW_MEMORY_ID_BITS]; /* by memory id: when it was taken; 0: not in flight */
    unsigned answers, overtakes;
} traffic;

static void begin_traffic(traffic *t)
{
    fixture_fence(t->f, TW_FENCE_ALL, 0, 0);
    for (unsigned n = 0; n < PAGES; n++)
        map_nth(t->f, nth_va(t->f, n), n, F_V | F_RWX);
}

static void offer_some(traffic *t, tw_port port)
{
    const tw_out *out = tw_machine_out(t->f->machine);
    if (port == TW_FETCH ? !out->fetch_req_ready : !out->data_req_ready)
        return;
    unsigned n = random_below(&t->random, PAGES);
    tw_op op = port == TW_FETCH ? OP_FETCH : random_percent(&t->random, 50) ? OP_LOAD : OP_STORE;
    unsigned id = fixture_offer(t->f, port, request_of(op, nth_va(t->f, n)));
    t->page[port][id] = n;
}

/* Notes what memory took and answered, and whether something older still waits. */
static void note_memory(traffic *t)
{
    const fixture *f = t->f;
    unsigned id = f->in.mem_resp_id;
    for (unsigned w = 0; f->in.mem_resp_valid && w < walkers(); w++)
        t->overtakes += t->asked_at[w] != 0 && t->asked_at[w] < t->asked_at[id];
    if (f->in.mem_resp_valid)
        t->asked_at[id] = 0;
    if (f->out.mem_req_valid && f->in.mem_req_ready)
        t->asked_at[f->out.mem_req_id] = fixture_cycle(f);
}

static void check_answer(traffic *t, tw_port port, bool valid, unsigned id)
{
    if (!valid)
        return;
    expect_pa(t->f->asked[port][id].answer, nth_pa(t->f, t->page[port][id]));
    t->answers++;
}

static void clock_traffic(traffic *t, bool offers)
{
    for (unsigned port = 0; port < 2 && offers; port++)
        offer_some(t, (tw_port)port);
    fixture_clock(t->f);
    note_memory(t);
    check_answer(t, TW_FETCH, t->f->out.fetch_resp_valid, t->f->out.fetch_resp_id);
    check_answer(t, TW_DATA, t->f->out.data_resp_valid, t->f->out.data_resp_id);
}

/* ---- the tests ---- */

/* Latencies of 1 to 20 cycles and a port that is often not ready. */
MODE_TEST(memory_may_answer_in_any_order)
{
    traffic t = {.f = f, .random = 1};
    (void)va;
    for (unsigned round = 0; round < 12; round++) {
        tw_memory_set_latency(f->memory, 1, 20, round % 2 ? 40 : 0);
        begin_traffic(&t);
        for (unsigned n = 0; n < 1000; n++)
            clock_traffic(&t, true);
        for (unsigned n = 0; n < 1000; n++)
            clock_traffic(&t, false);
        fixture_settle(f);
    }
    assert_true(t.answers > 400);
    if (walkers() > 1)
        assert_true(t.overtakes > 20);
}

static void expect_held(const tw_out *before, const tw_out *now)
{
    assert_true(now->mem_req_valid);
    assert_int_equal(now->mem_req_id, before->mem_req_id);
    assert_int_equal(now->mem_req_op, before->mem_req_op);
    assert_int_equal(now->mem_req_size, before->mem_req_size);
    assert_true(now->mem_req_addr == before->mem_req_addr);
    assert_true(now->mem_req_expected == before->mem_req_expected);
    assert_true(now->mem_req_desired == before->mem_req_desired);
}

/* Memory is hardly ever ready; fences come meanwhile, and other walkers want the pins. */
MODE_TEST(a_request_is_held_until_it_is_taken)
{
    traffic t = {.f = f, .random = 2};
    unsigned contested = 0;
    (void)va;
    begin_traffic(&t);
    tw_memory_set_latency(f->memory, 1, 3, 85);
    for (unsigned n = 0; n < 3000; n++) {
        if (n % 67 == 0)
            fixture_offer_write(f, REG_FENCE, TW_FENCE_ALL);
        tw_out before = f->out;
        bool held = before.mem_req_valid && !f->in.mem_req_ready;
        clock_traffic(&t, true);
        if (!held)
            continue;
        expect_held(&before, &f->out);
        for (unsigned w = 0; w < walkers(); w++)
            contested += w != before.mem_req_id && wants_memory(&f->out, w);
    }
    tw_memory_set_latency(f->memory, 1, 3, 0);
    fixture_settle(f);
    if (walkers() > 1)
        assert_true(contested > 200);
}

/* From the cycle in which a walker wants memory, W - 1 requests of others are taken at most before
 * its own. */
MODE_TEST(every_walker_gets_its_turn)
{
    traffic t = {.f = f, .random = 3};
    unsigned passed[TW_WALKERS_MAX] = {0}, longest = 0;
    (void)va;
    begin_traffic(&t);
    tw_memory_set_latency(f->memory, 1, 1, 50);
    for (unsigned n = 0; n < 3000; n++) {
        if (n % 101 == 0)
            fixture_offer_write(f, REG_FENCE, TW_FENCE_ALL);
        clock_traffic(&t, true);
        for (unsigned w = 0; w < walkers(); w++) {
            bool taken = f->out.mem_req_valid && f->in.mem_req_ready;
            if (!wants_memory(&f->out, w) || (taken && f->out.mem_req_id == w))
                passed[w] = 0;
            else
                passed[w] += taken;
            assert_in_range(passed[w], 0, walkers() - 1);
            if (passed[w] > longest)
                longest = passed[w];
        }
    }
    tw_memory_set_latency(f->memory, 1, 1, 0);
    fixture_settle(f);
    assert_int_equal(longest, walkers() - 1);
}

/* The id of a memory request is the number of its walker. */
MODE_TEST(a_request_names_its_walker)
{
    traffic t = {.f = f, .random = 4};
    unsigned seen = 0;
    (void)va;
    begin_traffic(&t);
    tw_memory_set_latency(f->memory, 2, 9, 10);
    for (unsigned n = 0; n < 400; n++) {
        clock_traffic(&t, true);
        if (!f->out.mem_req_valid)
            continue;
        assert_in_range(f->out.mem_req_id, 0, walkers() - 1);
        assert_int_equal(walker_state(&f->out, f->out.mem_req_id),
                         f->out.mem_req_op ? WALK_SWAP : WALK_READ);
        seen |= 1u << f->out.mem_req_id;
    }
    fixture_settle(f);
    assert_int_equal(seen, (1u << walkers()) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_may_answer_in_any_order),
        cmocka_unit_test(a_request_is_held_until_it_is_taken),
        cmocka_unit_test(every_walker_gets_its_turn),
        cmocka_unit_test(a_request_names_its_walker),
    };
    return fixture_run("memory_port", tests);
}
