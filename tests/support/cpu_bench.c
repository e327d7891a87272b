/* cpu_bench.c: see cpu_bench.h. */
#include "tests/support/cpu_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tablewalk/driver.h"
#include "tablewalk/registers.h"

bool cpu_bench_stored(const cpu_bench *b, unsigned page)
{
    static const uint8_t zeros[STEP];
    uint8_t bytes[STEP];
    tw_memory_read_page(b->memory, cpu_bench_frame(page), bytes);
    return memcmp(bytes, zeros, STEP) != 0;
}

unsigned cpu_bench_unanswered(const cpu_bench *b)
{
    return flights_unanswered(&b->flights, b->machine);
}

static tw_status on_trap(void *context, unsigned cause, uint64_t va, cpu_outcome *outcome,
                         tw_error *error)
{
    cpu_bench *b = context;
    b->traps++;
    b->cause = cause;
    b->va = va;
    assert_int_equal(cpu_bench_unanswered(b), 0);
    for (unsigned i = 0; i < PAGES; i++) {
        b->stored[i] = cpu_bench_stored(b, i);
        b->dirty[i] = pte_bit(pages_read(&b->tables, b->pte[i]), PTE_D);
    }
    *outcome = b->kill ? CPU_TRAP_DEAD : b->wait ? CPU_TRAP_WAIT : CPU_TRAP_RESUME;
    unsigned page = (unsigned)((va - BASE) / STEP);
    if (b->refuse)
        return tw_fail(error, TW_NO_MEMORY, "no memory for records");
    if (!b->leave && page < PAGES)
        pages_write(&b->tables, b->pte[page], pages_pte(FRAME + page, USER_PAGE));
    return tw_register_write(b->machine, REG_FAULT_POP, 1, error);
}

static tw_status next(void *context, reference *r, bool *more, tw_error *error)
{
    cpu_bench *b = context;
    (void)error;
    *more = b->next != b->end;
    if (*more)
        *r = *b->next++;
    return TW_OK;
}

static unsigned any_mode(void)
{
    return (tw_rtl_built()->modes >> MODE_SV39 & 1) != 0 ? MODE_SV39 : MODE_SV32;
}

cpu_bench *cpu_bench_open(unsigned outstanding)
{
    cpu_bench *b = calloc(1, sizeof *b);
    tw_memory_options options = {.seed = 3, .latency_min = 1, .latency_max = 9};
    const tw_config *config = tw_rtl_built();
    unsigned mode = any_mode();
    b->engine = tw_lockstep_open(tw_rtl_open(config), tw_model_open(config));
    b->memory = tw_memory_open(&options);
    b->machine = tw_machine_open(b->engine, b->memory);
    b->monitor = data_monitor_open(b->machine, 1);
    flights_watch(&b->flights, b->machine);
    b->tables = pages_in(b->memory, mode);
    uint64_t root = pages_table(&b->tables);
    for (unsigned i = 0; i < PAGES; i++)
        b->pte[i] =
            pages_map(&b->tables, root, BASE + i * STEP, 0, pages_pte(FRAME + i, USER_PAGE));
    tw_register_write(b->machine, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1), NULL);
    tw_register_write(b->machine, REG_SATP, TW_PUT(SATP, MODE, mode) | root, NULL);
    b->processor =
        cpu_open(b->machine, data_monitor_path(b->monitor), (cpu_trap){b, on_trap}, outstanding);
    b->process.space = 1;
    assert_non_null(b->processor);
    return b;
}

void cpu_bench_close(cpu_bench *b)
{
    cpu_close(b->processor);
    data_monitor_close(b->monitor);
    tw_machine_close(b->machine);
    tw_memory_close(b->memory);
    tw_engine_close(b->engine);
    free(b);
}

void cpu_bench_unmap(cpu_bench *b, unsigned page)
{
    pages_write(&b->tables, b->pte[page], 0);
}

void cpu_bench_give(cpu_bench *b, const reference *references, size_t count)
{
    b->next = references;
    b->end = references + count;
}

tw_status cpu_bench_slice(cpu_bench *b, uint64_t references, uint64_t until, cpu_stop *why,
                          tw_error *error)
{
    const cpu_stream stream = {b, next};
    return cpu_run(b->processor, &b->process, &stream, references, until, why, error);
}

cpu_stop cpu_bench_run(cpu_bench *b, const reference *references, size_t count)
{
    cpu_stop why = CPU_SLICE_OVER;
    tw_error error = {0};
    cpu_bench_give(b, references, count);
    if (cpu_bench_slice(b, UINT64_MAX, UINT64_MAX, &why, &error) != TW_OK)
        fail_msg("%s", error.text);
    return why;
}
