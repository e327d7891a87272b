/*
 * cpu_inside.h: what the files of the processor port share. Nobody else includes it.
 *
 * The window is a ring of accesses in program order, `oldest` to `next`; access n stands in place n
 * modulo WINDOW, which is its id on its port too. Invariant: `in_flight` accesses are OFFERED or
 * TAKEN; at most one a port is OFFERED, and stays on the pins until it is taken.
 */
#ifndef TB_CPU_INSIDE_H
#define TB_CPU_INSIDE_H

#include "tb/cpu.h"
#include "tb/patience.h"

enum {
    WINDOW = CPU_OUTSTANDING_MAX,
    PER_REFERENCE = 4, /* accesses of a modify that crosses a page */
    TRAPS_MAX = 1000   /* in a row without any access taking effect */
};

enum access_state { WAITING, OFFERED, TAKEN, ANSWERED };

struct access {
    enum access_state state;
    cpu_access asked;
    uint64_t pa;
    unsigned fault;
    unsigned selector, number; /* of the segment, and of its register when it was offered */
    uint64_t offset;           /* what the request carries: the flat `va` without segments */
};

struct cpu {
    tw_machine *machine;
    cpu_data data;
    cpu_trap trap;
    cpu_segments segments; /* without functions: there are none */
    unsigned outstanding, in_flight;
    struct access window[WINDOW];
    uint64_t oldest, next;
    cpu_context *process; /* that runs */
    patience patience;
    cpu_counts counts;
};

static inline struct access *access_at(cpu *c, uint64_t n)
{
    return &c->window[n % WINDOW];
}

static inline unsigned port_of(tw_op op)
{
    return op == OP_FETCH ? TW_FETCH : TW_DATA;
}

/* cpu_window.c: puts what is put aside into the window, which is empty. */
tw_status cpu_take_up(cpu *c, tw_error *error);

/* cpu_window.c: puts all of the window aside, and it is empty. Nothing may be in flight. */
void cpu_put_aside(cpu *c);

/* cpu_window.c: puts references of the stream into the window while it has room for one, at most
 * *references of them, which it counts down. *more becomes false when the stream has no more. */
tw_status cpu_fill(cpu *c, const cpu_stream *stream, uint64_t *references, bool *more,
                   tw_error *error);

/* cpu_requests.c: drives the request pins of this cycle. */
tw_status cpu_offer(cpu *c, tw_error *error);

/* cpu_requests.c: loads the descriptor of the oldest access that is not answered, if that has to
 * be. */
tw_status cpu_load_register(cpu *c, tw_error *error);

#endif
