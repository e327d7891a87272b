/*
 * soak.c: the program build/soak: eight processes that do anything at random. Exit 0: nothing
 * found; 1: something was wrong, or never met; 2: usage.
 */
#include <getopt.h>
#include <inttypes.h>
#include <strings.h>

#include "tablewalk/pte.h"
#include "tests/support/arguments.h"
#include "tests/support/soak_run.h"

static const char HELP[] =
    "usage: soak [OPTION]...\n"
    "Eight processes that make calls and accesses at random, with the oracle and every monitor.\n"
    "  --engine NAME    rtl, model or lockstep (model)\n"
    "  --seed N         of all that is random (1)\n"
    "  --accesses N     to be made (200000); from --expect-all on, everything must have been met\n"
    "  --mode NAME      Sv32, Sv39, Sv48, Sv57, linear or hashed (Sv39)\n"
    "  --expect-all N   accesses from which a run must have met everything (1000000)\n"
    "  --verbose        print every call\n"
    "  --help\n";

enum {
    OPTION_ENGINE = 1,
    OPTION_SEED,
    OPTION_ACCESSES,
    OPTION_MODE,
    OPTION_EXPECT,
    OPTION_VERBOSE,
    OPTION_HELP
};

static const struct option OPTIONS[] = {
    {"engine", required_argument, NULL, OPTION_ENGINE},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"accesses", required_argument, NULL, OPTION_ACCESSES},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"expect-all", required_argument, NULL, OPTION_EXPECT},
    {"verbose", no_argument, NULL, OPTION_VERBOSE},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

/* A mode with page tables, in any case of letters. */
static bool mode_named(const char *text, unsigned *mode)
{
    for (*mode = 0; *mode <= MODE_HASHED; ++*mode)
        if (mode_levels(*mode) > 0 && strcasecmp(text, tw_mode_name(*mode)) == 0)
            return true;
    return false;
}

static bool set_option(soak_options *o, uint64_t *expect, int option, const char *argument)
{
    switch (option) {
    case OPTION_ENGINE:
        o->engine = argument;
        return argument_names_engine(argument);
    case OPTION_SEED:
        return argument_number(argument, &o->seed);
    case OPTION_ACCESSES:
        return argument_number(argument, &o->accesses) && o->accesses > 0;
    case OPTION_MODE:
        return mode_named(argument, &o->mode);
    case OPTION_EXPECT:
        return argument_number(argument, expect);
    case OPTION_VERBOSE:
        o->calls = stdout;
        return true;
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    soak_options options = {
        .program = argv[0], .engine = "model", .seed = 1, .accesses = 200000, .mode = MODE_SV39};
    uint64_t expect_all = 1000000;
    int option;
    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(HELP, stdout);
            return 0;
        }
        if (!set_option(&options, &expect_all, option, optarg)) {
            if (option != '?')
                fprintf(stderr, "soak: '%s' is no value for this option\n", optarg);
            fputs(HELP, stderr);
            return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "soak: unexpected argument '%s'\n%s", argv[optind], HELP);
        return 2;
    }
    soak_counts counts;
    tw_error error;
    if (soak_run(&options, &counts, stderr, &error) != TW_OK)
        return 1;
    soak_counts_print(&counts, stdout);
    const char *missing = soak_counts_missing(&counts, options.mode);
    if (missing == NULL || options.accesses < expect_all)
        return 0;
    fprintf(stderr, "soak: %s: expected at least once in %" PRIu64 " accesses, got 0\n", missing,
            options.accesses);
    return 1;
}
