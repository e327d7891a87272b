/* options.c: text in, checked value out. */
#include "tb/program/options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tablewalk/pte.h"
#include "tb/program/command.h"

/* strtoull takes signs and blanks; an option does not. *end is where the number ends, or `text`. */
static uint64_t read_number(const char *text, int base, const char **end, bool *fits)
{
    char *stop;
    *end = text;
    *fits = true;
    if (!isxdigit((unsigned char)text[0]))
        return 0;
    errno = 0;
    uint64_t value = strtoull(text, &stop, base);
    *fits = errno == 0;
    *end = stop;
    return value;
}

/* ---- values ---------------------------------------------------------------------------------- */

static tw_status take_number(const command_option *o, const char *text, uint64_t *value,
                             tw_error *error)
{
    const char *end;
    bool fits;
    *value = read_number(text, 10, &end, &fits);
    if (end != text && *end == '\0' && fits && *value >= o->min && *value <= o->max)
        return TW_OK;
    return tw_fail(error, TW_USAGE, "--%s '%.40s': expected a number from %" PRIu64 " to %" PRIu64,
                   o->name, text, o->min, o->max);
}

static tw_status take_small(const command_option *o, const char *text, tw_error *error)
{
    uint64_t value;
    tw_status status = take_number(o, text, &value, error);
    if (status == TW_OK)
        *o->small = (uint32_t)value;
    return status;
}

static tw_status take_hex(const command_option *o, const char *text, tw_error *error)
{
    const char *end;
    bool fits;
    *o->hex = read_number(text, 16, &end, &fits);
    if (end != text && *end == '\0' && fits)
        return TW_OK;
    return tw_fail(error, TW_USAGE, "--%s '%.40s': expected a hexadecimal number of 64 bits",
                   o->name, text);
}

tw_status option_range(const char *option, const char *text, uint32_t *low, uint32_t *high,
                       tw_error *error)
{
    /* So that 16 walks in a row, of 5 reads and an A/D update each, are over within TW_PATIENCE. */
    enum { LATENCY_LIMIT = 1000 };
    const char *end;
    bool fits_low, fits_high = true;
    uint64_t a = read_number(text, 10, &end, &fits_low), b = a;
    bool good = end != text;
    if (good && *end == '-') {
        const char *second = end + 1;
        b = read_number(second, 10, &end, &fits_high);
        good = end != second;
    }
    if (good && *end == '\0' && fits_low && fits_high && a >= 1 && b >= a && b <= LATENCY_LIMIT) {
        *low = (uint32_t)a;
        *high = (uint32_t)b;
        return TW_OK;
    }
    return tw_fail(error, TW_USAGE, "--%s '%.40s': expected N or LO-HI, from 1 to %d", option, text,
                   LATENCY_LIMIT);
}

/* Index of `text` in `names` (ended by NULL); the error lists them all. */
static tw_status take_name(const command_option *o, const char *text, const char *const *names,
                           unsigned *index, tw_error *error)
{
    for (*index = 0; names[*index] != NULL; ++*index)
        if (strcmp(text, names[*index]) == 0)
            return TW_OK;
    char list[160] = "";
    for (unsigned i = 0, n = 0; names[i] != NULL && n < sizeof list; i++)
        n += (unsigned)snprintf(list + n, sizeof list - n, "%s%s", i == 0 ? "" : ", ", names[i]);
    return tw_fail(error, TW_USAGE, "--%s '%.40s': expected one of %s", o->name, text, list);
}

/* In the order in which they are chosen if nobody asks; those with segments come last, as not every
 * command has them. */
static const struct {
    const char *name;
    unsigned mode;
    bool segmented;
} MODES[] = {{"sv39", MODE_SV39, false},         {"sv48", MODE_SV48, false},
             {"sv57", MODE_SV57, false},         {"sv32", MODE_SV32, false},
             {"linear", MODE_LINEAR, false},     {"hashed", MODE_HASHED, false},
             {"bare-segments", MODE_BARE, true}, {"sv32-segments", MODE_SV32, true}};

enum { MODES_COUNT = sizeof MODES / sizeof *MODES };

static tw_status take_mode(const command_option *o, const char *text, tw_error *error)
{
    const char *names[MODES_COUNT + 1];
    unsigned count = 0, index;
    while (count < MODES_COUNT && (o->segmented != NULL || !MODES[count].segmented)) {
        names[count] = MODES[count].name;
        count++;
    }
    names[count] = NULL;
    tw_status status = take_name(o, text, names, &index, error);
    if (status != TW_OK)
        return status;
    *o->mode = MODES[index].mode;
    if (o->segmented != NULL)
        *o->segmented = MODES[index].segmented;
    return TW_OK;
}

const char *option_mode_name(unsigned mode, bool segmented)
{
    for (unsigned i = 0; i < MODES_COUNT; i++)
        if (MODES[i].mode == mode && MODES[i].segmented == segmented)
            return MODES[i].name;
    return "?";
}

bool option_mode_at(unsigned i, unsigned *mode, bool *segmented)
{
    if (i >= MODES_COUNT)
        return false;
    *mode = MODES[i].mode;
    *segmented = MODES[i].segmented;
    return true;
}

static bool has_mode(const tw_config *config, unsigned i, bool with_segments)
{
    return (config->modes >> MODES[i].mode & 1) != 0 &&
           (!MODES[i].segmented || (with_segments && config->segments > 0));
}

tw_status option_mode_settle(unsigned *mode, const bool *segmented, const tw_config *config,
                             tw_error *error)
{
    char list[120] = "";
    const bool through = segmented != NULL && *segmented;
    for (unsigned i = 0, n = 0; i < MODES_COUNT; i++) {
        if (!has_mode(config, i, segmented != NULL))
            continue;
        if (*mode == MODE_BARE && !through)
            *mode = MODES[i].mode;
        if (*mode == MODES[i].mode && through == MODES[i].segmented)
            return TW_OK;
        n += (unsigned)snprintf(list + n, sizeof list - n, "%s%s", n == 0 ? "" : ", ",
                                MODES[i].name);
    }
    const char *name = option_mode_name(*mode, through);
    return tw_fail(error, TW_USAGE,
                   "--mode '%s': the configuration '%s' has no %s: expected one of %s, or another "
                   "--config",
                   name, config->name, name, list);
}

/* In the order of engine_kind, so that the first three are the engines. */
static const char *const KINDS[] = {"rtl", "model", "lockstep", "golden", NULL};

static tw_status take_engine(const command_option *o, const char *text, tw_error *error)
{
    static const char *const engines[] = {"rtl", "model", "lockstep", NULL};
    unsigned index;
    tw_status status = take_name(o, text, o->golden ? KINDS : engines, &index, error);
    if (status == TW_OK)
        *o->engine = (engine_kind)index;
    return status;
}

static tw_status take_config(const command_option *o, const char *text, tw_error *error)
{
    static const char *const names[] = {
#define CONFIG_NAME(name, ...) #name,
        TW_CONFIGS(CONFIG_NAME)
#undef CONFIG_NAME
            NULL
    };
    unsigned index;
    tw_status status = take_name(o, text, names, &index, error);
    if (status == TW_OK)
        *o->config = tw_config_named(text);
    return status;
}

/* ---- a command's options --------------------------------------------------------------------- */

static tw_status take_value(const command_option *o, const char *text, tw_error *error)
{
    if (o->given != NULL)
        *o->given = true;
    if (o->flag != NULL)
        *o->flag = true;
    else if (o->text != NULL)
        *o->text = text;
    else if (o->small != NULL)
        return take_small(o, text, error);
    else if (o->number != NULL)
        return take_number(o, text, o->number, error);
    else if (o->hex != NULL)
        return take_hex(o, text, error);
    else if (o->index != NULL)
        return take_name(o, text, o->names, o->index, error);
    else if (o->mode != NULL)
        return take_mode(o, text, error);
    else if (o->engine != NULL)
        return take_engine(o, text, error);
    else if (o->config != NULL)
        return take_config(o, text, error);
    else
        return o->take(o->context, text, error);
    return TW_OK;
}

static int take_options(int argc, char **argv, const char *help, const command_option *table,
                        const char *order)
{
    enum { HELP = OPTIONS_MAX + 1, VERSION };
    struct option known[OPTIONS_MAX + 3] = {{"help", no_argument, NULL, HELP},
                                            {"version", no_argument, NULL, VERSION}};
    for (int n = 0; table[n].name != NULL; n++) {
        assert(n < OPTIONS_MAX);
        int argument = table[n].flag != NULL ? no_argument : required_argument;
        known[n + 2] = (struct option){table[n].name, argument, NULL, n};
    }
    for (int code; (code = getopt_long(argc, argv, order, known, NULL)) != -1;) {
        tw_error error = {0};
        if (code == HELP)
            return fputs(help, stdout), EXIT_PASS;
        if (code == VERSION)
            return command_version();
        if (code == '?')
            return command_misused(argv[0]);
        if (take_value(&table[code], optarg, &error) != TW_OK)
            return command_failed(&error);
    }
    return OPTIONS_TAKEN;
}

int options_take(int argc, char **argv, const char *help, const command_option *table)
{
    return take_options(argc, argv, help, table, "");
}

int options_take_first(int argc, char **argv, const char *help, const command_option *table)
{
    return take_options(argc, argv, help, table, "+");
}

int options_take_all(int argc, char **argv, const char *help, const command_option *table,
                     const char *hint)
{
    tw_error error = {0};
    int exit = options_take(argc, argv, help, table);
    if (exit != OPTIONS_TAKEN || optind == argc)
        return exit;
    tw_fail(&error, TW_USAGE, "'%.100s': %s takes options only; %s", argv[optind], argv[0], hint);
    return command_failed(&error);
}

/* ---- engines --------------------------------------------------------------------------------- */

const char *engine_kind_name(engine_kind kind)
{
    return KINDS[kind];
}

tw_engine *engine_open(engine_kind kind, const tw_config *config, tw_error *error)
{
    if (kind != ENGINE_MODEL && !tw_config_equal(config, tw_rtl_built())) {
        tw_fail(error, TW_USAGE,
                "the RTL in this program was built for the configuration '%s', not '%s': use "
                "--config %s, or build with CONFIG=%s",
                tw_rtl_built()->name, config->name, tw_rtl_built()->name, config->name);
        return NULL;
    }
    tw_engine *engine = kind == ENGINE_RTL ? tw_rtl_open(config)
                        : kind == ENGINE_MODEL
                            ? tw_model_open(config)
                            : tw_lockstep_open(tw_rtl_open(config), tw_model_open(config));
    if (engine == NULL)
        tw_fail(error, TW_NO_MEMORY, "no memory for the engine '%s'", engine_kind_name(kind));
    return engine;
}
