/* Low and high memory when one of them is short: what is taken away is of use to who needs it. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/call_bench.h"
#include "tests/support/kernel_bench.h"

enum { LOW = 16, FRAMES = 48, START = 0x40000000 };

static unsigned mode; /* of the tests that run */

typedef struct fixture {
    zones_setup setup;
    kernel_bench k;
    os_process *process;
    uint64_t va; /* FRAMES pages of anonymous memory */
} fixture;

/* FRAMES frames, LOW of them of low memory. */
static void start(fixture *f, bool zero_page)
{
    os_options o = kernel_bench_options(mode, LOW, &f->setup);
    o.frames = f->setup.node[0].count = FRAMES;
    o.zero_page = zero_page;
    f->k = kernel_bench_with(&o, GOLDEN_FIRST);
    f->process = kernel_bench_spawn(&f->k);
    const os_map_request request = {
        .address = START, .bytes = PAGE(FRAMES), .permissions = OS_R | OS_W, .fixed = true};
    tw_error error = {0};
    bench_ok(os_mmap(f->k.system, f->process, &request, &f->va, &error), &error);
}

static void stop(fixture *f)
{
    tw_error error = {0};
    bench_ok(os_audit(f->k.system, &error), &error);
    kernel_bench_close(&f->k);
}

static void store(const fixture *f, uint64_t page)
{
    golden_store(f->k.machine, f->k.system, f->va + PAGE(page), page);
}

static size_t low_free(const fixture *f)
{
    return (size_t)buddy_free(zones_buddy(os_frames_zones(f->k.system->frames), 0, false));
}

static size_t resident(const fixture *f)
{
    return os_space_resident(f->process->space);
}

/* New processes, until their tables have all of low memory that is free. */
static void fill_low_memory(const fixture *f)
{
    os_process *other;
    tw_error error = {0};
    while (low_free(f) > 0)
        bench_ok(os_spawn(f->k.system, &other, &error), &error);
}

static void a_table_that_finds_no_low_memory_leaves_high_memory_alone(void **state)
{
    (void)state;
    fixture f;
    start(&f, false);
    for (uint64_t page = 0; page < 14; page++)
        store(&f, page);
    fill_low_memory(&f);
    os_process *other;
    tw_error error = {0};
    assert_int_equal(os_spawn(f.k.system, &other, &error), TW_NO_MEMORY);
    assert_true(error.text[0] != '\0');
    assert_int_equal(resident(&f), 14);
    assert_int_equal(os_statistics(f.k.system)->swap_out, 0);
    stop(&f);
}

static void a_table_takes_the_frame_of_a_page_in_low_memory(void **state)
{
    (void)state;
    fixture f;
    start(&f, false);
    const uint64_t in_high = FRAMES - LOW;
    for (uint64_t page = 0; page < in_high + 2; page++) /* the last two are in low memory */
        store(&f, page);
    fill_low_memory(&f);
    const size_t before = resident(&f);
    os_process *other;
    tw_error error = {0};
    bench_ok(os_spawn(f.k.system, &other, &error), &error);
    assert_int_equal(resident(&f), before - 1);
    bench_ok(os_spawn(f.k.system, &other, &error), &error);
    assert_int_equal(resident(&f), in_high);
    assert_int_equal(os_spawn(f.k.system, &other, &error), TW_NO_MEMORY);
    assert_int_equal(resident(&f), in_high);
    stop(&f);
}

static void without_a_frame_for_the_page_of_zeros_a_load_gets_a_page_of_its_own(void **state)
{
    (void)state;
    fixture f;
    start(&f, true);
    store(&f, 0);
    fill_low_memory(&f);
    assert_true(os_frames_free(f.k.system->frames) > 0);
    assert_int_equal(golden_load(f.k.machine, f.k.system, f.va + PAGE(3)), 0);
    assert_null(f.k.system->zero);
    stop(&f);
}

static void low_memory_too_small_for_the_first_tables_is_refused(void **state)
{
    (void)state;
    zones_setup setup;
    os_options o = kernel_bench_options(mode, mode_levels(mode) - 1, &setup);
    o.kernel_map = false;
    tw_error error = {0};
    assert_int_equal(os_check(&o, 1, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "low memory"));
    golden_machine *machine = golden_open();
    const os_port port = golden_port(machine);
    assert_null(os_open(&port, &o, NULL));
    free(machine);
}

int main(void)
{
    const struct CMUnitTest pressure[] = {
        cmocka_unit_test(a_table_that_finds_no_low_memory_leaves_high_memory_alone),
        cmocka_unit_test(a_table_takes_the_frame_of_a_page_in_low_memory),
        cmocka_unit_test(without_a_frame_for_the_page_of_zeros_a_load_gets_a_page_of_its_own),
        cmocka_unit_test(low_memory_too_small_for_the_first_tables_is_refused),
    };
    return kernel_bench_in_every_tree("zones_pressure", pressure,
                                      sizeof pressure / sizeof *pressure, &mode);
}
