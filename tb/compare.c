/* compare.c: each job is written by one thread alone, and shares nothing with others but what
 * stands still. (Verilated engines all write Verilator's pointer to the last context, and never
 * read it.) */
#include "tb/compare.h"

#include <inttypes.h>

#include "tb/pool.h"

tw_status compare_open(compare_job *job, const char *const *path, size_t traces, tw_error *error)
{
    tw_error why = {0};
    tw_status status = workload_open(&job->load, path, traces, job->options.mode, &why);
    if (status == TW_OK)
        status = simulation_check(&job->load, &job->options, &why);
    return status == TW_OK ? TW_OK : tw_fail(error, status, "%s: %.300s", job->mode, why.text);
}

void compare_close(compare_job *job)
{
    simulation_close(job->simulation);
    workload_close(&job->load);
}

static void run_one(void *context, size_t n)
{
    compare_job *job = (compare_job *)context + n;
    job->simulation =
        simulation_open(job->engine, job->config, &job->load, &job->options, &job->error);
    if (job->simulation == NULL) {
        job->status = job->error.status;
        return;
    }
    job->status = simulation_run(job->simulation, NULL, &job->error);
    job->results = simulation_results(job->simulation);
}

void compare_run(compare_job *jobs, size_t count, unsigned threads)
{
    pool_run(count, threads, run_one, jobs);
}

/* ---- judgement ------------------------------------------------------------------------------- */

static tw_status judge_run(const compare_job *job, tw_error *error)
{
    const results *r = &job->results;
    if (job->status != TW_OK)
        return tw_fail(error, job->status, "%s: %.300s", job->mode, job->error.text);
    if (r->data_errors != 0)
        return tw_fail(error, TW_MISMATCH, "%s: %.300s", job->mode, r->first_data_error);
    if (r->os.killed != 0)
        return tw_fail(error, TW_MISMATCH, "%s: a process was killed", job->mode);
    for (size_t i = 0; i < r->processes; i++)
        if (!r->complete || !r->final[i].known)
            return tw_fail(error, TW_MISMATCH, "%s: process %zu did not come to its end", job->mode,
                           i + 1);
    return TW_OK;
}

const char *compare_result(const compare_job *job)
{
    bool killed = job->status == TW_OK && job->results.data_errors == 0 && job->results.os.killed;
    return judge_run(job, NULL) == TW_OK ? "passed" : killed ? "killed" : "failed";
}

static tw_status judge_data(const compare_job *first, const compare_job *job, tw_error *error)
{
    for (size_t i = 0; i < job->results.processes; i++) {
        const uint64_t want = first->results.final[i].checksum;
        const uint64_t got = job->results.final[i].checksum;
        if (want != got)
            return tw_fail(error, TW_MISMATCH,
                           "process %zu ends with other data in %s, %016" PRIx64
                           ", than in %s, %016" PRIx64,
                           i + 1, job->mode, got, first->mode, want);
    }
    return TW_OK;
}

tw_status compare_judge(const compare_job *jobs, size_t count, tw_error *error)
{
    tw_status status = TW_OK;
    for (size_t n = 0; status == TW_OK && n < count; n++)
        status = judge_run(&jobs[n], error);
    for (size_t n = 1; status == TW_OK && n < count; n++)
        status = judge_data(&jobs[0], &jobs[n], error);
    return status;
}
