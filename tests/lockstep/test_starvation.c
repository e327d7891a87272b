/*
 * No request waits for ever, whatever the others do: one port or both miss in every cycle in which
 * they can, and a request that comes in any cycle of that is answered within a bound.
 */
#include "tests/support/every_mode.h"

/* A request comes in each of ARRIVALS cycles, when the others have found their rhythm. */
enum { PAGES = 200, RHYTHM = 50, ARRIVALS = 24 };

/*
 * Cycles to an answer, at most, if `ahead` other requests may get a walker first (docs/blocks/
 * walk_dispatch.md, miss_queue.md, walker.md):
 *
 * - A lookup takes four cycles at most: of two cycles a port can look up in one, of two lookups it
 *   is granted one, and the verdict comes a cycle later.
 * - Its first lookup may send it back (found, but its port is answered), the next does not: it is
 *   answered, or starts a walk, or waits for a walker. So with the one for the walker it has three.
 * - While it waits, walkers go to the older ones of its port and, in turn, to the other port's:
 *   those ahead. One that has not waited does not overtake it. Each of them has three lookups too.
 * - A walk reads `levels` PTEs; each read waits for the other walkers' at most: M + walkers cycles.
 *   First the walks that are under way finish, then those ahead walk, so many at a time as there
 *   are walkers, then its own, and its answer is on the pins a cycle later.
 */
static uint64_t bound(const fixture *f, unsigned m, unsigned ahead)
{
    unsigned walkers = tw_rtl_built()->walkers;
    unsigned walk = mode_levels(f->pages.mode) * (m + walkers);
    unsigned rounds = 1 + (ahead + walkers - 1) / walkers + 1;
    return 3 * 4 * (ahead + 1) + rounds * walk + 1;
}

/* A flood: in every cycle in which it is ready a port asks for the next of PAGES pages. */
typedef struct flood {
    uint64_t (*page)(const fixture *f, unsigned n);
    bool port[2];
} flood;

static void offer_floods(fixture *f, const flood *w, unsigned next[2])
{
    const tw_out *out = tw_machine_out(f->machine);
    if (w->port[TW_FETCH] && out->fetch_req_ready)
        fixture_offer(f, TW_FETCH, fetch(w->page(f, (next[TW_FETCH]++ + PAGES / 2) % PAGES)));
    if (w->port[TW_DATA] && out->data_req_ready)
        fixture_offer(f, TW_DATA, load(w->page(f, next[TW_DATA]++ % PAGES)));
}

/* The request comes in the first cycle from `arrival` on in which its port is ready. */
static void expect_answer_in_flood(fixture *f, const flood *w, tw_request request, unsigned arrival,
                                   unsigned m, uint64_t limit)
{
    tw_port port = port_of(request.op);
    unsigned id = FIXTURE_IDS, next[2] = {0, 0};
    for (unsigned n = 0; id == FIXTURE_IDS; n++) {
        const tw_out *out = tw_machine_out(f->machine);
        bool ready = port == TW_FETCH ? out->fetch_req_ready : out->data_req_ready;
        offer_floods(f, w, next);
        if (n >= arrival && ready)
            id = fixture_offer(f, port, request);
        fixture_clock(f);
    }
    const asked *a = &f->asked[port][id];
    while (!a->answered && fixture_cycle(f) <= a->taken_at + limit) {
        offer_floods(f, w, next);
        fixture_clock(f);
    }
    if (!a->answered)
        fail_msg("expected an answer in %llu cycles, got none (%s, M = %u, arrival %u)",
                 (unsigned long long)limit, tw_mode_name(f->pages.mode), m, arrival);
    expect_pa(a->answer, page_pa(f));
    fixture_settle(f);
}

/* Floods of every latency; the request's page is in the second level, or it is not. */
static void expect_no_starvation(fixture *f, const flood *w, tw_op op, bool held, unsigned ahead)
{
    uint64_t va = pages_va(f->pages.mode);
    for (unsigned m = 1; m <= 4; m++) {
        tw_memory_set_latency(f->memory, m, m, 0);
        for (unsigned arrival = RHYTHM; arrival < RHYTHM + ARRIVALS; arrival++) {
            fixture_fence(f, TW_FENCE_ALL, 0, 0);
            if (held)
                fixture_translate(f, request_of(op == OP_FETCH ? OP_LOAD : OP_FETCH, va));
            expect_answer_in_flood(f, w, request_of(op, va), arrival, m, bound(f, m, ahead));
        }
    }
}

/* Pages with nothing in common but the root, so that each walk reads all levels; all fault. */
static uint64_t far_page(const fixture *f, unsigned n)
{
    unsigned mode = f->pages.mode;
    return pages_va(mode) ^ (uint64_t)(n + 1) << level_size(mode, mode_levels(mode) - 1);
}

/* Pages of the request's set of the second level: each walk of theirs fills it. */
static uint64_t near_page(const fixture *f, unsigned n)
{
    return same_set(f, pages_va(f->pages.mode), n + 1);
}

static void map_far(fixture *f)
{
    map_page(f, F_PAGE);
    for (unsigned n = 0; n < PAGES; n++)
        fixture_map(f, far_page(f, n), 0, 0);
}

static void map_near(fixture *f)
{
    map_page(f, F_PAGE);
    for (unsigned n = 0; n < PAGES; n++)
        map_nth(f, near_page(f, n), n + 1, F_PAGE);
}

/* Memory answers the port again and again, in just the cycles in which the request is found. */
MODE_TEST_IF(a_page_that_is_found_is_answered_while_the_same_port_walks, has_l2())
{
    (void)va;
    map_far(f);
    for (unsigned op = OP_FETCH; op <= OP_LOAD; op++) {
        flood w = {.page = far_page, .port = {op == OP_FETCH, op == OP_LOAD}};
        expect_no_starvation(f, &w, (tw_op)op, true, tw_rtl_built()->misses - 1);
    }
}

/* Walk after walk of the other port fills the set that the request looks up. */
MODE_TEST_IF(a_page_is_walked_for_while_the_other_port_fills_its_set, has_l2())
{
    (void)va;
    map_near(f);
    for (unsigned op = OP_FETCH; op <= OP_LOAD; op++) {
        flood w = {.page = near_page, .port = {op == OP_LOAD, op == OP_FETCH}};
        expect_no_starvation(f, &w, (tw_op)op, false, 1);
    }
}

/* Both at once: the older ones of its port go first, and as many of the other port, and one. */
MODE_TEST(a_request_is_answered_while_both_ports_walk)
{
    (void)va;
    for (unsigned near = 0; near <= has_l2(); near++) {
        flood w = {.page = near ? near_page : far_page, .port = {true, true}};
        if (near)
            map_near(f);
        else
            map_far(f);
        for (unsigned op = OP_FETCH; op <= OP_LOAD; op++)
            expect_no_starvation(f, &w, (tw_op)op, op == OP_LOAD, 2 * tw_rtl_built()->misses - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_that_is_found_is_answered_while_the_same_port_walks),
        cmocka_unit_test(a_page_is_walked_for_while_the_other_port_fills_its_set),
        cmocka_unit_test(a_request_is_answered_while_both_ports_walk),
    };
    return fixture_run("starvation", tests);
}
