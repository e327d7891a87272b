/* walk_segment.h: segments in front of a translation of `tablewalk walk`. */
#ifndef TB_PROGRAM_WALK_SEGMENT_H
#define TB_PROGRAM_WALK_SEGMENT_H

#include "tablewalk/config.h"
#include "tablewalk/segment.h"

/* All 0: none. */
typedef struct walk_segments {
    tw_segment segment[TW_SEGMENTS_MAX];
    unsigned count;
    uint32_t selector; /* of the request's */
} walk_segments;

/* Adds the segment "BASE,LIMIT,RIGHTS" or "BASE,LIMIT,RIGHTS,down": two hexadecimal numbers, and
 * letters of R, W, X and U. For an option's `take`; `segments` is a walk_segments. */
tw_status walk_segments_take(void *segments, const char *text, tw_error *error);

/* Prints what the request's segment makes of it. True if it may go on, with its linear address in
 * request->va; without segments, or with privilege M, it goes on as it is, and nothing is
 * printed. */
bool walk_segments_apply(const walk_segments *segments, tw_request *request, FILE *to);

#endif
