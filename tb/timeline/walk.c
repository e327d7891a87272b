/* walk.c: the walks, by the walkers' states on the pins, and what each asks of memory. */
#include "tablewalk/states.h"
#include "tb/timeline/inside.h"

/* An event of the walk, which waits for its page if that is not known yet. */
static timeline_entry walk_entry(const timeline *t, enum timeline_pin_event event, uint64_t cycle,
                                 unsigned w)
{
    timeline_entry entry = timeline_pin_entry(t, event, cycle);
    timeline_add(&entry, FIELD_NUMBER, "walker", w);
    if (t->walk[w].known)
        timeline_set_va(&entry, t->walk[w].va);
    else
        entry.token = t->walk[w].token;
    return entry;
}

/* ---- states ---------------------------------------------------------------------------------- */

void timeline_walk_states(timeline *t, uint64_t cycle, const tw_out *out)
{
    for (unsigned w = 0; w < TW_WALKERS_MAX; w++) {
        unsigned state = out->obs_walker_state >> 4 * w & 15;
        timeline_walk *walk = &t->walk[w];
        if (walk->active && state == 0) {
            timeline_walk_end(t, cycle, w);
            *walk = (timeline_walk){0};
        }
        if (walk->active || state == 0)
            continue;
        *walk = (timeline_walk){
            .active = true, .prefetch = (state & WALK_PREFETCH) != 0, .token = ++t->tokens};
        timeline_entry entry = walk_entry(t, PIN_WALK_START, cycle, w);
        timeline_add(&entry, FIELD_NUMBER, "level", out->obs_walker_level >> 3 * w & 7);
        if (walk->prefetch)
            timeline_add_word(&entry, "why", "prefetch");
        timeline_put(t, &entry);
    }
}

/* ---- memory ---------------------------------------------------------------------------------- */

static void put_read(timeline *t, uint64_t cycle, const tw_out *out, unsigned w,
                     const struct step *step)
{
    timeline_entry entry = walk_entry(t, PIN_PTE_READ, cycle, w);
    timeline_add(&entry, FIELD_NUMBER, "level", out->obs_walker_level >> 3 * w & 7);
    timeline_add(&entry, FIELD_ADDRESS, "address", step->address);
    if (step->error) {
        timeline_add_word(&entry, "outcome", "bus error");
    } else {
        timeline_add(&entry, FIELD_ADDRESS, "pte", step->value);
        if (satp_mode(t->observer.control.satp) != MODE_HASHED)
            timeline_add(&entry, FIELD_BITS, "bits", step->value);
    }
    timeline_add(&entry, FIELD_NUMBER, "cycles", cycle - t->walk[w].issued);
    timeline_put(t, &entry);
}

static void put_swap(timeline *t, uint64_t cycle, unsigned w, const struct step *step)
{
    timeline_entry entry = walk_entry(t, PIN_AD_UPDATE, cycle, w);
    timeline_add(&entry, FIELD_ADDRESS, "address", step->address);
    timeline_add(&entry, FIELD_ADDRESS, "expected", step->expected);
    timeline_add(&entry, FIELD_ADDRESS, "desired", step->desired);
    timeline_add_word(&entry, "outcome",
                      step->error     ? "bus error"
                      : step->swapped ? "took place"
                                      : "another has changed it");
    timeline_add(&entry, FIELD_NUMBER, "cycles", cycle - t->walk[w].issued);
    timeline_put(t, &entry);
}

static void see_request(timeline *t, uint64_t cycle, const tw_out *out)
{
    unsigned w = out->mem_req_id;
    bool fits;
    if (!out->mem_req_valid || w >= TW_WALKERS_MAX)
        return;
    const struct step *step = &t->observer.walk[w].step;
    bool fenced = step->dropped, lost = step->swap && !step->error && !step->swapped;
    timeline_walk *walk = &t->walk[w];
    if (observer_memory_request(&t->observer, cycle, out, &fits) == NULL)
        return;
    if (walk->began && (fenced || lost)) {
        timeline_entry entry = walk_entry(t, PIN_WALK_RESTART, cycle, w);
        timeline_add_word(&entry, "why", fenced ? "a fence" : "its PTE has changed");
        timeline_put(t, &entry);
    }
    walk->began = true;
    walk->issued = cycle;
    timeline_find_page(t, w);
}

tw_status timeline_walk_memory(timeline *t, uint64_t cycle, const tw_out *out, const tw_in *in,
                               tw_error *error)
{
    const struct step *step;
    tw_status status = observer_memory_answer(&t->observer, in, &step, error);
    if (status == TW_OK && step != NULL && in->mem_resp_id < TW_WALKERS_MAX) {
        if (step->swap)
            put_swap(t, cycle, in->mem_resp_id, step);
        else
            put_read(t, cycle, out, in->mem_resp_id, step);
    }
    see_request(t, cycle, out);
    return status;
}
