/* segment_bench.c: the loop of processor and OS, with nothing in flight. */
#include "tests/support/segment_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tablewalk/driver.h"
#include "tablewalk/engine.h"
#include "tablewalk/registers.h"
#include "tb/os_link.h"

static void must(tw_status status, const tw_error *error)
{
    if (status != TW_OK)
        fail_msg("expected no error, got: %s", error->text);
}

static void fill_with_junk(tw_memory *memory, size_t frames)
{
    uint8_t page[OS_PAGE_BYTES];
    memset(page, 0xee, sizeof page);
    for (size_t i = 0; i < frames; i++)
        tw_memory_write_page(memory, (uint64_t)(BENCH_FIRST + i) << PAGE_SHIFT, page);
}

segment_bench seg_open(unsigned mode, unsigned registers, size_t frames, size_t slots)
{
    segment_bench b = {0};
    tw_error error = {0};
    tw_memory_options memory = {.seed = 7, .latency_min = 1, .latency_max = 3};
    tw_config config = *tw_config_named("default");
    config.segments = registers;
    b.engine = tw_model_open(&config);
    b.memory = tw_memory_open(&memory);
    b.machine = tw_machine_open(b.engine, b.memory);
    assert_non_null(b.machine);
    fill_with_junk(b.memory, frames);
    os_port port = os_link(b.machine);
    os_options options = {.mode = mode,
                          .first_frame = BENCH_FIRST,
                          .frames = frames,
                          .swap_slots = slots,
                          .adue = true,
                          .segmented = true};
    b.system = os_open(&port, &options, &error);
    must(b.system != NULL ? TW_OK : error.status, &error);
    return b;
}

void seg_close(segment_bench *b)
{
    os_close(b->system);
    tw_machine_close(b->machine);
    tw_memory_close(b->memory);
    tw_engine_close(b->engine);
}

os_process *seg_spawn(segment_bench *b, const os_region *region, size_t regions)
{
    tw_error error = {0};
    os_process *process = NULL;
    must(os_spawn(b->system, &process, &error), &error);
    for (size_t i = 0; i < regions; i++)
        must(os_process_add_region(b->system, process, region[i], &error), &error);
    seg_switch(b, process);
    return process;
}

void seg_switch(segment_bench *b, os_process *process)
{
    tw_error error = {0};
    must(os_switch(b->system, process, &error), &error);
    b->process = process;
}

unsigned seg_try(segment_bench *b, tw_op op, uint64_t va, uint64_t *pa)
{
    tw_error error = {0};
    tw_answer answer = {0};
    unsigned selector = 0, number = 0;
    tw_request request = {.op = op, .priv = PRIV_U};
    must(os_segments_locate(b->system, va, 1, &selector, &request.va, &error), &error);
    must(os_segments_load(b->system, selector, &error), &error);
    must(os_segments_find(b->system, selector, &number, &error), &error);
    must(tw_translate_offset(b->machine, op == OP_FETCH ? TW_FETCH : TW_DATA, number, &request,
                             &answer, &error),
         &error);
    *pa = answer.pa;
    return answer.fault;
}

bool seg_access(segment_bench *b, tw_op op, uint64_t va, uint64_t *pa)
{
    for (int tries = 0; tries < 8; tries++) {
        unsigned cause = seg_try(b, op, va, pa);
        if (cause == CAUSE_NONE)
            return true;
        tw_error error = {0};
        os_verdict verdict = OS_VERDICT_DEAD;
        must(os_fault(b->system, cause, va, &verdict, &error), &error);
        if (verdict != OS_VERDICT_RESUME)
            return false;
    }
    fail_msg("the access at %#llx still faults after 8 repairs", (unsigned long long)va);
    return false;
}

void seg_store(segment_bench *b, uint64_t va, uint64_t value)
{
    uint64_t pa = 0;
    assert_true(seg_access(b, OP_STORE, va, &pa));
    tw_memory_write(b->memory, pa, 8, value);
}

uint64_t seg_load(segment_bench *b, uint64_t va)
{
    uint64_t pa = 0;
    assert_true(seg_access(b, OP_LOAD, va, &pa));
    return tw_memory_read(b->memory, pa, 8);
}

tw_segment seg_register(segment_bench *b, unsigned number)
{
    uint64_t flags = 0;
    tw_segment segment = {0};
    tw_error error = {0};
    must(tw_register_write(b->machine, REG_SEGMENT, number, &error), &error);
    must(tw_register_read(b->machine, REG_SEGMENT_BASE, &segment.base, &error), &error);
    must(tw_register_read(b->machine, REG_SEGMENT_LIMIT, &segment.limit, &error), &error);
    must(tw_register_read(b->machine, REG_SEGMENT_FLAGS, &flags, &error), &error);
    segment.flags = (unsigned)flags;
    return segment;
}

const os_segment *seg_segment(const segment_bench *b, unsigned selector)
{
    assert_non_null(b->process->segments);
    assert_true(selector < b->process->segments->count);
    return &b->process->segments->segment[selector];
}

const os_segment_counts *seg_counts(const segment_bench *b)
{
    return os_segments_statistics(b->system);
}
