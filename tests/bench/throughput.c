/*
 * throughput.c: cycles per translation of whole workloads, as `tablewalk drive` plays them. The
 * cycle model is what is measured, since it equals the RTL on every pin in every cycle and is
 * faster; one workload is played in lockstep too, to be seen to take the same cycles.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/targets.h"

static const uint32_t LATENCIES[] = {1, 2, 5, 10, 20};
static const uint32_t OUTSTANDING[] = {1, 4};
static const uint32_t WALKERS[] = {1, 2, 4}; /* beside those of the configuration */

enum {
    N_LATENCIES = sizeof LATENCIES / sizeof *LATENCIES,
    N_OUTSTANDING = sizeof OUTSTANDING / sizeof *OUTSTANDING,
    N_WALKERS = sizeof WALKERS / sizeof *WALKERS,
    WALKERS_ON = 1,          /* the workload that is played with other walkers: random4096, */
    WALKERS_OUTSTANDING = 4, /* with so many outstanding */
    CHECKED = 6,             /* workload played in lockstep: fetches, loads and stores */
    RATIO_AT = 3             /* the latency whose ratio is shown */
};

/* What the workloads are played on. */
typedef struct played {
    plays built;
    plays ahead; /* the same with prefetch; none if it cannot be built, or is built */
} played;

static void set_configurations(played *p)
{
    p->built.config = p->ahead.config = *tw_rtl_built();
    p->ahead.config.prefetch = 1;
    p->ahead.config.name = "prefetch";
}

static void add_workloads(plays *p, const bench_workload *workloads)
{
    for (unsigned w = 0; w < WORKLOADS; w++)
        for (unsigned k = 0; k < N_OUTSTANDING; k++)
            for (unsigned m = 0; m < N_LATENCIES; m++)
                plays_add(p, &workloads[w], LATENCIES[m], OUTSTANDING[k], p->config.walkers);
}

static void add_walkers(plays *p, const bench_workload *workloads)
{
    for (unsigned n = 0; n < N_WALKERS; n++)
        for (unsigned m = 0; m < N_LATENCIES; m++)
            plays_add(p, &workloads[WALKERS_ON], LATENCIES[m], WALKERS_OUTSTANDING, WALKERS[n]);
}

/* Of the latency whose ratio is shown. */
static double cycles_shown(const plays *p, const bench_workload *w, uint32_t outstanding)
{
    return plays_cycles(p, w->name, LATENCIES[RATIO_AT], outstanding, p->config.walkers);
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

static void print_head(const char *title, uint32_t outstanding, FILE *to)
{
    fprintf(to, "\n%s, %" PRIu32 " outstanding; configuration %s, cycle model\n  %-24s", title,
            outstanding, tw_rtl_built()->name, "memory latency M");
    for (unsigned m = 0; m < N_LATENCIES; m++)
        fprintf(to, "%9" PRIu32, LATENCIES[m]);
}

/* One workload at every latency; the caller ends the line. */
static void print_workload(const plays *p, const bench_workload *w, uint32_t outstanding, FILE *to)
{
    fprintf(to, "  %-12s%6zu pages", w->name, w->pages);
    for (unsigned m = 0; m < N_LATENCIES; m++)
        fprintf(to, "%9.3f",
                plays_cycles(p, w->name, LATENCIES[m], outstanding, p->config.walkers));
}

static void print_table(const plays *p, const bench_workload *workloads, uint32_t outstanding,
                        FILE *to)
{
    print_head("Cycles per translation", outstanding, to);
    fprintf(to, "   least at %" PRIu32 "  ratio\n", LATENCIES[RATIO_AT]);
    for (const bench_workload *w = workloads; w < workloads + WORKLOADS; w++) {
        double bound = least(w, LATENCIES[RATIO_AT], outstanding);
        print_workload(p, w, outstanding, to);
        fprintf(to, "%14.3f%7.2f\n", bound, cycles_shown(p, w, outstanding) / bound);
    }
}

static void print_prefetch(const played *p, const bench_workload *workloads, uint32_t outstanding,
                           FILE *to)
{
    print_head("What prefetch buys: cycles per translation with it", outstanding, to);
    fprintf(to, "   change at %" PRIu32 "\n", LATENCIES[RATIO_AT]);
    for (const bench_workload *w = workloads; w < workloads + WORKLOADS; w++) {
        double with = cycles_shown(&p->ahead, w, outstanding);
        double without = cycles_shown(&p->built, w, outstanding);
        print_workload(&p->ahead, w, outstanding, to);
        fprintf(to, "%+12.1f %%\n", 100 * (with / without - 1));
    }
}

static void print_walkers(const plays *p, const bench_workload *w, FILE *to)
{
    char title[64];
    snprintf(title, sizeof title, "What walkers buy: %s", w->name);
    print_head(title, WALKERS_OUTSTANDING, to);
    fputc('\n', to);
    for (unsigned n = 0; n < N_WALKERS; n++) {
        fprintf(to, "  %u walker%-16s", (unsigned)WALKERS[n], WALKERS[n] == 1 ? "" : "s");
        for (unsigned m = 0; m < N_LATENCIES; m++)
            fprintf(to, "%9.3f",
                    plays_cycles(p, w->name, LATENCIES[m], WALKERS_OUTSTANDING, WALKERS[n]));
        fputc('\n', to);
    }
}

static void write_csv(const plays *p, FILE *csv)
{
    for (const explore_job *j = p->job; j < p->job + p->count; j++)
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
            "\n  RTL and model in lockstep take the same %" PRIu64 " cycles for %s at M = %" PRIu32
            ", %" PRIu32 " outstanding\n",
            both.cycles, job->trace, options.latency, job->point.outstanding);
    return TW_OK;
}

static tw_status run_all(played *p, tw_error *error)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = cores > 1 ? (unsigned)cores : 1;
    tw_status status = explore_run(p->built.job, p->built.count, threads, error);
    if (status == TW_OK && p->ahead.count > 0)
        status = explore_run(p->ahead.job, p->ahead.count, threads, error);
    return status;
}

static void print_all(const played *p, const bench_workload *workloads, FILE *to)
{
    for (unsigned k = 0; k < N_OUTSTANDING; k++)
        print_table(&p->built, workloads, OUTSTANDING[k], to);
    fputs(
        "  least: 1 a translation, M + 2 for the first to each page, so many outstanding at once, "
        "one a cycle\n  on each port\n",
        to);
    print_walkers(&p->built, &workloads[WALKERS_ON], to);
    for (unsigned k = 0; p->ahead.count > 0 && k < N_OUTSTANDING; k++)
        print_prefetch(p, workloads, OUTSTANDING[k], to);
    if (strcmp(tw_rtl_built()->name, "default") == 0)
        targets_print(&p->built, to);
}

static tw_status measure(played *p, bench_workload *workloads, FILE *to, FILE *csv, tw_error *error)
{
    const bench_workload *checked = &workloads[CHECKED];
    tw_status status = workloads_open(workloads, error);
    if (status != TW_OK)
        return status;
    set_configurations(p);
    add_workloads(&p->built, workloads);
    add_walkers(&p->built, workloads);
    if (tw_rtl_built()->prefetch == 0 && tw_config_check(&p->ahead.config, NULL) == TW_OK)
        add_workloads(&p->ahead, workloads);
    status = run_all(p, error);
    if (status != TW_OK)
        return status;
    print_all(p, workloads, to);
    fprintf(csv, "config,workload,M,outstanding,walkers,cycles_per_translation\n");
    write_csv(&p->built, csv);
    write_csv(&p->ahead, csv);
    return check(plays_find(&p->built, checked->name, LATENCIES[RATIO_AT],
                            OUTSTANDING[N_OUTSTANDING - 1], tw_rtl_built()->walkers),
                 to, error);
}

int bench_throughput(FILE *to, FILE *csv)
{
    if ((tw_rtl_built()->modes >> MODE_SV39 & 1) == 0) {
        fprintf(to, "\nNo cycles per translation: the workloads need Sv39\n");
        return 0;
    }
    bench_workload workloads[WORKLOADS];
    played *p = calloc(1, sizeof *p);
    tw_error error = {TW_NO_MEMORY, "no memory"};
    tw_status status = TW_NO_MEMORY;
    if (p != NULL) {
        status = measure(p, workloads, to, csv, &error);
        workloads_close(workloads);
    }
    free(p);
    if (status != TW_OK)
        fprintf(stderr, "bench: %s\n", error.text);
    return status != TW_OK;
}
