/*
 * spans.c: a red-black tree of libbsd. Invariant: no two spans overlap; lowest, highest and gap of
 * each are those of its subtree.
 */
#include "tb/os/spans.h"

#include <stddef.h>

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Works out lowest, highest and gap from those of the two children. */
static void sum_up(os_span *span)
{
    const os_span *left = RB_LEFT(span, link), *right = RB_RIGHT(span, link);
    span->lowest = left != NULL ? left->lowest : span->first;
    span->highest = right != NULL ? right->highest : span->last;
    span->gap = 0;
    if (left != NULL)
        span->gap = larger(left->gap, span->first - left->highest - 1);
    if (right != NULL)
        span->gap = larger(span->gap, larger(right->gap, right->lowest - span->last - 1));
}

/* Spans that overlap count as equal, so that a look-up for one address finds its span. */
static int compare(const os_span *a, const os_span *b)
{
    return (a->first > b->last) - (a->last < b->first);
}

/* The tree calls it where it turns; what lies above, up to the root, is left to sum_up_from. */
#undef RB_AUGMENT
#define RB_AUGMENT(span) sum_up(span)
RB_GENERATE_INTERNAL(os_spans, os_span, link, compare, __attribute__((unused)) static)

static void sum_up_from(os_span *span)
{
    for (; span != NULL; span = RB_PARENT(span, link))
        sum_up(span);
}

os_span *os_spans_add(os_spans *spans, os_span *span)
{
    os_span *other = RB_INSERT(os_spans, spans, span);
    if (other == NULL)
        sum_up_from(span);
    return other;
}

void os_spans_remove(os_spans *spans, os_span *span)
{
    os_span *before = RB_PREV(os_spans, spans, span), *after = RB_NEXT(os_spans, spans, span);
    RB_REMOVE(os_spans, spans, span);
    /* Everything that was above the span is above the lower one of its neighbours. */
    sum_up_from(before);
    sum_up_from(after);
}

os_span *os_spans_find(const os_spans *spans, uint64_t address)
{
    os_span *span = os_spans_next(spans, address);
    return span != NULL && span->first <= address ? span : NULL;
}

os_span *os_spans_next(const os_spans *spans, uint64_t address)
{
    os_span *next = NULL;
    for (os_span *span = RB_ROOT(spans); span != NULL;) {
        if (span->last >= address)
            next = span;
        span = span->last >= address ? RB_LEFT(span, link) : RB_RIGHT(span, link);
    }
    return next;
}

bool os_spans_fit(const os_spans *spans, uint64_t low, uint64_t last, uint64_t bytes, uint64_t *at)
{
    for (const os_span *span = RB_ROOT(spans); span != NULL;) {
        const os_span *left = RB_LEFT(span, link);
        if (left != NULL && (left->lowest - low >= bytes || left->gap >= bytes)) {
            span = left;
            continue;
        }
        *at = left != NULL ? left->highest + 1 : low;
        if (span->first - *at >= bytes)
            return true;
        if (span->last == last)
            return false;
        low = span->last + 1;
        span = RB_RIGHT(span, link);
    }
    *at = low;
    return last - low >= bytes - 1;
}

uint64_t os_spans_longest_gap(const os_spans *spans, uint64_t low, uint64_t last)
{
    const os_span *root = RB_ROOT(spans);
    if (root == NULL)
        return last - low + 1;
    return larger(root->gap, larger(root->lowest - low, last - root->highest));
}
