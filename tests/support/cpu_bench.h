/*
 * cpu_bench.h: a processor port on RTL and cycle model in lockstep, six pages, and a trap handler
 * that repairs, for tests that say exactly which references are made.
 *
 *     static const reference list[] = {STORE(BASE, 8), LOAD(BASE + STEP, 8)};
 *     cpu_bench *b = cpu_bench_open(4);             accesses in flight
 *     cpu_bench_unmap(b, 1);
 *     assert_int_equal(RUN(b, list), CPU_STREAM_OVER);
 *     cpu_bench_close(b);
 */
#ifndef TESTS_SUPPORT_CPU_BENCH_H
#define TESTS_SUPPORT_CPU_BENCH_H

#include "tb/cpu.h"
#include "tb/data_monitor.h"
#include "tests/support/flights.h"
#include "tests/support/pages.h"

/* Page n from BASE on is frame FRAME + n. */
enum { BASE = 0x10000, FRAME = 0x90000, PAGES = 6, STEP = 4096 };
enum { USER_PAGE = F_V | F_RWX | F_U };

typedef struct cpu_bench {
    tw_engine *engine;
    tw_memory *memory;
    tw_machine *machine;
    data_monitor *monitor;
    page_tables tables;
    uint64_t pte[PAGES]; /* addresses */
    cpu *processor;
    cpu_context process;         /* of space 1; the only one that runs, unless a test says so */
    const reference *next, *end; /* of the list that runs */
    /* what the trap handler does, and saw */
    bool kill, leave;  /* ends the process; leaves the page as it is */
    bool wait, refuse; /* repairs, and the process has to wait; fails with TW_NO_MEMORY */
    unsigned traps, cause;
    uint64_t va;
    bool stored[PAGES], dirty[PAGES]; /* at the last trap */
    flights flights;
} cpu_bench;

cpu_bench *cpu_bench_open(unsigned outstanding);
void cpu_bench_close(cpu_bench *b);

/* The physical address of a page. */
static inline uint64_t cpu_bench_frame(unsigned page)
{
    return (uint64_t)(FRAME + page) << PAGE_SHIFT;
}

/* Makes a page absent, until its first fault. */
void cpu_bench_unmap(cpu_bench *b, unsigned page);

/* True if any byte of the page's frame is not 0. */
bool cpu_bench_stored(const cpu_bench *b, unsigned page);

/* Requests taken whose answers are not even on the pins of this cycle, which has not ended. */
unsigned cpu_bench_unanswered(const cpu_bench *b);

/* Makes the references of a list, all in one slice. Fails the test if the processor reports an
 * error. */
cpu_stop cpu_bench_run(cpu_bench *b, const reference *references, size_t count);

/* The same piece by piece: what cpu_bench_give gives is what cpu_bench_slice makes references of,
 * as cpu_run with these limits and results. */
void cpu_bench_give(cpu_bench *b, const reference *references, size_t count);
tw_status cpu_bench_slice(cpu_bench *b, uint64_t references, uint64_t until, cpu_stop *why,
                          tw_error *error);

#define FETCH(va, n)           \
    {                          \
        REFERENCE_FETCH, va, n \
    }
#define LOAD(va, n)           \
    {                         \
        REFERENCE_LOAD, va, n \
    }
#define STORE(va, n)           \
    {                          \
        REFERENCE_STORE, va, n \
    }
#define MODIFY(va, n)           \
    {                           \
        REFERENCE_MODIFY, va, n \
    }
#define RUN(b, list) cpu_bench_run(b, list, sizeof(list) / sizeof *(list))
#define GIVE(b, list) cpu_bench_give(b, list, sizeof(list) / sizeof *(list))

#endif
