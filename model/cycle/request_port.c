/*
 * request_port.c: look up, judge, answer, or ask for more.
 *
 * Invariant: every accepted request is in exactly one place: the queue, a walker, the pending
 * answer or the answer register.
 */
#include "model/cycle/request_port.h"

#include <stddef.h>

#include "model/cycle/page.h"
#include "tablewalk/pins.h"

static const struct answer no_answer;

void request_port_reset(struct request_port *port, unsigned entries, unsigned misses)
{
    tlb_reset(&port->tlb, entries);
    miss_queue_reset(&port->queue, misses);
    port->answer = no_answer;
    port->pending = no_answer;
}

/* ---- answers, each written in place ---------------------------------------------------------- */

static void answer_nothing(struct answer *answer)
{
    answer->valid = false;
    answer->id = 0;
    answer->pa = 0;
    answer->pbmt = answer->size = 0;
    answer->cause = CAUSE_NONE;
}

static void answer_untranslated(struct answer *answer, const struct request *request)
{
    answer_nothing(answer);
    answer->valid = true;
    answer->id = request->id;
    answer->pa = request->body.va & ((UINT64_C(1) << TW_PA_BITS) - 1);
}

static void answer_leaf(struct answer *answer, const struct request *request, uint64_t pte,
                        unsigned size)
{
    answer->valid = true;
    answer->id = request->id;
    answer->pa = leaf_pa(pte, size, request->body.va);
    answer->pbmt = pte_pbmt(pte);
    answer->size = size;
    answer->cause = CAUSE_NONE;
}

static void answer_fault(struct answer *answer, const struct fault *fault)
{
    answer_nothing(answer);
    answer->valid = true;
    answer->id = fault->request.id;
    answer->cause = check_cause(fault->check, fault->request.body.op);
    answer->fault = *fault;
}

/* Rule 5. */
static void answer_late(struct answer *answer, const struct done *done)
{
    if (done->check == CHECK_NONE)
        answer_leaf(answer, done->request, done->pte, done->size);
    else
        answer_fault(answer, &(struct fault){.request = *done->request,
                                             .level = done->level,
                                             .check = done->check,
                                             .pte_addr = done->pte_addr});
}

/* ---- the lookup of this cycle ---------------------------------------------------------------- */

/* Whom rules 1 and 2 choose. */
static void choose(const struct request_port *port, const struct request_port_in *in,
                   struct miss *who)
{
    if (who->replay) {
        who->slot = miss_queue_replay(&port->queue, in->walker_idle);
        who->request = &port->queue.request[who->slot];
    } else {
        who->slot = miss_queue_free_slot(&port->queue);
        who->request = &in->req;
    }
}

/* Rule 3, but for what a segment refuses. */
static void look_up(const struct request_port *port, uint64_t satp, struct lookup *lookup)
{
    const tw_request *body = &lookup->who.request->body;
    const unsigned mode = satp_mode(satp);
    if (body->priv == PRIV_M || mode == MODE_BARE) {
        lookup->verdict = LOOKUP_UNTRANSLATED;
        return;
    }
    if (!va_canonical(mode, body->va)) {
        lookup->verdict = LOOKUP_NOT_CANONICAL;
        return;
    }
    const struct tlb_match match = tlb_lookup(&port->tlb, satp, body->va);
    if (!match.valid || !leaf_serves(match.pte, body)) {
        lookup->verdict = LOOKUP_MISS;
        return;
    }
    lookup->verdict = LOOKUP_HIT;
    lookup->way = match.way;
    lookup->size = match.size;
    lookup->pte = match.pte;
}

void request_port_look_up(const struct request_port *port, const struct request_port_in *in,
                          struct lookup *lookup)
{
    choose(port, in, &lookup->who);
    if (in->req_check != CHECK_NONE && !lookup->who.replay) {
        lookup->verdict = LOOKUP_REFUSED;
        return;
    }
    look_up(port, in->satp, lookup);
    if (lookup->verdict == LOOKUP_HIT)
        lookup->events |= lookup->who.replay ? EVENT_MERGE : EVENT_HIT;
}

/* ---- the edge -------------------------------------------------------------------------------- */

/* Rule 4. */
static void clock_miss(struct request_port *port, const struct miss *who, bool grant)
{
    if (!who->replay)
        miss_queue_enqueue(&port->queue, who->slot, who->request);
    if (grant)
        miss_queue_grant(&port->queue, who->slot);
}

/* The request on the pins faults before it is an address. */
static void answer_refused(struct answer *answer, const struct request_port_in *in)
{
    struct fault fault = {.request = in->req, .check = in->req_check, .seg = in->req_seg};
    fault.request.body.va = in->req_offset;
    answer_fault(answer, &fault);
}

/* The lookup of this cycle, but for what the TLB learns of it. True if it is answered. */
static bool clock_lookup(struct request_port *port, const struct request_port_in *in,
                         const struct lookup *lookup)
{
    const struct miss *who = &lookup->who;
    switch (lookup->verdict) {
    case LOOKUP_NONE:
        return false;
    case LOOKUP_MISS:
        clock_miss(port, who, in->miss_grant);
        return false;
    case LOOKUP_REFUSED:
        answer_refused(&port->answer, in);
        break;
    case LOOKUP_HIT:
        answer_leaf(&port->answer, who->request, lookup->pte, lookup->size);
        break;
    case LOOKUP_UNTRANSLATED:
        answer_untranslated(&port->answer, who->request);
        break;
    case LOOKUP_NOT_CANONICAL:
        answer_fault(&port->answer,
                     &(struct fault){.request = *who->request, .check = CHECK_CANONICAL});
        break;
    }
    if (who->replay)
        miss_queue_dequeue(&port->queue, who->slot);
    return true;
}

static void clock_tlb(struct request_port *port, const struct request_port_in *in,
                      const struct lookup *lookup)
{
    struct tlb_in tlb = {
        .satp = in->satp, .hit = lookup->verdict == LOOKUP_HIT, .fence = in->fence};
    if (tlb.hit)
        tlb.hit_way = lookup->way;
    if (in->done != NULL && in->done->check == CHECK_NONE) {
        tlb.fill_valid = true;
        tlb.fill_va = in->done->request->body.va;
        tlb.fill_pte = in->done->pte;
        tlb.fill_size = in->done->size;
        tlb.fill_global = in->done->global;
    }
    tlb_clock(&port->tlb, &tlb);
}

/* Rule 6, after the lookup. */
static void clock_answer(struct request_port *port, const struct done *done, bool answered)
{
    bool taken = answered;
    if (port->pending.valid) {
        port->answer = port->pending;
        port->pending.valid = false;
        taken = true;
    }
    if (done != NULL)
        answer_late(taken ? &port->pending : &port->answer, done);
    else if (!taken)
        answer_nothing(&port->answer);
}

void request_port_clock(struct request_port *port, const struct request_port_in *in,
                        const struct lookup *lookup)
{
    const bool answered = clock_lookup(port, in, lookup);
    if (lookup->verdict == LOOKUP_HIT || in->done != NULL || in->fence->valid)
        clock_tlb(port, in, lookup);
    clock_answer(port, in->done, answered);
}
