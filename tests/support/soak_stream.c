/*
 * soak_stream.c: the references of a process: it comes back to where it was, and now and then does
 * what it must be killed for. The oracle of its areas says beforehand which.
 */
#include "tests/support/soak_inside.h"

#include <inttypes.h>

typedef struct turn {
    soak *s;
    soak_process *p;
} turn;

bool soak_beyond(const soak_area *area, uint64_t va)
{
    return area->file != NULL &&
           (area->offset + (va - area->start)) / PAGE >= (area->file->bytes + PAGE - 1) / PAGE;
}

/* ---- where ----------------------------------------------------------------------------------- */

/* Near to the last one as a rule; in another area, near to its start, now and then. */
static uint64_t choose_address(soak *s, soak_process *p)
{
    const soak_areas *areas = &p->space->areas;
    const unsigned dice = soak_below(s, 100);
    if (p->hot && dice < 62)
        return p->va / PAGE * PAGE + soak_below(s, PAGE);
    if (p->hot && dice < 78)
        return p->va + ((uint64_t)soak_below(s, 9) - 4) * PAGE;
    const soak_area *area = &areas->area[soak_below(s, areas->count)];
    uint64_t pages = (area->end - area->start) / PAGE;
    if (pages > 24 && soak_percent(s, 70))
        pages = 24;
    return area->start + (uint64_t)soak_below(s, pages) * PAGE + soak_below(s, PAGE);
}

static tw_op choose_op(soak *s, const soak_area *area)
{
    if ((area->permissions & OS_X) != 0 && ((area->permissions & OS_R) == 0 || soak_percent(s, 70)))
        return OP_FETCH;
    return (area->permissions & OS_W) != 0 && soak_percent(s, 45) ? OP_STORE : OP_LOAD;
}

static unsigned choose_bytes(soak *s)
{
    static const unsigned usual[] = {1, 2, 4, 8, 8, 8, 16};
    return soak_percent(s, 3) ? 1 + soak_below(s, TRACE_BYTES_MAX)
                              : usual[soak_below(s, sizeof usual / sizeof *usual)];
}

static bool granted(const soak_areas *areas, uint64_t va, tw_op op)
{
    const soak_area *area = soak_areas_find(areas, va);
    return area != NULL && soak_areas_judge(areas, va, op) == SOAK_GRANTED &&
           !soak_beyond(area, va);
}

/* ---- references ------------------------------------------------------------------------------ */

static void make(reference *r, tw_op op, uint64_t va, unsigned bytes)
{
    *r = (reference){op == OP_FETCH   ? REFERENCE_FETCH
                     : op == OP_STORE ? REFERENCE_STORE
                                      : REFERENCE_LOAD,
                     va, bytes};
}

/* A reference that must succeed. False: none was found at the first try. */
static bool allowed(soak *s, soak_process *p, reference *r)
{
    const soak_areas *areas = &p->space->areas;
    if (areas->count == 0)
        return false;
    uint64_t va = choose_address(s, p);
    const soak_area *area = soak_areas_find(areas, va);
    if (area == NULL || soak_beyond(area, va))
        return false;
    const tw_op op = choose_op(s, area);
    unsigned bytes = choose_bytes(s);
    if (soak_percent(s, 4))
        va = va / PAGE * PAGE + PAGE - 1;
    if (!granted(areas, va, op))
        return false;
    if (va % PAGE + bytes > PAGE) {
        if (granted(areas, va / PAGE * PAGE + PAGE, op))
            s->counts->crossings++;
        else
            bytes = (unsigned)(PAGE - va % PAGE);
    }
    make(r, op, va, bytes);
    if (op == OP_STORE && (area->permissions & OS_R) != 0 && soak_percent(s, 30))
        r->kind = REFERENCE_MODIFY;
    p->hot = true;
    p->va = va;
    return true;
}

/* Just below a stack: it is made longer. */
static bool grows(soak *s, soak_process *p, reference *r)
{
    soak_areas *areas = &p->space->areas;
    const soak_area *stack = soak_areas_after(areas, STACK_TOP - 1);
    if (stack == NULL || stack->start >= STACK_TOP)
        return false;
    while (stack > areas->area && stack[-1].end == stack->start)
        stack--;
    const uint64_t va = stack->start - 8 - (uint64_t)soak_below(s, 3 * PAGE / 8) * 8;
    if (soak_areas_judge(areas, va, OP_STORE) != SOAK_GROWS || va < STACK_TOP - (uint64_t)64 * PAGE)
        return false;
    make(r, OP_STORE, va, 8);
    soak_areas_grow(areas, va);
    s->counts->grown++;
    return true;
}

/* The last page of an area that lies beyond the end of its file, or 0: there is none. */
static uint64_t past_a_file(soak *s, const soak_process *p)
{
    const soak_areas *areas = &p->space->areas;
    const size_t first = areas->count > 0 ? soak_below(s, areas->count) : 0;
    for (size_t i = 0; i < areas->count; i++) {
        const soak_area *area = &areas->area[(first + i) % areas->count];
        if (soak_beyond(area, area->end - PAGE))
            return area->end - PAGE + soak_below(s, PAGE - 8);
    }
    return 0;
}

static uint64_t anywhere(soak *s, const soak_process *p)
{
    const soak_areas *areas = &p->space->areas;
    if (areas->count == 0 || soak_percent(s, 20)) {
        const uint64_t va = random_next(&s->random) >> (soak_percent(s, 50) ? 0 : 20);
        return mode_narrow(s->mode) ? va & 0xffffffc0 : va & ~(uint64_t)0x3f;
    }
    const soak_area *area = &areas->area[soak_below(s, areas->count)];
    const uint64_t page = soak_percent(s, 40) ? area->end - area->start - PAGE
                          : soak_percent(s, 50)
                              ? soak_below(s, (area->end - area->start) / PAGE) * (uint64_t)PAGE
                          : soak_percent(s, 50) ? area->end - area->start
                                                : (uint64_t)0 - PAGE;
    return area->start + page + soak_below(s, PAGE - 8);
}

/* What must not be done at `va`: rather a store than a load, which may just have been allowed. */
static tw_op forbidden_op(const soak_areas *areas, uint64_t va)
{
    const bool store = soak_areas_judge(areas, va, OP_STORE) != SOAK_GRANTED;
    return store                                                  ? OP_STORE
           : soak_areas_judge(areas, va, OP_LOAD) != SOAK_GRANTED ? OP_LOAD
                                                                  : OP_FETCH;
}

/* A reference that must not succeed, to the page where the process was last (`there`), or to any.
 * Of one beyond the end of a file that was cut it is not known, since whoever had that page
 * may have it still. */
static bool sinful(soak *s, soak_process *p, bool there, reference *r)
{
    const soak_areas *areas = &p->space->areas;
    const uint64_t past = soak_percent(s, 35) ? past_a_file(s, p) : 0;
    const uint64_t va = there ? p->va / PAGE * PAGE : past != 0 ? past : anywhere(s, p);
    const tw_op op =
        there ? forbidden_op(areas, va) : (tw_op[]){OP_LOAD, OP_STORE, OP_FETCH}[soak_below(s, 3)];
    const soak_verdict verdict = soak_areas_judge(areas, va, op);
    const soak_area *area = soak_areas_find(areas, va);
    if (verdict == SOAK_FORBIDDEN)
        p->sin = SOAK_SIN_FORBIDDEN;
    else if (verdict == SOAK_NOWHERE)
        p->sin = SOAK_SIN_NOWHERE;
    else if (verdict == SOAK_GRANTED && area != NULL && soak_beyond(area, va))
        p->sin = SOAK_SIN_BEYOND;
    else
        return false;
    p->doomed = true;
    p->unsure = p->sin == SOAK_SIN_BEYOND && area->file->path[0] != '\0' && area->file->writable;
    p->sin_va = va;
    s->counts->sins[p->sin]++;
    const uint64_t page = va / PAGE * PAGE;
    if (soak_percent(s, 30) && page > 0 && granted(areas, page - 1, op)) { /* its second half */
        make(r, op, page - 4, 4 + 4);
        p->sin_va = page;
        return true;
    }
    make(r, op, va, 4);
    return true;
}

static tw_status next(void *context, reference *r, bool *more, tw_error *error)
{
    const turn *t = context;
    soak *s = t->s;
    (void)error;
    *more = !t->p->doomed;
    if (!*more)
        return TW_OK;
    const bool tempted = t->p->tempted && soak_percent(s, 40);
    t->p->tempted = false;
    if ((tempted || soak_below(s, 1500) == 0) && sinful(s, t->p, tempted, r))
        return TW_OK;
    if (soak_below(s, 400) == 0 && grows(s, t->p, r))
        return TW_OK;
    for (unsigned tries = 0; tries < 20; tries++)
        if (allowed(s, t->p, r))
            return TW_OK;
    *more = false;
    return TW_OK;
}

/* ---- a turn ---------------------------------------------------------------------------------- */

static tw_status judge_death(soak *s, soak_process *p, tw_error *error)
{
    const os_death *death = &p->process->death;
    const os_reason reason = death->reason;
    const bool here = p->doomed && death->va / PAGE == p->sin_va / PAGE;
    const soak_area *area = soak_areas_find(&p->space->areas, death->va);
    bool right = reason == OS_REASON_NO_FRAME || reason == OS_REASON_SWAP_FULL;
    if (reason == OS_REASON_NO_REGION || reason == OS_REASON_GUARD)
        right = here && p->sin == SOAK_SIN_NOWHERE;
    else if (reason == OS_REASON_FORBIDDEN)
        right = here && p->sin == SOAK_SIN_FORBIDDEN;
    else if (reason == OS_REASON_BEYOND_FILE)
        right = area != NULL && soak_beyond(area, death->va);
    s->counts->deaths[reason]++;
    if (s->options->calls != NULL)
        fprintf(s->options->calls, "%u: killed at %#" PRIx64 ": %s\n", p->process->pid, death->va,
                os_reason_text(reason));
    if (right)
        return TW_OK;
    return tw_fail(error, TW_MISMATCH,
                   "process %u was killed at %#" PRIx64 " by cause %u: %s; expected %s %#" PRIx64,
                   p->process->pid, death->va, death->cause, os_reason_text(reason),
                   p->doomed ? "a death for its access to" : "that it lives; no access to",
                   p->doomed ? p->sin_va : 0);
}

tw_status soak_turn(soak *s, soak_process *p, tw_error *error)
{
    turn t = {s, p};
    const cpu_stream stream = {&t, next};
    user_end end = USER_DONE;
    s->counts->slices++;
    tw_status status =
        user_slice(s->u, p->process, &stream, 1 + soak_below(s, 40), NULL, NULL, &end, error);
    p->waits = end == USER_WAITS;
    s->counts->waits += p->waits;
    if (status != TW_OK)
        return status;
    if (end == USER_DEAD) {
        status = judge_death(s, p, error);
        soak_gone(s, p);
        return status;
    }
    if (end == USER_DONE && p->doomed && !p->unsure)
        return tw_fail(error, TW_MISMATCH,
                       "process %u: expected that it is killed for its access to %#" PRIx64
                       ", got that it lives",
                       p->process->pid, p->sin_va);
    if (end == USER_DONE)
        p->doomed = false;
    return TW_OK;
}
