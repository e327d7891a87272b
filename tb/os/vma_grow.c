/* vma_grow.c: heap and stack. Invariant: heap_start is aligned and not above heap_end. */
#include <inttypes.h>

#include "tb/os/vma_inside.h"

/* ---- heap ------------------------------------------------------------------------------------ */

static uint64_t page_up(uint64_t address)
{
    return (address + OS_PAGE_BYTES - 1) & ~(uint64_t)(OS_PAGE_BYTES - 1);
}

tw_status os_vmas_heap(os_vmas *areas, uint64_t start, tw_error *error)
{
    if (!vma_aligned(start) || start < areas->options.low || start > areas->options.high)
        return tw_fail(error, TW_USAGE,
                       "the heap must begin at a multiple of 4096 in [%#" PRIx64 ", %#" PRIx64
                       "), not at %#" PRIx64,
                       areas->options.low, areas->options.high, start);
    areas->heap_start = areas->heap_end = start;
    return TW_OK;
}

uint64_t os_vmas_heap_end(const os_vmas *areas)
{
    return areas->heap_end;
}

/* Maps the pages from `old` to `end` if they are free. */
static tw_status lengthen(os_vmas *areas, uint64_t old, uint64_t end, tw_error *error)
{
    const vma_node *next = vma_from(areas, old);
    uint64_t limit = next != NULL ? next->begin : areas->options.high;
    if (end > limit)
        return tw_fail(error, TW_NO_MEMORY,
                       "the heap cannot grow to %#" PRIx64 ": it must end at %#" PRIx64
                       " or before",
                       end, limit);
    os_vma more = {.start = old, .end = end, .permissions = OS_R | OS_W};
    return os_vmas_map(areas, &more, NULL, error);
}

tw_status os_vmas_brk(os_vmas *areas, uint64_t end, const os_vma_visitor *gone, tw_error *error)
{
    if (end < areas->heap_start || end > areas->options.high)
        return tw_fail(error, TW_USAGE,
                       "the heap, which begins at %#" PRIx64 ", cannot end at %#" PRIx64
                       ": choose an end up to %#" PRIx64,
                       areas->heap_start, end, areas->options.high);
    tw_status status = TW_OK;
    uint64_t old = page_up(areas->heap_end), new = page_up(end);
    if (new > old)
        status = lengthen(areas, old, new, error);
    else if (new < old)
        status = os_vmas_unmap(areas, new, old, gone, error);
    if (status == TW_OK)
        areas->heap_end = end;
    return status;
}

/* ---- stack ----------------------------------------------------------------------------------- */

/* The lowest address to which the stack may grow. */
static uint64_t lowest(const os_vmas *areas, vma_node *stack)
{
    const os_vmas_options *o = &areas->options;
    const vma_node *below = vma_previous(stack);
    uint64_t most = o->stack_pages * OS_PAGE_BYTES, guard = o->guard_pages * OS_PAGE_BYTES;
    uint64_t by_length = vma_room(most, stack->area.end);
    uint64_t by_neighbour = o->stack_low > o->low ? o->stack_low : o->low;
    if (below != NULL) /* a guard beyond the stack itself leaves it where it is */
        by_neighbour = vma_room(below->area.end, stack->area.start) < guard
                           ? stack->area.start
                           : below->area.end + guard;
    uint64_t least = by_length > by_neighbour ? by_length : by_neighbour;
    return least < stack->area.start ? least : stack->area.start;
}

tw_status os_vmas_grow(os_vmas *areas, uint64_t va, tw_error *error)
{
    vma_node *stack = vma_from(areas, va);
    if (stack == NULL || (stack->area.start > va && !(stack->area.flags & OS_VMA_GROWS_DOWN)))
        return tw_fail(error, TW_USAGE, "%#" PRIx64 " is in no area, and below no stack", va);
    if (stack->area.start <= va)
        return TW_OK;
    uint64_t start = va & ~(uint64_t)(OS_PAGE_BYTES - 1), least = lowest(areas, stack);
    if (start < least)
        return tw_fail(error, TW_USAGE,
                       "%#" PRIx64 " is too far below the stack at %#" PRIx64
                       ", which may grow down to %#" PRIx64,
                       va, stack->area.start, least);
    vma_set_start(areas, stack, start);
    vma_tidy(areas, start, start);
    return TW_OK;
}
