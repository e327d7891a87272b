/*
 * segment.h: segments in front of every mode (rule 16). Base and bound is one of them over Bare.
 */
#ifndef TABLEWALK_SEGMENT_H
#define TABLEWALK_SEGMENT_H

#include <stdint.h>

#include "tablewalk/pte.h"
#include "tablewalk/translate.h"

/* Flags: R, W, X and U where a PTE has them, and: */
enum { SEGMENT_DOWN = 5 }; /* bit: it grows down, and holds the offsets -limit to -1 */

typedef struct tw_segment {
    uint64_t base;  /* linear address of offset 0 */
    uint64_t limit; /* bytes; 0 holds nothing, so all 0 is a segment that is not there */
    unsigned flags;
} tw_segment;

/* What the segment makes of the request, whose `va` is an offset into it: CHECK_NONE and the linear
 * address in *va, or CHECK_LIMIT or CHECK_SEGMENT and *va = 0. Not for privilege M, which is not
 * segmented. Pure. Twin of rtl/segment_unit.sv. */
tw_check tw_segment_apply(const tw_segment *segment, const tw_request *request, uint64_t *va);

/* Prints one line: segment `number`, and what it makes of the request. tw_translation_print of the
 * linear address goes on from there. */
void tw_segment_print(unsigned number, const tw_segment *segment, const tw_request *request,
                      FILE *to);

#endif
