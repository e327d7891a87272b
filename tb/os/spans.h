/*
 * spans.h: disjoint spans of addresses in order: which one an address is in, and where the first
 * gap is that is long enough. Any number of spans; each call takes O(log n).
 *
 * A span is part of its owner's record, as the first field, so nothing is allocated here:
 *
 *     struct area { os_span span; ... };
 *     os_spans spans = {0};
 *     os_spans_add(&spans, &area->span);
 *     struct area *found = (struct area *)os_spans_find(&spans, address);
 */
#ifndef TB_OS_SPANS_H
#define TB_OS_SPANS_H

#include <stdbool.h>
#include <stdint.h>

#include <bsd/sys/tree.h>

typedef struct os_span {
    uint64_t first, last; /* both included; not changed while it is in a tree */
    RB_ENTRY(os_span) link;
    /* of it and of all below it in the tree: the ends, and the longest gap between two of them */
    uint64_t lowest, highest, gap;
} os_span;

typedef RB_HEAD(os_spans, os_span) os_spans; /* {0} is empty */

/* Adds the span, first <= last. If it overlaps one that is there, that one is returned and nothing
 * is done; else NULL. */
os_span *os_spans_add(os_spans *spans, os_span *span);
void os_spans_remove(os_spans *spans, os_span *span); /* it must be in the tree */

/* The span that the address is in; NULL if there is none. */
os_span *os_spans_find(const os_spans *spans, uint64_t address);

/* The span that the address is in, or else the first one beyond it; NULL if there is none. */
os_span *os_spans_next(const os_spans *spans, uint64_t address);

/* First fit: the lowest address in *at from which on `bytes` are free in [low, last], of which all
 * spans must be part. False if there is no such gap. bytes is not 0. */
bool os_spans_fit(const os_spans *spans, uint64_t low, uint64_t last, uint64_t bytes, uint64_t *at);

/* Bytes of the longest gap in [low, last], of which all spans must be part; not all of 2^64. */
uint64_t os_spans_longest_gap(const os_spans *spans, uint64_t low, uint64_t last);

#endif
