/* trace.c: one line of lackey's is one reference. Invariant: a trace is a file or generated. */
#include "tb/trace.h"

#include <stdlib.h>
#include <string.h>

#include "tb/generate.h"
#include "tb/text.h"

struct trace {
    text_file *text;                  /* NULL: generated */
    generator *generator;             /* NULL: of a file */
    char word[GENERATE_WORD_MAX + 1]; /* that named the generator */
};

/* Opens the generator that a word names. NULL as generate_parse and generate_open. */
static generator *open_generator(const char *word, tw_error *error)
{
    generate_spec spec;
    return generate_parse(word, &spec, error) == TW_OK ? generate_open(&spec, error) : NULL;
}

trace *trace_open(const char *path, tw_error *error)
{
    trace *t = calloc(1, sizeof *t);
    if (t == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory for a trace");
        return NULL;
    }
    if (generate_named(path)) {
        t->generator = open_generator(path, error);
        strncpy(t->word, path, GENERATE_WORD_MAX);
    } else {
        t->text = text_open(path, error);
    }
    if (t->text == NULL && t->generator == NULL) {
        free(t);
        return NULL;
    }
    return t;
}

void trace_close(trace *t)
{
    if (t == NULL)
        return;
    text_close(t->text);
    generate_close(t->generator);
    free(t);
}

text_place trace_where(const trace *t)
{
    if (t->generator != NULL)
        return (text_place){t->word, generate_given(t->generator)};
    return text_where(t->text);
}

/* The value of a digit in bases up to 16, or 16. */
static unsigned digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return 16;
}

/* Reads an unsigned number and moves *at behind it. False if there is none, or it exceeds `max`. */
static bool number(const char **at, unsigned base, uint64_t max, uint64_t *value)
{
    const char *first = *at;
    *value = 0;
    for (; digit(**at) < base; ++*at) {
        uint64_t d = digit(**at);
        if (*value > (max - d) / base)
            return false;
        *value = *value * base + d;
    }
    return *at != first;
}

/* True if the line is a reference, which then is in *r. */
static bool parse(const char *line, reference *r)
{
    static const char kinds[4][4] = {"I  ", " L ", " S ", " M "};
    unsigned kind = 0;
    while (kind < 4 && strncmp(line, kinds[kind], 3) != 0)
        kind++;
    if (kind == 4)
        return false;
    const char *at = line + 3;
    uint64_t bytes;
    if (!number(&at, 16, UINT64_MAX, &r->va) || *at++ != ',' ||
        !number(&at, 10, TRACE_BYTES_MAX, &bytes) || *at != '\0')
        return false;
    r->kind = kind;
    r->bytes = (unsigned)bytes;
    return bytes > 0 && r->va + bytes - 1 >= r->va;
}

tw_status trace_next(trace *t, reference *r, bool *more, tw_error *error)
{
    if (t->generator != NULL) {
        *more = generate_next(t->generator, r);
        return TW_OK;
    }
    const char *line;
    do {
        tw_status status = text_next(t->text, &line, error);
        *more = status == TW_OK && line != NULL;
        if (!*more)
            return status;
    } while (line[strspn(line, " \t")] == '\0' || strncmp(line, "==", 2) == 0);
    if (parse(line, r))
        return TW_OK;
    *more = false;
    return text_fail(text_where(t->text), error,
                     "expected a reference such as ' L 1ffeffe7e0,8' (I, L, S or M, hexadecimal "
                     "address, 1 to %d bytes), found '%.40s'",
                     TRACE_BYTES_MAX, line);
}
