/* arch_monitor.c: see arch_monitor.h. */
#include "tb/arch_monitor.h"

#include <inttypes.h>

void arch_monitor_open(struct arch_monitor *monitor, const tw_memory *memory)
{
    *monitor = (struct arch_monitor){.memory = memory};
}

void arch_monitor_close(struct arch_monitor *monitor)
{
    allowed_free(&monitor->allowed);
}

/* What its walk has met does not count any more. */
static void forget(struct arch_monitor *monitor, unsigned port, unsigned id)
{
    monitor->met[port][id] = 0;
    reasons_clear(&monitor->why[port][id]);
}

static void forget_all(struct arch_monitor *monitor)
{
    for (unsigned port = 0; port < PORTS; port++)
        for (unsigned id = 0; id < IDS; id++)
            forget(monitor, port, id);
}

void arch_monitor_reset(struct arch_monitor *monitor)
{
    allowed_clear(&monitor->allowed);
    forget_all(monitor);
    fault_monitor_reset(&monitor->records);
}

/* ---- answers --------------------------------------------------------------------------------- */

static tw_status wrong(const struct flight *flight, unsigned port, const struct answer_pins *answer,
                       const char *expected, tw_error *error)
{
    const tw_request *request = &flight->request;
    return tw_fail(error, TW_MISMATCH,
                   "%s port, id %u, %s of 0x%" PRIx64
                   " at privilege %u (sum %d, mxr %d, %s): answer "
                   "pa 0x%" PRIx64 ", size %u, pbmt %u, fault %u (%s); %s",
                   port == 0 ? "fetch" : "data", answer->id, tw_op_name(request->op), request->va,
                   request->priv, request->sum, request->mxr,
                   tw_mode_name(satp_mode(flight->control.satp)), answer->pa, answer->size,
                   answer->pbmt, answer->fault, tw_cause_name(answer->fault), expected);
}

static bool usable(const struct known *leaf, const struct flight *flight,
                   const struct answer_pins *answer)
{
    const tw_request *request = &flight->request;
    return known_here(leaf, flight->control.satp) &&
           leaf_grants(leaf->pte, request->op, request->priv, request->sum, request->mxr) &&
           pte_touched(leaf->pte, request->op) && answer->pbmt == pte_pbmt(leaf->pte) &&
           answer->pa == leaf_pa(leaf->pte, leaf->size, request->va);
}

static bool held_by_memory(const struct arch_monitor *monitor, const struct known *leaf)
{
    unsigned bytes = 1u << mode_pte_shift(leaf->mode);
    return tw_memory_read(monitor->memory, leaf->address, bytes) == leaf->word;
}

static tw_status judge_translation(struct arch_monitor *monitor, const struct flight *flight,
                                   unsigned port, const struct answer_pins *answer, tw_error *error)
{
    bool found = false, fresh = false;
    const struct known *leaf = NULL;
    if (answer->size >= PAGE_SHIFT)
        leaf = allowed_find(&monitor->allowed, flight->request.va, answer->size, NULL);
    for (; leaf != NULL && !fresh;
         leaf = allowed_find(&monitor->allowed, flight->request.va, answer->size, leaf)) {
        if (!usable(leaf, flight, answer))
            continue;
        found = true;
        fresh = held_by_memory(monitor, leaf);
    }
    if (!found)
        return wrong(flight, port, answer,
                     "but no leaf PTE read since the last fence for it gives this", error);
    monitor->fresh += fresh;
    monitor->stale += !fresh;
    monitor->through += flight->segmented;
    monitor->linear += satp_mode(flight->control.satp) == MODE_LINEAR;
    monitor->hashed += satp_mode(flight->control.satp) == MODE_HASHED;
    return TW_OK;
}

/* A fault of this check that came before any read. */
static void record_early(struct arch_monitor *monitor, const struct flight *flight, unsigned port,
                         const struct answer_pins *answer, tw_check check)
{
    const struct reasons reasons = {.count = 1, .reason[0].check = check};
    fault_monitor_answer(&monitor->records, flight, port, answer, &reasons);
}

/* Its segment failed the request, whatever the page tables say. */
static tw_status judge_segment(struct arch_monitor *monitor, const struct flight *flight,
                               unsigned port, const struct answer_pins *answer, tw_error *error)
{
    const bool limit = flight->check == CHECK_LIMIT;
    monitor->faults++;
    monitor->limits += limit;
    monitor->rights += !limit;
    record_early(monitor, flight, port, answer, flight->check);
    if (answer->fault == page_fault(flight->request.op))
        return TW_OK;
    return wrong(flight, port, answer,
                 limit ? "but the offset is outside its segment"
                       : "but its segment does not grant the access",
                 error);
}

static tw_status judge_answer(struct arch_monitor *monitor, const struct flight *flight,
                              unsigned port, const struct answer_pins *answer, tw_error *error)
{
    const tw_request *request = &flight->request;
    unsigned mode = satp_mode(flight->control.satp);
    if (flight->check != CHECK_NONE)
        return judge_segment(monitor, flight, port, answer, error);
    if (request->priv == PRIV_M || mode_levels(mode) == 0) {
        uint64_t pa = request->va & ((UINT64_C(1) << TW_PA_BITS) - 1);
        bool identity = answer->fault == CAUSE_NONE && answer->pa == pa && answer->size == 0 &&
                        answer->pbmt == 0;
        monitor->through += identity && flight->segmented;
        return identity ? TW_OK
                        : wrong(flight, port, answer, "but nothing is translated here", error);
    }
    if (!va_canonical(mode, request->va)) {
        monitor->faults++;
        record_early(monitor, flight, port, answer, CHECK_CANONICAL);
        return answer->fault == page_fault(request->op)
                   ? TW_OK
                   : wrong(flight, port, answer, "but the address is not canonical", error);
    }
    if (answer->fault == CAUSE_NONE)
        return judge_translation(monitor, flight, port, answer, error);
    monitor->faults++;
    fault_monitor_answer(&monitor->records, flight, port, answer, &monitor->why[port][answer->id]);
    monitor->linear_faults += mode == MODE_LINEAR;
    monitor->hashed_faults += mode == MODE_HASHED;
    return monitor->met[port][answer->id] >> answer->fault & 1
               ? TW_OK
               : wrong(flight, port, answer, "but its walk met nothing that faults so", error);
}

tw_status arch_monitor_answer(struct arch_monitor *monitor, const struct flight *flight,
                              unsigned port, const struct answer_pins *answer, tw_error *error)
{
    const tw_status status = judge_answer(monitor, flight, port, answer, error);
    forget(monitor, port, answer->id);
    return status;
}

/* ---- what the walks met ---------------------------------------------------------------------- */

/* The check that a word, read for this range, fails for the request; CHECK_NONE if the walk goes
 * on. */
static tw_check check_of_word(const struct flight *flight, const struct range *range, uint64_t word)
{
    const tw_hashed_step said = observer_word(&flight->control, range, word);
    return said.found ? tw_judge(&flight->control, &flight->request, said.pte, range->level)
                      : said.check;
}

/* The check that this step fails for a request it serves; CHECK_NONE if the walk goes on. */
static tw_check check_of(const struct flight *flight, const struct step *step,
                         const struct range *range)
{
    if (step->error)
        return step->swap ? CHECK_SWAP : CHECK_READ;
    if (!step->swap)
        return check_of_word(flight, range, step->value);
    return !step->swapped && step->failed >= SWAP_TRIES ? CHECK_RETRIES : CHECK_NONE;
}

/* True if the PTE is a leaf that some request could use. */
static bool is_leaf(const tw_control *control, uint64_t pte, unsigned level)
{
    return pte_bit(pte, PTE_V) && !pte_is_pointer(pte) &&
           !pte_reserved(pte, level, control->pbmte) &&
           !leaf_misaligned(satp_mode(control->satp), pte, level);
}

static void meet_check(struct arch_monitor *monitor, const struct observer *observer, unsigned port,
                       unsigned id, const struct reason *reason)
{
    const tw_op op = observer->flight[port][id].request.op;
    monitor->met[port][id] |= (uint16_t)(1u << check_cause(reason->check, op));
    if (reason->check != CHECK_NONE)
        reasons_add(&monitor->why[port][id], reason);
}

static void meet(struct arch_monitor *monitor, const struct observer *observer,
                 const struct step *step, const struct range *range)
{
    for (unsigned port = 0; port < PORTS; port++) {
        for (unsigned id = 0; id < IDS; id++) {
            const struct flight *flight = &observer->flight[port][id];
            struct reason reason = {.level = range->level, .address = step->address};
            if (!observer_serves(flight, step, range))
                continue;
            reason.check = check_of(flight, step, range);
            meet_check(monitor, observer, port, id, &reason);
            if (step->swap || step->error ||
                !observer_word_may_loop(&flight->control, range, step->value))
                continue;
            reason.check = CHECK_CHAIN;
            meet_check(monitor, observer, port, id, &reason);
        }
    }
}

/* False if memory is out. */
static bool allow(struct arch_monitor *monitor, const tw_control *control, const struct step *step,
                  const struct range *range)
{
    uint64_t word = step->swap ? step->desired : step->value;
    const tw_hashed_step said = observer_word(control, range, word);
    const uint64_t pte = said.pte;
    if (step->error || (step->swap && !step->swapped) || !is_leaf(control, pte, range->level))
        return true;
    struct known leaf = {.pte = pte,
                         .word = word,
                         .address = step->address,
                         .asid = (uint16_t)satp_asid(control->satp),
                         .mode = (uint8_t)satp_mode(control->satp),
                         .global = range->global || pte_bit(pte, PTE_G)};
    leaf.size = (uint8_t)leaf_size(leaf.mode, pte, range->level);
    leaf.va = range->va >> leaf.size << leaf.size;
    return allowed_add(&monitor->allowed, &leaf);
}

tw_status arch_monitor_step(struct arch_monitor *monitor, const struct observer *observer,
                            const struct step *step, tw_error *error)
{
    for (unsigned i = 0; !step->dropped && i < step->ranges; i++) {
        meet(monitor, observer, step, &step->range[i]);
        if (!allow(monitor, &observer->control, step, &step->range[i]))
            return tw_fail(error, TW_NO_MEMORY, "no memory for the architectural monitor");
    }
    return TW_OK;
}

void arch_monitor_fence(struct arch_monitor *monitor, const struct fence *fence)
{
    allowed_fence(&monitor->allowed, fence);
    forget_all(monitor);
}
