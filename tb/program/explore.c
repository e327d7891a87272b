/* explore.c: `tablewalk explore`: cycles per translation over TLB sizes and more, without building
 * anything. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tb/drive_trace.h"
#include "tb/explore.h"
#include "tb/new_file.h"
#include "tb/output.h"
#include "tb/plot.h"
#include "tb/pool.h"
#include "tb/program/command.h"
#include "tb/program/options.h"

enum { TRACES_MAX = 16 };

static const char HELP[] =
    "usage: tablewalk explore --trace FILE [--trace FILE]... [--sweep DIMENSION=N,N...]... "
    "[OPTION]...\n\n"
    "Plays the references of each trace on the cycle model at every combination of the values, "
    "and\n"
    "prints cycles per translation, the share of requests that the TLBs answer, and walks. A "
    "trace\n"
    "is what `tablewalk record` makes, or a list as `tablewalk drive` plays it. Every page is a\n"
    "4 KiB page of Sv39 with A and D set; the TLBs are cold. All cores work.\n\n"
    "  --trace FILE        up to 16; each is played on its own\n"
    "  --sweep DIMENSION=N,N...\n"
#define DIMENSION(constant, name, meaning, range) "        " name ": " meaning ", " range "\n"
    SWEEP_DIMENSIONS(DIMENSION)
#undef DIMENSION
        "  --outstanding K     where it is not swept (default: 1)\n"
        "  --csv FILE          every number of every point\n"
        "  --plot FILE.svg     cycles per translation over the first sweep, a line for each\n"
        "                      combination of the others; needs gnuplot\n"
        "  --help, --version\n\n"
        "Where not swept: the configuration 'default', and a memory latency of 10.\n";

typedef struct setup {
    unsigned traces;
    const char *trace[TRACES_MAX];
    sweep sweep;
    sweep_point base;
    const char *csv, *plot; /* NULL: none */
} setup;

/* ---- options --------------------------------------------------------------------------------- */

static tw_status take_trace(void *context, const char *path, tw_error *error)
{
    setup *s = context;
    if (s->traces == TRACES_MAX)
        return tw_fail(error, TW_USAGE, "at most %d traces", TRACES_MAX);
    s->trace[s->traces++] = path;
    return TW_OK;
}

static tw_status take_sweep(void *context, const char *text, tw_error *error)
{
    setup *s = context;
    return sweep_add(&s->sweep, text, error);
}

/* Lines of the picture: the points at one value of the first axis, for each trace. */
static unsigned curves(const setup *s)
{
    return s->traces * sweep_points(&s->sweep) / s->sweep.axis[0].count;
}

static tw_status check(const setup *s, tw_error *error)
{
    if (s->traces == 0)
        return tw_fail(error, TW_USAGE, "explore needs --trace FILE, see --help");
    if (s->plot != NULL && s->sweep.axes == 0)
        return tw_fail(error, TW_USAGE, "--plot needs a --sweep for its axis, such as l1=4,8,16");
    if (s->plot != NULL && s->sweep.axis[0].value[0] == 0)
        return tw_fail(error, TW_USAGE,
                       "--plot: its axis is logarithmic and has no 0: let another sweep come "
                       "before %s",
                       sweep_name(s->sweep.axis[0].dimension));
    if (s->plot != NULL && curves(s) > PLOT_CURVES_MAX)
        return tw_fail(error, TW_USAGE,
                       "--plot: %u lines cannot be told apart: let the values of all sweeps but "
                       "the first, and traces, make at most %d combinations",
                       curves(s), PLOT_CURVES_MAX);
    if (s->csv != NULL && s->plot != NULL && output_same(s->csv, s->plot))
        return tw_fail(error, TW_USAGE, "--csv and --plot are the same file: name two");
    tw_status status = s->csv == NULL ? TW_OK : output_check(s->csv, error);
    return status != TW_OK || s->plot == NULL ? status : output_check(s->plot, error);
}

/* As options_take. */
static int parse(setup *s, int argc, char **argv)
{
    const command_option options[] = {
        {"trace", .take = take_trace, .context = s},
        {"sweep", .take = take_sweep, .context = s},
        {"outstanding", .small = &s->base.outstanding, .min = 1, .max = DRIVE_OUTSTANDING_MAX},
        {"csv", .text = &s->csv},
        {"plot", .text = &s->plot},
        {0}};
    tw_error error = {0};
    int exit = options_take_all(argc, argv, HELP, options, "a trace is --trace FILE");
    if (exit != OPTIONS_TAKEN)
        return exit;
    return check(s, &error) == TW_OK ? OPTIONS_TAKEN : command_failed(&error);
}

/* ---- results --------------------------------------------------------------------------------- */

static tw_status write_csv(const setup *s, const explore_job *jobs, tw_error *error)
{
    new_file file;
    tw_status status = new_file_open(&file, s->csv, error);
    if (status != TW_OK)
        return status;
    explore_csv(jobs, (size_t)s->traces * sweep_points(&s->sweep), file.stream);
    return new_file_close(&file, error);
}

/* "sort.xz, misses 2, latency 10": what tells a curve from the others. */
static void name_curve(const setup *s, const explore_job *job, unsigned n, char *name, size_t room)
{
    const char *slash = strrchr(job->trace, '/');
    size_t used = (size_t)snprintf(name, room, "%.80s", slash == NULL ? job->trace : slash + 1);
    for (unsigned axis = 1; axis < s->sweep.axes && used < room; axis++)
        used += (size_t)snprintf(name + used, room - used, ", %s %u",
                                 sweep_name(s->sweep.axis[axis].dimension),
                                 s->sweep.axis[axis].value[sweep_index(&s->sweep, axis, n)]);
}

static tw_status draw(const setup *s, const explore_job *jobs, tw_error *error)
{
    static const char *const labels[SWEEP_COUNT] = {
#define LABEL(constant, name, meaning, range) meaning,
        SWEEP_DIMENSIONS(LABEL)
#undef LABEL
    };
    const struct sweep_axis *first = &s->sweep.axis[0];
    unsigned points = sweep_points(&s->sweep), others = points / first->count;
    double x[SWEEP_VALUES_MAX], y[PLOT_CURVES_MAX][SWEEP_VALUES_MAX];
    plot_curve curve[PLOT_CURVES_MAX];
    for (unsigned c = 0; c < curves(s); c++) {
        const explore_job *trace = jobs + (size_t)(c / others) * points;
        for (unsigned i = 0; i < first->count; i++) {
            x[i] = first->value[i];
            y[c][i] = drive_cycles_each(&trace[i * others + c % others].result);
        }
        curve[c].y = y[c];
        name_curve(s, trace, c % others, curve[c].name, sizeof curve[c].name);
    }
    plot p = {.x_label = labels[first->dimension],
              .y_label = "cycles per translation",
              .x = x,
              .points = first->count,
              .curves = curves(s),
              .curve = curve};
    return plot_svg(&p, s->plot, error);
}

static tw_status report(const setup *s, const explore_job *jobs, tw_error *error)
{
    for (unsigned t = 0; t < s->traces; t++) {
        if (t > 0)
            putchar('\n');
        explore_print(&s->sweep, jobs + (size_t)t * sweep_points(&s->sweep), stdout);
    }
    tw_status status = s->csv == NULL ? TW_OK : write_csv(s, jobs, error);
    if (status == TW_OK && s->plot != NULL)
        status = draw(s, jobs, error);
    return status;
}

/* Every list at every point. */
static tw_status run_all(const setup *s, const drive_list *lists, tw_error *error)
{
    unsigned points = sweep_points(&s->sweep);
    size_t count = (size_t)s->traces * points;
    assert(count > 0);
    explore_job *jobs = calloc(count, sizeof *jobs);
    if (jobs == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for %zu points", count);
    for (size_t n = 0; n < count; n++)
        jobs[n] = (explore_job){.trace = s->trace[n / points],
                                .list = &lists[n / points],
                                .point = sweep_at(&s->sweep, &s->base, (unsigned)(n % points))};
    tw_status status = explore_run(jobs, count, pool_cores(), error);
    if (status == TW_OK)
        status = report(s, jobs, error);
    free(jobs);
    return status;
}

static tw_status explore(const setup *s, tw_error *error)
{
    drive_list lists[TRACES_MAX] = {0};
    tw_status status = TW_OK;
    for (unsigned t = 0; status == TW_OK && t < s->traces; t++)
        status = drive_trace_read(&lists[t], s->trace[t], error);
    if (status == TW_OK)
        status = run_all(s, lists, error);
    for (unsigned t = 0; t < s->traces; t++)
        drive_list_close(&lists[t]);
    return status;
}

int command_explore(const char *program, int argc, char **argv)
{
    setup s = {.base = {.config = *tw_config_named("default"), .latency = 10, .outstanding = 1}};
    tw_error error = {0};
    (void)program;
    int exit = parse(&s, argc, argv);
    if (exit != OPTIONS_TAKEN)
        return exit;
    return explore(&s, &error) == TW_OK ? EXIT_PASS : command_failed(&error);
}
