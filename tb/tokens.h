/*
 * tokens.h: a line as words between blanks, read one after the other. A function that reads a word
 * takes it only if it is what was expected; else it names file, line, what was expected and what
 * stands there.
 */
#ifndef TB_TOKENS_H
#define TB_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tb/text.h"

typedef struct tokens {
    text_place at;
    const char
        *word; /* the word to be read next, not terminated; length 0 at the end of the line */
    size_t length;
} tokens;

/* Begins at the line's first word. The line is borrowed. */
tokens tokens_of(text_place at, const char *line);

/* Goes on to the next word. */
void tokens_next(tokens *t);

/* True if the word to be read next is exactly this one. */
bool tokens_is(const tokens *t, const char *word);

/* Reads a hexadecimal number (no prefix) of at most `max`, or a decimal one. `what` names it. */
tw_status tokens_hex(tokens *t, const char *what, uint64_t max, uint64_t *value, tw_error *error);
tw_status tokens_decimal(tokens *t, const char *what, uint64_t max, uint64_t *value,
                         tw_error *error);

/* True if the next word, without its first `skip` bytes, is two hexadecimal numbers and `separator`
 * between them. Does not go on. */
bool tokens_pair(const tokens *t, size_t skip, char separator, uint64_t *a, uint64_t *b);

/* TW_USAGE: "FILE:LINE: expected WHAT, found 'WORD'". */
tw_status tokens_expected(const tokens *t, const char *what, tw_error *error);

#endif
