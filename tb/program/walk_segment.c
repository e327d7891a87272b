/* walk_segment.c: a segment's text, and its turn before the page tables. */
#include "tb/program/walk_segment.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A number with a comma behind it; NULL if there is none. */
static const char *read_number(const char *text, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 16);
    return isxdigit((unsigned char)text[0]) && errno == 0 && *end == ',' ? end + 1 : NULL;
}

/* Letters, and perhaps ",down". */
static bool read_flags(const char *text, unsigned *flags)
{
    static const char letters[] = "RWXU"; /* from PTE_R up */
    for (; *text != '\0' && *text != ','; text++) {
        const char *letter = strchr(letters, *text);
        if (letter == NULL)
            return false;
        *flags |= 1u << (PTE_R + (letter - letters));
    }
    if (strcmp(text, ",down") == 0)
        *flags |= 1u << SEGMENT_DOWN;
    return *text == '\0' || strcmp(text, ",down") == 0;
}

tw_status walk_segments_take(void *segments, const char *text, tw_error *error)
{
    walk_segments *s = segments;
    tw_segment segment = {0};
    if (s->count == TW_SEGMENTS_MAX)
        return tw_fail(error, TW_USAGE, "--segment: at most %d of them", TW_SEGMENTS_MAX);
    const char *at = read_number(text, &segment.base);
    at = at == NULL ? NULL : read_number(at, &segment.limit);
    if (at == NULL || !read_flags(at, &segment.flags))
        return tw_fail(
            error, TW_USAGE,
            "--segment '%.60s': expected BASE,LIMIT,RIGHTS such as 402000,2000,RWU, with "
            "',down' behind it if it grows down",
            text);
    s->segment[s->count++] = segment;
    return TW_OK;
}

bool walk_segments_apply(const walk_segments *s, tw_request *request, FILE *to)
{
    uint64_t linear;
    if (s->count == 0 || request->priv == PRIV_M)
        return true;
    const tw_segment *segment = &s->segment[s->selector];
    fprintf(to, "%s of offset 0x%" PRIx64 " in segment %u\n", tw_op_name(request->op), request->va,
            (unsigned)s->selector);
    tw_segment_print(s->selector, segment, request, to);
    bool good = tw_segment_apply(segment, request, &linear) == CHECK_NONE;
    request->va = linear;
    return good;
}
