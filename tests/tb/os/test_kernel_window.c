/* High memory: it has an address only in the kernel's window, and only for a time. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/kernel_bench.h"

/* So that more frames are high than the window has slots in any mode. */
enum { LOW = 256, HIGH = GOLDEN_FIRST + LOW };

static unsigned mode; /* of the group that runs */

static void fill(uint8_t *bytes, unsigned seed)
{
    for (unsigned i = 0; i < OS_PAGE_BYTES; i++)
        bytes[i] = (uint8_t)(seed + i * 7 + (i >> 8));
}

static void high_memory_has_no_fixed_address(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, LOW);
    uint64_t va;
    kernel_bench_spawn(&b);
    assert_true(os_kernel_address(b.system, HIGH - 1, &va));
    assert_int_equal(kernel_bench_walk(&b, PRIV_S, OP_LOAD, va).cause, CAUSE_NONE);
    assert_false(os_kernel_address(b.system, HIGH, &va));
    assert_int_equal(kernel_bench_walk(&b, PRIV_S, OP_LOAD, va + OS_PAGE_BYTES).check, CHECK_VALID);
    kernel_bench_close(&b);
}

static void a_slot_of_the_window_leads_to_its_frame_under_every_satp(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, LOW);
    kmap *window = b.system->kernel->window;
    for (uint64_t i = 0; i < 6; i++) {
        uint64_t va = 0;
        if (i % 2 == 0)
            kernel_bench_spawn(&b);
        assert_int_equal(kmap_map(window, HIGH + i, &va, NULL), TW_OK);
        assert_true(va >= os_kernel_window(mode) && va < os_kernel_end(mode));
        const tw_translation t = kernel_bench_walk(&b, PRIV_S, OP_STORE, va + 24);
        assert_int_equal(t.cause, CAUSE_NONE);
        assert_true(t.pa == ((HIGH + i) << PAGE_SHIFT) + 24);
        assert_true(t.global);
        assert_int_equal(kernel_bench_walk(&b, PRIV_U, OP_LOAD, va).cause, CAUSE_LOAD_PAGE);
    }
    kernel_bench_close(&b);
}

static void bytes_written_to_any_frame_are_read_back(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, LOW);
    uint8_t bytes[OS_PAGE_BYTES], back[OS_PAGE_BYTES];
    for (uint64_t i = 16; i < KERNEL_FRAMES; i++) {
        fill(bytes, (unsigned)i);
        assert_int_equal(os_frame_write(b.system, GOLDEN_FIRST + i, bytes, NULL), TW_OK);
    }
    for (uint64_t i = 16; i < KERNEL_FRAMES; i++) {
        fill(bytes, (unsigned)i);
        assert_int_equal(os_frame_read(b.system, GOLDEN_FIRST + i, back, NULL), TW_OK);
        assert_memory_equal(bytes, back, sizeof bytes);
        assert_memory_equal(bytes, golden_word(b.machine, (GOLDEN_FIRST + i) << PAGE_SHIFT),
                            sizeof bytes);
    }
    kernel_bench_close(&b);
}

/* Slots of the window that lead somewhere. */
static size_t mapped_slots(const kernel_bench *b)
{
    size_t mapped = 0;
    for (uint64_t i = 0; i < os_kernel_slots(mode); i++) {
        const uint64_t va = os_kernel_window(mode) + (i << PAGE_SHIFT);
        mapped += kernel_bench_walk(b, PRIV_S, OP_LOAD, va).cause == CAUSE_NONE;
    }
    return mapped;
}

/* One fence for all slots at once, when none is clean: 2048 frames. */
static void slots_that_are_used_up_cost_one_fence(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, LOW);
    uint8_t bytes[OS_PAGE_BYTES] = {0};
    const size_t frames = KERNEL_FRAMES - LOW;
    const unsigned before = b.machine->fences;
    kernel_bench_spawn(&b);
    for (uint64_t i = 0; i < frames; i++)
        assert_int_equal(os_frame_write(b.system, HIGH + i, bytes, NULL), TW_OK);
    const size_t slots = os_kernel_slots(mode), fences = (frames - 1) / slots;
    assert_int_equal(kmap_fences(b.system->kernel->window), fences);
    assert_int_equal(b.machine->fences - before, fences);
    assert_int_equal(kmap_used(b.system->kernel->window), 0);
    assert_int_equal(mapped_slots(&b), slots);
    assert_int_equal(os_frame_write(b.system, HIGH, bytes, NULL), TW_OK);
    assert_int_equal(mapped_slots(&b), 1);
    kernel_bench_close(&b);
}

static void low_memory_needs_no_slot(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, LOW);
    uint8_t bytes[OS_PAGE_BYTES];
    assert_int_equal(os_frame_read(b.system, HIGH - 1, bytes, NULL), TW_OK);
    assert_int_equal(kmap_mapped(b.system->kernel->window), 0);
    assert_int_equal(os_frame_read(b.system, HIGH, bytes, NULL), TW_OK);
    assert_int_equal(kmap_mapped(b.system->kernel->window), 1);
    kernel_bench_close(&b);
}

static void while_all_slots_are_used_high_memory_has_to_wait(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, LOW);
    kmap *window = b.system->kernel->window;
    const size_t slots = os_kernel_slots(mode);
    uint8_t bytes[OS_PAGE_BYTES];
    uint64_t va = 0;
    bool idle = false;
    tw_error error = {0};
    for (size_t i = 0; i < slots; i++)
        assert_int_equal(kmap_map(window, HIGH + i, &va, NULL), TW_OK);
    assert_int_equal(os_frame_read(b.system, HIGH + slots, bytes, &error), TW_NO_MEMORY);
    assert_true(strlen(error.text) > 0);
    assert_int_equal(os_frame_read(b.system, HIGH, bytes, NULL), TW_OK);
    assert_int_equal(kmap_unmap(window, va, &idle, NULL), TW_OK);
    assert_true(idle);
    assert_int_equal(os_frame_read(b.system, HIGH + slots, bytes, NULL), TW_OK);
    kernel_bench_close(&b);
}

static tw_status refuse(void *context, uint64_t address, void *page, tw_error *error)
{
    (void)context, (void)address, (void)page;
    return tw_fail(error, TW_IO, "no answer from memory");
}

static void an_access_that_fails_leaves_no_slot_used(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, LOW);
    uint8_t bytes[OS_PAGE_BYTES];
    tw_error error = {0};
    b.system->port.read_page = refuse;
    assert_int_equal(os_frame_read(b.system, HIGH, bytes, &error), TW_IO);
    assert_string_equal(error.text, "no answer from memory");
    assert_int_equal(kmap_used(b.system->kernel->window), 0);
    kernel_bench_close(&b);
}

static void without_high_memory_there_is_no_window(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, 0);
    uint8_t bytes[OS_PAGE_BYTES];
    assert_null(b.system->kernel->window);
    assert_int_equal(os_frame_read(b.system, GOLDEN_FIRST + KERNEL_FRAMES - 1, bytes, NULL), TW_OK);
    kernel_bench_close(&b);
}

/* Pages of programs take high memory first, page tables low memory. */
static void a_program_runs_in_high_memory(void **state)
{
    (void)state;
    kernel_bench b = kernel_bench_open(mode, LOW);
    os_process *p = kernel_bench_spawn(&b);
    const os_region region = {0x10000, 0x10000 + 64 * OS_PAGE_BYTES, OS_R | OS_W};
    assert_int_equal(os_process_add_region(b.system, p, region, NULL), TW_OK);
    for (uint64_t va = region.start; va < region.end; va += OS_PAGE_BYTES) {
        golden_store(b.machine, b.system, va, va * 3);
        const tw_translation t = kernel_bench_walk(&b, PRIV_U, OP_LOAD, va);
        assert_true(t.pa >> PAGE_SHIFT >= HIGH);
        assert_true(t.pte_addr >> PAGE_SHIFT < HIGH);
    }
    for (uint64_t va = region.start; va < region.end; va += OS_PAGE_BYTES)
        assert_true(golden_load(b.machine, b.system, va) == va * 3);
    kernel_bench_close(&b);
}

/* ---- opening ---- */

static os *try_to_open(golden_machine *machine, uint64_t low, tw_error *error)
{
    zones_setup setup;
    const os_options options = kernel_bench_options(mode, low, &setup);
    const os_port port = golden_port(machine);
    return os_open(&port, &options, error);
}

static void an_os_that_gets_no_records_for_it_does_not_open(void **state)
{
    (void)state;
    golden_machine *machine = golden_open();
    os *system = NULL;
    for (size_t refuse = 1; system == NULL; refuse++) {
        tw_error error = {0};
        machine->records = (counted_records){.refuse = refuse};
        system = try_to_open(machine, LOW, &error);
        if (system == NULL) {
            assert_int_equal(error.status, TW_NO_MEMORY);
            assert_int_equal(machine->records.alive, 0);
        }
    }
    os_close(system);
    free(machine);
}

static void an_os_with_too_little_low_memory_for_it_is_refused(void **state)
{
    (void)state;
    zones_setup setup;
    const size_t tables = mode == MODE_SV32 ? 3 : 2 * mode_levels(mode) - 2;
    tw_error error = {0};
    os_options options = kernel_bench_options(mode, tables, &setup);
    const size_t least = os_kernel_map_frames(&options) + mode_levels(mode); /* a way to a page */
    options = kernel_bench_options(mode, least, &setup);
    assert_int_equal(os_check(&options, 1, NULL), TW_OK);
    options = kernel_bench_options(mode, least - 1, &setup);
    assert_int_equal(os_check(&options, 1, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "give a higher low limit"));
    options = kernel_bench_options(mode, tables - 1, &setup);
    assert_int_equal(os_check(&options, 1, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "give zones with a higher limit"));
}

/* ---- nothing else reaches it ---- */

/* The port as it was, and how often it reached high memory. */
static struct spy {
    os_port port;
    const kernel_bench *bench;
    unsigned reads, writes;
} spy;

static bool is_in_window(uint64_t ppn)
{
    const struct os_kernel *k = spy.bench->system->kernel;
    for (uint64_t i = 0; i < os_kernel_slots(mode); i++) {
        const uint64_t va = os_kernel_window(mode) + (i << PAGE_SHIFT);
        uint64_t pte = 0;
        assert_int_equal(os_pte_read(&spy.port, &k->table,
                                     pte_address(mode, k->window_table, va, 0), &pte, NULL),
                         TW_OK);
        if (pte_bit(pte, PTE_V) && pte_ppn(pte) == ppn)
            return true;
    }
    return false;
}

/* High memory, and the kernel has it in a used slot. */
static bool reaches_high(uint64_t address)
{
    if (address >> PAGE_SHIFT < HIGH)
        return false;
    assert_true(kmap_used(spy.bench->system->kernel->window) > 0);
    assert_true(is_in_window(address >> PAGE_SHIFT));
    return true;
}

static tw_status spied_read(void *context, uint64_t address, void *page, tw_error *error)
{
    spy.reads += reaches_high(address);
    return spy.port.read_page(context, address, page, error);
}

static tw_status spied_write(void *context, uint64_t address, const void *page, tw_error *error)
{
    spy.writes += reaches_high(address);
    return spy.port.write_page(context, address, page, error);
}

/* A program with more pages than frames: zeros, swap in both directions, junk. */
static void the_os_reaches_high_memory_only_through_the_window(void **state)
{
    (void)state;
    enum { PAGES = 400, FRAMES = LOW + 40 };
    zones_setup setup;
    os_options options = kernel_bench_options(mode, LOW, &setup);
    options.frames = setup.node[0].count = FRAMES;
    options.swap_slots = PAGES;
    kernel_bench b = kernel_bench_with(&options, GOLDEN_FIRST);
    os_process *p = kernel_bench_spawn(&b);
    const os_region region = {0x10000, 0x10000 + PAGES * OS_PAGE_BYTES, OS_R | OS_W};
    assert_int_equal(os_process_add_region(b.system, p, region, NULL), TW_OK);
    spy = (struct spy){.port = b.system->port, .bench = &b};
    b.system->port.read_page = spied_read;
    b.system->port.write_page = spied_write;
    for (uint64_t va = region.start; va < region.end; va += OS_PAGE_BYTES)
        golden_store(b.machine, b.system, va, va * 3);
    for (uint64_t va = region.start; va < region.end; va += OS_PAGE_BYTES)
        assert_true(golden_load(b.machine, b.system, va) == va * 3);
    assert_int_equal(os_exit(b.system, NULL), TW_OK);
    /* Each frame was read at least once, and got zeros, a page of the swap file, and junk. */
    assert_in_range(spy.reads, FRAMES - LOW, UINT32_MAX);
    assert_in_range(spy.writes, 3 * (FRAMES - LOW), UINT32_MAX);
    kernel_bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest kernel_window_tests[] = {
        cmocka_unit_test(high_memory_has_no_fixed_address),
        cmocka_unit_test(a_slot_of_the_window_leads_to_its_frame_under_every_satp),
        cmocka_unit_test(bytes_written_to_any_frame_are_read_back),
        cmocka_unit_test(slots_that_are_used_up_cost_one_fence),
        cmocka_unit_test(low_memory_needs_no_slot),
        cmocka_unit_test(while_all_slots_are_used_high_memory_has_to_wait),
        cmocka_unit_test(an_access_that_fails_leaves_no_slot_used),
        cmocka_unit_test(without_high_memory_there_is_no_window),
        cmocka_unit_test(a_program_runs_in_high_memory),
        cmocka_unit_test(an_os_that_gets_no_records_for_it_does_not_open),
        cmocka_unit_test(an_os_with_too_little_low_memory_for_it_is_refused),
        cmocka_unit_test(the_os_reaches_high_memory_only_through_the_window)};
    return kernel_bench_in_every_tree("kernel_window", kernel_window_tests,
                                      sizeof kernel_window_tests / sizeof *kernel_window_tests,
                                      &mode);
}
