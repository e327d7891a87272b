/*
 * workload.h: the traces of a run, one process each, read once from end to end before anything else
 * is opened, so that a bad trace leaves nothing half done. In a mode of 32-bit addresses, a program
 * that uses others is relocated.
 */
#ifndef TB_WORKLOAD_H
#define TB_WORKLOAD_H

#include "tb/relocate.h"

enum { WORKLOAD_MAX = 16 };

typedef struct workload {
    size_t traces;
    const char *path[WORKLOAD_MAX];       /* not owned */
    footprint *footprint[WORKLOAD_MAX];   /* where the pages are in the process */
    relocation *relocation[WORKLOAD_MAX]; /* NULL: as in the trace */
} workload;

/* As footprint_of for the first trace that is bad; TW_USAGE for none or more than WORKLOAD_MAX, for
 * a pipe (a run reads each trace a second time), and for a program that cannot be relocated into a
 * mode which needs that. Close it in every case. */
tw_status workload_open(workload *load, const char *const *path, size_t traces, unsigned mode,
                        tw_error *error);
void workload_close(workload *load);

/* As footprint_check for the first trace that has a page which the mode has not. */
tw_status workload_check(const workload *load, unsigned mode, tw_error *error);

/* Sums over all traces; tables in frames, regions of what was relocated: 0 if nothing was. */
size_t workload_pages(const workload *load);
uint64_t workload_references(const workload *load);
size_t workload_tables(const workload *load, unsigned mode);
size_t workload_relocated(const workload *load);

#endif
