/* driver.c: each call sets pins, clocks, and looks for one answer, at most TW_PATIENCE cycles
 * long. */
#include "tablewalk/driver.h"

#include "tablewalk/registers.h"
#include "tablewalk/states.h"

enum { REGISTER_SPACE = 0x1000 }; /* bytes that the 12 bits of reg_req_offset reach */

static tw_status timed_out(tw_machine *machine, const char *what, tw_error *error)
{
    const tw_out *out = tw_machine_out(machine);
    return tw_fail(
        error, TW_TIMEOUT,
        "%s: no answer in %d cycles; the walker is in %s at level %u, its memory request is "
        "%s, %u memory accesses are under way",
        what, TW_PATIENCE, tw_walk_state_name(out->obs_walker_state & 15),
        out->obs_walker_level & 7u, out->mem_req_valid ? "waiting" : "not waiting",
        tw_memory_in_flight(tw_machine_memory(machine)));
}

/* ---- translation ----------------------------------------------------------------------------- */

static void drive_request(tw_in *in, tw_port port, unsigned segment, const tw_request *request)
{
#define DRIVE(side)                                     \
    in->side##_req_valid = 1;                           \
    in->side##_req_id = 0;                              \
    in->side##_req_va = request->va;                    \
    in->side##_req_op = (uint8_t)request->op;           \
    in->side##_req_priv = (uint8_t)(request->priv & 3); \
    in->side##_req_sum = request->sum;                  \
    in->side##_req_mxr = request->mxr;                  \
    in->side##_req_seg = (uint8_t)(segment & 15);
    if (port == TW_FETCH) {
        DRIVE(fetch)
    } else {
        DRIVE(data)
    }
#undef DRIVE
}

static bool request_ready(const tw_out *out, tw_port port)
{
    return port == TW_FETCH ? out->fetch_req_ready : out->data_req_ready;
}

/* True if the port shows the answer to id 0; fills all of it but the latency. */
static bool sample_answer(const tw_out *out, tw_port port, tw_answer *answer)
{
    if (port == TW_FETCH)
        *answer = (tw_answer){.pa = out->fetch_resp_pa,
                              .pbmt = out->fetch_resp_pbmt,
                              .size = out->fetch_resp_size,
                              .fault = out->fetch_resp_fault};
    else
        *answer = (tw_answer){.pa = out->data_resp_pa,
                              .pbmt = out->data_resp_pbmt,
                              .size = out->data_resp_size,
                              .fault = out->data_resp_fault};
    return port == TW_FETCH ? out->fetch_resp_valid && out->fetch_resp_id == 0
                            : out->data_resp_valid && out->data_resp_id == 0;
}

tw_status tw_translate_offset(tw_machine *machine, tw_port port, unsigned segment,
                              const tw_request *request, tw_answer *answer, tw_error *error)
{
    bool taken = false;
    uint64_t taken_in = 0;
    for (unsigned i = 0; i < TW_PATIENCE; i++) {
        const tw_out *out = tw_machine_out(machine);
        if (taken && sample_answer(out, port, answer)) {
            answer->latency = tw_machine_cycle(machine) - taken_in;
            return tw_machine_clock(machine, error);
        }
        if (!taken) {
            drive_request(tw_machine_in(machine), port, segment, request);
            taken = request_ready(out, port);
            taken_in = tw_machine_cycle(machine);
        }
        tw_status status = tw_machine_clock(machine, error);
        if (status != TW_OK)
            return status;
    }
    return timed_out(machine, "translation", error);
}

tw_status tw_translate_va(tw_machine *machine, tw_port port, const tw_request *request,
                          tw_answer *answer, tw_error *error)
{
    return tw_translate_offset(machine, port, 0, request, answer, error);
}

/* ---- registers ------------------------------------------------------------------------------- */

/* One access; *value is what is written, or becomes what was read. */
static tw_status access_register(tw_machine *machine, bool write, unsigned offset, uint64_t *value,
                                 tw_error *error)
{
    bool taken = false;
    if (offset >= REGISTER_SPACE)
        return tw_fail(error, TW_USAGE, "no register has offset 0x%x: they end before 0x%x", offset,
                       REGISTER_SPACE);
    for (unsigned i = 0; i < TW_PATIENCE; i++) {
        const tw_out *out = tw_machine_out(machine);
        bool done = taken && out->reg_resp_valid, refused = out->reg_resp_error;
        if (done && !write)
            *value = out->reg_resp_data;
        if (!taken) {
            tw_in *in = tw_machine_in(machine);
            in->reg_req_valid = 1;
            in->reg_req_write = write;
            in->reg_req_offset = (uint16_t)offset;
            in->reg_req_data = write ? *value : 0;
            in->reg_req_priv = PRIV_S;
            taken = out->reg_req_ready;
        }
        tw_status status = tw_machine_clock(machine, error);
        if (status != TW_OK)
            return status;
        if (done && refused)
            return tw_fail(error, TW_USAGE, "the device refuses to %s register offset 0x%03x",
                           write ? "write" : "read", offset);
        if (done)
            return TW_OK;
    }
    return timed_out(machine, "register access", error);
}

tw_status tw_register_read(tw_machine *machine, unsigned offset, uint64_t *value, tw_error *error)
{
    return access_register(machine, false, offset, value, error);
}

tw_status tw_register_write(tw_machine *machine, unsigned offset, uint64_t value, tw_error *error)
{
    return access_register(machine, true, offset, &value, error);
}

tw_status tw_segment_write(tw_machine *machine, unsigned number, const tw_segment *segment,
                           tw_error *error)
{
    const uint64_t flags = segment->flags;
    uint64_t shown = 0;
    tw_status status = tw_register_read(machine, REG_SEGMENT, &shown, error);
    if (status == TW_OK && number >= TW_GET(shown, SEGMENT, COUNT))
        return tw_fail(error, TW_USAGE, "there is no segment %u: %u are built", number,
                       (unsigned)TW_GET(shown, SEGMENT, COUNT));
    if (status == TW_OK)
        status = tw_register_write(machine, REG_SEGMENT, number, error);
    if (status == TW_OK)
        status = tw_register_write(machine, REG_SEGMENT_BASE, segment->base, error);
    if (status == TW_OK)
        status = tw_register_write(machine, REG_SEGMENT_LIMIT, segment->limit, error);
    return status == TW_OK ? tw_register_write(machine, REG_SEGMENT_FLAGS, flags, error) : status;
}

tw_status tw_fence(tw_machine *machine, tw_fence_kind kind, uint64_t va, unsigned asid,
                   tw_error *error)
{
    bool by_va = kind == TW_FENCE_VA || kind == TW_FENCE_VA_ASID;
    bool by_asid = kind == TW_FENCE_ASID || kind == TW_FENCE_VA_ASID;
    uint64_t command = TW_PUT(FENCE, BY_VA, by_va) | TW_PUT(FENCE, BY_ASID, by_asid);
    tw_status status = TW_OK;
    if (by_va)
        status = tw_register_write(machine, REG_FENCE_VA, va, error);
    if (status == TW_OK && by_asid)
        status = tw_register_write(machine, REG_FENCE_ASID, asid, error);
    if (status == TW_OK)
        status = tw_register_write(machine, REG_FENCE, command, error);
    const uint64_t fenced_in = tw_machine_cycle(machine);
    while (status == TW_OK && tw_machine_cycle(machine) - fenced_in < TW_PATIENCE) {
        uint64_t fence = 0;
        status = tw_register_read(machine, REG_FENCE, &fence, error);
        if (status == TW_OK && TW_GET(fence, FENCE, BUSY) == 0)
            return TW_OK;
    }
    return status == TW_OK ? timed_out(machine, "fence", error) : status;
}
