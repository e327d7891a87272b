/*
 * cpu.c: the window is a ring of accesses in program order, `oldest` to `next`; access n stands in
 * place n modulo WINDOW, which is its id on its port too. Invariant: `in_flight` accesses are
 * OFFERED or TAKEN; at most one a port is OFFERED, and stays on the pins until it is taken.
 */
#include "tb/cpu.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tablewalk/driver.h"
#include "tablewalk/states.h"
#include "tb/observer.h"
#include "tb/page_store.h"

enum {
    WINDOW = CPU_OUTSTANDING_MAX,
    PER_REFERENCE = 4, /* accesses of a modify that crosses a page */
    TRAPS_MAX = 1000   /* in a row without any access taking effect */
};

enum access_state { WAITING, OFFERED, TAKEN, ANSWERED };

struct access {
    enum access_state state;
    tw_op op;
    uint64_t va, pa;
    unsigned bytes, fault;
    bool last;      /* of its load or store: it and those before take effect together */
    bool completes; /* the reference */
};

struct cpu {
    tw_machine *machine;
    data_monitor *monitor;
    cpu_trap trap;
    unsigned outstanding, in_flight;
    struct access window[WINDOW];
    uint64_t oldest, next;
    unsigned space, traps_in_a_row;
    uint64_t last_event; /* machine cycle in which a request was taken or answered */
    cpu_counts counts;
};

cpu *cpu_open(tw_machine *machine, data_monitor *monitor, cpu_trap trap, unsigned outstanding)
{
    cpu *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    *c = (cpu){.machine = machine, .monitor = monitor, .trap = trap, .outstanding = outstanding};
    return c;
}

void cpu_close(cpu *c)
{
    free(c);
}

const cpu_counts *cpu_statistics(const cpu *c)
{
    return &c->counts;
}

static struct access *at(cpu *c, uint64_t n)
{
    return &c->window[n % WINDOW];
}

static unsigned port_of(tw_op op)
{
    return op == OP_FETCH ? TW_FETCH : TW_DATA;
}

/* ---- filling the window ---------------------------------------------------------------------- */

/* One load, store or fetch: one access, or two if it crosses a page. */
static void push(cpu *c, tw_op op, uint64_t va, unsigned bytes)
{
    unsigned room = PAGE_BYTES - (unsigned)(va % PAGE_BYTES);
    struct access access = {.op = op, .va = va, .bytes = bytes, .last = true};
    if (bytes > room) {
        access.bytes = room;
        access.last = false;
        *at(c, c->next++) = access;
        access.va = va + room;
        access.bytes = bytes - room;
        access.last = true;
    }
    *at(c, c->next++) = access;
}

static void push_reference(cpu *c, const reference *r)
{
    if (r->kind == REFERENCE_FETCH)
        push(c, OP_FETCH, r->va, r->bytes);
    if (r->kind == REFERENCE_LOAD || r->kind == REFERENCE_MODIFY)
        push(c, OP_LOAD, r->va, r->bytes);
    if (r->kind == REFERENCE_STORE || r->kind == REFERENCE_MODIFY)
        push(c, OP_STORE, r->va, r->bytes);
    at(c, c->next - 1)->completes = true;
}

static tw_status fill(cpu *c, const cpu_stream *stream, uint64_t *references, bool *more,
                      tw_error *error)
{
    while (*more && *references > 0 && c->next - c->oldest <= WINDOW - PER_REFERENCE) {
        reference r;
        tw_status status = stream->next(stream->context, &r, more, error);
        if (status != TW_OK)
            return status;
        if (*more) {
            push_reference(c, &r);
            --*references;
        }
    }
    return TW_OK;
}

/* ---- answers and effects --------------------------------------------------------------------- */

static void collect(cpu *c)
{
    const tw_out *out = tw_machine_out(c->machine);
    for (unsigned port = TW_FETCH; port <= TW_DATA; port++) {
        struct answer_pins answer = observer_answer(out, port);
        struct access *access = &c->window[answer.id % WINDOW];
        if (!answer.valid || access->state != TAKEN || port_of(access->op) != port)
            continue;
        access->state = ANSWERED;
        access->pa = answer.pa;
        access->fault = answer.fault;
        c->in_flight--;
        c->last_event = tw_machine_cycle(c->machine);
    }
}

static tw_status take_effect(cpu *c, const struct access *access, tw_error *error)
{
    c->counts.fetches += access->op == OP_FETCH;
    c->counts.loads += access->op == OP_LOAD;
    c->counts.stores += access->op == OP_STORE;
    c->counts.references += access->completes;
    c->traps_in_a_row = 0;
    if (access->op == OP_STORE)
        return data_monitor_store(c->monitor, c->space, access->va, access->pa, access->bytes,
                                  error);
    return data_monitor_load(c->monitor, c->space, access->va, access->pa, access->bytes, error);
}

static bool is_good(const struct access *access)
{
    return access->state == ANSWERED && access->fault == CAUSE_NONE;
}

/* Lets the oldest accesses take effect, as far as they are translated, both halves of one
 * together. */
static tw_status commit(cpu *c, tw_error *error)
{
    for (;;) {
        uint64_t end = c->oldest;
        while (end < c->next && is_good(at(c, end)) && !at(c, end)->last)
            end++;
        if (end == c->next || !is_good(at(c, end)))
            return TW_OK;
        while (c->oldest <= end) {
            tw_status status = take_effect(c, at(c, c->oldest++), error);
            if (status != TW_OK)
                return status;
        }
    }
}

/* ---- requests -------------------------------------------------------------------------------- */

static void drive(tw_in *in, unsigned id, const struct access *access)
{
#define DRIVE(port)                          \
    in->port##_req_valid = 1;                \
    in->port##_req_id = (uint8_t)id;         \
    in->port##_req_va = access->va;          \
    in->port##_req_op = (uint8_t)access->op; \
    in->port##_req_priv = PRIV_U;
    if (access->op == OP_FETCH) {
        DRIVE(fetch)
    } else {
        DRIVE(data)
    }
#undef DRIVE
}

/* The access that the port has to keep on its pins; `next` for none. */
static uint64_t offered(cpu *c, unsigned port)
{
    uint64_t n = c->oldest;
    while (n < c->next && (at(c, n)->state != OFFERED || port_of(at(c, n)->op) != port))
        n++;
    return n;
}

/* The oldest access that the port may begin with now; `next` for none. */
static uint64_t choose(cpu *c, unsigned port)
{
    bool certain = true; /* all older ones are translated: none of them can fault any more */
    for (uint64_t n = c->oldest; n < c->next; n++) {
        const struct access *access = at(c, n);
        if (access->state == ANSWERED && access->fault != CAUSE_NONE)
            break;
        if (port_of(access->op) == port && access->state == WAITING &&
            (certain || access->op != OP_STORE))
            return n;
        certain = certain && access->state == ANSWERED;
    }
    return c->next;
}

static void offer(cpu *c)
{
    const tw_out *out = tw_machine_out(c->machine);
    for (unsigned port = TW_FETCH; port <= TW_DATA; port++) {
        uint64_t n = offered(c, port);
        if (n == c->next && c->in_flight < c->outstanding) {
            n = choose(c, port);
            c->in_flight += n != c->next;
        }
        if (n == c->next)
            continue;
        bool taken = port == TW_FETCH ? out->fetch_req_ready : out->data_req_ready;
        drive(tw_machine_in(c->machine), (unsigned)(n % WINDOW), at(c, n));
        at(c, n)->state = taken ? TAKEN : OFFERED;
        if (taken)
            c->last_event = tw_machine_cycle(c->machine);
    }
}

/* ---- traps ----------------------------------------------------------------------------------- */

/* The access that traps now: it is the oldest that has no translation, and nothing is in flight. */
static const struct access *trapping(cpu *c)
{
    if (c->in_flight > 0)
        return NULL;
    for (uint64_t n = c->oldest; n < c->next && at(c, n)->state == ANSWERED; n++)
        if (at(c, n)->fault != CAUSE_NONE)
            return at(c, n);
    return NULL;
}

static tw_status take_trap(cpu *c, const struct access *access, bool *resume, tw_error *error)
{
    if (++c->traps_in_a_row > TRAPS_MAX)
        return tw_fail(error, TW_TIMEOUT,
                       "the %s at %#" PRIx64 " of process %u trapped %d times without getting "
                       "through: give more with --frames",
                       tw_op_name(access->op), access->va, c->space, TRAPS_MAX);
    c->counts.traps++;
    tw_status status = c->trap.fault(c->trap.context, access->fault, access->va, resume, error);
    if (status != TW_OK)
        return status;
    if (!*resume)
        c->oldest = c->next;
    for (uint64_t n = c->oldest; n < c->next; n++) {
        c->counts.restarts += at(c, n)->state == ANSWERED;
        at(c, n)->state = WAITING;
    }
    c->last_event = tw_machine_cycle(c->machine);
    return TW_OK;
}

/* ---- the loop -------------------------------------------------------------------------------- */

static tw_status check_patience(const cpu *c, tw_error *error)
{
    uint64_t waited = tw_machine_cycle(c->machine) - c->last_event;
    if (waited <= TW_PATIENCE)
        return TW_OK;
    const tw_out *out = tw_machine_out(c->machine);
    return tw_fail(error, TW_TIMEOUT,
                   "processor: no request taken or answered in %d cycles; %u in flight, the walker "
                   "is in %s at level %u, %u memory accesses are under way",
                   TW_PATIENCE, c->in_flight, tw_walk_state_name(out->obs_walker_state & 15),
                   out->obs_walker_level & 7u, tw_memory_in_flight(tw_machine_memory(c->machine)));
}

/* Begins a cycle: what the pins show takes effect, and the window is filled up. */
static tw_status begin(cpu *c, const cpu_stream *stream, uint64_t *references, bool *more,
                       tw_error *error)
{
    collect(c);
    tw_status status = commit(c, error);
    return status != TW_OK ? status : fill(c, stream, references, more, error);
}

/* Ends the cycle: new requests, and the edge. */
static tw_status end(cpu *c, tw_error *error)
{
    offer(c);
    tw_status status = tw_machine_clock(c->machine, error);
    return status != TW_OK ? status : check_patience(c, error);
}

tw_status cpu_run(cpu *c, unsigned space, const cpu_stream *stream, uint64_t references,
                  uint64_t until, cpu_stop *stop, tw_error *error)
{
    bool more = true, alive = true;
    c->space = space;
    c->last_event = tw_machine_cycle(c->machine);
    for (;;) {
        tw_status status = begin(c, stream, &references, &more, error);
        if (status != TW_OK)
            return status;
        if (c->oldest == c->next || tw_machine_cycle(c->machine) >= until)
            break;
        const struct access *fault = trapping(c);
        if (fault != NULL) {
            status = take_trap(c, fault, &alive, error);
            references = alive ? references : 0;
        } else {
            status = end(c, error);
        }
        if (status != TW_OK)
            return status;
    }
    *stop = !alive                 ? CPU_KILLED
            : c->oldest != c->next ? CPU_OUT_OF_TIME
            : more                 ? CPU_SLICE_OVER
                                   : CPU_STREAM_OVER;
    c->oldest = c->next;
    c->in_flight = 0;
    return TW_OK;
}
