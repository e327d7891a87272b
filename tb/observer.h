/*
 * observer.h: the pins, decoded: which requests are in flight, which SATP, CONTROL, HASH_TABLE,
 * HASH_ANCHORS and segments are in force, and which walk each memory access belongs to. It judges
 * nothing; the monitors do.
 *
 * Hidden state of the MMU is not trusted. A walk begins at the root, or below a pointer that some
 * walk has read since the last fence that covers it, as a walk cache may begin it. Its virtual
 * address is rebuilt from the addresses that it reads, each of which shows an index of it. One
 * table may be met in several ways, so an access can fit more than one range of addresses.
 *
 * With CONTROL.PREFETCH a walk may be nobody's: it reads the last PTE of the page behind one that a
 * request asked for, if that request was in flight since the last fence and the PTE is in the same
 * table, below a pointer that is known.
 *
 * In hashed mode a walk begins at an anchor, never anywhere else; the page of each request that has
 * its anchor there is followed along its chain, until a word ends it or nobody waits for the page
 * any more (observer_hash.c).
 */
#ifndef TB_OBSERVER_H
#define TB_OBSERVER_H

#include "tablewalk/config.h"
#include "tablewalk/hashed.h"
#include "tablewalk/pins.h"
#include "tablewalk/segment.h"
#include "tablewalk/translate.h"
#include "tb/ahead.h"
#include "tb/allowed.h"

enum { PORTS = 2, IDS = 1 << TW_REQUEST_ID_BITS, MEMORY_IDS = 1 << TW_MEMORY_ID_BITS };

/* One port's request and answer pins, whichever port it is. */
struct request_pins {
    bool valid, ready;
    unsigned id, segment;
    tw_request request;
};

struct answer_pins {
    bool valid;
    unsigned id, pbmt, size, fault;
    uint64_t pa;
};

/* A request taken and not yet answered. It goes through its segment when it is taken: by the
 * registers of that cycle. */
struct flight {
    bool valid;
    bool segmented;     /* it went through one */
    unsigned segment;   /* its selector */
    tw_check check;     /* that its segment failed, or CHECK_NONE */
    tw_request request; /* with the linear address; with the offset if the segment failed it */
    tw_control control; /* in force when it was taken, and until it is answered */
    uint64_t taken;     /* cycle */
};

/* What one PTE maps: the addresses whose walks read it. In hashed mode it is one page: what a word
 * of its chain says to others is theirs. */
struct range {
    uint64_t va; /* the lowest */
    unsigned level;
    bool global; /* G seen in a pointer above */
    bool ahead;  /* the walk is a prefetch: for no request */
    /* Hashed mode, else all 0: which word of the page's chain it is. A chain that comes by a word
     * twice makes walks that differ only in the entries read before: spot.before are the fewest,
     * `most` the most of them, and all numbers between count as met too. */
    tw_hashed_spot spot;
    unsigned most;
};

/* Of walks that go on, that begin, and ahead. In hashed mode there are two for each request that
 * waits, at most: an address can be its anchor, and it is one entry. */
enum { RANGES = 3 * PORTS * IDS * LEVELS_MAX };

/* One memory access, and where its walk stands with it. */
struct step {
    bool swap;
    bool dropped;    /* the MMU fenced after it was issued: the answer must not be used */
    bool shortcut;   /* it can only be the first of a walk that begins below a known pointer */
    unsigned failed; /* compares that failed in this walk, this one too */
    uint64_t issued; /* cycle in which its request was first visible */
    uint64_t address, expected, desired;
    /* known once it is answered */
    bool error, swapped;
    uint64_t value; /* what was read */
    unsigned ranges;
    struct range range[RANGES]; /* [0] to [ranges - 1]: what the PTE may map, as far as is seen */
};

/* What the next access of a walker may be, as a set. */
enum next_access {
    NEXT_ROOT = 1,  /* a read of the root table, or of an anchor */
    NEXT_KNOWN = 2, /* a read below a pointer that is known */
    NEXT_BELOW = 4, /* a read below the pointer just read, or of the entry that it names */
    NEXT_SWAP = 8,  /* a compare-and-swap of the leaf just read */
    NEXT_START = NEXT_ROOT | NEXT_KNOWN
};

struct walk {
    unsigned next; /* next_access; a new walk's is NEXT_START */
    bool busy;     /* `step` is visible or under way */
    bool taken;
    struct step step; /* the present access, or the last one */
};

struct register_access {
    bool valid, write;
    unsigned offset;
    uint64_t data;
};

struct observer {
    uint32_t modes;    /* that are built */
    bool can_prefetch; /* it is built */
    tw_control control;
    bool prefetch;                       /* CONTROL.PREFETCH */
    bool segmented;                      /* CONTROL.SEGMENTS */
    unsigned segments;                   /* that are built */
    unsigned index;                      /* SEGMENT */
    tw_segment segment[TW_SEGMENTS_MAX]; /* those that are not built stay 0 and hold nothing */
    uint64_t fence_va;
    unsigned fence_asid;
    struct flight flight[PORTS][IDS];
    struct walk walk[MEMORY_IDS];
    struct allowed pointers; /* below which a walk may begin */
    struct ahead ahead;      /* pages behind those that were answered since the last fence */
    struct register_access access;
};

void observer_open(struct observer *observer, const tw_config *config);
void observer_close(struct observer *observer);

/* As the MMU after reset. */
void observer_reset(struct observer *observer);

struct request_pins observer_request(const tw_out *out, const tw_in *in, unsigned port);
struct answer_pins observer_answer(const tw_out *out, unsigned port);

/* The parts of one cycle, in the order in which they have to be called. */
/* TW_NO_MEMORY if memory is out. */
tw_status observer_retire(struct observer *observer, const tw_out *out, tw_error *error);
/* True if this cycle's register answer is that of a fence, which then is *fence: no answer after
 * this cycle may come from what was issued before this cycle. */
bool observer_register_answer(struct observer *observer, const tw_out *out, struct fence *fence);
/* *answered: the step that the memory answers in this cycle, or NULL. TW_NO_MEMORY if memory is
 * out. */
tw_status observer_memory_answer(struct observer *observer, const tw_in *in,
                                 const struct step **answered, tw_error *error);
/* The step whose memory request became visible in this cycle, or NULL. *fits is false if no walk
 * could make this access: wrong level, table or PTE. */
const struct step *observer_memory_request(struct observer *observer, uint64_t cycle,
                                           const tw_out *out, bool *fits);
void observer_take(struct observer *observer, uint64_t cycle, const tw_out *out, const tw_in *in);

/* A fence: every walk starts over, and what is under way is of no use any more. */
void observer_restart_walks(struct observer *observer);

/* True if the request has to be looked up in page tables: one that its segment failed has not. */
bool observer_translates(const struct flight *flight);
/* The same, and it was there before the step. */
bool observer_waits(const struct flight *flight, const struct step *step);
/* True if the walk of this step, one of whose ranges this is, is of use to the request. */
bool observer_serves(const struct flight *flight, const struct step *step,
                     const struct range *range);

/* What a word says to a walk for this range, which has read it at its place: as rule 18 in hashed
 * mode. Else it is the PTE that the other rules judge: found, and `pte` is the word. What is not
 * found has a `pte` of 0, which is no leaf. */
tw_hashed_step observer_word(const tw_control *control, const struct range *range, uint64_t word);

/* True if the word, which leads on for the walk that has read the fewest entries, ends one that has
 * read more: CHECK_CHAIN, since that one has read as many as the table has. */
bool observer_word_may_loop(const tw_control *control, const struct range *range, uint64_t word);

/* ---- hashed mode, for observer*.c alone ---- */

/* A write to HASH_TABLE or HASH_ANCHORS, which keep their fields if the mode is built. */
void observer_write_hash(struct observer *observer, unsigned offset, uint64_t value);
/* What the walk may do next, now that its read is answered: a set of next_access. */
unsigned observer_after_word(const struct observer *observer, const struct step *step);
/* The walk goes on: keeps those ranges whose next entry is at the step's address, and whose page
 * some request waits for: whoever began a walk is in flight until it ends. */
void observer_follow(const struct observer *observer, struct step *step);
/* The walk begins, at the anchor of some request that waits. */
void observer_begin_at_anchor(const struct observer *observer, struct step *step);

/* Adds a range unless it is there already; of two walks that differ in G alone the global one may
 * do all that the other may. Two that differ in the entries read before become one. */
void observer_add_range(struct step *step, const struct range *range);

#endif
