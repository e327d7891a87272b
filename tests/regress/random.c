/*
 * random.c: the program build/random: random traffic on one engine or on two in lockstep, with
 * every monitor. Exit 0: nothing found; 1: a difference or a complaint; 2: usage.
 */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "tablewalk/pte.h"
#include "tests/support/arguments.h"
#include "tests/support/random_run.h"

static const char HELP[] =
    "usage: random [OPTION]...\n"
    "Random traffic with every monitor: requests, fences, remaps, racing writers, bus errors, "
    "resets.\n"
    "  --engine NAME         rtl, model or lockstep (lockstep)\n"
    "  --seed N              of traffic and memory (1)\n"
    "  --requests N          to be taken (100000)\n"
    "  --mode NAME           most of the time in this mode: Bare, Sv32, ... or any (any)\n"
    "  --latency N|LO-HI     of the memory, in cycles (1-12)\n"
    "  --stall N             cycles in 100 in which the memory is not ready (10)\n"
    "  --wave FILE.fst       write the RTL's waveform\n"
    "  --wave-from N --wave-to N\n"
    "                        of these cycles only\n"
    "  --help\n";

enum {
    OPTION_ENGINE = 1,
    OPTION_SEED,
    OPTION_REQUESTS,
    OPTION_MODE,
    OPTION_LATENCY,
    OPTION_STALL,
    OPTION_WAVE,
    OPTION_FROM,
    OPTION_TO,
    OPTION_HELP
};

static const struct option OPTIONS[] = {
    {"engine", required_argument, NULL, OPTION_ENGINE},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"requests", required_argument, NULL, OPTION_REQUESTS},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"latency", required_argument, NULL, OPTION_LATENCY},
    {"stall", required_argument, NULL, OPTION_STALL},
    {"wave", required_argument, NULL, OPTION_WAVE},
    {"wave-from", required_argument, NULL, OPTION_FROM},
    {"wave-to", required_argument, NULL, OPTION_TO},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

static bool small_number(const char *text, unsigned *value)
{
    uint64_t wide;
    bool ok = argument_number(text, &wide) && wide <= UINT32_MAX;
    *value = ok ? (unsigned)wide : 0;
    return ok;
}

static bool range(const char *text, unsigned *low, unsigned *high)
{
    uint64_t first;
    const char *after;
    if (!argument_number_to(text, '-', &first, &after) || first > UINT32_MAX)
        return false;
    *low = *high = (unsigned)first;
    return *after == '\0' || small_number(after + 1, high);
}

/* A mode's name in any case of letters; what is no mode has the name "?". */
static bool mode_named(const char *text, unsigned *mode)
{
    for (*mode = 0; *mode < ANY_MODE; ++*mode)
        if (strcasecmp(text, tw_mode_name(*mode)) == 0 && text[0] != '?')
            return true;
    return strcmp(text, "any") == 0;
}

/* True if the option's argument makes sense. */
static bool set_option(struct random_options *o, int option, const char *argument)
{
    switch (option) {
    case OPTION_ENGINE:
        o->engine = argument;
        return argument_names_engine(argument);
    case OPTION_SEED:
        return argument_number(argument, &o->seed);
    case OPTION_REQUESTS:
        return argument_number(argument, &o->requests);
    case OPTION_MODE:
        return mode_named(argument, &o->mode);
    case OPTION_LATENCY:
        return range(argument, &o->latency_min, &o->latency_max);
    case OPTION_STALL:
        return small_number(argument, &o->stall_percent);
    case OPTION_WAVE:
        o->wave = argument;
        return true;
    case OPTION_FROM:
        return argument_number(argument, &o->wave_from);
    case OPTION_TO:
        return argument_number(argument, &o->wave_to);
    default:
        return false;
    }
}

static void print_hashed(const struct monitor_counts *m)
{
    if (m->hashed == 0)
        return;
    printf("%" PRIu64 " translations by a hashed table, %" PRIu64 " faults, %" PRIu64
           " compare-and-swaps\n",
           m->hashed, m->hashed_faults, m->hashed_swaps);
    printf("entries read by its walks (0, 1, 2, to 4, to 8, to 16, to 32, more):");
    for (unsigned i = 0; i < CHAIN_LENGTHS; i++)
        printf(" %" PRIu64, m->chain[i]);
    printf("; %" PRIu64 " of bad chains\n", m->chain_faults);
}

static void print_monitors(const struct monitor_counts *m)
{
    printf("%" PRIu64 " answers by a PTE of today, %" PRIu64 " by an older one, %" PRIu64
           " faults, %" PRIu64 " walks from below the root\n",
           m->fresh, m->stale, m->faults, m->shortcuts);
    for (unsigned mode = 0; mode < SATP_MODES; mode++)
        if (m->requests[mode][0] + m->requests[mode][1] != 0)
            printf("%s: %" PRIu64 " requests, and %" PRIu64 " through segments\n",
                   tw_mode_name(mode), m->requests[mode][0], m->requests[mode][1]);
    if (m->limits + m->rights + m->through != 0)
        printf("%" PRIu64 " translations through segments, %" PRIu64
               " faults of their limits, %" PRIu64 " of their rights\n",
               m->through, m->limits, m->rights);
    if (m->linear != 0)
        printf("%" PRIu64 " translations by a linear table, %" PRIu64 " faults, %" PRIu64
               " compare-and-swaps\n",
               m->linear, m->linear_faults, m->linear_swaps);
    print_hashed(m);
    if (m->ahead != 0)
        printf("%" PRIu64 " reads ahead of any request, of which %" PRIu64
               " were joined by one, and %" PRIu64 " met a fence\n",
               m->ahead, m->ahead_joined, m->ahead_fenced);
}

int main(int argc, char **argv)
{
    struct random_options options = {.program = argv[0],
                                     .engine = "lockstep",
                                     .seed = 1,
                                     .requests = 100000,
                                     .latency_min = 1,
                                     .latency_max = 12,
                                     .stall_percent = 10,
                                     .mode = ANY_MODE,
                                     .wave_to = UINT64_MAX};
    int option;
    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(HELP, stdout);
            return 0;
        }
        if (!set_option(&options, option, optarg)) {
            if (option != '?')
                fprintf(stderr, "random: '%s' is no value for this option\n", optarg);
            fputs(HELP, stderr);
            return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "random: unexpected argument '%s'\n%s", argv[optind], HELP);
        return 2;
    }
    struct random_result result;
    tw_error error;
    tw_status status = random_run(&options, &result, stderr, &error);
    if (status == TW_USAGE || status == TW_IO || status == TW_NO_MEMORY) {
        fprintf(stderr, "random: %s\n", error.text);
        return status == TW_USAGE ? 2 : 1;
    }
    traffic_print(&result.traffic, stdout);
    print_monitors(&result.monitors);
    return status == TW_OK ? 0 : 1;
}
