/* page.h: virtual page numbers, and what is kept of a leaf PTE: the C twins of what the caches take
 * from docs/blocks/tw_pkg.md beyond pte.h. */
#ifndef MODEL_CYCLE_PAGE_H
#define MODEL_CYCLE_PAGE_H

#include <stdint.h>

#include "model/cycle/wires.h"

static inline uint64_t vpn_of(uint64_t va)
{
    return va >> PAGE_SHIFT & ((UINT64_C(1) << VPN_BITS) - 1);
}

/* 1 where a VPN bit is compared for a page of 2^size bytes. */
static inline uint64_t vpn_mask(unsigned size)
{
    const uint64_t all = (UINT64_C(1) << VPN_BITS) - 1;
    return all & ~((UINT64_C(1) << (size - PAGE_SHIFT)) - 1);
}

/* N, RSW and reserved bits read 0: nothing needs them once the walk is judged. */
static inline uint64_t pte_kept(uint64_t pte)
{
    const uint64_t flags = 0xff;
    const uint64_t ppn = ((UINT64_C(1) << PTE_PPN_BITS) - 1) << PTE_PPN;
    const uint64_t pbmt = UINT64_C(3) << PTE_PBMT;
    return pte & (flags | ppn | pbmt);
}

/* Rule 15: the fence drops an entry for the pages that `vpn` and `mask` name. */
static inline bool fence_covers(const struct fence *fence, uint64_t vpn, uint64_t mask, bool global,
                                unsigned asid)
{
    const bool page = !fence->by_va || ((vpn ^ vpn_of(fence->va)) & mask) == 0;
    const bool space = !fence->by_asid || (!global && asid == fence->asid);
    return page && space;
}

/* An entry of the second level or of a TLB answers the request: it grants the access, and nothing
 * is left to touch. */
static inline bool leaf_serves(uint64_t pte, const tw_request *r)
{
    return leaf_grants(pte, r->op, r->priv, r->sum, r->mxr) && pte_touched(pte, r->op);
}

#endif
