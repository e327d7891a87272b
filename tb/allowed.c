/* allowed.c: chains by page and size, in one array that grows; removed leaves are used again. */
#include "tb/allowed.h"

#include <stdlib.h>
#include <string.h>

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
}

void allowed_free(struct allowed *allowed)
{
    free(allowed->leaf);
    *allowed = (struct allowed){0};
}

static bool same_page(const struct leaf *leaf, uint64_t va, unsigned size)
{
    return leaf->size == size && (leaf->va ^ va) >> size == 0;
}

const struct leaf *allowed_find(const struct allowed *allowed, uint64_t va, unsigned size,
                                const struct leaf *after)
{
    uint32_t i = after == NULL ? allowed->chain[chain_of(va, size)] : after->next;
    while (i != 0 && !same_page(&allowed->leaf[i], va, size))
        i = allowed->leaf[i].next;
    return i == 0 ? NULL : &allowed->leaf[i];
}

/* A place for one more leaf; 0 if memory is out. */
static uint32_t place(struct allowed *allowed)
{
    if (allowed->free != 0) {
        uint32_t taken = allowed->free;
        allowed->free = allowed->leaf[taken].next;
        return taken;
    }
    if (allowed->used + 1 >= allowed->room) {
        uint32_t room = allowed->room == 0 ? ROOM_MIN : 2 * allowed->room;
        struct leaf *grown = realloc(allowed->leaf, room * sizeof *grown);
        if (grown == NULL)
            return 0;
        allowed->leaf = grown;
        allowed->room = room;
    }
    return ++allowed->used;
}

bool allowed_add(struct allowed *allowed, const struct leaf *leaf)
{
    uint32_t *head = &allowed->chain[chain_of(leaf->va, leaf->size)];
    for (uint32_t i = *head; i != 0; i = allowed->leaf[i].next) {
        const struct leaf *known = &allowed->leaf[i];
        if (same_page(known, leaf->va, leaf->size) && known->pte == leaf->pte &&
            known->address == leaf->address && known->mode == leaf->mode &&
            known->asid == leaf->asid && known->global == leaf->global)
            return true;
    }
    uint32_t i = place(allowed);
    if (i == 0)
        return false;
    allowed->leaf[i] = *leaf;
    allowed->leaf[i].next = *head;
    *head = i;
    return true;
}

static bool covers(const struct fence *fence, const struct leaf *leaf)
{
    return (!fence->by_va || (fence->va ^ leaf->va) >> leaf->size == 0) &&
           (!fence->by_asid || (!leaf->global && leaf->asid == fence->asid));
}

void allowed_fence(struct allowed *allowed, const struct fence *fence)
{
    for (unsigned chain = 0; chain < CHAINS; chain++) {
        uint32_t *link = &allowed->chain[chain];
        while (*link != 0) {
            uint32_t i = *link;
            if (!covers(fence, &allowed->leaf[i])) {
                link = &allowed->leaf[i].next;
                continue;
            }
            *link = allowed->leaf[i].next;
            allowed->leaf[i].next = allowed->free;
            allowed->free = i;
        }
    }
}
