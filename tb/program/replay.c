/* replay.c: `tablewalk replay`: every vector of a file, and how many of them came out as they
 * should. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "tb/program/command.h"
#include "tb/program/options.h"
#include "tb/vector_engine.h"
#include "tb/vector_golden.h"
#include "tb/vector_outcome.h"

enum { DIFFERENCES_SHOWN = 10, PROGRESS_EVERY = 4096 };

static const char HELP[] =
    "usage: tablewalk replay [--engine golden|model|rtl|lockstep] [--config NAME] FILE\n\n"
    "Runs every test vector of FILE, plain or compressed, and compares the outcome and the memory\n"
    "accesses in their order. Prints the first differences, and last 'N passed, N failed'.\n\n"
    "  --engine NAME  golden: the architectural model (default); model, rtl, lockstep: an MMU\n"
    "  --config NAME  small, default, large or prefetch (default: default); vectors of modes that\n"
    "                 it does not have are skipped\n"
    "  --help, --version\n";

typedef struct replay {
    engine_kind kind;
    const tw_config *config;
    tw_engine *engine; /* NULL for golden */
    vector_engine *runner;
    uint64_t passed, failed, skipped;
} replay;

/* Runs one vector and counts it. What comes back is not TW_OK only if the file cannot go on. */
static tw_status run_vector(replay *r, const vector *v, tw_error *error)
{
    vector_outcome seen;
    tw_error difference;
    if (r->kind != ENGINE_GOLDEN && !vector_engine_fits(r->config, v)) {
        r->skipped++;
        return TW_OK;
    }
    if (r->kind == ENGINE_GOLDEN) {
        vector_run_golden(v, &seen, NULL);
    } else {
        tw_status status = vector_engine_run(r->runner, v, &seen, error);
        if (status != TW_OK)
            return status;
    }
    unsigned pa_bits = r->kind == ENGINE_GOLDEN ? 64 : TW_PA_BITS;
    if (vector_compare(v, &seen, pa_bits, &difference) == TW_OK)
        r->passed++;
    else if (r->failed++ < DIFFERENCES_SHOWN)
        printf("%s\n", difference.text);
    return TW_OK;
}

static tw_status run_file(replay *r, const char *path, tw_error *error)
{
    text_file *file = text_open(path, error);
    if (file == NULL)
        return error->status;
    bool terminal = command_on_terminal(stderr);
    tw_status status = TW_OK;
    for (bool more = true; status == TW_OK && more;) {
        vector v;
        status = vector_next(file, &v, &more, error);
        if (status == TW_OK && more)
            status = run_vector(r, &v, error);
        uint64_t done = r->passed + r->failed + r->skipped;
        if (terminal && done % PROGRESS_EVERY == 0)
            fprintf(stderr, "\r%" PRIu64 " vectors", done);
    }
    if (terminal)
        fputs("\r\033[K", stderr);
    if (status == TW_MISMATCH || status == TW_TIMEOUT) {
        text_place at = text_where(file);
        printf("%s:%lu: %s\n", at.file, at.line, error->text);
        r->failed++;
        status = TW_OK;
    }
    text_close(file);
    if (status == TW_OK && r->passed + r->failed + r->skipped == 0)
        status = tw_fail(error, TW_USAGE, "%s: expected at least one vector", path);
    return status;
}

static tw_status open_engine(replay *r, tw_error *error)
{
    if (r->kind == ENGINE_GOLDEN)
        return TW_OK;
    r->engine = engine_open(r->kind, r->config, error);
    if (r->engine == NULL)
        return error->status;
    r->runner = vector_engine_open(r->engine);
    return r->runner != NULL ? TW_OK : tw_fail(error, TW_NO_MEMORY, "no memory for a machine");
}

static int replay_file(replay *r, const char *path)
{
    tw_error error = {0};
    tw_status status = open_engine(r, &error);
    if (status == TW_OK)
        status = run_file(r, path, &error);
    if (r->engine != NULL)
        tw_lockstep_report(r->engine, stdout);
    vector_engine_close(r->runner);
    tw_engine_close(r->engine);
    if (status != TW_OK)
        return command_failed(&error);
    if (r->skipped != 0)
        printf("%" PRIu64 " skipped: the configuration '%s' has no such mode\n", r->skipped,
               r->config->name);
    printf("%" PRIu64 " passed, %" PRIu64 " failed\n", r->passed, r->failed);
    return r->failed == 0 ? EXIT_PASS : EXIT_FAIL;
}

int command_replay(const char *program, int argc, char **argv)
{
    replay r = {.kind = ENGINE_GOLDEN, .config = tw_config_named("default")};
    const command_option options[] = {
        {"engine", .engine = &r.kind, .golden = true}, {"config", .config = &r.config}, {0}};
    tw_error error = {0};
    (void)program;
    int exit = options_take(argc, argv, HELP, options);
    if (exit != OPTIONS_TAKEN)
        return exit;
    if (optind + 1 == argc)
        return replay_file(&r, argv[optind]);
    tw_fail(&error, TW_USAGE, "replay: expected one file of vectors");
    return command_failed(&error);
}
