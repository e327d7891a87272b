/*
 * The memory port: a walk that somebody asked for goes before a prefetch, but for one that is on the
 * pins already; and who merges with a prefetch is not kept waiting by that rule.
 */
#include "tests/support/prefetch.h"

enum { TRIGGERS = 16, CYCLES_A_TRIGGER = 6 };

static bool wants_memory(const tw_out *out, unsigned walker)
{
    unsigned state = walker_state(out, walker);
    return state == WALK_READ || state == WALK_SWAP;
}

/* ---- who is on the pins ---- */

typedef struct watch {
    bool waited;                   /* what was on the pins in the last cycle was not taken */
    tw_out before;                 /* the pins of that cycle */
    unsigned started, first, held; /* prefetches; demands that went first; that had to wait */
} watch;

static unsigned demands(const tw_out *out)
{
    unsigned count = 0;
    for (unsigned w = 0; w < tw_rtl_built()->walkers; w++)
        count += wants_memory(out, w) && !walker_prefetches(out, w);
    return count;
}

static void note_starts(watch *s, const tw_out *out)
{
    for (unsigned w = 0; w < tw_rtl_built()->walkers; w++)
        s->started += walker_prefetches(out, w) && walker_state(&s->before, w) == WALK_IDLE;
}

/* To be called after each cycle, while nobody merges with a prefetch. */
static void check_pins(watch *s, const fixture *f)
{
    const tw_out *out = &f->out;
    note_starts(s, out);
    if (out->mem_req_valid) {
        bool ahead = walker_prefetches(out, out->mem_req_id);
        bool both = demands(out) > 0 && (ahead || walker_prefetches(out, 1 - out->mem_req_id));
        if (s->waited && (out->mem_req_id != s->before.mem_req_id ||
                          out->mem_req_addr != s->before.mem_req_addr ||
                          out->mem_req_op != s->before.mem_req_op))
            fail_msg("cycle %llu: a request on the pins was not held",
                     (unsigned long long)fixture_cycle(f));
        if (ahead && demands(out) > 0 && !s->waited)
            fail_msg("cycle %llu: a prefetch goes before a walk that was asked for (%s)",
                     (unsigned long long)fixture_cycle(f), tw_mode_name(f->pages.mode));
        s->held += ahead && both;
        s->first += !ahead && both && wants_memory(out, 1 - out->mem_req_id);
    }
    s->waited = out->mem_req_valid && !f->in.mem_req_ready;
    s->before = *out;
}

/* The n-th page that shares nothing with page 0 but the root, and is not mapped. */
static uint64_t far_page(const fixture *f, unsigned n)
{
    unsigned mode = f->pages.mode;
    return pages_va(mode) ^ (uint64_t)(n % 64 + 1) << level_size(mode, mode_levels(mode) - 1);
}

/* Even pages of the table are in the second level, but not in the data port's TLB. */
static void hold_even_pages(fixture *f)
{
    write_control(f, false, true);
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    for (unsigned n = 0; n < TRIGGERS; n++)
        fixture_translate(f, fetch(nth_va(f, 2 * n)));
    write_control(f, true, true);
}

/* The fetch port walks and walks; the data port hits the second level, so that the page behind is
 * read ahead. One walk at a time, or every free walker would be the fetch port's. */
static void flood(fixture *f, watch *s, unsigned shift)
{
    unsigned walk = 0, far = 0, triggers = 0;
    for (unsigned n = 0; triggers < TRIGGERS; n++) {
        const tw_out *out = tw_machine_out(f->machine);
        if (out->fetch_req_ready && (far == 0 || f->asked[TW_FETCH][walk].answered))
            walk = fixture_offer(f, TW_FETCH, fetch(far_page(f, far++)));
        if (out->data_req_ready && n % (CYCLES_A_TRIGGER + shift) == shift)
            fixture_offer(f, TW_DATA, load(nth_va(f, 2 * triggers++)));
        fixture_clock(f);
        check_pins(s, f);
    }
    for (unsigned n = 0; n < 100; n++) {
        fixture_clock(f);
        check_pins(s, f);
    }
    fixture_settle(f);
}

PREFETCH_TEST(a_walk_that_was_asked_for_goes_before_a_prefetch)
{
    watch s = {0};
    (void)va;
    for (unsigned n = 0; n <= 2 * TRIGGERS; n++)
        map_number(f, n, F_PAGE);
    uint64_t before = prefetches(f);
    for (unsigned stall = 0; stall <= 80; stall += 40)
        for (unsigned m = 1; m <= 4; m++)
            for (unsigned shift = 0; shift < 8; shift++) {
                tw_memory_set_latency(f->memory, m, m, stall);
                hold_even_pages(f);
                flood(f, &s, shift);
            }
    assert_true(s.started > 500);
    assert_true(s.first > 20);
    assert_true(s.held > 20);
    assert_int_equal(prefetches(f), before + s.started);
}

/* A prefetch that memory does not take for a while, and a walk that then asks: it waits its turn. */
PREFETCH_TEST(a_prefetch_once_on_the_pins_stays_there_until_it_is_taken)
{
    enum { TRIES = 200 };
    uint64_t deep = pages_va_beside(f->pages.mode, va, mode_levels(f->pages.mode) - 1);
    unsigned held = 0;
    map_number(f, 0, F_PAGE);
    map_number(f, 1, F_PAGE);
    map_nth(f, deep, 9, F_PAGE);
    tw_memory_set_latency(f->memory, 1, 1, 80);
    for (unsigned n = 0; n < TRIES; n++) {
        watch s = {0};
        hold_page_0(f);
        trigger(f);
        fixture_idle(f, 1);
        unsigned id = fixture_ask(f, TW_FETCH, fetch(deep));
        while (!f->asked[TW_FETCH][id].answered) {
            fixture_clock(f);
            check_pins(&s, f);
        }
        held += s.held > 0;
        expect_pa(f->asked[TW_FETCH][id].answer, nth_pa(f, 9));
        quiet(f);
    }
    assert_true(held > TRIES / 10);
}

/* ---- who merges ---- */

/* Of a walk that merged: once merged it is as any other, so its read is on the pins after at most as
 * many others have been taken as there are other walkers. */
static void expect_turn(fixture *f, unsigned id, uint64_t pte)
{
    unsigned others = 0;
    bool merged = false;
    while (!f->asked[TW_DATA][id].answered) {
        fixture_clock(f);
        bool own = f->out.mem_req_valid && f->out.mem_req_addr == pte;
        if (merged && !own && f->out.mem_req_valid && f->in.mem_req_ready)
            others++;
        if (own && others >= tw_rtl_built()->walkers)
            fail_msg("%u others were taken before a prefetch that somebody asks for (%s)", others,
                     tw_mode_name(f->pages.mode));
        if (own)
            return;
        merged |= (tw_machine_out(f->machine)->obs_stage & 3) == 3; /* the data port's */
    }
}

/* Page 1 is asked for in any cycle, while the fetch port walks as fast as it can. */
PREFETCH_TEST(who_merges_with_a_prefetch_waits_no_longer_than_for_a_walk_of_its_own)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    uint64_t ahead = map_number(f, 1, F_PAGE);
    for (unsigned stall = 0; stall <= 60; stall += 30)
        for (unsigned m = 1; m <= 3; m++)
            for (unsigned delay = 0; delay < 24; delay++) {
                unsigned far = 0, walk = 0, id = FIXTURE_IDS;
                tw_memory_set_latency(f->memory, m, m, stall);
                hold_page_0(f);
                for (unsigned n = 0; id == FIXTURE_IDS; n++) {
                    const tw_out *out = tw_machine_out(f->machine);
                    if (out->fetch_req_ready && (far == 0 || f->asked[TW_FETCH][walk].answered))
                        walk = fixture_offer(f, TW_FETCH, fetch(far_page(f, far++)));
                    if (n == delay)
                        fixture_offer(f, TW_DATA, load(nth_va(f, 0)));
                    if (n >= delay + 3 && out->data_req_ready)
                        id = fixture_offer(f, TW_DATA, load(nth_va(f, 1)));
                    fixture_clock(f);
                }
                if (reads_of(f, ahead) == 0)
                    expect_turn(f, id, ahead);
                expect_pa(fixture_await(f, TW_DATA, id), nth_pa(f, 1));
                fixture_settle(f);
                quiet(f);
                expect_reads_of(f, ahead, 1);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_that_was_asked_for_goes_before_a_prefetch),
        cmocka_unit_test(a_prefetch_once_on_the_pins_stays_there_until_it_is_taken),
        cmocka_unit_test(who_merges_with_a_prefetch_waits_no_longer_than_for_a_walk_of_its_own),
    };
    return fixture_run("prefetch_port", tests);
}
