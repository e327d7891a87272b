/* pin_monitor.c: see pin_monitor.h. */
#include "tb/pin_monitor.h"

#include <inttypes.h>

#include "tablewalk/machine.h"

static const char *port_name(unsigned port)
{
    return port == 0 ? "fetch" : "data";
}

/* ---- the MMU's side -------------------------------------------------------------------------- */

static tw_status check_answer(const struct observer *observer, const tw_out *out, unsigned port,
                              tw_error *error)
{
    struct answer_pins answer = observer_answer(out, port);
    bool silent = answer.id == 0 && answer.pa == 0 && answer.pbmt == 0 && answer.size == 0 &&
                  answer.fault == 0;
    if (!answer.valid)
        return silent ? TW_OK
                      : tw_fail(error, TW_MISMATCH, "%s answer pins are not 0 without an answer",
                                port_name(port));
    if (!observer->flight[port][answer.id].valid)
        return tw_fail(error, TW_MISMATCH, "%s answer to id %u, which has no request in flight",
                       port_name(port), answer.id);
    if (answer.fault != 0 && (answer.pa | answer.pbmt | answer.size) != 0)
        return tw_fail(error, TW_MISMATCH, "%s answer to id %u has a fault and an address",
                       port_name(port), answer.id);
    return TW_OK;
}

static tw_status check_memory_pins(const struct observer *observer, const tw_out *out,
                                   tw_error *error)
{
    const struct walk *walk = &observer->walk[out->mem_req_id];
    uint64_t fields = out->mem_req_id | out->mem_req_op | out->mem_req_size | out->mem_req_addr |
                      out->mem_req_expected | out->mem_req_desired;
    if (!out->mem_req_valid)
        return fields == 0
                   ? TW_OK
                   : tw_fail(error, TW_MISMATCH, "memory request pins are not 0 without a request");
    if (out->mem_req_op == 0 && (out->mem_req_expected | out->mem_req_desired) != 0)
        return tw_fail(error, TW_MISMATCH, "a PTE read has values to swap");
    if (walk->busy && walk->taken)
        return tw_fail(error, TW_MISMATCH, "walker %u asks again while it waits for an answer",
                       out->mem_req_id);
    return TW_OK;
}

static tw_status check_register_pins(const struct observer *observer, const tw_out *out,
                                     tw_error *error)
{
    if (!out->reg_resp_valid && (out->reg_resp_data | out->reg_resp_error) != 0)
        return tw_fail(error, TW_MISMATCH, "register answer pins are not 0 without an answer");
    if (out->reg_resp_valid && !observer->access.valid)
        return tw_fail(error, TW_MISMATCH, "a register answer to no access");
    return TW_OK;
}

/* ANSWER_BOUND, or more in hashed mode: by these registers. */
static uint64_t answer_bound(const tw_control *control)
{
    const uint64_t words = TW_GET(control->hash_table, HASH_TABLE, LAST) + 3;
    if (satp_mode(control->satp) != MODE_HASHED || words <= LEVELS_MAX + 1)
        return ANSWER_BOUND;
    return ANSWER_BOUND * words / (LEVELS_MAX + 1);
}

/* A request that has been in flight for longer than it may is lost; `still`: nothing keeps the MMU
 * busy, so STILL_BOUND is enough. */
static tw_status check_flights(const struct observer *observer, uint64_t cycle, bool still,
                               tw_error *error)
{
    for (unsigned port = 0; port < PORTS; port++) {
        for (unsigned id = 0; id < IDS; id++) {
            const struct flight *flight = &observer->flight[port][id];
            const uint64_t bound = still ? STILL_BOUND - 1 : answer_bound(&flight->control);
            if (flight->valid && cycle - flight->taken > bound)
                return tw_fail(error, TW_MISMATCH,
                               "%s request %u has no answer after %" PRIu64 " cycles",
                               port_name(port), id, bound);
        }
    }
    return TW_OK;
}

static bool memory_is_busy(const struct observer *observer)
{
    for (unsigned id = 0; id < MEMORY_IDS; id++)
        if (observer->walk[id].busy)
            return true;
    return false;
}

/* With nothing to wait for, whoever is still in flight was forgotten. */
static tw_status check_still(struct pin_monitor *monitor, const struct observer *observer,
                             uint64_t cycle, const tw_out *out, const tw_in *in, tw_error *error)
{
    const bool moves = out->mem_req_valid || in->mem_resp_valid || out->fetch_resp_valid ||
                       out->data_resp_valid || (in->fetch_req_valid && out->fetch_req_ready) ||
                       (in->data_req_valid && out->data_req_ready) || !in->rst_n;
    monitor->still = moves ? 0 : monitor->still + 1;
    if (monitor->still < STILL_BOUND)
        return TW_OK;
    monitor->still = 0;
    if (memory_is_busy(observer))
        return TW_OK;
    return check_flights(observer, cycle, true, error);
}

/* ---- both sides: what is held, and what must not be ------------------------------------------ */

#define HELD(side, name) (monitor->side.name == side->name)

static tw_status check_mmu_holds(const struct pin_monitor *monitor, const tw_out *out,
                                 tw_error *error)
{
    bool waits = monitor->out.mem_req_valid && !monitor->in.mem_req_ready;
    bool held = out->mem_req_valid && HELD(out, mem_req_id) && HELD(out, mem_req_op) &&
                HELD(out, mem_req_size) && HELD(out, mem_req_addr) && HELD(out, mem_req_expected) &&
                HELD(out, mem_req_desired);
    return !waits || held
               ? TW_OK
               : tw_fail(error, TW_MISMATCH, "a memory request changed before the memory took it");
}

static tw_status check_world_holds(const struct pin_monitor *monitor, const tw_in *in,
                                   tw_error *error)
{
#define REQUEST_HELD(port)                                                                \
    (!monitor->in.port##_req_valid || monitor->out.port##_req_ready ||                    \
     (in->port##_req_valid && HELD(in, port##_req_id) && HELD(in, port##_req_va) &&       \
      HELD(in, port##_req_op) && HELD(in, port##_req_priv) && HELD(in, port##_req_sum) && \
      HELD(in, port##_req_mxr) && HELD(in, port##_req_seg)))
    bool register_held =
        !monitor->in.reg_req_valid || monitor->out.reg_req_ready ||
        (in->reg_req_valid && HELD(in, reg_req_write) && HELD(in, reg_req_offset) &&
         HELD(in, reg_req_data) && HELD(in, reg_req_priv));
    if (!REQUEST_HELD(fetch) || !REQUEST_HELD(data) || !register_held)
        return tw_fail(error, TW_MISMATCH, "the requester changed a request before it was taken");
#undef REQUEST_HELD
    return TW_OK;
}

static tw_status check_requests(const struct observer *observer, const tw_out *out, const tw_in *in,
                                tw_error *error)
{
    for (unsigned port = 0; port < PORTS; port++) {
        struct request_pins pins = observer_request(out, in, port);
        struct answer_pins answer = observer_answer(out, port);
        bool in_flight = observer->flight[port][pins.id].valid;
        bool just_answered = answer.valid && answer.id == pins.id;
        if (pins.valid && pins.ready && in_flight && !just_answered)
            return tw_fail(error, TW_MISMATCH, "the requester uses id %u of the %s port twice",
                           pins.id, port_name(port));
    }
    if (in->mem_resp_valid) {
        const struct walk *walk = &observer->walk[in->mem_resp_id];
        if (!walk->busy || !walk->taken)
            return tw_fail(error, TW_MISMATCH, "the memory answers id %u, which has not asked",
                           in->mem_resp_id);
    }
    return TW_OK;
}

tw_status pin_monitor_cycle(struct pin_monitor *monitor, const struct observer *observer,
                            uint64_t cycle, const tw_out *out, const tw_in *in, tw_error *error)
{
    tw_status status = TW_OK;
    for (unsigned port = 0; status == TW_OK && port < PORTS; port++)
        status = check_answer(observer, out, port, error);
    if (status == TW_OK)
        status = check_memory_pins(observer, out, error);
    if (status == TW_OK)
        status = check_register_pins(observer, out, error);
    if (status == TW_OK && cycle % 1024 == 0)
        status = check_flights(observer, cycle, false, error);
    if (status == TW_OK)
        status = check_still(monitor, observer, cycle, out, in, error);
    if (status == TW_OK && monitor->before)
        status = check_mmu_holds(monitor, out, error);
    if (status == TW_OK && in->rst_n && monitor->before)
        status = check_world_holds(monitor, in, error);
    if (status == TW_OK && in->rst_n)
        status = check_requests(observer, out, in, error);
    monitor->out = *out;
    monitor->in = *in;
    monitor->before = in->rst_n;
    return status;
}
