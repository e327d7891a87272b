/* stage_bench.c: what the OS says of a fault, kept in order. */
#include "tests/support/stage_bench.h"

enum { EVENTS = 4096 };

/* All events of one test. */
static struct {
    os_event event[EVENTS];
    size_t count;
} seen;

static void see(void *context, const os_event *event)
{
    (void)context;
    assert_in_range(seen.count, 0, EVENTS - 1);
    seen.event[seen.count++] = *event;
}

void stage_disk(call_bench *bench, bool slow)
{
    const os_disk_times fast = {0}, times = {STAGE_SEEK, STAGE_TRANSFER};
    bench->system->disk.times = slow ? times : fast;
}

call_bench *stage_open(unsigned mode, size_t processes, size_t frames)
{
    const os_options options = {.adue = true, .swap_slots = 512};
    call_bench *b = call_bench_open(mode, processes, frames, &options);
    stage_disk(b, true);
    b->system->port.event = see;
    seen.count = 0;
    return b;
}

/* The next stage of a process from event *at on, or OS_EVENT_KINDS; *at goes behind it. */
static os_event next_stage(unsigned pid, size_t *at)
{
    while (*at < seen.count) {
        const os_event *e = &seen.event[(*at)++];
        if (e->kind <= OS_EVENT_FAULT_RESTART && e->pid == pid)
            return *e;
    }
    return (os_event){.kind = OS_EVENT_KINDS};
}

void stage_expect(unsigned pid, const os_event_kind *want, size_t count)
{
    size_t at = 0;
    uint64_t cycle = 0;
    for (size_t i = 0; i < count; i++) {
        os_event got = next_stage(pid, &at);
        if (got.kind != want[i])
            fail_msg("stage %zu of process %u: expected event %u, got %u", i, pid, want[i],
                     got.kind);
        assert_true(got.cycle >= cycle);
        cycle = got.cycle;
    }
    assert_int_equal(next_stage(pid, &at).kind, OS_EVENT_KINDS);
}

os_event stage_find(os_event_kind kind)
{
    for (size_t i = 0; i < seen.count; i++)
        if (seen.event[i].kind == kind)
            return seen.event[i];
    fail_msg("expected event %u, got none of it", kind);
    return (os_event){0};
}

uint64_t stage_map_file(call_bench *bench, char path[BROKEN_PATH], size_t pages)
{
    os_object *file = bench_file(bench, path, pages, false);
    uint64_t va = bench_map_object(bench, file, pages, OS_R, OS_VMA_SHARED);
    assert_int_equal(os_object_drop(bench->system, file, NULL), TW_OK);
    return va;
}

os_verdict stage_fault(call_bench *bench, tw_op op, uint64_t va)
{
    os_verdict verdict = OS_VERDICT_DEAD;
    uint64_t pa;
    tw_error error = {0};
    unsigned cause = golden_access(bench->machine, op, va, &pa);
    assert_int_equal(cause, page_fault(op));
    bench_ok(os_fault(bench->system, cause, va, &verdict, &error), &error);
    return verdict;
}

os_process *stage_spawn(call_bench *bench)
{
    os_process *process = NULL;
    tw_error error = {0};
    bench_ok(os_spawn(bench->system, &process, &error), &error);
    return process;
}
