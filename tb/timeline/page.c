/*
 * page.c: which page a walk is for, and so how it ended.
 *
 * It is known when all requests that its last PTE may be for are for one page, those left out whose
 * page another walker is known to walk for: no two walk for the same one. A walk that fails early
 * may leave several. Then the next answer tells, to one of them: of the walks that have ended and
 * may be for it, it comes from the oldest.
 */
#include "tb/timeline/inside.h"

/* True if a walker is known to walk for the page of `va`. */
static bool elsewhere(const timeline *t, uint64_t va)
{
    for (unsigned w = 0; w < TW_WALKERS_MAX; w++)
        if (t->walk[w].known && (t->walk[w].va ^ va) >> PAGE_SHIFT == 0)
            return true;
    return false;
}

/* What a walk may be for, in one page: its oldest request, or no request if it is ahead. */
struct meant {
    unsigned pages; /* 0, 1, or 2 for more */
    uint64_t va, taken;
    bool asked;
    tw_request request;
};

static void mean(struct meant *meant, uint64_t va, const struct flight *flight)
{
    bool same = meant->pages > 0 && (meant->va ^ va) >> PAGE_SHIFT == 0;
    if (meant->pages > 0 && !same)
        meant->pages = 2;
    if (meant->pages == 0)
        meant->pages = 1;
    if (same && (flight == NULL || (meant->asked && meant->taken <= flight->taken)))
        return;
    meant->va = va;
    meant->asked = flight != NULL;
    if (flight != NULL) {
        meant->taken = flight->taken;
        meant->request = flight->request;
    }
}

/* True if the walk may be for the request. */
static bool may_serve(const struct flight *flight, const struct step *step)
{
    for (unsigned i = 0; i < step->ranges; i++)
        if (observer_serves(flight, step, &step->range[i]))
            return true;
    return false;
}

static struct meant find_meant(const timeline *t, const struct step *step, bool prefetch)
{
    struct meant meant = {0};
    for (unsigned i = 0; prefetch && i < step->ranges; i++)
        if (step->range[i].ahead)
            mean(&meant, step->range[i].va, NULL);
    for (unsigned port = 0; !prefetch && port < PORTS; port++)
        for (unsigned id = 0; id < IDS; id++) {
            const struct flight *flight = &t->observer.flight[port][id];
            if (may_serve(flight, step) && !elsewhere(t, flight->request.va))
                mean(&meant, flight->request.va, flight);
        }
    return meant;
}

void timeline_find_page(timeline *t, unsigned w)
{
    timeline_walk *walk = &t->walk[w];
    const struct step *step = &t->observer.walk[w].step;
    if (!walk->active || walk->known || !walk->began || step->dropped)
        return;
    struct meant meant = find_meant(t, step, walk->prefetch);
    if (meant.pages != 1)
        return;
    walk->known = true;
    walk->va = meant.va;
    walk->request = meant.request;
    timeline_settle(t, walk->token, &walk->va);
}

/* ---- the end of a walk ----------------------------------------------------------------------- */

/* The check that ended the walk for this request, after this access. */
static tw_check check_of(const timeline *t, const struct step *step, const tw_request *request)
{
    const tw_control *control = &t->observer.control;
    if (step->error)
        return step->swap ? CHECK_SWAP : CHECK_READ;
    if (step->swap)
        return step->swapped ? CHECK_NONE : CHECK_RETRIES;
    const tw_hashed_step said = observer_word(control, &step->range[0], step->value);
    return said.found ? tw_judge(control, request, said.pte, step->range[0].level) : said.check;
}

static void add_leaf(const timeline *t, const struct step *step, timeline_entry *entry)
{
    const tw_control *control = &t->observer.control;
    uint64_t word = step->swap ? step->desired : step->value;
    uint64_t leaf = observer_word(control, &step->range[0], word).pte;
    unsigned size = leaf_size(satp_mode(control->satp), leaf, step->range[0].level);
    timeline_add(entry, FIELD_ADDRESS, "frame", pte_ppn(leaf));
    timeline_add(entry, FIELD_NUMBER, "bytes", UINT64_C(1) << size);
    timeline_add(entry, FIELD_BITS, "bits", leaf);
}

/* Says how the walk ended for the request, or only that it did (NULL). */
static void put_end(timeline *t, const timeline_ended *ended, const tw_request *request,
                    const uint64_t *va)
{
    const struct step *step = &ended->step;
    tw_check check = request == NULL ? CHECK_NONE : check_of(t, step, request);
    enum timeline_pin_event event = request == NULL       ? PIN_WALK_END
                                    : check != CHECK_NONE ? PIN_WALK_FAIL
                                                          : PIN_TLB_FILL;
    timeline_entry entry = timeline_pin_entry(t, event, ended->cycle);
    timeline_add(&entry, FIELD_NUMBER, "walker", ended->walker);
    if (va != NULL)
        timeline_set_va(&entry, *va);
    if (check != CHECK_NONE)
        timeline_add_named(&entry, "check", tw_check_name(check));
    else if (request != NULL)
        add_leaf(t, step, &entry);
    timeline_put(t, &entry);
    timeline_settle(t, ended->token, va);
}

/* A place for one more walk that has ended; the oldest is given up if there is none. */
static timeline_ended *place_of_ended(timeline *t)
{
    timeline_ended *oldest = &t->ended[0];
    for (unsigned i = 0; i < ENDED_MAX; i++) {
        if (!t->ended[i].waits)
            return &t->ended[i];
        if (t->ended[i].token < oldest->token)
            oldest = &t->ended[i];
    }
    put_end(t, oldest, NULL, NULL);
    return oldest;
}

void timeline_walk_end(timeline *t, uint64_t cycle, unsigned w)
{
    const timeline_walk *walk = &t->walk[w];
    const struct step *step = &t->observer.walk[w].step;
    timeline_ended *ended = place_of_ended(t);
    *ended = (timeline_ended){
        .waits = true, .token = walk->token, .walker = w, .cycle = cycle, .step = *step};
    bool judged = walk->known && !walk->prefetch && step->ranges > 0;
    if (!judged && !walk->known && !walk->prefetch && walk->began)
        return;
    put_end(t, ended, judged ? &walk->request : NULL, walk->known ? &walk->va : NULL);
    ended->waits = false;
}

void timeline_answered(timeline *t, const struct flight *flight)
{
    timeline_ended *oldest = NULL;
    for (unsigned i = 0; i < ENDED_MAX; i++)
        if (t->ended[i].waits && may_serve(flight, &t->ended[i].step) &&
            (oldest == NULL || t->ended[i].token < oldest->token))
            oldest = &t->ended[i];
    if (oldest == NULL || elsewhere(t, flight->request.va))
        return;
    put_end(t, oldest, &flight->request, &flight->request.va);
    oldest->waits = false;
}

void timeline_narrow(timeline *t)
{
    for (unsigned i = 0; i < ENDED_MAX; i++) {
        timeline_ended *ended = &t->ended[i];
        if (!ended->waits)
            continue;
        struct meant meant = find_meant(t, &ended->step, false);
        if (meant.pages == 2)
            continue;
        bool found = meant.pages == 1;
        put_end(t, ended, found ? &meant.request : NULL, found ? &meant.va : NULL);
        ended->waits = false;
    }
    for (unsigned w = 0; w < TW_WALKERS_MAX; w++)
        timeline_find_page(t, w);
}

void timeline_give_up(timeline *t)
{
    for (unsigned i = 0; i < ENDED_MAX; i++) {
        if (t->ended[i].waits)
            put_end(t, &t->ended[i], NULL, NULL);
        t->ended[i].waits = false;
    }
    for (unsigned w = 0; w < TW_WALKERS_MAX; w++) {
        timeline_settle(t, t->walk[w].token, NULL);
        t->walk[w] = (timeline_walk){0};
    }
}
