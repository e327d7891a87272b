/*
 * What the TLB of the built configuration reaches, with pages of every size. Of other sizes of TLB:
 * tests/tb/test_reach.c.
 */
#include "tb/size.h"
#include "tests/support/every_mode.h"

/* No loop has pages of the first round left after so many. */
enum { LONG_RUN = 40 };

static unsigned entries(void)
{
    return tw_rtl_built()->data_entries;
}

/* An empty tree, and nothing that is known of another. */
static void enter_empty(fixture *f)
{
    fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    fixture_forget(f);
}

static void map_first(fixture *f, unsigned level, unsigned pages)
{
    for (uint64_t n = 0; n < pages; n++)
        fixture_map(f, n << level_size(f->pages.mode, level), level,
                    pages_pte(pages_frame(f->pages.mode, level), F_PAGE));
}

/* Loads that the data TLB itself has answered so far. */
static uint64_t hits(fixture *f)
{
    return fixture_read(f, REG_COUNT_DATA_HITS);
}

/* A load every `step` bytes below `bytes`; how many of them hit. */
static uint64_t hits_of_round(fixture *f, uint64_t bytes, uint64_t step)
{
    uint64_t before = hits(f);
    for (uint64_t va = 0; va < bytes; va += step)
        expect_fault(fixture_translate(f, load(va)), CAUSE_NONE);
    return hits(f) - before;
}

/* Entries times the size of a page: to there a miss a page and then none, and a page further, in
 * the long run, nothing but misses. What the second level answers is no hit of the first. */
TREE_TEST(hits_end_at_entries_times_the_size_of_a_page)
{
    (void)va;
    for (unsigned level = 0; level < mode_levels(f->pages.mode); level++) {
        const uint64_t page = UINT64_C(1) << level_size(f->pages.mode, level);
        const uint64_t reach = entries() * page;
        uint64_t last = 0;
        enter_empty(f);
        map_first(f, level, entries() + 1);
        assert_int_equal(hits_of_round(f, reach, page), 0);
        fixture_forget(f);
        for (unsigned round = 0; round < 3; round++)
            assert_int_equal(hits_of_round(f, reach, page / 2), 2 * entries());
        assert_int_equal(f->accesses, 0);
        for (unsigned round = 0; round < LONG_RUN; round++)
            last = hits_of_round(f, reach + page, page);
        assert_int_equal(last, 0);
    }
}

/* ---- one program, pages of 4 KiB, 2 MiB and 1 GiB ---- */

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)

/* A program of 4 MiB and 20 KiB touches all of its 4-KiB pieces, twice. With demand paging a page
 * is a fault and is read in whole, so `pages` are faults and `pages` times their size I/O bytes. */
static const struct {
    unsigned pages;
    uint64_t tables, lost;  /* bytes: of the page tables, of pages beyond the program */
    uint64_t first, second; /* misses of either round */
} SIZES[] = {{1029, 20 * KIB, 0, 1029, 1029},
             {3, 8 * KIB, 2 * MIB - 20 * KIB, 3, 0},
             {1, 4 * KIB, GIB - 4 * MIB - 20 * KIB, 1, 0}};

static void larger_pages_miss_less_need_smaller_tables_and_waste_more(void **state)
{
    (void)state;
    if ((tw_rtl_built()->modes >> MODE_SV39 & 1) == 0)
        skip();
    enum { BYTES = 4 * 1024 * 1024 + 20 * 1024, PIECE = 4096, PIECES = BYTES / PIECE };
    struct region program = {0, BYTES - 1};
    const layout whole = {.count = 1, .bytes = BYTES, .region = &program};
    for (unsigned level = 0; level < 3; level++) {
        fixture *f = fixture_open(MODE_SV39, 1);
        const uint64_t table = f->pages.next, page = UINT64_C(1) << level_size(MODE_SV39, level);
        enter_empty(f);
        map_first(f, level, SIZES[level].pages);
        assert_int_equal((f->pages.next - table) << PAGE_SHIFT, SIZES[level].tables);
        assert_int_equal(SIZES[level].pages * page, BYTES + SIZES[level].lost);
        assert_int_equal(size_lost(&whole, level_size(MODE_SV39, level)), SIZES[level].lost);
        assert_int_equal(PIECES - hits_of_round(f, BYTES, PIECE), SIZES[level].first);
        assert_int_equal(fixture_read(f, REG_COUNT_WALKS), SIZES[level].pages);
        assert_int_equal(PIECES - hits_of_round(f, BYTES, PIECE), SIZES[level].second);
        fixture_close(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits_end_at_entries_times_the_size_of_a_page),
        cmocka_unit_test(larger_pages_miss_less_need_smaller_tables_and_waste_more),
    };
    return fixture_run("reach", tests);
}
