/* What events say of frames: each that is taken is told, and each that is given back, so that
 * whoever counts them knows how many are in use, from the first frame on. In every mode. */
#include <stdlib.h>

#include "tests/support/call_bench.h"

enum { BASE = 0x40000000, SMALL = 256, RW = OS_R | OS_W };

static unsigned mode; /* of the tests that run */

typedef struct fixture {
    golden_machine *machine;
    os *system;
    uint64_t bytes; /* of a huge page; where there are none, of some small ones */
    size_t taken;   /* as events say */
} fixture;

static void count_frames(void *context, const os_event *event)
{
    fixture *f = context;
    f->taken += event->kind == OS_EVENT_FRAME_TAKEN;
    f->taken -= event->kind == OS_EVENT_FRAME_GIVEN;
}

static void check(const fixture *f, const char *when)
{
    const size_t used = os_frames_count(f->system->frames) - os_frames_free(f->system->frames);
    if (f->taken != used)
        fail_msg("%s: %zu frames are in use, and events say %zu", when, used, f->taken);
}

static os_process *start(fixture *f)
{
    const uint64_t huge = os_huge_bytes(mode);
    os_process *process;
    tw_error error = {0};
    *f = (fixture){.machine = golden_open_at(golden_first(mode)),
                   .bytes = huge != 0 ? huge : PAGE(64)};
    os_port port = golden_port(f->machine);
    port.event = count_frames;
    port.event_context = f;
    const size_t frames = SMALL + 2 * (size_t)(f->bytes / OS_PAGE_BYTES);
    const os_options options = {.mode = mode,
                                .first_frame = golden_first(mode),
                                .frames = frames + os_row_frames(mode, frames, 2),
                                .swap_slots = 4096,
                                .adue = true,
                                .zero_page = true,
                                .kernel_map = huge != 0};
    f->system = os_open(&port, &options, &error);
    if (f->system == NULL) {
        fail_msg("os_open: %s", error.text);
        return NULL; /* fail_msg does not come back, which the analyser cannot know */
    }
    check(f, "boot");
    bench_ok(os_spawn(f->system, &process, &error), &error);
    bench_ok(os_switch(f->system, process, &error), &error);
    check(f, "spawn");
    return process;
}

static void stop(fixture *f)
{
    tw_error error = {0};
    bench_ok(os_audit(f->system, &error), &error);
    os_close(f->system);
    free(f->machine);
}

static uint64_t map(const fixture *f, os_process *process, uint64_t address)
{
    const os_map_request request = {.address = address,
                                    .bytes = f->bytes,
                                    .permissions = RW,
                                    .flags = OS_VMA_HUGE,
                                    .fixed = true};
    uint64_t va;
    tw_error error = {0};
    bench_ok(os_mmap(f->system, process, &request, &va, &error), &error);
    return va;
}

static void store_all(const fixture *f, uint64_t va)
{
    for (uint64_t at = 0; at < f->bytes; at += OS_PAGE_BYTES)
        golden_store(f->machine, f->system, va + at, at);
}

static void what_is_taken_in_rows_and_blocks_is_told_too(void **state)
{
    (void)state;
    fixture f;
    os_process *parent = start(&f), *child;
    tw_error error = {0};
    const uint64_t va = map(&f, parent, BASE);
    golden_load(f.machine, f.system, va);
    check(&f, "a load");
    golden_store(f.machine, f.system, va, 1);
    store_all(&f, va);
    check(&f, "stores");
    bench_ok(os_fork(f.system, parent, &child, &error), &error);
    check(&f, "fork");
    bench_ok(os_switch(f.system, child, &error), &error);
    golden_store(f.machine, f.system, va, 2);
    check(&f, "copy");
    bench_ok(os_exit(f.system, &error), &error);
    check(&f, "exit");
    bench_ok(os_switch(f.system, parent, &error), &error);
    size_t made;
    if (os_huge_bytes(mode) != 0)
        bench_ok(os_collapse(f.system, parent, va, f.bytes, &made, &error), &error);
    check(&f, "collapse");
    const uint64_t more = map(&f, parent, BASE + 2 * f.bytes);
    store_all(&f, more);
    store_all(&f, map(&f, parent, BASE + 4 * f.bytes)); /* there are not so many frames */
    check(&f, "reclaim");
    bench_ok(os_munmap(f.system, parent, more, f.bytes, &error), &error);
    check(&f, "munmap");
    bench_ok(os_exit(f.system, &error), &error);
    check(&f, "the end");
    stop(&f);
}

static void a_huge_page_is_told_frame_by_frame(void **state)
{
    (void)state;
    if (os_huge_bytes(mode) == 0)
        skip();
    fixture f;
    os_process *process = start(&f);
    const uint64_t va = map(&f, process, BASE);
    const size_t before = f.taken;
    golden_store(f.machine, f.system, va, 1);
    assert_in_range(f.taken - before, f.bytes / OS_PAGE_BYTES, f.bytes / OS_PAGE_BYTES + 4);
    stop(&f);
}

/* Nothing of it stays: what was taken for it is told to be given back. */
static void a_huge_page_that_fails_is_told_to_be_gone(void **state)
{
    (void)state;
    if (os_huge_bytes(mode) == 0)
        skip();
    fixture f;
    os_process *process = start(&f);
    const uint64_t va = map(&f, process, BASE);
    f.machine->records.refuse = f.machine->records.takes + 20;
    golden_store(f.machine, f.system, va, 1);
    f.machine->records.refuse = 0;
    assert_null(os_huge_find(process->space, va));
    check(&f, "no records");
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest events[] = {
        cmocka_unit_test(what_is_taken_in_rows_and_blocks_is_told_too),
        cmocka_unit_test(a_huge_page_is_told_frame_by_frame),
        cmocka_unit_test(a_huge_page_that_fails_is_told_to_be_gone),
    };
    return golden_in_every_mode("frame_events", events, sizeof events / sizeof *events, &mode);
}
