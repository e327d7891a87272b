/*
 * request_port.c: look up, judge, answer, or ask for a walk.
 *
 * Invariant: every accepted request is in exactly one place: the queue, the walker, the pending
 * answer or the answer register.
 */
#include "model/cycle/request_port.h"

#include <stddef.h>

#include "tablewalk/pins.h"

static const struct answer no_answer;

void request_port_reset(struct request_port *port, unsigned entries, unsigned misses)
{
    tlb_reset(&port->tlb, entries);
    miss_queue_reset(&port->queue, misses);
    port->answer = no_answer;
    port->pending = no_answer;
}

bool request_port_ready(const struct request_port *port, bool drain)
{
    return !port->pending.valid && miss_queue_replay(&port->queue) == NULL &&
           !miss_queue_full(&port->queue) && !drain;
}

bool request_port_idle(const struct request_port *port)
{
    return port->queue.count == 0 && !port->pending.valid;
}

/* ---- answers --------------------------------------------------------------------------------- */

static struct answer answer_untranslated(const struct request *request)
{
    const uint64_t pa_bits = (UINT64_C(1) << TW_PA_BITS) - 1;
    return (struct answer){.valid = true, .id = request->id, .pa = request->body.va & pa_bits};
}

static struct answer answer_leaf(const struct request *request, uint64_t pte, unsigned size)
{
    return (struct answer){.valid = true,
                           .id = request->id,
                           .pa = leaf_pa(pte, size, request->body.va),
                           .pbmt = pte_pbmt(pte),
                           .size = size};
}

static struct answer answer_fault(const struct fault *fault)
{
    return (struct answer){.valid = true,
                           .id = fault->request.id,
                           .cause = check_cause(fault->check, fault->request.body.op),
                           .fault = *fault};
}

/* Rule 5. */
static struct answer answer_walk(const struct walk_done *done)
{
    if (done->check == CHECK_NONE)
        return answer_leaf(&done->request, done->pte, done->size);
    return answer_fault(&(struct fault){.request = done->request,
                                        .level = done->level,
                                        .check = done->check,
                                        .pte_addr = done->pte_addr});
}

/* ---- the lookup of this cycle ---------------------------------------------------------------- */

/* Rules 1 and 2: the replayed entry, else the pins, else NULL. */
static const struct request *whose_turn(const struct request_port *port,
                                        const struct request_port_in *in, bool *replay)
{
    const struct request *offer = port->pending.valid ? NULL : miss_queue_replay(&port->queue);
    *replay = offer != NULL;
    if (offer != NULL)
        return offer;
    return in->req_valid && request_port_ready(port, in->drain) ? &in->req : NULL;
}

/* An entry that forbids the access, or still lacks A or D, is a miss: the walk sees what memory
 * says. */
static bool entry_serves(uint64_t pte, const tw_request *r)
{
    return leaf_grants(pte, r->op, r->priv, r->sum, r->mxr) && pte_touched(pte, r->op);
}

void request_port_lookup(const struct request_port *port, const struct request_port_in *in,
                         struct lookup *lookup)
{
    lookup->verdict = LOOKUP_NONE;
    lookup->request = whose_turn(port, in, &lookup->replay);
    if (lookup->request == NULL)
        return;

    const tw_request *body = &lookup->request->body;
    const unsigned mode = satp_mode(in->satp);
    if (body->priv == PRIV_M || mode == MODE_BARE) {
        lookup->verdict = LOOKUP_PLAIN;
        lookup->answer = answer_untranslated(lookup->request);
        return;
    }
    if (!va_canonical(mode, body->va)) {
        lookup->verdict = LOOKUP_PLAIN;
        lookup->answer =
            answer_fault(&(struct fault){.request = *lookup->request, .check = CHECK_CANONICAL});
        return;
    }
    const struct tlb_match match = tlb_lookup(&port->tlb, in->satp, body->va);
    if (!match.valid || !entry_serves(match.pte, body)) {
        lookup->verdict = LOOKUP_MISS;
        return;
    }
    lookup->verdict = LOOKUP_HIT;
    lookup->way = match.way;
    lookup->answer = answer_leaf(lookup->request, match.pte, match.size);
}

struct port_events request_port_events(const struct request_port *port,
                                       const struct request_port_in *in,
                                       const struct lookup *lookup)
{
    const bool ready = request_port_ready(port, in->drain);
    const bool hit = lookup->verdict == LOOKUP_HIT;
    return (struct port_events){.request = in->req_valid && ready,
                                .stall = in->req_valid && !ready,
                                .hit = hit && !lookup->replay,
                                .merge = hit && lookup->replay};
}

/* ---- the edge -------------------------------------------------------------------------------- */

static void clock_tlb(struct request_port *port, const struct request_port_in *in,
                      const struct lookup *lookup)
{
    const bool hit = lookup->verdict == LOOKUP_HIT;
    const bool fill = in->done_valid && in->done->check == CHECK_NONE;
    if (!hit && !fill && !in->fence->valid)
        return;
    struct tlb_in tlb = {.satp = in->satp, .hit = hit, .fill_valid = fill, .fence = in->fence};
    if (hit)
        tlb.hit_way = lookup->way;
    if (fill) {
        tlb.fill_va = in->done->request.body.va;
        tlb.fill_pte = in->done->pte;
        tlb.fill_size = in->done->size;
        tlb.fill_global = in->done->global;
    }
    tlb_clock(&port->tlb, &tlb);
}

/* Rule 4. */
static void clock_queue(struct request_port *port, const struct request_port_in *in,
                        const struct lookup *lookup)
{
    const bool lookup_valid = lookup->verdict != LOOKUP_NONE;
    const bool waits = lookup->verdict == LOOKUP_MISS && !in->miss_grant;
    if (!lookup_valid && !in->wake)
        return;
    miss_queue_clock(&port->queue,
                     &(struct miss_queue_in){.enqueue = waits && !lookup->replay,
                                             .sleep = waits && lookup->replay,
                                             .dequeue = lookup_valid && !waits && lookup->replay,
                                             .wake = in->wake,
                                             .request = lookup->request});
}

/* Rule 6. */
static void clock_answer(struct request_port *port, const struct request_port_in *in,
                         const struct lookup *lookup)
{
    const bool answered = lookup->verdict == LOOKUP_PLAIN || lookup->verdict == LOOKUP_HIT;
    const bool taken = port->pending.valid || answered;
    if (port->pending.valid)
        port->answer = port->pending;
    else if (answered)
        port->answer = lookup->answer;
    else if (in->done_valid)
        port->answer = answer_walk(in->done);
    else if (port->answer.valid)
        port->answer = no_answer;

    if (in->done_valid && taken)
        port->pending = answer_walk(in->done);
    else if (port->pending.valid)
        port->pending = no_answer;
}

void request_port_clock(struct request_port *port, const struct request_port_in *in,
                        const struct lookup *lookup)
{
    clock_tlb(port, in, lookup);
    clock_queue(port, in, lookup);
    clock_answer(port, in, lookup);
}
