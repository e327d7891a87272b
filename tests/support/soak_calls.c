/* soak_calls.c: calls of a soak on ranges of addresses, and what each of them may return. */
#include "tests/support/soak_inside.h"

#include <inttypes.h>

#include "tb/os/huge.h"

static const char *const names[] = {
#define NAME(name, text) [SOAK_##name] = text,
    SOAK_CALLS(NAME)
#undef NAME
};

tw_status soak_judge(soak *s, soak_call call, unsigned pid, uint64_t start, uint64_t bytes,
                     unsigned may, tw_status got, const tw_error *why, tw_error *error)
{
    const unsigned which = got == TW_OK ? 0 : got == TW_NO_MEMORY ? 2 : 1;
    const unsigned bit = got == TW_OK          ? MAY_DO
                         : got == TW_USAGE     ? MAY_REFUSE
                         : got == TW_NO_MEMORY ? MAY_LACK
                                               : 0;
    s->counts->calls[call][which]++;
    if (s->options->calls != NULL)
        fprintf(s->options->calls, "%u: %s %#" PRIx64 " %#" PRIx64 ": %s\n", pid, names[call],
                start, bytes, got == TW_OK ? "done" : why->text);
    if ((may & bit) != 0)
        return TW_OK;
    return tw_fail(error, TW_MISMATCH,
                   "process %u, %s %#" PRIx64 " %#" PRIx64 ": expected that it is %s%s, got %s",
                   pid, names[call], start, bytes, (may & MAY_DO) != 0 ? "done" : "refused",
                   (may & MAY_LACK) != 0 ? " or lacks memory" : "",
                   got == TW_OK ? "that it is done" : why->text);
}

/* ---- which pages ----------------------------------------------------------------------------- */

typedef struct range {
    uint64_t start, bytes, end;
    bool whole; /* areas hold all of it */
} range;

/* The page where the process was last and those behind it, or a part of any area, as a rule,
 * and sometimes what lies behind the area too. */
static range draw_range(soak *s, const soak_process *p)
{
    const soak_areas *areas = &p->space->areas;
    range r = {.start = WINDOW + soak_below(s, s->window_pages) * (uint64_t)PAGE,
               .bytes = (uint64_t)(1 + soak_below(s, 8)) * PAGE};
    const soak_area *hot = p->hot && soak_percent(s, 35) ? soak_areas_find(areas, p->va) : NULL;
    if (areas->count > 0) {
        const soak_area *area = hot != NULL ? hot : &areas->area[soak_below(s, areas->count)];
        const uint64_t pages = (area->end - area->start) / PAGE;
        const uint64_t first = hot != NULL           ? (p->va - hot->start) / PAGE
                               : soak_percent(s, 30) ? 0
                                                     : soak_below(s, pages);
        uint64_t count = soak_percent(s, 30) ? pages - first : 1 + soak_below(s, pages - first);
        if (soak_percent(s, 15))
            count += soak_below(s, 12);
        r.start = area->start + first * PAGE;
        r.bytes = count * PAGE;
    }
    r.end = r.start + r.bytes;
    r.bytes -= soak_percent(s, 20) ? soak_below(s, PAGE) : 0;
    r.whole = soak_areas_whole(areas, r.start, r.end);
    return r;
}

static tw_status judge(soak *s, const soak_process *p, soak_call call, const range *r, unsigned may,
                       tw_status got, const tw_error *why, tw_error *error)
{
    return soak_judge(s, call, p->process->pid, r->start, r->bytes, may, got, why, error);
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* Close to the end of user addresses a range may leave them. */
static bool fits(const soak *s, const range *r)
{
    return r->end <= (mode_narrow(s->mode) ? UINT64_C(0xc0000000) : UINT64_C(0x4000000000));
}

static tw_status unmap(soak *s, soak_process *p, range r, tw_error *error)
{
    tw_error why = {0};
    tw_status got = user_munmap(s->u, p->process, r.start, r.bytes, &why);
    tw_status status =
        judge(s, p, SOAK_MUNMAP, &r, fits(s, &r) ? MAY_DO : MAY_DO | MAY_REFUSE, got, &why, error);
    if (got == TW_OK)
        soak_areas_unmap(&p->space->areas, r.start, r.end);
    p->tempted = p->hot && p->va >= r.start && p->va < r.end;
    return status;
}

/* A shared mapping of a file that is open for reading only is never written. */
static bool read_only(const soak_areas *areas, const range *r)
{
    const soak_area *area = soak_areas_after(areas, r->start);
    for (; area != NULL && area < areas->area + areas->count && area->start < r->end; area++)
        if ((area->flags & OS_VMA_SHARED) != 0 && area->file != NULL && !area->file->writable)
            return true;
    return false;
}

static tw_status protect(soak *s, soak_process *p, range r, tw_error *error)
{
    static const unsigned choice[] = {OS_R,        OS_R | OS_W,        OS_R | OS_W, OS_R | OS_W,
                                      OS_R | OS_X, OS_R | OS_W | OS_X, 0,           OS_X};
    tw_error why = {0};
    const unsigned permissions = choice[soak_below(s, sizeof choice / sizeof *choice)];
    const bool can = r.whole && ((permissions & OS_W) == 0 || !read_only(&p->space->areas, &r));
    tw_status got = user_mprotect(s->u, p->process, r.start, r.bytes, permissions, &why);
    if (got == TW_OK)
        soak_areas_change(&p->space->areas, r.start, r.end, (soak_change){0, permissions, ~0u, 0});
    p->tempted = p->hot && p->va >= r.start && p->va < r.end;
    return judge(s, p, SOAK_MPROTECT, &r, can ? MAY_DO : MAY_REFUSE, got, &why, error);
}

static tw_status brk(soak *s, soak_process *p, tw_error *error)
{
    tw_error why = {0};
    soak_areas *areas = &p->space->areas;
    const uint64_t most = s->huge_pages > 0 ? 2 * s->huge_pages : 24;
    const uint64_t end = HEAP + soak_below(s, most * PAGE);
    const uint64_t old = (areas->heap_end + PAGE - 1) / PAGE * PAGE;
    const uint64_t new = (end + PAGE - 1) / PAGE *PAGE;
    unsigned may = MAY_DO;
    const soak_area *there = soak_areas_after(areas, old);
    if (areas->heap_start == 0)
        may = MAY_REFUSE;
    else if (new > old && there != NULL && there->start < new)
        may = MAY_LACK;
    tw_status got = user_brk(s->u, p->process, end, &why);
    if (got == TW_OK && may == MAY_DO) {
        const soak_area more = {.start = old, .end = new, .permissions = OS_R | OS_W};
        if (new > old)
            soak_areas_map(areas, &more);
        else
            soak_areas_unmap(areas, new, old);
        areas->heap_end = end;
    }
    return soak_judge(s, SOAK_BRK, p->process->pid, end, 0, may, got, &why, error);
}

/* An eighth of memory may be locked, by all together. */
static bool may_lock(const soak *s, const range *r)
{
    uint64_t pages = (r->end - r->start) / PAGE;
    for (unsigned i = 0; i < SOAK_PROCESSES; i++)
        if (s->process[i].process != NULL)
            pages += soak_areas_pages(&s->process[i].space->areas, OS_VMA_LOCKED);
    return pages <= s->frames / 8;
}

/* What nobody may touch is not brought in, and what is locked then comes and goes. */
static bool untouchable(const soak_areas *areas, const range *r)
{
    const soak_area *area = soak_areas_after(areas, r->start);
    for (; area != NULL && area < areas->area + areas->count && area->start < r->end; area++)
        if (area->permissions == 0)
            return true;
    return false;
}

static tw_status lock(soak *s, soak_process *p, range r, tw_error *error)
{
    tw_error why = {0};
    if (!may_lock(s, &r) || untouchable(&p->space->areas, &r))
        return TW_OK;
    tw_status got = user_mlock(s->u, p->process, r.start, r.bytes, &why);
    if (got == TW_OK)
        soak_areas_change(&p->space->areas, r.start, r.end,
                          (soak_change){~0u, 0, ~0u, OS_VMA_LOCKED});
    return judge(s, p, SOAK_MLOCK, &r, r.whole ? MAY_DO | MAY_LACK : MAY_REFUSE, got, &why, error);
}

static tw_status unlock(soak *s, soak_process *p, range r, tw_error *error)
{
    tw_error why = {0};
    tw_status got = user_munlock(s->u, p->process, r.start, r.bytes, &why);
    if (got == TW_OK)
        soak_areas_change(&p->space->areas, r.start, r.end,
                          (soak_change){~0u, 0, ~(unsigned)OS_VMA_LOCKED, 0});
    return judge(s, p, SOAK_MUNLOCK, &r, r.whole ? MAY_DO : MAY_REFUSE, got, &why, error);
}

static tw_status advise(soak *s, soak_process *p, range r, tw_error *error)
{
    static const os_advice advices[] = {OS_ADVISE_WILLNEED, OS_ADVISE_DONTNEED, OS_ADVISE_HUGE,
                                        OS_ADVISE_NO_HUGE};
    static const soak_call calls[] = {SOAK_WILLNEED, SOAK_DONTNEED, SOAK_HUGE, SOAK_NO_HUGE};
    tw_error why = {0};
    const unsigned which = soak_below(s, 4);
    const bool can = r.whole && (which != 1 ||
                                 !soak_areas_have(&p->space->areas, r.start, r.end, OS_VMA_LOCKED));
    tw_status got = user_madvise(s->u, p->process, r.start, r.bytes, advices[which], &why);
    if (got == TW_OK && which >= 2)
        soak_areas_change(
            &p->space->areas, r.start, r.end,
            (soak_change){~0u, 0, ~(unsigned)OS_VMA_HUGE, which == 2 ? OS_VMA_HUGE : 0});
    return judge(s, p, calls[which], &r, can ? MAY_DO : MAY_REFUSE, got, &why, error);
}

static tw_status populate(soak *s, soak_process *p, range r, tw_error *error)
{
    tw_error why = {0};
    tw_status got = user_populate(s->u, p->process, r.start, r.bytes, &why);
    return judge(s, p, SOAK_POPULATE, &r, r.whole ? MAY_DO | MAY_LACK : MAY_REFUSE, got, &why,
                 error);
}

/* A range in an area that shares a file, if there is one. */
static void draw_shared(soak *s, const soak_process *p, range *r)
{
    const soak_areas *areas = &p->space->areas;
    const size_t first = areas->count > 0 ? soak_below(s, areas->count) : 0;
    for (size_t i = 0; i < areas->count; i++) {
        const soak_area *area = &areas->area[(first + i) % areas->count];
        if ((area->flags & OS_VMA_SHARED) == 0 || area->file == NULL)
            continue;
        *r = (range){area->start, area->end - area->start, area->end, true};
        return;
    }
}

static tw_status sync_files(soak *s, soak_process *p, range r, tw_error *error)
{
    tw_error why = {0};
    size_t written = 0;
    if (soak_percent(s, 60))
        draw_shared(s, p, &r);
    tw_status got = user_msync(s->u, p->process, r.start, r.bytes, &written, &why);
    return judge(s, p, SOAK_MSYNC, &r, r.whole ? MAY_DO : MAY_REFUSE, got, &why, error);
}

/* All of a place for a huge page, brought in first so that there is something to collapse. */
static tw_status collapse(soak *s, soak_process *p, range r, tw_error *error)
{
    tw_error why = {0};
    size_t made = 0;
    if (s->huge_pages > 0) {
        r.start = WINDOW + soak_below(s, 2) * s->huge_pages * PAGE;
        r.bytes = s->huge_pages * PAGE;
        r.end = r.start + r.bytes;
        r.whole = soak_areas_whole(&p->space->areas, r.start, r.end);
        if (soak_percent(s, 70))
            user_populate(s->u, p->process, r.start, r.bytes, NULL);
    }
    tw_status got = user_collapse(s->u, p->process, r.start, r.bytes, &made, &why);
    const bool can = r.whole && os_huge_bytes(s->mode) > 0;
    return judge(s, p, SOAK_COLLAPSE, &r, can ? MAY_DO | MAY_LACK : MAY_DO | MAY_REFUSE, got, &why,
                 error);
}

/* ---- one of them ----------------------------------------------------------------------------- */

static tw_status on_a_range(soak *s, soak_process *p, unsigned dice, tw_error *error)
{
    const range r = draw_range(s, p);
    if (dice < 10)
        return unmap(s, p, r, error);
    if (dice < 22)
        return protect(s, p, r, error);
    if (dice < 26)
        return lock(s, p, r, error);
    if (dice < 32)
        return unlock(s, p, r, error);
    if (dice < 44)
        return advise(s, p, r, error);
    if (dice < 48)
        return populate(s, p, r, error);
    return dice < 54 ? sync_files(s, p, r, error) : collapse(s, p, r, error);
}

tw_status soak_call_something(soak *s, soak_process *p, tw_error *error)
{
    const unsigned dice = soak_below(s, 100);
    if (!soak_areas_room(&p->space->areas))
        return soak_exec(s, p, error);
    if (p->vforked && dice < 20)
        return dice < 10 ? soak_exec(s, p, error) : soak_end_process(s, p, dice < 13, error);
    if (dice < 57)
        return on_a_range(s, p, dice, error);
    if (dice < 80)
        return soak_mmap(s, p, error);
    if (dice < 88)
        return brk(s, p, error);
    if (dice < 94)
        return soak_fork(s, p, false, error);
    if (dice < 97)
        return soak_fork(s, p, true, error);
    if (dice < 98)
        return soak_exec(s, p, error);
    return soak_end_process(s, p, dice == 98, error);
}
