/*
 * What ends a prefetch: fences, writes to SATP and CONTROL, resets, in every cycle of its life. The
 * rule (docs/blocks/registers.md): the write is taken in t, the fence happens in t + 1, and an
 * answer visible in t + 3 or later comes from reads made in t + 2 or later.
 */
#include "tests/support/prefetch.h"

enum { NEVER = 1000, FRESH = 9 }; /* FRESH: number of the frame that page 1 moves to */

/* ---- fences ---- */

typedef struct moment {
    tw_fence_kind kind;
    unsigned m;      /* latency of the memory */
    unsigned fenced; /* cycles from the trigger to the fence being taken */
    unsigned asked;  /* cycles from the trigger to a load of page 1, or NEVER */
} moment;

static void fail_at(const fixture *f, const moment *at, const char *what)
{
    fail_msg("%s: fence kind %d taken in cycle %u, page asked for in %u, M = %u (%s)", what,
             (int)at->kind, at->fenced, at->asked, at->m, tw_mode_name(f->pages.mode));
}

/* Page 1 moves in the cycle in which the fence is taken; nobody may be told of the old frame. */
static void fence_at(fixture *f, const moment *at)
{
    unsigned id = 0;
    uint64_t taken = 0;
    map_number(f, 1, F_PAGE);
    hold_page_0(f);
    fixture_write(f, REG_FENCE_VA, nth_va(f, 1));
    fixture_write(f, REG_FENCE_ASID, FIXTURE_ASID);
    for (unsigned n = 0; n <= at->fenced || (at->asked != NEVER && n <= at->asked); n++) {
        if (n == 0)
            fixture_offer(f, TW_DATA, load(nth_va(f, 0)));
        if (n == at->asked) {
            assert_true(tw_machine_out(f->machine)->data_req_ready);
            id = fixture_offer(f, TW_DATA, load(nth_va(f, 1)));
        }
        if (n == at->fenced) {
            map_nth(f, nth_va(f, 1), FRESH, F_PAGE);
            fixture_offer_write(f, REG_FENCE, at->kind);
            taken = fixture_cycle(f);
        }
        fixture_clock(f);
    }
    if (at->asked != NEVER) {
        tw_answer answer = fixture_await(f, TW_DATA, id);
        uint64_t shown = f->asked[TW_DATA][id].taken_at + answer.latency;
        bool old = answer.pa == nth_pa(f, 1) && shown < taken + 3;
        if (answer.fault != CAUSE_NONE || (!old && answer.pa != nth_pa(f, FRESH)))
            fail_at(f, at, "an answer from before the fence");
    }
    while (fixture_cycle(f) < taken + 2)
        fixture_clock(f);
    if (fixture_translate(f, load(nth_va(f, 1))).pa != nth_pa(f, FRESH) ||
        fixture_translate(f, fetch(nth_va(f, 1))).pa != nth_pa(f, FRESH))
        fail_at(f, at, "a translation from before the fence is kept");
    quiet(f);
    if (fixture_read(f, REG_FENCE) != 0)
        fail_at(f, at, "busy for ever");
}

/* The load of page 1 comes never, or from the cycle on in which it meets the prefetch. */
static void sweep_fences(fixture *f, bool asks)
{
    map_number(f, 0, F_PAGE);
    for (unsigned m = 1; m <= 3; m++) {
        tw_memory_set_latency(f->memory, m, m, 0);
        for (unsigned kind = TW_FENCE_ALL; kind <= TW_FENCE_VA_ASID; kind++)
            for (unsigned fenced = 0; fenced < PREFETCH_READ + m + 6; fenced++)
                for (unsigned n = 0; n < (asks ? PREFETCH_READ + m : 1); n++)
                    fence_at(f, &(moment){(tw_fence_kind)kind, m, fenced, asks ? 3 + n : NEVER});
    }
}

PREFETCH_TEST(a_fence_in_any_cycle_of_a_prefetch_is_obeyed)
{
    (void)va;
    sweep_fences(f, false);
}

PREFETCH_TEST(a_fence_in_any_cycle_of_a_prefetch_that_somebody_asks_for_is_obeyed)
{
    (void)va;
    sweep_fences(f, true);
}

/* A fence ends it: it reads nothing any more, and answers nobody. But who asks is answered. */
PREFETCH_TEST(a_fence_ends_a_prefetch_that_nobody_asked_for)
{
    enum { M = 12 };
    (void)va;
    map_number(f, 0, F_PAGE);
    uint64_t ahead = map_number(f, 1, F_PAGE);
    tw_memory_set_latency(f->memory, M, M, 0);
    for (unsigned asks = 0; asks < 2; asks++)
        for (unsigned fenced = PREFETCH_READ; fenced < PREFETCH_READ + M; fenced++) {
            hold_page_0(f);
            uint64_t restarts = fixture_read(f, REG_COUNT_RESTARTS), begin = trigger(f);
            clock_to(f, begin + 3);
            if (asks)
                fixture_offer(f, TW_DATA, load(nth_va(f, 1)));
            clock_to(f, begin + fenced);
            fixture_offer_write(f, REG_FENCE, TW_FENCE_ALL);
            fixture_clock(f);
            quiet(f);
            fixture_settle(f);
            expect_reads_of(f, ahead, 1 + asks);
            /* who asked is then answered by the second level, so page 2 is read ahead */
            assert_int_equal(f->accesses, asks ? 1 + mode_levels(f->pages.mode) + 1 : 1);
            assert_int_equal(fixture_read(f, REG_COUNT_RESTARTS), restarts + 1);
        }
}

/* FENCE.BUSY while a read from before the fence, which happens in cycle `fenced` + 1 after the
 * trigger, is under way: it is on the pins from PREFETCH_READ on, and answered M cycles later. */
PREFETCH_TEST(a_fence_is_busy_while_a_prefetch_from_before_it_is_under_way)
{
    enum { M = 12 };
    (void)va;
    map_number(f, 0, F_PAGE);
    map_number(f, 1, F_PAGE);
    tw_memory_set_latency(f->memory, M, M, 0);
    for (unsigned asks = 0; asks < 2; asks++)
        for (unsigned fenced = 3; fenced < PREFETCH_READ + M + 4; fenced++) {
            hold_page_0(f);
            uint64_t answered = fixture_cycle(f) + PREFETCH_READ + M, begin = trigger(f);
            if (asks) {
                clock_to(f, begin + 3);
                fixture_offer(f, TW_DATA, load(nth_va(f, 1)));
            }
            clock_to(f, begin + fenced);
            fixture_write(f, REG_FENCE, TW_FENCE_ALL);
            uint64_t fence = begin + fenced + 1;
            bool under_way = fence >= begin + PREFETCH_READ && fence < answered;
            for (unsigned n = 0; n < 8; n++) {
                uint64_t executed = fixture_cycle(f) + 1;
                bool busy = TW_GET(fixture_read(f, REG_FENCE), FENCE, BUSY);
                if (busy != (under_way && executed <= answered))
                    fail_msg("fence in cycle %u after the trigger, asks %u: busy %d in %u (%s)",
                             fenced + 1, asks, busy, (unsigned)(executed - begin),
                             tw_mode_name(f->pages.mode));
            }
            fixture_settle(f);
            quiet(f);
        }
}

/* ---- SATP, CONTROL, reset ---- */

static bool idle_before(const tw_out *before, const tw_out *now, unsigned walker)
{
    return walker_prefetches(now, walker) && walker_state(before, walker) == WALK_IDLE;
}

/* Writes the register `delay` cycles after the trigger. While it waits, and after it, no prefetch
 * begins: one that is seen first in the cycle of the drain began before. */
static void write_after_trigger(fixture *f, unsigned delay, unsigned offset, uint64_t value)
{
    uint64_t begin = trigger(f);
    clock_to(f, begin + delay);
    fixture_offer_write(f, offset, value);
    fixture_clock(f);
    fixture_clock(f);
    for (unsigned n = 0; n < 40; n++) {
        tw_out before = f->out;
        fixture_clock(f);
        for (unsigned w = 0; w < tw_rtl_built()->walkers; w++)
            if (idle_before(&before, &f->out, w))
                fail_msg("a prefetch begins %u cycles after the drain, %u after the trigger (%s)",
                         n, delay, tw_mode_name(f->pages.mode));
    }
}

/* The new space has the same pages at other frames, and knows its last table. */
PREFETCH_TEST(nothing_of_the_old_space_is_read_ahead_after_satp_changes)
{
    uint64_t old = f->root, new = pages_table(&f->pages);
    (void)va;
    map_number(f, 0, F_PAGE);
    uint64_t ahead = map_number(f, 1, F_PAGE);
    for (unsigned n = 0; n < 3; n++)
        pages_map(&f->pages, new, nth_va(f, n), 0,
                  pages_pte(pages_frame(f->pages.mode, 0) + FRESH + n, F_PAGE));
    for (unsigned m = 1; m <= 4; m++)
        for (unsigned delay = 1; delay < PREFETCH_READ + m + 4; delay++) {
            tw_memory_set_latency(f->memory, m, m, 0);
            hold_page_0(f);
            fixture_enter(f, new, FIXTURE_ASID + 1);
            fixture_translate(f, load(nth_va(f, 2)));
            quiet(f);
            fixture_enter(f, old, FIXTURE_ASID);
            fixture_forget(f);
            write_after_trigger(f, delay, REG_SATP,
                                TW_PUT(SATP, MODE, f->pages.mode) | TW_PUT(SATP, PPN, new) |
                                    TW_PUT(SATP, ASID, FIXTURE_ASID + 1));
            assert_true(reads_of(f, ahead) == f->accesses);
            expect_pa(fixture_translate(f, load(nth_va(f, 1))), nth_pa(f, FRESH + 1));
            assert_true(fixture_read(f, REG_FAULT_STATUS) == 0);
            fixture_enter(f, old, FIXTURE_ASID);
        }
}

PREFETCH_TEST(nothing_is_read_ahead_once_it_is_turned_off)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    map_number(f, 1, F_PAGE);
    for (unsigned m = 1; m <= 4; m++)
        for (unsigned delay = 1; delay < PREFETCH_READ + m + 4; delay++) {
            tw_memory_set_latency(f->memory, m, m, 0);
            hold_page_0(f);
            write_after_trigger(f, delay, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1));
            assert_int_equal(fixture_read(f, REG_CONTROL), TW_PUT(CONTROL, ADUE, 1));
        }
}

PREFETCH_TEST(a_reset_in_any_cycle_ends_a_prefetch)
{
    enum { M = 3 };
    (void)va;
    map_number(f, 0, F_PAGE);
    map_number(f, 1, F_PAGE);
    tw_memory_set_latency(f->memory, M, M, 0);
    for (unsigned delay = 1; delay < PREFETCH_READ + M + 4; delay++) {
        fixture_enter(f, f->root, FIXTURE_ASID);
        hold_page_0(f);
        uint64_t begin = trigger(f);
        clock_to(f, begin + delay);
        tw_machine_in(f->machine)->rst_n = 0;
        fixture_clock(f);
        fixture_forget(f);
        for (unsigned n = 0; n < 20; n++) {
            fixture_clock(f);
            assert_int_equal(f->out.obs_walker_state, 0);
        }
        assert_int_equal(f->accesses, 0);
        assert_int_equal(fixture_read(f, REG_CONTROL), 0);
        assert_int_equal(prefetches(f), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fence_in_any_cycle_of_a_prefetch_is_obeyed),
        cmocka_unit_test(a_fence_in_any_cycle_of_a_prefetch_that_somebody_asks_for_is_obeyed),
        cmocka_unit_test(a_fence_ends_a_prefetch_that_nobody_asked_for),
        cmocka_unit_test(a_fence_is_busy_while_a_prefetch_from_before_it_is_under_way),
        cmocka_unit_test(nothing_of_the_old_space_is_read_ahead_after_satp_changes),
        cmocka_unit_test(nothing_is_read_ahead_once_it_is_turned_off),
        cmocka_unit_test(a_reset_in_any_cycle_ends_a_prefetch),
    };
    return fixture_run("prefetch_fence", tests);
}
