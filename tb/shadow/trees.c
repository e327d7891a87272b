/* trees.c: the oracle's red-black trees, sorted by what they are searched for. */
#include "tb/shadow/inside.h"

static int by_number(const shadow_page *a, const shadow_page *b)
{
    return (a->number > b->number) - (a->number < b->number);
}

static int by_start(const struct shadow_area *a, const struct shadow_area *b)
{
    return (a->start > b->start) - (a->start < b->start);
}

static int by_process(const struct shadow_process *a, const struct shadow_process *b)
{
    return (a->number > b->number) - (a->number < b->number);
}

RB_GENERATE(shadow_tree, shadow_page, node, by_number)
RB_GENERATE(shadow_areas, shadow_area, node, by_start)
RB_GENERATE(shadow_processes, shadow_process, node, by_process)
