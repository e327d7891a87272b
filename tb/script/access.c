/* access.c: what processes load, store and fetch. */
#include <inttypes.h>

#include "tb/script/do.h"
#include "tb/script/world.h"

enum { VALUE_BYTES = 8, FETCH_BYTES = 4 };

static void note_end(script_world *w, os_process *process, user_end end)
{
    if (end == USER_DEAD)
        w->died = process;
}

/* A value that was read against what the script says. */
static tw_status check_value(const script_world *w, const script_statement *st, os_process *p,
                             uint64_t va, uint64_t want, uint64_t got, script_complaint *complaint)
{
    return want == got ? TW_OK
                       : script_unmet(st, complaint,
                                      "expected %s to read %" PRIu64 " (%#" PRIx64 ") at %#" PRIx64
                                      ", got %" PRIu64 " (%#" PRIx64 ")",
                                      script_process_name(w, p), want, want, va, got, got);
}

/* Accesses that are alike, up to the first that is the process's last. */
typedef struct series {
    tw_op op;
    uint64_t va, count, stride;
    uint64_t bytes;
    bool given; /* a value */
    uint64_t value;
} series;

static tw_status access_series(script_world *w, const script_statement *st, const series *s,
                               script_complaint *complaint)
{
    tw_error error = {0};
    os_process *p = script_process_of(w, st);
    for (uint64_t i = 0; i < s->count && w->died == NULL; i++) {
        uint64_t value = s->value, va = s->va + i * s->stride;
        user_end end = USER_DONE;
        bool passed = s->given || s->op != OP_STORE;
        tw_status status = user_access(w->users, p, s->op, va, (unsigned)s->bytes,
                                       passed ? &value : NULL, &end, &error);
        if (status != TW_OK)
            return script_called(st, status, &error, complaint);
        note_end(w, p, end);
        if (s->given && s->op != OP_STORE && end == USER_DONE &&
            check_value(w, st, p, va, s->value, value, complaint) != TW_OK)
            return complaint->status;
    }
    return TW_OK;
}

static tw_status check_series(const script_statement *st, const series *s,
                              script_complaint *complaint)
{
    script_width width = {s->bytes, s->count, s->given ? &s->value : NULL};
    return script_check_width(st, &width, TW_MISMATCH, complaint);
}

static tw_status run_series(script_world *w, const script_statement *st, tw_op op,
                            script_complaint *complaint)
{
    const script_phrase *p = &st->phrase;
    bool data = op != OP_FETCH;
    series s = {.op = op,
                .va = script_number(w, p, "ADDRESS", 0),
                .count = script_number(w, p, "count", 1),
                .stride = script_number(w, p, "stride", OS_PAGE_BYTES),
                .bytes = data ? script_number(w, p, "bytes", VALUE_BYTES) : FETCH_BYTES,
                .given = data && script_given(p, "NUMBER")};
    if (s.given)
        s.value = script_number(w, p, "NUMBER", 0);
    tw_status status = check_series(st, &s, complaint);
    return status == TW_OK ? access_series(w, st, &s, complaint) : status;
}

tw_status script_load(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return run_series(w, st, OP_LOAD, complaint);
}

tw_status script_store(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return run_series(w, st, OP_STORE, complaint);
}

tw_status script_fetch(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return run_series(w, st, OP_FETCH, complaint);
}

tw_status script_touch(script_world *w, const script_statement *st, script_complaint *complaint)
{
    const uint64_t page = OS_PAGE_BYTES;
    uint64_t va = script_number(w, &st->phrase, "ADDRESS", 0) / page * page;
    uint64_t end =
        script_number(w, &st->phrase, "ADDRESS", 0) + script_number(w, &st->phrase, "BYTES", 0);
    series s = {
        .op = OP_LOAD, .va = va, .count = (end - va + page - 1) / page, .stride = page, .bytes = 1};
    tw_status status = check_series(st, &s, complaint);
    return status == TW_OK ? access_series(w, st, &s, complaint) : status;
}

/* ---- accesses that wait for the disk --------------------------------------------------------- */

tw_status script_start(script_world *w, const script_statement *st, script_complaint *complaint)
{
    static const tw_op OP[] = {OP_LOAD, OP_STORE, OP_FETCH};
    tw_error error = {0};
    user_end end = USER_DONE;
    os_process *p = script_process_of(w, st);
    tw_op op = OP[script_argument_of(&st->phrase, "read")->index];
    tw_status status = user_start(w->users, p, op, script_number(w, &st->phrase, "ADDRESS", 0),
                                  op == OP_FETCH ? FETCH_BYTES : VALUE_BYTES, NULL, &end, &error);
    note_end(w, p, end);
    return script_called(st, status, &error, complaint);
}

tw_status script_wait(script_world *w, const script_statement *st, script_complaint *complaint)
{
    tw_error error = {0};
    user_end end = USER_DONE;
    os_process *p = script_process_of(w, st);
    tw_status status = user_wait(w->users, p, NULL, &end, &error);
    note_end(w, p, end);
    return script_called(st, status, &error, complaint);
}
