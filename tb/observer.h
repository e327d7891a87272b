/*
 * observer.h: the pins, decoded: which requests are in flight, which SATP and CONTROL are in force,
 * and which walk each memory access belongs to. It judges nothing; the monitors do.
 *
 * A walk's virtual address is rebuilt from the addresses it reads, as each one shows an index of
 * it; so no hidden state of the MMU is trusted.
 */
#ifndef TB_OBSERVER_H
#define TB_OBSERVER_H

#include "tablewalk/config.h"
#include "tablewalk/pins.h"
#include "tablewalk/translate.h"

enum { PORTS = 2, IDS = 1 << TW_REQUEST_ID_BITS, MEMORY_IDS = 1 << TW_MEMORY_ID_BITS };

/* One port's request and answer pins, whichever port it is. */
struct request_pins {
    bool valid, ready;
    unsigned id;
    tw_request request;
};

struct answer_pins {
    bool valid;
    unsigned id, pbmt, size, fault;
    uint64_t pa;
};

/* A request taken and not yet answered. */
struct flight {
    bool valid;
    tw_request request;
    tw_control control; /* in force when it was taken, and until it is answered */
    uint64_t taken;     /* cycle */
};

/* One memory access, and where its walk stands with it. */
struct step {
    bool swap;
    bool dropped; /* the MMU fenced after it was issued: the answer must not be used */
    bool global;  /* G seen in a pointer above */
    unsigned level;
    unsigned failed; /* compares that failed in this walk, this one too */
    uint64_t issued; /* cycle in which its request was first visible */
    uint64_t va;     /* lowest address that reads this PTE */
    uint64_t address, expected, desired;
    /* known once it is answered */
    bool error, swapped;
    uint64_t value; /* what was read */
};

/* What the next access of a walk may be. */
enum next_access { NEXT_ROOT, NEXT_BELOW, NEXT_SWAP };

struct walk {
    enum next_access next;
    bool busy; /* `step` is visible or under way */
    bool taken;
    struct step step; /* the present access, or the last one */
    uint64_t table;   /* NEXT_BELOW: page number of the table to be read */
};

struct register_access {
    bool valid, write;
    unsigned offset;
    uint64_t data;
};

struct observer {
    uint32_t modes; /* that are built */
    tw_control control;
    uint64_t fence_va;
    unsigned fence_asid;
    struct flight flight[PORTS][IDS];
    struct walk walk[MEMORY_IDS];
    struct register_access access;
};

struct fence {
    bool by_va, by_asid;
    uint64_t va;
    unsigned asid;
};

void observer_open(struct observer *observer, const tw_config *config);

/* As the MMU after reset. */
void observer_reset(struct observer *observer);

struct request_pins observer_request(const tw_out *out, const tw_in *in, unsigned port);
struct answer_pins observer_answer(const tw_out *out, unsigned port);

/* The parts of one cycle, in the order in which they have to be called. */
void observer_retire(struct observer *observer, const tw_out *out);
/* True if this cycle's register answer is that of a fence, which then is *fence: no answer after
 * this cycle may come from what was issued before this cycle. */
bool observer_register_answer(struct observer *observer, const tw_out *out, struct fence *fence);
/* The step that the memory answers in this cycle, or NULL. */
const struct step *observer_memory_answer(struct observer *observer, const tw_in *in);
/* A memory request that became visible in this cycle: its walk, or NULL if there is none. *fits is
 * false if no walk could make this access: wrong level, table or PTE. */
const struct walk *observer_memory_request(struct observer *observer, uint64_t cycle,
                                           const tw_out *out, bool *fits);
void observer_take(struct observer *observer, uint64_t cycle, const tw_out *out, const tw_in *in);

/* True if the walk of this step is of use to the request. */
bool observer_serves(const struct flight *flight, const struct step *step);

#endif
