/* options.h: the values of options, checked. Every function says in *error what was expected:
 * TW_USAGE. */
#ifndef TB_PROGRAM_OPTIONS_H
#define TB_PROGRAM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "tablewalk/engine.h"
#include "tablewalk/error.h"

/* A number from `min` to `max`: decimal, or hexadecimal with or without 0x for option_hex. */
tw_status option_number(const char *option, const char *text, uint64_t min, uint64_t max,
                        uint64_t *value, tw_error *error);
tw_status option_hex(const char *option, const char *text, uint64_t *value, tw_error *error);

/* "N" or "LO-HI", from 1 up. */
tw_status option_range(const char *option, const char *text, uint32_t *low, uint32_t *high,
                       tw_error *error);

/* Index of `text` in `names` (ended by NULL); the error lists them all. */
tw_status option_name(const char *option, const char *text, const char *const *names,
                      unsigned *index, tw_error *error);

typedef enum engine_kind { ENGINE_RTL, ENGINE_MODEL, ENGINE_LOCKSTEP, ENGINE_GOLDEN } engine_kind;

/* "rtl", "model", "lockstep", and "golden" where it makes sense. */
tw_status option_engine(const char *text, bool golden, engine_kind *kind, tw_error *error);
const char *engine_kind_name(engine_kind kind);

tw_status option_config(const char *text, const tw_config **config, tw_error *error);

/* The RTL, the model, or both in lockstep. NULL if the RTL was not built for `config` (TW_USAGE:
 * names the one it was built for), or memory is out. Not for ENGINE_GOLDEN. */
tw_engine *engine_open(engine_kind kind, const tw_config *config, tw_error *error);

#endif
