/* l2_tlb.h: which 4-KiB pages are remembered behind the ports. The contract is
 * docs/blocks/l2_tlb.md; the words of its rams are the array `word`. */
#ifndef MODEL_CYCLE_L2_TLB_H
#define MODEL_CYCLE_L2_TLB_H

#include "model/cycle/wires.h"

/* A word of a ram, but for its parity. */
struct l2_word {
    uint64_t pte; /* flags, PPN, PBMT; the rest 0 */
    uint64_t vpn; /* the tag, and the number of the set below it */
    uint16_t asid;
    uint8_t mode;
};

/* The registers of one set: a bit a way, and the way that is replaced next; and of the parity of
 * its words what matters: where it is wrong. Such a word is never believed, so which of its bits is
 * spoilt makes no difference. */
struct l2_set {
    uint8_t valid, global, next;
    uint8_t spoilt;
};

struct l2_tlb {
    unsigned sets, ways;  /* parameters; 0 sets: there is none */
    unsigned word_bits;   /* of a word in the RTL: how many bits there are to spoil */
    struct l2_set *set;   /* [sets]; owned */
    struct l2_word *word; /* [sets * ways], way by way within a set; owned */
};

/* `match`, `match_*` and `way`; and the valid ways that have wrong parity, a bit each. */
struct l2_match {
    bool valid;
    uint64_t pte;
    bool global;
    unsigned way;
    unsigned wrong;
};

struct l2_tlb_in {
    uint64_t satp; /* mode and address space of fills */
    const struct fence *fence;
    uint64_t lookup_va;
    unsigned lookup_wrong;   /* what the lookup of this cycle found; 0 without one */
    const struct done *fill; /* NULL while there is none */
    unsigned fill_way;
    bool inject_valid;
    unsigned inject_bit;
};

/* Allocates the storage. False if memory is out. l2_tlb_close frees it in either case. */
bool l2_tlb_open(struct l2_tlb *l2, const tw_config *config);
void l2_tlb_close(struct l2_tlb *l2);

void l2_tlb_reset(struct l2_tlb *l2);

/* Combinational: the lookup of `va`, whose set was read in the last cycle; it sees all fills of the
 * cycles before. */
void l2_tlb_lookup(const struct l2_tlb *l2, uint64_t satp, uint64_t va, struct l2_match *match);

void l2_tlb_clock(struct l2_tlb *l2, const struct l2_tlb_in *in);

#endif
