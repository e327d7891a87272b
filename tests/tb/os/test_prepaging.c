/*
 * Prepaging by a window: whoever had to wait for page n asks for the w pages after it at once
 * (madvise, WILLNEED). It divides the waits of a run in order by w + 1, and reads in vain what
 * nobody touches.
 */
#include <unistd.h>

#include "tests/support/call_bench.h"

enum { MANY = 64, FRAMES = 128 };

static const uint64_t WINDOW[] = {0, 1, 3, 7, 15};

enum { WINDOWS = sizeof WINDOW / sizeof *WINDOW };

typedef struct result {
    uint64_t major, read, touched;
} result;

/* Loads from every `stride`-th of MANY pages of a file that is not in memory. */
static result play(uint64_t window, uint64_t stride)
{
    const os_options options = {.swap_slots = 1, .adue = true};
    call_bench *b = call_bench_open(MODE_SV39, 1, FRAMES, &options);
    char path[BROKEN_PATH];
    tw_error error = {0};
    os_object *file = bench_file(b, path, MANY, false);
    uint64_t va = bench_map_object(b, file, MANY, OS_R, 0);
    result r = {0};
    for (uint64_t i = 0; i < MANY; i += stride) {
        uint64_t major = b->process->major_faults, left = MANY - 1 - i;
        bench_load(b, va + PAGE(i));
        r.touched++;
        uint64_t pages = b->process->major_faults == major ? 0 : window < left ? window : left;
        if (pages > 0)
            bench_ok(os_madvise(b->system, b->process, va + PAGE(i + 1), PAGE(pages),
                                OS_ADVISE_WILLNEED, &error),
                     &error);
    }
    r.major = b->process->major_faults;
    r.read = os_statistics(b->system)->file_reads;
    assert_int_equal(os_object_drop(b->system, file, NULL), TW_OK);
    call_bench_close(b);
    unlink(path);
    return r;
}

static void a_window_of_w_pages_divides_the_faults_of_a_run_in_order_by_w_plus_1(void **state)
{
    (void)state;
    for (size_t i = 0; i < WINDOWS; i++) {
        result r = play(WINDOW[i], 1);
        assert_int_equal(r.major, MANY / (WINDOW[i] + 1));
        assert_int_equal(r.read, MANY);
        assert_int_equal(r.read - r.touched, 0);
    }
}

/* One page of 16: the window never reaches the next one. */
static void what_is_prepaged_and_not_used_is_read_in_vain(void **state)
{
    (void)state;
    enum { STRIDE = 16 };
    for (size_t i = 0; i < WINDOWS; i++) {
        result r = play(WINDOW[i], STRIDE);
        assert_int_equal(r.major, MANY / STRIDE);
        assert_int_equal(r.read - r.touched, MANY / STRIDE * WINDOW[i]);
    }
}

int main(void)
{
    const struct CMUnitTest prepaging[] = {
        cmocka_unit_test(a_window_of_w_pages_divides_the_faults_of_a_run_in_order_by_w_plus_1),
        cmocka_unit_test(what_is_prepaged_and_not_used_is_read_in_vain),
    };
    return cmocka_run_group_tests_name("prepaging", prepaging, NULL, NULL);
}
