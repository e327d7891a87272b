/*
 * call_bench.h: an OS on the golden port with one process that makes calls, for tests of calls.h.
 * Records are counted, and the OS is audited at the end.
 */
#ifndef TESTS_SUPPORT_CALL_BENCH_H
#define TESTS_SUPPORT_CALL_BENCH_H

#include "tb/os/huge.h"
#include "tb/os/mapping.h"
#include "tests/support/broken_file.h"
#include "tests/support/counted_records.h"
#include "tests/support/golden_port.h"

/* Pages as programs count them. */
#define PAGE(n) ((uint64_t)(n)*OS_PAGE_BYTES)

/* A disk that takes its time, in cycles, and options of call_bench_open with it: 64 slots. */
enum { BENCH_SEEK = 1000, BENCH_TRANSFER = 100 };
extern const os_options bench_slow;

typedef struct call_bench {
    golden_machine *machine;
    counted_records records;
    os *system;
    os_process *process; /* the first, which is current at first */
} call_bench;

/* For `processes` at a time, with `frames` besides the rows of their tables. NULL options: A and D
 * by hardware, no page of zeros, 512 slots; of others, mode and frames are filled in. */
call_bench *call_bench_open(unsigned mode, size_t processes, size_t frames,
                            const os_options *options);

/* Audits, closes, and fails if a record is left. */
void call_bench_close(call_bench *bench);

/* Frames that two processes and their tables need, and no more than so many pages. */
size_t call_bench_frames(unsigned mode, size_t pages);

/* An anonymous area of the current process, or one of an object from its beginning on. */
uint64_t bench_map(call_bench *bench, uint64_t pages, unsigned permissions, unsigned flags);
uint64_t bench_map_object(call_bench *bench, os_object *object, uint64_t pages,
                          unsigned permissions, unsigned flags);

/* A new file of so many pages, as file_make, opened; the caller drops it and unlinks the path. */
os_object *bench_file(call_bench *bench, char path[BROKEN_PATH], size_t pages, bool writable);

/* Accesses of the current process; it must survive. bench_dies: it must not, and why. */
void bench_store(call_bench *bench, uint64_t va, uint64_t value);
uint64_t bench_load(call_bench *bench, uint64_t va);
void bench_fetch(call_bench *bench, uint64_t va);
os_reason bench_dies(call_bench *bench, tw_op op, uint64_t va);

/* A load of the current process that has to wait for the disk: the process does. */
void bench_begin_to_wait(call_bench *bench, uint64_t va);

/* Stores to, or loads from, `pages` pages; the word of page i is `value` + i. */
void bench_store_all(call_bench *bench, uint64_t va, uint64_t pages, uint64_t value);
void bench_expect_all(call_bench *bench, uint64_t va, uint64_t pages, uint64_t value);

void bench_switch(call_bench *bench, os_process *process);
os_process *bench_current(const call_bench *bench);
os_process *bench_fork(call_bench *bench); /* of the current process */

/* What stands there: the page, and the word of the hardware; the place must be mapped. */
os_page *bench_page(const os_process *process, uint64_t va);
uint64_t bench_word(const call_bench *bench, const os_process *process, uint64_t va);
bool bench_mapped(const os_process *process, uint64_t va);

/* Faults of a process so far, with and without the disk. */
uint64_t bench_faults(const os_process *process);

/* Frames that hold pages. */
size_t bench_page_frames(const call_bench *bench);

/* Fails with the sentence if it is not TW_OK. */
#define bench_ok(call, error)                         \
    do {                                              \
        if ((call) != TW_OK)                          \
            fail_msg("%s: %s", #call, (error)->text); \
    } while (0)

#endif
