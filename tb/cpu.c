/* cpu.c: answers, effects, traps, and the loop. */
#include "tb/cpu.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tablewalk/states.h"
#include "tb/cpu_inside.h"
#include "tb/observer.h"

cpu *cpu_open(tw_machine *machine, cpu_data data, cpu_trap trap, unsigned outstanding)
{
    cpu *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    *c = (cpu){.machine = machine, .data = data, .trap = trap, .outstanding = outstanding};
    return c;
}

void cpu_close(cpu *c)
{
    free(c);
}

void cpu_use_segments(cpu *c, const cpu_segments *segments)
{
    c->segments = *segments;
}

const cpu_counts *cpu_statistics(const cpu *c)
{
    return &c->counts;
}

/* ---- answers and effects --------------------------------------------------------------------- */

static void collect(cpu *c)
{
    const tw_out *out = tw_machine_out(c->machine);
    for (unsigned port = TW_FETCH; port <= TW_DATA; port++) {
        struct answer_pins answer = observer_answer(out, port);
        struct access *access = &c->window[answer.id % WINDOW];
        if (!answer.valid || access->state != TAKEN || port_of(access->asked.op) != port)
            continue;
        access->state = ANSWERED;
        access->pa = answer.pa;
        access->fault = answer.fault;
        c->in_flight--;
        patience_progress(&c->patience, tw_machine_cycle(c->machine));
    }
}

static tw_status take_effect(cpu *c, const struct access *access, tw_error *error)
{
    const cpu_access *asked = &access->asked;
    c->counts.fetches += asked->op == OP_FETCH;
    c->counts.loads += asked->op == OP_LOAD;
    c->counts.stores += asked->op == OP_STORE;
    c->counts.references += asked->completes;
    c->process->traps_in_a_row = 0;
    return (asked->op == OP_STORE ? c->data.store : c->data.load)(
        c->data.context, c->process->space, asked->va, access->pa, asked->bytes, error);
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
        while (end < c->next && is_good(access_at(c, end)) && !access_at(c, end)->asked.last)
            end++;
        if (end == c->next || !is_good(access_at(c, end)))
            return TW_OK;
        while (c->oldest <= end) {
            tw_status status = take_effect(c, access_at(c, c->oldest++), error);
            if (status != TW_OK)
                return status;
        }
    }
}

/* ---- traps ----------------------------------------------------------------------------------- */

/* The access that traps now: it is the oldest that has no translation, and nothing is in flight. */
static const struct access *trapping(cpu *c)
{
    if (c->in_flight > 0)
        return NULL;
    for (uint64_t n = c->oldest; n < c->next && access_at(c, n)->state == ANSWERED; n++)
        if (access_at(c, n)->fault != CAUSE_NONE)
            return access_at(c, n);
    return NULL;
}

/* Every access of the window will be made again, or none. */
static tw_status take_trap(cpu *c, const struct access *access, cpu_outcome *outcome,
                           tw_error *error)
{
    const cpu_access *asked = &access->asked;
    if (++c->process->traps_in_a_row > TRAPS_MAX) {
        c->process->traps_in_a_row = 0;
        return tw_fail(error, TW_TIMEOUT,
                       "the %s at %#" PRIx64 " of process %u trapped %d times without getting "
                       "through: give more with --frames",
                       tw_op_name(asked->op), asked->va, c->process->space, TRAPS_MAX);
    }
    c->counts.traps++;
    tw_status status = c->trap.fault(c->trap.context, access->fault, asked->va, outcome, error);
    if (status != TW_OK || *outcome == CPU_TRAP_WAIT) {
        cpu_put_aside(c);
        return status;
    }
    if (*outcome == CPU_TRAP_DEAD)
        c->oldest = c->next;
    for (uint64_t n = c->oldest; n < c->next; n++) {
        c->counts.restarts += access_at(c, n)->state == ANSWERED;
        access_at(c, n)->state = WAITING;
    }
    patience_progress(&c->patience, tw_machine_cycle(c->machine));
    return TW_OK;
}

/* ---- the loop -------------------------------------------------------------------------------- */

static tw_status check_patience(const cpu *c, tw_error *error)
{
    char long_time[PATIENCE_TEXT];
    if (!patience_over(&c->patience, tw_machine_cycle(c->machine), long_time))
        return TW_OK;
    const tw_out *out = tw_machine_out(c->machine);
    return tw_fail(error, TW_TIMEOUT,
                   "processor: no request taken or answered in %s; %u in flight, the walker "
                   "is in %s at level %u, %u memory accesses are under way",
                   long_time, c->in_flight, tw_walk_state_name(out->obs_walker_state & 15),
                   out->obs_walker_level & 7u, tw_memory_in_flight(tw_machine_memory(c->machine)));
}

/* Begins a cycle: what the pins show takes effect, and the window is filled up. */
static tw_status begin(cpu *c, const cpu_stream *stream, uint64_t *references, bool *more,
                       tw_error *error)
{
    collect(c);
    tw_status status = commit(c, error);
    return status != TW_OK ? status : cpu_fill(c, stream, references, more, error);
}

/* Ends the cycle: new requests, and the edge. */
static tw_status end(cpu *c, tw_error *error)
{
    tw_status status = cpu_load_register(c, error);
    if (status == TW_OK)
        status = cpu_offer(c, error);
    patience_look(&c->patience, c->machine);
    if (status == TW_OK)
        status = tw_machine_clock(c->machine, error);
    return status != TW_OK ? status : check_patience(c, error);
}

/* Until the window is empty and nothing more goes into it, time is over, or *outcome says so. */
static tw_status run(cpu *c, const cpu_stream *stream, uint64_t references, uint64_t until,
                     bool *more, cpu_outcome *outcome, tw_error *error)
{
    tw_status status = cpu_take_up(c, error);
    while (status == TW_OK) {
        status = begin(c, stream, &references, more, error);
        if (status != TW_OK || c->oldest == c->next || tw_machine_cycle(c->machine) >= until)
            break;
        const struct access *fault = trapping(c);
        if (fault == NULL) {
            status = end(c, error);
            continue;
        }
        status = take_trap(c, fault, outcome, error);
        if (*outcome != CPU_TRAP_RESUME)
            break;
    }
    return status;
}

tw_status cpu_run(cpu *c, cpu_context *process, const cpu_stream *stream, uint64_t references,
                  uint64_t until, cpu_stop *stop, tw_error *error)
{
    bool more = true;
    cpu_outcome outcome = CPU_TRAP_RESUME;
    c->process = process;
    patience_progress(&c->patience, tw_machine_cycle(c->machine));
    tw_status status = run(c, stream, references, until, &more, &outcome, error);
    *stop = outcome == CPU_TRAP_DEAD   ? CPU_KILLED
            : outcome == CPU_TRAP_WAIT ? CPU_WAITING
            : c->oldest != c->next     ? CPU_OUT_OF_TIME
            : more                     ? CPU_SLICE_OVER
                                       : CPU_STREAM_OVER;
    c->oldest = c->next;
    c->in_flight = 0;
    return status;
}
