/* plru.c: a heap of bits in one word. Root 1; the children of n are 2n and 2n+1. */
#include "model/cycle/plru.h"

void plru_reset(struct plru *plru, unsigned ways)
{
    *plru = (struct plru){.ways = ways};
}

unsigned plru_victim(const struct plru *plru)
{
    unsigned node = 1;
    while (node < plru->ways) {
        bool upper = plru->tree >> node & 1;
        node = 2 * node + upper;
    }
    return node - plru->ways; /* the leaves follow the nodes: way w is leaf ways + w */
}

/* The tree after a use of `way`: every node on its path points to the other half. */
static uint64_t use(uint64_t tree, unsigned ways, unsigned way)
{
    for (unsigned leaf = ways + way; leaf > 1; leaf /= 2) {
        bool upper = leaf & 1;
        uint64_t parent = UINT64_C(1) << leaf / 2;
        tree = upper ? tree & ~parent : tree | parent;
    }
    return tree;
}

void plru_clock(struct plru *plru, const struct plru_in *in)
{
    if (in->hit_valid)
        plru->tree = use(plru->tree, plru->ways, in->hit_way);
    if (in->fill_valid)
        plru->tree = use(plru->tree, plru->ways, in->fill_way);
}
