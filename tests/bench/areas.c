/*
 * areas.c: what looking for an area, and for a gap, costs as areas become more. Areas are of one
 * page, with gaps of one page, and one of two at a random place, which is the gap that is looked
 * for.
 */
#include <stdlib.h>
#include <time.h>

#include "tb/host_records.h"
#include "tb/os/vma.h"
#include "tb/random.h"
#include "tests/bench/bench.h"

enum { FEWEST = 100, MOST = 1000000, LOOKUPS = 1000000, GAPS = 100000 };

static double nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static uint64_t page_at(uint64_t number)
{
    return number * OS_PAGE_BYTES;
}

static os_vmas *open_areas(uint64_t n, uint64_t *random, tw_error *error)
{
    os_vmas_options options = {.high = page_at(2 * n + 1), .limit = n};
    const os_records records = host_records();
    os_vmas *areas = os_vmas_open(&records, &options, error);
    uint64_t wide = 1 + random_below(random, n - 1);
    for (uint64_t i = 0; areas != NULL && i < n; i++) {
        uint64_t page = 2 * i + (i >= wide);
        os_vma area = {.start = page_at(page), .end = page_at(page + 1), .permissions = OS_R};
        if (os_vmas_map_new(areas, &area, error) != TW_OK) {
            os_vmas_close(areas);
            return NULL;
        }
    }
    return areas;
}

static double time_lookups(os_vmas *areas, uint64_t n, uint64_t *random)
{
    double begin = nanoseconds();
    for (unsigned i = 0; i < LOOKUPS; i++)
        os_vmas_find(areas, page_at(random_below(random, 2 * n)));
    return (nanoseconds() - begin) / LOOKUPS;
}

static tw_status time_gaps(os_vmas *areas, double *ns, tw_error *error)
{
    tw_status status = TW_OK;
    double begin = nanoseconds();
    for (unsigned i = 0; status == TW_OK && i < GAPS; i++) {
        os_vma_window all = {0, UINT64_MAX & ~(uint64_t)(OS_PAGE_BYTES - 1), i % 2 == 0};
        uint64_t start;
        status = os_vmas_gap(areas, 2 * OS_PAGE_BYTES, all, &start, error);
    }
    *ns = (nanoseconds() - begin) / GAPS;
    return status;
}

/* 0, or 1 after a message. */
static int line(uint64_t n, FILE *to, FILE *csv)
{
    tw_error error;
    uint64_t random = n;
    double gap;
    os_vmas *areas = open_areas(n, &random, &error);
    if (areas == NULL || time_gaps(areas, &gap, &error) != TW_OK) {
        fprintf(stderr, "bench: %s\n", error.text);
        os_vmas_close(areas);
        return 1;
    }
    double lookup = time_lookups(areas, n, &random);
    os_vma_lookups l = os_vmas_lookups(areas);
    double average = (double)l.comparisons / (double)l.lookups;
    fprintf(to, "  %9llu%12.1f%8u%12.0f%12.0f\n", (unsigned long long)n, average, l.most, lookup,
            gap);
    fprintf(csv, "area_comparisons,%llu,%.2f,%u\n", (unsigned long long)n, average, l.most);
    fprintf(csv, "area_lookup_ns,%llu,%.1f,\narea_gap_ns,%llu,%.1f,\n", (unsigned long long)n,
            lookup, (unsigned long long)n, gap);
    os_vmas_close(areas);
    return 0;
}

int bench_areas(FILE *to, FILE *csv)
{
    fprintf(to, "Looking for the area of an address, and for a gap, in a tree of areas\n"
                "      areas comparisons    most   lookup ns      gap ns\n");
    int failed = 0;
    for (uint64_t n = FEWEST; n <= MOST; n *= 10)
        failed |= line(n, to, csv);
    return failed;
}
