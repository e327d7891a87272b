/*
 * hashed.h: the hashed inverted page table (SATP.MODE 15, rule 18): one entry for every frame of
 * physical memory, whatever the size and number of the address spaces. The page that a frame holds
 * stands in the frame's entry; an anchor table, indexed by a hash of address space and page, leads
 * to the first entry of a chain.
 *
 *     anchor of hash h                   entry of frame 5                   entry of frame 9
 *     {V, next 5} ---------------------> {asid, vpn, flags, next 9} ------> {asid, vpn, flags E}
 *
 * Entries and anchors are words of 8 bytes. A word that is not V holds no page but still leads on,
 * so a page can be taken away first and its entry unlinked later. Twin of what rtl/tw_pkg.sv and
 * rtl/hash_walker.sv have of it; constants are proved equal.
 */
#ifndef TABLEWALK_HASHED_H
#define TABLEWALK_HASHED_H

#include "tablewalk/registers.h"
#include "tablewalk/translate.h"

/*
 *      63    48 47    28 27     8  7 6 5 4 3 2 1 0
 *     |  asid  |  vpn   |  next  | D A E U X W R V |
 *
 * Flags are a PTE's, but E where it has G. An anchor has V (the chain is not empty) and next alone;
 * its other bits are free.
 */
enum {
    HASHED_END = 5, /* bit: the last entry of its chain */
    HASHED_NEXT = 8,
    HASHED_VPN = 28,
    HASHED_ASID = 48,
    HASHED_BITS = 20, /* of a vpn (32-bit addresses), of a frame's number, and of next */
    HASHED_SHIFT = 3  /* log2 of a word's bytes */
};

static inline unsigned hashed_vpn(uint64_t va)
{
    return (unsigned)(va >> PAGE_SHIFT) & ((1u << HASHED_BITS) - 1);
}

/* The anchor of a page: (x ^ x >> 10) mod 2^bits with x = vpn ^ asid << 4, in 20 bits. More than 20
 * `bits` count as 20. Pages in a row have anchors in a row. */
static inline unsigned hashed_hash(unsigned asid, unsigned vpn, unsigned bits)
{
    const unsigned x = (vpn ^ asid << 4) & ((1u << HASHED_BITS) - 1);
    const unsigned mixed = x ^ x >> 10;
    return bits < HASHED_BITS ? mixed & ((1u << bits) - 1) : mixed;
}

/* Where word `index` of the table at page number `ppn` stands; beyond the last physical address it
 * goes on at 0. */
static inline uint64_t hashed_address(uint64_t ppn, unsigned index)
{
    const uint64_t address = (ppn << PAGE_SHIFT) + ((uint64_t)index << HASHED_SHIFT);
    return address & ((UINT64_C(1) << (PAGE_SHIFT + PTE_PPN_BITS)) - 1);
}

/* The anchor of `va` in the address space of SATP, and the entry of frame `index`. */
static inline uint64_t hashed_anchor_address(const tw_control *control, uint64_t va)
{
    const unsigned bits = (unsigned)TW_GET(control->hash_anchors, HASH_ANCHORS, BITS);
    const unsigned hash = hashed_hash(satp_asid(control->satp), hashed_vpn(va), bits);
    return hashed_address(TW_GET(control->hash_anchors, HASH_ANCHORS, PPN), hash);
}

static inline uint64_t hashed_entry_address(const tw_control *control, unsigned index)
{
    return hashed_address(TW_GET(control->hash_table, HASH_TABLE, PPN), index);
}

/* A word of these parts; `flags` with V, and E for the last of a chain. */
static inline uint64_t hashed_word(unsigned asid, unsigned vpn, unsigned next, unsigned flags)
{
    return (uint64_t)asid << HASHED_ASID | (uint64_t)vpn << HASHED_VPN |
           (uint64_t)next << HASHED_NEXT | flags;
}

static inline unsigned hashed_next(uint64_t word)
{
    return (unsigned)(word >> HASHED_NEXT) & ((1u << HASHED_BITS) - 1);
}

/* The entry holds the page of `va` in this address space. */
static inline bool hashed_holds(uint64_t entry, unsigned asid, uint64_t va)
{
    return pte_bit(entry, PTE_V) && (unsigned)(entry >> HASHED_ASID) == asid &&
           hashed_vpn(entry >> HASHED_VPN << PAGE_SHIFT) == hashed_vpn(va);
}

/* The entry of frame `index` as a PTE: that frame, and the flags without E. */
static inline uint64_t hashed_pte(uint64_t entry, unsigned index)
{
    return (uint64_t)index << PTE_PPN | (entry & 0xff & ~(UINT64_C(1) << HASHED_END));
}

/* Where a walk stands: which word it has read. */
typedef struct tw_hashed_spot {
    bool anchor;     /* the anchor; else an entry: */
    unsigned index;  /* the number of its frame */
    unsigned before; /* entries that the walk has read before it */
} tw_hashed_spot;

/* What one word says to one walk. */
typedef struct tw_hashed_step {
    tw_check check; /* CHECK_NONE, CHECK_VALID: the chain ends here, or CHECK_CHAIN */
    bool found; /* the entry holds the page, so that `pte` is to be judged; else the walk goes */
    uint64_t pte;
    tw_hashed_spot next; /* on to here */
} tw_hashed_step;

/* The first that applies: an anchor without V, CHECK_VALID; an entry that holds the page, found; an
 * entry with E, CHECK_VALID; a next beyond HASH_TABLE.LAST, CHECK_CHAIN; an entry that is the
 * (LAST+1)-th of this walk, so that the chain is longer than the table, CHECK_CHAIN; else on to
 * next. Pure. Rule 18. */
tw_hashed_step tw_hashed_judge(const tw_control *control, uint64_t va, const tw_hashed_spot *spot,
                               uint64_t word);

/* The same translation without anchors and chains: reads the entries from frame 0 to LAST, one
 * after the other, until one holds the page. SATP.MODE counts as 15. Fills *result as tw_translate
 * does, which it equals in all but `accesses`, `access` and `reads` if every page of the table
 * stands in its chain, once; and where nothing is mapped, in `pte` and `pte_addr`, which are of the
 * last entry. Golden model only: it shows the cost that hashing saves (curriculum 1.1). */
void tw_inverted_search(const tw_control *control, const tw_request *request, const tw_bus *bus,
                        tw_translation *result);

#endif
