/*
 * kernel_bench.h: an OS with its part of every address space on the golden port, in a mode whose
 * page tables are trees, and accesses of either privilege that go through no TLB.
 */
#ifndef TESTS_SUPPORT_KERNEL_BENCH_H
#define TESTS_SUPPORT_KERNEL_BENCH_H

#include "tb/os/kernel_map.h"
#include "tests/support/golden_port.h"

/* From GOLDEN_FIRST on: more than one leaf of level 1 in any mode, and pages behind. */
enum { KERNEL_FRAMES = 2304 };

typedef struct kernel_bench {
    golden_machine *machine;
    os_port port;
    os *system;
} kernel_bench;

/* Options for KERNEL_FRAMES, of which `low` are low memory (0: all); fills `setup` for them to
 * point to. */
os_options kernel_bench_options(unsigned mode, uint64_t low, zones_setup *setup);

/* An OS with these options, on a machine whose memory is there from page number `first` on; and one
 * with such options. */
kernel_bench kernel_bench_with(const os_options *options, uint64_t first);
kernel_bench kernel_bench_open(unsigned mode, uint64_t low);
void kernel_bench_close(kernel_bench *bench);

/* A new process, which is made current. */
os_process *kernel_bench_spawn(const kernel_bench *bench);
void kernel_bench_switch(const kernel_bench *bench, os_process *process);

/* One access under the SATP of the moment; SUM is 1 and MXR is 0. */
tw_translation kernel_bench_walk(const kernel_bench *bench, unsigned priv, tw_op op, uint64_t va);

/* Runs a group of tests once for each tree mode, which *mode tells them. How many failed. */
int kernel_bench_in_every_tree(const char *name, const struct CMUnitTest *tests, size_t count,
                               unsigned *mode);

#endif
