/* tlb.c: a fully associative cache of leaf PTEs. Invariant: no two entries match one lookup. */
#include "model/cycle/tlb.h"

static const uint64_t all_vpn_bits = (UINT64_C(1) << VPN_BITS) - 1;

static uint64_t vpn_of(uint64_t va)
{
    return va >> PAGE_SHIFT & all_vpn_bits;
}

/* 1 where a VPN bit is compared for a page of 2^size bytes. */
static uint64_t vpn_mask(unsigned size)
{
    return all_vpn_bits & ~((UINT64_C(1) << (size - PAGE_SHIFT)) - 1);
}

/* N, RSW and reserved bits read 0: nothing needs them once the walk is judged. */
static uint64_t pte_kept(uint64_t pte)
{
    const uint64_t flags = 0xff;
    const uint64_t ppn = ((UINT64_C(1) << PTE_PPN_BITS) - 1) << PTE_PPN;
    const uint64_t pbmt = UINT64_C(3) << PTE_PBMT;
    return pte & (flags | ppn | pbmt);
}

void tlb_reset(struct tlb *tlb, unsigned entries)
{
    *tlb = (struct tlb){.entries = entries};
    plru_reset(&tlb->plru, entries);
}

struct tlb_match tlb_lookup(const struct tlb *tlb, uint64_t satp, uint64_t va)
{
    const unsigned mode = satp_mode(satp);
    const unsigned asid = satp_asid(satp);
    const uint64_t vpn = vpn_of(va);
    for (unsigned way = 0; way < tlb->entries; way++) {
        const struct tlb_entry *e = &tlb->entry[way];
        if (e->valid && ((e->vpn ^ vpn) & e->mask) == 0 && e->mode == mode &&
            (e->global || e->asid == asid))
            return (struct tlb_match){.valid = true, .way = way, .size = e->size, .pte = e->pte};
    }
    return (struct tlb_match){.valid = false};
}

unsigned tlb_victim(const struct tlb *tlb)
{
    return plru_victim(&tlb->plru);
}

/* True if `old` could match a lookup that `new` matches too. */
static bool overlaps(const struct tlb_entry *old, const struct tlb_entry *new)
{
    return old->valid && old->mode == new->mode &&
           ((old->vpn ^ new->vpn) & old->mask & new->mask) == 0 &&
           (old->global || new->global || old->asid == new->asid);
}

/* Where the new entry goes: the first that overlaps it, else the first invalid one, else the
 * victim. */
static unsigned fill_way(const struct tlb *tlb, const struct tlb_entry *new)
{
    for (unsigned way = 0; way < tlb->entries; way++) {
        if (overlaps(&tlb->entry[way], new))
            return way;
    }
    for (unsigned way = 0; way < tlb->entries; way++) {
        if (!tlb->entry[way].valid)
            return way;
    }
    return tlb_victim(tlb);
}

/* Writes the translation and returns its way. All others that overlap it become invalid. */
static unsigned fill(struct tlb *tlb, const struct tlb_in *in)
{
    const struct tlb_entry new = {.valid = true,
                                  .global = in->fill_global,
                                  .size = (uint8_t)in->fill_size,
                                  .mode = (uint8_t)satp_mode(in->satp),
                                  .asid = (uint16_t)satp_asid(in->satp),
                                  .vpn = vpn_of(in->fill_va),
                                  .mask = vpn_mask(in->fill_size),
                                  .pte = pte_kept(in->fill_pte)};
    const unsigned way = fill_way(tlb, &new);
    for (unsigned other = 0; other < tlb->entries; other++) {
        if (overlaps(&tlb->entry[other], &new))
            tlb->entry[other].valid = false;
    }
    tlb->entry[way] = new;
    return way;
}

static void drop(struct tlb *tlb, const struct fence *fence)
{
    const uint64_t vpn = vpn_of(fence->va);
    for (unsigned way = 0; way < tlb->entries; way++) {
        struct tlb_entry *e = &tlb->entry[way];
        bool page = !fence->by_va || ((e->vpn ^ vpn) & e->mask) == 0;
        bool space = !fence->by_asid || (!e->global && e->asid == fence->asid);
        if (page && space)
            e->valid = false;
    }
}

void tlb_clock(struct tlb *tlb, const struct tlb_in *in)
{
    struct plru_in use = {
        .hit_valid = in->hit, .hit_way = in->hit_way, .fill_valid = in->fill_valid};
    if (in->fill_valid)
        use.fill_way = fill(tlb, in);
    if (in->fence->valid)
        drop(tlb, in->fence);
    plru_clock(&tlb->plru, &use);
}
