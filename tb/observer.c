/* observer.c: see observer.h. */
#include "tb/observer.h"

#include <string.h>

#include "tablewalk/registers.h"

void observer_open(struct observer *observer, const tw_config *config)
{
    memset(observer, 0, sizeof *observer);
    observer->modes = config->modes;
    observer->can_prefetch = config->prefetch;
    observer->segments = config->segments;
    observer_reset(observer);
}

void observer_close(struct observer *observer)
{
    allowed_free(&observer->pointers);
    ahead_free(&observer->ahead);
}

void observer_reset(struct observer *observer)
{
    observer->control = (tw_control){0};
    observer->prefetch = false;
    observer->segmented = false;
    observer->index = 0;
    memset(observer->segment, 0, sizeof observer->segment);
    observer->fence_va = 0;
    observer->fence_asid = 0;
    observer->access.valid = false;
    memset(observer->flight, 0, sizeof observer->flight);
    for (unsigned id = 0; id < MEMORY_IDS; id++) {
        struct walk *walk = &observer->walk[id];
        walk->busy = false;
        walk->next = NEXT_START;
        walk->step.dropped = false;
        walk->step.failed = 0;
    }
    allowed_clear(&observer->pointers);
    ahead_clear(&observer->ahead);
}

struct request_pins observer_request(const tw_out *out, const tw_in *in, unsigned port)
{
#define REQUEST(side)                                                                           \
    (struct request_pins)                                                                       \
    {                                                                                           \
        .valid = in->side##_req_valid, .ready = out->side##_req_ready, .id = in->side##_req_id, \
        .segment = in->side##_req_seg, .request = {                                             \
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

/* Keeps the page behind that of the request, which may be fetched for a while. False if memory is
 * out. */
static bool keep_ahead(struct observer *observer, const struct flight *flight)
{
    uint64_t page = ahead_of(satp_mode(flight->control.satp), flight->request.va);
    if (!observer->prefetch || !observer_translates(flight) || page == 0)
        return true;
    return ahead_add(&observer->ahead, page);
}

tw_status observer_retire(struct observer *observer, const tw_out *out, tw_error *error)
{
    for (unsigned port = 0; port < PORTS; port++) {
        struct answer_pins answer = observer_answer(out, port);
        struct flight *flight = &observer->flight[port][answer.id];
        if (answer.valid && flight->valid && !keep_ahead(observer, flight))
            return tw_fail(error, TW_NO_MEMORY, "no memory for the pages that may be prefetched");
        if (answer.valid)
            flight->valid = false;
    }
    return TW_OK;
}

/* ---- registers ------------------------------------------------------------------------------- */

static void write_satp(struct observer *observer, uint64_t satp)
{
    if (observer->modes >> satp_mode(satp) & 1)
        observer->control.satp = satp;
}

static void write_control(struct observer *observer, uint64_t control)
{
    observer->control.adue = TW_GET(control, CONTROL, ADUE);
    observer->control.pbmte = TW_GET(control, CONTROL, PBMTE);
    observer->prefetch = observer->can_prefetch && TW_GET(control, CONTROL, PREFETCH);
    observer->segmented = observer->segments != 0 && TW_GET(control, CONTROL, SEGMENTS);
}

/* One of the three registers that SEGMENT chooses. */
static void write_segment(struct observer *observer, unsigned offset, uint64_t value)
{
    tw_segment *segment = &observer->segment[observer->index];
    if (observer->index >= observer->segments)
        return;
    if (offset == REG_SEGMENT_BASE)
        segment->base = value;
    else if (offset == REG_SEGMENT_LIMIT)
        segment->limit = value;
    else
        segment->flags = (unsigned)value;
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
        ahead_clear(&observer->ahead);
        return false;
    case REG_CONTROL:
        write_control(observer, access.data);
        ahead_clear(&observer->ahead);
        return false;
    case REG_HASH_TABLE:
    case REG_HASH_ANCHORS:
        observer_write_hash(observer, access.offset, access.data);
        ahead_clear(&observer->ahead);
        return false;
    case REG_SEGMENT:
        observer->index = TW_GET(access.data, SEGMENT, INDEX);
        return false;
    case REG_SEGMENT_BASE:
    case REG_SEGMENT_LIMIT:
    case REG_SEGMENT_FLAGS:
        write_segment(observer, access.offset, access.data);
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
        allowed_fence(&observer->pointers, fence);
        ahead_clear(&observer->ahead);
        observer_restart_walks(observer);
        return true;
    default:
        return false;
    }
}

/* ---- the end of the cycle -------------------------------------------------------------------- */

/* Rule 16, by the registers as they are now. */
static struct flight fly(const struct observer *observer, uint64_t cycle,
                         const struct request_pins *pins)
{
    struct flight flight = {.valid = true,
                            .segmented = observer->segmented && pins->request.priv != PRIV_M,
                            .segment = pins->segment,
                            .request = pins->request,
                            .control = observer->control,
                            .taken = cycle};
    if (flight.segmented) {
        uint64_t linear;
        flight.check = tw_segment_apply(&observer->segment[pins->segment], &pins->request, &linear);
        if (flight.check == CHECK_NONE)
            flight.request.va = linear;
    }
    return flight;
}

void observer_take(struct observer *observer, uint64_t cycle, const tw_out *out, const tw_in *in)
{
    for (unsigned port = 0; port < PORTS; port++) {
        struct request_pins pins = observer_request(out, in, port);
        if (pins.valid && pins.ready)
            observer->flight[port][pins.id] = fly(observer, cycle, &pins);
    }
    if (out->mem_req_valid && in->mem_req_ready)
        observer->walk[out->mem_req_id].taken = true;
    if (in->reg_req_valid && out->reg_req_ready)
        observer->access = (struct register_access){.valid = true,
                                                    .write = in->reg_req_write,
                                                    .offset = in->reg_req_offset,
                                                    .data = in->reg_req_data};
}
