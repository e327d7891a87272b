/* run_options.c: every option of `tablewalk run`, its default, and how to say it again. */
#include "tb/program/run_options.h"

#include <inttypes.h>

#include "tb/output.h"
#include "tb/program/command.h"

static const char HELP[] =
    "usage: tablewalk run [OPTION]...\n\n"
    "Runs real programs' memory references as processes of a small OS, on an MMU whose every\n"
    "answer, memory access and byte of data is checked.\n\n"
    "  --engine rtl|model|lockstep  which MMU (lockstep: RTL and cycle model, compared pin by "
    "pin)\n"
    "  --config NAME     small, default, large or prefetch (default: default)\n"
    "  --mode NAME       page tables: sv39, sv48, sv57, sv32, linear or hashed; bare-segments has\n"
    "                    segments and no pages, sv32-segments has segments in front of its pages;\n"
    "                    sv32, linear, hashed and sv32-segments have 32-bit addresses, into which\n"
    "                    programs are relocated\n"
    "                    (default: sv39, or sv32 if the configuration has no other)\n"
    "  --trace FILE      a trace of valgrind's lackey, plain or compressed; once for each process\n"
    "                    (default: tests/traces/true.xz and tests/traces/sort.xz); a FILE like\n"
    "                    gen:zipf,pages=64,references=20000 is generated: docs/workloads.md\n"
    "  --frames N        frames of memory (default: too few for all pages); linear and hashed "
    "page\n"
    "                    tables have their own\n"
    "  --seed N          of latencies and data (default: 1); the same seed gives the same run\n"
    "  --latency N|LO-HI cycles of a memory access (default: 2-20)\n"
    "  --outstanding N   accesses in flight, 1 to 16 (default: 4)\n"
    "  --slice N         references between context switches (default: 5000)\n"
    "  --swap FILE       swap file (default: a temporary one)\n"
    "  --cycles N        stop after N cycles (default: when every process has ended)\n"
    "  --wave FILE.fst   write a waveform of the RTL\n"
    "  --wave-from N, --wave-to N  of these cycles only, the last one excluded\n"
    "  --timeline FILE   write what user, MMU, OS and disk do, in order of cycles: JSON lines if "
    "it\n"
    "                    ends in .json or .jsonl, else text; - is standard output\n"
    "  --json FILE       write the results as JSON\n"
    "  --help, --version\n";

run_options run_options_defaults(void)
{
    return (run_options){.engine = ENGINE_LOCKSTEP,
                         .config = tw_config_named("default"),
                         .wave_to = UINT64_MAX,
                         .simulation = {.seed = 1,
                                        .latency_min = 2,
                                        .latency_max = 20,
                                        .outstanding = 4,
                                        .slice = 5000,
                                        .cycles = UINT64_MAX}};
}

void run_options_default_traces(run_options *options)
{
    if (options->traces > 0)
        return;
    options->trace[options->traces++] = "tests/traces/true.xz";
    options->trace[options->traces++] = "tests/traces/sort.xz";
}

tw_status run_options_take_trace(void *context, const char *path, tw_error *error)
{
    run_options *o = context;
    if (o->traces == WORKLOAD_MAX)
        return tw_fail(error, TW_USAGE, "--trace: at most %d of them", WORKLOAD_MAX);
    o->trace[o->traces++] = path;
    return TW_OK;
}

tw_status run_options_take_latency(void *context, const char *text, tw_error *error)
{
    simulation_options *s = context;
    return option_range("latency", text, &s->latency_min, &s->latency_max, error);
}

/* No output may destroy a trace or another output. */
static tw_status check_files(const run_options *o, tw_error *error)
{
    const struct {
        const char *option, *path;
    } output[] = {{"wave", o->wave},
                  {"json", o->json},
                  {"timeline", o->timeline},
                  {"swap", o->simulation.swap_path}};
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

static tw_status check(run_options *o, tw_error *error)
{
    if (o->wave == NULL && (o->wave_from != 0 || o->wave_to != UINT64_MAX))
        return tw_fail(error, TW_USAGE, "--wave-from and --wave-to need --wave FILE.fst");
    tw_status status =
        option_mode_settle(&o->simulation.mode, &o->simulation.segmented, o->config, error);
    return status == TW_OK ? check_files(o, error) : status;
}

int run_options_parse(int argc, char **argv, run_options *options)
{
    *options = run_options_defaults();
    simulation_options *s = &options->simulation;
    uint32_t frames = 0;
    const command_option table[] = {
        {"engine", .engine = &options->engine},
        {"config", .config = &options->config},
        {"mode", .mode = &s->mode, .segmented = &s->segmented},
        {"trace", .take = run_options_take_trace, .context = options},
        {"frames", .small = &frames, .min = 1, .max = RUN_FRAMES_MAX},
        {"seed", .number = &s->seed, .max = INT64_MAX}, /* JSON has a sign */
        {"latency", .take = run_options_take_latency, .context = s},
        {"outstanding", .small = &s->outstanding, .min = 1, .max = CPU_OUTSTANDING_MAX},
        {"slice", .number = &s->slice, .min = 1, .max = UINT64_MAX},
        {"swap", .text = &s->swap_path},
        {"cycles", .number = &s->cycles, .min = 1, .max = UINT64_MAX},
        {"wave", .text = &options->wave},
        {"wave-from", .number = &options->wave_from, .max = UINT64_MAX},
        {"wave-to", .number = &options->wave_to, .max = UINT64_MAX},
        {"timeline", .text = &options->timeline},
        {"json", .text = &options->json},
        {0}};
    tw_error error = {0};
    int exit = options_take_all(argc, argv, HELP, table, "a trace is --trace FILE");
    if (exit != OPTIONS_TAKEN)
        return exit;
    s->frames = frames;
    run_options_default_traces(options);
    return check(options, &error) == TW_OK ? OPTIONS_TAKEN : command_failed(&error);
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
            program, engine_kind_name(o->engine), o->config->name,
            option_mode_name(s->mode, s->segmented), s->seed, (unsigned)s->latency_min,
            (unsigned)s->latency_max);
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
