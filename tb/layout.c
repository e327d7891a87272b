/* layout.c: regions in, blocks counted. */
#include "tb/layout.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tb/text.h"
#include "tb/tokens.h"

/* ---- reading --------------------------------------------------------------------------------- */

/* "rwxp", each letter or '-'; 's' for shared. */
static bool permissions(const tokens *t)
{
    return t->length == 4 && strchr("r-", t->word[0]) && strchr("w-", t->word[1]) &&
           strchr("x-", t->word[2]) && strchr("ps", t->word[3]);
}

static tw_status add(layout *l, struct region region, tw_error *error)
{
    if (l->count == l->room) {
        size_t room = l->room == 0 ? 64 : 2 * l->room;
        struct region *more = realloc(l->region, room * sizeof *more);
        if (more == NULL)
            return tw_fail(error, TW_NO_MEMORY, "no memory for %zu regions", room);
        l->region = more;
        l->room = room;
    }
    l->region[l->count++] = region;
    l->bytes += region.last - region.first + 1;
    return TW_OK;
}

/* Drops the bits above the address. False: they are neither 0 nor copies of the top bit. */
static bool fit(struct region *r, unsigned va_bits)
{
    uint64_t mask = UINT64_MAX >> (64 - va_bits), upper = ~(mask >> 1);
    bool low = (r->last & ~mask) == 0;
    bool high = (r->first & upper) == upper;
    r->first &= mask;
    r->last &= mask;
    return low || high;
}

static tw_status read_region(layout *l, unsigned va_bits, text_place at, const char *line,
                             tw_error *error)
{
    uint64_t start, end;
    tokens words = tokens_of(at, line);
    if (words.length == 0 || line[0] == '#')
        return TW_OK;
    if (!tokens_pair(&words, 0, '-', &start, &end))
        return tokens_expected(&words, "START-END in hexadecimal, as in /proc/PID/maps", error);
    if (end <= start)
        return tokens_expected(&words, "an END above START", error);
    struct region region = {start, end - 1};
    if (!fit(&region, va_bits))
        return text_fail(at, error,
                         "expected addresses of %u bits, found %" PRIx64 "-%" PRIx64
                         ": give a larger --va",
                         va_bits, start, end);
    if (l->count > 0 && region.first <= l->region[l->count - 1].last)
        return tokens_expected(&words, "regions that ascend and do not overlap", error);
    tokens_next(&words);
    if (words.length != 0 && !permissions(&words))
        return tokens_expected(&words, "permissions such as r-xp", error);
    if (words.length != 0 && memcmp(words.word, "---", 3) == 0) {
        l->reserved++;
        return TW_OK;
    }
    return add(l, region, error);
}

tw_status layout_read(layout *l, const char *path, unsigned va_bits, tw_error *error)
{
    *l = (layout){0};
    text_file *file = text_open(strcmp(path, "-") == 0 ? "/dev/stdin" : path, error);
    if (file == NULL)
        return error->status;
    tw_status status = TW_OK;
    for (const char *line = ""; status == TW_OK && line != NULL;) {
        status = text_next(file, &line, error);
        if (status == TW_OK && line != NULL)
            status = read_region(l, va_bits, text_where(file), line, error);
    }
    if (status == TW_OK && l->count == 0)
        status = text_fail((text_place){text_where(file).file, 0}, error,
                           "expected at least one region that may be touched");
    text_close(file);
    if (status != TW_OK)
        layout_close(l);
    return status;
}

void layout_close(layout *l)
{
    free(l->region);
    *l = (layout){0};
}

/* ---- counting -------------------------------------------------------------------------------- */

uint64_t layout_blocks(const layout *l, unsigned shift)
{
    uint64_t blocks = 0, next = 0; /* the first block that has not been counted */
    for (const struct region *r = l->region; r < l->region + l->count; r++) {
        uint64_t first = shift > 63 ? 0 : r->first >> shift;
        uint64_t last = shift > 63 ? 0 : r->last >> shift;
        if (first < next)
            first = next;
        if (last >= first)
            blocks += last - first + 1;
        next = last + 1;
    }
    return blocks;
}
