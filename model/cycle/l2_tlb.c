/*
 * l2_tlb.c: a set-associative cache of 4-KiB leaf PTEs. Invariant: no two ways match one lookup.
 *
 * A set is read here when it is compared, not in the cycle before, as the ram does: the bypass
 * makes the two the same.
 */
#include "model/cycle/l2_tlb.h"

#include <stdlib.h>
#include <string.h>

#include "model/cycle/page.h"

bool l2_tlb_open(struct l2_tlb *l2, const tw_config *config)
{
    *l2 = (struct l2_tlb){.sets = tw_config_l2_sets(config), .ways = config->l2_ways};
    if (l2->sets == 0)
        return true;
    l2->word_bits = 120;
    for (unsigned sets = l2->sets; sets > 1; sets /= 2)
        l2->word_bits--;
    l2->set = calloc(l2->sets, sizeof *l2->set);
    l2->word = calloc((size_t)l2->sets * l2->ways, sizeof *l2->word);
    return l2->set != NULL && l2->word != NULL;
}

void l2_tlb_close(struct l2_tlb *l2)
{
    free(l2->set);
    free(l2->word);
}

void l2_tlb_reset(struct l2_tlb *l2)
{
    if (l2->sets != 0)
        memset(l2->set, 0, l2->sets * sizeof *l2->set);
}

static size_t set_of(const struct l2_tlb *l2, uint64_t va)
{
    return vpn_of(va) & (l2->sets - 1);
}

/* The way of the set that matches, or `ways`. Ways that are not in `good` do not. */
static unsigned find(const struct l2_tlb *l2, size_t number, unsigned good, uint64_t satp,
                     uint64_t va)
{
    const struct l2_word *words = &l2->word[number * l2->ways];
    const uint64_t vpn = vpn_of(va);
    unsigned way = 0;
    for (; way < l2->ways; way++) {
        if (words[way].vpn == vpn && good >> way & 1 && words[way].mode == satp_mode(satp) &&
            (l2->set[number].global >> way & 1 || words[way].asid == satp_asid(satp)))
            break;
    }
    return way;
}

/* Where a fill goes that replaces nothing good: the lowest way that holds none, else the next in
 * turn. */
static unsigned place(const struct l2_tlb *l2, size_t number, unsigned good)
{
    for (unsigned way = 0; way < l2->ways; way++) {
        if (!(good >> way & 1))
            return way;
    }
    return l2->set[number].next;
}

void l2_tlb_lookup(const struct l2_tlb *l2, uint64_t satp, uint64_t va, struct l2_match *match)
{
    match->valid = false;
    match->wrong = match->way = 0;
    if (l2->sets == 0)
        return;
    const size_t number = set_of(l2, va);
    const struct l2_set *set = &l2->set[number];
    const unsigned good = set->valid & ~(unsigned)set->spoilt;
    match->wrong = set->valid & set->spoilt;
    match->way = find(l2, number, good, satp, va);
    match->valid = match->way < l2->ways;
    if (match->valid) {
        match->pte = l2->word[number * l2->ways + match->way].pte;
        match->global = set->global >> match->way & 1;
    } else {
        match->way = place(l2, number, good);
    }
}

/* ---- the edge -------------------------------------------------------------------------------- */

static uint8_t with_bit(uint8_t bits, unsigned way, bool value)
{
    const unsigned bit = 1u << way;
    return (uint8_t)(value ? bits | bit : bits & ~bit);
}

static void fill(struct l2_tlb *l2, const struct l2_tlb_in *in)
{
    const uint64_t va = in->fill->request->body.va;
    const unsigned way = in->fill_way;
    const size_t number = set_of(l2, va);
    struct l2_set *set = &l2->set[number];
    l2->word[number * l2->ways + way] = (struct l2_word){.pte = pte_kept(in->fill->pte),
                                                         .vpn = vpn_of(va),
                                                         .asid = (uint16_t)satp_asid(in->satp),
                                                         .mode = (uint8_t)satp_mode(in->satp)};
    if (in->fill->global) /* another way may hold the page for an address space */
        set->valid = 0;
    set->valid = with_bit(set->valid, way, true);
    set->global = with_bit(set->global, way, in->fill->global);
    set->spoilt = with_bit(set->spoilt, way, in->inject_valid && in->inject_bit < l2->word_bits);
    if (way == set->next)
        set->next = (uint8_t)((way + 1) % l2->ways);
}

static void drop(struct l2_tlb *l2, const struct fence *fence)
{
    const size_t first = fence->by_va ? set_of(l2, fence->va) : 0;
    const size_t count = fence->by_va ? 1 : l2->sets;
    for (struct l2_set *set = &l2->set[first]; set < &l2->set[first + count]; set++)
        set->valid = fence->by_asid ? set->valid & set->global : 0;
}

void l2_tlb_clock(struct l2_tlb *l2, const struct l2_tlb_in *in)
{
    if (l2->sets == 0)
        return;
    if (in->lookup_wrong != 0)
        l2->set[set_of(l2, in->lookup_va)].valid &= (uint8_t)~in->lookup_wrong;
    if (in->fill != NULL)
        fill(l2, in);
    if (in->fence->valid)
        drop(l2, in->fence);
}
