/* Frames: the free list, junk, and frames that are given back wrongly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/os/frames.h"
#include "tests/support/golden_port.h"

typedef struct fixture {
    golden_machine *machine;
    os_port port;
    os_frames *frames;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->machine = golden_open();
    f->port = golden_port(f->machine);
    f->frames = os_frames_open(&f->port, GOLDEN_FIRST, 4);
    *state = f;
    return f->frames == NULL;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    os_frames_close(f->frames);
    free(f->machine);
    free(f);
    return 0;
}

static void every_frame_is_given_out_once(void **state)
{
    fixture *f = *state;
    unsigned seen = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t ppn = 0;
        assert_int_equal(os_frames_take(f->frames, OS_FRAME_USER, &ppn, NULL), TW_OK);
        assert_in_range(ppn, GOLDEN_FIRST, GOLDEN_FIRST + 3);
        seen |= 1u << (ppn - GOLDEN_FIRST);
    }
    assert_int_equal(seen, 15);
    assert_int_equal(os_frames_free(f->frames), 0);
}

static void an_empty_list_is_reported(void **state)
{
    fixture *f = *state;
    uint64_t ppn;
    tw_error error = {0};
    for (int i = 0; i < 4; i++)
        os_frames_take(f->frames, OS_FRAME_USER, &ppn, NULL);
    assert_int_equal(os_frames_take(f->frames, OS_FRAME_USER, &ppn, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "all 4 frames are in use: give more with --frames");
}

static void a_row_is_taken_from_the_middle_of_the_free_list(void **state)
{
    fixture *f = *state;
    uint64_t a, b, row;
    os_frames_take(f->frames, OS_FRAME_USER, &a, NULL);
    os_frames_take(f->frames, OS_FRAME_USER, &b, NULL);
    os_frames_give(f->frames, a, NULL); /* free, in the list's order: 0, 2, 3 */
    assert_int_equal(os_frames_take_row(f->frames, 2, OS_FRAME_TABLE, &row, NULL), TW_OK);
    assert_int_equal(row, GOLDEN_FIRST + 2);
    assert_int_equal(os_frames_find(f->frames, row + 1)->use, OS_FRAME_TABLE);
    assert_int_equal(os_frames_free(f->frames), 1);
    assert_int_equal(os_frames_take(f->frames, OS_FRAME_USER, &row, NULL), TW_OK);
    assert_int_equal(row, a);
    assert_int_equal(os_frames_free(f->frames), 0);
}

static void free_frames_that_do_not_touch_are_no_row(void **state)
{
    fixture *f = *state;
    uint64_t ppn[3], row;
    tw_error error = {0};
    for (int i = 0; i < 3; i++)
        os_frames_take(f->frames, OS_FRAME_USER, &ppn[i], NULL);
    os_frames_give(f->frames, ppn[1], NULL);
    assert_int_equal(os_frames_take_row(f->frames, 2, OS_FRAME_TABLE, &row, &error), TW_NO_MEMORY);
    assert_string_equal(error.text, "no 2 free frames in a row are left of 4: give more with "
                                    "--frames");
    assert_int_equal(os_frames_free(f->frames), 2);
}

static void the_frame_freed_last_is_taken_first(void **state)
{
    fixture *f = *state;
    uint64_t first, second, again;
    os_frames_take(f->frames, OS_FRAME_USER, &first, NULL);
    os_frames_take(f->frames, OS_FRAME_USER, &second, NULL);
    os_frames_give(f->frames, first, NULL);
    os_frames_take(f->frames, OS_FRAME_TABLE, &again, NULL);
    assert_int_equal(again, first);
    assert_int_equal(os_frames_find(f->frames, again)->use, OS_FRAME_TABLE);
}

static void a_freed_frame_holds_junk(void **state)
{
    fixture *f = *state;
    uint64_t ppn;
    os_frames_take(f->frames, OS_FRAME_USER, &ppn, NULL);
    *golden_word(f->machine, (ppn << PAGE_SHIFT) + 4088) = 42;
    os_frames_give(f->frames, ppn, NULL);
    assert_int_equal(*golden_word(f->machine, (ppn << PAGE_SHIFT) + 4088), 0xa5a5a5a5a5a5a5a5);
}

static void a_double_free_is_caught(void **state)
{
    fixture *f = *state;
    uint64_t ppn;
    tw_error error = {0};
    os_frames_take(f->frames, OS_FRAME_USER, &ppn, NULL);
    assert_int_equal(os_frames_give(f->frames, ppn, NULL), TW_OK);
    assert_int_equal(os_frames_give(f->frames, ppn, &error), TW_USAGE);
    assert_string_equal(error.text, "frame 0x80000 was freed twice");
    assert_int_equal(os_frames_free(f->frames), 4);
}

static void a_foreign_frame_is_not_taken_in(void **state)
{
    fixture *f = *state;
    assert_int_equal(os_frames_give(f->frames, GOLDEN_FIRST - 1, NULL), TW_USAGE);
    assert_int_equal(os_frames_give(f->frames, GOLDEN_FIRST + 4, NULL), TW_USAGE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest frames[] = {
        TEST(every_frame_is_given_out_once),
        TEST(an_empty_list_is_reported),
        TEST(a_row_is_taken_from_the_middle_of_the_free_list),
        TEST(free_frames_that_do_not_touch_are_no_row),
        TEST(the_frame_freed_last_is_taken_first),
        TEST(a_freed_frame_holds_junk),
        TEST(a_double_free_is_caught),
        TEST(a_foreign_frame_is_not_taken_in),
    };
    return cmocka_run_group_tests(frames, NULL, NULL);
}
