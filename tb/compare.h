/*
 * compare.h: one workload in several modes, each on an engine of its own, on all cores; and what
 * came out, side by side. A program's data does not depend on the mode, so its processes must end
 * with the same data in each.
 *
 *     compare_job job = {.mode = "sv39", .engine = engine, .config = config, .options = options};
 *     status = compare_open(&job, path, traces, &error);      before anything runs
 *     compare_run(&job, 1, 1);
 *     compare_print(&job, 1, stdout);
 *     status = compare_judge(&job, 1, &error);
 *     compare_close(&job);
 */
#ifndef TB_COMPARE_H
#define TB_COMPARE_H

#include <jansson.h>
#include <stdio.h>

#include "tb/simulation.h"

typedef struct compare_job {
    const char *mode;        /* its name, for reports; not owned */
    tw_engine *engine;       /* not owned; must not have been clocked */
    const tw_config *config; /* of the engine; not owned */
    simulation_options options;
    workload load;          /* filled by compare_open, the rest by compare_run */
    simulation *simulation; /* NULL: it could not be opened */
    results results;        /* of meaning if there is a simulation; borrows from it */
    tw_status status;       /* of the run */
    tw_error error;         /* likewise */
} compare_job;

/* Reads the traces for the job's mode. As workload_open and simulation_check, with the mode's
 * name in front of the sentence. Close it in every case. */
tw_status compare_open(compare_job *job, const char *const *path, size_t traces, tw_error *error);
void compare_close(compare_job *job);

/* Runs all jobs that were opened, `threads` (from 1) at a time. */
void compare_run(compare_job *jobs, size_t count, unsigned threads);

/* TW_OK if every run came to its end as it should, and every process ended with the data that it
 * has in the first job. Else TW_MISMATCH, or the status of a run that failed, with a sentence
 * that names the first such mode. */
tw_status compare_judge(const compare_job *jobs, size_t count, tw_error *error);

/* "passed", "killed" if a process was, or "failed" of any other run that did not come to its end as
 * it should. */
const char *compare_result(const compare_job *job);

/* A table for people, a line a mode; "-" where a mode has no such thing. What could not be opened
 * has its sentence instead. */
void compare_print(const compare_job *jobs, size_t count, FILE *to);

/* The table and the checksums for programs: a line of names and a line a mode, empty where a mode
 * has no such thing; and an array of objects with the same names, null there, and final_data as
 * in report_json.h. NULL if memory is out. What could not be opened has its result and no
 * numbers. */
void compare_csv(const compare_job *jobs, size_t count, FILE *to);
json_t *compare_json(const compare_job *jobs, size_t count);

#endif
