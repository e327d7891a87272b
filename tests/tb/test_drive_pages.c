/* The page tables that lists are played on, in every mode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tb/drive.h"
#include "tb/drive_pages.h"

enum { MODES = 6 };

static const unsigned modes[MODES] = {MODE_SV32, MODE_SV39,   MODE_SV48,
                                      MODE_SV57, MODE_LINEAR, MODE_HASHED};

/* Of 64 pages the i-th: one after the other from either end of the mode's addresses. */
static uint64_t lowest_or_highest(unsigned mode, uint64_t i)
{
    uint64_t last = mode_narrow(mode) ? UINT32_MAX : UINT64_MAX;
    return i % 2 == 0 ? i << 12 : last - (i << 12);
}

/* Plays the list on `engine`, which it closes. */
static drive_result play(tw_engine *engine, const drive_list *list, drive_options options)
{
    drive_result result;
    tw_error error = {0};
    assert_non_null(engine);
    if (drive_run(engine, list, &options, &result, &error) != TW_OK)
        fail_msg("%s: %s", tw_mode_name(options.mode), error.text);
    tw_engine_close(engine);
    return result;
}

static tw_engine *model(void)
{
    return tw_model_open(tw_config_named("default"));
}

/* ---- any mode -------------------------------------------------------------------------------- */

static void every_mode_translates_its_lowest_and_its_highest_pages(void **state)
{
    (void)state;
    for (unsigned m = 0; m < MODES; m++) {
        drive_list list = {0};
        for (uint64_t i = 0; i < 64; i++)
            drive_list_add(&list, lowest_or_highest(modes[m], i), OP_LOAD, NULL);
        drive_result result = play(
            model(), &list,
            (drive_options){.latency = 1, .outstanding = 4, .clear_ad = true, .mode = modes[m]});
        assert_int_equal(result.accesses, 64);
        assert_int_equal(result.swaps, 64);
        drive_list_close(&list);
    }
}

static tw_translation golden_store(const drive_pages *tables, uint64_t va)
{
    tw_request request = {.va = va, .op = OP_STORE, .priv = PRIV_S};
    tw_bus bus = tw_memory_bus(tables->memory);
    tw_translation got;
    tw_translate(&tables->control, &request, &bus, &got);
    return got;
}

/* The pages between those that are mapped are told to be absent, without a read that fails. */
static void the_golden_model_finds_every_page_in_its_frame_and_no_other(void **state)
{
    (void)state;
    for (unsigned m = 0; m < MODES; m++) {
        tw_memory *memory = tw_memory_open(
            &(tw_memory_options){.latency_min = 1, .latency_max = 1, .strict = true});
        drive_pages tables;
        assert_int_equal(drive_pages_open(&tables, modes[m], memory, true, 64), TW_OK);
        for (uint64_t i = 0; i < 64; i++)
            assert_int_equal(drive_pages_map(&tables, lowest_or_highest(modes[m], i)), TW_OK);
        for (uint64_t i = 0; i < 64; i++) {
            uint64_t va = lowest_or_highest(modes[m], i);
            tw_translation got = golden_store(&tables, va);
            assert_int_equal(got.cause, CAUSE_NONE);
            assert_int_equal(got.pa, drive_pages_pa(&tables, va));
            got = golden_store(&tables, va ^ UINT64_C(1) << PAGE_SHIFT);
            assert_int_equal(got.cause, CAUSE_STORE_PAGE);
            assert_int_equal(got.check, CHECK_VALID);
        }
        tw_memory_close(memory);
    }
}

static void every_page_has_a_frame_of_its_own(void **state)
{
    (void)state;
    const uint64_t pages = 1 << 20;
    const unsigned mode[] = {MODE_SV32, MODE_SV39, MODE_LINEAR, MODE_HASHED};
    for (unsigned m = 0; m < 4; m++) {
        const drive_pages tables = {.mode = mode[m]};
        const unsigned bits = mode[m] == MODE_HASHED ? 32 : mode_narrow(mode[m]) ? 34 : 56;
        uint8_t *taken = calloc(1 << 27, 1); /* by the low bits of a frame's number */
        assert_non_null(taken);
        for (uint64_t i = 0; i < pages; i++) {
            uint64_t va = i << PAGE_SHIFT | 0xabc, pa = drive_pages_pa(&tables, va);
            assert_int_equal(pa & 0xfff, 0xabc);
            assert_int_equal(taken[pa >> PAGE_SHIFT & ((1 << 27) - 1)]++, 0);
            assert_int_equal(pa >> bits, 0);
        }
        free(taken);
    }
}

/* ---- the inverted table ---------------------------------------------------------------------- */

static drive_list pages_of(const unsigned *page, size_t count)
{
    drive_list list = {0};
    for (size_t i = 0; i < count; i++)
        drive_list_add(&list, (uint64_t)page[i] << PAGE_SHIFT, OP_LOAD, NULL);
    return list;
}

/* Four pages have four anchors, these all the first one. The page that was mapped last is the first
 * of the chain, so places are 4, 3, 2, 1: each a walk of 2 + (1 + place) * (M + 1) cycles. */
static void a_page_costs_a_read_for_its_anchor_and_one_for_each_place_in_its_chain(void **state)
{
    (void)state;
    const unsigned page[] = {0, 4, 8, 12};
    drive_list list = pages_of(page, 4);
    for (uint32_t m = 1; m <= 20; m++) {
        drive_result r = play(model(), &list,
                              (drive_options){.latency = m, .outstanding = 1, .mode = MODE_HASHED});
        assert_int_equal(r.walks, 4);
        assert_int_equal(r.reads, (1 + 4) + (1 + 3) + (1 + 2) + (1 + 1));
        assert_int_equal(r.cycles, 4 * 2 + r.reads * (m + 1) + 1);
    }
    drive_list_close(&list);
}

static void there_are_as_many_anchors_as_pages_up_to_the_next_power_of_two(void **state)
{
    (void)state;
    const struct {
        size_t pages;
        unsigned bits;
    } some[] = {{1, 0}, {2, 1}, {3, 2}, {4, 2}, {5, 3}, {1024, 10}, {1025, 11}, {1 << 20, 20}};
    for (unsigned i = 0; i < sizeof some / sizeof *some; i++) {
        tw_memory *memory =
            tw_memory_open(&(tw_memory_options){.latency_min = 1, .latency_max = 1});
        drive_pages tables;
        assert_int_equal(drive_pages_open(&tables, MODE_HASHED, memory, true, some[i].pages),
                         TW_OK);
        assert_int_equal(TW_GET(tables.control.hash_anchors, HASH_ANCHORS, BITS), some[i].bits);
        tw_memory_close(memory);
    }
}

/* Three pages, of which two hash to anchor 1 of 4: with an anchor for each access, or with one for
 * all, there would be more or fewer reads. */
static void accesses_of_one_page_count_as_one_page(void **state)
{
    (void)state;
    const unsigned page[] = {1, 5, 2, 1, 5, 2, 1, 5, 2};
    drive_list list = pages_of(page, 9);
    size_t pages = 0;
    assert_int_equal(drive_list_pages(&list, &pages, NULL), TW_OK);
    assert_int_equal(pages, 3);
    drive_result r =
        play(model(), &list, (drive_options){.latency = 1, .outstanding = 1, .mode = MODE_HASHED});
    assert_int_equal(r.walks, 3);
    assert_int_equal(r.reads, (1 + 2) + (1 + 1) + (1 + 1));
    drive_list_close(&list);
}

static void lockstep_walks_the_inverted_table_as_the_model_does(void **state)
{
    (void)state;
    const tw_config *built = tw_rtl_built();
    if ((built->modes >> MODE_HASHED & 1) == 0)
        skip();
    drive_list list = {0};
    for (unsigned i = 0; i < 3000; i++)
        drive_list_add(&list, (i * i * UINT64_C(0x9e3779b1)) & 0xffff0ff8,
                       i % 3 == 0   ? OP_FETCH
                       : i % 3 == 1 ? OP_LOAD
                                    : OP_STORE,
                       NULL);
    for (unsigned k = 1; k <= 16; k *= 4) {
        drive_options options = {
            .latency = 3, .outstanding = k, .clear_ad = true, .mode = MODE_HASHED};
        drive_result one = play(tw_model_open(built), &list, options);
        drive_result both =
            play(tw_lockstep_open(tw_rtl_open(built), tw_model_open(built)), &list, options);
        assert_int_equal(both.accesses, 3000);
        assert_int_equal(both.mismatches, 0);
        assert_int_equal(both.cycles, one.cycles);
        assert_int_equal(both.reads, one.reads);
        assert_true(both.swaps > 0);
    }
    drive_list_close(&list);
}

int main(void)
{
    const struct CMUnitTest pages[] = {
        cmocka_unit_test(every_mode_translates_its_lowest_and_its_highest_pages),
        cmocka_unit_test(the_golden_model_finds_every_page_in_its_frame_and_no_other),
        cmocka_unit_test(every_page_has_a_frame_of_its_own),
        cmocka_unit_test(a_page_costs_a_read_for_its_anchor_and_one_for_each_place_in_its_chain),
        cmocka_unit_test(there_are_as_many_anchors_as_pages_up_to_the_next_power_of_two),
        cmocka_unit_test(accesses_of_one_page_count_as_one_page),
        cmocka_unit_test(lockstep_walks_the_inverted_table_as_the_model_does),
    };
    return cmocka_run_group_tests(pages, NULL, NULL);
}
