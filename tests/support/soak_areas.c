/* soak_areas.c: an array of areas, cut where a call begins and ends. */
#include "tests/support/soak_areas.h"

#include <assert.h>
#include <string.h>

enum { PAGE = 4096, STACK_SURE = 256 /* pages: no stack is longer than it may be */ };

bool soak_areas_room(const soak_areas *a)
{
    return a->count + 4 <= SOAK_AREAS_MAX;
}

static size_t index_after(const soak_areas *a, uint64_t va)
{
    size_t i = 0;
    while (i < a->count && a->area[i].end <= va)
        i++;
    return i;
}

const soak_area *soak_areas_after(const soak_areas *a, uint64_t va)
{
    size_t i = index_after(a, va);
    return i < a->count ? &a->area[i] : NULL;
}

const soak_area *soak_areas_find(const soak_areas *a, uint64_t va)
{
    const soak_area *area = soak_areas_after(a, va);
    return area != NULL && area->start <= va ? area : NULL;
}

static void insert(soak_areas *a, size_t i, const soak_area *area)
{
    assert(a->count < SOAK_AREAS_MAX);
    memmove(&a->area[i + 1], &a->area[i], (a->count - i) * sizeof *area);
    a->area[i] = *area;
    a->count++;
}

/* No area goes across `va` any more. */
static void cut(soak_areas *a, uint64_t va)
{
    size_t i = index_after(a, va);
    if (i == a->count || a->area[i].start >= va)
        return;
    soak_area high = a->area[i];
    high.offset += va - high.start;
    high.start = va;
    a->area[i].end = va;
    insert(a, i + 1, &high);
}

void soak_areas_unmap(soak_areas *a, uint64_t start, uint64_t end)
{
    cut(a, start);
    cut(a, end);
    size_t first = index_after(a, start), last = first;
    while (last < a->count && a->area[last].start < end)
        last++;
    memmove(&a->area[first], &a->area[last], (a->count - last) * sizeof a->area[0]);
    a->count -= last - first;
}

void soak_areas_map(soak_areas *a, const soak_area *area)
{
    soak_areas_unmap(a, area->start, area->end);
    insert(a, index_after(a, area->start), area);
}

void soak_areas_change(soak_areas *a, uint64_t start, uint64_t end, soak_change change)
{
    cut(a, start);
    cut(a, end);
    for (size_t i = index_after(a, start); i < a->count && a->area[i].start < end; i++) {
        soak_area *area = &a->area[i];
        area->permissions = (area->permissions & change.keep_permissions) | change.permissions;
        area->flags = (area->flags & change.keep_flags) | change.flags;
    }
}

bool soak_areas_whole(const soak_areas *a, uint64_t start, uint64_t end)
{
    while (start < end) {
        const soak_area *area = soak_areas_find(a, start);
        if (area == NULL)
            return false;
        start = area->end;
    }
    return true;
}

bool soak_areas_have(const soak_areas *a, uint64_t start, uint64_t end, unsigned flags)
{
    for (size_t i = index_after(a, start); i < a->count && a->area[i].start < end; i++)
        if ((a->area[i].flags & flags) != 0)
            return true;
    return false;
}

uint64_t soak_areas_pages(const soak_areas *a, unsigned flags)
{
    uint64_t pages = 0;
    for (size_t i = 0; i < a->count; i++)
        if ((a->area[i].flags & flags) != 0)
            pages += (a->area[i].end - a->area[i].start) / PAGE;
    return pages;
}

/* In a gap. */
static soak_verdict judge_gap(const soak_areas *a, uint64_t va, unsigned needed)
{
    const size_t i = index_after(a, va);
    if (i == a->count || (a->area[i].flags & OS_VMA_GROWS_DOWN) == 0)
        return SOAK_NOWHERE;
    if (i > 0 && va / PAGE * PAGE < a->area[i - 1].end + (uint64_t)OS_GUARD_PAGES * PAGE)
        return SOAK_NOWHERE;
    if ((a->area[i].permissions & needed) == 0)
        return SOAK_UNSURE;
    const uint64_t longer = a->area[i].end - va;
    if (longer > (uint64_t)2 * (OS_STACK_PAGES + OS_GUARD_PAGES) * PAGE)
        return SOAK_NOWHERE;
    return longer < (uint64_t)STACK_SURE * PAGE ? SOAK_GROWS : SOAK_UNSURE;
}

soak_verdict soak_areas_judge(const soak_areas *a, uint64_t va, tw_op op)
{
    const unsigned needed = op == OP_FETCH ? OS_X : op == OP_LOAD ? OS_R : OS_W;
    const soak_area *area = soak_areas_find(a, va);
    if (area == NULL)
        return judge_gap(a, va, needed);
    return (area->permissions & needed) != 0 ? SOAK_GRANTED : SOAK_FORBIDDEN;
}

void soak_areas_grow(soak_areas *a, uint64_t va)
{
    a->area[index_after(a, va)].start = va / PAGE * PAGE;
}
