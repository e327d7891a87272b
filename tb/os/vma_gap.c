/* vma_gap.c: where there is room. A gap is between two neighbours, so it is where the tree has no
 * child; a subtree without one long enough is not entered. */
#include <inttypes.h>

#include "tb/os/vma_inside.h"

typedef struct search {
    const os_vmas *areas;
    uint64_t bytes;
    os_vma_window window; /* inside the limits */
} search;

/* A subtree: it is between two neighbours, either of which may be missing. */
typedef struct place {
    const vma_node *below, *node, *above;
} place;

static bool gap_fits(const search *s, place p, uint64_t *start)
{
    uint64_t low = s->window.low, high = s->window.high;
    if (p.below != NULL && p.below->area.end > low)
        low = p.below->area.end;
    if (p.above != NULL && p.above->begin < high)
        high = p.above->begin;
    if (vma_room(low, high) < s->bytes)
        return false;
    *start = s->window.topmost ? high - s->bytes : low;
    return true;
}

/* False if there is no gap in the subtree, wherever the window is; or if the window is
 * elsewhere. */
static bool may_fit(const search *s, place p)
{
    uint64_t low = p.below != NULL ? p.below->area.end : s->areas->options.low;
    uint64_t high = p.above != NULL ? p.above->begin : s->areas->options.high;
    if (low >= s->window.high || (p.above != NULL && p.above->area.start <= s->window.low))
        return false; /* areas may be in a guard, so begin says nothing here */
    return p.node->gap >= s->bytes || vma_room(low, p.node->low) >= s->bytes ||
           vma_room(p.node->high, high) >= s->bytes;
}

static bool find(const search *s, place p, uint64_t *start)
{
    if (p.node == NULL)
        return gap_fits(s, p, start);
    if (!may_fit(s, p))
        return false;
    place lower = {p.below, RB_LEFT(p.node, link), p.node};
    place upper = {p.node, RB_RIGHT(p.node, link), p.above};
    if (s->window.topmost)
        return find(s, upper, start) || find(s, lower, start);
    return find(s, lower, start) || find(s, upper, start);
}

tw_status os_vmas_gap(const os_vmas *areas, uint64_t bytes, os_vma_window window, uint64_t *start,
                      tw_error *error)
{
    if (bytes == 0 || !vma_aligned(bytes | window.low | window.high) || window.low > window.high)
        return tw_fail(error, TW_USAGE,
                       "%#" PRIx64 " bytes in [%#" PRIx64 ", %#" PRIx64
                       "): a gap and where it may be must be whole pages, at least one",
                       bytes, window.low, window.high);
    search s = {areas, bytes, window};
    if (window.low < areas->options.low)
        s.window.low = areas->options.low;
    if (window.high > areas->options.high)
        s.window.high = areas->options.high;
    if (find(&s, (place){NULL, RB_ROOT(&areas->tree), NULL}, start))
        return TW_OK;
    return tw_fail(error, TW_NO_MEMORY,
                   "no gap of %#" PRIx64 " bytes in [%#" PRIx64 ", %#" PRIx64
                   "): unmap something, or ask for less",
                   bytes, window.low, window.high);
}
