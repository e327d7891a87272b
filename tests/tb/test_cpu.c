/* The processor port: order, precise traps, and how much may be in flight. Engine: lockstep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tablewalk/driver.h"
#include "tablewalk/registers.h"
#include "tb/cpu.h"
#include "tb/observer.h"
#include "tests/support/pages.h"

/* Five pages from BASE on; page n is frame FRAME + n. */
enum { BASE = 0x10000, FRAME = 0x90000, PAGES = 5, STEP = 4096 };
enum { USER_PAGE = F_V | F_RWX | F_U };

typedef struct bench bench;

struct bench {
    tw_engine *engine;
    tw_memory *memory;
    tw_machine *machine;
    data_monitor *monitor;
    page_tables tables;
    uint64_t pte[PAGES]; /* addresses */
    cpu *processor;
    const reference *next, *end;
    /* what the trap handler does, and saw */
    bool kill, leave;
    unsigned traps, cause;
    uint64_t va;
    bool stored[PAGES], dirty[PAGES]; /* at the last trap */
    unsigned in_flight, most_in_flight;
};

static uint64_t frame_of(unsigned page)
{
    return (uint64_t)(FRAME + page) << PAGE_SHIFT;
}

/* True if any byte of the page's frame is not 0. */
static bool is_stored(const bench *b, unsigned page)
{
    static const uint8_t zeros[STEP];
    uint8_t bytes[STEP];
    tw_memory_read_page(b->memory, frame_of(page), bytes);
    return memcmp(bytes, zeros, STEP) != 0;
}

/* Requests taken whose answers are not even on the pins of this cycle, which has not ended. */
static unsigned unanswered(const bench *b)
{
    const tw_out *out = tw_machine_out(b->machine);
    return b->in_flight - out->fetch_resp_valid - out->data_resp_valid;
}

static tw_status on_trap(void *context, unsigned cause, uint64_t va, bool *resume, tw_error *error)
{
    bench *b = context;
    b->traps++;
    b->cause = cause;
    b->va = va;
    assert_int_equal(unanswered(b), 0);
    for (unsigned i = 0; i < PAGES; i++) {
        b->stored[i] = is_stored(b, i);
        b->dirty[i] = pte_bit(pages_read(&b->tables, b->pte[i]), PTE_D);
    }
    *resume = !b->kill;
    unsigned page = (unsigned)((va - BASE) / STEP);
    if (!b->leave && page < PAGES)
        pages_write(&b->tables, b->pte[page], pages_pte(FRAME + page, USER_PAGE));
    return tw_register_write(b->machine, REG_FAULT_POP, 1, error);
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

static tw_status count_in_flight(void *context, uint64_t cycle, const tw_out *out, const tw_in *in,
                                 tw_error *error)
{
    bench *b = context;
    (void)cycle;
    (void)error;
    for (unsigned port = 0; port < PORTS; port++) {
        struct request_pins request = observer_request(out, in, port);
        b->in_flight -= observer_answer(out, port).valid;
        b->in_flight += request.valid && request.ready;
    }
    if (b->in_flight > b->most_in_flight)
        b->most_in_flight = b->in_flight;
    return TW_OK;
}

static unsigned any_mode(void)
{
    return (tw_rtl_built()->modes >> MODE_SV39 & 1) != 0 ? MODE_SV39 : MODE_SV32;
}

static bench *start(unsigned outstanding)
{
    bench *b = calloc(1, sizeof *b);
    tw_memory_options options = {.seed = 3, .latency_min = 1, .latency_max = 9};
    const tw_config *config = tw_rtl_built();
    unsigned mode = any_mode();
    b->engine = tw_lockstep_open(tw_rtl_open(config), tw_model_open(config));
    b->memory = tw_memory_open(&options);
    b->machine = tw_machine_open(b->engine, b->memory);
    b->monitor = data_monitor_open(b->machine, 1);
    tw_machine_watch(b->machine, (tw_watcher){b, count_in_flight}, NULL);
    b->tables = pages_in(b->memory, mode);
    uint64_t root = pages_table(&b->tables);
    for (unsigned i = 0; i < PAGES; i++)
        b->pte[i] =
            pages_map(&b->tables, root, BASE + i * STEP, 0, pages_pte(FRAME + i, USER_PAGE));
    tw_register_write(b->machine, REG_CONTROL, TW_PUT(CONTROL, ADUE, 1), NULL);
    tw_register_write(b->machine, REG_SATP, TW_PUT(SATP, MODE, mode) | root, NULL);
    b->processor = cpu_open(b->machine, b->monitor, (cpu_trap){b, on_trap}, outstanding);
    assert_non_null(b->processor);
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

/* Makes a page absent. */
static void unmap(bench *b, unsigned page)
{
    pages_write(&b->tables, b->pte[page], 0);
}

static cpu_stop run(bench *b, const reference *references, size_t count)
{
    cpu_stream stream = {b, next};
    cpu_stop why = CPU_SLICE_OVER;
    tw_error error = {0};
    b->next = references;
    b->end = references + count;
    if (cpu_run(b->processor, 1, &stream, UINT64_MAX, UINT64_MAX, &why, &error) != TW_OK)
        fail_msg("%s", error.text);
    return why;
}

#define FETCH(va, n)           \
    {                          \
        REFERENCE_FETCH, va, n \
    }
#define LOAD(va, n)           \
    {                         \
        REFERENCE_LOAD, va, n \
    }
#define STORE(va, n)           \
    {                          \
        REFERENCE_STORE, va, n \
    }
#define MODIFY(va, n)           \
    {                           \
        REFERENCE_MODIFY, va, n \
    }
#define RUN(b, list) run(b, list, sizeof(list) / sizeof *(list))

static void loads_see_the_stores_before_them(void **state)
{
    (void)state;
    static const reference list[] = {STORE(BASE, 8),   LOAD(BASE, 8),         STORE(BASE + 4, 8),
                                     LOAD(BASE, 16),   MODIFY(BASE + 2, 4),   FETCH(BASE, 16),
                                     LOAD(BASE, 32),   STORE(BASE + STEP, 1), LOAD(BASE + STEP, 1),
                                     LOAD(BASE + 1, 7)};
    for (unsigned outstanding = 1; outstanding <= CPU_OUTSTANDING_MAX; outstanding *= 2) {
        bench *b = start(outstanding);
        assert_int_equal(RUN(b, list), CPU_STREAM_OVER);
        const cpu_counts *counts = cpu_statistics(b->processor);
        assert_int_equal(counts->references, 10);
        assert_int_equal(counts->loads, 6);
        assert_int_equal(counts->stores, 4);
        assert_int_equal(counts->fetches, 1);
        assert_int_equal(data_monitor_errors(b->monitor), 0);
        stop(b);
    }
}

static void a_reference_across_a_page_edge_is_two_accesses(void **state)
{
    (void)state;
    static const reference list[] = {STORE(BASE + STEP - 4, 8), LOAD(BASE + STEP - 8, 16),
                                     MODIFY(BASE + 2 * STEP - 1, 2)};
    bench *b = start(4);
    RUN(b, list);
    assert_int_equal(cpu_statistics(b->processor)->stores, 4);
    assert_int_equal(cpu_statistics(b->processor)->loads, 4);
    assert_true(tw_memory_read(b->memory, frame_of(0) + STEP - 4, 4) != 0);
    assert_true(tw_memory_read(b->memory, frame_of(1), 4) != 0);
    assert_int_equal(data_monitor_errors(b->monitor), 0);
    stop(b);
}

static void at_a_trap_older_stores_are_done_and_younger_ones_are_not(void **state)
{
    (void)state;
    static const reference list[] = {STORE(BASE, 8), LOAD(BASE + STEP, 8),
                                     STORE(BASE + 2 * STEP, 8)};
    bench *b = start(16);
    unmap(b, 1);
    RUN(b, list);
    assert_int_equal(b->traps, 1);
    assert_int_equal(b->cause, CAUSE_LOAD_PAGE);
    assert_int_equal(b->va, BASE + STEP);
    assert_true(b->stored[0]);
    assert_false(b->stored[2]);
    assert_false(b->dirty[2]); /* D is never set by a store that may not happen */
    assert_true(is_stored(b, 2));
    assert_int_equal(data_monitor_errors(b->monitor), 0);
    stop(b);
}

static void a_store_whose_second_half_faults_writes_no_first_half(void **state)
{
    (void)state;
    static const reference list[] = {STORE(BASE + STEP - 4, 8)};
    bench *b = start(4);
    unmap(b, 1);
    RUN(b, list);
    assert_int_equal(b->traps, 1);
    assert_int_equal(b->cause, CAUSE_STORE_PAGE);
    assert_int_equal(b->va, BASE + STEP);
    assert_false(b->stored[0]);
    assert_true(is_stored(b, 0));
    assert_true(is_stored(b, 1));
    stop(b);
}

static void each_fault_of_a_window_is_trapped_once_in_program_order(void **state)
{
    (void)state;
    static const reference list[] = {LOAD(BASE + 4 * STEP, 8), FETCH(BASE, 4), LOAD(BASE + STEP, 8),
                                     STORE(BASE + 2 * STEP, 8)};
    bench *b = start(16);
    for (unsigned i = 0; i < PAGES; i++)
        unmap(b, i);
    RUN(b, list);
    assert_int_equal(b->traps, 4);
    assert_int_equal(b->cause, CAUSE_STORE_PAGE);
    assert_int_equal(cpu_statistics(b->processor)->traps, 4);
    stop(b);
}

static void a_killed_process_does_nothing_more(void **state)
{
    (void)state;
    static const reference list[] = {LOAD(BASE + STEP, 8), STORE(BASE, 8)};
    bench *b = start(16);
    unmap(b, 1);
    b->kill = true;
    assert_int_equal(RUN(b, list), CPU_KILLED);
    assert_false(is_stored(b, 0));
    assert_int_equal(cpu_statistics(b->processor)->references, 0);
    stop(b);
}

static void an_access_that_is_never_repaired_ends_with_a_sentence(void **state)
{
    (void)state;
    static const reference list[] = {LOAD(BASE + STEP, 8)};
    bench *b = start(4);
    cpu_stream stream = {b, next};
    cpu_stop why;
    tw_error error = {0};
    unmap(b, 1);
    b->leave = true;
    b->next = list;
    b->end = list + 1;
    assert_int_equal(cpu_run(b->processor, 1, &stream, 1, UINT64_MAX, &why, &error), TW_TIMEOUT);
    assert_non_null(strstr(error.text, "load at 0x11000 of process 1 trapped 1000 times"));
    stop(b);
}

static void a_slice_has_exactly_its_references(void **state)
{
    (void)state;
    static const reference list[] = {LOAD(BASE, 8), MODIFY(BASE + 8, 8), FETCH(BASE, 4),
                                     STORE(BASE + 16, 8), LOAD(BASE + 16, 8)};
    bench *b = start(16);
    cpu_stream stream = {b, next};
    cpu_stop why;
    b->next = list;
    b->end = list + 5;
    for (unsigned done = 2; done <= 4; done += 2) {
        cpu_run(b->processor, 1, &stream, 2, UINT64_MAX, &why, NULL);
        assert_int_equal(why, CPU_SLICE_OVER);
        assert_int_equal(unanswered(b), 0);
        assert_int_equal(cpu_statistics(b->processor)->references, done);
    }
    cpu_run(b->processor, 1, &stream, 2, UINT64_MAX, &why, NULL);
    assert_int_equal(why, CPU_STREAM_OVER);
    assert_int_equal(cpu_statistics(b->processor)->references, 5);
    stop(b);
}

static void the_run_stops_at_its_cycle(void **state)
{
    (void)state;
    static const reference list[] = {LOAD(BASE, 8), LOAD(BASE + STEP, 8), LOAD(BASE, 8)};
    bench *b = start(1);
    cpu_stream stream = {b, next};
    cpu_stop why;
    uint64_t until = tw_machine_cycle(b->machine) + 12;
    b->next = list;
    b->end = list + 3;
    cpu_run(b->processor, 1, &stream, UINT64_MAX, until, &why, NULL);
    assert_int_equal(why, CPU_OUT_OF_TIME);
    assert_int_equal(tw_machine_cycle(b->machine), until);
    stop(b);
}

static void as_many_are_in_flight_as_allowed_and_no_more(void **state)
{
    (void)state;
    static const reference list[] = {FETCH(BASE, 4),     LOAD(BASE + STEP, 8),
                                     FETCH(BASE + 4, 4), LOAD(BASE + 2 * STEP, 8),
                                     FETCH(BASE + 8, 4), LOAD(BASE + 3 * STEP, 8)};
    for (unsigned outstanding = 1; outstanding <= 4; outstanding++) {
        bench *b = start(outstanding);
        RUN(b, list);
        assert_int_equal(b->most_in_flight, outstanding);
        stop(b);
    }
}

static void a_page_that_moved_without_a_fence_shows_in_the_data(void **state)
{
    (void)state;
    static const reference stores[] = {STORE(BASE, 8), STORE(BASE + STEP, 8)};
    static const reference loads[] = {LOAD(BASE, 8), LOAD(BASE + STEP, 8)};
    bench *b = start(4);
    RUN(b, stores);
    pages_write(&b->tables, b->pte[1], pages_pte(FRAME, USER_PAGE));
    tw_fence(b->machine, TW_FENCE_ALL, 0, 0, NULL);
    RUN(b, loads);
    assert_int_equal(data_monitor_errors(b->monitor), 1);
    stop(b);
}

int main(void)
{
    const struct CMUnitTest processor[] = {
        cmocka_unit_test(loads_see_the_stores_before_them),
        cmocka_unit_test(a_reference_across_a_page_edge_is_two_accesses),
        cmocka_unit_test(at_a_trap_older_stores_are_done_and_younger_ones_are_not),
        cmocka_unit_test(a_store_whose_second_half_faults_writes_no_first_half),
        cmocka_unit_test(each_fault_of_a_window_is_trapped_once_in_program_order),
        cmocka_unit_test(a_killed_process_does_nothing_more),
        cmocka_unit_test(an_access_that_is_never_repaired_ends_with_a_sentence),
        cmocka_unit_test(a_slice_has_exactly_its_references),
        cmocka_unit_test(the_run_stops_at_its_cycle),
        cmocka_unit_test(as_many_are_in_flight_as_allowed_and_no_more),
        cmocka_unit_test(a_page_that_moved_without_a_fence_shows_in_the_data),
    };
    return cmocka_run_group_tests(processor, NULL, NULL);
}
