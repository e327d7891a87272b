/* call_bench.c: the golden model walks what the calls leave in the tables. */
#include "tests/support/call_bench.h"

#include <stdlib.h>

const os_options bench_slow = {
    .adue = true, .swap_slots = 64, .disk = {.seek = BENCH_SEEK, .transfer = BENCH_TRANSFER}};

call_bench *call_bench_open(unsigned mode, size_t processes, size_t frames,
                            const os_options *options)
{
    call_bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->machine = golden_open_at(golden_first(mode));
    os_port port = golden_port(bench->machine);
    port.records = counted_records_of(&bench->records);
    os_options o = options != NULL ? *options : (os_options){.adue = true, .swap_slots = 512};
    o.mode = mode;
    o.first_frame = golden_first(mode);
    o.frames = frames + os_row_frames(mode, frames, processes);
    assert_in_range(o.frames, 1, GOLDEN_FRAMES);
    tw_error error = {0};
    bench->system = os_open(&port, &o, &error);
    if (bench->system == NULL)
        fail_msg("os_open: %s", error.text);
    bench_ok(os_spawn(bench->system, &bench->process, &error), &error);
    bench_switch(bench, bench->process);
    return bench;
}

void call_bench_close(call_bench *bench)
{
    tw_error error = {0};
    bench_ok(os_audit(bench->system, &error), &error);
    os_close(bench->system);
    assert_int_equal(bench->records.alive, 0);
    free(bench->machine);
    free(bench);
}

size_t call_bench_frames(unsigned mode, size_t pages)
{
    return pages + (os_row_frames(mode, pages, 1) == 0 ? (size_t)2 * (mode_levels(mode) + 1) : 0);
}

uint64_t bench_map_object(call_bench *bench, os_object *object, uint64_t pages,
                          unsigned permissions, unsigned flags)
{
    const os_map_request request = {
        .bytes = PAGE(pages), .permissions = permissions, .flags = flags, .object = object};
    uint64_t address = 0;
    tw_error error = {0};
    bench_ok(os_mmap(bench->system, bench_current(bench), &request, &address, &error), &error);
    return address;
}

uint64_t bench_map(call_bench *bench, uint64_t pages, unsigned permissions, unsigned flags)
{
    return bench_map_object(bench, NULL, pages, permissions, flags);
}

os_object *bench_file(call_bench *bench, char path[BROKEN_PATH], size_t pages, bool writable)
{
    os_object *file = NULL;
    tw_error error = {0};
    file_make(path, pages);
    bench_ok(os_object_file(bench->system, path, writable, &file, &error), &error);
    return file;
}

/* ---- accesses -------------------------------------------------------------------------------- */

void bench_store(call_bench *bench, uint64_t va, uint64_t value)
{
    golden_store(bench->machine, bench->system, va, value);
}

uint64_t bench_load(call_bench *bench, uint64_t va)
{
    return golden_load(bench->machine, bench->system, va);
}

void bench_fetch(call_bench *bench, uint64_t va)
{
    uint64_t pa;
    assert_true(golden_run(bench->machine, bench->system, OP_FETCH, va, &pa));
}

os_reason bench_dies(call_bench *bench, tw_op op, uint64_t va)
{
    const os_process *process = bench_current(bench);
    uint64_t pa;
    assert_false(golden_run(bench->machine, bench->system, op, va, &pa));
    assert_int_equal(process->state, OS_KILLED);
    return process->death.reason;
}

void bench_begin_to_wait(call_bench *bench, uint64_t va)
{
    uint64_t pa;
    os_verdict verdict = OS_VERDICT_DEAD;
    tw_error error = {0};
    const unsigned cause = golden_access(bench->machine, OP_LOAD, va, &pa);
    bench_ok(os_fault(bench->system, cause, va, &verdict, &error), &error);
    assert_int_equal(verdict, OS_VERDICT_WAIT);
}

void bench_store_all(call_bench *bench, uint64_t va, uint64_t pages, uint64_t value)
{
    for (uint64_t i = 0; i < pages; i++)
        bench_store(bench, va + PAGE(i), value + i);
}

void bench_expect_all(call_bench *bench, uint64_t va, uint64_t pages, uint64_t value)
{
    for (uint64_t i = 0; i < pages; i++)
        assert_int_equal(bench_load(bench, va + PAGE(i)), value + i);
}

/* ---- processes ------------------------------------------------------------------------------- */

void bench_switch(call_bench *bench, os_process *process)
{
    tw_error error = {0};
    bench_ok(os_switch(bench->system, process, &error), &error);
}

os_process *bench_current(const call_bench *bench)
{
    assert_non_null(bench->system->current);
    return bench->system->current;
}

os_process *bench_fork(call_bench *bench)
{
    os_process *child = NULL;
    tw_error error = {0};
    bench_ok(os_fork(bench->system, bench_current(bench), &child, &error), &error);
    return child;
}

/* ---- looking --------------------------------------------------------------------------------- */

os_page *bench_page(const os_process *process, uint64_t va)
{
    const os_place *place = os_places_find(&process->space->places, va);
    return place != NULL ? place->page : NULL;
}

bool bench_mapped(const os_process *process, uint64_t va)
{
    const os_place *place = os_places_find(&process->space->places, va);
    return place != NULL && place->mapped;
}

uint64_t bench_word(const call_bench *bench, const os_process *process, uint64_t va)
{
    const os_place *place = os_places_find(&process->space->places, va);
    uint64_t word = 0;
    tw_error error = {0};
    assert_true(place != NULL && place->mapped);
    bench_ok(os_mapping_read(bench->system, place, &word, &error), &error);
    return word;
}

uint64_t bench_faults(const os_process *process)
{
    return process->minor_faults + process->major_faults;
}

size_t bench_page_frames(const call_bench *bench)
{
    size_t count = 0;
    for (size_t i = 0; i < os_frames_count(bench->system->frames); i++)
        count += os_frames_at(bench->system->frames, i)->use == OS_FRAME_USER;
    return count;
}
