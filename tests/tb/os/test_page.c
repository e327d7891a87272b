/* Pages: who refers to them, and what becomes of frame and slot when nobody does. */
#include "tests/support/page_bench.h"

static os_page *make(page_bench *b)
{
    os_page *page = os_page_make(&b->system);
    assert_non_null(page);
    return page;
}

static void a_new_page_is_zeros_that_are_nowhere(void **state)
{
    page_bench *b = *state;
    os_page *page = make(b);
    assert_true(page->ppn == OS_NO_FRAME);
    assert_true(page->slot == OS_NO_SLOT);
    assert_false(page->dirty);
    assert_null(page->object);
    assert_int_equal(page->references, 0);
    os_page_hold(page);
    assert_int_equal(os_page_drop(&b->system, page, NULL), TW_OK);
}

static void without_record_memory_there_is_no_page(void **state)
{
    page_bench *b = *state;
    b->records.refuse = b->records.takes + 1;
    assert_null(os_page_make(&b->system));
}

/* The reverse map. */
static void all_places_of_a_page_are_in_its_list(void **state)
{
    page_bench *b = *state;
    os_place place[3] = {{.va = 0x1000}, {.va = 0x2000}, {.va = 0x3000}};
    os_page *page = make(b);
    for (unsigned i = 0; i < 3; i++)
        os_page_attach(page, &place[i]);
    assert_int_equal(page->references, 3);
    assert_int_equal(os_page_detach(&b->system, &place[1], NULL), TW_OK); /* from the middle */
    assert_null(place[1].page);
    uint64_t sum = 0;
    for (const os_place *p = page->places; p != NULL; p = p->next) {
        assert_ptr_equal(p->page, page);
        assert_true(p->next == NULL || p->next->previous == p);
        sum += p->va;
    }
    assert_int_equal(sum, 0x4000);
    os_page_attach(page, &place[1]);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(os_page_detach(&b->system, &place[i], NULL), TW_OK);
}

static void only_one_place_makes_a_page_exclusive(void **state)
{
    page_bench *b = *state;
    os_place a = {0}, c = {0};
    os_page *page = make(b);
    os_page_attach(page, &a);
    assert_true(os_page_exclusive(page));
    os_page_attach(page, &c);
    assert_false(os_page_exclusive(page));
    os_page_detach(&b->system, &a, NULL);
    assert_true(os_page_exclusive(page));
    page->zero = true;
    assert_false(os_page_exclusive(page));
    os_page_detach(&b->system, &c, NULL);
}

static void the_last_reference_gives_frame_and_slot_back(void **state)
{
    page_bench *b = *state;
    os_place place = {0};
    os_page *page = make(b);
    uint64_t due = 0, ppn = bench_take_frame(b);
    os_page_attach(page, &place);
    os_page_hold(page);
    assert_int_equal(os_page_fill(&b->system, page, ppn, &due, NULL), TW_OK);
    page->dirty = true;
    assert_int_equal(os_page_save(&b->system, page, &due, NULL, NULL), TW_OK);
    assert_int_equal(os_page_detach(&b->system, &place, NULL), TW_OK);
    assert_int_equal(os_frames_free(b->system.frames), BENCH_FRAMES - 1);
    assert_int_equal(os_swap_used(b->system.swap), 1);
    assert_int_equal(os_page_drop(&b->system, page, NULL), TW_OK);
    assert_int_equal(os_frames_free(b->system.frames), BENCH_FRAMES);
    assert_int_equal(os_swap_used(b->system.swap), 0);
    assert_int_equal(bench_last(b, OS_EVENT_FRAME_GIVEN)->ppn, ppn);
}

static void what_fails_when_a_page_ends_keeps_nothing_back(void **state)
{
    page_bench *b = *state;
    tw_error error = {0};
    os_page *page = make(b);
    os_page_hold(page);
    os_page_fill(&b->system, page, bench_take_frame(b), NULL, NULL);
    b->bus_error = true;
    assert_int_equal(os_page_drop(&b->system, page, &error), TW_TIMEOUT);
    assert_string_equal(error.text, "the bus says no");
    assert_int_equal(os_frames_free(b->system.frames), BENCH_FRAMES);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest page[] = {
        TEST(a_new_page_is_zeros_that_are_nowhere),
        TEST(without_record_memory_there_is_no_page),
        TEST(all_places_of_a_page_are_in_its_list),
        TEST(only_one_place_makes_a_page_exclusive),
        TEST(the_last_reference_gives_frame_and_slot_back),
        TEST(what_fails_when_a_page_ends_keeps_nothing_back),
    };
    return cmocka_run_group_tests(page, NULL, NULL);
}
