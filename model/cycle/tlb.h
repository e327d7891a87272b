/* tlb.h: which pages are cached on one port. The contract is docs/blocks/tlb.md. */
#ifndef MODEL_CYCLE_TLB_H
#define MODEL_CYCLE_TLB_H

#include "model/cycle/plru.h"
#include "model/cycle/wires.h"
#include "tablewalk/config.h"

struct tlb_entry {
    bool valid;
    bool global;
    uint8_t size; /* log2 of the page's bytes */
    uint8_t mode;
    uint16_t asid;
    uint64_t vpn;  /* VA bits 56..12 */
    uint64_t mask; /* vpn_mask(size) */
    uint64_t pte;  /* flags, PPN, PBMT; the rest 0 */
};

struct tlb {
    unsigned entries; /* parameter */
    struct tlb_entry entry[TW_ENTRIES_MAX];
    struct plru plru;
};

/* `match`, `match_*`, and the way that matched. */
struct tlb_match {
    bool valid;
    unsigned way;
    unsigned size;
    uint64_t pte;
};

struct tlb_in {
    uint64_t satp;    /* mode and address space of lookups and fills */
    bool hit;         /* the lookup of this cycle used its match */
    unsigned hit_way; /* the way that matched */
    bool fill_valid, fill_global;
    unsigned fill_size;
    uint64_t fill_va, fill_pte;
    const struct fence *fence;
};

void tlb_reset(struct tlb *tlb, unsigned entries);

/* Combinational: the entry that maps `va` in the mode and address space of `satp`, if there is
 * one. */
struct tlb_match tlb_lookup(const struct tlb *tlb, uint64_t satp, uint64_t va);

/* The way that a fill would replace if the TLB is full. */
static inline unsigned tlb_victim(const struct tlb *tlb)
{
    return plru_victim(&tlb->plru);
}

/* The edge: writes the translation of `in` and returns its way; drops what the fence covers. */
unsigned tlb_fill(struct tlb *tlb, const struct tlb_in *in);
void tlb_drop(struct tlb *tlb, const struct fence *fence);

static inline void tlb_clock(struct tlb *tlb, const struct tlb_in *in)
{
    struct plru_in use = {
        .hit_valid = in->hit, .hit_way = in->hit_way, .fill_valid = in->fill_valid};
    if (in->fill_valid)
        use.fill_way = tlb_fill(tlb, in);
    if (in->fence->valid)
        tlb_drop(tlb, in->fence);
    plru_clock(&tlb->plru, &use);
}

#endif
