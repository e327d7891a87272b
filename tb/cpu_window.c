/* cpu_window.c: references in, accesses out. */
#include <assert.h>

#include "tb/cpu_inside.h"
#include "tb/page_store.h"

/* Puts one access that crosses no page into the window. */
static tw_status push_access(cpu *c, cpu_access asked, tw_error *error)
{
    struct access *access = access_at(c, c->next);
    *access = (struct access){.asked = asked, .offset = asked.va};
    if (c->segments.locate != NULL) {
        tw_status status = c->segments.locate(c->segments.context, asked.va, asked.bytes,
                                              &access->selector, &access->offset, error);
        if (status != TW_OK)
            return status;
    }
    c->next++;
    return TW_OK;
}

tw_status cpu_take_up(cpu *c, tw_error *error)
{
    unsigned count = c->process->aside;
    tw_status status = TW_OK;
    c->process->aside = 0;
    for (unsigned i = 0; status == TW_OK && i < count; i++)
        status = push_access(c, c->process->access[i], error);
    return status;
}

void cpu_put_aside(cpu *c)
{
    assert(c->in_flight == 0);
    cpu_context *process = c->process;
    for (process->aside = 0; c->oldest < c->next; c->oldest++) {
        struct access *access = access_at(c, c->oldest);
        c->counts.restarts += access->state == ANSWERED;
        process->access[process->aside++] = access->asked;
    }
}

/* One load, store or fetch: one access, or two if it crosses a page. */
static tw_status push(cpu *c, tw_op op, uint64_t va, unsigned bytes, tw_error *error)
{
    unsigned room = PAGE_BYTES - (unsigned)(va % PAGE_BYTES);
    if (bytes <= room)
        return push_access(c, (cpu_access){op, va, bytes, .last = true}, error);
    tw_status status = push_access(c, (cpu_access){op, va, room, .last = false}, error);
    if (status != TW_OK)
        return status;
    return push_access(c, (cpu_access){op, va + room, bytes - room, .last = true}, error);
}

static tw_status push_reference(cpu *c, const reference *r, tw_error *error)
{
    tw_status status = TW_OK;
    if (r->kind == REFERENCE_FETCH)
        status = push(c, OP_FETCH, r->va, r->bytes, error);
    if (r->kind == REFERENCE_LOAD || r->kind == REFERENCE_MODIFY)
        status = push(c, OP_LOAD, r->va, r->bytes, error);
    if (status == TW_OK && (r->kind == REFERENCE_STORE || r->kind == REFERENCE_MODIFY))
        status = push(c, OP_STORE, r->va, r->bytes, error);
    access_at(c, c->next - 1)->asked.completes = true;
    return status;
}

tw_status cpu_fill(cpu *c, const cpu_stream *stream, uint64_t *references, bool *more,
                   tw_error *error)
{
    while (*more && *references > 0 && c->next - c->oldest <= WINDOW - PER_REFERENCE) {
        reference r;
        tw_status status = stream->next(stream->context, &r, more, error);
        if (status == TW_OK && *more) {
            status = push_reference(c, &r, error);
            c->process->taken++;
            --*references;
        }
        if (status != TW_OK)
            return status;
    }
    return TW_OK;
}
