/*
 * options.h: the options of a command as a table, and their values, checked. What is wrong with a
 * value is said in *error: TW_USAGE, and what was expected.
 *
 *     const command_option options[] = {
 *         {"latency", .small = &latency, .min = 1, .max = 100}, {"json", .text = &json}, {0}};
 *     int exit = options_take(argc, argv, HELP, options);
 *     if (exit != OPTIONS_TAKEN)
 *         return exit;
 */
#ifndef TB_PROGRAM_OPTIONS_H
#define TB_PROGRAM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "tablewalk/engine.h"
#include "tablewalk/error.h"

/* "N" or "LO-HI", from 1 up: for an option's `take`. */
tw_status option_range(const char *option, const char *text, uint32_t *low, uint32_t *high,
                       tw_error *error);

/* "sv32", "sv32-segments" and so on; "?" for what nobody can ask for. */
const char *option_mode_name(unsigned mode, bool segmented);

/* The i-th mode that can be asked for, from 0, and whether it is one with segments; false if there
 * are no more. */
bool option_mode_at(unsigned i, unsigned *mode, bool *segmented);

/* Ends the option --mode: what nobody asked for, MODE_BARE without segments, becomes sv39, or what
 * comes first of what the configuration has. TW_USAGE if it has not what was asked for: names what
 * it has. `segmented` NULL: the command has no modes with segments. */
tw_status option_mode_settle(unsigned *mode, const bool *segmented, const tw_config *config,
                             tw_error *error);

typedef enum engine_kind { ENGINE_RTL, ENGINE_MODEL, ENGINE_LOCKSTEP, ENGINE_GOLDEN } engine_kind;

/* "rtl", "model" and so on. */
const char *engine_kind_name(engine_kind kind);

/* One option, and where its value goes: one of the pointers from `flag` to `take` is set. */
typedef struct command_option {
    const char *name; /* NULL ends a table */
    bool *given;      /* becomes true if it occurs; NULL: nobody asks */
    bool *flag;       /* takes no value: becomes true */
    const char **text;
    uint32_t *small; /* a number from `min` to `max` */
    uint64_t *number;
    uint64_t *hex;       /* hexadecimal, with or without 0x */
    unsigned *index;     /* of the value in `names` */
    unsigned *mode;      /* MODE_SV32 and so on, by its name */
    bool *segmented;     /* besides `mode`: is it one with segments? NULL: there are none */
    engine_kind *engine; /* rtl, model or lockstep */
    const tw_config **config;
    tw_status (*take)(void *context, const char *text, tw_error *error); /* anything else */
    void *context;
    uint64_t min, max;
    const char *const *names;
    bool golden; /* is an engine here, too */
} command_option;

enum { OPTIONS_TAKEN = -1, OPTIONS_MAX = 20 };

/* Takes the options of the command argv[0], and those of every command, --help and --version, and
 * leaves the other words from optind on. OPTIONS_TAKEN if the command goes on, else its exit
 * status: help was given, or what is wrong stands on standard error. */
int options_take(int argc, char **argv, const char *help, const command_option *table);

/* The same, of options that end at the first other word: one after it may begin with '-'. */
int options_take_first(int argc, char **argv, const char *help, const command_option *table);

/* The same, of a command that takes options only: another word is wrong. `hint` is the end of the
 * sentence that says so: "an address is --va HEX". */
int options_take_all(int argc, char **argv, const char *help, const command_option *table,
                     const char *hint);

/* The RTL, the model, or both in lockstep. NULL if the RTL was not built for `config` (TW_USAGE:
 * names the one it was built for), or memory is out. Not for ENGINE_GOLDEN. */
tw_engine *engine_open(engine_kind kind, const tw_config *config, tw_error *error);

#endif
