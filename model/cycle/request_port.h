/* request_port.h: one request port from request to answer. The contract is
 * docs/blocks/request_port.md. */
#ifndef MODEL_CYCLE_REQUEST_PORT_H
#define MODEL_CYCLE_REQUEST_PORT_H

#include "model/cycle/miss_queue.h"
#include "model/cycle/tlb.h"
#include "model/cycle/wires.h"

struct request_port {
    struct tlb tlb;
    struct miss_queue queue;
    struct answer answer;  /* on the pins in this cycle */
    struct answer pending; /* a late one, that found the register taken */
};

/* Wires into the port. request_port_lookup reads the first group; the second may follow from it. */
struct request_port_in {
    bool req_valid;
    struct request req;
    tw_check req_check;  /* what segment_unit says of it */
    uint64_t req_offset; /* this and the one below count only if that is not CHECK_NONE */
    unsigned req_seg;
    uint64_t satp;
    bool drain;
    bool walker_idle;

    bool miss_grant;
    const struct done *done; /* NULL while not valid */
    const struct fence *fence;
};

/* Combinational: what the lookup of this cycle finds (rules 1 to 3). */
struct lookup {
    enum {
        LOOKUP_NONE,         /* there is none */
        LOOKUP_REFUSED,      /* its segment refuses it */
        LOOKUP_UNTRANSLATED, /* answered without the TLB */
        LOOKUP_NOT_CANONICAL,
        LOOKUP_HIT,
        LOOKUP_MISS
    } verdict;
    unsigned events; /* `event_*` */
    struct miss who; /* who looks up, in the port or its inputs; the `miss_*` of LOOKUP_MISS */
    unsigned way;    /* this and the two below: of LOOKUP_HIT */
    unsigned size;
    uint64_t pte;
};

void request_port_reset(struct request_port *port, unsigned entries, unsigned misses);

/* Functions of state. */
static inline bool request_port_ready(const struct request_port *port, bool drain, bool walker_idle)
{
    const bool waits = port->pending.valid | miss_queue_full(&port->queue) | drain;
    return (miss_queue_offers(&port->queue, walker_idle) | waits) == 0;
}

static inline bool request_port_idle(const struct request_port *port)
{
    return port->queue.count == 0 && !port->pending.valid;
}

void request_port_look_up(const struct request_port *port, const struct request_port_in *in,
                          struct lookup *lookup);

/* Rules 1 and 2: the replayed entry, else the pins, if there is a lookup. */
static inline void request_port_lookup(const struct request_port *port,
                                       const struct request_port_in *in, struct lookup *lookup)
{
    const bool ready = request_port_ready(port, in->drain, in->walker_idle);
    const bool offered = miss_queue_offers(&port->queue, in->walker_idle) != 0;
    lookup->verdict = LOOKUP_NONE;
    lookup->events = (ready ? EVENT_REQUEST : EVENT_STALL) & -(unsigned)in->req_valid;
    lookup->who.replay = offered & !port->pending.valid;
    if (lookup->who.replay | (in->req_valid & ready))
        request_port_look_up(port, in, lookup);
}

/* `lookup` is what request_port_lookup gave for the same state and inputs. */
void request_port_clock(struct request_port *port, const struct request_port_in *in,
                        const struct lookup *lookup);

/* The rest of the edge, as far as it happens: `settle_*` and `wake_*`, in this order and after
 * request_port_clock. */
static inline void request_port_settle(struct request_port *port, const struct settle *verdict)
{
    miss_queue_settle(&port->queue, verdict);
}

static inline void request_port_wake(struct request_port *port, unsigned walker)
{
    miss_queue_wake(&port->queue, walker);
}

#endif
