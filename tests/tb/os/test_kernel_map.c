/* The kernel's part of every address space, in each mode whose page tables are trees: what the
 * golden model says of its addresses under the SATP of any process. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/kernel_bench.h"

static unsigned mode; /* of the group that runs */

static uint64_t address_of(const kernel_bench *b, uint64_t ppn)
{
    uint64_t va = 0;
    if (!os_kernel_address(b->system, ppn, &va))
        fail_msg("frame %#llx has no address", (unsigned long long)ppn);
    return va;
}

/* A load and a store of the kernel reach the frame. */
static void expect_reached(const kernel_bench *b, uint64_t ppn)
{
    const uint64_t va = address_of(b, ppn) + 0x328, pa = (ppn << PAGE_SHIFT) + 0x328;
    for (tw_op op = OP_LOAD; op <= OP_STORE; op++) {
        const tw_translation t = kernel_bench_walk(b, PRIV_S, op, va);
        if (t.cause != CAUSE_NONE || t.pa != pa || !t.global || t.accesses != t.reads)
            fail_msg("%s of %#llx in %s: expected pa %#llx, global, no swap; got %#llx, %s",
                     tw_op_name(op), (unsigned long long)va, tw_mode_name(mode),
                     (unsigned long long)pa, (unsigned long long)t.pa, tw_cause_name(t.cause));
    }
}

static void low_memory_has_its_address_under_every_satp(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, 0);
    for (unsigned p = 0; p < 3; p++) {
        kernel_bench_spawn(&b);
        for (uint64_t i = 0; i < KERNEL_FRAMES; i++)
            expect_reached(&b, GOLDEN_FIRST + i);
    }
    kernel_bench_close(&b);
}

static void it_is_the_physical_address_at_a_fixed_distance(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, 0);
    const uint64_t distance = os_kernel_start(mode) - ((uint64_t)GOLDEN_FIRST << PAGE_SHIFT);
    for (uint64_t i = 0; i < KERNEL_FRAMES; i++)
        assert_true(address_of(&b, GOLDEN_FIRST + i) ==
                    ((GOLDEN_FIRST + i) << PAGE_SHIFT) + distance);
    uint64_t va;
    assert_false(os_kernel_address(b.system, GOLDEN_FIRST - 1, &va));
    assert_false(os_kernel_address(b.system, GOLDEN_FIRST + KERNEL_FRAMES, &va));
    kernel_bench_close(&b);
}

static void a_program_gets_a_page_fault_there(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, 0);
    kernel_bench_spawn(&b);
    for (uint64_t i = 0; i < KERNEL_FRAMES; i += 255)
        for (tw_op op = OP_FETCH; op <= OP_STORE; op++) {
            const uint64_t va = address_of(&b, GOLDEN_FIRST + i);
            const tw_translation t = kernel_bench_walk(&b, PRIV_U, op, va);
            assert_int_equal(t.cause, page_fault(op));
            assert_int_equal(t.check, CHECK_USER);
        }
    kernel_bench_close(&b);
}

static void the_kernel_executes_nothing_there(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, 0);
    kernel_bench_spawn(&b);
    const tw_translation t = kernel_bench_walk(&b, PRIV_S, OP_FETCH, address_of(&b, GOLDEN_FIRST));
    assert_int_equal(t.cause, CAUSE_FETCH_PAGE);
    assert_int_equal(t.check, CHECK_PERMISSION);
    kernel_bench_close(&b);
}

/* From a multiple of what a level-1 leaf maps on: as many as fit, and pages behind. */
static void leaves_are_as_large_as_they_can_be(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, 0);
    kernel_bench_spawn(&b);
    const uint64_t large = UINT64_C(1) << mode_index_bits(mode);
    for (uint64_t i = 0; i < KERNEL_FRAMES; i++) {
        const uint64_t va = address_of(&b, GOLDEN_FIRST + i);
        const tw_translation t = kernel_bench_walk(&b, PRIV_S, OP_LOAD, va);
        assert_int_equal(t.level, i < KERNEL_FRAMES / large * large ? 1 : 0);
    }
    kernel_bench_close(&b);
}

/* Where a frame and its address are aligned differently, only pages fit. */
static void memory_that_no_large_leaf_fits_is_mapped_by_pages(void **state)
{
    (void)state;
    zones_setup setup;
    const os_options options = kernel_bench_options(mode, KERNEL_FRAMES + 3, &setup);
    setup.base -= 3 << PAGE_SHIFT;
    kernel_bench b = kernel_bench_with(&options, GOLDEN_FIRST);
    kernel_bench_spawn(&b);
    for (uint64_t i = 0; i < KERNEL_FRAMES; i++) {
        const uint64_t va = address_of(&b, GOLDEN_FIRST + i);
        assert_true(va == os_kernel_start(mode) + ((i + 3) << PAGE_SHIFT));
        expect_reached(&b, GOLDEN_FIRST + i);
        assert_int_equal(kernel_bench_walk(&b, PRIV_S, OP_LOAD, va).level, 0);
    }
    kernel_bench_close(&b);
}

static void what_lies_behind_low_memory_is_not_mapped(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, 0);
    kernel_bench_spawn(&b);
    const uint64_t end = os_kernel_start(mode) + ((uint64_t)KERNEL_FRAMES << PAGE_SHIFT);
    const uint64_t beyond[] = {end, os_kernel_window(mode), os_kernel_end(mode) - 8};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++)
        assert_int_equal(kernel_bench_walk(&b, PRIV_S, OP_LOAD, beyond[i]).check, CHECK_VALID);
    kernel_bench_close(&b);
}

static void its_tables_take_as_many_frames_as_it_says(void **state)
{
    (void)state;
    /* The root, and down to a table of level 0; with the window another way down, whose tables
     * above that of level 1 are the same in Sv32 and Sv39. */
    static const size_t expected[2][6] = {{0, 0, 2, 3, 4, 5}, {0, 0, 3, 4, 6, 8}};
    for (unsigned high = 0; high < 2; high++) {
        const uint64_t low = high ? KERNEL_FRAMES - 1 : 0;
        zones_setup setup;
        const os_options options = kernel_bench_options(mode, low, &setup);
        const size_t tables = expected[high][mode_levels(mode)];
        assert_int_equal(os_kernel_map_frames(&options), tables);
        kernel_bench b = kernel_bench_open(mode, low);
        assert_int_equal(os_frames_free(b.system->frames), KERNEL_FRAMES - tables);
        assert_int_equal(b.system->counts.table_frames, tables);
        kernel_bench_close(&b);
    }
}

static void a_process_that_ends_leaves_it_to_the_others(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, 0);
    os_process *stays = kernel_bench_spawn(&b);
    const size_t free = os_frames_free(b.system->frames);
    kernel_bench_spawn(&b);
    assert_int_equal(os_exit(b.system, NULL), TW_OK);
    assert_int_equal(os_frames_free(b.system->frames), free);
    kernel_bench_switch(&b, stays);
    for (uint64_t i = 0; i < KERNEL_FRAMES; i++)
        expect_reached(&b, GOLDEN_FIRST + i);
    kernel_bench_close(&b);
}

static void a_process_has_all_addresses_below_it_and_none_of_it(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, 0);
    os_process *p = kernel_bench_spawn(&b);
    const uint64_t end = os_user_end(mode, true);
    assert_true(end <= os_kernel_start(mode));
    const os_region last = {end - OS_PAGE_BYTES, end, OS_R | OS_W};
    const os_region beyond = {end - OS_PAGE_BYTES, end + OS_PAGE_BYTES, OS_R};
    const os_region kernel = {os_kernel_start(mode), os_kernel_start(mode) + OS_PAGE_BYTES, OS_R};
    assert_int_equal(os_process_add_region(b.system, p, beyond, NULL), TW_USAGE);
    assert_int_equal(os_process_add_region(b.system, p, kernel, NULL), TW_USAGE);
    assert_int_equal(os_process_add_region(b.system, p, last, NULL), TW_OK);
    golden_store(b.machine, b.system, last.start, 5);
    assert_int_equal(golden_load(b.machine, b.system, last.start), 5);
    assert_int_equal(kernel_bench_walk(&b, PRIV_U, OP_LOAD, last.start).check, CHECK_NONE);
    expect_reached(&b, GOLDEN_FIRST);
    kernel_bench_close(&b);
}

static void an_access_of_a_program_to_it_is_the_end_of_the_process(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, 0);
    const os_process *p = kernel_bench_spawn(&b);
    uint64_t pa;
    assert_false(golden_run(b.machine, b.system, OP_STORE, os_kernel_start(mode), &pa));
    assert_int_equal(p->state, OS_KILLED);
    assert_int_equal(p->death.reason, OS_REASON_NO_REGION);
    kernel_bench_close(&b);
}

/* ---- once ---- */

/* The usual kernel of 32 bits on 1 GiB: 896 MiB are low, and the last of them is 0xF7FFFFFF. */
static void addresses_of_a_kernel_with_896_mib_are_those_of_the_textbook(void **state)
{
    (void)state;
    const zones_setup setup = zones_usual(1 << 18);
    const os_options options = {.mode = MODE_SV32,
                                .frames = 1 << 18,
                                .swap_slots = 64,
                                .adue = true,
                                .kernel_map = true,
                                .zones = &setup};
    kernel_bench b = kernel_bench_with(&options, 0x30000); /* where its smallest free block is */
    kernel_bench_spawn(&b);
    const tw_translation last = kernel_bench_walk(&b, PRIV_S, OP_LOAD, 0xf7ffffff);
    assert_int_equal(last.cause, CAUSE_NONE);
    assert_int_equal(last.pa, 0x37ffffff);
    assert_int_equal(last.size, 22); /* a leaf of 4 MiB, as are all others */
    assert_int_equal(kernel_bench_walk(&b, PRIV_S, OP_LOAD, 0xc0000000).pa, 0);
    assert_int_equal(kernel_bench_walk(&b, PRIV_S, OP_LOAD, 0xf8000000).check, CHECK_VALID);
    uint64_t va = 0;
    assert_false(os_kernel_address(b.system, 0x38000, &va));
    assert_int_equal(kmap_map(b.system->kernel->window, 0x38000, &va, NULL), TW_OK);
    assert_int_equal(va, 0xffc00000);
    assert_int_equal(kernel_bench_walk(&b, PRIV_S, OP_LOAD, va + 5).pa, 0x38000005);
    kernel_bench_close(&b);
}

static const os_options asked = {.first_frame = 0, .frames = 4096, .kernel_map = true};

static void expect_refused(os_options options, const char *sentence)
{
    tw_error error = {0};
    assert_int_equal(os_check(&options, 1, &error), TW_USAGE);
    assert_string_equal(error.text, sentence);
}

static void modes_without_trees_are_refused(void **state)
{
    (void)state;
    os_options options = asked;
    options.mode = MODE_LINEAR;
    expect_refused(options, "the kernel has a part of every address space only where page tables "
                            "are trees, and those of linear are none: use sv32, sv39, sv48 or "
                            "sv57");
    options.mode = MODE_HASHED;
    assert_int_equal(os_check(&options, 1, NULL), TW_USAGE);
    options.mode = MODE_BARE;
    options.segmented = true;
    assert_int_equal(os_check(&options, 1, NULL), TW_USAGE);
}

/* 1 GiB and the window of 4 MiB: 1020 MiB. */
static void low_memory_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    os_options options = asked;
    options.mode = MODE_SV32;
    options.frames = 1020 << 8;
    assert_int_equal(os_check(&options, 1, NULL), TW_OK);
    options.frames++;
    expect_refused(options, "low memory up to page 0x3fc01 does not fit into the kernel's part of "
                            "address spaces in Sv32, which has room up to page 0x3fc00: give zones "
                            "with a lower limit, or fewer frames");
    const zones_setup setup = zones_usual(options.frames);
    options.zones = &setup;
    assert_int_equal(os_check(&options, 1, NULL), TW_OK);
}

static void too_few_frames_for_its_tables_are_refused(void **state)
{
    (void)state;
    os_options options = asked;
    options.mode = MODE_SV39;
    options.frames = 3 + 3 + OS_PAGES_MIN; /* its tables; of a process, and its pages */
    assert_int_equal(os_check(&options, 1, NULL), TW_OK);
    options.frames--;
    assert_int_equal(os_check(&options, 1, NULL), TW_USAGE);
}

int main(void)
{
    const struct CMUnitTest kernel_map_tests[] = {
        cmocka_unit_test(low_memory_has_its_address_under_every_satp),
        cmocka_unit_test(it_is_the_physical_address_at_a_fixed_distance),
        cmocka_unit_test(a_program_gets_a_page_fault_there),
        cmocka_unit_test(the_kernel_executes_nothing_there),
        cmocka_unit_test(leaves_are_as_large_as_they_can_be),
        cmocka_unit_test(memory_that_no_large_leaf_fits_is_mapped_by_pages),
        cmocka_unit_test(what_lies_behind_low_memory_is_not_mapped),
        cmocka_unit_test(its_tables_take_as_many_frames_as_it_says),
        cmocka_unit_test(a_process_that_ends_leaves_it_to_the_others),
        cmocka_unit_test(a_process_has_all_addresses_below_it_and_none_of_it),
        cmocka_unit_test(an_access_of_a_program_to_it_is_the_end_of_the_process)};
    const struct CMUnitTest kernel_map_checks[] = {
        cmocka_unit_test(addresses_of_a_kernel_with_896_mib_are_those_of_the_textbook),
        cmocka_unit_test(modes_without_trees_are_refused),
        cmocka_unit_test(low_memory_that_does_not_fit_is_refused),
        cmocka_unit_test(too_few_frames_for_its_tables_are_refused)};
    return kernel_bench_in_every_tree("kernel_map", kernel_map_tests,
                                      sizeof kernel_map_tests / sizeof *kernel_map_tests, &mode) +
           cmocka_run_group_tests(kernel_map_checks, NULL, NULL);
}
