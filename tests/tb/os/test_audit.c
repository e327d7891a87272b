/* The audit finds what does not fit, wherever it is; and accounts balance. In every mode. */
#include <string.h>
#include <unistd.h>

#include "tests/support/call_bench.h"

enum { PAGES = 6, RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

/* One process with pages that are mapped. */
static call_bench *start(uint64_t *va)
{
    call_bench *b = call_bench_open(mode, 2, call_bench_frames(mode, 12), NULL);
    *va = bench_map(b, PAGES, RW, 0);
    bench_store_all(b, *va, PAGES, 1);
    assert_int_equal(os_audit(b->system, NULL), TW_OK);
    return b;
}

static void expect_found(call_bench *b, const char *text)
{
    tw_error error = {0};
    assert_int_equal(os_audit(b->system, &error), TW_MISMATCH);
    if (strstr(error.text, text) == NULL)
        fail_msg("mode %u: expected '%s', got '%s'", mode, text, error.text);
}

static os_place *place_of(const call_bench *b, uint64_t va)
{
    return os_places_find(&b->process->space->places, va);
}

static void a_pte_that_lost_v_is_found(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = start(&va);
    os_place *place = place_of(b, va);
    assert_int_equal(os_mapping_update(b->system, place, 1u << PTE_V, 0, NULL), TW_OK);
    expect_found(b, "is mapped by a PTE without V");
    assert_int_equal(os_mapping_update(b->system, place, 0, 1u << PTE_V, NULL), TW_OK);
    call_bench_close(b);
}

static void a_pte_that_nobody_knows_is_found(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = start(&va);
    os_place *place = place_of(b, va);
    place->mapped = false;
    expect_found(b, "more valid PTEs than mapped places");
    place->mapped = true;
    call_bench_close(b);
}

static void a_pte_that_permits_too_much_is_found(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = start(&va);
    bench_fork(b);
    os_place *place = place_of(b, va);
    assert_int_equal(os_mapping_protect(b->system, place, RW, NULL), TW_OK);
    expect_found(b, "a PTE permits more than its place");
    assert_int_equal(os_mapping_protect(b->system, place, OS_R, NULL), TW_OK);
    call_bench_close(b);
}

static void a_frame_of_nobody_is_found(void **state)
{
    (void)state;
    uint64_t va, ppn;
    call_bench *b = start(&va);
    assert_int_equal(os_get_frame(b->system, OS_FRAME_USER, 0, &ppn, NULL, NULL), TW_OK);
    expect_found(b, "frames of no page, so many: 0x1");
    assert_int_equal(os_give_frame(b->system, ppn, NULL), TW_OK);
    call_bench_close(b);
}

static void a_slot_of_nobody_is_found(void **state)
{
    (void)state;
    static const uint8_t bytes[OS_PAGE_BYTES];
    uint64_t va;
    os_slot slot = OS_NO_SLOT;
    call_bench *b = start(&va);
    assert_int_equal(os_swap_out(b->system->swap, bytes, &slot, NULL), TW_OK);
    expect_found(b, "slots of no page, so many: 0x1");
    assert_int_equal(os_swap_give(b->system->swap, slot, NULL), TW_OK);
    call_bench_close(b);
}

static void a_page_in_anothers_frame_is_found(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = start(&va);
    os_page *page = place_of(b, va)->page;
    const uint64_t ppn = page->ppn;
    page->ppn = place_of(b, va + PAGE(1))->page->ppn;
    expect_found(b, "a page is in a frame that is not its own");
    page->ppn = ppn;
    call_bench_close(b);
}

static void a_reference_too_many_is_found(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = start(&va);
    os_page_hold(place_of(b, va)->page);
    expect_found(b, "places are not a page's references");
    assert_int_equal(os_page_drop(b->system, place_of(b, va)->page, NULL), TW_OK);
    call_bench_close(b);
}

static void a_dirty_page_of_a_file_without_a_frame_is_found(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    os_page *page;
    call_bench *b = call_bench_open(mode, 2, call_bench_frames(mode, 12), NULL);
    os_object *file = bench_file(b, path, 4, false);
    assert_int_equal(os_object_page(b->system, file, 3, &page, NULL), TW_OK);
    page->dirty = true;
    expect_found(b, "a page without a frame is dirty: 0x3");
    page->dirty = false;
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    unlink(path);
    call_bench_close(b);
}

static void a_place_in_no_area_is_found(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = start(&va);
    os_space *space = b->process->space;
    os_place *place = os_places_add(&space->places, &b->system->port.records, space, 0x1000);
    expect_found(b, "a place is in no area, at: 0x1000");
    os_places_remove(&space->places, &b->system->port.records, place);
    call_bench_close(b);
}

static void a_place_that_is_locked_and_its_area_is_not_is_found(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = start(&va);
    os_place_lock(place_of(b, va), true);
    expect_found(b, "a place is locked and its area is not");
    os_place_lock(place_of(b, va), false);
    call_bench_close(b);
}

static void a_pin_that_nobody_waits_for_is_found(void **state)
{
    (void)state;
    uint64_t va;
    call_bench *b = start(&va);
    place_of(b, va)->page->pins++;
    expect_found(b, "pins are not those who wait for a page");
    place_of(b, va)->page->pins--;
    b->process->pending = place_of(b, va);
    expect_found(b, "pins are not those who wait for a page");
    b->process->pending = NULL;
    call_bench_close(b);
}

static void accounts_sum_up_and_go_back_to_nothing(void **state)
{
    (void)state;
    char path[BROKEN_PATH];
    uint64_t va;
    os_accounts before, during, after;
    call_bench *b = call_bench_open(mode, 2, call_bench_frames(mode, 12), NULL);
    os_account(b->system, &before);
    os_object *file = bench_file(b, path, 4, false);
    va = bench_map_object(b, file, 4, OS_R, OS_VMA_SHARED);
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    bench_load(b, va);
    os_process *child = bench_fork(b);
    bench_store_all(b, bench_map(b, PAGES, RW, 0), PAGES, 1);
    os_account(b->system, &during);
    assert_int_equal(during.processes, 2);
    assert_int_equal(during.spaces, 2);
    assert_int_equal(during.objects, 1);
    assert_int_equal(during.frames, during.free_frames + during.table_frames + during.page_frames +
                                        during.kernel_frames);
    assert_int_equal(during.page_frames, PAGES + 1);
    assert_int_equal(os_end(b->system, child, NULL), TW_OK);
    assert_int_equal(os_exit(b->system, NULL), TW_OK);
    os_account(b->system, &after);
    assert_int_equal(after.processes + after.spaces + after.objects + after.places, 0);
    assert_int_equal(after.page_frames, 0);
    assert_int_equal(after.slots_used, 0);
    assert_true(after.free_frames >= before.free_frames);
    unlink(path);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest audit[] = {
        cmocka_unit_test(a_pte_that_lost_v_is_found),
        cmocka_unit_test(a_pte_that_nobody_knows_is_found),
        cmocka_unit_test(a_pte_that_permits_too_much_is_found),
        cmocka_unit_test(a_frame_of_nobody_is_found),
        cmocka_unit_test(a_slot_of_nobody_is_found),
        cmocka_unit_test(a_page_in_anothers_frame_is_found),
        cmocka_unit_test(a_reference_too_many_is_found),
        cmocka_unit_test(a_dirty_page_of_a_file_without_a_frame_is_found),
        cmocka_unit_test(a_place_in_no_area_is_found),
        cmocka_unit_test(a_place_that_is_locked_and_its_area_is_not_is_found),
        cmocka_unit_test(a_pin_that_nobody_waits_for_is_found),
        cmocka_unit_test(accounts_sum_up_and_go_back_to_nothing),
    };
    return golden_in_every_mode("audit", audit, sizeof audit / sizeof *audit, &mode);
}
