/* The processor port with segments: offsets on the pins, and when a descriptor is loaded. Engine:
 * lockstep; Bare, but where walks have to take time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tablewalk/driver.h"
#include "tablewalk/registers.h"
#include "tb/cpu.h"
#include "tb/data_monitor.h"
#include "tests/support/flights.h"
#include "tests/support/pages.h"
#include "tests/support/segments.h"

/* Flat page n from BASE on is selector n, in frame FRAME - n: so no two are neighbours as
 * before. */
enum { BASE = 0x10000, FRAME = 0x90000, PAGES = 5, STEP = 4096, NONE = TW_SEGMENTS_MAX };

typedef struct bench {
    tw_engine *engine;
    tw_memory *memory;
    tw_machine *machine;
    data_monitor *monitor;
    cpu *processor;
    cpu_context process;
    const reference *next, *end;
    unsigned registers;     /* that are used */
    unsigned number[PAGES]; /* of the register that holds the selector, or NONE */
    unsigned loads, absent; /* `absent`: selector whose limit is 0 till its fault; PAGES: none */
    flights flights;
    unsigned traps;
    unsigned taken_before; /* the load made last */
    uint64_t va;           /* of the last trap */
    bool refuse;           /* every selector */
} bench;

static tw_status show(bench *b, unsigned selector, tw_error *error)
{
    tw_segment segment = {.base = (uint64_t)(FRAME - selector) << PAGE_SHIFT,
                          .limit = selector == b->absent ? 0 : STEP,
                          .flags = F_RWX | F_U};
    return tw_segment_write(b->machine, b->number[selector], &segment, error);
}

static tw_status locate(void *context, uint64_t va, unsigned bytes, unsigned *selector,
                        uint64_t *offset, tw_error *error)
{
    const bench *b = context;
    assert_in_range(va % STEP + bytes, 1, STEP);
    *selector = (unsigned)((va - BASE) / STEP);
    *offset = va % STEP;
    return b->refuse ? tw_fail(error, TW_USAGE, "selector %u is refused", *selector) : TW_OK;
}

static tw_status find(void *context, unsigned selector, unsigned *number, tw_error *error)
{
    const bench *b = context;
    (void)error;
    *number = b->number[selector];
    return TW_OK;
}

static tw_status load_register(void *context, unsigned selector, tw_error *error)
{
    bench *b = context;
    unsigned number = b->loads++ % b->registers;
    b->taken_before = b->flights.taken;
    assert_int_equal(b->number[selector], NONE);
    assert_int_equal(flights_unanswered(&b->flights, b->machine), 0);
    for (unsigned i = 0; i < PAGES; i++)
        if (b->number[i] == number)
            b->number[i] = NONE;
    b->number[selector] = number;
    return show(b, selector, error);
}

static tw_status on_trap(void *context, unsigned cause, uint64_t va, cpu_outcome *outcome,
                         tw_error *error)
{
    bench *b = context;
    unsigned selector = b->absent;
    (void)cause;
    b->traps++;
    b->va = va;
    *outcome = CPU_TRAP_RESUME;
    assert_int_equal(flights_unanswered(&b->flights, b->machine), 0);
    assert_int_equal((va - BASE) / STEP, selector);
    b->absent = PAGES;
    tw_status status = show(b, selector, error);
    return status == TW_OK ? tw_register_write(b->machine, REG_FAULT_POP, 1, error) : status;
}

static tw_status next(void *context, reference *r, bool *more, tw_error *error)
{
    bench *b = context;
    (void)error;
    *more = b->next != b->end;
    if (*more)
        *r = *b->next++;
    return TW_OK;
}

static bench *start(unsigned registers, unsigned outstanding)
{
    bench *b = calloc(1, sizeof *b);
    tw_memory_options options = {.seed = 3, .latency_min = 1, .latency_max = 9};
    const tw_config *config = tw_rtl_built();
    b->registers = registers;
    b->absent = PAGES;
    for (unsigned i = 0; i < PAGES; i++)
        b->number[i] = NONE;
    b->engine = tw_lockstep_open(tw_rtl_open(config), tw_model_open(config));
    b->memory = tw_memory_open(&options);
    b->machine = tw_machine_open(b->engine, b->memory);
    b->monitor = data_monitor_open(b->machine, 1);
    flights_watch(&b->flights, b->machine);
    tw_register_write(b->machine, REG_CONTROL, TW_PUT(CONTROL, SEGMENTS, 1), NULL);
    b->processor =
        cpu_open(b->machine, data_monitor_path(b->monitor), (cpu_trap){b, on_trap}, outstanding);
    b->process.space = 1;
    cpu_use_segments(b->processor, &(cpu_segments){b, locate, find, load_register});
    return b;
}

static void stop(bench *b)
{
    cpu_close(b->processor);
    data_monitor_close(b->monitor);
    tw_machine_close(b->machine);
    tw_memory_close(b->memory);
    tw_engine_close(b->engine);
    free(b);
}

static tw_status run(bench *b, const reference *references, size_t count, tw_error *error)
{
    cpu_stream stream = {b, next};
    cpu_stop why;
    b->next = references;
    b->end = references + count;
    return cpu_run(b->processor, &b->process, &stream, UINT64_MAX, UINT64_MAX, &why, error);
}

static void expect_run(bench *b, const reference *references, size_t count)
{
    tw_error error = {0};
    if (run(b, references, count, &error) != TW_OK)
        fail_msg("%s", error.text);
    if (data_monitor_errors(b->monitor) != 0)
        fail_msg("%s", data_monitor_first_error(b->monitor));
    assert_int_equal(cpu_statistics(b->processor)->references, count);
}

static uint64_t stored_at(const bench *b, uint64_t va)
{
    uint64_t frame = FRAME - (va - BASE) / STEP;
    return tw_memory_read(b->memory, frame << PAGE_SHIFT | va % STEP, 8);
}

/* Every frame in its own place of the linear addresses, through page tables. */
static void use_pages(bench *b)
{
    unsigned mode = (tw_rtl_built()->modes >> MODE_SV39 & 1) != 0 ? MODE_SV39 : MODE_SV32;
    page_tables tables = pages_in(b->memory, mode);
    uint64_t root = pages_table(&tables);
    for (unsigned i = 0; i < PAGES; i++)
        pages_map(&tables, root, (uint64_t)(FRAME - i) << PAGE_SHIFT, 0,
                  pages_pte(FRAME - i, F_V | F_RWX | F_U));
    tw_register_write(b->machine, REG_CONTROL,
                      TW_PUT(CONTROL, SEGMENTS, 1) | TW_PUT(CONTROL, ADUE, 1), NULL);
    tw_register_write(b->machine, REG_SATP, TW_PUT(SATP, MODE, mode) | root, NULL);
}

#define SKIP_WITHOUT(registers)                     \
    do {                                            \
        if (tw_rtl_built()->segments < (registers)) \
            skip();                                 \
    } while (0)

static void each_access_goes_where_its_segment_is(void **state)
{
    (void)state;
    static const reference list[] = {{REFERENCE_STORE, BASE + 8, 8},
                                     {REFERENCE_STORE, BASE + 3 * STEP + 8, 8},
                                     {REFERENCE_LOAD, BASE + 8, 8},
                                     {REFERENCE_FETCH, BASE + 3 * STEP, 16},
                                     {REFERENCE_MODIFY, BASE + 4 * STEP - 1, 2},
                                     {REFERENCE_LOAD, BASE + 4 * STEP - 4, 8}};
    SKIP_WITHOUT(4);
    for (unsigned registers = 1; registers <= 4; registers++)
        for (unsigned outstanding = 1; outstanding <= CPU_OUTSTANDING_MAX; outstanding *= 4) {
            bench *b = start(registers, outstanding);
            expect_run(b, list, sizeof list / sizeof *list);
            assert_true(stored_at(b, BASE + 8) != 0);
            assert_true(stored_at(b, BASE + 3 * STEP + 8) != 0);
            assert_true(stored_at(b, BASE + 8) != stored_at(b, BASE + 3 * STEP + 8));
            stop(b);
        }
}

static void a_descriptor_is_loaded_when_no_register_holds_it(void **state)
{
    (void)state;
    static const reference list[] = {
        {REFERENCE_LOAD, BASE, 8},     {REFERENCE_LOAD, BASE + STEP, 8},
        {REFERENCE_LOAD, BASE + 8, 8}, {REFERENCE_LOAD, BASE + STEP + 8, 8},
        {REFERENCE_FETCH, BASE, 4},    {REFERENCE_STORE, BASE + 16, 8}};
    SKIP_WITHOUT(2);
    for (unsigned registers = 1; registers <= 2; registers++) {
        bench *b = start(registers, 16);
        expect_run(b, list, sizeof list / sizeof *list);
        assert_int_equal(b->loads, registers == 1 ? 5 : 2);
        stop(b);
    }
}

static void no_access_passes_one_whose_descriptor_has_to_be_loaded(void **state)
{
    (void)state;
    static const reference list[] = {
        {REFERENCE_LOAD, BASE, 8}, {REFERENCE_LOAD, BASE + STEP, 8}, {REFERENCE_LOAD, BASE + 8, 8}};
    SKIP_WITHOUT(1);
    bench *b = start(1, 16);
    use_pages(b);
    expect_run(b, list, sizeof list / sizeof *list);
    assert_int_equal(b->loads, 3);
    assert_int_equal(b->taken_before, 2); /* while they were walked for */
    stop(b);
}

static void both_halves_of_an_access_can_use_one_register(void **state)
{
    (void)state;
    static const reference list[] = {{REFERENCE_STORE, BASE + STEP - 4, 8},
                                     {REFERENCE_LOAD, BASE + STEP - 4, 8}};
    SKIP_WITHOUT(1);
    bench *b = start(1, 16);
    expect_run(b, list, 2);
    assert_int_equal(b->loads, 4);
    assert_int_equal(cpu_statistics(b->processor)->stores, 2);
    stop(b);
}

static void a_limit_fault_traps_with_the_flat_address(void **state)
{
    (void)state;
    static const reference list[] = {{REFERENCE_LOAD, BASE, 8},
                                     {REFERENCE_STORE, BASE + 2 * STEP + 24, 8},
                                     {REFERENCE_LOAD, BASE + STEP, 8},
                                     {REFERENCE_LOAD, BASE + 2 * STEP + 24, 8}};
    SKIP_WITHOUT(4);
    for (unsigned registers = 1; registers <= 4; registers++) {
        bench *b = start(registers, 16);
        b->absent = 2;
        expect_run(b, list, sizeof list / sizeof *list);
        assert_int_equal(b->traps, 1);
        assert_int_equal(b->va, BASE + 2 * STEP + 24);
        stop(b);
    }
}

static void an_address_without_a_segment_ends_with_its_sentence(void **state)
{
    (void)state;
    static const reference list[] = {{REFERENCE_MODIFY, BASE + STEP, 8}};
    SKIP_WITHOUT(1);
    bench *b = start(1, 4);
    tw_error error = {0};
    b->refuse = true;
    assert_int_equal(run(b, list, 1, &error), TW_USAGE);
    assert_string_equal(error.text, "selector 1 is refused");
    stop(b);
}

int main(void)
{
    const struct CMUnitTest processor[] = {
        cmocka_unit_test(each_access_goes_where_its_segment_is),
        cmocka_unit_test(a_descriptor_is_loaded_when_no_register_holds_it),
        cmocka_unit_test(no_access_passes_one_whose_descriptor_has_to_be_loaded),
        cmocka_unit_test(both_halves_of_an_access_can_use_one_register),
        cmocka_unit_test(a_limit_fault_traps_with_the_flat_address),
        cmocka_unit_test(an_address_without_a_segment_ends_with_its_sentence),
    };
    return cmocka_run_group_tests(processor, NULL, NULL);
}
