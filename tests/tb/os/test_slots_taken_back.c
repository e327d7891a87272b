/* A swap file that is full of older copies: slots of pages that are in memory again are taken back,
 * so that nobody dies as long as frames and slots together hold what there is. In every mode. */
#include "tests/support/call_bench.h"

enum { SLOTS = 8, MOST = 512, RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

/* Stores to one page after the other, until there is one slot less than all would need: as many
 * pages as frames, and SLOTS - 1. Returns how many. */
static uint64_t fill(call_bench *b, uint64_t va)
{
    uint64_t pages = 0;
    os_accounts accounts;
    do {
        bench_store(b, va + PAGE(pages), 0x100 + pages);
        pages++;
        os_account(b->system, &accounts);
    } while (accounts.slots_used < SLOTS - 1 && pages < MOST);
    assert_int_equal(accounts.slots_used, SLOTS - 1);
    return pages;
}

static call_bench *start(uint64_t *va, uint64_t *pages)
{
    const os_options options = {.adue = true, .swap_slots = SLOTS};
    call_bench *b =
        call_bench_open(mode, mode == MODE_LINEAR ? 1 : 2, call_bench_frames(mode, 12), &options);
    *va = bench_map(b, MOST, RW, 0);
    *pages = fill(b, *va);
    return b;
}

static void a_slot_of_a_page_in_memory_is_taken_back_when_none_is_free(void **state)
{
    (void)state;
    uint64_t va, pages;
    call_bench *b = start(&va, &pages);
    for (uint64_t round = 0; round < 3; round++)
        bench_expect_all(b, va, pages, 0x100);
    bench_store_all(b, va, pages, 0x900);
    for (uint64_t round = 0; round < 2; round++)
        bench_expect_all(b, va, pages, 0x900);
    assert_int_equal(b->process->state, OS_RUNNABLE);
    call_bench_close(b);
}

/* The frame has the only copy then, and the page says so, whatever its PTE does. */
static void a_page_whose_slot_was_taken_back_is_dirty(void **state)
{
    (void)state;
    uint64_t va, pages;
    size_t taken_back = 0;
    call_bench *b = start(&va, &pages);
    tw_error error = {0};
    bench_expect_all(b, va, pages, 0x100);
    for (uint64_t i = 0; i < pages; i++) {
        const os_page *page = bench_page(b->process, va + PAGE(i));
        if (page->slot != OS_NO_SLOT || (bench_mapped(b->process, va + PAGE(i)) &&
                                         pte_bit(bench_word(b, b->process, va + PAGE(i)), PTE_D)))
            continue; /* its slot is its own, or it was never written out */
        assert_true(page->dirty);
        taken_back++;
    }
    assert_in_range(taken_back, 1, pages);
    bench_ok(os_audit(b->system, &error), &error);
    call_bench_close(b);
}

/* Where all slots hold pages that are nowhere else, the swap file is full. */
static void slots_with_the_only_copy_are_kept(void **state)
{
    (void)state;
    uint64_t va, pages, pa, more = 0;
    if (mode == MODE_LINEAR)
        skip(); /* pages that fill the memory leave no row for the child's table */
    call_bench *b = start(&va, &pages);
    os_process *child = bench_fork(b);
    bench_switch(b, child);
    while (golden_run(b->machine, b->system, OP_STORE, va + PAGE(more), &pa))
        assert_in_range(++more, 0, MOST);
    assert_int_equal(child->death.reason, OS_REASON_SWAP_FULL);
    bench_switch(b, b->process);
    bench_expect_all(b, va, pages, 0x100);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest slots[] = {
        cmocka_unit_test(a_slot_of_a_page_in_memory_is_taken_back_when_none_is_free),
        cmocka_unit_test(a_page_whose_slot_was_taken_back_is_dirty),
        cmocka_unit_test(slots_with_the_only_copy_are_kept),
    };
    return golden_in_every_mode("slots_taken_back", slots, sizeof slots / sizeof *slots, &mode);
}
