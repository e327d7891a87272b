/* observer_memory.c: which walk each memory access belongs to; see observer.h. */
#include <assert.h>

#include "tb/observer.h"

bool observer_translates(const struct flight *flight)
{
    return flight->valid && flight->check == CHECK_NONE && flight->request.priv != PRIV_M &&
           va_canonical(satp_mode(flight->control.satp), flight->request.va);
}

bool observer_waits(const struct flight *flight, const struct step *step)
{
    return observer_translates(flight) && flight->taken < step->issued;
}

bool observer_serves(const struct flight *flight, const struct step *step,
                     const struct range *range)
{
    unsigned mode = satp_mode(flight->control.satp);
    /* In a machine that is wrong, a walk of another mode can go on below the levels of this one. */
    return !range->ahead && range->level < mode_levels(mode) && observer_waits(flight, step) &&
           (flight->request.va ^ range->va) >> level_size(mode, range->level) == 0;
}

void observer_restart_walks(struct observer *observer)
{
    for (unsigned id = 0; id < MEMORY_IDS; id++) {
        struct walk *walk = &observer->walk[id];
        if (walk->next != NEXT_ROOT)
            walk->next = NEXT_START;
        walk->step.dropped = true;
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

/* True if a walk goes down from this PTE. */
static bool goes_down(const struct observer *observer, uint64_t pte, unsigned level)
{
    static const tw_request anyone = {.op = OP_LOAD, .priv = PRIV_S};
    return pte_is_pointer(pte) && tw_judge(&observer->control, &anyone, pte, level) == CHECK_NONE;
}

/* Decides what the walk does next, now that a read is answered, and learns the pointers. False if
 * memory is out. */
static bool after_read(struct observer *observer, struct walk *walk)
{
    const struct step *step = &walk->step;
    unsigned mode = satp_mode(observer->control.satp);
    walk->next = 0;
    if (mode == MODE_HASHED) {
        walk->next = observer_after_word(observer, step);
        return true;
    }
    for (unsigned i = 0; i < step->ranges; i++) {
        const struct range *range = &step->range[i];
        if (!goes_down(observer, step->value, range->level)) {
            walk->next |= NEXT_START;
            continue;
        }
        walk->next |= NEXT_BELOW;
        struct known pointer = {.va = range->va,
                                .pte = step->value,
                                .word = step->value,
                                .address = step->address,
                                .asid = (uint16_t)satp_asid(observer->control.satp),
                                .mode = (uint8_t)mode,
                                .size = (uint8_t)level_size(mode, range->level),
                                .global = range->global || pte_bit(step->value, PTE_G)};
        if (!allowed_add(&observer->pointers, &pointer))
            return false;
    }
    if (!pte_is_pointer(step->value))
        walk->next |= NEXT_SWAP;
    return true;
}

tw_status observer_memory_answer(struct observer *observer, const tw_in *in,
                                 const struct step **answered, tw_error *error)
{
    struct walk *walk = &observer->walk[in->mem_resp_id];
    struct step *step = &walk->step;
    *answered = NULL;
    if (!in->mem_resp_valid || !walk->busy || !walk->taken)
        return TW_OK;
    *answered = step;
    walk->busy = false;
    walk->next = NEXT_START;
    step->error = in->mem_resp_error;
    step->swapped = step->swap && !step->error && in->mem_resp_swapped;
    if (step->swap && !step->error && !step->swapped && !step->dropped) {
        step->failed++;
        /* The tables above may have changed too: no known pointer is good enough. */
        if (step->failed < SWAP_TRIES)
            walk->next = NEXT_ROOT;
    }
    if (step->swap)
        return TW_OK;
    step->value = in->mem_resp_data;
    if (step->dropped || step->error || after_read(observer, walk))
        return TW_OK;
    return tw_fail(error, TW_NO_MEMORY, "no memory for the pointers that walks have read");
}

/* ---- requests -------------------------------------------------------------------------------- */

static bool same_spot(const tw_hashed_spot *a, const tw_hashed_spot *b)
{
    return a->anchor == b->anchor && a->index == b->index;
}

void observer_add_range(struct step *step, const struct range *range)
{
    for (unsigned i = 0; i < step->ranges; i++) {
        struct range *other = &step->range[i];
        if (other->level == range->level && other->va == range->va &&
            other->ahead == range->ahead && same_spot(&other->spot, &range->spot)) {
            other->global |= range->global;
            if (range->spot.before < other->spot.before)
                other->spot.before = range->spot.before;
            if (range->most > other->most)
                other->most = range->most;
            return;
        }
    }
    assert(step->ranges < RANGES);
    step->range[step->ranges++] = *range;
}

/* The walk goes down: keeps those ranges whose table is read, and makes each that of its PTE. */
static void go_below(const struct observer *observer, struct step *step)
{
    unsigned mode = satp_mode(observer->control.satp), ranges = step->ranges;
    uint64_t index = (step->address & 0xfff) >> mode_pte_shift(mode);
    step->ranges = 0;
    if (step->address >> PAGE_SHIFT != pte_ppn(step->value))
        return;
    for (unsigned i = 0; i < ranges; i++) {
        struct range range = step->range[i];
        if (!goes_down(observer, step->value, range.level))
            continue;
        range.level--;
        range.va += index << level_size(mode, range.level);
        range.global |= pte_bit(step->value, PTE_G);
        observer_add_range(step, &range);
    }
}

/* The walk begins at the root, whose table may be longer than a page, and wrap. */
static void begin_at_root(const struct observer *observer, struct step *step)
{
    unsigned mode = satp_mode(observer->control.satp), top = mode_levels(mode) - 1;
    uint64_t table = satp_ppn(observer->control.satp);
    uint64_t index = (step->address - (table << PAGE_SHIFT)) >> mode_pte_shift(mode);
    unsigned spare = 64 - level_size(mode, top + 1);
    uint64_t va = index << level_size(mode, top) << spare;
    va = mode_narrow(mode) ? va >> spare : (uint64_t)((int64_t)va >> spare);
    if (pte_address(mode, table, va, top) == step->address)
        observer_add_range(step, &(struct range){.va = va, .level = top});
}

/* The walk begins for this address below a pointer to its table at `level`, if the read shows the
 * index that it has there. */
static void begin_below(const struct observer *observer, struct step *step, uint64_t va,
                        unsigned level, bool ahead)
{
    uint64_t satp = observer->control.satp, table = step->address >> PAGE_SHIFT;
    unsigned mode = satp_mode(satp), size = level_size(mode, level);
    unsigned above = level_size(mode, level + 1);
    const struct known *pointer = NULL;
    if (pte_address(mode, table, va, level) != step->address)
        return;
    while ((pointer = allowed_find(&observer->pointers, va, above, pointer)) != NULL)
        if (known_here(pointer, satp) && pte_ppn(pointer->pte) == table)
            observer_add_range(step, &(struct range){.va = va >> size << size,
                                                     .level = level,
                                                     .global = pointer->global,
                                                     .ahead = ahead});
}

/* The walk begins where a walk cache may begin it. */
static void begin_at_known(const struct observer *observer, struct step *step)
{
    unsigned mode = satp_mode(observer->control.satp);
    for (unsigned port = 0; port < PORTS; port++) {
        for (unsigned id = 0; id < IDS; id++) {
            const struct flight *flight = &observer->flight[port][id];
            if (!observer_waits(flight, step))
                continue;
            for (unsigned level = 0; level + 1 < mode_levels(mode); level++)
                begin_below(observer, step, flight->request.va, level, false);
        }
    }
}

/* The walk is a prefetch of the page behind that of a request in flight, or answered. */
static void begin_ahead(const struct observer *observer, struct step *step)
{
    unsigned mode = satp_mode(observer->control.satp);
    for (unsigned port = 0; port < PORTS; port++) {
        for (unsigned id = 0; id < IDS; id++) {
            const struct flight *flight = &observer->flight[port][id];
            uint64_t page = ahead_of(mode, flight->request.va);
            if (observer_waits(flight, step) && page != 0)
                begin_below(observer, step, page, 0, true);
        }
    }
    uint64_t index = (step->address & 0xfff) >> mode_pte_shift(mode);
    const struct ahead_page *page = NULL;
    while ((page = ahead_find(&observer->ahead, index, page)) != NULL)
        begin_below(observer, step, page->va, 0, true);
}

static bool is_hashed(const struct observer *observer)
{
    return satp_mode(observer->control.satp) == MODE_HASHED;
}

/* The walk goes on from what it has just read. */
static void go_on(const struct observer *observer, struct walk *walk)
{
    if ((walk->next & NEXT_BELOW) == 0)
        walk->step.ranges = 0;
    else if (is_hashed(observer))
        observer_follow(observer, &walk->step);
    else
        go_below(observer, &walk->step);
}

/* Or it begins. */
static void begin(const struct observer *observer, struct walk *walk)
{
    struct step *step = &walk->step;
    step->shortcut = false;
    if (is_hashed(observer)) {
        if ((walk->next & NEXT_ROOT) != 0)
            observer_begin_at_anchor(observer, step);
        return;
    }
    if ((walk->next & NEXT_ROOT) != 0)
        begin_at_root(observer, step);
    step->shortcut = step->ranges == 0;
    if ((walk->next & NEXT_KNOWN) != 0)
        begin_at_known(observer, step);
    if ((walk->next & NEXT_KNOWN) != 0 && observer->prefetch)
        begin_ahead(observer, step);
}

/* Finds the ranges that fit the read that is visible. A walk that begins again keeps the count of
 * its failed compares. */
static bool next_read(const struct observer *observer, struct walk *walk)
{
    struct step *step = &walk->step;
    bool again = step->dropped || (step->swap && !step->error && !step->swapped);
    unsigned failed = again ? step->failed : 0;
    step->swap = false;
    go_on(observer, walk);
    if (step->ranges != 0)
        failed = step->failed;
    begin(observer, walk);
    step->failed = failed;
    step->dropped = false;
    return step->ranges != 0;
}

/* The PTE that was just read stays the one that is swapped, for the same addresses. */
static bool next_swap(struct walk *walk, uint64_t last, const tw_out *out)
{
    struct step *step = &walk->step;
    bool same = step->address == last && out->mem_req_expected == step->value;
    step->swap = true;
    step->shortcut = false;
    step->expected = out->mem_req_expected;
    step->desired = out->mem_req_desired;
    return (walk->next & NEXT_SWAP) != 0 && same;
}

const struct step *observer_memory_request(struct observer *observer, uint64_t cycle,
                                           const tw_out *out, bool *fits)
{
    struct walk *walk = &observer->walk[out->mem_req_id];
    unsigned mode = satp_mode(observer->control.satp);
    if (!out->mem_req_valid || walk->busy)
        return NULL;
    struct step *step = &walk->step;
    uint64_t last = step->address;
    walk->busy = true;
    walk->taken = false;
    step->address = out->mem_req_addr;
    step->issued = cycle;
    if (mode_levels(mode) == 0 || out->mem_req_size + 2u != mode_pte_shift(mode)) {
        step->swap = out->mem_req_op;
        *fits = false;
    } else {
        *fits = out->mem_req_op ? next_swap(walk, last, out) : next_read(observer, walk);
    }
    return step;
}
