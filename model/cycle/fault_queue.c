/* fault_queue.c: oldest first. Invariant: records 0 to count-1 are kept, the others are of no
 * meaning. */
#include "model/cycle/fault_queue.h"

void fault_queue_reset(struct fault_queue *queue)
{
    *queue = (struct fault_queue){0};
}

struct fault_record fault_queue_head(const struct fault_queue *queue)
{
    return queue->count != 0 ? queue->record[0] : (struct fault_record){0};
}

uint64_t fault_queue_status(const struct fault_queue *queue)
{
    return TW_PUT(FAULT_STATUS, COUNT, queue->count) |
           TW_PUT(FAULT_STATUS, OVERFLOW, queue->overflow) |
           TW_PUT(FAULT_STATUS, PARITY, queue->parity) |
           TW_PUT(FAULT_STATUS, DROPPED, queue->dropped);
}

/* The error code's R bit of x86: the entry holds a reserved bit or encoding. */
static bool x86_reserved(tw_check check)
{
    return check == CHECK_RESERVED || check == CHECK_POINTER || check == CHECK_ALIGNED;
}

/* The error code's P bit of x86: a valid PTE was judged. */
static bool x86_present(tw_check check)
{
    return x86_reserved(check) || check == CHECK_USER || check == CHECK_PERMISSION ||
           check == CHECK_TOUCHED || check == CHECK_SWAP || check == CHECK_RETRIES;
}

static uint64_t info_of(const struct fault *fault, unsigned port)
{
    const tw_request *body = &fault->request.body;
    const bool user = body->priv != PRIV_S && body->priv != PRIV_M;
    return TW_PUT(FAULT_INFO, OP, body->op) | TW_PUT(FAULT_INFO, PRIV, body->priv) |
           TW_PUT(FAULT_INFO, LEVEL, fault->level) | TW_PUT(FAULT_INFO, PORT, port) |
           TW_PUT(FAULT_INFO, CHECK, fault->check) | TW_PUT(FAULT_INFO, ID, fault->request.id) |
           TW_PUT(FAULT_INFO, X86_P, x86_present(fault->check)) |
           TW_PUT(FAULT_INFO, X86_W, op_writes(body->op)) | TW_PUT(FAULT_INFO, X86_U, user) |
           TW_PUT(FAULT_INFO, X86_RSVD, x86_reserved(fault->check)) |
           TW_PUT(FAULT_INFO, X86_I, body->op == OP_FETCH) |
           TW_PUT(FAULT_INFO, SEGMENT, fault->seg);
}

static bool has_fault(const struct answer *answer)
{
    return answer->valid && answer->cause != CAUSE_NONE;
}

static void push(struct fault_queue *queue, unsigned place, const struct answer *answer,
                 unsigned port, unsigned asid)
{
    queue->record[place] = (struct fault_record){.cause = answer->cause,
                                                 .va = answer->fault.request.body.va,
                                                 .info = info_of(&answer->fault, port),
                                                 .pte_addr = answer->fault.pte_addr,
                                                 .asid = asid};
}

static void drop_one(struct fault_queue *queue)
{
    queue->overflow = true;
    if (queue->dropped != UINT32_MAX)
        queue->dropped++;
}

void fault_queue_clock(struct fault_queue *queue, const struct fault_queue_in *in)
{
    const struct answer *const answers[] = {in->fetch, in->data};
    const bool idle = !in->pop && !in->clear && !in->parity;
    if (idle && !has_fault(in->fetch) && !has_fault(in->data))
        return;
    const bool popped = in->pop && queue->count != 0;
    unsigned count = queue->count; /* the space is judged before this cycle's pop */

    if (in->clear) {
        queue->overflow = false;
        queue->dropped = 0;
        queue->parity = 0;
    }
    if (in->parity && queue->parity != UINT16_MAX)
        queue->parity++;
    for (unsigned port = 0; port < 2; port++) {
        if (!has_fault(answers[port]))
            continue;
        if (count < FAULT_QUEUE_ENTRIES)
            push(queue, count++, answers[port], port, in->satp_asid);
        else
            drop_one(queue);
    }
    if (popped) {
        count--;
        for (unsigned i = 0; i < count; i++)
            queue->record[i] = queue->record[i + 1];
    }
    queue->count = count;
}
