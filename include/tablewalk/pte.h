/*
 * pte.h: what a PTE means. Bits, causes, modes and the pure rules of translation, each with its
 * source (privileged specification 1.13, chapter "Supervisor-Level ISA"). Twin of rtl/tw_pkg.sv;
 * the shim proves the constants equal when it compiles.
 *
 * Addresses are bytes. A PTE of Sv32 is its 32 bits zero-extended, so one set of rules serves all
 * modes.
 */
#ifndef TABLEWALK_PTE_H
#define TABLEWALK_PTE_H

#include <stdbool.h>
#include <stdint.h>

/* Bit numbers. */
enum {
    PTE_V = 0,
    PTE_R = 1,
    PTE_W = 2,
    PTE_X = 3,
    PTE_U = 4,
    PTE_G = 5,
    PTE_A = 6,
    PTE_D = 7,
    PTE_PPN = 10,      /* lowest bit of the physical page number */
    PTE_PPN_BITS = 44, /* Sv39, Sv48, Sv57; Sv32 has 22, the rest reads 0 */
    PTE_RESERVED = 54, /* lowest of seven bits that must be 0 */
    PTE_PBMT = 61,     /* lowest of two bits, Svpbmt */
    PTE_N = 63         /* Svnapot */
};

/* SATP.MODE, in the RV64 layout; Sv32 takes the free code 1. */
enum {
    MODE_BARE = 0,
    MODE_SV32 = 1,
    MODE_SV39 = 8,
    MODE_SV48 = 9,
    MODE_SV57 = 10,
    MODE_LINEAR = 14, /* one table of 2^20 PTEs in the format of Sv32 (rule 17) */
    MODE_HASHED = 15  /* the inverted table of hashed.h (rule 18) */
};

/* What a request wants. */
typedef enum tw_op { OP_FETCH = 0, OP_LOAD = 1, OP_STORE = 2, OP_AMO = 3 } tw_op;

/* Effective privilege. 2 is not a privilege and counts as U. */
enum { PRIV_U = 0, PRIV_S = 1, PRIV_M = 3 };

/* Exception causes; 0 (misaligned fetch) is never the MMU's and stands for "no fault". */
enum {
    CAUSE_NONE = 0,
    CAUSE_FETCH_ACCESS = 1,
    CAUSE_LOAD_ACCESS = 5,
    CAUSE_STORE_ACCESS = 7,
    CAUSE_FETCH_PAGE = 12,
    CAUSE_LOAD_PAGE = 13,
    CAUSE_STORE_PAGE = 15
};

/* Which check failed. They are made in this order, but those of segments come first: the first
 * failure is the one reported. */
typedef enum tw_check {
    CHECK_NONE = 0,
    CHECK_CANONICAL = 1, /* the address does not fit the mode; nothing was read */
    CHECK_READ = 2,      /* the PTE read failed on the bus */
    CHECK_VALID = 3,     /* V=0 */
    CHECK_RESERVED = 4,  /* W without R, a reserved bit, PBMT or N encodings that are not allowed */
    CHECK_POINTER = 5,   /* a non-leaf with A, D, U, N or PBMT, or at level 0 */
    CHECK_ALIGNED = 6,   /* a superpage whose low PPN bits are not 0 */
    CHECK_USER = 7,      /* U against the privilege and SUM */
    CHECK_PERMISSION = 8, /* R, W, X against the operation and MXR */
    CHECK_TOUCHED = 9,    /* A or D missing and ADUE=0 */
    CHECK_SWAP = 10,      /* the compare-and-swap of A and D was refused by the bus */
    CHECK_RETRIES = 11,   /* the PTE changed under the walk SWAP_TRIES times */
    CHECK_LIMIT = 12,     /* outside its segment; made before all others, nothing was read */
    CHECK_SEGMENT = 13,   /* R, W, X, U of the segment, likewise */
    CHECK_CHAIN = 14      /* hashed mode, where VALID is: a chain that leaves the table or loops */
} tw_check;

enum {
    PAGE_SHIFT = 12,
    LEVELS_MAX = 5,
    SWAP_TRIES = 8, /* failed compares after which a walk gives up with a page fault (rule 12) */
    ASID_BITS = 16,
    VPN_BITS = 45 /* VA bits 56..12: the widest virtual page number */
};

/* The check codes and causes as words for reports; "?" for anything else. */
const char *tw_check_name(unsigned check);
const char *tw_cause_name(unsigned cause);
const char *tw_mode_name(unsigned mode);
const char *tw_op_name(unsigned op);

static inline bool pte_bit(uint64_t pte, unsigned bit)
{
    return (pte >> bit) & 1;
}

/* Levels of the mode's tree; a linear table is a tree of one, and so count hashed chains. 0 for
 * Bare and unknown modes. */
static inline unsigned mode_levels(unsigned mode)
{
    switch (mode) {
    case MODE_LINEAR:
    case MODE_HASHED:
        return 1;
    case MODE_SV32:
        return 2;
    case MODE_SV39:
        return 3;
    case MODE_SV48:
        return 4;
    case MODE_SV57:
        return 5;
    default:
        return 0;
    }
}

/* 32-bit addresses, zero-extended. */
static inline bool mode_narrow(unsigned mode)
{
    return mode == MODE_SV32 || mode == MODE_LINEAR || mode == MODE_HASHED;
}

/* Address bits that one level indexes: 10 in Sv32, 20 in a linear table, else 9. */
static inline unsigned mode_index_bits(unsigned mode)
{
    return mode == MODE_SV32 ? 10 : mode == MODE_LINEAR ? 20 : 9;
}

/* log2 of a PTE's bytes. */
static inline unsigned mode_pte_shift(unsigned mode)
{
    return mode == MODE_SV32 || mode == MODE_LINEAR ? 2 : 3;
}

/* log2 of the bytes that a leaf at `level` maps: 12 at level 0. */
static inline unsigned level_size(unsigned mode, unsigned level)
{
    return PAGE_SHIFT + level * mode_index_bits(mode);
}

/* Rule 2. Narrow modes: bits 63..32 are 0. Else: bits 63..VA-1 are all equal. Bare: always. */
static inline bool va_canonical(unsigned mode, uint64_t va)
{
    if (mode_levels(mode) == 0)
        return true;
    if (mode_narrow(mode))
        return va >> 32 == 0;
    int64_t upper = (int64_t)va >> (level_size(mode, mode_levels(mode)) - 1);
    return upper == 0 || upper == -1;
}

/* Index of the VA into the table at `level`. */
static inline uint64_t va_index(unsigned mode, uint64_t va, unsigned level)
{
    return (va >> level_size(mode, level)) & ((UINT64_C(1) << mode_index_bits(mode)) - 1);
}

/* Rule 3: where the PTE of `va` stands in the table at page number `ppn`. A linear table can reach
 * beyond the last physical address, and then goes on at 0. */
static inline uint64_t pte_address(unsigned mode, uint64_t ppn, uint64_t va, unsigned level)
{
    uint64_t address = (ppn << PAGE_SHIFT) + (va_index(mode, va, level) << mode_pte_shift(mode));
    return address & ((UINT64_C(1) << (PAGE_SHIFT + PTE_PPN_BITS)) - 1);
}

static inline uint64_t pte_ppn(uint64_t pte)
{
    return (pte >> PTE_PPN) & ((UINT64_C(1) << PTE_PPN_BITS) - 1);
}

static inline unsigned pte_pbmt(uint64_t pte)
{
    return (unsigned)(pte >> PTE_PBMT) & 3;
}

/* R, W and X all 0: a pointer to the next table. */
static inline bool pte_is_pointer(uint64_t pte)
{
    return (pte & (1u << PTE_R | 1u << PTE_W | 1u << PTE_X)) == 0;
}

/* Rule 9: N on a level-0 leaf whose low PPN bits are 1000 maps 64 KiB. */
static inline bool pte_napot(uint64_t pte, unsigned level)
{
    return pte_bit(pte, PTE_N) && level == 0 && (pte_ppn(pte) & 15) == 8;
}

/* Rule 5 without V: an encoding that is reserved. N of a pointer is rule 6's. */
static inline bool pte_reserved(uint64_t pte, unsigned level, bool pbmte)
{
    bool write_only = pte_bit(pte, PTE_W) && !pte_bit(pte, PTE_R);
    bool high_bits = (pte >> PTE_RESERVED & 0x7f) != 0;
    bool pbmt = pte_pbmt(pte) == 3 || (pte_pbmt(pte) != 0 && !pbmte);
    bool napot = pte_bit(pte, PTE_N) && !pte_is_pointer(pte) && !pte_napot(pte, level);
    return write_only || high_bits || pbmt || napot;
}

/* Rule 6, for a PTE that is a pointer. */
static inline bool pte_bad_pointer(uint64_t pte, unsigned level)
{
    return level == 0 || pte_bit(pte, PTE_A) || pte_bit(pte, PTE_D) || pte_bit(pte, PTE_U) ||
           pte_bit(pte, PTE_N) || pte_pbmt(pte) != 0;
}

/* log2 of the bytes that this leaf maps. */
static inline unsigned leaf_size(unsigned mode, uint64_t pte, unsigned level)
{
    return pte_napot(pte, level) ? 16 : level_size(mode, level);
}

/* Rule 7. */
static inline bool leaf_misaligned(unsigned mode, uint64_t pte, unsigned level)
{
    uint64_t low = (UINT64_C(1) << (level_size(mode, level) - PAGE_SHIFT)) - 1;
    return (pte_ppn(pte) & low) != 0;
}

static inline bool op_writes(tw_op op)
{
    return op == OP_STORE || op == OP_AMO;
}

/* Rule 8, first half: may this privilege touch the page at all? */
static inline bool leaf_user_ok(uint64_t pte, tw_op op, unsigned priv, bool sum)
{
    bool user = pte_bit(pte, PTE_U);
    if (priv == PRIV_S)
        return !user || (sum && op != OP_FETCH);
    return user;
}

/* Rule 8, second half: do R, W, X allow the operation? */
static inline bool leaf_allows(uint64_t pte, tw_op op, bool mxr)
{
    if (op == OP_FETCH)
        return pte_bit(pte, PTE_X);
    if (op == OP_LOAD)
        return pte_bit(pte, PTE_R) || (mxr && pte_bit(pte, PTE_X));
    return pte_bit(pte, PTE_W);
}

/* Rule 8. */
static inline bool leaf_grants(uint64_t pte, tw_op op, unsigned priv, bool sum, bool mxr)
{
    return leaf_user_ok(pte, op, priv, sum) && leaf_allows(pte, op, mxr);
}

/* The PTE as hardware leaves it after `op`: accessed, and dirty if written to (rule 10). */
static inline uint64_t pte_touch(uint64_t pte, tw_op op)
{
    return pte | UINT64_C(1) << PTE_A | (uint64_t)op_writes(op) << PTE_D;
}

/* Nothing is left to touch. */
static inline bool pte_touched(uint64_t pte, tw_op op)
{
    return pte_touch(pte, op) == pte;
}

/* Rules 9 and 13: the leaf's frame, with the page's offset bits from the VA. `size` as
 * leaf_size. */
static inline uint64_t leaf_pa(uint64_t pte, unsigned size, uint64_t va)
{
    uint64_t offset = (UINT64_C(1) << size) - 1;
    return ((pte_ppn(pte) << PAGE_SHIFT) & ~offset) | (va & offset);
}

/* Causes of the *original* access (rule 4). */
static inline unsigned page_fault(tw_op op)
{
    return op == OP_FETCH ? CAUSE_FETCH_PAGE : op == OP_LOAD ? CAUSE_LOAD_PAGE : CAUSE_STORE_PAGE;
}

static inline unsigned access_fault(tw_op op)
{
    return op == OP_FETCH  ? CAUSE_FETCH_ACCESS
           : op == OP_LOAD ? CAUSE_LOAD_ACCESS
                           : CAUSE_STORE_ACCESS;
}

/* The cause that a failed check has for this operation; CAUSE_NONE for CHECK_NONE. */
static inline unsigned check_cause(tw_check check, tw_op op)
{
    if (check == CHECK_NONE)
        return CAUSE_NONE;
    return check == CHECK_READ || check == CHECK_SWAP ? access_fault(op) : page_fault(op);
}

#endif
