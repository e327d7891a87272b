/* calls.c: system calls about memory, each for one process. */
#include "tb/script/do.h"
#include "tb/script/world.h"

/* What -> $NAME gets, if it is there. */
static void bind(script_world *w, const script_statement *st, uint64_t value)
{
    const script_argument *name = script_argument_of(&st->phrase, "$NAME");
    if (name->given)
        w->variable[name->index] = value;
}

static os_map_request request_of(const script_world *w, const script_statement *st)
{
    const script_phrase *p = &st->phrase;
    const script_argument *permissions = script_argument_of(p, "PERMISSIONS");
    const script_argument *shared = script_argument_of(p, "shared");
    const script_argument *file = script_argument_of(p, "file");
    os_map_request r = {.address = script_number(w, p, "at", 0),
                        .bytes = script_number(w, p, "BYTES", 0),
                        .permissions = permissions->given ? permissions->index : OS_R | OS_W,
                        .fixed = script_given(p, "fixed"),
                        .populate = script_given(p, "populate"),
                        .object = file->given ? w->file[file->index].object : NULL,
                        .offset = script_number(w, p, "offset", 0)};
    r.flags |= shared->given && shared->index == 0 ? OS_VMA_SHARED : 0u;
    r.flags |= script_given(p, "huge") ? OS_VMA_HUGE : 0u;
    r.flags |= script_given(p, "locked") ? OS_VMA_LOCKED : 0u;
    r.flags |= script_given(p, "stack") ? OS_VMA_GROWS_DOWN : 0u;
    return r;
}

tw_status script_mmap(script_world *w, const script_statement *st, script_complaint *complaint)
{
    tw_error error = {0};
    uint64_t address = 0;
    os_process *p = script_process_of(w, st);
    os_map_request request = request_of(w, st);
    tw_status status = user_mmap(w->users, p, &request, &address, &error);
    if (status == TW_OK)
        bind(w, st, address);
    return script_called(st, status, &error, complaint);
}

/* A call of a process for a range. */
typedef tw_status range_call(userland *users, os_process *process, uint64_t start, uint64_t bytes,
                             tw_error *error);

static tw_status call_range(script_world *w, const script_statement *st, range_call *call,
                            script_complaint *complaint)
{
    tw_error error = {0};
    os_process *p = script_process_of(w, st);
    tw_status status = call(w->users, p, script_number(w, &st->phrase, "ADDRESS", 0),
                            script_number(w, &st->phrase, "BYTES", 0), &error);
    return script_called(st, status, &error, complaint);
}

tw_status script_munmap(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return call_range(w, st, user_munmap, complaint);
}

tw_status script_mlock(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return call_range(w, st, user_mlock, complaint);
}

tw_status script_munlock(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return call_range(w, st, user_munlock, complaint);
}

tw_status script_populate(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return call_range(w, st, user_populate, complaint);
}

tw_status script_mprotect(script_world *w, const script_statement *st, script_complaint *complaint)
{
    tw_error error = {0};
    os_process *p = script_process_of(w, st);
    tw_status status = user_mprotect(w->users, p, script_number(w, &st->phrase, "ADDRESS", 0),
                                     script_number(w, &st->phrase, "BYTES", 0),
                                     script_argument_of(&st->phrase, "PERMISSIONS")->index, &error);
    return script_called(st, status, &error, complaint);
}

tw_status script_brk(script_world *w, const script_statement *st, script_complaint *complaint)
{
    tw_error error = {0};
    os_process *p = script_process_of(w, st);
    tw_status status = user_brk(w->users, p, script_number(w, &st->phrase, "ADDRESS", 0), &error);
    return script_called(st, status, &error, complaint);
}

tw_status script_madvise(script_world *w, const script_statement *st, script_complaint *complaint)
{
    static const os_advice ADVICE[] = {OS_ADVISE_WILLNEED, OS_ADVISE_DONTNEED, OS_ADVISE_HUGE,
                                       OS_ADVISE_NO_HUGE};
    tw_error error = {0};
    os_process *p = script_process_of(w, st);
    tw_status status =
        user_madvise(w->users, p, script_number(w, &st->phrase, "ADDRESS", 0),
                     script_number(w, &st->phrase, "BYTES", 0),
                     ADVICE[script_argument_of(&st->phrase, "willneed")->index], &error);
    return script_called(st, status, &error, complaint);
}

/* A call for a range that counts what it did. */
typedef tw_status counting_call(userland *users, os_process *process, uint64_t start,
                                uint64_t bytes, size_t *count, tw_error *error);

static tw_status call_counting(script_world *w, const script_statement *st, counting_call *call,
                               script_complaint *complaint)
{
    tw_error error = {0};
    size_t count = 0;
    os_process *p = script_process_of(w, st);
    tw_status status = call(w->users, p, script_number(w, &st->phrase, "ADDRESS", 0),
                            script_number(w, &st->phrase, "BYTES", 0), &count, &error);
    bind(w, st, count);
    return script_called(st, status, &error, complaint);
}

tw_status script_msync(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return call_counting(w, st, user_msync, complaint);
}

tw_status script_collapse(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return call_counting(w, st, user_collapse, complaint);
}
