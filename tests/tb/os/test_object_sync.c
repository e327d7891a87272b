/* Dirty pages of files go to the file while they stay mapped: at once, and by age. */
#include <string.h>
#include <unistd.h>

#include "tb/os/mapping.h"
#include "tests/support/page_bench.h"

enum { VA = 0x10000, PLACES = 2 };

/* A file of the bench, each of whose first two pages is mapped at two addresses. */
typedef struct synced {
    page_bench *bench;
    os *system;
    os_object *object;
    os_space space;
    os_place place[2][PLACES]; /* of page 0, and of page 1 */
    os_page *page[2];
} synced;

static void map(synced *s, os_place *place, os_page *page, uint64_t va)
{
    *place = (os_place){.va = va, .space = &s->space};
    os_page_attach(page, place);
    assert_int_equal(os_mapping_prepare(s->system, &s->space, va, 0, NULL), TW_OK);
    assert_int_equal(os_mapping_enter(s->system, place, OS_R | OS_W, NULL), TW_OK);
}

static synced begin(page_bench *b)
{
    synced s = {.bench = b, .system = &b->system};
    s.space = (os_space){.asid = 7, .users = 1, .table = {.mode = MODE_SV39}};
    assert_int_equal(os_mapping_begin(s.system, &s.space, NULL), TW_OK);
    assert_int_equal(os_object_file(s.system, b->path, true, &s.object, NULL), TW_OK);
    return s;
}

static void map_all(synced *s)
{
    for (uint64_t i = 0; i < 2; i++) {
        assert_int_equal(os_object_page(s->system, s->object, i, &s->page[i], NULL), TW_OK);
        os_page_fill(s->system, s->page[i], bench_take_frame(s->bench), NULL, NULL);
        for (uint64_t p = 0; p < PLACES; p++)
            map(s, &s->place[i][p], s->page[i], VA + (i * PLACES + p) * OS_PAGE_BYTES);
    }
    s->bench->fences = 0;
}

static void end(synced *s)
{
    for (unsigned i = 0; i < 2; i++)
        for (unsigned p = 0; p < PLACES; p++) {
            assert_int_equal(os_unmap(s->system, &s->place[i][p], NULL), TW_OK);
            assert_int_equal(os_page_detach(s->system, &s->place[i][p], NULL), TW_OK);
        }
    assert_int_equal(os_mapping_end(s->system, &s->space, NULL), TW_OK);
}

/* A store through the place, as the hardware does it. */
static void store(synced *s, const os_place *place, uint8_t value)
{
    bench_frame(s->bench, place->page->ppn)[0] = value;
    assert_int_equal(os_mapping_update(s->system, place, 0, 1u << PTE_A | 1u << PTE_D, NULL),
                     TW_OK);
}

static bool is_dirty(synced *s, const os_place *place)
{
    uint64_t word;
    assert_int_equal(os_mapping_read(s->system, place, &word, NULL), TW_OK);
    assert_true(pte_bit(word, PTE_V));
    return pte_bit(word, PTE_D);
}

static uint8_t in_file(const synced *s, uint64_t index)
{
    uint8_t page[OS_PAGE_BYTES];
    assert_int_equal(os_object_read(s->object, index, page, NULL), TW_OK);
    return page[0];
}

static size_t sync_all(synced *s)
{
    size_t written = 99;
    assert_int_equal(os_object_sync(s->system, s->object, 0, UINT64_MAX, &written, NULL), TW_OK);
    return written;
}

static size_t write_back(synced *s, uint64_t age)
{
    size_t written = 99;
    assert_int_equal(os_write_back(s->system, age, &written, NULL), TW_OK);
    return written;
}

static void just_the_page_that_was_stored_to_is_written_and_stays_mapped(void **state)
{
    synced s = begin(*state);
    map_all(&s);
    store(&s, &s.place[1][1], 'x');
    assert_int_equal(sync_all(&s), 1);
    assert_int_equal(in_file(&s, 1), 'x');
    assert_false(is_dirty(&s, &s.place[1][1]));
    assert_int_equal(s.bench->fences, 1);
    assert_int_equal(s.system->counts.file_writes, 1);
    assert_int_equal(sync_all(&s), 0);
    end(&s);
}

static void a_page_with_two_dirty_places_is_written_once_and_fenced_twice(void **state)
{
    synced s = begin(*state);
    map_all(&s);
    store(&s, &s.place[0][0], 'a');
    store(&s, &s.place[0][1], 'b');
    assert_int_equal(sync_all(&s), 1);
    assert_int_equal(in_file(&s, 0), 'b');
    assert_int_equal(s.bench->fences, 2);
    assert_false(is_dirty(&s, &s.place[0][0]) || is_dirty(&s, &s.place[0][1]));
    store(&s, &s.place[0][0], 'c');
    assert_int_equal(sync_all(&s), 1);
    assert_int_equal(in_file(&s, 0), 'c');
    end(&s);
}

static void pages_outside_of_the_range_stay_dirty(void **state)
{
    synced s = begin(*state);
    size_t written;
    map_all(&s);
    store(&s, &s.place[0][0], 'p');
    store(&s, &s.place[1][0], 'q');
    assert_int_equal(os_object_sync(s.system, s.object, 1, 1, &written, NULL), TW_OK);
    assert_int_equal(written, 1);
    assert_true(is_dirty(&s, &s.place[0][0]));
    assert_int_equal(in_file(&s, 0), 0);
    store(&s, &s.place[1][0], 'r');
    assert_int_equal(os_object_sync(s.system, s.object, 0, 0, &written, NULL), TW_OK);
    assert_int_equal(written, 1);
    assert_true(is_dirty(&s, &s.place[1][0]));
    assert_int_equal(sync_all(&s), 1);
    end(&s);
}

/* Its fence failed, say: the word stands in the table, not valid, until that is made good. */
static void the_word_of_a_place_that_is_half_removed_is_left_alone(void **state)
{
    synced s = begin(*state);
    map_all(&s);
    store(&s, &s.place[0][0], 'h');
    assert_int_equal(os_mapping_remove(s.system, &s.place[0][0], NULL), TW_OK);
    assert_int_equal(sync_all(&s), 1);
    assert_int_equal(in_file(&s, 0), 'h');
    assert_int_equal(os_mapping_forget(s.system, &s.place[0][0], NULL), TW_OK);
    end(&s);
}

static void a_write_that_fails_is_told_and_can_be_made_again(void **state)
{
    synced s = begin(*state);
    size_t written;
    map_all(&s);
    store(&s, &s.place[0][0], 'p');
    store(&s, &s.place[1][0], 'q');
    file_refuse_writes(s.bench->path);
    assert_int_equal(os_object_sync(s.system, s.object, 0, 9, &written, NULL), TW_IO);
    assert_int_equal(written, 0);
    assert_int_equal(s.system->counts.writes_failed, 2); /* each was tried */
    assert_true(s.page[0]->dirty && s.page[1]->dirty);
    file_mend(s.bench->path);
    assert_int_equal(sync_all(&s), 2);
    assert_int_equal(in_file(&s, 0), 'p');
    assert_int_equal(in_file(&s, 1), 'q');
    end(&s);
}

static void shared_memory_has_no_file_to_be_written_to(void **state)
{
    page_bench *b = *state;
    os_object *object;
    os_page *page;
    size_t written = 9;
    os_object_shared(&b->system, "memory", 1, &object, NULL);
    os_object_page(&b->system, object, 0, &page, NULL);
    os_page_fill(&b->system, page, bench_take_frame(b), NULL, NULL);
    page->dirty = true;
    assert_int_equal(os_object_sync(&b->system, object, 0, 9, &written, NULL), TW_OK);
    assert_int_equal(written, 0);
    assert_int_equal(os_write_back(&b->system, 0, &written, NULL), TW_OK);
    assert_int_equal(written, 0);
    assert_true(page->dirty);
}

/* ---- by age ---------------------------------------------------------------------------------- */

static void a_page_is_written_back_when_it_was_seen_dirty_so_long_ago(void **state)
{
    synced s = begin(*state);
    map_all(&s);
    store(&s, &s.place[0][0], 'a');
    s.bench->now = 1000;
    assert_int_equal(write_back(&s, 500), 0); /* seen for the first time */
    assert_true(is_dirty(&s, &s.place[0][0]));
    s.bench->now = 1499;
    assert_int_equal(write_back(&s, 500), 0);
    store(&s, &s.place[1][0], 'b');
    s.bench->now = 1500;
    assert_int_equal(write_back(&s, 500), 1);
    assert_int_equal(in_file(&s, 0), 'a');
    assert_int_equal(in_file(&s, 1), (uint8_t)7);
    assert_false(is_dirty(&s, &s.place[0][0]));
    store(&s, &s.place[0][0], 'c');
    s.bench->now = 2000;
    assert_int_equal(write_back(&s, 500), 1);
    assert_int_equal(in_file(&s, 1), 'b');
    assert_int_equal(in_file(&s, 0), 'a'); /* dirty again, and for how long begins anew */
    end(&s);
}

static void a_page_that_was_clean_in_between_counts_anew(void **state)
{
    synced s = begin(*state);
    map_all(&s);
    store(&s, &s.place[0][0], 'a');
    assert_int_equal(write_back(&s, 500), 0);
    assert_int_equal(sync_all(&s), 1);
    s.bench->now = 300;
    assert_int_equal(write_back(&s, 500), 0);
    store(&s, &s.place[0][0], 'b');
    s.bench->now = 600;
    assert_int_equal(write_back(&s, 500), 0);
    s.bench->now = 1100;
    assert_int_equal(write_back(&s, 500), 1);
    end(&s);
}

static void with_age_0_what_is_dirty_is_written_at_once(void **state)
{
    synced s = begin(*state);
    map_all(&s);
    store(&s, &s.place[0][0], 'a');
    s.page[1]->dirty = true; /* remembered from a place that is gone */
    assert_int_equal(write_back(&s, 0), 2);
    assert_int_equal(write_back(&s, 0), 0);
    assert_int_equal(os_write_back(s.system, 0, NULL, NULL), TW_OK);
    end(&s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
    const struct CMUnitTest sync[] = {
        TEST(just_the_page_that_was_stored_to_is_written_and_stays_mapped),
        TEST(a_page_with_two_dirty_places_is_written_once_and_fenced_twice),
        TEST(pages_outside_of_the_range_stay_dirty),
        TEST(the_word_of_a_place_that_is_half_removed_is_left_alone),
        TEST(a_write_that_fails_is_told_and_can_be_made_again),
        TEST(shared_memory_has_no_file_to_be_written_to),
        TEST(a_page_is_written_back_when_it_was_seen_dirty_so_long_ago),
        TEST(a_page_that_was_clean_in_between_counts_anew),
        TEST(with_age_0_what_is_dirty_is_written_at_once),
    };
    return cmocka_run_group_tests(sync, NULL, NULL);
}
