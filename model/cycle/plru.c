/* plru.c: a heap of bits in one word. Root 1; the children of n are 2n and 2n+1. The victim
 * is asked for in every cycle and changes seldom, so it is kept beside the tree. */
#include "model/cycle/plru.h"

void plru_reset(struct plru *plru, unsigned ways)
{
    *plru = (struct plru){.ways = ways};
}

static unsigned find_victim(uint64_t tree, unsigned ways)
{
    unsigned node = 1;
    while (node < ways) {
        bool upper = tree >> node & 1;
        node = 2 * node + upper;
    }
    return node - ways; /* the leaves follow the nodes: way w is leaf ways + w */
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
    uint64_t tree = plru->tree;
    if (in->hit_valid)
        tree = use(tree, plru->ways, in->hit_way);
    if (in->fill_valid)
        tree = use(tree, plru->ways, in->fill_way);
    if (tree != plru->tree) {
        plru->tree = tree;
        plru->victim = find_victim(tree, plru->ways);
    }
}
