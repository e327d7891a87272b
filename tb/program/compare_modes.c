/* compare_modes.c: `tablewalk compare-modes`: a run in every mode, side by side. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tb/compare.h"
#include "tb/json_file.h"
#include "tb/new_file.h"
#include "tb/output.h"
#include "tb/pool.h"
#include "tb/program/command.h"
#include "tb/program/run_options.h"

enum { MODES_MAX = 16 };

static const char HELP[] =
    "usage: tablewalk compare-modes [OPTION]...\n\n"
    "Runs the same programs in every mode that the configuration has, as `tablewalk run` does, "
    "and\n"
    "prints a line for each: what the MMU counted, what the OS did, and what the tables cost. The\n"
    "data with which the programs end must be the same in every mode. All cores work.\n\n"
    "  --modes NAME,NAME...  these modes, in this order (default: all)\n"
    "  --engine rtl|model|lockstep  which MMU (default: model, which is the fastest)\n"
    "  --config NAME     small, default, large or prefetch (default: default)\n"
    "  --trace FILE      a trace of valgrind's lackey, plain or compressed; once for each process\n"
    "                    (default: tests/traces/true.xz and tests/traces/sort.xz)\n"
    "  --frames N        frames of memory, in every mode the same (default: too few for all "
    "pages)\n"
    "  --seed N          of latencies and data (default: 1); the same seed gives the same runs\n"
    "  --latency N|LO-HI cycles of a memory access (default: 2-20)\n"
    "  --outstanding N   accesses in flight, 1 to 16 (default: 4)\n"
    "  --slice N         references between context switches (default: 5000)\n"
    "  --json FILE       write the table as JSON, with the checksums of the data\n"
    "  --csv FILE        write the table as CSV\n"
    "  --help, --version\n\n"
    "cycles/access: of the programs' accesses; TLB hits: at once, by the TLB of the port. table\n"
    "bytes: of page tables (linear and hashed ones are taken besides --frames), and 24 for each\n"
    "segment descriptor. frag.% inside: bytes of segments that no access came to; outside: how\n"
    "much of the free memory was not in its largest hole when that was worst, 0 to 100. result:\n"
    "passed, killed (a process was), or failed.\n";

typedef struct comparison {
    run_options run;   /* of every job, but for its mode */
    const char *modes; /* NULL: all */
    const char *csv;   /* NULL: none */
    compare_job job[MODES_MAX];
    size_t jobs;
} comparison;

/* ---- options --------------------------------------------------------------------------------- */

/* What the modes have in common, and this one. */
static compare_job job_of(const comparison *c, unsigned mode, bool segmented)
{
    compare_job job = {.mode = option_mode_name(mode, segmented),
                       .config = c->run.config,
                       .options = c->run.simulation};
    job.options.mode = mode;
    job.options.segmented = segmented;
    return job;
}

/* Every mode that the configuration has. */
static size_t list_built(const comparison *c, compare_job *job)
{
    unsigned mode;
    bool segmented;
    size_t count = 0;
    for (unsigned i = 0; option_mode_at(i, &mode, &segmented) && count < MODES_MAX; i++)
        if (option_mode_settle(&mode, &segmented, c->run.config, NULL) == TW_OK)
            job[count++] = job_of(c, mode, segmented);
    return count;
}

static const compare_job *find(const compare_job *job, size_t count, const char *name,
                               size_t length)
{
    for (size_t n = 0; n < count; n++)
        if (strlen(job[n].mode) == length && strncmp(job[n].mode, name, length) == 0)
            return &job[n];
    return NULL;
}

static tw_status not_built(const comparison *c, const char *name, const compare_job *built,
                           size_t count, tw_error *error)
{
    char list[160] = "";
    for (size_t n = 0; n < count; n++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s %s", n == 0 ? "" : ",",
                 built[n].mode);
    return tw_fail(error, TW_USAGE,
                   "--modes '%.*s': the configuration '%s' has no such mode; there are%s",
                   (int)strcspn(name, ",") < 40 ? (int)strcspn(name, ",") : 40, name,
                   c->run.config->name, list);
}

/* The modes that were asked for, in that order. */
static tw_status choose(comparison *c, tw_error *error)
{
    compare_job built[MODES_MAX];
    size_t count = list_built(c, built);
    for (const char *name = c->modes; name != NULL;) {
        size_t length = strcspn(name, ",");
        if (length == 0)
            return tw_fail(error, TW_USAGE,
                           "--modes '%.100s': an empty name; expected NAME,NAME and so on",
                           c->modes);
        const compare_job *job = find(built, count, name, length);
        if (job == NULL)
            return not_built(c, name, built, count, error);
        if (find(c->job, c->jobs, name, length) != NULL)
            return tw_fail(error, TW_USAGE, "--modes: %s comes twice", job->mode);
        c->job[c->jobs++] = *job;
        name = name[length] == ',' ? name + length + 1 : NULL;
    }
    if (c->modes == NULL)
        memcpy(c->job, built, count * sizeof *built);
    c->jobs = c->modes == NULL ? count : c->jobs;
    return TW_OK;
}

/* No output may destroy a trace or the other output. */
static tw_status check_output(const comparison *c, const char *option, const char *path,
                              const char *other, tw_error *error)
{
    bool taken = path != NULL && other != NULL && output_same(path, other);
    for (size_t i = 0; path != NULL && i < c->run.traces; i++)
        taken |= output_same(path, c->run.trace[i]);
    if (taken)
        return tw_fail(error, TW_USAGE,
                       "--%s '%.100s': expected a file of its own, another option names it too",
                       option, path);
    return path == NULL ? TW_OK : output_check(path, error);
}

static tw_status check(comparison *c, tw_error *error)
{
    run_options_default_traces(&c->run);
    tw_status status = choose(c, error);
    if (status == TW_OK)
        status = check_output(c, "json", c->run.json, NULL, error);
    return status == TW_OK ? check_output(c, "csv", c->csv, c->run.json, error) : status;
}

/* As options_take. */
static int parse(comparison *c, int argc, char **argv)
{
    simulation_options *s = &c->run.simulation;
    uint32_t frames = 0;
    const command_option options[] = {
        {"modes", .text = &c->modes},
        {"engine", .engine = &c->run.engine},
        {"config", .config = &c->run.config},
        {"trace", .take = run_options_take_trace, .context = &c->run},
        {"frames", .small = &frames, .min = 1, .max = RUN_FRAMES_MAX},
        {"seed", .number = &s->seed, .max = INT64_MAX},
        {"latency", .take = run_options_take_latency, .context = s},
        {"outstanding", .small = &s->outstanding, .min = 1, .max = CPU_OUTSTANDING_MAX},
        {"slice", .number = &s->slice, .min = 1, .max = UINT64_MAX},
        {"json", .text = &c->run.json},
        {"csv", .text = &c->csv},
        {0}};
    tw_error error = {0};
    int exit = options_take_all(argc, argv, HELP, options, "a trace is --trace FILE");
    if (exit != OPTIONS_TAKEN)
        return exit;
    s->frames = frames;
    return check(c, &error) == TW_OK ? OPTIONS_TAKEN : command_failed(&error);
}

/* ---- runs and results ------------------------------------------------------------------------ */

/* Before the first of them runs, so that what is wrong is said at once. */
static tw_status open_jobs(comparison *c, tw_error *error)
{
    tw_status status = TW_OK;
    for (size_t n = 0; status == TW_OK && n < c->jobs; n++)
        status = compare_open(&c->job[n], c->run.trace, c->run.traces, error);
    for (size_t n = 0; status == TW_OK && n < c->jobs; n++) {
        c->job[n].engine = engine_open(c->run.engine, c->run.config, error);
        status = c->job[n].engine == NULL ? error->status : TW_OK;
    }
    return status;
}

static tw_status write_csv(const comparison *c, tw_error *error)
{
    new_file file;
    tw_status status = new_file_open(&file, c->csv, error);
    if (status != TW_OK)
        return status;
    compare_csv(c->job, c->jobs, file.stream);
    return new_file_close(&file, error);
}

static tw_status write_json(const comparison *c, tw_error *error)
{
    json_t *modes = compare_json(c->job, c->jobs);
    json_t *object =
        json_pack("{ss ss sI so*}", "engine", engine_kind_name(c->run.engine), "config",
                  c->run.config->name, "seed", (json_int_t)c->run.simulation.seed, "modes", modes);
    tw_status status = object == NULL ? tw_fail(error, TW_NO_MEMORY, "no memory for the results")
                                      : json_file_write(object, c->run.json, error);
    json_decref(object);
    return status;
}

static void print_heading(const comparison *c)
{
    const simulation_options *s = &c->run.simulation;
    const workload *load = &c->job[0].load;
    printf("engine %s, configuration %s, seed %" PRIu64 ", memory latency %u-%u cycles\n",
           engine_kind_name(c->run.engine), c->run.config->name, s->seed, (unsigned)s->latency_min,
           (unsigned)s->latency_max);
    printf("%zu process%s, %zu pages touched, %" PRIu64 " references\n\n", load->traces,
           load->traces == 1 ? "" : "es", workload_pages(load), workload_references(load));
}

/* Prints and writes; the status is that of the files, and *judgement that of the runs. */
static tw_status report(const comparison *c, tw_error *judgement, tw_error *error)
{
    print_heading(c);
    compare_print(c->job, c->jobs, stdout);
    putchar('\n');
    judgement->status = compare_judge(c->job, c->jobs, judgement);
    for (size_t i = 0; judgement->status == TW_OK && i < c->job[0].results.processes; i++)
        printf("final data      %016" PRIx64 "   of process %zu, in every mode\n",
               c->job[0].results.final[i].checksum, i + 1);
    puts(judgement->status == TW_OK ? "passed" : "FAILED");
    fflush(stdout);
    tw_status status = c->csv == NULL ? TW_OK : write_csv(c, error);
    return status == TW_OK && c->run.json != NULL ? write_json(c, error) : status;
}

/* The command that shows why, for each mode whose run is to blame. */
static void explain(const char *program, const comparison *c)
{
    for (size_t n = 0; n < c->jobs; n++) {
        run_options alone = c->run;
        alone.simulation = c->job[n].options;
        if (strcmp(compare_result(&c->job[n]), "passed") == 0)
            continue;
        fputs("to see it again: ", stderr);
        run_options_print(program, &alone, NULL, 0, 0, stderr);
    }
}

static int compare(const char *program, comparison *c)
{
    tw_error error = {0}, judgement = {0};
    int exit;
    if (open_jobs(c, &error) == TW_OK) {
        compare_run(c->job, c->jobs, pool_cores());
        exit = report(c, &judgement, &error) == TW_OK ? EXIT_PASS : command_failed(&error);
        if (judgement.status != TW_OK) {
            command_failed(&judgement);
            explain(program, c);
            exit = EXIT_FAIL;
        }
    } else {
        exit = command_failed(&error);
    }
    for (size_t n = 0; n < c->jobs; n++) {
        compare_close(&c->job[n]);
        tw_engine_close(c->job[n].engine);
    }
    return exit;
}

int command_compare_modes(const char *program, int argc, char **argv)
{
    comparison c = {.run = run_options_defaults()};
    c.run.engine = ENGINE_MODEL;
    int exit = parse(&c, argc, argv);
    return exit == OPTIONS_TAKEN ? compare(program, &c) : exit;
}
