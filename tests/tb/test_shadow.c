/* The oracle: what a process must read follows from its calls alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/random.h"
#include "tb/shadow/shadow.h"

enum { PAGE = 4096 };
static const uint64_t A = 0x10000, B = 0x80000;

static int set_up(void **state)
{
    *state = shadow_open();
    return *state == NULL;
}

static int tear_down(void **state)
{
    shadow_close(*state);
    return 0;
}

static void put(shadow *s, unsigned process, uint64_t va, uint8_t value)
{
    assert_int_equal(shadow_store(s, process, va, &value, 1, NULL), TW_OK);
}

static unsigned get(shadow *s, unsigned process, uint64_t va)
{
    uint8_t value, known;
    shadow_load(s, process, va, &value, &known, 1);
    assert_int_equal(known, 1);
    return value;
}

static shadow_object *shared_memory(shadow *s)
{
    shadow_object *object;
    assert_int_equal(shadow_shared(s, &object, NULL), TW_OK);
    return object;
}

static void map(shadow *s, unsigned process, uint64_t start, uint64_t pages, shadow_object *object,
                uint64_t offset, bool shared)
{
    assert_int_equal(shadow_map(s, process, start, pages * PAGE, object, offset, shared, NULL),
                     TW_OK);
}

static void what_nobody_mapped_is_private_zeros(void **state)
{
    shadow *s = *state;
    assert_int_equal(get(s, 1, A), 0);
    put(s, 1, A, 7);
    assert_int_equal(get(s, 1, A), 7);
    assert_int_equal(get(s, 1, A + 1), 0);
    assert_int_equal(get(s, 2, A), 0);
    put(s, 1, UINT64_MAX, 9); /* the last page of all */
    assert_int_equal(get(s, 1, UINT64_MAX), 9);
}

static void shared_memory_is_seen_by_all_at_their_own_addresses(void **state)
{
    shadow *s = *state;
    shadow_object *object = shared_memory(s);
    map(s, 1, A, 4, object, 0, true);
    map(s, 2, B, 2, object, PAGE, true);
    put(s, 1, A + PAGE + 5, 1);
    assert_int_equal(get(s, 2, B + 5), 1);
    assert_int_equal(shadow_map(s, 3, A, 1, object, PAGE, true, NULL), TW_OK);
    put(s, 3, A + PAGE - 1, 3); /* its one byte was rounded up to a page */
    assert_int_equal(get(s, 1, A + 2 * PAGE - 1), 3);
    put(s, 2, B + PAGE, 2);
    assert_int_equal(get(s, 1, A + 2 * PAGE), 2);
    shadow_drop(object); /* the mappings hold it */
    shadow_exit(s, 1);
    assert_int_equal(get(s, 2, B + 5), 1);
}

static void a_private_mapping_shows_what_the_object_holds_until_it_is_stored_to(void **state)
{
    shadow *s = *state;
    shadow_object *object = shared_memory(s);
    map(s, 1, A, 2, object, 0, true);
    map(s, 2, A, 2, object, 0, false);
    put(s, 1, A, 1);
    assert_int_equal(get(s, 2, A), 1);
    put(s, 2, A + 1, 2); /* copies the page */
    put(s, 1, A, 3);
    put(s, 1, A + PAGE, 4);
    assert_int_equal(get(s, 2, A), 1);
    assert_int_equal(get(s, 1, A + 1), 0);
    assert_int_equal(get(s, 2, A + PAGE), 4);
    shadow_discard(s, 2, A, 2 * PAGE, NULL);
    assert_int_equal(get(s, 2, A), 3);
    assert_int_equal(get(s, 2, A + 1), 0);
    shadow_drop(object);
}

static void a_child_has_a_copy_of_what_is_private_and_shares_the_rest(void **state)
{
    shadow *s = *state;
    shadow_object *object = shared_memory(s);
    map(s, 1, B, 1, object, 0, true);
    shadow_drop(object);
    put(s, 1, A, 1);
    put(s, 1, B, 1);
    assert_int_equal(shadow_fork(s, 1, 2, NULL), TW_OK);
    assert_int_equal(get(s, 2, A), 1);
    put(s, 1, A, 2);
    put(s, 2, A + 1, 3);
    assert_int_equal(get(s, 2, A), 1);
    assert_int_equal(get(s, 1, A + 1), 0);
    put(s, 2, B, 4);
    assert_int_equal(get(s, 1, B), 4);
    shadow_exit(s, 1);
    assert_int_equal(get(s, 2, B), 4);
    assert_int_equal(shadow_fork(s, 1, 2, NULL), TW_USAGE);
}

static void after_vfork_two_have_one_space_until_the_child_calls_exec(void **state)
{
    shadow *s = *state;
    put(s, 1, A, 1);
    assert_int_equal(shadow_vfork(s, 1, 2, NULL), TW_OK);
    put(s, 2, A, 2);
    assert_int_equal(get(s, 1, A), 2);
    assert_int_equal(shadow_exec(s, 2, NULL), TW_OK);
    assert_int_equal(get(s, 2, A), 0);
    put(s, 2, A, 3);
    assert_int_equal(get(s, 1, A), 2);
    shadow_vfork(s, 1, 3, NULL);
    shadow_exit(s, 3);
    assert_int_equal(get(s, 1, A), 2);
}

static void what_is_unmapped_is_zeros_when_it_is_mapped_again(void **state)
{
    shadow *s = *state;
    put(s, 1, A, 1);
    put(s, 1, A + PAGE, 2);
    assert_int_equal(shadow_unmap(s, 1, A, 1, NULL), TW_OK); /* rounded up to a page */
    assert_int_equal(get(s, 1, A), 0);
    assert_int_equal(get(s, 1, A + PAGE), 2);
    map(s, 1, A + PAGE, 1, NULL, 0, false);
    assert_int_equal(get(s, 1, A + PAGE), 0);
}

static void a_heap_that_shrinks_forgets_whole_pages(void **state)
{
    shadow *s = *state;
    shadow_brk(s, 1, B, NULL);
    shadow_brk(s, 1, B + 3 * PAGE, NULL);
    for (unsigned i = 0; i < 3; i++)
        put(s, 1, B + i * PAGE, 5);
    put(s, 1, B + 4 * PAGE, 6); /* of something else */
    shadow_brk(s, 1, B + PAGE + 1, NULL);
    shadow_brk(s, 1, B + PAGE + 1, NULL);
    assert_int_equal(get(s, 1, B + PAGE), 5);
    assert_int_equal(get(s, 1, B + 2 * PAGE), 0);
    assert_int_equal(get(s, 1, B + 4 * PAGE), 6);
    shadow_fork(s, 1, 2, NULL);
    shadow_brk(s, 2, B, NULL); /* the child knows where its heap ended */
    assert_int_equal(get(s, 2, B), 0);
    assert_int_equal(get(s, 1, B), 5);
}

/* Areas cut at both ends, at random, against an array that says for each page what it shows. */
static void areas_that_are_cut_show_the_same_bytes(void **state)
{
    enum { PAGES = 24, OBJECT = 40, STEPS = 20000 };
    shadow *s = *state;
    shadow_object *object = shared_memory(s);
    uint64_t random = 5;
    uint8_t bytes[OBJECT] = {0}, own[PAGES] = {0};
    int shows[PAGES]; /* page of the object, or -1 */
    for (unsigned i = 0; i < PAGES; i++)
        shows[i] = -1;
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned first = random_below(&random, PAGES);
        unsigned count = 1 + random_below(&random, PAGES - first), kind = random_below(&random, 8);
        unsigned from = random_below(&random, OBJECT - count), page = first;
        uint8_t value = (uint8_t)random_next(&random);
        if (kind < 2) {
            map(s, 1, A + first * PAGE, count, kind == 0 ? object : NULL, from * PAGE, true);
            for (unsigned i = 0; i < count; i++) {
                shows[first + i] = kind == 0 ? (int)(from + i) : -1;
                own[first + i] = 0;
            }
        } else if (kind < 5) {
            put(s, 1, A + page * PAGE, value);
            *(shows[page] >= 0 ? &bytes[shows[page]] : &own[page]) = value;
        } else {
            unsigned expected = shows[page] >= 0 ? bytes[shows[page]] : own[page];
            unsigned got = get(s, 1, A + page * PAGE);
            if (got != expected)
                fail_msg("step %u, page %u: expected %u, got %u (seed 5)", step, page, expected,
                         got);
        }
    }
    shadow_drop(object);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest calls[] = {
        TEST(what_nobody_mapped_is_private_zeros),
        TEST(shared_memory_is_seen_by_all_at_their_own_addresses),
        TEST(a_private_mapping_shows_what_the_object_holds_until_it_is_stored_to),
        TEST(a_child_has_a_copy_of_what_is_private_and_shares_the_rest),
        TEST(after_vfork_two_have_one_space_until_the_child_calls_exec),
        TEST(what_is_unmapped_is_zeros_when_it_is_mapped_again),
        TEST(a_heap_that_shrinks_forgets_whole_pages),
        TEST(areas_that_are_cut_show_the_same_bytes),
    };
    return cmocka_run_group_tests(calls, NULL, NULL);
}
