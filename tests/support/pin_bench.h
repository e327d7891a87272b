/*
 * pin_bench.h: the monitors with no engine: a test makes the MMU's pins and the world's by hand,
 * cycle by cycle, and hears what the monitors say. Unless it says otherwise a call that ends a
 * cycle fails the test if a monitor complains.
 */
#ifndef TESTS_SUPPORT_PIN_BENCH_H
#define TESTS_SUPPORT_PIN_BENCH_H

#include "tablewalk/driver.h"
#include "tb/monitors.h"

/* Page numbers of the root, of the table below it, and of the table below that; address spaces. */
enum { ROOT = 0x100, MIDDLE = 0x200, LAST = 0x300, FRAME = 0x1234, ASID = 7, OTHER_ASID = 8 };

/* Sv39: index 1 in each table; the next page; the same page of the next table. */
#define VA UINT64_C(0x40201000)
#define NEXT_PAGE UINT64_C(0x40202000)
#define NEXT_TABLE UINT64_C(0x40401000)

#define G (UINT64_C(1) << PTE_G)

struct pin_bench {
    tw_memory *memory;
    struct monitors *monitors;
    uint64_t cycle;
    tw_out out; /* of the cycle that has not ended yet */
    tw_in in;
    tw_error error;
};

/* Setup and teardown of a test: configuration default, in Sv39, with A and D set by hardware. */
int bench_open(void **state);
int bench_close(void **state);

/* Ends the cycle. bench_blame: a monitor must complain, with these words. */
void bench_tick(struct pin_bench *b);
void bench_blame(struct pin_bench *b, const char *expected);

/* Three cycles each. */
void bench_write(struct pin_bench *b, unsigned offset, uint64_t value);
void bench_space(struct pin_bench *b, unsigned mode, unsigned asid);
/* Nine cycles: operands and fence. */
void bench_fence(struct pin_bench *b, tw_fence_kind kind, uint64_t va, unsigned asid);

/* One cycle: the data port takes a request of privilege S. */
void bench_take(struct pin_bench *b, unsigned id, tw_op op, uint64_t va);

/* These set pins and end no cycle: the data port's answer, of a 4-KiB page; a walker's read of the
 * PTE of that index in a table, or its swap of `pte` for a dirty one. Memory takes them at once. */
void bench_answer(struct pin_bench *b, unsigned id, uint64_t pa);
void bench_ask(struct pin_bench *b, unsigned walker, uint64_t table, unsigned index);
void bench_swap(struct pin_bench *b, unsigned walker, uint64_t table, unsigned index, uint64_t pte);

/* One cycle: memory answers that walker; a swap has not taken place. */
void bench_memory(struct pin_bench *b, unsigned walker, uint64_t pte);
/* Two cycles: a read and its answer. */
void bench_read(struct pin_bench *b, unsigned walker, uint64_t table, unsigned index, uint64_t pte);

/* A load of VA from its request to its answer, walked from the root by way of MIDDLE and LAST to
 * FRAME; `root_bits`: what the pointer in the root has besides. */
void bench_walk(struct pin_bench *b, uint64_t root_bits);

/* PTEs: a pointer to a table, and a leaf that may be read and written and is touched already. */
uint64_t pointer_to(uint64_t table);
uint64_t leaf_of(uint64_t frame);

#endif
