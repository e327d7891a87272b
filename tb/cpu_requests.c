/* cpu_requests.c: which access goes next on which port, and with which segment register. */
#include <assert.h>

#include "tb/cpu_inside.h"

static void drive(tw_in *in, unsigned id, const struct access *access)
{
#define DRIVE(port)                                \
    in->port##_req_valid = 1;                      \
    in->port##_req_id = (uint8_t)id;               \
    in->port##_req_va = access->offset;            \
    in->port##_req_seg = (uint8_t)access->number;  \
    in->port##_req_op = (uint8_t)access->asked.op; \
    in->port##_req_priv = PRIV_U;
    if (access->asked.op == OP_FETCH) {
        DRIVE(fetch)
    } else {
        DRIVE(data)
    }
#undef DRIVE
}

/* The access that the port has to keep on its pins; `next` for none. */
static uint64_t offered(cpu *c, unsigned port)
{
    uint64_t n = c->oldest;
    while (n < c->next &&
           (access_at(c, n)->state != OFFERED || port_of(access_at(c, n)->asked.op) != port))
        n++;
    return n;
}

/* False: its descriptor has to be loaded first. */
static tw_status find_register(cpu *c, struct access *access, bool *found, tw_error *error)
{
    *found = true;
    if (c->segments.find == NULL)
        return TW_OK;
    tw_status status =
        c->segments.find(c->segments.context, access->selector, &access->number, error);
    *found = access->number < TW_SEGMENTS_MAX;
    return status;
}

/* The oldest access that the port may begin with now, in *n; `next` for none. None passes an access
 * whose descriptor has to be loaded. */
static tw_status choose(cpu *c, unsigned port, uint64_t *n, tw_error *error)
{
    bool certain = true; /* all older ones are translated: none of them can fault any more */
    for (*n = c->oldest; *n < c->next; ++*n) {
        struct access *access = access_at(c, *n);
        if (access->state == ANSWERED && access->fault != CAUSE_NONE)
            break;
        if (access->state == WAITING) {
            bool found;
            tw_status status = find_register(c, access, &found, error);
            if (status != TW_OK)
                return status;
            if (!found)
                break;
            if (port_of(access->asked.op) == port && (certain || access->asked.op != OP_STORE))
                return TW_OK;
        }
        certain = certain && access->state == ANSWERED;
    }
    *n = c->next;
    return TW_OK;
}

tw_status cpu_offer(cpu *c, tw_error *error)
{
    const tw_out *out = tw_machine_out(c->machine);
    for (unsigned port = TW_FETCH; port <= TW_DATA; port++) {
        uint64_t n = offered(c, port);
        if (n == c->next && c->in_flight < c->outstanding) {
            tw_status status = choose(c, port, &n, error);
            if (status != TW_OK)
                return status;
            c->in_flight += n != c->next;
        }
        if (n == c->next)
            continue;
        bool taken = port == TW_FETCH ? out->fetch_req_ready : out->data_req_ready;
        drive(tw_machine_in(c->machine), (unsigned)(n % WINDOW), access_at(c, n));
        access_at(c, n)->state = taken ? TAKEN : OFFERED;
        if (taken)
            patience_progress(&c->patience, tw_machine_cycle(c->machine));
    }
    return TW_OK;
}

tw_status cpu_load_register(cpu *c, tw_error *error)
{
    uint64_t n = c->oldest;
    bool found = true;
    while (n < c->next && access_at(c, n)->state == ANSWERED)
        n++;
    if (n == c->next)
        return TW_OK;
    tw_status status = find_register(c, access_at(c, n), &found, error);
    if (status != TW_OK || found)
        return status;
    assert(c->in_flight == 0); /* it is waiting, and no younger one has passed it */
    patience_progress(&c->patience, tw_machine_cycle(c->machine));
    return c->segments.load(c->segments.context, access_at(c, n)->selector, error);
}
