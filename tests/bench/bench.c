/* bench.c: `bench DIRECTORY` measures, prints tables, and writes latency.csv and speed.csv
 * there. */
#include "tests/bench/bench.h"

static FILE *create(const char *directory, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        perror(path);
    return file;
}

/* False after a message if what was written did not reach the file. */
static int finish(FILE *file, const char *name)
{
    if (fclose(file) == 0)
        return 1;
    perror(name);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: bench DIRECTORY\n");
        return 2;
    }
    FILE *latency = create(argv[1], "latency.csv");
    FILE *speed = latency == NULL ? NULL : create(argv[1], "speed.csv");
    if (speed == NULL)
        return 1;
    bench_latency(stdout, latency);
    int failed = bench_speed(stdout, speed);
    int written = finish(latency, "latency.csv");
    written &= finish(speed, "speed.csv");
    return failed != 0 || !written;
}
