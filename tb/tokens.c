/* tokens.c: cutting words and numbers out of a line, with nothing copied. */
#include "tb/tokens.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char blanks[] = " \t";

static void cut(tokens *t, const char *from)
{
    t->word = from + strspn(from, blanks);
    t->length = strcspn(t->word, blanks);
}

tokens tokens_of(text_place at, const char *line)
{
    tokens t = {.at = at};
    cut(&t, line);
    return t;
}

void tokens_next(tokens *t)
{
    cut(t, t->word + t->length);
}

bool tokens_is(const tokens *t, const char *word)
{
    return t->length == strlen(word) && memcmp(t->word, word, t->length) == 0;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

/* The digits of [from, end) up to the first other character as a number. Returns where they end, or
 * NULL if there are none or the number does not fit 64 bits. */
static const char *number(const char *from, const char *end, unsigned base, uint64_t *value)
{
    const char *at = from;
    uint64_t sum = 0;
    for (; at < end && (unsigned)digit_value(*at) < base; at++) {
        unsigned digit = (unsigned)digit_value(*at);
        if (sum > (UINT64_MAX - digit) / base)
            return NULL;
        sum = sum * base + digit;
    }
    *value = sum;
    return at > from ? at : NULL;
}

/* Reads the whole word as a number of at most `max`. */
static bool take_number(tokens *t, unsigned base, uint64_t max, uint64_t *value)
{
    const char *end = t->word + t->length;
    uint64_t found;
    if (number(t->word, end, base, &found) != end || found > max)
        return false;
    *value = found;
    tokens_next(t);
    return true;
}

tw_status tokens_hex(tokens *t, const char *what, uint64_t max, uint64_t *value, tw_error *error)
{
    char wanted[120];
    if (take_number(t, 16, max, value))
        return TW_OK;
    snprintf(wanted, sizeof wanted, "%s (hexadecimal, at most %" PRIx64 ")", what, max);
    return tokens_expected(t, wanted, error);
}

tw_status tokens_decimal(tokens *t, const char *what, uint64_t max, uint64_t *value,
                         tw_error *error)
{
    char wanted[120];
    if (take_number(t, 10, max, value))
        return TW_OK;
    snprintf(wanted, sizeof wanted, "%s (decimal, at most %" PRIu64 ")", what, max);
    return tokens_expected(t, wanted, error);
}

bool tokens_pair(const tokens *t, size_t skip, char separator, uint64_t *a, uint64_t *b)
{
    const char *end = t->word + t->length;
    if (skip > t->length)
        return false;
    const char *middle = number(t->word + skip, end, 16, a);
    if (middle == NULL || middle == end || *middle != separator)
        return false;
    return number(middle + 1, end, 16, b) == end;
}

tw_status tokens_expected(const tokens *t, const char *what, tw_error *error)
{
    char found[41];
    size_t length = t->length < sizeof found - 1 ? t->length : sizeof found - 1;
    if (length == 0)
        return text_fail(t->at, error, "expected %s, found the end of the line", what);
    for (size_t i = 0; i < length; i++)
        found[i] = t->word[i] >= ' ' && t->word[i] <= '~' ? t->word[i] : '?';
    found[length] = '\0';
    return text_fail(t->at, error, "expected %s, found '%s'%s", what, found,
                     length < t->length ? " and more" : "");
}
