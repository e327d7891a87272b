/*
 * throughput.c: cycles per translation of whole workloads, as `tablewalk drive` plays them. The
 * cycle model is what is measured, since it equals the RTL on every pin in every cycle and is
 * faster; one workload is played in lockstep too, to be seen to take the same cycles.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "tb/explore.h"
#include "tests/bench/bench.h"
#include "tests/bench/workloads.h"

static const uint32_t LATENCIES[] = {1, 2, 5, 10, 20};
static const uint32_t OUTSTANDING[] = {1, 4};

enum {
    N_LATENCIES = sizeof LATENCIES / sizeof *LATENCIES,
    N_OUTSTANDING = sizeof OUTSTANDING / sizeof *OUTSTANDING,
    POINTS = N_LATENCIES * N_OUTSTANDING,
    JOBS = WORKLOADS * POINTS,
    CHECKED = 6, /* workload played in lockstep: fetches, loads and stores */
    RATIO_AT = 3 /* the latency whose ratio is shown */
};

static explore_job *job_at(explore_job *jobs, unsigned workload, unsigned outstanding,
                           unsigned latency)
{
    return &jobs[(workload * N_OUTSTANDING + outstanding) * N_LATENCIES + latency];
}

static void fill(explore_job *jobs, const bench_workload *workloads)
{
    for (unsigned w = 0; w < WORKLOADS; w++)
        for (unsigned k = 0; k < N_OUTSTANDING; k++)
            for (unsigned m = 0; m < N_LATENCIES; m++)
                *job_at(jobs, w, k, m) = (explore_job){.trace = workloads[w].name,
                                                       .list = &workloads[w].list,
                                                       .point = {.config = *tw_rtl_built(),
                                                                 .latency = LATENCIES[m],
                                                                 .outstanding = OUTSTANDING[k]}};
}

/*
 * The least cycles per translation of any MMU behind these pins that reads a PTE only when it is
 * asked for its page, from three facts: an answer comes one cycle after its request, or M + 2 if it
 * is the first to its page, whose PTE has to be read; at most `outstanding` are under way; a port
 * takes one request a cycle.
 */
static double least(const bench_workload *w, uint32_t m, uint32_t outstanding)
{
    double count = (double)w->list.count, pages = (double)w->pages, fetches = (double)w->fetches;
    double waiting = (count + pages * (m + 1)) / outstanding;
    double port = fetches > count - fetches ? fetches : count - fetches;
    return ((waiting > port ? waiting : port) + 1) / count;
}

static void print_table(explore_job *jobs, const bench_workload *workloads, unsigned k, FILE *to)
{
    fprintf(to,
            "\nCycles per translation, %" PRIu32 " outstanding; configuration %s, cycle model\n"
            "  %-24s",
            OUTSTANDING[k], tw_rtl_built()->name, "memory latency M");
    for (unsigned m = 0; m < N_LATENCIES; m++)
        fprintf(to, "%9" PRIu32, LATENCIES[m]);
    fprintf(to, "   least at %" PRIu32 "  ratio\n", LATENCIES[RATIO_AT]);
    for (unsigned w = 0; w < WORKLOADS; w++) {
        double bound = least(&workloads[w], LATENCIES[RATIO_AT], OUTSTANDING[k]);
        fprintf(to, "  %-12s%6zu pages", workloads[w].name, workloads[w].pages);
        for (unsigned m = 0; m < N_LATENCIES; m++)
            fprintf(to, "%9.3f", drive_cycles_each(&job_at(jobs, w, k, m)->result));
        fprintf(to, "%14.3f%7.2f\n", bound,
                drive_cycles_each(&job_at(jobs, w, k, RATIO_AT)->result) / bound);
    }
}

static void write_csv(const explore_job *jobs, FILE *csv)
{
    fprintf(csv, "config,workload,M,outstanding,walkers,cycles_per_translation\n");
    for (const explore_job *j = jobs; j < jobs + JOBS; j++)
        fprintf(csv, "%s,%s,%" PRIu32 ",%" PRIu32 ",%u,%.4f\n", j->point.config.name, j->trace,
                j->point.latency, j->point.outstanding, j->result.walkers,
                drive_cycles_each(&j->result));
}

/* Plays one of the points in lockstep. TW_MISMATCH if that takes other cycles. */
static tw_status check(const explore_job *job, FILE *to, tw_error *error)
{
    drive_options options = {.latency = job->point.latency, .outstanding = job->point.outstanding};
    drive_result both;
    tw_engine *engine =
        tw_lockstep_open(tw_rtl_open(tw_rtl_built()), tw_model_open(tw_rtl_built()));
    if (engine == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for lockstep");
    tw_status status = drive_run(engine, job->list, &options, &both, error);
    tw_engine_close(engine);
    if (status != TW_OK)
        return status;
    if (both.cycles != job->result.cycles)
        return tw_fail(error, TW_MISMATCH,
                       "%s takes %" PRIu64 " cycles in lockstep, %" PRIu64 " on the model",
                       job->trace, both.cycles, job->result.cycles);
    fprintf(to,
            "  RTL and model in lockstep take the same %" PRIu64 " cycles for %s at M = %" PRIu32
            ", %" PRIu32 " outstanding\n",
            both.cycles, job->trace, options.latency, job->point.outstanding);
    return TW_OK;
}

static tw_status measure(explore_job *jobs, bench_workload *workloads, FILE *to, FILE *csv,
                         tw_error *error)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    tw_status status = workloads_open(workloads, error);
    if (status != TW_OK)
        return status;
    fill(jobs, workloads);
    status = explore_run(jobs, JOBS, cores > 1 ? (unsigned)cores : 1, error);
    if (status != TW_OK)
        return status;
    for (unsigned k = 0; k < N_OUTSTANDING; k++)
        print_table(jobs, workloads, k, to);
    fputs(
        "  least: 1 a translation, M + 2 for the first to each page, so many outstanding at once, "
        "one a cycle\n  on each port\n",
        to);
    write_csv(jobs, csv);
    return check(job_at(jobs, CHECKED, N_OUTSTANDING - 1, RATIO_AT), to, error);
}

int bench_throughput(FILE *to, FILE *csv)
{
    if ((tw_rtl_built()->modes >> MODE_SV39 & 1) == 0) {
        fprintf(to, "\nNo cycles per translation: the workloads need Sv39\n");
        return 0;
    }
    bench_workload workloads[WORKLOADS];
    explore_job *jobs = calloc(JOBS, sizeof *jobs);
    tw_error error = {TW_NO_MEMORY, "no memory"};
    tw_status status = TW_NO_MEMORY;
    if (jobs != NULL) {
        status = measure(jobs, workloads, to, csv, &error);
        workloads_close(workloads);
    }
    free(jobs);
    if (status != TW_OK)
        fprintf(stderr, "bench: %s\n", error.text);
    return status != TW_OK;
}
