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
    struct answer pending; /* a finished walk's, that found the register taken */
};

/* Wires into the port. request_port_lookup reads the first group; the second may follow from it. */
struct request_port_in {
    bool req_valid;
    struct request req;
    uint64_t satp;
    bool drain;

    bool miss_grant;
    bool done_valid; /* `done` is for this port */
    const struct walk_done *done;
    bool wake;
    const struct fence *fence;
};

/* Combinational: what the lookup of this cycle finds (rules 1 to 3). */
struct lookup {
    enum {
        LOOKUP_NONE,  /* there is none */
        LOOKUP_PLAIN, /* answered without the TLB: untranslated or not canonical */
        LOOKUP_HIT,
        LOOKUP_MISS
    } verdict;
    bool replay;                   /* the queue's entry, not the pins' */
    unsigned way;                  /* of a hit */
    const struct request *request; /* in the port or its inputs; NULL if there is no lookup */
    struct answer answer;          /* of LOOKUP_PLAIN and LOOKUP_HIT */
};

void request_port_reset(struct request_port *port, unsigned entries, unsigned misses);

bool request_port_ready(const struct request_port *port, bool drain);
bool request_port_idle(const struct request_port *port);

void request_port_lookup(const struct request_port *port, const struct request_port_in *in,
                         struct lookup *lookup);

/* `lookup` is what request_port_lookup gave for the same state and inputs. */
struct port_events request_port_events(const struct request_port *port,
                                       const struct request_port_in *in,
                                       const struct lookup *lookup);
void request_port_clock(struct request_port *port, const struct request_port_in *in,
                        const struct lookup *lookup);

#endif
