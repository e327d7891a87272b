/*
 * What an access leaves behind it: reads of page tables, from the root down, and nothing else until
 * its answer; and after a fault nothing at all, so that it can be tried again.
 */
#include "tests/support/every_mode.h"

/* ---- order ---- */

/* The MMU's port carries page tables alone. The data itself is accessed by who has the answer, so
 * after it, at an address that the MMU has not touched. */
MODE_TEST(ptes_are_read_from_the_root_down_and_then_the_data_can_be)
{
    const unsigned levels = mode_levels(f->pages.mode);
    map_page(f, F_PAGE);
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        fixture_forget(f);
        unsigned id = fixture_ask(f, port_of((tw_op)op), request_of((tw_op)op, va));
        expect_pa(fixture_await(f, port_of((tw_op)op), id), page_pa(f));
        assert_int_equal(f->accesses, levels);
        for (unsigned n = 0; n < levels; n++) {
            assert_true(f->access[n].address ==
                        pages_pte_at(&f->pages, f->root, va, levels - 1 - n));
            assert_true(n == 0 || f->access[n].cycle > f->access[n - 1].cycle);
            assert_false(f->access[n].swap);
        }
        const asked *a = &f->asked[port_of((tw_op)op)][id];
        assert_true(f->access[levels - 1].cycle < a->taken_at + a->answer.latency);
    }
}

/* With a fence before each access there is no TLB: one level makes two accesses to memory of one,
 * a tree of L levels 1 + L. */
MODE_TEST(without_a_tlb_an_access_is_one_more_to_memory_for_each_level)
{
    enum { COUNT = 10 };
    unsigned data = 0;
    map_page(f, F_PAGE);
    fixture_forget(f);
    for (; data < COUNT; data++) {
        fixture_fence(f, TW_FENCE_ALL, 0, 0);
        expect_pa(fixture_translate(f, load(va)), page_pa(f));
    }
    assert_int_equal(data + fixture_reads(f), COUNT * (1 + mode_levels(f->pages.mode)));
    if (!has_pointers(f->pages.mode))
        assert_int_equal(data + fixture_reads(f), 2 * COUNT);
    fixture_forget(f);
    for (unsigned hit = 0; hit < COUNT; hit++)
        expect_pa(fixture_translate(f, load(va)), page_pa(f));
    assert_int_equal(f->accesses, 0);
}

/* ---- precise faults ---- */

static bool same_answer(tw_answer a, tw_answer b)
{
    return a.pa == b.pa && a.size == b.size && a.pbmt == b.pbmt && a.fault == b.fault &&
           a.latency == b.latency;
}

/* What a fault found, and what it has to leave: the leaf as it was, no swap, and no entry of a TLB,
 * so that the next one reads the leaf again. */
static void fault_twice(fixture *f, tw_request request, uint64_t leaf, uint64_t pte)
{
    pages_write(&f->pages, leaf, pte);
    for (unsigned n = 0; n < 2; n++) {
        fixture_forget(f);
        expect_fault(fixture_translate(f, request), page_fault(request.op));
        assert_int_equal(fixture_swaps(f), 0);
        assert_true(pages_read(&f->pages, leaf) == pte);
        assert_int_equal(fixture_reads(f), n == 0 ? cold_reads(f, 0) : warm_reads(f, 0));
        assert_true(f->access[f->accesses - 1].address == leaf);
    }
}

/* Of pages that are there: what forbids S-mode this operation, A and D clear. */
static unsigned without_right(tw_op op)
{
    return op == OP_FETCH ? F_V | F_R | F_W : op == OP_LOAD ? F_V | F_X : F_V | F_R | F_X;
}

/* The leaf is not there, or is the user's, or forbids the operation; A and D are clear. Then it is
 * repaired, and the access made again; at last the same without a fault before it, in the same
 * known tables. */
MODE_TEST(a_fault_leaves_nothing_behind_and_the_retry_is_as_if_there_had_been_none)
{
    const uint64_t frame = pages_frame(f->pages.mode, 0);
    const uint64_t good = pages_pte(frame, F_V | F_RWX);
    const uint64_t beside = pages_va_beside(f->pages.mode, va, 0);
    fixture_map(f, beside, 0, pages_pte(frame, F_PAGE));
    uint64_t leaf = fixture_map(f, va, 0, good);
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
        for (unsigned way = 0; way < 3; way++) {
            const tw_request request = request_of((tw_op)op, va);
            const uint64_t bad[] = {0, pages_pte(frame, F_V | F_RWX | F_U),
                                    pages_pte(frame, without_right(request.op))};
            fixture_fence(f, TW_FENCE_ALL, 0, 0);
            fault_twice(f, request, leaf, bad[way]);
            pages_write(&f->pages, leaf, good);
            tw_answer retry = fixture_translate(f, request);
            const uint64_t touched = pages_read(&f->pages, leaf);

            pages_write(&f->pages, leaf, good);
            fixture_fence(f, TW_FENCE_ALL, 0, 0);
            fixture_translate(f, load(beside));
            tw_answer never = fixture_translate(f, request);
            expect_pa(retry, page_pa(f));
            assert_true(same_answer(retry, never));
            assert_true(touched == pages_read(&f->pages, leaf));
            assert_true(touched ==
                        (good | F_A | (op == OP_STORE || op == OP_AMO ? (uint64_t)F_D : 0)));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ptes_are_read_from_the_root_down_and_then_the_data_can_be),
        cmocka_unit_test(without_a_tlb_an_access_is_one_more_to_memory_for_each_level),
        cmocka_unit_test(a_fault_leaves_nothing_behind_and_the_retry_is_as_if_there_had_been_none),
    };
    return fixture_run("precise", tests);
}
