/* space.c: one address space of the oracle. */
#include <stdlib.h>

#include "tb/shadow/inside.h"

struct shadow_space *shadow_space_make(void)
{
    struct shadow_space *space = calloc(1, sizeof *space);
    if (space != NULL)
        space->users = 1;
    return space;
}

static void remove_area(struct shadow_space *space, struct shadow_area *area)
{
    RB_REMOVE(shadow_areas, &space->areas, area);
    shadow_drop(area->object);
    free(area);
}

void shadow_space_leave(struct shadow_space *space)
{
    if (--space->users > 0)
        return;
    while (!RB_EMPTY(&space->areas))
        remove_area(space, RB_ROOT(&space->areas));
    shadow_pages_forget(&space->own, 0, UINT64_MAX);
    free(space);
}

bool shadow_space_add(struct shadow_space *space, const struct shadow_area *area)
{
    struct shadow_area *made = malloc(sizeof *made);
    if (made == NULL)
        return false;
    *made = *area;
    made->object->holders++;
    RB_INSERT(shadow_areas, &space->areas, made);
    return true;
}

struct shadow_space *shadow_space_copy(struct shadow_space *space)
{
    struct shadow_space *copy = shadow_space_make();
    if (copy == NULL)
        return NULL;
    copy->heap_end = space->heap_end;
    bool good = shadow_pages_copy(&copy->own, &space->own);
    for (struct shadow_area *area = RB_MIN(shadow_areas, &space->areas); good && area != NULL;
         area = RB_NEXT(shadow_areas, &space->areas, area))
        good = shadow_space_add(copy, area);
    if (good)
        return copy;
    shadow_space_leave(copy);
    return NULL;
}

/* The first area that ends after `va`, or NULL. */
static struct shadow_area *area_from(const struct shadow_space *space, uint64_t va)
{
    struct shadow_area *area = RB_ROOT(&space->areas), *best = NULL;
    while (area != NULL) {
        if (area->end > va)
            best = area;
        area = area->end > va ? RB_LEFT(area, node) : RB_RIGHT(area, node);
    }
    return best;
}

struct shadow_area *shadow_space_area(const struct shadow_space *space, uint64_t va)
{
    struct shadow_area *area = area_from(space, va);
    return area != NULL && area->start <= va ? area : NULL;
}

bool shadow_space_clear(struct shadow_space *space, uint64_t start, uint64_t end)
{
    struct shadow_area *area = area_from(space, start);
    while (area != NULL && area->start < end) {
        struct shadow_area *next = RB_NEXT(shadow_areas, &space->areas, area);
        struct shadow_area above = *area;
        above.start = end;
        above.offset += end - area->start;
        if (area->end > end && !shadow_space_add(space, &above))
            return false;
        if (area->start < start)
            area->end = start;
        else
            remove_area(space, area);
        area = next;
    }
    shadow_pages_forget(&space->own, start / SHADOW_PAGE_BYTES, (end - 1) / SHADOW_PAGE_BYTES);
    return true;
}
