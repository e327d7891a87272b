/*
 * walker.c: read a PTE, decide, go down or finish; set A and D by compare-and-swap.
 *
 * Invariant: at most one memory access is under way, and only in WAIT or SWAP_WAIT. `restart`
 * is set only while one is, or while its request is on the pins.
 */
#include "model/cycle/walker.h"

#include <assert.h>
#include <stddef.h>

const char *tw_walk_state_name(unsigned state)
{
    static const char *const names[] = {
        [WALK_IDLE] = "IDLE",
        [WALK_READ] = "READ",
        [WALK_WAIT] = "WAIT",
        [WALK_SWAP] = "SWAP",
        [WALK_SWAP_WAIT] = "SWAP_WAIT",
        [WALK_PREFETCH | WALK_READ] = "PREFETCH_READ",
        [WALK_PREFETCH | WALK_WAIT] = "PREFETCH_WAIT",
        [WALK_PREFETCH | WALK_SWAP] = "PREFETCH_SWAP",
        [WALK_PREFETCH | WALK_SWAP_WAIT] = "PREFETCH_SWAP_WAIT",
    };
    const bool known = state < sizeof names / sizeof names[0] && names[state] != NULL;
    return known ? names[state] : "?";
}

void walker_reset(struct walker *walker)
{
    *walker = (struct walker){.state = WALK_IDLE};
}

void walker_pins(const struct walker *walker, const tw_control *control, tw_out *out)
{
    const bool swap = walker->state == WALK_SWAP;
    out->mem_req_valid = true;
    out->mem_req_op = swap;
    out->mem_req_size = mode_pte_shift(satp_mode(control->satp)) == 3;
    out->mem_req_addr = walker->addr;
    out->mem_req_expected = swap ? walker->pte : 0;
    out->mem_req_desired = swap ? pte_touch(walker->pte, walker->request.body.op) : 0;
}

/* ---- decisions, in the cycle of the memory's answer ------------------------------------------ */

static void finish(struct walk_step *step, tw_check check, uint64_t pte)
{
    step->kind = STEP_FINISH;
    step->check = check;
    step->pte = pte;
}

/* `word` was read, and is this PTE. */
static void decide_pte(const struct walker *walker, const tw_control *control, uint64_t word,
                       uint64_t pte, struct walk_step *step)
{
    const tw_request *body = &walker->request.body;
    const tw_check check = tw_judge(control, body, pte, walker->level);
    if (check != CHECK_NONE) {
        finish(step, check, pte);
        return;
    }
    finish(step, CHECK_NONE, pte);
    step->word = word;
    if (pte_is_pointer(pte))
        step->kind = STEP_DOWN;
    else if (!pte_touched(pte, body->op) && walker_prefetches(walker))
        step->check = CHECK_TOUCHED; /* as if ADUE were 0: nobody touches the page */
    else if (!pte_touched(pte, body->op))
        step->kind = STEP_SWAP;
}

/* In hashed mode: the anchor, or an entry. */
static void decide_hashed(const struct walker *walker, const tw_control *control, uint64_t word,
                          struct walk_step *step)
{
    const struct hash_verdict verdict =
        hash_walker_judge(&walker->hash, control, walker->request.body.va, word);
    if (verdict.check != CHECK_NONE) {
        finish(step, verdict.check, 0);
    } else if (verdict.more) {
        step->kind = STEP_FOLLOW;
        step->word = word;
    } else {
        decide_pte(walker, control, word, hash_walker_pte(&walker->hash, word), step);
    }
}

static void decide_wait(const struct walker *walker, const tw_control *control, const tw_in *pins,
                        struct walk_step *step)
{
    const uint64_t word = pins->mem_resp_data;
    if (pins->mem_resp_error)
        finish(step, CHECK_READ, 0);
    else if (walker_hashed(control))
        decide_hashed(walker, control, word, step);
    else
        decide_pte(walker, control, word, word, step);
}

/* The leaf as the swap left it. */
static uint64_t swapped_pte(const struct walker *walker, const tw_control *control)
{
    const uint64_t word = pte_touch(walker->pte, walker->request.body.op);
    return walker_hashed(control) ? hash_walker_pte(&walker->hash, word) : word;
}

static void decide_swap_wait(const struct walker *walker, const tw_control *control,
                             const tw_in *pins, struct walk_step *step)
{
    if (pins->mem_resp_error)
        finish(step, CHECK_SWAP, walker->pte);
    else if (pins->mem_resp_swapped)
        finish(step, CHECK_NONE, swapped_pte(walker, control));
    else if (walker->retries + 1 == SWAP_TRIES)
        finish(step, CHECK_RETRIES, walker->pte);
    else
        step->kind = STEP_RETRY;
}

void walker_decide(const struct walker *walker, const tw_control *control, bool fence_valid,
                   const tw_in *pins, struct walk_step *step)
{
    assert(walker_listens(walker));
    if (fence_valid || walker->restart)
        step->kind = STEP_RESTART;
    else if (walker->state == WALK_WAIT)
        decide_wait(walker, control, pins, step);
    else
        decide_swap_wait(walker, control, pins, step);
}

/* G of this PTE or above. */
static bool sticky_global(const struct walker *walker, uint64_t pte)
{
    return walker->global || pte_bit(pte, PTE_G);
}

void walker_done(const struct walker *walker, const tw_control *control,
                 const struct walk_step *step, struct done *done)
{
    done->request = &walker->request;
    done->level = walker->level;
    done->check = step->check;
    done->pte_addr = walker->addr;
    done->pte = step->pte;
    done->size = leaf_size(satp_mode(control->satp), step->pte, walker->level);
    done->global = sticky_global(walker, step->pte);
}

void walker_pointer(const struct walker *walker, const struct walk_step *step,
                    struct pointer *pointer)
{
    pointer->va = walker->request.body.va;
    pointer->level = walker->level;
    pointer->table = pte_ppn(step->pte);
    pointer->global = sticky_global(walker, step->pte);
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

/* To READ of the anchor, which is at the root of hashed mode. */
static void read_anchor(struct walker *walker, const tw_control *control)
{
    hash_walker_enter(&walker->hash);
    walker->state = WALK_READ;
    walker->level = 0;
    walker->addr = hash_walker_anchor_addr(control, walker->request.body.va);
    walker->global = false;
}

static void read_root(struct walker *walker, const tw_control *control)
{
    if (walker_hashed(control)) {
        read_anchor(walker, control);
        return;
    }
    const unsigned levels = mode_levels(satp_mode(control->satp));
    assert(levels != 0);
    read_level(walker, control, satp_ppn(control->satp), levels - 1);
    walker->global = false;
}

/* Because of a fence. Nobody waits for what is unasked. */
static void restart(struct walker *walker, const tw_control *control)
{
    walker->restart = false;
    if (walker->unasked)
        walker->state = WALK_IDLE;
    else
        read_root(walker, control);
}

void walker_start(struct walker *walker, const tw_control *control, const struct walk_start *start)
{
    assert(walker_idle(walker));
    walker->port = start->port;
    walker->unasked = start->port == NO_PORT;
    walker->request = *start->request;
    walker->global = start->global;
    walker->way = start->way;
    walker->retries = 0;
    walker->restart = false;
    if (walker_hashed(control))
        read_anchor(walker, control);
    else
        read_level(walker, control, start->table, start->level);
}

void walker_taken(struct walker *walker)
{
    assert(walker_requests(walker));
    walker->state = walker->state == WALK_READ ? WALK_WAIT : WALK_SWAP_WAIT;
}

void walker_answered(struct walker *walker, const tw_control *control, const struct walk_step *step)
{
    switch (step->kind) {
    case STEP_RESTART:
        restart(walker, control);
        break;
    case STEP_RETRY:
        walker->retries++;
        read_root(walker, control);
        break;
    case STEP_DOWN:
        walker->global = sticky_global(walker, step->pte);
        read_level(walker, control, pte_ppn(step->pte), walker->level - 1);
        break;
    case STEP_FOLLOW:
        hash_walker_follow(&walker->hash, step->word);
        walker->state = WALK_READ;
        walker->addr = hash_walker_next_addr(control, step->word);
        break;
    case STEP_SWAP:
        walker->global = sticky_global(walker, step->pte);
        walker->pte = step->word;
        walker->state = WALK_SWAP;
        break;
    case STEP_FINISH:
        walker->state = WALK_IDLE;
        break;
    }
}

/* An access that is under way, or on the pins, comes to its end and does not count. One that is not
 * yet on the pins is forgotten. */
void walker_fence(struct walker *walker, const tw_control *control, bool selected)
{
    if (selected || walker_listens(walker))
        walker->restart = true;
    else
        restart(walker, control);
}
