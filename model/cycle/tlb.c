/* tlb.c: a fully associative cache of leaf PTEs. Invariant: no two entries match one lookup. */
#include "model/cycle/tlb.h"

#include "model/cycle/page.h"

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
    const struct tlb_entry *end = &tlb->entry[tlb->entries];
    for (const struct tlb_entry *e = tlb->entry; e < end; e++) {
        if (((e->vpn ^ vpn) & e->mask) != 0) /* tells most of them apart, so it comes first */
            continue;
        if (e->valid && e->mode == mode && (e->global || e->asid == asid))
            return (struct tlb_match){
                .valid = true, .way = (unsigned)(e - tlb->entry), .size = e->size, .pte = e->pte};
    }
    return (struct tlb_match){.valid = false};
}

/* True if `old`, which is valid, could match a lookup that `new` matches too. */
static bool overlaps(const struct tlb_entry *old, const struct tlb_entry *new)
{
    return ((old->vpn ^ new->vpn) & old->mask & new->mask) == 0 && old->mode == new->mode &&
           (old->global || new->global || old->asid == new->asid);
}

/* Where the new entry goes: the first that overlaps it, else the first invalid one, else the
 * victim. All that overlap it become invalid. */
static unsigned make_room(struct tlb *tlb, const struct tlb_entry *new)
{
    unsigned overlap = tlb->entries, invalid = tlb->entries;
    for (unsigned way = tlb->entries; way-- > 0;) {
        struct tlb_entry *e = &tlb->entry[way];
        if (!e->valid) {
            invalid = way;
        } else if (overlaps(e, new)) {
            overlap = way;
            e->valid = false;
        }
    }
    if (overlap < tlb->entries)
        return overlap;
    return invalid < tlb->entries ? invalid : tlb_victim(tlb);
}

unsigned tlb_fill(struct tlb *tlb, const struct tlb_in *in)
{
    const struct tlb_entry new = {.valid = true,
                                  .global = in->fill_global,
                                  .size = (uint8_t)in->fill_size,
                                  .mode = (uint8_t)satp_mode(in->satp),
                                  .asid = (uint16_t)satp_asid(in->satp),
                                  .vpn = vpn_of(in->fill_va),
                                  .mask = vpn_mask(in->fill_size),
                                  .pte = pte_kept(in->fill_pte)};
    const unsigned way = make_room(tlb, &new);
    tlb->entry[way] = new;
    return way;
}

void tlb_drop(struct tlb *tlb, const struct fence *fence)
{
    for (unsigned way = 0; way < tlb->entries; way++) {
        struct tlb_entry *e = &tlb->entry[way];
        if (fence_covers(fence, e->vpn, e->mask, e->global, e->asid))
            e->valid = false;
    }
}
