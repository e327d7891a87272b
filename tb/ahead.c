/* ahead.c: chains in one array that grows. */
#include "tb/ahead.h"

#include <stdlib.h>
#include <string.h>

#include "tablewalk/pte.h"

enum { ROOM_MIN = 256 };

uint64_t ahead_of(unsigned mode, uint64_t va)
{
    uint64_t next = (va >> PAGE_SHIFT) + 1;
    return next >> mode_index_bits(mode) << mode_index_bits(mode) == next ? 0 : next << PAGE_SHIFT;
}

void ahead_clear(struct ahead *ahead)
{
    memset(ahead->chain, 0, sizeof ahead->chain);
    ahead->used = 0;
}

void ahead_free(struct ahead *ahead)
{
    free(ahead->page);
    *ahead = (struct ahead){0};
}

bool ahead_add(struct ahead *ahead, uint64_t va)
{
    uint32_t *head = &ahead->chain[(va >> PAGE_SHIFT) % AHEAD_CHAINS];
    for (uint32_t i = *head; i != 0; i = ahead->page[i].next)
        if (ahead->page[i].va == va)
            return true;
    if (ahead->used + 1 >= ahead->room) {
        uint32_t room = ahead->room == 0 ? ROOM_MIN : 2 * ahead->room;
        struct ahead_page *grown = realloc(ahead->page, room * sizeof *grown);
        if (grown == NULL)
            return false;
        ahead->page = grown;
        ahead->room = room;
    }
    ahead->page[++ahead->used] = (struct ahead_page){.va = va, .next = *head};
    *head = ahead->used;
    return true;
}

const struct ahead_page *ahead_find(const struct ahead *ahead, uint64_t index,
                                    const struct ahead_page *after)
{
    uint32_t i = after == NULL ? ahead->chain[index % AHEAD_CHAINS] : after->next;
    return i == 0 ? NULL : &ahead->page[i];
}
