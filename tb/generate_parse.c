/* generate_parse.c: the words of generate.h: a kind, then keys that this kind has, each once. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tb/generate.h"

static const char PREFIX[] = "gen:";

static const char *const KIND[GENERATE_KINDS] = {"sequential", "loop", "random",  "zipf",
                                                 "phase",      "rows", "columns", "chase"};

enum {
    MATRIX = 1u << GENERATE_ROWS | 1u << GENERATE_COLUMNS,
    ALL = (1u << GENERATE_KINDS) - 1,
    S_MAX = 400,
    N_MAX = 4096
};

/* A key: 0 for a number that is not given becomes what generate_parse makes of the others. */
typedef struct generate_key {
    const char *name;
    size_t field; /* of generate_spec */
    uint64_t otherwise, min, max;
    unsigned kinds;    /* that have it */
    unsigned multiple; /* of what the number has to be one */
    bool hundredths;   /* written with a point */
} generate_key;

#define FIELD(name) #name, offsetof(generate_spec, name)
static const generate_key KEY[] = {
    {FIELD(pages), 64, 1, GENERATE_PAGES_MAX, ALL & ~MATRIX, 1, false},
    {FIELD(references), 0, 1, 1000000000, ALL, 1, false},
    {FIELD(seed), 1, 0, UINT32_MAX, ALL, 1, false},
    {FIELD(stores), 20, 0, 100, ALL, 1, false},
    {FIELD(fetches), 0, 0, 99, ALL, 1, false},
    {FIELD(stride), 64, 8, 1u << PAGE_SHIFT, 1u << GENERATE_SEQUENTIAL, 8, false},
    {FIELD(s), 99, 0, S_MAX, 1u << GENERATE_ZIPF, 1, true},
    {FIELD(locality), 0, 1, GENERATE_PAGES_MAX, 1u << GENERATE_PHASE, 1, false},
    {FIELD(phase), 1000, 1, 1000000000, 1u << GENERATE_PHASE, 1, false},
    {FIELD(n), 128, 1, N_MAX, MATRIX, 1, false},
};
#undef FIELD
enum { KEYS = sizeof KEY / sizeof *KEY };

static uint64_t *field(generate_spec *spec, const generate_key *key)
{
    return (uint64_t *)(void *)((char *)spec + key->field);
}

bool generate_named(const char *word)
{
    return strncmp(word, PREFIX, sizeof PREFIX - 1) == 0;
}

/* Reads digits, at least one and to the end, and behind a point at most `decimals` of them, as if
 * all were given. False for anything else, and for far more digits than any key has. */
static bool number(const char *text, size_t length, unsigned decimals, uint64_t *value)
{
    size_t point = length;
    *value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.' && point == length && decimals > 0 && i > 0)
            point = i;
        else if (text[i] >= '0' && text[i] <= '9' && *value < UINT64_MAX / 10000)
            *value = *value * 10 + (uint64_t)(text[i] - '0');
        else
            return false;
    }
    size_t behind = point == length ? 0 : length - point - 1;
    if (length == 0 || behind > decimals || (point < length && behind == 0))
        return false;
    for (; behind < decimals; behind++)
        *value *= 10;
    return true;
}

/* How much of a word a sentence shows. */
static int shown(size_t length)
{
    return length < 40 ? (int)length : 40;
}

/* Adds a name to a list in a sentence. */
static void list_add(char *list, size_t room, const char *name)
{
    size_t used = strlen(list);
    snprintf(list + used, room - used, "%s%s", used > 0 ? ", " : "", name);
}

/* The kind that stands at `text`; TW_USAGE and all kinds if there is no such kind. */
static tw_status take_kind(const char *text, size_t length, generate_spec *spec, tw_error *error)
{
    char kinds[100] = "";
    for (unsigned i = 0; i < GENERATE_KINDS; i++) {
        if (strlen(KIND[i]) == length && strncmp(KIND[i], text, length) == 0) {
            spec->kind = (generate_kind)i;
            return TW_OK;
        }
        list_add(kinds, sizeof kinds, KIND[i]);
    }
    return tw_fail(error, TW_USAGE, "gen:%.*s: expected one of %s behind 'gen:'", shown(length),
                   text, kinds);
}

static tw_status bad_key(const char *text, size_t length, generate_kind kind, tw_error *error)
{
    char keys[120] = "";
    for (unsigned i = 0; i < KEYS; i++)
        if (KEY[i].kinds >> kind & 1)
            list_add(keys, sizeof keys, KEY[i].name);
    return tw_fail(error, TW_USAGE, "gen:%s: '%.*s': expected key=number, each once, of %s",
                   KIND[kind], shown(length), text, keys);
}

static tw_status bad_value(const char *text, size_t length, const generate_key *key,
                           tw_error *error)
{
    char multiple[30] = "";
    if (key->multiple > 1)
        snprintf(multiple, sizeof multiple, ", a multiple of %u", key->multiple);
    if (key->hundredths)
        return tw_fail(error, TW_USAGE, "gen: '%.*s': expected %s=0.00 to %d.00", shown(length),
                       text, key->name, S_MAX / 100);
    return tw_fail(error, TW_USAGE, "gen: '%.*s': expected %s=%" PRIu64 " to %" PRIu64 "%s",
                   shown(length), text, key->name, key->min, key->max, multiple);
}

/* One key=number. `given` is a bit for each key that there was. */
static tw_status take_key(const char *text, size_t length, generate_spec *spec, unsigned *given,
                          tw_error *error)
{
    for (unsigned i = 0; i < KEYS; i++) {
        const generate_key *key = &KEY[i];
        size_t name = strlen(key->name);
        if (name >= length || strncmp(key->name, text, name) != 0 || text[name] != '=')
            continue;
        if (*given >> i & 1 || !(key->kinds >> spec->kind & 1))
            break;
        *given |= 1u << i;
        uint64_t value;
        if (!number(text + name + 1, length - name - 1, key->hundredths ? 2 : 0, &value) ||
            value < key->min || value > key->max || value % key->multiple != 0)
            return bad_value(text, length, key, error);
        *field(spec, key) = value;
        return TW_OK;
    }
    return bad_key(text, length, spec->kind, error);
}

/* What follows from the other numbers. */
static tw_status settle(generate_spec *spec, tw_error *error)
{
    uint64_t pass = 10000;
    if (MATRIX >> spec->kind & 1) {
        uint64_t page = UINT64_C(1) << PAGE_SHIFT;
        spec->pages = spec->n * ((4 * spec->n + page - 1) / page);
        pass = spec->n * spec->n;
    }
    if (spec->references == 0)
        spec->references = pass;
    if (spec->locality == 0)
        spec->locality = spec->pages < 4 ? 1 : spec->pages / 4;
    if (spec->locality > spec->pages)
        return tw_fail(error, TW_USAGE,
                       "gen:phase: 'locality=%" PRIu64 "': expected at most pages=%" PRIu64,
                       spec->locality, spec->pages);
    return TW_OK;
}

tw_status generate_parse(const char *word, generate_spec *spec, tw_error *error)
{
    *spec = (generate_spec){0};
    for (unsigned i = 0; i < KEYS; i++)
        *field(spec, &KEY[i]) = KEY[i].otherwise;
    if (!generate_named(word) || strlen(word) > GENERATE_WORD_MAX)
        return tw_fail(error, TW_USAGE,
                       "'%.40s': expected gen:KIND,key=number,... of at most %d characters", word,
                       GENERATE_WORD_MAX);
    const char *at = word + sizeof PREFIX - 1;
    size_t length = strcspn(at, ",");
    tw_status status = take_kind(at, length, spec, error);
    unsigned given = 0;
    while (status == TW_OK && at[length] == ',') {
        at += length + 1;
        length = strcspn(at, ",");
        status = take_key(at, length, spec, &given, error);
    }
    return status == TW_OK ? settle(spec, error) : status;
}
