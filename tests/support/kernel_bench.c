/* kernel_bench.c: the golden model walks the tables that the OS wrote. */
#include "tests/support/kernel_bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "tablewalk/registers.h"

os_options kernel_bench_options(unsigned mode, uint64_t low, zones_setup *setup)
{
    *setup = zones_usual(KERNEL_FRAMES);
    setup->base = (uint64_t)GOLDEN_FIRST << PAGE_SHIFT;
    setup->low_limit = low << PAGE_SHIFT;
    setup->node[0].first = GOLDEN_FIRST;
    return (os_options){.mode = mode,
                        .first_frame = GOLDEN_FIRST,
                        .frames = KERNEL_FRAMES,
                        .swap_slots = 64,
                        .adue = true,
                        .kernel_map = true,
                        .zones = low > 0 ? setup : NULL};
}

kernel_bench kernel_bench_with(const os_options *options, uint64_t first)
{
    kernel_bench bench = {.machine = golden_open_at(first)};
    bench.port = golden_port(bench.machine);
    tw_error error = {0};
    bench.system = os_open(&bench.port, options, &error);
    if (bench.system == NULL)
        fail_msg("os_open: %s", error.text);
    return bench;
}

kernel_bench kernel_bench_open(unsigned mode, uint64_t low)
{
    zones_setup setup;
    const os_options options = kernel_bench_options(mode, low, &setup);
    return kernel_bench_with(&options, GOLDEN_FIRST);
}

void kernel_bench_close(kernel_bench *bench)
{
    os_close(bench->system);
    assert_int_equal(bench->machine->records.alive, 0);
    free(bench->machine);
}

os_process *kernel_bench_spawn(const kernel_bench *bench)
{
    os_process *process = NULL;
    tw_error error = {0};
    if (os_spawn(bench->system, &process, &error) != TW_OK)
        fail_msg("os_spawn: %s", error.text);
    kernel_bench_switch(bench, process);
    return process;
}

void kernel_bench_switch(const kernel_bench *bench, os_process *process)
{
    tw_error error = {0};
    if (os_switch(bench->system, process, &error) != TW_OK)
        fail_msg("os_switch: %s", error.text);
}

static bool read_word(void *context, uint64_t address, unsigned bytes, uint64_t *value)
{
    const os_port *port = context;
    return port->read(port->context, address, bytes, value, NULL) == TW_OK;
}

static bool swap_word(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                      uint64_t desired, bool *swapped)
{
    const os_port *port = context;
    uint64_t found = 0;
    tw_status status = port->swap(port->context, address, bytes, expected, desired, &found, NULL);
    *swapped = status == TW_OK && found == expected;
    return status == TW_OK;
}

tw_translation kernel_bench_walk(const kernel_bench *bench, unsigned priv, tw_op op, uint64_t va)
{
    os_port port = bench->port;
    const tw_control control = {.satp = bench->machine->satp, .adue = true};
    const tw_request request = {.va = va, .op = op, .priv = priv, .sum = true};
    const tw_bus bus = {&port, read_word, swap_word};
    tw_translation t;
    tw_translate(&control, &request, &bus, &t);
    return t;
}

int kernel_bench_in_every_tree(const char *name, const struct CMUnitTest *tests, size_t count,
                               unsigned *mode)
{
    static const unsigned trees[] = {MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57};
    int failed = 0;
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
        char group[64];
        snprintf(group, sizeof group, "%s_%s", name, tw_mode_name(trees[i]));
        *mode = trees[i];
        failed += _cmocka_run_group_tests(group, tests, count, NULL, NULL);
    }
    return failed;
}
