/* pins.c: one cycle of the pins, in the order of observer.h: what ends first, then what is
 * new. */
#include "tablewalk/registers.h"
#include "tb/timeline/inside.h"

#include <string.h>

static const struct {
    const char *name, *sentence;
    os_actor actor;
    enum timeline_phase phase;
} PIN_EVENT[] = {
#define EVENT_OF(name, actor, pins, sentence) {#name, sentence, OS_ACTOR_##actor, PHASE_##pins},
    TIMELINE_EVENTS(EVENT_OF)
#undef EVENT_OF
};

timeline_entry timeline_pin_entry(const timeline *t, enum timeline_pin_event event, uint64_t cycle)
{
    return (timeline_entry){.cycle = cycle + t->reset_cycles,
                            .phase = PIN_EVENT[event].phase,
                            .actor = PIN_EVENT[event].actor,
                            .pid = t->pid,
                            .name = PIN_EVENT[event].name,
                            .sentence = PIN_EVENT[event].sentence,
                            .sentence_length = strlen(PIN_EVENT[event].sentence)};
}

/* ---- requests and answers -------------------------------------------------------------------- */

static void put_answer(timeline *t, uint64_t cycle, const struct flight *flight,
                       const struct answer_pins *answer)
{
    enum timeline_pin_event event = answer->fault == CAUSE_NONE ? PIN_ANSWER : PIN_FAULT;
    timeline_entry entry = timeline_pin_entry(t, event, cycle);
    if (answer->fault != CAUSE_NONE)
        timeline_add_word(&entry, "cause", tw_cause_name(answer->fault));
    timeline_set_va(&entry, flight->request.va);
    if (answer->fault == CAUSE_NONE)
        timeline_add(&entry, FIELD_ADDRESS, "pa", answer->pa);
    timeline_add(&entry, FIELD_NUMBER, "cycles", cycle - flight->taken);
    timeline_put(t, &entry);
}

/* The answers of this cycle, and with them whether last cycle's requests were hits. */
static void see_answers(timeline *t, uint64_t cycle, const tw_out *out)
{
    for (unsigned port = 0; port < PORTS; port++) {
        const struct answer_pins answer = observer_answer(out, port);
        const struct flight *flight = &t->observer.flight[port][answer.id];
        timeline_access *access = &t->access[port];
        bool hit =
            answer.valid && access->waits && answer.id == access->id && answer.fault == CAUSE_NONE;
        if (access->waits && !hit)
            timeline_put(t, &access->entry);
        access->waits = false;
        if (!answer.valid || !flight->valid || hit)
            continue;
        timeline_answered(t, flight);
        put_answer(t, cycle, flight, &answer);
    }
}

/* The requests that observer_take has just taken. */
static void see_requests(timeline *t, uint64_t cycle, const tw_out *out, const tw_in *in)
{
    for (unsigned port = 0; port < PORTS; port++) {
        const struct request_pins pins = observer_request(out, in, port);
        if (!pins.valid || !pins.ready)
            continue;
        const struct flight *flight = &t->observer.flight[port][pins.id];
        timeline_entry entry = timeline_pin_entry(t, PIN_ACCESS, cycle);
        timeline_add_word(&entry, "op", tw_op_name(pins.request.op));
        timeline_set_va(&entry, flight->request.va);
        if (flight->segmented)
            timeline_add(&entry, FIELD_NUMBER, "segment", flight->segment);
        t->access[port] = (timeline_access){true, pins.id, entry};
    }
}

/* ---- fences ---------------------------------------------------------------------------------- */

static void add_operands(timeline_entry *entry, bool by_va, bool by_asid, uint64_t va,
                         unsigned asid)
{
    if (!by_va && !by_asid)
        timeline_add_word(entry, "of", "all");
    if (by_va)
        timeline_set_va(entry, va);
    if (by_asid)
        timeline_add(entry, FIELD_NUMBER, "asid", asid);
}

static void see_fence_begin(timeline *t, uint64_t cycle, const tw_out *out, const tw_in *in)
{
    if (!in->reg_req_valid || !out->reg_req_ready || !in->reg_req_write ||
        in->reg_req_offset != REG_FENCE)
        return;
    timeline_entry entry = timeline_pin_entry(t, PIN_FENCE_BEGIN, cycle);
    add_operands(&entry, TW_GET(in->reg_req_data, FENCE, BY_VA),
                 TW_GET(in->reg_req_data, FENCE, BY_ASID), t->observer.fence_va,
                 t->observer.fence_asid);
    t->fence_from = cycle;
    timeline_put(t, &entry);
}

static void see_fence_end(timeline *t, uint64_t cycle, const tw_out *out)
{
    struct fence fence;
    if (!observer_register_answer(&t->observer, out, &fence))
        return;
    timeline_entry entry = timeline_pin_entry(t, PIN_FENCE_END, cycle);
    timeline_add(&entry, FIELD_NUMBER, "cycles", cycle - t->fence_from);
    timeline_put(t, &entry);
}

/* ---- a cycle --------------------------------------------------------------------------------- */

/* After a reset nothing is under way. */
static void forget(timeline *t)
{
    observer_reset(&t->observer);
    timeline_give_up(t);
    for (unsigned port = 0; port < PORTS; port++)
        t->access[port].waits = false;
}

/* All but the waveform. */
static tw_status see(timeline *t, uint64_t cycle, const tw_out *out, const tw_in *in,
                     tw_error *error)
{
    timeline_walk_states(t, cycle, out);
    see_answers(t, cycle, out);
    tw_status status = observer_retire(&t->observer, out, error);
    timeline_narrow(t);
    see_fence_end(t, cycle, out);
    if (status == TW_OK)
        status = timeline_walk_memory(t, cycle, out, in, error);
    see_fence_begin(t, cycle, out, in);
    observer_take(&t->observer, cycle, out, in);
    see_requests(t, cycle, out, in);
    if (!in->rst_n)
        forget(t);
    timeline_flush(t, cycle + t->reset_cycles);
    return status;
}

tw_status timeline_cycle(void *timeline_, uint64_t cycle, const tw_out *out, const tw_in *in,
                         tw_error *error)
{
    timeline *t = timeline_;
    if (t->finished)
        return TW_OK;
    timeline_mark_cycle(t, cycle, out, in);
    return t->stream == NULL ? TW_OK : see(t, cycle, out, in, error);
}
