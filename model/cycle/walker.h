/* walker.h: one walk at a time. The contract is docs/blocks/walker.md. */
#ifndef MODEL_CYCLE_WALKER_H
#define MODEL_CYCLE_WALKER_H

#include "model/cycle/hash_walker.h"
#include "model/cycle/wires.h"
#include "tablewalk/pins.h"
#include "tablewalk/states.h"

struct walker {
    unsigned state; /* WALK_IDLE and so on */
    unsigned port;  /* NO_PORT: the walk is a prefetch */
    bool unasked;   /* it is one, and nobody has merged with it yet */
    struct request request;
    unsigned level;
    uint64_t addr;           /* of the PTE */
    uint64_t pte;            /* the word as read, while it is being swapped */
    bool global;             /* G seen so far on the way down */
    unsigned way;            /* where the second level shall keep the result */
    unsigned retries;        /* failed compares of this walk */
    bool restart;            /* a fence came: the memory access under way does not count */
    struct hash_walker hash; /* of hashed mode alone */
};

/* Combinational: what the memory's answer of this cycle means for the walk. */
struct walk_step {
    enum {
        STEP_RESTART, /* to the root, because of a fence; a walk that is unasked ends */
        STEP_RETRY,   /* to the root, because the compare failed */
        STEP_DOWN,    /* to the next level */
        STEP_FOLLOW,  /* to the next entry of a hashed chain */
        STEP_SWAP,    /* to set A and D */
        STEP_FINISH   /* to the port, with `check` */
    } kind;
    tw_check check;
    uint64_t pte;  /* what the step is about: the pointer, the leaf, or the leaf as swapped */
    uint64_t word; /* of STEP_FOLLOW and STEP_SWAP: what memory holds */
};

void walker_reset(struct walker *walker);

/* Functions of state. */
static inline bool walker_prefetches(const struct walker *walker)
{
    return walker->port == NO_PORT;
}

static inline bool walker_idle(const struct walker *walker)
{
    return walker->state == WALK_IDLE;
}

static inline bool walker_requests(const struct walker *walker)
{
    return walker->state == WALK_READ || walker->state == WALK_SWAP;
}

static inline bool walker_listens(const struct walker *walker)
{
    return walker->state == WALK_WAIT || walker->state == WALK_SWAP_WAIT;
}

/* The walks under `control` are those of hashed mode. */
static inline bool walker_hashed(const tw_control *control)
{
    return satp_mode(control->satp) == MODE_HASHED;
}

/* `event_read` and `event_probe` of a read that memory takes. */
static inline unsigned walker_read_events(const struct walker *walker, const tw_control *control)
{
    const bool probe = walker_hashed(control) && hash_walker_probing(&walker->hash);
    return probe ? EVENT_READ | EVENT_PROBE : EVENT_READ;
}

/* `event_chain` of STEP_FINISH, a bit for a number. */
static inline unsigned walker_chain_event(const struct walker *walker, const tw_control *control)
{
    return walker_hashed(control) ? event_chain(hash_walker_chain(&walker->hash)) : 0;
}

/* `page_busy`. */
static inline bool walker_on_page(const struct walker *walker, uint64_t va)
{
    return !walker_idle(walker) & ((walker->request.body.va ^ va) >> PAGE_SHIFT == 0);
}

/* Fills the mem_req_* pins but the id. The walker requests; `control` says how wide a PTE is. */
void walker_pins(const struct walker *walker, const tw_control *control, tw_out *out);

/* What the answer on the pins mem_resp_* means for a walker that listens. */
void walker_decide(const struct walker *walker, const tw_control *control, bool fence_valid,
                   const tw_in *pins, struct walk_step *step);

/* `done_*` of STEP_FINISH, `pointer_*` of STEP_DOWN. */
void walker_done(const struct walker *walker, const tw_control *control,
                 const struct walk_step *step, struct done *done);
void walker_pointer(const struct walker *walker, const struct walk_step *step,
                    struct pointer *pointer);

/*
 * The edge, as far as something happens: a walk starts, the memory takes the request, the memory
 * answers, a fence meets a walker that is busy and not answered (of the last and a taken request
 * the fence comes first). A request that merges comes before all of them. `control` does not change
 * while a walker is busy.
 */
static inline void walker_merge(struct walker *walker)
{
    walker->unasked = false;
}

void walker_start(struct walker *walker, const tw_control *control, const struct walk_start *start);
void walker_taken(struct walker *walker);
void walker_answered(struct walker *walker, const tw_control *control,
                     const struct walk_step *step);
void walker_fence(struct walker *walker, const tw_control *control, bool selected);

#endif
