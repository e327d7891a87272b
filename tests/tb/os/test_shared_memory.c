/* Memory that several see: one frame at two addresses, in one process or in three, and what it
 * takes to take it away; in every mode. */
#include "tests/support/call_bench.h"

static unsigned mode; /* of the tests that run */

static os_object *share(call_bench *b, uint64_t pages)
{
    os_object *object = NULL;
    tw_error error = {0};
    bench_ok(os_object_shared(b->system, "memory", pages, &object, &error), &error);
    return object;
}

static size_t places_of(const os_page *page)
{
    size_t count = 0;
    for (const os_place *place = page->places; place != NULL; place = place->next)
        count++;
    return count;
}

static void one_frame_is_seen_at_two_addresses(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 1, 64, NULL);
    os_object *object = share(b, 2);
    uint64_t first = bench_map_object(b, object, 2, OS_R | OS_W, OS_VMA_SHARED);
    uint64_t second = bench_map_object(b, object, 2, OS_R | OS_W, OS_VMA_SHARED);
    bench_store(b, first, 7);
    assert_int_equal(bench_load(b, second), 7);
    bench_store(b, second, 8);
    assert_int_equal(bench_load(b, first), 8);
    assert_int_equal(bench_page_frames(b), 1);
    const os_page *page = bench_page(b->process, first);
    assert_ptr_equal(page, bench_page(b->process, second));
    assert_int_equal(places_of(page), 2);
    assert_int_equal(page->references, 3); /* and the object's */
    assert_int_equal(page->places->va + page->places->next->va, first + second);
    assert_int_equal(os_object_drop(b->system, object, NULL), TW_OK);
    call_bench_close(b);
}

static void what_is_shared_and_anonymous_is_shared_with_children(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 2, 64, NULL);
    uint64_t va = bench_map(b, 4, OS_R | OS_W, OS_VMA_SHARED);
    bench_store_all(b, va, 2, 1);
    os_process *child = bench_fork(b);
    bench_switch(b, child);
    bench_expect_all(b, va, 2, 1);
    bench_store_all(b, va, 4, 50);
    bench_switch(b, b->process);
    bench_expect_all(b, va, 4, 50);
    assert_int_equal(os_statistics(b->system)->copies, 0);
    assert_int_equal(bench_page_frames(b), 4);
    assert_int_equal(os_exit(b->system, NULL), TW_OK);
    bench_switch(b, child);
    bench_expect_all(b, va, 4, 50);
    assert_int_equal(os_exit(b->system, NULL), TW_OK);
    assert_int_equal(bench_page_frames(b), 0);
    call_bench_close(b);
}

static void it_goes_to_the_swap_file_and_comes_back_for_all(void **state)
{
    (void)state;
    if (mode == MODE_LINEAR)
        skip(); /* pages that fill the memory leave no row for the child's table */
    const uint64_t pages = 24;
    call_bench *b = call_bench_open(mode, 2, call_bench_frames(mode, 12), NULL);
    uint64_t va = bench_map(b, pages, OS_R | OS_W, OS_VMA_SHARED);
    os_process *child = bench_fork(b);
    bench_store_all(b, va, pages, 1);
    bench_switch(b, child);
    bench_expect_all(b, va, pages, 1);
    bench_store_all(b, va, pages, 100);
    bench_switch(b, b->process);
    bench_expect_all(b, va, pages, 100);
    assert_true(os_statistics(b->system)->swap_in > 0);
    call_bench_close(b);
}

static void a_page_of_three_leaves_three_tables_with_three_fences(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 3, 64, NULL);
    uint64_t va = bench_map(b, 1, OS_R | OS_W, OS_VMA_SHARED);
    os_process *process[3] = {b->process};
    process[1] = bench_fork(b);
    process[2] = bench_fork(b);
    for (uint64_t i = 0; i < 3; i++) {
        bench_switch(b, process[i]);
        bench_store(b, va, i + 1);
    }
    os_page *page = bench_page(process[0], va);
    size_t mapped = 0;
    for (size_t i = 0; i < 3; i++)
        mapped += bench_mapped(process[i], va);
    assert_int_equal(mapped, mode == MODE_HASHED ? 1 : 3); /* one entry a frame */
    unsigned fences = b->machine->fences;
    tw_error error = {0};
    bench_ok(os_page_unmap(b->system, page, &error), &error);
    assert_int_equal(b->machine->fences - fences, mapped);
    assert_true(page->dirty);
    for (size_t i = 0; i < 3; i++) {
        assert_false(bench_mapped(process[i], va));
        bench_switch(b, process[i]);
        assert_int_equal(bench_load(b, va), 3);
    }
    call_bench_close(b);
}

static void a_memory_ends_with_the_last_who_has_it(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 1, 64, NULL);
    os_object *object = share(b, 4);
    uint64_t va = bench_map_object(b, object, 4, OS_R | OS_W, OS_VMA_SHARED);
    bench_store_all(b, va, 4, 1);
    assert_int_equal(os_munmap(b->system, b->process, va, PAGE(4), NULL), TW_OK);
    assert_int_equal(bench_page_frames(b), 4); /* the opener has it still */
    va = bench_map_object(b, object, 4, OS_R, OS_VMA_SHARED);
    bench_expect_all(b, va, 4, 1);
    assert_int_equal(os_object_drop(b->system, object, NULL), TW_OK);
    bench_expect_all(b, va, 4, 1);
    assert_int_equal(os_munmap(b->system, b->process, va, PAGE(4), NULL), TW_OK);
    assert_int_equal(bench_page_frames(b), 0);
    call_bench_close(b);
}

static void a_private_mapping_of_it_sees_stores_until_its_own(void **state)
{
    (void)state;
    call_bench *b = call_bench_open(mode, 1, 64, NULL);
    os_object *object = share(b, 1);
    uint64_t all = bench_map_object(b, object, 1, OS_R | OS_W, OS_VMA_SHARED);
    uint64_t own = bench_map_object(b, object, 1, OS_R | OS_W, 0);
    bench_store(b, all, 1);
    assert_int_equal(bench_load(b, own), 1);
    bench_store(b, own, 2);
    assert_int_equal(bench_load(b, all), 1);
    bench_store(b, all, 3);
    assert_int_equal(bench_load(b, own), 2);
    assert_int_equal(os_object_drop(b->system, object, NULL), TW_OK);
    call_bench_close(b);
}

int main(void)
{
    const struct CMUnitTest shared[] = {
        cmocka_unit_test(one_frame_is_seen_at_two_addresses),
        cmocka_unit_test(what_is_shared_and_anonymous_is_shared_with_children),
        cmocka_unit_test(it_goes_to_the_swap_file_and_comes_back_for_all),
        cmocka_unit_test(a_page_of_three_leaves_three_tables_with_three_fences),
        cmocka_unit_test(a_memory_ends_with_the_last_who_has_it),
        cmocka_unit_test(a_private_mapping_of_it_sees_stores_until_its_own),
    };
    return golden_in_every_mode("shared_memory", shared, sizeof shared / sizeof *shared, &mode);
}
