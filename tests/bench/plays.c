/* plays.c: a list that is searched from its front. */
#include "tests/bench/plays.h"

#include <assert.h>
#include <string.h>

void plays_add(plays *p, const bench_workload *workload, uint32_t latency, uint32_t outstanding,
               uint32_t walkers)
{
    if (plays_find(p, workload->name, latency, outstanding, walkers) != NULL)
        return;
    assert(p->count < PLAYS_MAX);
    explore_job *job = &p->job[p->count++];
    *job = (explore_job){
        .trace = workload->name,
        .list = &workload->list,
        .point = {.config = p->config, .latency = latency, .outstanding = outstanding}};
    job->point.config.walkers = walkers;
}

const explore_job *plays_find(const plays *p, const char *workload, uint32_t latency,
                              uint32_t outstanding, uint32_t walkers)
{
    for (const explore_job *job = p->job; job < p->job + p->count; job++)
        if (strcmp(job->trace, workload) == 0 && job->point.latency == latency &&
            job->point.outstanding == outstanding && job->point.config.walkers == walkers)
            return job;
    return NULL;
}

double plays_cycles(const plays *p, const char *workload, uint32_t latency, uint32_t outstanding,
                    uint32_t walkers)
{
    const explore_job *job = plays_find(p, workload, latency, outstanding, walkers);
    assert(job != NULL);
    return drive_cycles_each(&job->result);
}
