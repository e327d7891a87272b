/* Descriptors: growth by limit faults, deaths, the table, and registers as a cache of it. In Bare
 * and in front of Sv32. Engine: cycle model. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tablewalk/registers.h"
#include "tb/host_records.h"
#include "tb/os_link.h"
#include "tests/support/segment_bench.h"

enum { PAGE = OS_PAGE_BYTES, CODE = 0x10000, DATA = 0x40000000, TOP = 0x7fff0000 };
enum { CODE_S, DATA_S, STACK_S, PAGES = 8 };

static const os_region PROGRAM[] = {{CODE, CODE + 4 * PAGE, OS_R | OS_X},
                                    {DATA, DATA + PAGES *PAGE, OS_R | OS_W},
                                    {TOP - PAGES * PAGE, TOP, OS_R | OS_W}};

static const unsigned MODE[] = {MODE_BARE, MODE_SV32};

/* The program in each mode, with room for all of it. */
static segment_bench start(unsigned m)
{
    segment_bench b = seg_open(MODE[m], 16, 64, 64);
    seg_spawn(&b, PROGRAM, 3);
    return b;
}

/* `region` n is a segment of its own: no two touch. */
static void spread(os_region *region, size_t count)
{
    for (size_t i = 0; i < count; i++)
        region[i] = (os_region){(2 * i + 1) * PAGE, (2 * i + 2) * PAGE, OS_R | OS_W};
}

/* ---- growth ---------------------------------------------------------------------------------- */

static void a_segment_begins_with_a_page_and_grows_to_what_is_used(void **state)
{
    (void)state;
    for (unsigned m = 0; m < 2; m++) {
        segment_bench b = start(m);
        assert_int_equal(seg_segment(&b, DATA_S)->limit, PAGE);
        seg_store(&b, DATA + 16, 1);
        assert_int_equal(seg_counts(&b)->growths, 0);
        seg_store(&b, DATA + 2 * PAGE + 8, 2);
        assert_int_equal(seg_counts(&b)->growths, 1);
        assert_int_equal(seg_segment(&b, DATA_S)->limit, 3 * PAGE);
        assert_int_equal(seg_register(&b, DATA_S).limit, 3 * PAGE);
        seg_store(&b, DATA + PAGE, 3);
        seg_store(&b, DATA + PAGES * PAGE - 8, 4);
        assert_int_equal(seg_counts(&b)->growths, 2);
        assert_int_equal(seg_load(&b, DATA + 16), 1);
        assert_int_equal(seg_load(&b, DATA + 2 * PAGE + 8), 2);
        assert_int_equal(seg_load(&b, DATA + PAGE), 3);
        seg_close(&b);
    }
}

static void the_highest_region_is_a_stack_that_grows_down(void **state)
{
    (void)state;
    for (unsigned m = 0; m < 2; m++) {
        segment_bench b = start(m);
        assert_false(seg_segment(&b, DATA_S)->down);
        assert_true(seg_segment(&b, STACK_S)->down);
        for (uint64_t n = 1; n <= PAGES; n++) {
            seg_store(&b, TOP - n * PAGE, n);
            assert_int_equal(seg_segment(&b, STACK_S)->limit, n * PAGE);
        }
        for (uint64_t n = 1; n <= PAGES; n++)
            assert_int_equal(seg_load(&b, TOP - n * PAGE), n);
        assert_int_equal(seg_counts(&b)->growths, PAGES - 1);
        tw_segment stack = seg_register(&b, STACK_S);
        assert_true(stack.flags >> SEGMENT_DOWN & 1);
        assert_int_equal(stack.limit, PAGES * PAGE);
        seg_close(&b);
    }
}

static void in_front_of_pages_linear_addresses_are_the_flat_ones(void **state)
{
    (void)state;
    segment_bench b = start(1);
    assert_int_equal(seg_register(&b, DATA_S).base, DATA);
    assert_int_equal(seg_register(&b, STACK_S).base, TOP);
    seg_close(&b);
}

static void a_limit_fault_comes_before_the_page_fault_of_the_same_access(void **state)
{
    (void)state;
    segment_bench b = start(1);
    const os_counts *counts = os_statistics(b.system);
    seg_load(&b, DATA);
    assert_int_equal(counts->faults[CAUSE_LOAD_PAGE], 1); /* the page's: the first is inside */
    seg_load(&b, DATA + 3 * PAGE);
    assert_int_equal(counts->faults[CAUSE_LOAD_PAGE], 3);
    assert_int_equal(counts->zero_fills, 2);
    seg_load(&b, DATA + 2 * PAGE);
    assert_int_equal(counts->faults[CAUSE_LOAD_PAGE], 4);
    assert_int_equal(seg_counts(&b)->growths, 1);
    seg_close(&b);
}

/* ---- deaths ---------------------------------------------------------------------------------- */

static void expect_death(segment_bench *b, tw_op op, uint64_t va, os_reason reason,
                         unsigned selector, uint64_t offset)
{
    uint64_t pa;
    assert_false(seg_access(b, op, va, &pa));
    const os_death *death = &b->process->death;
    assert_int_equal(b->process->state, OS_KILLED);
    assert_int_equal(death->reason, reason);
    assert_int_equal(death->va, va);
    assert_true(death->segmented);
    assert_int_equal(death->selector, selector);
    assert_int_equal(death->offset, offset);
    seg_close(b);
}

static void an_access_beyond_the_region_kills(void **state)
{
    (void)state;
    for (unsigned m = 0; m < 2; m++) {
        segment_bench b = start(m);
        expect_death(&b, OP_STORE, DATA + PAGES * PAGE, OS_REASON_SEGMENT_LIMIT, DATA_S,
                     PAGES * PAGE);
        b = start(m);
        expect_death(&b, OP_LOAD, TOP, OS_REASON_SEGMENT_LIMIT, STACK_S, 0);
        b = start(m);
        expect_death(&b, OP_LOAD, CODE - 1, OS_REASON_SEGMENT_LIMIT, CODE_S, UINT64_MAX);
    }
}

static void a_right_that_the_segment_lacks_kills(void **state)
{
    (void)state;
    for (unsigned m = 0; m < 2; m++) {
        segment_bench b = start(m);
        expect_death(&b, OP_STORE, CODE + 8, OS_REASON_SEGMENT_RIGHT, CODE_S, 8);
        b = start(m);
        expect_death(&b, OP_FETCH, DATA + 4, OS_REASON_SEGMENT_RIGHT, DATA_S, 4);
    }
}

static void the_record_of_a_death_names_the_segment(void **state)
{
    (void)state;
    segment_bench b = start(0);
    uint64_t pa;
    char text[200] = "";
    FILE *to = fmemopen(text, sizeof text, "w");
    assert_false(seg_access(&b, OP_STORE, DATA + PAGES * PAGE + 8, &pa));
    os_print_processes(b.system, to);
    fclose(to);
    if (strstr(text, "beyond what the segment may grow to (segment 1, offset 0x8008)") == NULL)
        fail_msg("expected the segment's number and the offset, got: %s", text);
    seg_close(&b);
}

static void a_fault_that_the_queue_lost_is_judged_by_the_descriptor(void **state)
{
    (void)state;
    for (unsigned m = 0; m < 2; m++) {
        segment_bench b = start(m);
        uint64_t pa;
        os_verdict verdict = OS_VERDICT_DEAD;
        for (uint64_t i = 0; i <= FAULT_QUEUE_ENTRIES; i++)
            seg_try(&b, OP_LOAD, DATA + PAGE + 8 * i, &pa);
        uint64_t lost = DATA + PAGE + 8 * FAULT_QUEUE_ENTRIES;
        assert_int_equal(os_fault(b.system, CAUSE_LOAD_PAGE, lost, &verdict, NULL), TW_OK);
        assert_int_equal(verdict, OS_VERDICT_RESUME);
        assert_int_equal(seg_segment(&b, DATA_S)->limit, 2 * PAGE);
        assert_int_equal(seg_load(&b, lost), 0);
        seg_close(&b);
    }
}

/* ---- the table ------------------------------------------------------------------------------- */

static void a_table_holds_8192_descriptors_and_refuses_one_more(void **state)
{
    (void)state;
    const os_records records = host_records();
    os_segments *table = os_records_take(&records, 1, sizeof *table);
    os_region region = {PAGE, 2 * PAGE, OS_R};
    tw_error error = {0};
    for (unsigned i = 0; i < 8192; i++)
        assert_int_equal(os_segments_add(&records, table, region, false, &error), TW_OK);
    assert_int_equal(os_segments_add(&records, table, region, false, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "a descriptor table has 8192 descriptors"));
    assert_int_equal(table->count, 8192);
    os_segments_free(&records, table);
}

static void the_last_selector_of_8192_reaches_its_segment(void **state)
{
    (void)state;
    enum { COUNT = OS_SEGMENTS_MAX };
    os_region *region = calloc(COUNT + 1, sizeof *region);
    spread(region, COUNT + 1);
    segment_bench b = seg_open(MODE_BARE, 16, 8, COUNT);
    seg_spawn(&b, region, COUNT);
    seg_store(&b, region[COUNT - 1].end - 8, 77);
    seg_store(&b, region[0].start, 78);
    assert_int_equal(seg_load(&b, region[COUNT - 1].end - 8), 77);
    unsigned selector;
    uint64_t offset;
    os_segments_locate(b.system, region[COUNT - 1].start, 1, &selector, &offset, NULL);
    assert_int_equal(selector, 8191);

    os_process *process;
    tw_error error = {0};
    os_spawn(b.system, &process, NULL);
    for (size_t i = 0; i <= COUNT; i++)
        os_process_add_region(b.system, process, region[i], NULL);
    assert_int_equal(os_switch(b.system, process, &error), TW_USAGE);
    assert_non_null(strstr(error.text, "process 2 has 8193 regions"));
    seg_close(&b);
    free(region);
}

static void a_selector_outside_the_table_is_an_error(void **state)
{
    (void)state;
    segment_bench b = start(0);
    tw_error error = {0};
    unsigned number;
    assert_int_equal(os_segments_load(b.system, 3, &error), TW_USAGE);
    assert_string_equal(error.text, "selector 3 is outside the descriptor table of process 1, "
                                    "which has 3 descriptors");
    assert_int_equal(os_segments_find(b.system, 8192, &number, &error), TW_USAGE);
    assert_int_equal(os_segments_find(b.system, 2, &number, &error), TW_OK);
    seg_close(&b);
}

/* ---- registers ------------------------------------------------------------------------------- */

static void few_registers_are_a_cache_of_many_descriptors(void **state)
{
    (void)state;
    enum { COUNT = 9 };
    os_region region[COUNT];
    spread(region, COUNT);
    for (unsigned m = 0; m < 2; m++) {
        for (unsigned registers = 1; registers <= 4; registers += 3) {
            segment_bench b = seg_open(MODE[m], registers, 64, 64);
            seg_spawn(&b, region, COUNT);
            for (uint64_t round = 0; round < 3; round++)
                for (uint64_t i = 0; i < COUNT; i++) {
                    assert_int_equal(seg_load(&b, region[i].start), round == 0 ? 0 : i + round);
                    seg_store(&b, region[i].start, i + round + 1);
                }
            /* In turn, so that the next one is never there: but for those held at first. */
            assert_int_equal(seg_counts(&b)->loads, 3 * COUNT - registers);
            seg_close(&b);
        }
    }
}

static void expect_registers(segment_bench *b, const os_process *process)
{
    for (unsigned r = 0; r < 4; r++) {
        const os_segment *held = process->segments->held[r];
        tw_segment now = seg_register(b, r);
        if (held == NULL) {
            assert_int_equal(now.base | now.limit | now.flags, 0);
            continue;
        }
        assert_int_equal(held->number, r);
        assert_int_equal(now.flags & 14, held->region.permissions << PTE_R);
        assert_int_equal(now.base, held->down ? held->region.end : held->region.start);
        assert_int_equal(now.limit, held->limit);
    }
}

static void a_context_switch_leaves_no_register_of_the_other_process(void **state)
{
    (void)state;
    os_region many[6], few[2] = {{0x100000, 0x103000, OS_R}, {0x200000, 0x201000, OS_R | OS_W}};
    spread(many, 6);
    segment_bench b = seg_open(MODE_SV32, 4, 64, 64);
    os_process *first = seg_spawn(&b, many, 6);
    seg_load(&b, many[5].start); /* now in register 0 */
    expect_registers(&b, first);
    os_process *second = seg_spawn(&b, few, 2);
    expect_registers(&b, second);
    assert_null(second->segments->held[2]);
    seg_load(&b, few[0].end - 8); /* grows while the other sleeps */
    seg_switch(&b, first);
    expect_registers(&b, first);
    assert_ptr_equal(first->segments->held[0], &first->segments->segment[5]);
    os_exit(b.system, NULL);
    for (unsigned r = 0; r < 4; r++)
        assert_int_equal(seg_register(&b, r).flags, 0);
    seg_close(&b);
}

static void an_mmu_without_segments_is_refused(void **state)
{
    (void)state;
    tw_config config = *tw_config_named("default");
    config.segments = 0;
    tw_memory_options options = {.latency_min = 1, .latency_max = 1};
    tw_engine *engine = tw_model_open(&config);
    tw_memory *memory = tw_memory_open(&options);
    tw_machine *machine = tw_machine_open(engine, memory);
    os_port port = os_link(machine);
    os_options system = {.frames = 9, .adue = true, .segmented = true};
    tw_error error = {0};
    assert_null(os_open(&port, &system, &error));
    assert_int_equal(error.status, TW_USAGE);
    assert_non_null(strstr(error.text, "built without segment registers"));
    tw_machine_close(machine);
    tw_memory_close(memory);
    tw_engine_close(engine);
}

int main(void)
{
    const struct CMUnitTest segments[] = {
        cmocka_unit_test(a_segment_begins_with_a_page_and_grows_to_what_is_used),
        cmocka_unit_test(the_highest_region_is_a_stack_that_grows_down),
        cmocka_unit_test(in_front_of_pages_linear_addresses_are_the_flat_ones),
        cmocka_unit_test(a_limit_fault_comes_before_the_page_fault_of_the_same_access),
        cmocka_unit_test(an_access_beyond_the_region_kills),
        cmocka_unit_test(a_right_that_the_segment_lacks_kills),
        cmocka_unit_test(the_record_of_a_death_names_the_segment),
        cmocka_unit_test(a_fault_that_the_queue_lost_is_judged_by_the_descriptor),
        cmocka_unit_test(a_table_holds_8192_descriptors_and_refuses_one_more),
        cmocka_unit_test(the_last_selector_of_8192_reaches_its_segment),
        cmocka_unit_test(a_selector_outside_the_table_is_an_error),
        cmocka_unit_test(few_registers_are_a_cache_of_many_descriptors),
        cmocka_unit_test(a_context_switch_leaves_no_register_of_the_other_process),
        cmocka_unit_test(an_mmu_without_segments_is_refused),
    };
    return cmocka_run_group_tests(segments, NULL, NULL);
}
