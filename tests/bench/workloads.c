/* workloads.c: each maker adds ACCESSES loads at offsets from BASE. */
#include "tests/bench/workloads.h"

#include <stdlib.h>

#include "tb/drive_trace.h"
#include "tb/random.h"

enum { ACCESSES = 200000, PAGE = 1 << PAGE_SHIFT, SEED = 1 };

static const uint64_t BASE = UINT64_C(0x1000000000); /* the first page of a table at every level */

static tw_status add(drive_list *list, uint64_t offset, tw_error *error)
{
    return drive_list_add(list, BASE + offset, OP_LOAD, error);
}

/* ---- made from a seed ------------------------------------------------------------------------ */

static tw_status make_uniform(drive_list *list, uint32_t pages, tw_error *error)
{
    uint64_t random = SEED;
    tw_status status = TW_OK;
    for (unsigned i = 0; status == TW_OK && i < ACCESSES; i++)
        status = add(list, (uint64_t)random_below(&random, (uint64_t)pages * PAGE / 8) * 8, error);
    return status;
}

static tw_status make_random64(drive_list *list, tw_error *error)
{
    return make_uniform(list, 64, error);
}

static tw_status make_random4096(drive_list *list, tw_error *error)
{
    return make_uniform(list, 4096, error);
}

static tw_status make_steps(drive_list *list, uint64_t step, uint64_t wrap, tw_error *error)
{
    tw_status status = TW_OK;
    for (uint64_t i = 0; status == TW_OK && i < ACCESSES; i++)
        status = add(list, i * step % wrap, error);
    return status;
}

static tw_status make_seq(drive_list *list, tw_error *error)
{
    return make_steps(list, 64, UINT64_MAX, error);
}

static tw_status make_stride(drive_list *list, tw_error *error)
{
    return make_steps(list, 4160, 64 << 20, error);
}

/* Rank r (from 1) comes with a probability in proportion to 1/r. */
static tw_status make_zipf(drive_list *list, tw_error *error)
{
    enum { PAGES = 4096 };
    double sum[PAGES], total = 0; /* of the weights up to this rank */
    uint32_t page[PAGES];         /* of this rank */
    uint64_t random = SEED;
    tw_status status = TW_OK;
    for (uint32_t r = 0; r < PAGES; r++) {
        sum[r] = total += 1.0 / (r + 1);
        page[r] = r;
        uint32_t other = random_below(&random, r + 1);
        page[r] = page[other];
        page[other] = r;
    }
    for (unsigned i = 0; status == TW_OK && i < ACCESSES; i++) {
        double point = (double)(random_next(&random) >> 11) * 0x1p-53 * total;
        uint32_t low = 0, high = PAGES - 1;
        while (low < high) {
            uint32_t middle = (low + high) / 2;
            if (sum[middle] > point)
                high = middle;
            else
                low = middle + 1;
        }
        status = add(list, (uint64_t)page[low] * PAGE + random_below(&random, PAGE / 8) * 8, error);
    }
    return status;
}

/* One pointer a page, all in one cycle (Sattolo's shuffle). */
static tw_status make_chase1g(drive_list *list, tw_error *error)
{
    enum { PAGES = (1 << 30) / PAGE };
    uint64_t random = SEED;
    tw_status status = TW_OK;
    uint32_t *next = malloc(PAGES * sizeof *next);
    if (next == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for a chain of %d pointers", PAGES);
    for (uint32_t i = 0; i < PAGES; i++)
        next[i] = i;
    for (uint32_t i = PAGES - 1; i > 0; i--) {
        uint32_t other = random_below(&random, i), moved = next[i];
        next[i] = next[other];
        next[other] = moved;
    }
    for (uint32_t i = 0, at = 0; status == TW_OK && i < ACCESSES; i++, at = next[at])
        status = add(list, (uint64_t)at * PAGE + at % 64 * 64, error);
    free(next);
    return status;
}

/* ---- recorded -------------------------------------------------------------------------------- */

static tw_status make_true(drive_list *list, tw_error *error)
{
    return drive_trace_read(list, "tests/traces/true.xz", error);
}

static tw_status make_sort(drive_list *list, tw_error *error)
{
    return drive_trace_read(list, "tests/traces/sort.xz", error);
}

/* ---- all ------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    tw_status (*make)(drive_list *list, tw_error *error);
} MAKER[WORKLOADS] = {{"random64", make_random64}, {"random4096", make_random4096},
                      {"seq", make_seq},           {"stride", make_stride},
                      {"zipf", make_zipf},         {"chase1g", make_chase1g},
                      {"true", make_true},         {"sort", make_sort}};

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static tw_status count(bench_workload *w, tw_error *error)
{
    size_t n = w->list.count;
    uint64_t *page = malloc((n + 1) * sizeof *page);
    if (page == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the pages of %zu accesses", n);
    for (size_t i = 0; i < n; i++) {
        page[i] = w->list.access[i].va >> PAGE_SHIFT;
        w->fetches += w->list.access[i].op == OP_FETCH;
    }
    qsort(page, n, sizeof *page, compare);
    for (size_t i = 0; i < n; i++)
        w->pages += i == 0 || page[i] != page[i - 1];
    free(page);
    return TW_OK;
}

tw_status workloads_open(bench_workload *workloads, tw_error *error)
{
    tw_status status = TW_OK;
    for (unsigned i = 0; i < WORKLOADS; i++)
        workloads[i] = (bench_workload){.name = MAKER[i].name};
    for (unsigned i = 0; status == TW_OK && i < WORKLOADS; i++) {
        status = MAKER[i].make(&workloads[i].list, error);
        if (status == TW_OK)
            status = count(&workloads[i], error);
    }
    return status;
}

void workloads_close(bench_workload *workloads)
{
    for (unsigned i = 0; i < WORKLOADS; i++)
        drive_list_close(&workloads[i].list);
}
