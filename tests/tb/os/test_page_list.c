/* The list of free pages that is threaded through them: order, what stands in memory, and what is
 * found of frees and writes that are wrong. */
#include <stdlib.h>
#include <string.h>

#include "tb/os/page_list.h"
#include "tb/os/zones.h"
#include "tb/random.h"
#include "tests/support/golden_port.h"

enum { PAGES = 8 };

typedef struct fixture {
    golden_machine *machine;
    os_port port;
    page_list *list;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->machine = golden_open();
    f->port = golden_port(f->machine);
    f->list = page_list_open(&f->port, GOLDEN_FIRST, PAGES, NULL);
    *state = f;
    return f->list == NULL;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    page_list_close(f->list);
    free(f->machine);
    free(f);
    return 0;
}

static void push(fixture *f, uint64_t page)
{
    tw_error error = {0};
    if (page_list_push(f->list, GOLDEN_FIRST + page, &error) != TW_OK)
        fail_msg("expected page %llu to be freed, got: %s", (unsigned long long)page, error.text);
}

static uint64_t pop(fixture *f)
{
    tw_error error = {0};
    uint64_t ppn = 0;
    if (page_list_pop(f->list, &ppn, &error) != TW_OK)
        fail_msg("expected a page, got: %s", error.text);
    return ppn - GOLDEN_FIRST;
}

static uint64_t *word_of(fixture *f, uint64_t page, unsigned byte)
{
    return golden_word(f->machine, ((GOLDEN_FIRST + page) << 12) + byte);
}

static void the_page_freed_last_is_taken_first(void **state)
{
    fixture *f = *state;
    push(f, 3);
    push(f, 0);
    push(f, 7);
    assert_int_equal(page_list_length(f->list), 3);
    assert_int_equal(pop(f), 7);
    push(f, 5);
    assert_int_equal(pop(f), 5);
    assert_int_equal(pop(f), 0);
    assert_int_equal(pop(f), 3);
    assert_int_equal(page_list_length(f->list), 0);
}

static void the_link_is_in_the_free_page_itself_and_the_rest_of_it_is_junk(void **state)
{
    fixture *f = *state;
    *word_of(f, 3, 0) = *word_of(f, 3, 4088) = 42;
    push(f, 3);
    push(f, 1);
    assert_int_equal(*word_of(f, 3, 0), PAGE_LIST_END);
    assert_int_equal(*word_of(f, 1, 0), (GOLDEN_FIRST + 3ull) << 12);
    assert_int_equal(*word_of(f, 3, 8), 0xa5a5a5a5a5a5a5a5);
    assert_int_equal(*word_of(f, 3, 4088), 0xa5a5a5a5a5a5a5a5);
}

static void an_empty_list_says_so(void **state)
{
    fixture *f = *state;
    tw_error error = {0};
    uint64_t ppn;
    assert_int_equal(page_list_pop(f->list, &ppn, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "the list of free pages is empty: free some first");
}

static void a_page_that_is_freed_twice_is_caught_wherever_it_is_in_the_list(void **state)
{
    fixture *f = *state;
    tw_error error = {0};
    push(f, 2);
    push(f, 4);
    for (uint64_t page = 2; page <= 4; page += 2)
        assert_int_equal(page_list_push(f->list, GOLDEN_FIRST + page, &error), TW_USAGE);
    assert_string_equal(error.text, "page 0x80004 was freed twice");
    assert_int_equal(page_list_length(f->list), 2);
    assert_int_equal(pop(f), 4);
    assert_int_equal(pop(f), 2);
    push(f, 2);
    assert_true(page_list_has(f->list, GOLDEN_FIRST + 2));
}

static void a_page_of_elsewhere_is_not_taken_in(void **state)
{
    fixture *f = *state;
    tw_error error = {0};
    assert_int_equal(page_list_push(f->list, GOLDEN_FIRST + PAGES, &error), TW_USAGE);
    assert_string_equal(error.text, "page 0x80008 is not one of the list's");
    assert_int_equal(page_list_push(f->list, GOLDEN_FIRST - 1, NULL), TW_USAGE);
    assert_false(page_list_has(f->list, GOLDEN_FIRST - 1));
}

static void a_link_that_somebody_wrote_over_is_not_followed(void **state)
{
    fixture *f = *state;
    static const uint64_t wrong[] = {0,
                                     PAGE_LIST_END,
                                     (GOLDEN_FIRST + 2ull) << 12,   /* the page itself */
                                     (GOLDEN_FIRST + 5ull) << 12,   /* not free */
                                     (GOLDEN_FIRST + 100ull) << 12, /* elsewhere */
                                     ((GOLDEN_FIRST + 1ull) << 12) + 8 /* inside a page */};
    push(f, 1);
    push(f, 2);
    const uint64_t link = *word_of(f, 2, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint64_t ppn = 77;
        tw_error error = {0};
        *word_of(f, 2, 0) = wrong[i];
        assert_int_equal(page_list_pop(f->list, &ppn, &error), TW_USAGE);
        assert_non_null(strstr(error.text, "free page 0x80002 leads nowhere: the page was written "
                                           "to after it was freed"));
        assert_int_equal(ppn, 77);
    }
    *word_of(f, 2, 0) = link;
    assert_int_equal(pop(f), 2);
    *word_of(f, 1, 0) = link; /* the last one has no next */
    assert_int_equal(page_list_pop(f->list, &(uint64_t){0}, NULL), TW_USAGE);
}

static void a_list_that_cannot_be_is_refused(void **state)
{
    fixture *f = *state;
    tw_error error = {0};
    assert_null(page_list_open(&f->port, 0, 0, &error));
    assert_int_equal(error.status, TW_USAGE);
    assert_null(page_list_open(&f->port, UINT64_MAX >> 12, 1, &error));
    assert_int_equal(error.status, TW_USAGE);
    page_list_close(NULL);
}

static void random_frees_and_takes_agree_with_a_stack(void **state)
{
    fixture *f = *state;
    const uint64_t seed = 31;
    uint64_t random = seed, stack[PAGES];
    size_t depth = 0;
    for (unsigned i = 0; i < 100000; i++) {
        const uint64_t page = random_below(&random, PAGES);
        bool free_already = false;
        for (size_t k = 0; k < depth; k++)
            free_already |= stack[k] == page;
        if (random_percent(&random, 50)) {
            uint64_t ppn = 0;
            tw_status expected = depth > 0 ? TW_OK : TW_NO_MEMORY;
            assert_int_equal(page_list_pop(f->list, &ppn, NULL), expected);
            if (depth > 0 && ppn - GOLDEN_FIRST != stack[--depth])
                fail_msg("seed %llu, operation %u: expected page %llu, got %llu",
                         (unsigned long long)seed, i, (unsigned long long)stack[depth],
                         (unsigned long long)(ppn - GOLDEN_FIRST));
        } else {
            assert_int_equal(page_list_push(f->list, GOLDEN_FIRST + page, NULL),
                             free_already ? TW_USAGE : TW_OK);
            if (!free_already)
                stack[depth++] = page;
        }
        assert_int_equal(page_list_length(f->list), depth);
    }
}

static void in_front_of_a_zone_it_is_filled_and_drained_frame_by_frame(void **state)
{
    fixture *f = *state;
    zones_setup setup = zones_usual(PAGES);
    setup.base = (uint64_t)GOLDEN_FIRST << 12;
    setup.node[0].first = GOLDEN_FIRST;
    zones *memory = zones_open(&f->port.records, &setup, NULL);
    assert_non_null(memory);
    for (int i = 0; i < PAGES; i++) {
        uint64_t ppn;
        assert_int_equal(zones_take(memory, 0, ZONES_HIGH, 0, &ppn, NULL), TW_OK);
        assert_int_equal(page_list_push(f->list, ppn, NULL), TW_OK);
    }
    for (int i = PAGES; i-- > 0;)
        assert_int_equal(zones_give(memory, GOLDEN_FIRST + pop(f), NULL), TW_OK);
    assert_int_equal(buddy_largest(zones_buddy(memory, 0, false)), 3);
    zones_close(memory);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_page_freed_last_is_taken_first),
        TEST(the_link_is_in_the_free_page_itself_and_the_rest_of_it_is_junk),
        TEST(an_empty_list_says_so),
        TEST(a_page_that_is_freed_twice_is_caught_wherever_it_is_in_the_list),
        TEST(a_page_of_elsewhere_is_not_taken_in),
        TEST(a_link_that_somebody_wrote_over_is_not_followed),
        TEST(a_list_that_cannot_be_is_refused),
        TEST(random_frees_and_takes_agree_with_a_stack),
        TEST(in_front_of_a_zone_it_is_filled_and_drained_frame_by_frame),
    };
    return cmocka_run_group_tests_name("page list", tests, NULL, NULL);
}
