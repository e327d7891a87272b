/* bench.c: `bench DIRECTORY` measures, prints tables, and writes their numbers there as CSV. */
#include "tests/bench/bench.h"

int bench_os(FILE *to, FILE *csv)
{
    fprintf(csv, "measure,n,mean,most\n");
    return bench_areas(to, csv) | bench_fault_cost(to, csv);
}

static const struct {
    const char *file;
    int (*measure)(FILE *to, FILE *csv);
} PART[] = {{"latency.csv", bench_latency},
            {"throughput.csv", bench_throughput},
            {"speed.csv", bench_speed},
            {"os.csv", bench_os}};

enum { PARTS = sizeof PART / sizeof *PART };

/* 0, or 1 after a message. */
static int run_part(unsigned i, const char *directory)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, PART[i].file);
    FILE *csv = fopen(path, "w");
    if (csv == NULL) {
        perror(path);
        return 1;
    }
    int failed = PART[i].measure(stdout, csv);
    if (fclose(csv) != 0) {
        perror(path);
        failed = 1;
    }
    return failed;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: bench DIRECTORY\n");
        return 2;
    }
    int failed = 0;
    for (unsigned i = 0; i < PARTS; i++)
        failed |= run_part(i, argv[1]);
    return failed;
}
