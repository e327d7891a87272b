/* access.c: single accesses. */
#include <inttypes.h>

#include "tb/userland/inside.h"

/* A stream of one reference at most. */
struct single {
    reference reference;
    bool given; /* it is still to be given */
};

static tw_status next_single(void *context, reference *r, bool *more, tw_error *error)
{
    struct single *single = context;
    (void)error;
    *more = single->given;
    *r = single->reference;
    single->given = false;
    return TW_OK;
}

static void hand_out(struct user_asked *asked, uint64_t *value)
{
    uint64_t got = 0;
    for (unsigned i = 0; i < sizeof asked->value; i++)
        got |= (uint64_t)asked->value[i] << 8 * i;
    if (asked->ready && value != NULL)
        *value = got;
    asked->ready = false;
}

tw_status user_wait(userland *u, os_process *process, uint64_t *value, user_end *end,
                    tw_error *error)
{
    struct user_process *p = user_find(u, process, error);
    struct single none = {.given = false};
    const cpu_stream stream = {&none, next_single};
    bool more;
    *end = USER_DONE;
    if (p == NULL)
        return TW_USAGE;
    tw_status status =
        p->context.aside > 0 ? user_drive(u, p, &stream, 0, &more, end, error) : TW_OK;
    if (status == TW_OK)
        hand_out(&p->asked, value);
    return status;
}

static const char *check_access(uint64_t va, unsigned bytes)
{
    if (bytes < 1 || bytes > TRACE_BYTES_MAX)
        return "an access has 1 to 512 bytes";
    return va + bytes - 1 < va ? "the access goes beyond the last address" : NULL;
}

/* Begins an access, after what is left from before. */
static tw_status begin(userland *u, struct user_process *p, const struct single *one,
                       const uint64_t *value, user_end *end, tw_error *error)
{
    const reference *r = &one->reference;
    struct single single = *one;
    const cpu_stream stream = {&single, next_single};
    bool more;
    tw_status status = user_wait(u, p->process, NULL, end, error);
    if (status != TW_OK || *end != USER_DONE)
        return status;
    p->asked = (struct user_asked){.va = r->va,
                                   .left = r->bytes,
                                   .given = r->kind == REFERENCE_STORE && value != NULL &&
                                            r->bytes <= sizeof *value};
    for (unsigned i = 0; p->asked.given && i < r->bytes; i++)
        p->asked.value[i] = (uint8_t)(*value >> 8 * i);
    return user_turn(u, p, &stream, 1, &more, end, error);
}

tw_status user_start(userland *u, os_process *process, tw_op op, uint64_t va, unsigned bytes,
                     uint64_t *value, user_end *end, tw_error *error)
{
    struct single one = {.reference = {.va = va, .bytes = bytes}, .given = true};
    struct user_process *p = user_find(u, process, error);
    const char *wrong = check_access(va, bytes);
    if (p == NULL)
        return TW_USAGE;
    if (wrong != NULL)
        return tw_fail(error, TW_USAGE, "%u bytes at %#" PRIx64 ": %s", bytes, va, wrong);
    one.reference.kind = op == OP_FETCH   ? REFERENCE_FETCH
                         : op == OP_STORE ? REFERENCE_STORE
                                          : REFERENCE_LOAD;
    tw_status status = begin(u, p, &one, value, end, error);
    if (status != TW_OK)
        user_forget(u, p);
    else if (*end == USER_DONE)
        hand_out(&p->asked, op == OP_STORE ? NULL : value);
    return status;
}

tw_status user_access(userland *u, os_process *process, tw_op op, uint64_t va, unsigned bytes,
                      uint64_t *value, user_end *end, tw_error *error)
{
    struct user_process *p = user_find(u, process, error);
    if (p == NULL)
        return TW_USAGE;
    tw_status status = user_start(u, process, op, va, bytes, value, end, error);
    if (status != TW_OK || *end != USER_WAITS)
        return status;
    status = user_wait(u, process, op == OP_STORE ? NULL : value, end, error);
    if (status != TW_OK)
        user_forget(u, p);
    return status;
}
