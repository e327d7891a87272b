/*
 * translate.h: the architectural golden model. One call translates one address as the privileged
 * specification 1.13 says, with no TLB and no time.
 *
 * To embed it, give two memory callbacks and call tw_translate. The model keeps no state at all:
 * what it needs stands in its arguments, what it found in its result.
 */
#ifndef TABLEWALK_TRANSLATE_H
#define TABLEWALK_TRANSLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tablewalk/pte.h"

/* Physical memory as the walk sees it. `bytes` is 4 or 8, `address` a multiple of it;
 * little-endian. Both return false for a bus error, and then have changed nothing. */
typedef struct tw_bus {
    void *context; /* passed back; owned by the caller */

    /* Reads one PTE, zero-extended, into *value. */
    bool (*read)(void *context, uint64_t address, unsigned bytes, uint64_t *value);

    /* If memory holds `expected`, writes `desired` and sets *swapped; else clears *swapped.
     * Atomic. */
    bool (*swap)(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                 uint64_t desired, bool *swapped);
} tw_bus;

/* The control registers that steer translation. */
typedef struct tw_control {
    uint64_t satp; /* RV64 layout: MODE 63:60, ASID 59:44, PPN 43:0 */
    bool adue;     /* hardware updates A and D (Svadu); else it faults (Svade) */
    bool pbmte;    /* page-based memory types allowed (Svpbmt) */
    uint64_t hash_table, hash_anchors; /* of hashed mode, as the registers hold them */
} tw_control;

static inline unsigned satp_mode(uint64_t satp)
{
    return (unsigned)(satp >> 60);
}

static inline unsigned satp_asid(uint64_t satp)
{
    return (unsigned)(satp >> 44) & 0xffff;
}

static inline uint64_t satp_ppn(uint64_t satp)
{
    return satp & ((UINT64_C(1) << 44) - 1);
}

typedef struct tw_request {
    uint64_t va; /* linear; segment.h is for those that go through a segment first */
    tw_op op;
    unsigned priv; /* effective privilege: PRIV_U, PRIV_S, PRIV_M */
    bool sum, mxr;
} tw_request;

/* One access of the walk to memory, in order. */
typedef struct tw_access {
    enum { TW_READ, TW_SWAP } kind;
    uint8_t level;
    bool error;       /* the bus refused it */
    bool swapped;     /* TW_SWAP: the compare held and memory was written */
    uint64_t address; /* of the PTE */
    uint64_t value;   /* TW_READ: what was read (0 on error); TW_SWAP: what was expected */
    uint64_t desired; /* TW_SWAP: what was to be written */
} tw_access;

/* Every walk of at most SWAP_TRIES restarts fits, but for long chains of hashed mode. */
enum { TW_ACCESSES_MAX = SWAP_TRIES * (LEVELS_MAX + 1) };

typedef struct tw_translation {
    uint64_t pa;       /* 0 with a fault; in Bare and M the VA, all 64 bits */
    unsigned cause;    /* CAUSE_NONE, or the exception cause */
    tw_check check;    /* which check failed; CHECK_NONE without a fault */
    unsigned level;    /* of the last PTE read */
    uint64_t pte;      /* the last PTE read, with A and D as this walk left them; in hashed mode
                        * hashed_pte of the last entry, 0 of an anchor */
    uint64_t pte_addr; /* where it stands; 0 if nothing was read */
    unsigned pbmt;     /* page-based memory type; 0 with a fault */
    unsigned size;   /* log2 of the page's bytes; 0 with a fault and where nothing was translated */
    bool global;     /* G seen anywhere along the walk (rule 15) */
    uint64_t reads;  /* of PTEs, in all */
    size_t accesses; /* used entries of `access`. When all are, the last one is the walk's last
                      * access, and those between it and the one before are left out. */
    tw_access access[TW_ACCESSES_MAX];
} tw_translation;

/* Judges one PTE that was read at `level` (rules 5 to 11, in that order): the first check that
 * fails, or CHECK_NONE. CHECK_NONE means: a good pointer if pte_is_pointer(pte), else a leaf that
 * grants the request, perhaps with A or D still to be set. Does not touch memory. Twin of
 * tw_pkg::pte_judge. */
tw_check tw_judge(const tw_control *control, const tw_request *request, uint64_t pte,
                  unsigned level);

/* Translates one request, reading PTEs and setting A and D through `bus`. Fills *result entirely.
 * An unknown SATP.MODE counts as Bare: registers never hold one. */
void tw_translate(const tw_control *control, const tw_request *request, const tw_bus *bus,
                  tw_translation *result);

/* Prints the walk as a paragraph that a student can follow: the address split into its indices,
 * each PTE's address, value and decoded bits, each swap, and the outcome with its reason. */
void tw_translation_print(const tw_control *control, const tw_request *request,
                          const tw_translation *result, FILE *to);

#endif
