/*
 * value.h: numbers as a script writes them: 4096, 0x1000, 4k, 2M, 1G, 3*page, $buffer+8. A
 * product binds stronger than a sum; there are no parentheses and no blanks.
 */
#ifndef TB_SCRIPT_VALUE_H
#define TB_SCRIPT_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "tb/script/names.h"

enum { SCRIPT_TERMS_MAX = 8 };

/* What no page has: `none`. */
#define SCRIPT_NONE UINT64_MAX

typedef struct script_expression {
    unsigned terms;
    struct script_term {
        char operation; /* + - * in front of it */
        enum { SCRIPT_IS_NUMBER, SCRIPT_IS_VARIABLE, SCRIPT_IS_HUGE } kind;
        uint64_t number; /* or the variable's */
    } term[SCRIPT_TERMS_MAX];
} script_expression;

/* Reads the whole word. NULL if it is an expression; else what is expected, and *at is where. */
const char *script_expression_read(script_expression *e, const char *word,
                                   const script_names *variables, const char **at);

/* Its value, modulo 2^64. `huge`: bytes of a huge page. */
uint64_t script_expression_value(const script_expression *e, const uint64_t *variable,
                                 uint64_t huge);

/* True, and its value, if it is the same whatever variables and machine there are. */
bool script_expression_fixed(const script_expression *e, uint64_t *value);

#endif
