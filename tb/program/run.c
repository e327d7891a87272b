/*
 * run.c: `tablewalk run`. A run is deterministic: what lockstep found is found again, so a run that
 * fails without a waveform is made once more with one.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tb/output.h"
#include "tb/program/command.h"
#include "tb/program/run_options.h"
#include "tb/report.h"
#include "tb/report_json.h"

enum { WAVE_BEFORE = 300, WAVE_AFTER = 20 }; /* cycles around a mismatch */

static const char MISMATCH_WAVE[] = "build/mismatch.fst";

/* One run, from opening to closing. */
typedef struct session {
    const run_options *options;
    workload *load;
    tw_engine *engine;
    timeline *timeline;
    bool timeline_written;
    simulation *simulation;
} session;

static bool in_colour(FILE *stream)
{
    const char *no = getenv("NO_COLOR");
    return command_on_terminal(stream) && (no == NULL || no[0] == '\0');
}

static void show_progress(void *context, uint64_t references, uint64_t cycles)
{
    const session *s = context;
    fprintf(stderr, "\r%3.0f %%  %" PRIu64 " cycles",
            100 * (double)references / (double)workload_references(s->load), cycles);
}

/* Opens engine, waveform (NULL: none), the timeline's lines (NULL: none) and simulation, and runs.
 * The status is that of the run; without a simulation it never began. */
static tw_status run_session(session *s, const char *wave, uint64_t from, uint64_t to,
                             const char *lines, tw_error *error)
{
    const run_options *o = s->options;
    simulation_options chosen = o->simulation;
    s->engine = engine_open(o->engine, o->config, error);
    if (s->engine == NULL)
        return error->status;
    if (wave != NULL && (timeline_declare(s->engine, error) != TW_OK ||
                         tw_wave_open(s->engine, wave, from, to, error) != TW_OK))
        return error->status;
    if (wave != NULL || lines != NULL)
        s->timeline = timeline_open(lines, o->config, error);
    if (s->timeline == NULL && (wave != NULL || lines != NULL))
        return error->status;
    chosen.timeline = s->timeline;
    s->simulation = simulation_open(s->engine, o->config, s->load, &chosen, error);
    if (s->simulation == NULL)
        return error->status;
    bool terminal = command_on_terminal(stderr);
    simulation_progress progress = {s, show_progress};
    tw_status status = simulation_run(s->simulation, terminal ? &progress : NULL, error);
    if (terminal)
        fputs("\r\033[K", stderr);
    return status;
}

/* Ends the waveform, the timeline and everything else; of a run that never began there is no
 * timeline. The status is that of the waveform, or else of the timeline. */
static tw_status close_session(session *s, tw_error *error)
{
    tw_status status = s->engine != NULL ? tw_wave_close(s->engine, error) : TW_OK;
    bool ran = s->simulation != NULL;
    simulation_close(s->simulation);
    tw_status lines = TW_OK;
    if (!ran)
        timeline_discard(s->timeline);
    else
        lines = timeline_close(s->timeline, status == TW_OK ? error : NULL);
    tw_engine_close(s->engine);
    return status != TW_OK ? status : lines;
}

/* The same run again, with the waveform around the mismatch. */
static void repeat_with_wave(const session *first, uint64_t from, uint64_t to)
{
    session again = {.options = first->options, .load = first->load};
    tw_error error = {0}, closing = {0};
    run_session(&again, MISMATCH_WAVE, from, to, NULL, &error);
    bool ran = again.simulation != NULL;
    if (close_session(&again, &closing) != TW_OK)
        fprintf(stderr, "no waveform: %s\n", closing.text);
    else if (!ran)
        fprintf(stderr, "no waveform: %s\n", error.text);
    else
        fprintf(stderr, "the waveform around it is in %s\n", MISMATCH_WAVE);
}

/* What a person needs who has to find out why it went wrong in `cycle`. */
static void explain(const char *program, const session *s, uint64_t cycle)
{
    const run_options *o = s->options;
    uint64_t from = cycle > WAVE_BEFORE ? cycle - WAVE_BEFORE : 0, to = cycle + WAVE_AFTER;
    const char *wave = o->engine == ENGINE_MODEL ? NULL : o->wave != NULL ? o->wave : MISMATCH_WAVE;
    if (wave != NULL && o->wave == NULL)
        repeat_with_wave(s, from, to);
    fprintf(stderr, "to see it again: ");
    run_options_print(program, o, wave, from, to, stderr);
}

/* Prints what the run found out, and writes it to the JSON file. */
static tw_status report(const session *s, const results *r, tw_error *error)
{
    const run_options *o = s->options;
    report_setup setup = {engine_kind_name(o->engine),
                          o->config->name,
                          option_mode_name(o->simulation.mode, o->simulation.segmented),
                          o->simulation.seed,
                          o->simulation.latency_min,
                          o->simulation.latency_max};
    report_print(&setup, r, in_colour(stdout), stdout);
    if (r->os.killed > 0)
        simulation_print_processes(s->simulation, stdout);
    if (o->wave != NULL)
        printf("waveform in %s\n", o->wave);
    if (s->timeline_written && strcmp(o->timeline, "-") != 0)
        printf("timeline in %s\n", o->timeline);
    fflush(stdout);
    return o->json == NULL ? TW_OK : report_json_write(&setup, r, o->json, error);
}

/* The lines come before the report, if both go to standard output. The OS goes on telling until it
 * is closed, so that the timeline outlives it. */
static tw_status end_timeline(session *s, tw_error *error)
{
    tw_status status = timeline_finish(s->timeline, error);
    s->timeline_written = status == TW_OK && s->options->timeline != NULL;
    return status;
}

/* Says what came out of a run that was made. `status` and *error are the run's own. */
static int conclude(const char *program, session *s, tw_status status, tw_error *error)
{
    uint64_t cycle = tw_cycles(s->engine); /* reading the counters takes cycles */
    if (status != TW_OK && status != TW_MISMATCH && status != TW_TIMEOUT)
        return command_failed(error);
    results r = simulation_results(s->simulation);
    tw_error json = {0}, lines = {0};
    int exit = end_timeline(s, &lines) == TW_OK ? EXIT_PASS : command_failed(&lines);
    if (report(s, &r, &json) != TW_OK)
        exit = command_failed(&json);
    if (status == TW_OK && results_good(&r))
        return exit;
    tw_lockstep_report(s->engine, stderr);
    fprintf(stderr, "tablewalk: %s\n",
            status != TW_OK      ? error->text
            : r.data_errors != 0 ? r.first_data_error
                                 : "a process was killed");
    explain(program, s, status == TW_OK && r.data_errors != 0 ? r.first_data_cycle : cycle);
    return EXIT_FAIL;
}

int command_run(const char *program, int argc, char **argv)
{
    run_options options;
    tw_error error = {0}, closing = {0};
    int exit = run_options_parse(argc, argv, &options);
    if (exit != OPTIONS_TAKEN)
        return exit;
    workload load;
    session s = {.options = &options, .load = &load};
    tw_status status =
        workload_open(&load, options.trace, options.traces, options.simulation.mode, &error);
    if (status == TW_OK)
        status = simulation_check(&load, &options.simulation, &error);
    if (status == TW_OK && options.json != NULL)
        status = output_check(options.json, &error);
    if (status == TW_OK)
        status = run_session(&s, options.wave, options.wave_from, options.wave_to, options.timeline,
                             &error);
    exit = s.simulation == NULL ? command_failed(&error) : conclude(program, &s, status, &error);
    if (close_session(&s, &closing) != TW_OK)
        exit = command_failed(&closing);
    workload_close(&load);
    return exit;
}
