/* observer.c: see observer.h. */
#include "tb/observer.h"

#include "tablewalk/registers.h"

void observer_open(struct observer *observer, const tw_config *config)
{
    *observer = (struct observer){.modes = config->modes};
}

void observer_reset(struct observer *observer)
{
    *observer = (struct observer){.modes = observer->modes};
}

struct request_pins observer_request(const tw_out *out, const tw_in *in, unsigned port)
{
#define REQUEST(side)                                                                           \
    (struct request_pins)                                                                       \
    {                                                                                           \
        .valid = in->side##_req_valid, .ready = out->side##_req_ready, .id = in->side##_req_id, \
        .request = {                                                                            \
            .va = in->side##_req_va,                                                            \
            .op = (tw_op)in->side##_req_op,                                                     \
            .priv = in->side##_req_priv,                                                        \
            .sum = in->side##_req_sum,                                                          \
            .mxr = in->side##_req_mxr                                                           \
        }                                                                                       \
    }
    return port == 0 ? REQUEST(fetch) : REQUEST(data);
#undef REQUEST
}

struct answer_pins observer_answer(const tw_out *out, unsigned port)
{
#define ANSWER(side)                                                                           \
    (struct answer_pins)                                                                       \
    {                                                                                          \
        .valid = out->side##_resp_valid, .id = out->side##_resp_id, .pa = out->side##_resp_pa, \
        .pbmt = out->side##_resp_pbmt, .size = out->side##_resp_size,                          \
        .fault = out->side##_resp_fault                                                        \
    }
    return port == 0 ? ANSWER(fetch) : ANSWER(data);
#undef ANSWER
}

void observer_retire(struct observer *observer, const tw_out *out)
{
    for (unsigned port = 0; port < PORTS; port++) {
        struct answer_pins answer = observer_answer(out, port);
        if (answer.valid)
            observer->flight[port][answer.id].valid = false;
    }
}

/* ---- registers ------------------------------------------------------------------------------- */

static void write_satp(struct observer *observer, uint64_t satp)
{
    if (observer->modes >> satp_mode(satp) & 1)
        observer->control.satp = satp;
}

/* Every walk starts over, and what is under way is of no use any more. */
static void restart_walks(struct observer *observer)
{
    for (unsigned id = 0; id < MEMORY_IDS; id++) {
        observer->walk[id].next = NEXT_ROOT;
        observer->walk[id].step.dropped = true;
    }
}

bool observer_register_answer(struct observer *observer, const tw_out *out, struct fence *fence)
{
    struct register_access access = observer->access;
    if (!out->reg_resp_valid)
        return false;
    observer->access.valid = false;
    if (!access.valid || !access.write || out->reg_resp_error)
        return false;
    switch (access.offset) {
    case REG_SATP:
        write_satp(observer, access.data);
        return false;
    case REG_CONTROL:
        observer->control.adue = TW_GET(access.data, CONTROL, ADUE);
        observer->control.pbmte = TW_GET(access.data, CONTROL, PBMTE);
        return false;
    case REG_FENCE_VA:
        observer->fence_va = access.data;
        return false;
    case REG_FENCE_ASID:
        observer->fence_asid = access.data & 0xffff;
        return false;
    case REG_FENCE:
        *fence = (struct fence){.by_va = TW_GET(access.data, FENCE, BY_VA),
                                .by_asid = TW_GET(access.data, FENCE, BY_ASID),
                                .va = observer->fence_va,
                                .asid = observer->fence_asid};
        restart_walks(observer);
        return true;
    default:
        return false;
    }
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* What the walk does next, now that a read is answered. */
static void after_read(struct observer *observer, struct walk *walk)
{
    static const tw_request anyone = {.op = OP_LOAD, .priv = PRIV_S};
    const struct step *step = &walk->step;
    walk->next = NEXT_ROOT;
    if (step->error)
        return;
    if (!pte_is_pointer(step->value)) {
        walk->next = NEXT_SWAP;
    } else if (tw_judge(&observer->control, &anyone, step->value, step->level) == CHECK_NONE) {
        walk->next = NEXT_BELOW;
        walk->table = pte_ppn(step->value);
    }
}

const struct step *observer_memory_answer(struct observer *observer, const tw_in *in)
{
    struct walk *walk = &observer->walk[in->mem_resp_id];
    struct step *step = &walk->step;
    if (!in->mem_resp_valid || !walk->busy || !walk->taken)
        return NULL;
    walk->busy = false;
    step->error = in->mem_resp_error;
    step->swapped = step->swap && !step->error && in->mem_resp_swapped;
    step->failed += step->swap && !step->error && !in->mem_resp_swapped;
    step->value = step->swap ? step->value : in->mem_resp_data;
    if (step->dropped || step->swap)
        walk->next = NEXT_ROOT;
    else
        after_read(observer, walk);
    return step;
}

/* The lowest virtual address whose walk reads `address` at the root. */
static uint64_t root_va(unsigned mode, uint64_t address)
{
    unsigned top = mode_levels(mode) - 1;
    uint64_t index = (address & 0xfff) >> mode_pte_shift(mode);
    unsigned spare = 64 - level_size(mode, top + 1);
    uint64_t va = index << level_size(mode, top);
    return mode == MODE_SV32 ? va : (uint64_t)((int64_t)(va << spare) >> spare);
}

/* Fills the step with the access that is visible; false if the walk cannot want it. A walk that
 * begins again keeps the count of its failed compares. */
static bool next_step(const struct observer *observer, struct walk *walk, uint64_t cycle,
                      const tw_out *out)
{
    unsigned mode = satp_mode(observer->control.satp);
    struct step last = walk->step;
    struct step *step = &walk->step;
    uint64_t address = out->mem_req_addr;
    *step = (struct step){.swap = out->mem_req_op, .issued = cycle, .address = address};
    if (mode_levels(mode) == 0 || out->mem_req_size != (mode != MODE_SV32))
        return false;
    if (step->swap) {
        *step = last;
        step->swap = true;
        step->issued = cycle;
        step->expected = out->mem_req_expected;
        step->desired = out->mem_req_desired;
        return walk->next == NEXT_SWAP && address == last.address && step->expected == last.value;
    }
    if (walk->next == NEXT_BELOW) {
        uint64_t index = (address & 0xfff) >> mode_pte_shift(mode);
        step->level = last.level - 1;
        step->va = last.va + (index << level_size(mode, step->level));
        step->global = last.global || pte_bit(last.value, PTE_G);
        step->failed = last.failed;
        return address >> PAGE_SHIFT == walk->table;
    }
    step->level = mode_levels(mode) - 1;
    step->va = root_va(mode, address);
    bool again = last.dropped || (last.swap && !last.error && !last.swapped);
    step->failed = again ? last.failed : 0;
    return address >> PAGE_SHIFT == satp_ppn(observer->control.satp);
}

const struct walk *observer_memory_request(struct observer *observer, uint64_t cycle,
                                           const tw_out *out, bool *fits)
{
    struct walk *walk = &observer->walk[out->mem_req_id];
    if (!out->mem_req_valid || walk->busy)
        return NULL;
    walk->busy = true;
    walk->taken = false;
    *fits = next_step(observer, walk, cycle, out);
    return walk;
}

/* ---- the end of the cycle -------------------------------------------------------------------- */

void observer_take(struct observer *observer, uint64_t cycle, const tw_out *out, const tw_in *in)
{
    for (unsigned port = 0; port < PORTS; port++) {
        struct request_pins pins = observer_request(out, in, port);
        if (pins.valid && pins.ready)
            observer->flight[port][pins.id] = (struct flight){.valid = true,
                                                              .request = pins.request,
                                                              .control = observer->control,
                                                              .taken = cycle};
    }
    if (out->mem_req_valid && in->mem_req_ready)
        observer->walk[out->mem_req_id].taken = true;
    if (in->reg_req_valid && out->reg_req_ready)
        observer->access = (struct register_access){.valid = true,
                                                    .write = in->reg_req_write,
                                                    .offset = in->reg_req_offset,
                                                    .data = in->reg_req_data};
}

bool observer_serves(const struct flight *flight, const struct step *step)
{
    unsigned mode = satp_mode(flight->control.satp);
    return flight->valid && flight->taken < step->issued && flight->request.priv != PRIV_M &&
           va_canonical(mode, flight->request.va) &&
           (flight->request.va ^ step->va) >> level_size(mode, step->level) == 0;
}
