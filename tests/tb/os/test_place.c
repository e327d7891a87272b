/* Places: a tree that agrees with a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/os/place.h"
#include "tb/random.h"
#include "tests/support/counted_records.h"

enum { SPACE = 4096 };

static counted_records count;
static os_records records;

static int set_up(void **state)
{
    (void)state;
    count = (counted_records){0};
    records = counted_records_of(&count);
    return 0;
}

static uint64_t va_of(uint64_t number)
{
    return number * OS_PAGE_BYTES;
}

static os_place *add(os_places *places, uint64_t va)
{
    os_place *place = os_places_add(places, &records, NULL, va);
    assert_non_null(place);
    return place;
}

static tw_status remove_it(void *context, os_place *place, tw_error *error)
{
    (void)error;
    os_places_remove(context, &records, place);
    return TW_OK;
}

static void remove_all(os_places *places)
{
    assert_int_equal(os_places_visit(places, 0, UINT64_MAX, remove_it, places, NULL), TW_OK);
    assert_int_equal(places->count, 0);
    assert_int_equal(count.alive, 0);
}

static void a_place_is_found_by_every_address_of_its_page_and_no_other(void **state)
{
    (void)state;
    os_places places = {0};
    assert_null(os_places_find(&places, 0x5000));
    os_place *place = add(&places, 0x5123);
    assert_int_equal(place->va, 0x5000);
    assert_null(place->page);
    assert_ptr_equal(os_places_find(&places, 0x5000), place);
    assert_ptr_equal(os_places_find(&places, 0x5fff), place);
    assert_null(os_places_find(&places, 0x4fff));
    assert_null(os_places_find(&places, 0x6000));
    remove_all(&places);
}

static void a_page_that_has_a_place_gets_no_second_one(void **state)
{
    (void)state;
    os_places places = {0};
    os_place *place = add(&places, UINT64_MAX); /* the last page of all */
    assert_ptr_equal(add(&places, UINT64_MAX - 4000), place);
    assert_int_equal(places.count, 1);
    remove_all(&places);
}

static void without_record_memory_nothing_changes(void **state)
{
    (void)state;
    os_places places = {0};
    count.refuse = 1;
    assert_null(os_places_add(&places, &records, NULL, 0x5000));
    assert_int_equal(places.count, 0);
    assert_null(os_places_from(&places, 0));
}

/* Adds and removes at random; `known` is what there should be. */
static void play(os_places *places, bool known[SPACE], uint64_t seed)
{
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t number = random_below(&seed, SPACE);
        os_place *place = os_places_find(places, va_of(number));
        if ((place != NULL) != known[number])
            fail_msg("step %u, page %llu: expected %d, got %d", i, (unsigned long long)number,
                     known[number], place != NULL);
        if (known[number])
            os_places_remove(places, &records, place);
        else
            add(places, va_of(number));
        known[number] = !known[number];
    }
}

static void places_from_an_address_on_are_those_of_a_plain_array(void **state)
{
    (void)state;
    static bool known[SPACE];
    os_places places = {0};
    size_t number_of = 0;
    play(&places, known, 9);
    const os_place *next = os_places_from(&places, 0);
    for (uint64_t number = 0; number < SPACE; number++) {
        if (!known[number])
            continue;
        number_of++;
        assert_int_equal(next->va, va_of(number));
        assert_ptr_equal(os_places_from(&places, va_of(number)), next);
        if (number > 0 && !known[number - 1])
            assert_ptr_equal(os_places_from(&places, va_of(number - 1)), next);
        next = os_places_next(next);
    }
    assert_null(next);
    assert_int_equal(places.count, number_of);
    remove_all(&places);
}

typedef struct walk {
    os_places *places;
    uint64_t next; /* no page below it may come */
    size_t seen, limit;
} walk;

/* Removes every second one that it sees. */
static tw_status step(void *context, os_place *place, tw_error *error)
{
    walk *w = context;
    assert_true(place->va >= w->next);
    w->next = place->va + OS_PAGE_BYTES;
    if (++w->seen % 2 == 0)
        os_places_remove(w->places, &records, place);
    return w->seen < w->limit ? TW_OK : tw_fail(error, TW_IO, "enough");
}

static void a_visit_sees_its_range_by_rising_address_and_may_remove_what_it_sees(void **state)
{
    (void)state;
    os_places places = {0};
    for (uint64_t number = 0; number < 100; number++)
        add(&places, va_of(number));
    walk range = {.places = &places, .next = va_of(10), .limit = SIZE_MAX};
    assert_int_equal(os_places_visit(&places, va_of(10), va_of(30), step, &range, NULL), TW_OK);
    assert_int_equal(range.seen, 20);
    assert_int_equal(range.next, va_of(30));
    assert_int_equal(places.count, 90);
    assert_non_null(os_places_find(&places, va_of(10)));
    assert_null(os_places_find(&places, va_of(11)));
    assert_non_null(os_places_find(&places, va_of(31)));
    walk some = {.places = &places, .limit = 9};
    assert_int_equal(os_places_visit(&places, 0, UINT64_MAX, step, &some, NULL), TW_IO);
    assert_int_equal(some.seen, 9);
    remove_all(&places);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest place[] = {
        TEST(a_place_is_found_by_every_address_of_its_page_and_no_other),
        TEST(a_page_that_has_a_place_gets_no_second_one),
        TEST(without_record_memory_nothing_changes),
        TEST(places_from_an_address_on_are_those_of_a_plain_array),
        TEST(a_visit_sees_its_range_by_rising_address_and_may_remove_what_it_sees),
    };
    return cmocka_run_group_tests(place, NULL, NULL);
}
