/* A reset in any cycle of a walk: nothing from before it is answered, and everything is as at the
 * start. */
#include "tests/support/every_mode.h"

enum { M = 3 };

static void reset(fixture *f)
{
    tw_machine_in(f->machine)->rst_n = 0;
    fixture_clock(f);
}

/* Every output but `ready` is 0, and both ports and the register file can be used. */
static void expect_silence(const fixture *f)
{
    const tw_out *out = tw_machine_out(f->machine);
    tw_out silent = {.fetch_req_ready = 1, .data_req_ready = 1, .reg_req_ready = 1};
    assert_true(tw_out_equal(out, &silent));
}

MODE_TEST(a_reset_in_any_cycle_of_a_walk_forgets_it)
{
    uint64_t satp = fixture_read(f, REG_SATP);
    tw_memory_set_latency(f->memory, M, M, 0);
    uint64_t leaf = map_page(f, F_V | F_RWX);
    unsigned walk = 2 + (mode_levels(f->pages.mode) + 1) * (M + 1); /* the two may go one by one */
    for (unsigned delay = 0; delay < 2 * walk + 4; delay++) {
        fixture_offer(f, TW_FETCH, fetch(va));
        unsigned first = fixture_ask(f, TW_DATA, store(va));
        fixture_ask(f, TW_DATA, load(va));
        fixture_idle(f, delay);
        reset(f);
        assert_false(f->asked[TW_DATA][first].taken);
        expect_silence(f);
        fixture_idle(f, 3 * walk); /* an answer to what was asked before would fail the fixture */
        expect_silence(f);

        expect_pa(fixture_translate(f, load(va)), va & ((UINT64_C(1) << TW_PA_BITS) - 1));
        assert_int_equal(fixture_read(f, REG_CONTROL), 0);
        pages_write(&f->pages, leaf, pages_pte(pages_frame(f->pages.mode, 0), F_V | F_RWX));
        fixture_write(f, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1));
        fixture_write(f, REG_SATP, satp);
        fixture_forget(f);
        expect_pa(fixture_translate(f, load(va)), page_pa(f));
        assert_int_equal(fixture_reads(f), mode_levels(f->pages.mode));
    }
}

MODE_TEST(a_reset_empties_everything_that_remembers)
{
    map_page(f, F_PAGE);
    uint64_t satp = fixture_read(f, REG_SATP);
    fixture_translate(f, load(va));
    fixture_translate(f, fetch(va));
    fixture_write(f, REG_L2_INJECT, TW_PUT(L2_INJECT, ARMED, 1) | TW_PUT(L2_INJECT, BIT, 5));
    fixture_translate(f, load(pages_va_plus(f->pages.mode, va, 1)));
    assert_true(tw_machine_out(f->machine)->irq);
    reset(f);
    expect_silence(f);
    for (unsigned offset = REG_FENCE_VA; offset <= REG_SEGMENT_FLAGS; offset += 8)
        if (offset != 0x038 && offset != REG_SEGMENT)
            assert_true(fixture_read(f, offset) == 0);
    for (unsigned offset = REG_COUNT_FETCH_REQUESTS; offset <= REG_COUNT_WALK_CACHE_4; offset += 8)
        assert_true(fixture_read(f, offset) == 0);
    fixture_write(f, REG_SATP, satp);
    fixture_forget(f);
    expect_pa(fixture_translate(f, load(va)), page_pa(f));
    expect_pa(fixture_translate(f, fetch(va)), page_pa(f));
    assert_int_equal(fixture_reads(f), cold_reads(f, 0) + shared_reads(f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_in_any_cycle_of_a_walk_forgets_it),
        cmocka_unit_test(a_reset_empties_everything_that_remembers),
    };
    return fixture_run("reset", tests);
}
