/* Page records: a tree that agrees with a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/os/pages.h"
#include "tb/random.h"

static void a_record_is_found_by_every_address_of_its_page_and_no_other(void **state)
{
    (void)state;
    os_pages pages = {NULL};
    assert_null(os_pages_find(&pages, 0x5000));
    os_page *page = os_pages_add(&pages, 0x5123);
    assert_int_equal(page->va, 0x5000);
    assert_ptr_equal(os_pages_find(&pages, 0x5000), page);
    assert_ptr_equal(os_pages_find(&pages, 0x5fff), page);
    assert_null(os_pages_find(&pages, 0x4fff));
    assert_null(os_pages_find(&pages, 0x6000));
    os_pages_free(&pages);
}

static void a_new_page_has_neither_frame_nor_slot(void **state)
{
    (void)state;
    os_pages pages = {NULL};
    const os_page *page = os_pages_add(&pages, 0x5000);
    assert_true(page->ppn == OS_NO_FRAME);
    assert_true(page->slot == OS_NO_SLOT);
    os_pages_free(&pages);
}

static void a_page_that_has_a_record_gets_no_second_one(void **state)
{
    (void)state;
    os_pages pages = {NULL};
    os_page *page = os_pages_add(&pages, UINT64_MAX); /* the last page of all */
    page->ppn = 5;
    assert_ptr_equal(os_pages_add(&pages, UINT64_MAX - 4000), page);
    assert_int_equal(page->ppn, 5);
    os_pages_free(&pages);
}

typedef struct walk {
    uint64_t next; /* no page below it may come */
    size_t seen, limit;
} walk;

static tw_status step(void *context, os_page *page, tw_error *error)
{
    walk *w = context;
    assert_true(page->va >= w->next);
    w->next = page->va + OS_PAGE_BYTES;
    w->seen++;
    return w->seen < w->limit ? TW_OK : tw_fail(error, TW_IO, "enough");
}

static void a_visit_sees_all_by_rising_address_until_it_is_told_to_stop(void **state)
{
    (void)state;
    enum { SPACE = 4096, TRIES = 3000 };
    bool known[SPACE] = {false};
    os_pages pages = {NULL};
    size_t count = 0;
    uint64_t random = 9;
    for (unsigned i = 0; i < TRIES; i++) {
        uint64_t number = random_below(&random, SPACE);
        count += !known[number];
        known[number] = true;
        assert_non_null(os_pages_add(&pages, number * OS_PAGE_BYTES));
    }
    for (uint64_t number = 0; number < SPACE; number++)
        assert_int_equal(os_pages_find(&pages, number * OS_PAGE_BYTES) != NULL, known[number]);
    walk all = {.limit = SIZE_MAX}, some = {.limit = 10};
    assert_int_equal(os_pages_visit(&pages, step, &all, NULL), TW_OK);
    assert_int_equal(all.seen, count);
    assert_int_equal(os_pages_visit(&pages, step, &some, NULL), TW_IO);
    assert_int_equal(some.seen, 10);
    os_pages_free(&pages);
    assert_null(os_pages_find(&pages, 0));
}

int main(void)
{
    const struct CMUnitTest pages[] = {
        cmocka_unit_test(a_record_is_found_by_every_address_of_its_page_and_no_other),
        cmocka_unit_test(a_new_page_has_neither_frame_nor_slot),
        cmocka_unit_test(a_page_that_has_a_record_gets_no_second_one),
        cmocka_unit_test(a_visit_sees_all_by_rising_address_until_it_is_told_to_stop),
    };
    return cmocka_run_group_tests(pages, NULL, NULL);
}
