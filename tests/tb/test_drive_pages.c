/* The page tables that lists are played on, in every mode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/drive.h"
#include "tb/drive_pages.h"

static void every_mode_translates_its_lowest_and_its_highest_pages(void **state)
{
    (void)state;
    const unsigned mode[] = {MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57, MODE_LINEAR};
    for (unsigned m = 0; m < 5; m++) {
        drive_list list = {0};
        drive_result result;
        tw_error error = {0};
        for (uint64_t i = 0; i < 64; i++) {
            uint64_t last = mode_narrow(mode[m]) ? UINT32_MAX : UINT64_MAX;
            drive_list_add(&list, i % 2 == 0 ? i << 12 : last - (i << 12), OP_LOAD, NULL);
        }
        tw_engine *engine = tw_model_open(tw_config_named("default"));
        drive_options options = {.latency = 1, .outstanding = 4, .clear_ad = true, .mode = mode[m]};
        if (drive_run(engine, &list, &options, &result, &error) != TW_OK)
            fail_msg("%s: %s", tw_mode_name(mode[m]), error.text);
        assert_int_equal(result.accesses, 64);
        assert_int_equal(result.swaps, 64);
        tw_engine_close(engine);
        drive_list_close(&list);
    }
}

static void every_page_has_a_frame_of_its_own(void **state)
{
    (void)state;
    const uint64_t pages = 1 << 20;
    const unsigned mode[] = {MODE_SV32, MODE_SV39, MODE_LINEAR};
    for (unsigned m = 0; m < 3; m++) {
        const drive_pages tables = {.mode = mode[m]};
        uint8_t *taken = calloc(1 << 27, 1); /* by the low bits of a frame's number */
        assert_non_null(taken);
        for (uint64_t i = 0; i < pages; i++) {
            uint64_t va = i << PAGE_SHIFT | 0xabc, pa = drive_pages_pa(&tables, va);
            assert_int_equal(pa & 0xfff, 0xabc);
            assert_int_equal(taken[pa >> PAGE_SHIFT & ((1 << 27) - 1)]++, 0);
            assert_true(!mode_narrow(mode[m]) || pa >> 34 == 0);
        }
        free(taken);
    }
}

int main(void)
{
    const struct CMUnitTest pages[] = {
        cmocka_unit_test(every_mode_translates_its_lowest_and_its_highest_pages),
        cmocka_unit_test(every_page_has_a_frame_of_its_own),
    };
    return cmocka_run_group_tests(pages, NULL, NULL);
}
