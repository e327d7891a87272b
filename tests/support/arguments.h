/*
 * arguments.h: what the arguments of random's and soak's options mean. All of it stands here, as
 * each of these programs links few files of this folder.
 */
#ifndef TESTS_SUPPORT_ARGUMENTS_H
#define TESTS_SUPPORT_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tablewalk/engine.h"

static inline bool argument_names_engine(const char *name)
{
    return strcmp(name, "rtl") == 0 || strcmp(name, "model") == 0 || strcmp(name, "lockstep") == 0;
}

/* The engine of that name, in the built configuration. NULL if there is none, or no memory. */
static inline tw_engine *argument_engine(const char *name)
{
    const tw_config *built = tw_rtl_built();
    if (strcmp(name, "rtl") == 0)
        return tw_rtl_open(built);
    if (strcmp(name, "model") == 0)
        return tw_model_open(built);
    if (strcmp(name, "lockstep") == 0)
        return tw_lockstep_open(tw_rtl_open(built), tw_model_open(built));
    return NULL;
}

/* True if the text, up to its end or `stop`, is a number; *after is where it ends. */
static inline bool argument_number_to(const char *text, char stop, uint64_t *value,
                                      const char **after)
{
    char *end = NULL;
    if (*text < '0' || *text > '9')
        return false;
    *value = strtoull(text, &end, 0);
    *after = end;
    return *end == '\0' || *end == stop;
}

static inline bool argument_number(const char *text, uint64_t *value)
{
    const char *after;
    return argument_number_to(text, '\0', value, &after);
}

#endif
