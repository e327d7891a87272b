/* explore.c: each job is written by one thread alone. */
#include "tb/explore.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tb/pool.h"

struct work {
    explore_job *jobs;
    tw_error *errors; /* of each job */
};

static tw_status play(explore_job *job, tw_error *error)
{
    drive_options options = {.latency = job->point.latency, .outstanding = job->point.outstanding};
    tw_engine *engine = tw_model_open(&job->point.config);
    if (engine == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for a cycle model");
    tw_status status = drive_run(engine, job->list, &options, &job->result, error);
    tw_engine_close(engine);
    return status;
}

static void play_one(void *context, size_t n)
{
    struct work *w = context;
    w->errors[n].status = play(&w->jobs[n], &w->errors[n]);
}

tw_status explore_run(explore_job *jobs, size_t count, unsigned threads, tw_error *error)
{
    struct work w = {.jobs = jobs};
    w.errors = calloc(count, sizeof *w.errors);
    if (w.errors == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for %zu points", count);
    pool_run(count, threads, play_one, &w);
    tw_status status = TW_OK;
    for (size_t n = 0; status == TW_OK && n < count; n++)
        if ((status = w.errors[n].status) != TW_OK)
            tw_fail(error, status, "%s", w.errors[n].text);
    free(w.errors);
    return status;
}

/* ---- reports --------------------------------------------------------------------------------- */

/* "97.12 %", or "-" if nobody asked. */
static void print_rate(uint64_t hits, uint64_t requests, FILE *to)
{
    if (requests == 0)
        fprintf(to, "  %11s", "-");
    else
        fprintf(to, "  %9.2f %%", 100.0 * (double)hits / (double)requests);
}

void explore_print(const sweep *swept, const explore_job *jobs, FILE *to)
{
    fprintf(to, "%s, %zu translations\n", jobs[0].trace, jobs[0].list->count);
    for (unsigned axis = 0; axis < swept->axes; axis++)
        fprintf(to, "  %11s", sweep_name(swept->axis[axis].dimension));
    fprintf(to, "  %18s  %11s  %11s  %11s  %9s  %15s\n", "cycles/translation", "fetch hits",
            "data hits", "l2 hits", "walks", "walk-cache hits");
    for (unsigned n = 0; n < sweep_points(swept); n++) {
        const drive_result *r = &jobs[n].result;
        uint64_t misses = r->fetch_requests - r->fetch_hits + r->data_requests - r->data_hits;
        for (unsigned axis = 0; axis < swept->axes; axis++)
            fprintf(to, "  %11" PRIu32, swept->axis[axis].value[sweep_index(swept, axis, n)]);
        fprintf(to, "  %18.3f", drive_cycles_each(r));
        print_rate(r->fetch_hits, r->fetch_requests, to);
        print_rate(r->data_hits, r->data_requests, to);
        print_rate(drive_l2_hits(r), misses, to);
        fprintf(to, "  %9" PRIu64 "    ", r->walks);
        print_rate(r->walk_cache_hits, r->walks, to);
        fputc('\n', to);
    }
}

/* A field in quotes; a quote within is doubled (RFC 4180). */
static void csv_text(const char *text, FILE *to)
{
    fputc('"', to);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

void explore_csv(const explore_job *jobs, size_t count, FILE *to)
{
    fputs("trace,fetch_entries,data_entries,misses,latency,outstanding,translations,cycles,"
          "cycles_per_translation,fetch_requests,fetch_hits,data_requests,data_hits,walks,"
          "pte_reads,walkers,l2_entries,l2_ways,walk_cache,fetch_l2_hits,data_l2_hits,"
          "walk_cache_hits,prefetch,prefetches\n",
          to);
    for (const explore_job *job = jobs; job < jobs + count; job++) {
        const tw_config *c = &job->point.config;
        const drive_result *r = &job->result;
        csv_text(job->trace, to);
        fprintf(to, ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32, c->fetch_entries,
                c->data_entries, c->misses, job->point.latency, job->point.outstanding);
        fprintf(to, ",%" PRIu64 ",%" PRIu64 ",%.6f", r->accesses, r->cycles, drive_cycles_each(r));
        fprintf(to, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, r->fetch_requests,
                r->fetch_hits, r->data_requests, r->data_hits);
        fprintf(to, ",%" PRIu64 ",%" PRIu64, r->walks, r->reads);
        fprintf(to, ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32, c->walkers, c->l2_entries,
                c->l2_ways, c->walk_cache);
        fprintf(to, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, r->fetch_l2_hits, r->data_l2_hits,
                r->walk_cache_hits);
        fprintf(to, ",%" PRIu32 ",%" PRIu64 "\n", c->prefetch, r->prefetches);
    }
}
