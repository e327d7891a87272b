/* place.c: a red-black tree of libbsd. Invariant: the address of each place is that of a page's
 * first byte, no two are equal, and `count` is how many there are. */
#include "tb/os/place.h"

#include <assert.h>

static int by_address(const os_place *a, const os_place *b)
{
    return (a->va > b->va) - (a->va < b->va);
}

RB_GENERATE_INTERNAL(os_place_tree, os_place, node, by_address, __attribute__((unused)) static)

static uint64_t start_of(uint64_t va)
{
    return va & ~(uint64_t)(OS_PAGE_BYTES - 1);
}

os_place *os_places_from(const os_places *places, uint64_t va)
{
    os_place *best = NULL;
    for (os_place *place = RB_ROOT(&places->tree); place != NULL;)
        if (place->va < va) {
            place = RB_RIGHT(place, node);
        } else {
            best = place;
            place = RB_LEFT(place, node);
        }
    return best;
}

os_place *os_places_find(const os_places *places, uint64_t va)
{
    os_place *place = os_places_from(places, start_of(va));
    return place != NULL && place->va == start_of(va) ? place : NULL;
}

os_place *os_places_next(const os_place *place)
{
    return RB_NEXT(os_place_tree, NULL, (os_place *)place);
}

os_place *os_places_add(os_places *places, const os_records *records, struct os_space *space,
                        uint64_t va)
{
    os_place *place = os_places_find(places, va);
    if (place != NULL)
        return place;
    place = os_records_take(records, 1, sizeof *place);
    if (place == NULL)
        return NULL;
    *place = (os_place){.va = start_of(va), .space = space};
    RB_INSERT(os_place_tree, &places->tree, place);
    places->count++;
    return place;
}

void os_places_remove(os_places *places, const os_records *records, os_place *place)
{
    assert(place->page == NULL && !place->mapped);
    RB_REMOVE(os_place_tree, &places->tree, place);
    places->count--;
    os_records_give(records, place);
}

tw_status os_places_visit(const os_places *places, uint64_t start, uint64_t end,
                          os_place_visitor *visitor, void *context, tw_error *error)
{
    tw_status status = TW_OK;
    for (os_place *place = os_places_from(places, start), *next;
         status == TW_OK && place != NULL && place->va < end; place = next) {
        next = os_places_next(place);
        status = visitor(context, place, error);
    }
    return status;
}
