/* drive.c: `tablewalk drive`: cycles per translation of a list of accesses. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "tb/drive.h"
#include "tb/drive_trace.h"
#include "tb/generate.h"
#include "tb/json_file.h"
#include "tb/output.h"
#include "tb/program/command.h"
#include "tb/program/options.h"

static const char HELP[] =
    "usage: tablewalk drive [OPTION]... FILE\n\n"
    "Plays the accesses of FILE, plain or compressed, as fast as the MMU answers, and prints how\n"
    "many cycles a translation takes. Each line is an address in hexadecimal and R (load),\n"
    "W (store) or X (fetch); each page that occurs is a 4 KiB page. The TLBs are cold; an\n"
    "access is presented in the cycle in which the answer that it waits for is visible; every\n"
    "answer is checked. FILE may be a word such as gen:chase,pages=64, whose accesses are\n"
    "generated: docs/workloads.md has them all.\n\n"
    "  --engine rtl|model|lockstep  which MMU (default: lockstep, RTL and cycle model, compared\n"
    "                    pin by pin)\n"
    "  --config NAME     small, default, large or prefetch (default: default)\n"
    "  --mode NAME       page tables: sv39, sv48, sv57, sv32, linear or hashed, of which the last\n"
    "                    three have 32-bit addresses, into which all are relocated if one is\n"
    "                    beyond them; hashed is an inverted table of 2^20 frames, with as many\n"
    "                    anchors as pages, up to the next power of two\n"
    "                    (default: sv39, or sv32 if the configuration has no other)\n"
    "  --latency M       cycles of a memory access, 1 to 10000 (default: 10)\n"
    "  --outstanding K   accesses in flight on both ports together, 1 to 16 (default: 1)\n"
    "  --clear-ad        begin with A and D clear in every PTE, for the MMU to set\n"
    "  --json FILE       write the results as JSON\n"
    "  --help, --version\n";

typedef struct setup {
    engine_kind kind;
    const tw_config *config;
    drive_options drive;
    const char *path;
    const char *json; /* NULL: none */
    size_t relocated; /* regions; 0: the addresses are those of the list */
} setup;

/* ---- options --------------------------------------------------------------------------------- */

static tw_status check(setup *s, tw_error *error)
{
    tw_status status = option_mode_settle(&s->drive.mode, NULL, s->config, error);
    if (status != TW_OK)
        return status;
    if (s->json != NULL && output_same(s->json, s->path))
        return tw_fail(error, TW_USAGE, "--json '%.100s': expected a file of its own, not the list",
                       s->json);
    return s->json == NULL ? TW_OK : output_check(s->json, error);
}

/* As options_take. */
static int parse(setup *s, int argc, char **argv)
{
    const command_option options[] = {
        {"engine", .engine = &s->kind},
        {"config", .config = &s->config},
        {"mode", .mode = &s->drive.mode},
        {"latency", .small = &s->drive.latency, .min = 1, .max = DRIVE_LATENCY_MAX},
        {"outstanding", .small = &s->drive.outstanding, .min = 1, .max = DRIVE_OUTSTANDING_MAX},
        {"clear-ad", .flag = &s->drive.clear_ad},
        {"json", .text = &s->json},
        {0}};
    tw_error error = {0};
    int exit = options_take(argc, argv, HELP, options);
    if (exit != OPTIONS_TAKEN)
        return exit;
    s->path = argv[optind];
    tw_status status = argc - optind == 1 ? check(s, &error)
                                          : tw_fail(&error, TW_USAGE,
                                                    "drive takes one file of accesses, see --help");
    return status == TW_OK ? OPTIONS_TAKEN : command_failed(&error);
}

/* ---- results --------------------------------------------------------------------------------- */

static void print(const setup *s, const drive_result *r)
{
    printf("engine %s, configuration %s, %s, memory latency %" PRIu32 " cycles, %u outstanding\n",
           engine_kind_name(s->kind), s->config->name, option_mode_name(s->drive.mode, false),
           s->drive.latency, s->drive.outstanding);
    if (s->relocated != 0)
        printf("relocated into 32-bit addresses, page by page: %zu region%s\n", s->relocated,
               s->relocated == 1 ? "" : "s");
    putchar('\n');
    printf("accesses               %12" PRIu64 "\n", r->accesses);
    printf("cycles                 %12" PRIu64 "\n", r->cycles);
    printf("cycles per translation %12.3f\n", drive_cycles_each(r));
    printf("walks                  %12" PRIu64 "\n", r->walks);
    if (r->prefetch)
        printf("prefetches             %12" PRIu64 "   of the walks, ahead of any request\n",
               r->prefetches);
    printf("PTE reads              %12" PRIu64 "\n", r->reads);
    printf("swaps                  %12" PRIu64 "   A or D set\n", r->swaps);
    printf("second-level hits      %12" PRIu64 "\n", drive_l2_hits(r));
    printf("walk-cache hits        %12" PRIu64 "\n", r->walk_cache_hits);
    printf("parity errors          %12" PRIu64 "\n", r->parity_errors);
    printf("mismatches             %12" PRIu64 "\n", r->mismatches);
}

static tw_status write_json(const setup *s, const drive_result *r, tw_error *error)
{
    json_t *object = json_pack(
        "{ss ss ss sI sI sI sb sI sI sf sI sI so* sI sI sI sI sI sI}", /* in the order read */
        "engine", engine_kind_name(s->kind), "config", s->config->name, "mode",
        option_mode_name(s->drive.mode, false), "relocated_regions", (json_int_t)s->relocated,
        "latency", (json_int_t)s->drive.latency, "outstanding", (json_int_t)s->drive.outstanding,
        "clear_ad", s->drive.clear_ad, "accesses", (json_int_t)r->accesses, "cycles",
        (json_int_t)r->cycles, "cycles_per_translation", drive_cycles_each(r), "walkers",
        (json_int_t)r->walkers, "walks", (json_int_t)r->walks, "prefetches",
        r->prefetch ? json_integer((json_int_t)r->prefetches) : NULL, "pte_reads",
        (json_int_t)r->reads, "swaps", (json_int_t)r->swaps, "l2_hits",
        (json_int_t)drive_l2_hits(r), "walk_cache_hits", (json_int_t)r->walk_cache_hits,
        "parity_errors", (json_int_t)r->parity_errors, "mismatches", (json_int_t)r->mismatches);
    if (object == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the results");
    tw_status status = json_file_write(object, s->json, error);
    json_decref(object);
    return status;
}

/* Generated addresses are canonical in every mode. */
static tw_status read_list(const setup *s, drive_list *list, tw_error *error)
{
    return generate_named(s->path) ? drive_trace_read(list, s->path, error)
                                   : drive_list_read(list, s->drive.mode, s->path, error);
}

/* Says what came out of a run that was made. `status` and *error are the run's own. */
static int conclude(const setup *s, const tw_engine *engine, const drive_result *r,
                    tw_status status, const tw_error *error)
{
    tw_error json = {0};
    int exit = status == TW_OK ? EXIT_PASS : EXIT_FAIL;
    print(s, r);
    if (s->json != NULL && write_json(s, r, &json) != TW_OK)
        exit = command_failed(&json);
    puts(status == TW_OK ? "passed" : "failed");
    fflush(stdout);
    if (status != TW_OK) {
        tw_lockstep_report(engine, stderr);
        fprintf(stderr, "tablewalk: %s\n", error->text);
    }
    return exit;
}

static int drive(setup *s)
{
    tw_error error = {0};
    drive_list list = {0};
    drive_result result;
    tw_engine *engine = NULL;
    tw_status status = read_list(s, &list, &error);
    if (status == TW_OK && mode_narrow(s->drive.mode))
        status = drive_list_relocate(&list, &s->relocated, &error);
    if (status == TW_OK) {
        engine = engine_open(s->kind, s->config, &error);
        status = engine == NULL ? error.status : TW_OK;
    }
    if (status == TW_OK)
        status = drive_run(engine, &list, &s->drive, &result, &error);
    bool ran = engine != NULL && (status == TW_OK || status == TW_MISMATCH || status == TW_TIMEOUT);
    int exit = ran ? conclude(s, engine, &result, status, &error) : command_failed(&error);
    tw_engine_close(engine);
    drive_list_close(&list);
    return exit;
}

int command_drive(const char *program, int argc, char **argv)
{
    setup s = {.kind = ENGINE_LOCKSTEP,
               .config = tw_config_named("default"),
               .drive = {.latency = 10, .outstanding = 1}};
    (void)program;
    int exit = parse(&s, argc, argv);
    return exit == OPTIONS_TAKEN ? drive(&s) : exit;
}
