/* What the OS must be given: modes and frames that make sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/os/os.h"
#include "tests/support/golden_port.h"

static os_options options_of(unsigned mode, uint64_t first_frame, size_t frames)
{
    return (os_options){
        .mode = mode, .first_frame = first_frame, .frames = frames, .swap_slots = 8, .adue = true};
}

/* Both os_check and os_open say so. */
static void expect_refused(os_options options, const char *text)
{
    golden_machine *machine = golden_open();
    os_port port = golden_port(machine);
    tw_error error = {0}, opening = {0};
    assert_int_equal(os_check(&options, 1, &error), TW_USAGE);
    assert_string_equal(error.text, text);
    assert_null(os_open(&port, &options, &opening));
    assert_int_equal(opening.status, TW_USAGE);
    assert_string_equal(opening.text, text);
    free(machine);
}

static void too_few_frames_are_refused(void **state)
{
    (void)state;
    expect_refused(options_of(MODE_SV48, GOLDEN_FIRST, 5),
                   "5 frames are too few: 1 process in Sv48 needs at least 6 (4 for page tables, "
                   "2 for pages)");
    expect_refused(options_of(MODE_SV32, GOLDEN_FIRST, 3),
                   "3 frames are too few: 1 process in Sv32 needs at least 4 (2 for page tables, "
                   "2 for pages)");
    expect_refused(options_of(MODE_LINEAR, GOLDEN_FIRST, 1025),
                   "1 frame is too few: 1 process in linear needs at least 2, besides 1024 for "
                   "page tables");
    expect_refused(options_of(MODE_LINEAR, GOLDEN_FIRST, 1000),
                   "0 frames are too few: 1 process in linear needs at least 2, besides 1024 for "
                   "page tables");
    expect_refused(options_of(MODE_HASHED, 0, 3),
                   "1 frame is too few: 1 process in hashed needs at least 2, besides 2 for "
                   "page tables");
}

static void the_page_of_zeros_needs_a_frame_too(void **state)
{
    (void)state;
    os_options options = options_of(MODE_SV48, GOLDEN_FIRST, 6);
    assert_int_equal(os_check(&options, 1, NULL), TW_OK);
    options.zero_page = true;
    assert_int_equal(os_check(&options, 1, NULL), TW_USAGE);
    options.frames++;
    assert_int_equal(os_check(&options, 1, NULL), TW_OK);
}

static void a_mode_without_page_tables_is_refused(void **state)
{
    (void)state;
    expect_refused(options_of(MODE_BARE, GOLDEN_FIRST, 50),
                   "the OS needs a mode with page tables, and Bare has none");
}

static void frames_that_a_pte_cannot_name_are_refused(void **state)
{
    (void)state;
    expect_refused(
        options_of(MODE_SV32, (1 << 22) - 49, 50),
        "too many frames: page numbers in Sv32 are below 0x400000, so that at most 49 fit from "
        "0x3fffcf on");
    const os_options last[] = {options_of(MODE_SV32, (1 << 22) - 50, 50),
                               options_of(MODE_HASHED, 0, 1 << 20)};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(os_check(&last[i], 1, NULL), TW_OK);
}

/* The most that fit, besides the row, are as many as --frames may say. */
static void the_sentence_names_the_most_frames_that_fit(void **state)
{
    (void)state;
    expect_refused(options_of(MODE_HASHED, 0, (1 << 20) + 1),
                   "too many frames: page numbers in hashed are below 0x100000, so that at most "
                   "1044480 fit from 0 on, besides 4096 for page tables");
    assert_int_equal(os_row_frames(MODE_HASHED, 1044480, 1), 4096);
    assert_true(1044481 + os_row_frames(MODE_HASHED, 1044481, 1) > 1 << 20);
    expect_refused(options_of(MODE_LINEAR, (1 << 22) - 2000, 2001),
                   "too many frames: page numbers in linear are below 0x400000, so that at most "
                   "976 fit from 0x3ff830 on, besides 1024 for page tables");
}

/* However large: their sum with the first must not wrap, and there is no power of two above
 * them. */
static void any_number_of_frames_has_an_answer(void **state)
{
    (void)state;
    static const unsigned modes[] = {MODE_SV32, MODE_SV57, MODE_LINEAR, MODE_HASHED};
    static const size_t many[] = {SIZE_MAX, SIZE_MAX / 2 + 2, SIZE_MAX - GOLDEN_FIRST + 50};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        for (size_t j = 0; j < sizeof many / sizeof *many; j++) {
            os_options o = options_of(modes[i], golden_first(modes[i]), many[j]);
            assert_int_equal(os_check(&o, 1, NULL), TW_USAGE);
        }
    os_options beyond = options_of(MODE_SV39, UINT64_MAX - 9, 60);
    assert_int_equal(os_check(&beyond, 1, NULL), TW_USAGE);
    assert_int_equal(os_row_frames(MODE_HASHED, SIZE_MAX, 1), 0);
}

static void bare_segments_are_checked_too(void **state)
{
    (void)state;
    os_options o = options_of(MODE_BARE, GOLDEN_FIRST, 1);
    o.segmented = true;
    assert_int_equal(os_check(&o, 1, NULL), TW_OK);
    o.frames = SIZE_MAX;
    assert_int_equal(os_check(&o, 1, NULL), TW_USAGE);
    o.frames = 1;
    o.swap_slots = (size_t)1 << 32;
    assert_int_equal(os_check(&o, 1, NULL), TW_USAGE);
}

static void a_hashed_table_begins_with_frame_0(void **state)
{
    (void)state;
    expect_refused(
        options_of(MODE_HASHED, 1, 50),
        "the hashed table has an entry for each frame from frame 0 on: the first frame of "
        "the OS must be 0, and is 0x1");
}

static void a_swap_file_of_too_many_slots_is_refused(void **state)
{
    (void)state;
    os_options options = options_of(MODE_SV39, GOLDEN_FIRST, 50);
    options.swap_slots = UINT32_MAX;
    assert_int_equal(os_check(&options, 1, NULL), TW_OK);
    options.swap_slots++;
    expect_refused(options, "a swap file has at most 4294967295 slots: 4294967296 are too many");
}

/* The row of hashed mode has entries for its own frames: 509 more fill a table of one frame, and
 * their anchors one; beyond that each takes one more. */
static void rows_are_as_long_as_they_need_to_be(void **state)
{
    (void)state;
    assert_int_equal(os_row_frames(MODE_SV39, 100, 3), 0);
    assert_int_equal(os_row_frames(MODE_LINEAR, 100, 3), 3 * 1024);
    assert_int_equal(os_row_frames(MODE_HASHED, 2, 3), 2);
    assert_int_equal(os_row_frames(MODE_HASHED, 510, 3), 2);
    assert_int_equal(os_row_frames(MODE_HASHED, 511, 3), 4);
    for (size_t frames = 2; frames < 5000; frames++) {
        size_t row = os_row_frames(MODE_HASHED, frames, 1), all = frames + row;
        size_t anchors = 512; /* those that a frame has room for */
        while (anchors < all)
            anchors *= 2;
        assert_int_equal(row, (all + 511) / 512 + anchors / 512);
    }
}

static void when_page_tables_fill_memory_the_process_is_killed(void **state)
{
    (void)state;
    enum { CODE = 0x10000, DATA = 0x40000000 };
    golden_machine *machine = golden_open();
    os_port port = golden_port(machine);
    os_options options = options_of(MODE_SV39, GOLDEN_FIRST, 5);
    os *system = os_open(&port, &options, NULL);
    os_process *process = NULL;
    uint64_t pa;
    assert_int_equal(os_spawn(system, &process, NULL), TW_OK);
    os_region code = {CODE, CODE + OS_PAGE_BYTES, OS_X}, data = {DATA, DATA + OS_PAGE_BYTES, OS_R};
    os_process_add_region(system, process, code, NULL);
    os_process_add_region(system, process, data, NULL);
    assert_int_equal(os_switch(system, process, NULL), TW_OK);
    golden_load(machine, system, DATA); /* three tables; code needs two more, and a page */
    assert_false(golden_run(machine, system, OP_FETCH, CODE, &pa));
    assert_int_equal(process->death.reason, OS_REASON_NO_FRAME);
    os_close(system);
    free(machine);
}

int main(void)
{
    const struct CMUnitTest check[] = {
        cmocka_unit_test(too_few_frames_are_refused),
        cmocka_unit_test(the_page_of_zeros_needs_a_frame_too),
        cmocka_unit_test(a_mode_without_page_tables_is_refused),
        cmocka_unit_test(frames_that_a_pte_cannot_name_are_refused),
        cmocka_unit_test(the_sentence_names_the_most_frames_that_fit),
        cmocka_unit_test(any_number_of_frames_has_an_answer),
        cmocka_unit_test(bare_segments_are_checked_too),
        cmocka_unit_test(a_hashed_table_begins_with_frame_0),
        cmocka_unit_test(a_swap_file_of_too_many_slots_is_refused),
        cmocka_unit_test(rows_are_as_long_as_they_need_to_be),
        cmocka_unit_test(when_page_tables_fill_memory_the_process_is_killed),
    };
    return cmocka_run_group_tests(check, NULL, NULL);
}
