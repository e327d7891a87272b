/*
 * driver.h: the MMU for people who only want answers. Each call clocks the machine as long as it
 * takes; one that gets no answer in TW_PATIENCE cycles returns TW_TIMEOUT with the walker's state
 * in the text.
 *
 * In hashed mode a long chain can take longer than that, though the MMU is right: a walk reads up
 * to HASH_TABLE.LAST + 2 words, each M + 1 cycles with a memory that answers after M, and does so
 * SWAP_TRIES times if compares fail. No walk does while SWAP_TRIES * (LAST + 3) * (M + 1) is below
 * TW_PATIENCE: LAST up to 6,246 at M = 1. A loop in a table of 50,000 entries or more always does;
 * so does a register write that waits for such a walk. For these clock the machine yourself
 * (machine.h).
 */
#ifndef TABLEWALK_DRIVER_H
#define TABLEWALK_DRIVER_H

#include "tablewalk/machine.h"
#include "tablewalk/segment.h"

enum { TW_PATIENCE = 100000 };

typedef enum tw_port { TW_FETCH = 0, TW_DATA = 1 } tw_port;

typedef struct tw_answer {
    uint64_t pa;      /* 56 bits; 0 with a fault */
    unsigned pbmt;    /* page-based memory type */
    unsigned size;    /* log2 of the page's bytes, 0 when nothing was translated */
    unsigned fault;   /* exception cause, CAUSE_NONE for none */
    uint64_t latency; /* cycles from the request being taken to the answer */
} tw_answer;

/* All return TW_OK, TW_MISMATCH (the machine stopped), or TW_TIMEOUT; a fault is an answer, not an
 * error. */
tw_status tw_translate_va(tw_machine *machine, tw_port port, const tw_request *request,
                          tw_answer *answer, tw_error *error);

/* The same with a segment selector, 0 to 15: the request's `va` is an offset into that segment if
 * CONTROL.SEGMENTS is on; else the selector is of no meaning. tw_translate_va takes segment 0. */
tw_status tw_translate_offset(tw_machine *machine, tw_port port, unsigned segment,
                              const tw_request *request, tw_answer *answer, tw_error *error);

/* As supervisor. TW_USAGE if the device answers with an error (unknown offset, read-only). */
tw_status tw_register_read(tw_machine *machine, unsigned offset, uint64_t *value, tw_error *error);
tw_status tw_register_write(tw_machine *machine, unsigned offset, uint64_t value, tw_error *error);

/* Gives segment `number` this base, limit and flags. It acts on what is translated later; it needs
 * no fence. TW_USAGE if the segment is not built. */
tw_status tw_segment_write(tw_machine *machine, unsigned number, const tw_segment *segment,
                           tw_error *error);

/* Which translations a fence drops. */
typedef enum tw_fence_kind {
    TW_FENCE_ALL = 0,
    TW_FENCE_VA = 1,
    TW_FENCE_ASID = 2,
    TW_FENCE_VA_ASID = 3
} tw_fence_kind;

/* Writes the operands that count, fences, and waits until no memory access from before it is under
 * way. */
tw_status tw_fence(tw_machine *machine, tw_fence_kind kind, uint64_t va, unsigned asid,
                   tw_error *error);

#endif
