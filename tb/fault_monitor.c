/* fault_monitor.c: see fault_monitor.h. The queue is that of docs/blocks/fault_queue.md. */
#include "tb/fault_monitor.h"

#include <inttypes.h>
#include <string.h>

#include "tablewalk/registers.h"

void reasons_clear(struct reasons *reasons)
{
    reasons->count = 0;
    reasons->many = false;
}

void reasons_add(struct reasons *reasons, const struct reason *reason)
{
    for (unsigned i = 0; i < reasons->count; i++) {
        const struct reason *other = &reasons->reason[i];
        if (other->check == reason->check && other->level == reason->level &&
            other->address == reason->address)
            return;
    }
    if (reasons->count < REASONS)
        reasons->reason[reasons->count++] = *reason;
    else
        reasons->many = true;
}

void fault_monitor_reset(struct fault_monitor *monitor)
{
    const uint64_t judged = monitor->judged;
    *monitor = (struct fault_monitor){.judged = judged};
}

/* ---- what a record shows --------------------------------------------------------------------- */

static uint64_t x86_view(const struct fault_record *record, tw_check check)
{
    const tw_request *request = &record->request;
    const bool reserved =
        check == CHECK_RESERVED || check == CHECK_POINTER || check == CHECK_ALIGNED;
    const bool valid = reserved || check == CHECK_USER || check == CHECK_PERMISSION ||
                       check == CHECK_TOUCHED || check == CHECK_SWAP || check == CHECK_RETRIES;
    return TW_PUT(FAULT_INFO, X86_P, valid) | TW_PUT(FAULT_INFO, X86_W, op_writes(request->op)) |
           TW_PUT(FAULT_INFO, X86_U, (request->priv & 1) == 0) |
           TW_PUT(FAULT_INFO, X86_RSVD, reserved) |
           TW_PUT(FAULT_INFO, X86_I, request->op == OP_FETCH);
}

static uint64_t info_of(const struct fault_record *record, const struct reason *reason)
{
    const bool segment = reason->check == CHECK_LIMIT || reason->check == CHECK_SEGMENT;
    return TW_PUT(FAULT_INFO, OP, record->request.op) |
           TW_PUT(FAULT_INFO, PRIV, record->request.priv) |
           TW_PUT(FAULT_INFO, LEVEL, reason->level) | TW_PUT(FAULT_INFO, PORT, record->port) |
           TW_PUT(FAULT_INFO, CHECK, reason->check) | TW_PUT(FAULT_INFO, ID, record->id) |
           TW_PUT(FAULT_INFO, SEGMENT, segment ? record->segment : 0) |
           x86_view(record, reason->check);
}

static uint64_t shown(const struct fault_record *record, const struct reason *reason,
                      unsigned offset)
{
    return offset == REG_FAULT_PTE ? reason->address : info_of(record, reason);
}

static tw_status wrong(const char *name, uint64_t got, uint64_t expected, unsigned others,
                       tw_error *error)
{
    return tw_fail(error, TW_MISMATCH,
                   "%s reads 0x%" PRIx64 ", expected 0x%" PRIx64 " or one of %u others", name, got,
                   expected, others);
}

/* FAULT_INFO or FAULT_PTE: keeps the reasons that show this. */
static tw_status judge_reason(struct fault_record *record, const char *name, unsigned offset,
                              uint64_t got, tw_error *error)
{
    struct reasons *reasons = &record->reasons;
    const struct reason first = reasons->reason[0];
    const unsigned count = reasons->count;
    if (reasons->many)
        return TW_OK;
    reasons->count = 0;
    for (unsigned i = 0; i < count; i++)
        if (shown(record, &reasons->reason[i], offset) == got)
            reasons->reason[reasons->count++] = reasons->reason[i];
    return reasons->count != 0 ? TW_OK
                               : wrong(name, got, shown(record, &first, offset), count - 1, error);
}

static uint64_t status_of(const struct fault_monitor *monitor)
{
    return TW_PUT(FAULT_STATUS, COUNT, monitor->count) |
           TW_PUT(FAULT_STATUS, OVERFLOW, monitor->overflow) |
           TW_PUT(FAULT_STATUS, DROPPED, monitor->dropped);
}

/* One register that shows `expected`, whatever the reason. */
static tw_status judge(const char *name, uint64_t got, uint64_t expected, tw_error *error)
{
    return got == expected ? TW_OK : wrong(name, got, expected, 0, error);
}

static tw_status judge_read(struct fault_monitor *monitor, unsigned offset, uint64_t got,
                            tw_error *error)
{
    static const uint64_t parity = ((UINT64_C(1) << FAULT_STATUS_PARITY_BITS) - 1)
                                   << FAULT_STATUS_PARITY_LOW;
    static const struct fault_record none;
    struct fault_record *oldest = &monitor->queue[0];
    const struct fault_record *head = monitor->count != 0 ? oldest : &none;
    switch (offset) {
    case REG_FAULT_STATUS:
        return judge("FAULT_STATUS", got & ~parity, status_of(monitor), error);
    case REG_FAULT_CAUSE:
        return judge("FAULT_CAUSE", got, head->cause, error);
    case REG_FAULT_VA:
        return judge("FAULT_VA", got, head->request.va, error);
    case REG_FAULT_ASID:
        return judge("FAULT_ASID", got, head->asid, error);
    case REG_FAULT_INFO:
    case REG_FAULT_PTE: {
        const char *name = offset == REG_FAULT_INFO ? "FAULT_INFO" : "FAULT_PTE";
        if (head == &none)
            return judge(name, got, 0, error);
        monitor->judged++;
        return judge_reason(oldest, name, offset, got, error);
    }
    default:
        return TW_OK;
    }
}

/* ---- the queue ------------------------------------------------------------------------------- */

/* The cycle in which the fresh faults were answered ends; *executed is what the registers did in
 * it, if anything. Space is judged before the pop. */
static void end_cycle(struct fault_monitor *monitor, const struct register_access *executed)
{
    const bool write = executed != NULL && executed->write;
    const bool pop = write && executed->offset == REG_FAULT_POP && monitor->count != 0;
    unsigned count = monitor->count;
    if (write && executed->offset == REG_FAULT_STATUS &&
        TW_GET(executed->data, FAULT_STATUS, OVERFLOW)) {
        monitor->overflow = false;
        monitor->dropped = 0;
    }
    for (unsigned i = 0; i < monitor->freshes; i++) {
        if (count < FAULT_QUEUE_ENTRIES) {
            monitor->queue[count++] = monitor->fresh[i];
        } else {
            monitor->overflow = true;
            monitor->dropped += monitor->dropped != UINT32_MAX;
        }
    }
    monitor->freshes = 0;
    if (pop)
        memmove(monitor->queue, monitor->queue + 1, --count * sizeof *monitor->queue);
    monitor->count = count;
}

tw_status fault_monitor_cycle(struct fault_monitor *monitor, const struct register_access *access,
                              const tw_out *out, tw_error *error)
{
    const bool executed = out->reg_resp_valid && access->valid && !out->reg_resp_error;
    tw_status status = TW_OK;
    if (executed && !access->write)
        status = judge_read(monitor, access->offset, out->reg_resp_data, error);
    end_cycle(monitor, executed ? access : NULL);
    return status;
}

void fault_monitor_answer(struct fault_monitor *monitor, const struct flight *flight, unsigned port,
                          const struct answer_pins *answer, const struct reasons *reasons)
{
    struct fault_record *record = &monitor->fresh[monitor->freshes++];
    *record = (struct fault_record){.port = port,
                                    .id = answer->id,
                                    .segment = flight->segment,
                                    .asid = satp_asid(flight->control.satp),
                                    .cause = answer->fault,
                                    .request = flight->request,
                                    .reasons.many = reasons->many};
    for (unsigned i = 0; i < reasons->count; i++)
        if (check_cause(reasons->reason[i].check, flight->request.op) == answer->fault)
            reasons_add(&record->reasons, &reasons->reason[i]);
}
