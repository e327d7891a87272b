/* run_options.c: every option of `tablewalk run`, its default, and how to say it again. */
#include "tb/program/run_options.h"

#include <getopt.h>
#include <inttypes.h>

#include "tb/output.h"
#include "tb/program/command.h"

static const char *const MODE_NAME[] = {"sv39", "sv48", "sv57", NULL};
static const unsigned MODE[] = {MODE_SV39, MODE_SV48, MODE_SV57};

static const char HELP[] =
    "usage: tablewalk run [OPTION]...\n\n"
    "Runs real programs' memory references as processes of a small OS, on an MMU whose every\n"
    "answer, memory access and byte of data is checked.\n\n"
    "  --engine rtl|model|lockstep  which MMU (lockstep: RTL and cycle model, compared pin by "
    "pin)\n"
    "  --config NAME     small, default or large (default: default)\n"
    "  --mode NAME       page tables: sv39, sv48 or sv57 (default: sv39)\n"
    "  --trace FILE      a trace of valgrind's lackey, plain or compressed; once for each process\n"
    "                    (default: tests/traces/true.xz and tests/traces/sort.xz)\n"
    "  --frames N        frames of memory (default: too few for all pages)\n"
    "  --seed N          of latencies and data (default: 1); the same seed gives the same run\n"
    "  --latency N|LO-HI cycles of a memory access (default: 2-20)\n"
    "  --outstanding N   accesses in flight, 1 to 16 (default: 4)\n"
    "  --slice N         references between context switches (default: 5000)\n"
    "  --swap FILE       swap file (default: a temporary one)\n"
    "  --cycles N        stop after N cycles (default: when every process has ended)\n"
    "  --wave FILE.fst   write a waveform of the RTL\n"
    "  --wave-from N, --wave-to N  of these cycles only, the last one excluded\n"
    "  --json FILE       write the results as JSON\n"
    "  --help, --version\n";

enum option_code {
    OPT_ENGINE = 256,
    OPT_CONFIG,
    OPT_MODE,
    OPT_TRACE,
    OPT_FRAMES,
    OPT_SEED,
    OPT_LATENCY,
    OPT_OUTSTANDING,
    OPT_SLICE,
    OPT_SWAP,
    OPT_CYCLES,
    OPT_WAVE,
    OPT_WAVE_FROM,
    OPT_WAVE_TO,
    OPT_JSON,
    OPT_HELP,
    OPT_VERSION
};

static const struct option LONG[] = {{"engine", required_argument, NULL, OPT_ENGINE},
                                     {"config", required_argument, NULL, OPT_CONFIG},
                                     {"mode", required_argument, NULL, OPT_MODE},
                                     {"trace", required_argument, NULL, OPT_TRACE},
                                     {"frames", required_argument, NULL, OPT_FRAMES},
                                     {"seed", required_argument, NULL, OPT_SEED},
                                     {"latency", required_argument, NULL, OPT_LATENCY},
                                     {"outstanding", required_argument, NULL, OPT_OUTSTANDING},
                                     {"slice", required_argument, NULL, OPT_SLICE},
                                     {"swap", required_argument, NULL, OPT_SWAP},
                                     {"cycles", required_argument, NULL, OPT_CYCLES},
                                     {"wave", required_argument, NULL, OPT_WAVE},
                                     {"wave-from", required_argument, NULL, OPT_WAVE_FROM},
                                     {"wave-to", required_argument, NULL, OPT_WAVE_TO},
                                     {"json", required_argument, NULL, OPT_JSON},
                                     {"help", no_argument, NULL, OPT_HELP},
                                     {"version", no_argument, NULL, OPT_VERSION},
                                     {NULL, 0, NULL, 0}};

static run_options defaults(void)
{
    return (run_options){.engine = ENGINE_LOCKSTEP,
                         .config = tw_config_named("default"),
                         .wave_to = UINT64_MAX,
                         .simulation = {.mode = MODE_SV39,
                                        .seed = 1,
                                        .latency_min = 2,
                                        .latency_max = 20,
                                        .outstanding = 4,
                                        .slice = 5000,
                                        .cycles = UINT64_MAX}};
}

/* Options whose values are numbers. */
static tw_status take_number(run_options *o, int code, const char *text, tw_error *error)
{
    enum { FRAMES_MAX = 1 << 20 }; /* 4 GiB */
    simulation_options *s = &o->simulation;
    uint64_t n = 0;
    tw_status status;
    switch (code) {
    case OPT_FRAMES:
        status = option_number("frames", text, 1, FRAMES_MAX, &n, error);
        s->frames = (size_t)n;
        return status;
    case OPT_SEED:
        return option_number("seed", text, 0, INT64_MAX, &s->seed, error); /* JSON has a sign */
    case OPT_OUTSTANDING:
        status = option_number("outstanding", text, 1, CPU_OUTSTANDING_MAX, &n, error);
        s->outstanding = (unsigned)n;
        return status;
    case OPT_SLICE:
        return option_number("slice", text, 1, UINT64_MAX, &s->slice, error);
    case OPT_CYCLES:
        return option_number("cycles", text, 1, UINT64_MAX, &s->cycles, error);
    case OPT_WAVE_FROM:
        return option_number("wave-from", text, 0, UINT64_MAX, &o->wave_from, error);
    default:
        return option_number("wave-to", text, 0, UINT64_MAX, &o->wave_to, error);
    }
}

static tw_status take(run_options *o, int code, const char *text, tw_error *error)
{
    unsigned index = 0;
    tw_status status = TW_OK;
    switch (code) {
    case OPT_ENGINE:
        return option_engine(text, false, &o->engine, error);
    case OPT_CONFIG:
        return option_config(text, &o->config, error);
    case OPT_MODE:
        status = option_name("mode", text, MODE_NAME, &index, error);
        o->simulation.mode = status == TW_OK ? MODE[index] : 0;
        return status;
    case OPT_TRACE:
        if (o->traces == WORKLOAD_MAX)
            return tw_fail(error, TW_USAGE, "--trace: at most %d of them", WORKLOAD_MAX);
        o->trace[o->traces++] = text;
        return TW_OK;
    case OPT_LATENCY:
        return option_range("latency", text, &o->simulation.latency_min, &o->simulation.latency_max,
                            error);
    case OPT_SWAP:
        o->simulation.swap_path = text;
        return TW_OK;
    case OPT_WAVE:
        o->wave = text;
        return TW_OK;
    case OPT_JSON:
        o->json = text;
        return TW_OK;
    case OPT_HELP:
        fputs(HELP, stdout);
        o->done = true;
        return TW_OK;
    case OPT_VERSION:
        command_version();
        o->done = true;
        return TW_OK;
    case '?':
        command_misused("run");
        return tw_fail(error, TW_USAGE, "%s", "");
    default:
        return take_number(o, code, text, error);
    }
}

/* No output may destroy a trace or another output. */
static tw_status check_files(const run_options *o, tw_error *error)
{
    const struct {
        const char *option, *path;
    } output[] = {{"wave", o->wave}, {"json", o->json}, {"swap", o->simulation.swap_path}};
    for (size_t i = 0; i < sizeof output / sizeof *output; i++) {
        bool taken = false;
        for (size_t j = 0; output[i].path != NULL && j < o->traces; j++)
            taken |= output_same(output[i].path, o->trace[j]);
        for (size_t j = 0; output[i].path != NULL && j < i; j++)
            taken |= output[j].path != NULL && output_same(output[i].path, output[j].path);
        if (taken)
            return tw_fail(error, TW_USAGE,
                           "--%s '%.100s': expected a file of its own, another option names it too",
                           output[i].option, output[i].path);
    }
    return TW_OK;
}

static tw_status check(const run_options *o, tw_error *error)
{
    if (o->wave == NULL && (o->wave_from != 0 || o->wave_to != UINT64_MAX))
        return tw_fail(error, TW_USAGE, "--wave-from and --wave-to need --wave FILE.fst");
    if ((o->config->modes >> o->simulation.mode & 1) == 0)
        return tw_fail(error, TW_USAGE,
                       "the configuration '%s' has no %s: choose another with --config",
                       o->config->name, run_options_mode(o));
    return check_files(o, error);
}

tw_status run_options_parse(int argc, char **argv, run_options *options, tw_error *error)
{
    *options = defaults();
    int code;
    tw_status status = TW_OK;
    while (status == TW_OK && !options->done &&
           (code = getopt_long(argc, argv, "", LONG, NULL)) != -1)
        status = take(options, code, optarg, error);
    if (status != TW_OK || options->done)
        return status;
    if (optind < argc)
        return tw_fail(error, TW_USAGE, "'%.100s': run takes options only; a trace is --trace FILE",
                       argv[optind]);
    if (options->traces == 0) {
        options->trace[options->traces++] = "tests/traces/true.xz";
        options->trace[options->traces++] = "tests/traces/sort.xz";
    }
    return check(options, error);
}

const char *run_options_mode(const run_options *o)
{
    for (size_t i = 0; i < sizeof MODE / sizeof *MODE; i++)
        if (MODE[i] == o->simulation.mode)
            return MODE_NAME[i];
    return "?";
}

/* A word of a shell command. */
static void print_quoted(const char *option, const char *word, FILE *out)
{
    fprintf(out, " --%s '", option);
    for (; *word != '\0'; word++)
        fprintf(out, *word == '\'' ? "'\\''" : "%c", *word);
    fputc('\'', out);
}

void run_options_print(const char *program, const run_options *o, const char *wave, uint64_t from,
                       uint64_t to, FILE *out)
{
    const simulation_options *s = &o->simulation;
    fprintf(out, "%s run --engine %s --config %s --mode %s --seed %" PRIu64 " --latency %u-%u",
            program, engine_kind_name(o->engine), o->config->name, run_options_mode(o), s->seed,
            (unsigned)s->latency_min, (unsigned)s->latency_max);
    fprintf(out, " --outstanding %u --slice %" PRIu64, s->outstanding, s->slice);
    if (s->frames != 0)
        fprintf(out, " --frames %zu", s->frames);
    if (s->cycles != UINT64_MAX)
        fprintf(out, " --cycles %" PRIu64, s->cycles);
    for (size_t i = 0; i < o->traces; i++)
        print_quoted("trace", o->trace[i], out);
    if (wave != NULL) {
        print_quoted("wave", wave, out);
        fprintf(out, " --wave-from %" PRIu64 " --wave-to %" PRIu64, from, to);
    }
    fputc('\n', out);
}
