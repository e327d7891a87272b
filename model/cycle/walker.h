/* walker.h: one walk at a time. The contract is docs/blocks/walker.md. */
#ifndef MODEL_CYCLE_WALKER_H
#define MODEL_CYCLE_WALKER_H

#include "model/cycle/wires.h"
#include "tablewalk/pins.h"
#include "tablewalk/states.h"

struct walker {
    unsigned state; /* WALK_IDLE and so on */
    unsigned port;
    struct request request;
    unsigned level;
    uint64_t addr;    /* of the PTE */
    uint64_t pte;     /* as read, while it is being swapped */
    bool global;      /* G seen so far on the way down */
    unsigned retries; /* failed compares of this walk */
    bool restart;     /* a fence came: the memory access under way does not count */
};

struct walker_in {
    const struct walk_start *start; /* valid only while idle */
    const tw_control *control;      /* does not change while busy */
    bool fence_valid;
    bool mem_req_ready;
    bool mem_resp_valid;
    unsigned mem_resp_id;
    uint64_t mem_resp_data;
    bool mem_resp_swapped, mem_resp_error;
};

/* Combinational: what the memory's answer of this cycle means for the walk. */
struct walk_step {
    enum {
        STEP_NONE,    /* no answer */
        STEP_RESTART, /* to the root, because of a fence */
        STEP_RETRY,   /* to the root, because the compare failed */
        STEP_DOWN,    /* to the next level */
        STEP_SWAP,    /* to set A and D */
        STEP_FINISH   /* to the port, with `check` */
    } kind;
    tw_check check;
    uint64_t pte; /* what the step is about: the pointer, the leaf, or the leaf as swapped */
};

void walker_reset(struct walker *walker);

bool walker_idle(const struct walker *walker);
bool walker_fence_busy(const struct walker *walker);

/* Observation: 0 while idle. */
unsigned walker_level(const struct walker *walker);

/* Fills the mem_req_* pins. `control` says how wide a PTE is. */
void walker_pins(const struct walker *walker, const tw_control *control, tw_out *out);

struct walk_step walker_decide(const struct walker *walker, const struct walker_in *in);

/* `step` is what walker_decide gave for the same state and inputs. */
void walker_done(const struct walker *walker, const struct walker_in *in,
                 const struct walk_step *step, struct walk_done *done);
struct walker_events walker_events(const struct walker *walker, const struct walker_in *in);
void walker_clock(struct walker *walker, const struct walker_in *in, const struct walk_step *step);

#endif
