/* walk_steps.c: every rule in both states in which a walk waits for memory. */
#include "tests/support/walk_steps.h"

static struct walker walk_in(const walk_steps *s, bool swap)
{
    return swap ? s->swapping() : s->reading();
}

void steps_start(struct walker *walker, const tw_control *control, uint64_t va,
                 struct walk_start start)
{
    const struct request request = {.id = 5, .body = {.va = va, .op = OP_STORE, .priv = PRIV_S}};
    start.request = &request;
    start.way = 6;
    walker_start(walker, control, &start);
}

struct walk_step steps_answer(struct walker *walker, const tw_control *control, tw_in pins,
                              bool fence)
{
    struct walk_step step = {.check = CHECK_NONE};
    walker_taken(walker);
    walker_decide(walker, control, fence, &pins, &step);
    walker_answered(walker, control, &step);
    return step;
}

struct walk_step steps_read(struct walker *walker, const tw_control *control, uint64_t word)
{
    return steps_answer(walker, control, (tw_in){.mem_resp_data = word}, false);
}

void steps_expect_check(struct walker walker, const tw_control *control, tw_in pins, tw_check check)
{
    const struct walk_step step = steps_answer(&walker, control, pins, false);
    assert_int_equal(step.kind, STEP_FINISH);
    assert_int_equal(step.check, check);
    assert_int_equal(walker_idle(&walker), true);
}

void steps_expect_done(const struct walker *before, const tw_control *control,
                       const struct walk_step *step, const struct done *want)
{
    struct done done;
    assert_int_equal(step->kind, STEP_FINISH);
    walker_done(before, control, step, &done);
    assert_int_equal(done.request->id, 5);
    assert_int_equal(done.check, CHECK_NONE);
    assert_int_equal(done.level, want->level);
    assert_int_equal(done.pte_addr, want->pte_addr);
    assert_int_equal(done.pte, want->pte);
    assert_int_equal(done.size, want->size);
    assert_int_equal(done.global, want->global);
}

void steps_expect_swap(const struct walker *walker, const tw_control *control, uint64_t addr,
                       uint64_t word)
{
    tw_out out = {0};
    walker_pins(walker, control, &out);
    assert_int_equal(out.mem_req_valid, 1);
    assert_int_equal(out.mem_req_op, 1);
    assert_int_equal(out.mem_req_size, 1);
    assert_int_equal(out.mem_req_addr, addr);
    assert_int_equal(out.mem_req_expected, word);
    assert_int_equal(out.mem_req_desired, word | F_A | F_D);
}

void steps_expect_tries(const walk_steps *s)
{
    for (unsigned failed = 0; failed < SWAP_TRIES; failed++) {
        struct walker walker = s->swapping();
        walker.retries = failed;
        if (failed + 1 == SWAP_TRIES) {
            steps_expect_check(walker, s->control, (tw_in){.mem_resp_swapped = 0}, CHECK_RETRIES);
            continue;
        }
        assert_int_equal(
            steps_answer(&walker, s->control, (tw_in){.mem_resp_swapped = 0}, false).kind,
            STEP_RETRY);
        assert_int_equal(walker.retries, failed + 1);
        s->expect_anew(&walker);
    }
}

void steps_expect_fence_with_answer(const walk_steps *s)
{
    static const tw_in answers[] = {
        {.mem_resp_data = 0xcf}, {.mem_resp_error = 1}, {.rst_n = 1}, {.mem_resp_swapped = 1}};
    for (unsigned i = 0; i < 2 * sizeof answers / sizeof *answers; i++) {
        struct walker walker = walk_in(s, i % 2);
        walker.retries = 3;
        assert_int_equal(steps_answer(&walker, s->control, answers[i / 2], true).kind,
                         STEP_RESTART);
        s->expect_anew(&walker);
        assert_int_equal(walker.retries, 3); /* it counts neither as a try nor as a fresh walk */
    }
}

void steps_expect_fence_on_pins(const walk_steps *s)
{
    for (unsigned swap = 0; swap < 2; swap++) {
        struct walker walker = walk_in(s, swap);
        const struct walker before = walker;
        walker_fence(&walker, s->control, true);
        assert_int_equal(walker.state, before.state);
        assert_int_equal(walker.addr, before.addr);
        assert_int_equal(walker.hash.index, before.hash.index);
        assert_int_equal(walker.restart, true);
        assert_int_equal(
            steps_answer(&walker, s->control, (tw_in){.mem_resp_swapped = 1}, false).kind,
            STEP_RESTART);
        s->expect_anew(&walker);
        assert_int_equal(walker.restart, false);
    }
}

void steps_expect_fence_before_pins(const walk_steps *s)
{
    for (unsigned swap = 0; swap < 2; swap++) {
        struct walker walker = walk_in(s, swap);
        walker_fence(&walker, s->control, false);
        s->expect_anew(&walker);
        assert_int_equal(walker.restart, false);
    }
}

void steps_expect_fence_in_memory(const walk_steps *s)
{
    for (unsigned swap = 0; swap < 2; swap++) {
        struct walker walker = walk_in(s, swap);
        walker_taken(&walker);
        assert_int_equal(walker_listens(&walker), true);
        walker_fence(&walker, s->control, false);
        assert_int_equal(walker.state, swap ? WALK_SWAP_WAIT : WALK_WAIT);
        assert_int_equal(walker.restart, true);
    }
}
