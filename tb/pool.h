/*
 * pool.h: many jobs on all cores. Jobs that share no state give the same results on any number of
 * threads.
 */
#ifndef TB_POOL_H
#define TB_POOL_H

#include <stddef.h>

/* Calls `job` for each n below `count`, `threads` (from 1) at a time, and returns when all are
 * done; the caller's thread is one of them. With fewer threads than wanted, as the host allows,
 * it is slower and nothing else. */
void pool_run(size_t count, unsigned threads, void (*job)(void *context, size_t n), void *context);

/* Cores of the host, at least 1. */
unsigned pool_cores(void);

#endif
