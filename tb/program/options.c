/* options.c: text in, checked value out. */
#include "tb/program/options.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

tw_status option_number(const char *option, const char *text, uint64_t min, uint64_t max,
                        uint64_t *value, tw_error *error)
{
    const char *end;
    bool fits;
    *value = read_number(text, 10, &end, &fits);
    if (end != text && *end == '\0' && fits && *value >= min && *value <= max)
        return TW_OK;
    return tw_fail(error, TW_USAGE, "--%s '%.40s': expected a number from %" PRIu64 " to %" PRIu64,
                   option, text, min, max);
}

tw_status option_hex(const char *option, const char *text, uint64_t *value, tw_error *error)
{
    const char *end;
    bool fits;
    *value = read_number(text, 16, &end, &fits);
    if (end != text && *end == '\0' && fits)
        return TW_OK;
    return tw_fail(error, TW_USAGE, "--%s '%.40s': expected a hexadecimal number of 64 bits",
                   option, text);
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

tw_status option_name(const char *option, const char *text, const char *const *names,
                      unsigned *index, tw_error *error)
{
    for (*index = 0; names[*index] != NULL; ++*index)
        if (strcmp(text, names[*index]) == 0)
            return TW_OK;
    char list[160] = "";
    for (unsigned i = 0, n = 0; names[i] != NULL && n < sizeof list; i++)
        n += (unsigned)snprintf(list + n, sizeof list - n, "%s%s", i == 0 ? "" : ", ", names[i]);
    return tw_fail(error, TW_USAGE, "--%s '%.40s': expected one of %s", option, text, list);
}

/* In the order of engine_kind, so that the first three are the engines. */
static const char *const KINDS[] = {"rtl", "model", "lockstep", "golden", NULL};

tw_status option_engine(const char *text, bool golden, engine_kind *kind, tw_error *error)
{
    static const char *const engines[] = {"rtl", "model", "lockstep", NULL};
    unsigned index;
    tw_status status = option_name("engine", text, golden ? KINDS : engines, &index, error);
    if (status == TW_OK)
        *kind = (engine_kind)index;
    return status;
}

const char *engine_kind_name(engine_kind kind)
{
    return KINDS[kind];
}

tw_status option_config(const char *text, const tw_config **config, tw_error *error)
{
    static const char *const names[] = {
#define CONFIG_NAME(name, fetch, data, misses, modes) #name,
        TW_CONFIGS(CONFIG_NAME)
#undef CONFIG_NAME
            NULL
    };
    unsigned index;
    tw_status status = option_name("config", text, names, &index, error);
    if (status == TW_OK)
        *config = tw_config_named(text);
    return status;
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
