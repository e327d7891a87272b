/* pool.c: every thread takes the next job until none is left; `next` is all that they share. */
#include "tb/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { THREADS_MAX = 256 };

struct work {
    void (*job)(void *context, size_t n);
    void *context;
    size_t count;
    atomic_size_t next;
};

static void *take_jobs(void *context)
{
    struct work *w = context;
    for (size_t n; (n = atomic_fetch_add(&w->next, 1)) < w->count;)
        w->job(w->context, n);
    return NULL;
}

void pool_run(size_t count, unsigned threads, void (*job)(void *context, size_t n), void *context)
{
    struct work w = {.job = job, .context = context, .count = count};
    pthread_t helper[THREADS_MAX];
    unsigned helpers = 0;
    while (helpers + 1 < threads && helpers < THREADS_MAX && helpers + 1 < count &&
           pthread_create(&helper[helpers], NULL, take_jobs, &w) == 0)
        helpers++;
    take_jobs(&w);
    while (helpers > 0)
        pthread_join(helper[--helpers], NULL);
}

unsigned pool_cores(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : (unsigned)cores;
}
