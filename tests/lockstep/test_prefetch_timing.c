/*
 * When a page is read ahead, to the cycle, and what that costs whoever asks for something else:
 * nothing but a read that is on the pins already. M is the memory's latency.
 */
#include "tests/support/prefetch.h"

static const unsigned LATENCIES[] = {1, 2, 5, 10};
enum { N_LATENCIES = sizeof LATENCIES / sizeof *LATENCIES };

static void expect_latency(const fixture *f, const char *what, unsigned m, unsigned at,
                           uint64_t got, uint64_t want)
{
    if (got != want)
        fail_msg("%s: expected %llu cycles, got %llu (%s, M = %u, at %u)", what,
                 (unsigned long long)want, (unsigned long long)got, tw_mode_name(f->pages.mode), m,
                 at);
}

/* ---- the page's diagram ---- */

/*
 * Page P is taken in t and answered in t + M + 3; P + 1 is read ahead from t + 4 to t + M + 4. Asked
 * for `apart` cycles after P it is looked up in that cycle. Up to 2 it has the stage before the
 * prefetch and walks; then it merges, wakes in t + M + 5 and is answered two cycles later; then the
 * second level has it.
 */
static uint64_t latency_behind(unsigned apart, unsigned m)
{
    if (apart < 3)
        return m + 3;
    return apart < m + 4 ? m + 7 - apart : 2;
}

PREFETCH_TEST(a_page_read_ahead_is_there_in_the_cycle_that_the_diagram_says)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    uint64_t ahead = map_number(f, 1, F_PAGE);
    for (unsigned l = 0; l < N_LATENCIES; l++)
        for (unsigned apart = 1; apart < LATENCIES[l] + 8; apart++) {
            unsigned m = LATENCIES[l];
            tw_memory_set_latency(f->memory, m, m, 0);
            know_the_table(f);
            unsigned first = fixture_ask(f, TW_DATA, load(nth_va(f, 0)));
            uint64_t taken = f->asked[TW_DATA][first].taken_at;
            clock_to(f, taken + apart);
            unsigned second = fixture_ask(f, TW_DATA, load(nth_va(f, 1)));
            assert_true(f->asked[TW_DATA][second].taken_at == taken + apart);
            tw_answer answer = fixture_await(f, TW_DATA, second);
            expect_pa(answer, nth_pa(f, 1));
            expect_latency(f, "page behind", m, apart, answer.latency, latency_behind(apart, m));
            expect_latency(f, "page before", m, apart, fixture_await(f, TW_DATA, first).latency,
                           m + 3);
            quiet(f);
            expect_reads_of(f, ahead, 1);
            if (apart > 2)
                assert_true(f->access[1].address == ahead && f->access[1].cycle == taken + 4);
        }
}

/* Behind a second-level hit in u the next page is read in u + 4. */
PREFETCH_TEST(behind_a_second_level_hit_the_next_page_is_read_four_cycles_on)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    uint64_t ahead = map_number(f, 1, F_PAGE);
    hold_page_0(f);
    uint64_t begin = trigger(f);
    fixture_await_read(f, ahead);
    assert_true(f->access[0].cycle == begin + PREFETCH_READ);
    assert_int_equal(f->accesses, 1);
}

/* Asked for as soon as the page before is answered: every second walk lies under another. */
PREFETCH_TEST(with_one_access_a_page_every_second_walk_lies_under_another)
{
    enum { PAGES = 64 };
    (void)va;
    for (unsigned n = 0; n < PAGES; n++)
        map_number(f, n, F_PAGE);
    for (unsigned l = 0; l < N_LATENCIES; l++) {
        tw_memory_set_latency(f->memory, LATENCIES[l], LATENCIES[l], 0);
        know_the_table(f);
        unsigned id = fixture_ask(f, TW_DATA, load(nth_va(f, 0)));
        for (unsigned n = 0; n < PAGES; n++) {
            while (!tw_machine_out(f->machine)->data_resp_valid)
                fixture_clock(f);
            unsigned next = n + 1 < PAGES ? fixture_offer(f, TW_DATA, load(nth_va(f, n + 1))) : 0;
            fixture_clock(f);
            tw_answer answer = f->asked[TW_DATA][id].answer;
            expect_pa(answer, nth_pa(f, n));
            expect_latency(f, "page", LATENCIES[l], n, answer.latency,
                           n % 2 == 0 ? LATENCIES[l] + 3 : 4);
            id = next;
        }
        quiet(f);
        assert_int_equal(f->accesses, PAGES + 1);
    }
}

/* ---- others ---- */

/* A page of the same table that is asked for in any cycle around a prefetch walks as if alone. */
PREFETCH_TEST(a_prefetch_in_any_cycle_costs_another_walk_nothing)
{
    enum { OTHER = 50 };
    (void)va;
    map_number(f, 0, F_PAGE);
    map_number(f, 1, F_PAGE);
    map_number(f, OTHER, F_PAGE);
    for (unsigned l = 0; l < N_LATENCIES; l++)
        for (unsigned op = OP_FETCH; op <= OP_LOAD; op++)
            for (unsigned apart = 1; apart < LATENCIES[l] + 8; apart++) {
                tw_memory_set_latency(f->memory, LATENCIES[l], LATENCIES[l], 0);
                hold_page_0(f);
                uint64_t begin = trigger(f);
                clock_to(f, begin + apart);
                tw_answer answer = fixture_translate(f, request_of((tw_op)op, nth_va(f, OTHER)));
                expect_pa(answer, nth_pa(f, OTHER));
                expect_latency(f, "another page", LATENCIES[l], apart, answer.latency,
                               LATENCIES[l] + 3);
                quiet(f);
            }
}

/* A walk of many reads, and a prefetch that begins in any of its cycles. */
PREFETCH_TEST(a_prefetch_in_any_cycle_of_a_deep_walk_costs_it_nothing)
{
    unsigned levels = mode_levels(f->pages.mode);
    uint64_t deep = pages_va_beside(f->pages.mode, va, levels - 1);
    map_number(f, 0, F_PAGE);
    map_number(f, 1, F_PAGE);
    map_nth(f, deep, 9, F_PAGE);
    for (unsigned l = 0; l < N_LATENCIES; l++) {
        unsigned m = LATENCIES[l];
        for (unsigned apart = 0; apart < levels * (m + 1) + 4; apart++) {
            tw_memory_set_latency(f->memory, m, m, 0);
            hold_page_0(f);
            unsigned id = fixture_ask(f, TW_FETCH, fetch(deep));
            fixture_idle(f, apart);
            trigger(f);
            tw_answer answer = fixture_await(f, TW_FETCH, id);
            expect_pa(answer, nth_pa(f, 9));
            expect_latency(f, "deep walk", m, apart, answer.latency, 2 + levels * (m + 1));
            quiet(f);
        }
    }
}

/* Two walks, and a third that waits; then, in any cycle, something is wanted ahead, or prefetch is
 * off. Latencies of the three. */
static void walk_three(fixture *f, bool on, unsigned delay, uint64_t latency[3])
{
    unsigned mode = f->pages.mode, id[3] = {0};
    uint64_t va = pages_va(mode), step = va ^ pages_va_beside(mode, va, mode_levels(mode) - 1);
    hold_page_0(f);
    write_control(f, on, true);
    for (unsigned n = 0; n < 3; n++) {
        uint64_t far = va ^ (n + 1) * step;
        map_nth(f, far, n, F_PAGE);
        id[n] = fixture_ask(f, TW_FETCH, fetch(far));
    }
    fixture_idle(f, 1 + delay);
    trigger(f);
    for (unsigned n = 0; n < 3; n++) {
        tw_answer answer = fixture_await(f, TW_FETCH, id[n]);
        expect_pa(answer, nth_pa(f, n));
        latency[n] = answer.latency;
    }
    quiet(f);
}

PREFETCH_TEST(a_prefetch_takes_no_walker_from_who_waits)
{
    (void)va;
    map_number(f, 0, F_PAGE);
    map_number(f, 1, F_PAGE);
    for (unsigned m = 1; m <= 3; m++)
        for (unsigned delay = 0; delay < mode_levels(f->pages.mode) * (m + 1) + 12; delay++) {
            uint64_t off[3], on[3];
            tw_memory_set_latency(f->memory, m, m, 0);
            walk_three(f, false, delay, off);
            walk_three(f, true, delay, on);
            for (unsigned n = 0; n < 3; n++)
                expect_latency(f, "walk beside others", m, delay, on[n], off[n]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_read_ahead_is_there_in_the_cycle_that_the_diagram_says),
        cmocka_unit_test(behind_a_second_level_hit_the_next_page_is_read_four_cycles_on),
        cmocka_unit_test(with_one_access_a_page_every_second_walk_lies_under_another),
        cmocka_unit_test(a_prefetch_in_any_cycle_costs_another_walk_nothing),
        cmocka_unit_test(a_prefetch_in_any_cycle_of_a_deep_walk_costs_it_nothing),
        cmocka_unit_test(a_prefetch_takes_no_walker_from_who_waits),
    };
    return fixture_run("prefetch_timing", tests);
}
