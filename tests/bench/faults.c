/*
 * faults.c: what a page fault costs the OS, in time of the host, as there are more areas in the
 * address space, and more frames in memory. Sv39; nothing goes to the disk, as no page is stored
 * to.
 *
 * Areas: a million pages in n areas with gaps that are as long as they are, so that pages and their
 * tables lie alike for every n; memory suffices. Frames: twice as many pages as frames, in one
 * area, at random, so that every fault takes a frame from another page; at least as many faults as
 * frames, so that the clock's hand comes round.
 */
#include <math.h>
#include <time.h>

#include "tb/os/calls.h"
#include "tb/os/os.h"
#include "tb/random.h"
#include "tests/bench/bare_machine.h"
#include "tests/bench/bench.h"

enum {
    FEWEST = 100,
    MOST = 1000000,
    PAGES = 1000000, /* in all areas together */
    FRAMES = 60000,  /* as many as the faults of the areas need, and their tables */
    FAULTS = 20000,  /* that are measured, at least; and as many before */
    TABLES_OF = 400, /* one frame more of so many for page tables: 512, and the levels above */
    TABLES = 8
};

static const uint64_t START = 0x100000000;

typedef struct bench {
    bare_machine *machine;
    os *system;
    os_process *process;
    uint64_t random;
} bench;

typedef struct cost {
    double sum, most; /* nanoseconds */
    uint64_t faults;
} cost;

/* Of this thread alone: other programs do not count. */
static double nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

/* ---- a machine with one process -------------------------------------------------------------- */

static void close_bench(bench *b)
{
    os_close(b->system);
    bare_close(b->machine);
}

static tw_status open_bench(bench *b, size_t frames, tw_error *error)
{
    *b = (bench){.machine = bare_open(frames), .random = frames};
    if (b->machine == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for %zu frames", frames);
    os_port port = bare_port(b->machine);
    os_options options = {.mode = MODE_SV39,
                          .first_frame = BARE_FIRST,
                          .frames = frames,
                          .swap_slots = FEWEST,
                          .adue = true};
    b->system = os_open(&port, &options, error);
    tw_status status = b->system == NULL ? error->status : os_spawn(b->system, &b->process, error);
    return status == TW_OK ? os_switch(b->system, b->process, error) : status;
}

/* `count` areas of so many pages, each followed by a gap of its length. */
static tw_status map_areas(const bench *b, uint64_t count, uint64_t pages, tw_error *error)
{
    tw_status status = TW_OK;
    for (uint64_t i = 0; status == TW_OK && i < count; i++) {
        uint64_t at;
        os_map_request request = {.address = START + 2 * i * pages * OS_PAGE_BYTES,
                                  .bytes = pages * OS_PAGE_BYTES,
                                  .permissions = OS_R | OS_W,
                                  .fixed = true};
        status = os_mmap(b->system, b->process, &request, &at, error);
    }
    return status;
}

/* ---- faults ---------------------------------------------------------------------------------- */

/* A load, whose fault, if it has one, is added to the cost. */
static tw_status load(const bench *b, uint64_t va, cost *c, tw_error *error)
{
    unsigned cause = bare_access(b->machine, OP_LOAD, va);
    if (cause == CAUSE_NONE)
        return TW_OK;
    os_verdict verdict;
    double begin = nanoseconds();
    tw_status status = os_fault(b->system, cause, va, &verdict, error);
    double ns = nanoseconds() - begin;
    if (status != TW_OK)
        return status;
    if (verdict != OS_VERDICT_RESUME || bare_access(b->machine, OP_LOAD, va) != CAUSE_NONE)
        return tw_fail(error, TW_MISMATCH, "a fault at %#llx was not repaired",
                       (unsigned long long)va);
    c->faults++;
    c->sum += ns;
    c->most = ns > c->most ? ns : c->most;
    return TW_OK;
}

/* Loads at random until so many faulted, in `areas` areas of `pages` pages. */
static tw_status fault(bench *b, uint64_t faults, uint64_t areas, uint64_t pages, cost *c,
                       tw_error *error)
{
    tw_status status = TW_OK;
    *c = (cost){0};
    while (status == TW_OK && c->faults < faults) {
        uint64_t page = random_below(&b->random, areas * pages);
        uint64_t gaps = page / pages * pages;
        status = load(b, START + (page + gaps) * OS_PAGE_BYTES, c, error);
    }
    return status;
}

static tw_status measure_areas(bench *b, uint64_t n, cost *c, tw_error *error)
{
    tw_status status = open_bench(b, FRAMES, error);
    if (status == TW_OK)
        status = map_areas(b, n, PAGES / n, error);
    if (status == TW_OK)
        status = fault(b, FAULTS, n, PAGES / n, c, error);
    return status == TW_OK ? fault(b, FAULTS, n, PAGES / n, c, error) : status;
}

static tw_status measure_frames(bench *b, uint64_t n, cost *c, tw_error *error)
{
    tw_status status = open_bench(b, n + 2 * n / TABLES_OF + TABLES, error);
    if (status == TW_OK)
        status = map_areas(b, 1, 2 * n, error);
    if (status == TW_OK)
        status = fault(b, n, 1, 2 * n, c, error);
    return status == TW_OK ? fault(b, n > FAULTS ? n : FAULTS, 1, 2 * n, c, error) : status;
}

/* ---- what is told ---------------------------------------------------------------------------- */

typedef struct part {
    const char *title, *name;
    tw_status (*measure)(bench *b, uint64_t n, cost *c, tw_error *error);
} part;

/* 0, or 1 after a message. */
static int line(const part *p, uint64_t n, FILE *to, FILE *csv)
{
    tw_error error;
    bench b;
    cost c = {0};
    tw_status status = p->measure(&b, n, &c, &error);
    close_bench(&b);
    if (status != TW_OK) {
        fprintf(stderr, "bench: %s\n", error.text);
        return 1;
    }
    double mean = c.sum / (double)c.faults;
    fprintf(to, "  %9llu%12.0f%12.0f%12.1f\n", (unsigned long long)n, mean, c.most,
            mean / log2((double)n));
    fprintf(csv, "%s,%llu,%.1f,%.1f\n", p->name, (unsigned long long)n, mean, c.most);
    return 0;
}

int bench_fault_cost(FILE *to, FILE *csv)
{
    static const part PART[] = {
        {"A minor fault, memory suffices, areas", "area_fault_ns", measure_areas},
        {"A fault that takes the frame of another page, frames", "frame_fault_ns", measure_frames}};
    int failed = 0;
    for (size_t i = 0; i < sizeof PART / sizeof *PART; i++) {
        fprintf(to, "%s, in host time\n          n     mean ns     most ns mean/log2(n)\n",
                PART[i].title);
        for (uint64_t n = FEWEST; n <= MOST; n *= 10)
            failed |= line(&PART[i], n, to, csv);
    }
    return failed;
}
