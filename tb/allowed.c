/* allowed.c: chains by range and size, in one array that grows; removed places are used again. */
#include "tb/allowed.h"

#include <stdlib.h>
#include <string.h>

#include "tablewalk/translate.h"

enum { CHAINS = sizeof((struct allowed *)0)->chain / sizeof(uint32_t), ROOM_MIN = 1024 };

static uint32_t chain_of(uint64_t va, unsigned size)
{
    return (uint32_t)(((va >> size) + size) * 0x9e3779b97f4a7c15 >> 32) % CHAINS;
}

void allowed_clear(struct allowed *allowed)
{
    memset(allowed->chain, 0, sizeof allowed->chain);
    allowed->used = 0;
    allowed->free = 0;
    allowed->sizes = 0;
}

void allowed_free(struct allowed *allowed)
{
    free(allowed->known);
    *allowed = (struct allowed){0};
}

static bool same_range(const struct known *known, uint64_t va, unsigned size)
{
    return known->size == size && (known->va ^ va) >> size == 0;
}

const struct known *allowed_find(const struct allowed *allowed, uint64_t va, unsigned size,
                                 const struct known *after)
{
    uint32_t i = after == NULL ? allowed->chain[chain_of(va, size)] : after->next;
    while (i != 0 && !same_range(&allowed->known[i], va, size))
        i = allowed->known[i].next;
    return i == 0 ? NULL : &allowed->known[i];
}

bool known_here(const struct known *known, uint64_t satp)
{
    return known->mode == satp_mode(satp) && (known->global || known->asid == satp_asid(satp));
}

/* A place for one more; 0 if memory is out. */
static uint32_t place(struct allowed *allowed)
{
    if (allowed->free != 0) {
        uint32_t taken = allowed->free;
        allowed->free = allowed->known[taken].next;
        return taken;
    }
    if (allowed->used + 1 >= allowed->room) {
        uint32_t room = allowed->room == 0 ? ROOM_MIN : 2 * allowed->room;
        struct known *grown = realloc(allowed->known, room * sizeof *grown);
        if (grown == NULL)
            return 0;
        allowed->known = grown;
        allowed->room = room;
    }
    return ++allowed->used;
}

bool allowed_add(struct allowed *allowed, const struct known *known)
{
    uint32_t *head = &allowed->chain[chain_of(known->va, known->size)];
    for (uint32_t i = *head; i != 0; i = allowed->known[i].next) {
        const struct known *other = &allowed->known[i];
        if (same_range(other, known->va, known->size) && other->pte == known->pte &&
            other->word == known->word && other->address == known->address &&
            other->mode == known->mode && other->asid == known->asid &&
            other->global == known->global)
            return true;
    }
    uint32_t i = place(allowed);
    if (i == 0)
        return false;
    allowed->known[i] = *known;
    allowed->known[i].next = *head;
    allowed->sizes |= UINT64_C(1) << known->size;
    *head = i;
    return true;
}

static bool covers(const struct fence *fence, const struct known *known)
{
    return (!fence->by_va || (fence->va ^ known->va) >> known->size == 0) &&
           (!fence->by_asid || (!known->global && known->asid == fence->asid));
}

static void fence_chain(struct allowed *allowed, const struct fence *fence, uint32_t chain)
{
    uint32_t *link = &allowed->chain[chain];
    while (*link != 0) {
        uint32_t i = *link;
        if (!covers(fence, &allowed->known[i])) {
            link = &allowed->known[i].next;
            continue;
        }
        *link = allowed->known[i].next;
        allowed->known[i].next = allowed->free;
        allowed->free = i;
    }
}

/* What a fence by address covers is in one chain of each size. */
void allowed_fence(struct allowed *allowed, const struct fence *fence)
{
    if (!fence->by_va) {
        for (uint32_t chain = 0; allowed->sizes != 0 && chain < CHAINS; chain++)
            fence_chain(allowed, fence, chain);
        if (!fence->by_asid)
            allowed->sizes = 0;
        return;
    }
    for (unsigned size = 0; allowed->sizes >> size != 0; size++)
        if ((allowed->sizes >> size & 1) != 0)
            fence_chain(allowed, fence, chain_of(fence->va, size));
}
