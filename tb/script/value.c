/* value.c: reading and adding up expressions. */
#include "tb/script/value.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096 };

static size_t name_length(const char *word)
{
    size_t length = 0;
    while (script_names_holds(word[length]))
        length++;
    return length;
}

/* A number and its k, M or G. The length, or 0 if there is none that fits. */
static size_t read_number(const char *word, uint64_t *number)
{
    char *end;
    bool hexadecimal = word[0] == '0' && word[1] == 'x' && isxdigit((unsigned char)word[2]);
    if (!isdigit((unsigned char)word[0]))
        return 0;
    errno = 0;
    *number = strtoull(word, &end, hexadecimal ? 16 : 10);
    const char *unit = *end != '\0' ? strchr("kMG", *end) : NULL;
    unsigned shift = unit == NULL ? 0 : *unit == 'k' ? 10 : *unit == 'M' ? 20 : 30;
    if (errno != 0 || *number << shift >> shift != *number)
        return 0;
    *number <<= shift;
    return (size_t)(end - word) + (unit != NULL);
}

/* Of a word that is no number: would it be one? */
static bool too_large(const char *word)
{
    errno = 0;
    strtoull(word, NULL, 0);
    return errno == ERANGE;
}

static size_t read_word(const char *word, struct script_term *term)
{
    static const struct {
        const char *name;
        struct script_term term;
    } WORD[] = {{"page", {.kind = SCRIPT_IS_NUMBER, .number = PAGE}},
                {"huge", {.kind = SCRIPT_IS_HUGE}},
                {"none", {.kind = SCRIPT_IS_NUMBER, .number = SCRIPT_NONE}}};
    size_t length = name_length(word);
    for (size_t i = 0; i < sizeof WORD / sizeof *WORD; i++)
        if (strlen(WORD[i].name) == length && memcmp(word, WORD[i].name, length) == 0) {
            char operation = term->operation;
            *term = WORD[i].term;
            term->operation = operation;
            return length;
        }
    return 0;
}

/* The length of the term, or 0. */
static size_t read_term(const char *word, const script_names *variables, struct script_term *term)
{
    size_t length = read_number(word, &term->number);
    if (length > 0)
        return length;
    if (word[0] != '$')
        return read_word(word, term);
    length = name_length(word + 1);
    int index = script_names_find(variables, word + 1, length);
    if (index < 0)
        return 0;
    term->kind = SCRIPT_IS_VARIABLE;
    term->number = (uint64_t)index;
    return length + 1;
}

const char *script_expression_read(script_expression *e, const char *word,
                                   const script_names *variables, const char **at)
{
    *e = (script_expression){0};
    for (char operation = '+';; operation = *word++) {
        *at = word;
        if (e->terms == SCRIPT_TERMS_MAX)
            return "at most 8 terms";
        struct script_term *term = &e->term[e->terms++];
        term->operation = operation;
        size_t length = read_term(word, variables, term);
        if (length == 0 && *word == '$')
            return "a variable that has a value";
        if (length == 0 && isdigit((unsigned char)*word) && too_large(word))
            return "a number below 2^64";
        if (length == 0)
            return "a number such as 4096, 0x1000, 16k, page or $name";
        word += length;
        *at = word;
        if (*word == '\0')
            return NULL;
        if (strchr("+-*", *word) == NULL)
            return "+, - or * between two numbers";
    }
}

uint64_t script_expression_value(const script_expression *e, const uint64_t *variable,
                                 uint64_t huge)
{
    uint64_t sum = 0, product = 0;
    for (unsigned i = 0; i < e->terms; i++) {
        const struct script_term *t = &e->term[i];
        uint64_t number = t->kind == SCRIPT_IS_VARIABLE ? variable[t->number]
                          : t->kind == SCRIPT_IS_HUGE   ? huge
                                                        : t->number;
        if (t->operation == '*') {
            product *= number;
            continue;
        }
        sum += product;
        product = t->operation == '-' ? 0 - number : number;
    }
    return sum + product;
}

bool script_expression_fixed(const script_expression *e, uint64_t *value)
{
    for (unsigned i = 0; i < e->terms; i++)
        if (e->term[i].kind != SCRIPT_IS_NUMBER)
            return false;
    *value = script_expression_value(e, NULL, 0);
    return true;
}
