/*
 * walker.c: read a PTE, decide, go down or finish; set A and D by compare-and-swap.
 *
 * Invariant: at most one memory access is under way, and only in WAIT or SWAP_WAIT. `restart`
 * is set only while busy.
 */
#include "model/cycle/walker.h"

#include <assert.h>

enum { WALKER_ID = 0 }; /* the id of its memory requests */

const char *tw_walk_state_name(unsigned state)
{
    static const char *const names[] = {[WALK_IDLE] = "IDLE",
                                        [WALK_READ] = "READ",
                                        [WALK_WAIT] = "WAIT",
                                        [WALK_SWAP] = "SWAP",
                                        [WALK_SWAP_WAIT] = "SWAP_WAIT"};
    return state < sizeof names / sizeof names[0] ? names[state] : "?";
}

void walker_reset(struct walker *walker)
{
    *walker = (struct walker){.state = WALK_IDLE};
}

bool walker_idle(const struct walker *walker)
{
    return walker->state == WALK_IDLE;
}

bool walker_fence_busy(const struct walker *walker)
{
    return walker->restart;
}

unsigned walker_level(const struct walker *walker)
{
    return walker_idle(walker) ? 0 : walker->level;
}

void walker_pins(const struct walker *walker, const tw_control *control, tw_out *out)
{
    const bool swap = walker->state == WALK_SWAP;
    const bool valid = walker->state == WALK_READ || swap;
    out->mem_req_valid = valid;
    out->mem_req_id = WALKER_ID;
    out->mem_req_op = swap;
    out->mem_req_size = valid && satp_mode(control->satp) != MODE_SV32;
    out->mem_req_addr = valid ? walker->addr : 0;
    out->mem_req_expected = swap ? walker->pte : 0;
    out->mem_req_desired = swap ? pte_touch(walker->pte, walker->request.body.op) : 0;
}

/* ---- decisions, in the cycle of the memory's answer ------------------------------------------ */

static struct walk_step finish(tw_check check, uint64_t pte)
{
    return (struct walk_step){.kind = STEP_FINISH, .check = check, .pte = pte};
}

static struct walk_step decide_wait(const struct walker *walker, const struct walker_in *in)
{
    const uint64_t pte = in->mem_resp_data;
    const tw_request *body = &walker->request.body;
    if (in->mem_resp_error)
        return finish(CHECK_READ, 0);
    const tw_check check = tw_judge(in->control, body, pte, walker->level);
    if (check != CHECK_NONE)
        return finish(check, pte);
    if (pte_is_pointer(pte))
        return (struct walk_step){.kind = STEP_DOWN, .pte = pte};
    if (pte_touched(pte, body->op))
        return finish(CHECK_NONE, pte);
    return (struct walk_step){.kind = STEP_SWAP, .pte = pte};
}

static struct walk_step decide_swap_wait(const struct walker *walker, const struct walker_in *in)
{
    if (in->mem_resp_error)
        return finish(CHECK_SWAP, walker->pte);
    if (in->mem_resp_swapped)
        return finish(CHECK_NONE, pte_touch(walker->pte, walker->request.body.op));
    if (walker->retries + 1 == SWAP_TRIES)
        return finish(CHECK_RETRIES, walker->pte);
    return (struct walk_step){.kind = STEP_RETRY};
}

/* One with another id, or unasked for, is ignored. */
static bool answered(const struct walker *walker, const struct walker_in *in)
{
    return in->mem_resp_valid && in->mem_resp_id == WALKER_ID &&
           (walker->state == WALK_WAIT || walker->state == WALK_SWAP_WAIT);
}

struct walk_step walker_decide(const struct walker *walker, const struct walker_in *in)
{
    if (!answered(walker, in))
        return (struct walk_step){.kind = STEP_NONE};
    if (in->fence_valid || walker->restart)
        return (struct walk_step){.kind = STEP_RESTART};
    return walker->state == WALK_WAIT ? decide_wait(walker, in) : decide_swap_wait(walker, in);
}

void walker_done(const struct walker *walker, const struct walker_in *in,
                 const struct walk_step *step, struct walk_done *done)
{
    done->valid = step->kind == STEP_FINISH;
    if (!done->valid)
        return;
    *done = (struct walk_done){
        .valid = true,
        .port = walker->port,
        .request = walker->request,
        .level = walker->level,
        .check = step->check,
        .pte_addr = walker->addr,
        .pte = step->pte,
        .size = leaf_size(satp_mode(in->control->satp), step->pte, walker->level),
        .global = walker->global || pte_bit(step->pte, PTE_G)};
}

struct walker_events walker_events(const struct walker *walker, const struct walker_in *in)
{
    const bool compared =
        walker->state == WALK_SWAP_WAIT && answered(walker, in) && !in->mem_resp_error;
    const bool busy = !walker_idle(walker);
    return (struct walker_events){.start = in->start->valid,
                                  .busy = busy,
                                  .read = walker->state == WALK_READ && in->mem_req_ready,
                                  .swap = compared && in->mem_resp_swapped,
                                  .retry = compared && !in->mem_resp_swapped,
                                  .restart = in->fence_valid && busy && !walker->restart};
}

/* ---- the edge -------------------------------------------------------------------------------- */

/* To READ of `level` in the table at page number `table`. */
static void read_level(struct walker *walker, const tw_control *control, uint64_t table,
                       unsigned level)
{
    const unsigned mode = satp_mode(control->satp);
    walker->state = WALK_READ;
    walker->level = level;
    walker->addr = pte_address(mode, table, walker->request.body.va, level);
}

static void read_root(struct walker *walker, const tw_control *control)
{
    const unsigned levels = mode_levels(satp_mode(control->satp));
    assert(levels != 0);
    read_level(walker, control, satp_ppn(control->satp), levels - 1);
    walker->global = false;
}

static void start(struct walker *walker, const struct walker_in *in)
{
    walker->port = in->start->port;
    walker->request = in->start->request;
    walker->retries = 0;
    walker->restart = false;
    read_root(walker, in->control);
}

static void take_step(struct walker *walker, const struct walker_in *in,
                      const struct walk_step *step)
{
    const bool global = walker->global || pte_bit(step->pte, PTE_G);
    switch (step->kind) {
    case STEP_NONE:
        walker->restart |= in->fence_valid;
        break;
    case STEP_RESTART:
        walker->restart = false;
        read_root(walker, in->control);
        break;
    case STEP_RETRY:
        walker->retries++;
        read_root(walker, in->control);
        break;
    case STEP_DOWN:
        walker->global = global;
        read_level(walker, in->control, pte_ppn(step->pte), walker->level - 1);
        break;
    case STEP_SWAP:
        walker->global = global;
        walker->pte = step->pte;
        walker->state = WALK_SWAP;
        break;
    case STEP_FINISH:
        walker->state = WALK_IDLE;
        break;
    }
}

void walker_clock(struct walker *walker, const struct walker_in *in, const struct walk_step *step)
{
    switch (walker->state) {
    case WALK_IDLE: /* waits for a start; one in the cycle of a fence needs no restart */
        if (in->start->valid)
            start(walker, in);
        break;
    case WALK_READ: /* asks memory for the PTE */
    case WALK_SWAP: /* asks memory to swap it */
        walker->restart |= in->fence_valid;
        if (in->mem_req_ready)
            walker->state = walker->state == WALK_READ ? WALK_WAIT : WALK_SWAP_WAIT;
        break;
    case WALK_WAIT: /* waits for the answer, decides */
    case WALK_SWAP_WAIT:
        take_step(walker, in, step);
        break;
    }
}
