/* script.c: `tablewalk script`: exercises and tests of virtual memory, each from a file. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tb/output.h"
#include "tb/program/command.h"
#include "tb/program/options.h"
#include "tablewalk/pte.h"
#include "tb/script/script.h"
#include "tb/timeline/timeline.h"

static const char HELP[] =
    "usage: tablewalk script [OPTION]... FILE...\n\n"
    "Runs scripts: processes that map, touch, fork and end, on a small OS and an MMU, and what is\n"
    "expected of them. Each FILE has a machine of its own. docs/script.md tells the language.\n"
    "Exit status: 0 all of it was as expected, 1 something was not, or an output\n"
    "could not be written, 2 a script makes no sense.\n\n"
    "  --engine rtl|model|lockstep  which MMU (default: lockstep, RTL and cycle model, compared\n"
    "                    pin by pin; the model for scripts that say so)\n"
    "  --config NAME     small, default, large or prefetch (default: default)\n"
    "  --mode NAME       page tables, instead of the script's: sv39, sv48, sv57, sv32, linear or\n"
    "                    hashed\n"
    "  --seed N          of latencies and of the values stored (default: 1)\n"
    "  --timeline FILE   everything that OS and MMU do, in order: text, or JSON lines if FILE "
    "ends\n"
    "                    in .json or .jsonl; - is standard output; for one script\n"
    "  --wave FILE.fst   write a waveform of the RTL; for one script\n"
    "  --verbose         print each statement before it runs\n"
    "  --list            the statements, quantities and events that there are\n"
    "  --help, --version\n";

typedef struct setup {
    engine_kind engine;
    bool engine_given, list;
    const tw_config *config;
    const char *wave; /* NULL: none */
    script_options options;
} setup;

static tw_status check(setup *s, char *const *path, int files, tw_error *error)
{
    bool outputs = s->wave != NULL || s->options.timeline != NULL;
    unsigned mode = s->options.mode;
    if (files < 1)
        return tw_fail(error, TW_USAGE, "script takes files, such as tests/scripts/first_touch.tw");
    for (int i = 0; i < files; i++)
        if (strcmp(path[i], "-") == 0)
            return tw_fail(error, TW_USAGE,
                           "expected files, found '-': /dev/stdin is standard input");
    if (outputs && files > 1)
        return tw_fail(error, TW_USAGE, "--wave and --timeline are for one script, not %d", files);
    if (s->wave != NULL && s->options.timeline != NULL && output_same(s->wave, s->options.timeline))
        return tw_fail(error, TW_USAGE, "--wave and --timeline need a file each");
    if (s->options.timeline != NULL && strcmp(s->options.timeline, "-") != 0 &&
        output_check(s->options.timeline, error) != TW_OK)
        return error->status;
    return mode == MODE_BARE ? TW_OK : option_mode_settle(&mode, NULL, s->config, error);
}

/* ---- one script ------------------------------------------------------------------------------ */

static int complain(const script_complaint *complaint)
{
    fflush(stdout);
    fprintf(stderr, "tablewalk: %s\n", complaint->text);
    return complaint->status == TW_USAGE ? EXIT_USAGE : EXIT_FAIL;
}

static tw_status open_wave(const setup *s, tw_engine *engine, tw_error *error)
{
    if (s->wave == NULL)
        return TW_OK;
    tw_status status = timeline_declare(engine, error);
    return status == TW_OK ? tw_wave_open(engine, s->wave, 0, UINT64_MAX, error) : status;
}

static int run_on(const setup *s, const char *path, const script *file, tw_engine *engine)
{
    script_result result;
    script_complaint complaint;
    tw_error error = {0};
    script_options options = s->options;
    options.to = stdout;
    options.waveform = s->wave != NULL;
    if (open_wave(s, engine, &error) != TW_OK)
        return command_failed(&error);
    int exit = EXIT_PASS;
    if (script_run(file, engine, s->config, &options, &result, &complaint) != TW_OK) {
        exit = complain(&complaint);
        tw_lockstep_report(engine, stderr);
    }
    if (tw_wave_close(engine, &error) != TW_OK)
        exit = command_failed(&error);
    if (exit == EXIT_PASS)
        printf("%s: passed (%lu statement%s, %lu expectation%s, %" PRIu64 " cycles)\n", path,
               result.statements, result.statements == 1 ? "" : "s", result.expectations,
               result.expectations == 1 ? "" : "s", result.cycles);
    return exit;
}

/* The script itself, and files that it copies, are not overwritten. */
static tw_status check_outputs(const setup *s, const char *path, const script *file,
                               tw_error *error)
{
    const struct {
        const char *option, *path;
    } output[] = {{"wave", s->wave}, {"timeline", s->options.timeline}};
    for (size_t i = 0; i < sizeof output / sizeof *output; i++)
        if (output[i].path != NULL &&
            (output_same(output[i].path, path) || script_copies(file, output[i].path)))
            return tw_fail(error, TW_USAGE,
                           "--%s '%.100s': expected a file of its own, the script reads it",
                           output[i].option, output[i].path);
    return TW_OK;
}

static int run_script(const setup *s, const char *path)
{
    script_complaint complaint = {0};
    tw_error error = {0};
    script *file = script_read(path, &complaint);
    if (file == NULL)
        return complain(&complaint);
    engine_kind kind = script_for_model(file) && !s->engine_given ? ENGINE_MODEL : s->engine;
    tw_engine *engine =
        check_outputs(s, path, file, &error) == TW_OK ? engine_open(kind, s->config, &error) : NULL;
    int exit = engine == NULL ? command_failed(&error) : run_on(s, path, file, engine);
    tw_engine_close(engine);
    script_close(file);
    return exit;
}

/* Of all scripts the exit status of the worst: a failure is worse than one that makes no sense. */
static int run_scripts(const setup *s, char **path, int count)
{
    bool failed = false, misused = false;
    for (int i = 0; i < count; i++) {
        int exit = run_script(s, path[i]);
        failed |= exit == EXIT_FAIL;
        misused |= exit == EXIT_USAGE;
    }
    return failed ? EXIT_FAIL : misused ? EXIT_USAGE : EXIT_PASS;
}

int command_script(const char *program, int argc, char **argv)
{
    setup s = {.engine = ENGINE_LOCKSTEP,
               .config = tw_config_named("default"),
               .options = {.mode = MODE_BARE, .seed = 1}};
    const command_option options[] = {{"engine", .engine = &s.engine, .given = &s.engine_given},
                                      {"config", .config = &s.config},
                                      {"mode", .mode = &s.options.mode},
                                      {"seed", .number = &s.options.seed, .max = INT64_MAX},
                                      {"timeline", .text = &s.options.timeline},
                                      {"wave", .text = &s.wave},
                                      {"verbose", .flag = &s.options.verbose},
                                      {"list", .flag = &s.list},
                                      {0}};
    tw_error error = {0};
    (void)program;
    int exit = options_take(argc, argv, HELP, options);
    if (exit != OPTIONS_TAKEN)
        return exit;
    if (s.list) {
        script_list(stdout);
        return EXIT_PASS;
    }
    if (check(&s, argv + optind, argc - optind, &error) != TW_OK)
        return command_failed(&error);
    return run_scripts(&s, argv + optind, argc - optind);
}
