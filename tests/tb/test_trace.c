/* Traces and footprints: what lackey writes is read, anything else is named with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tb/footprint.h"
#include "tb/host_records.h"
#include "tb/trace.h"

static char file_name[] = "/tmp/test_trace-XXXXXX"; /* each test writes its own text to it */

static void write_file(const char *text)
{
    FILE *file = fopen(file_name, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static trace *open_text(const char *text)
{
    tw_error error = {0};
    write_file(text);
    trace *t = trace_open(file_name, &error);
    if (t == NULL)
        fail_msg("%s", error.text);
    return t;
}

static void expect_reference(trace *t, unsigned kind, uint64_t va, unsigned bytes)
{
    reference r;
    bool more;
    tw_error error = {0};
    if (trace_next(t, &r, &more, &error) != TW_OK)
        fail_msg("%s", error.text);
    assert_true(more);
    assert_int_equal(r.kind, kind);
    assert_int_equal(r.va, va);
    assert_int_equal(r.bytes, bytes);
}

static void expect_end(trace *t)
{
    reference r;
    bool more;
    assert_int_equal(trace_next(t, &r, &more, NULL), TW_OK);
    assert_false(more);
    trace_close(t);
}

static void the_four_kinds_are_read(void **state)
{
    (void)state;
    trace *t = open_text("I  0401ab70,3\n L 1ffefff7e0,8\n S 1ffefff7d8,16\n M 04fa,1\n");
    expect_reference(t, REFERENCE_FETCH, 0x401ab70, 3);
    expect_reference(t, REFERENCE_LOAD, 0x1ffefff7e0, 8);
    expect_reference(t, REFERENCE_STORE, 0x1ffefff7d8, 16);
    expect_reference(t, REFERENCE_MODIFY, 0x4fa, 1);
    expect_end(t);
}

static void what_valgrind_says_and_blank_lines_are_skipped(void **state)
{
    (void)state;
    trace *t = open_text("==12== Lackey, an example Valgrind tool\n\n  \n L 10,4\n==12== Exit\n");
    expect_reference(t, REFERENCE_LOAD, 0x10, 4);
    expect_end(t);
}

static void the_whole_address_space_and_the_widest_access_are_read(void **state)
{
    (void)state;
    trace *t = open_text(" L fffffffffffffe00,512\n L 0,1\n L ffffffffffffffff,1\n");
    expect_reference(t, REFERENCE_LOAD, UINT64_C(0xfffffffffffffe00), 512);
    expect_reference(t, REFERENCE_LOAD, 0, 1);
    expect_reference(t, REFERENCE_LOAD, UINT64_MAX, 1);
    expect_end(t);
}

static void every_malformed_line_is_named_by_file_and_number(void **state)
{
    (void)state;
    const char *const bad[] = {" X 10,4",
                               "L 10,4",
                               "I 10,4",
                               " L 10",
                               " L ,4",
                               " L 10,",
                               " L 10,0",
                               " L 10,513",
                               " L 10,4 ",
                               " L 10,4x",
                               " L 0x10,4",
                               " L g,4",
                               " L 10,-4",
                               "  L 10,4",
                               " L 10, 4",
                               "hello",
                               " L 10000000000000000,4",
                               " L ffffffffffffffff,2",
                               " L 10,99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[100], at[100];
        snprintf(text, sizeof text, " L 10,4\n\n%s\n", bad[i]);
        snprintf(at, sizeof at, "%s:3: expected a reference", file_name);
        trace *t = open_text(text);
        expect_reference(t, REFERENCE_LOAD, 0x10, 4);
        reference r;
        bool more = true;
        tw_error error = {0};
        if (trace_next(t, &r, &more, &error) != TW_USAGE)
            fail_msg("'%s' was accepted", bad[i]);
        assert_false(more);
        assert_int_equal(strncmp(error.text, at, strlen(at)), 0);
        assert_null(strchr(error.text, '\n'));
        trace_close(t);
    }
}

static void a_missing_trace_is_named(void **state)
{
    (void)state;
    tw_error error = {0};
    assert_null(trace_open("/no/such/trace", &error));
    assert_int_equal(error.status, TW_USAGE);
    assert_non_null(strstr(error.text, "/no/such/trace"));
}

static void the_committed_traces_have_their_references(void **state)
{
    (void)state;
    tw_error error = {0};
    footprint *f = footprint_of("tests/traces/true.xz", &error);
    if (f == NULL)
        fail_msg("%s", error.text);
    assert_int_equal(footprint_references(f), 145855);
    assert_int_equal(footprint_pages(f), 138);
    footprint_close(f);
}

static void a_footprint_has_the_permissions_that_its_references_need(void **state)
{
    (void)state;
    write_file("I  1000,4\nI  2ffe,4\n L 5000,8\n M 6000,4\n S 7fff,1\n L 7000,1\n L 9ffc,8\n");
    footprint *f = footprint_of(file_name, NULL);
    assert_int_equal(footprint_pages(f), 8);
    assert_int_equal(footprint_references(f), 7);
    os_space space = {.table.mode = MODE_SV39};
    os_process p = {.pid = 1, .space = &space};
    const os_records records = host_records();
    assert_int_equal(footprint_load(f, &records, &p, NULL), TW_OK);
    const os_region want[] = {{0x1000, 0x4000, OS_R | OS_X},
                              {0x5000, 0x6000, OS_R},
                              {0x6000, 0x8000, OS_R | OS_W},
                              {0x9000, 0xb000, OS_R}};
    assert_int_equal(os_vmas_count(space.areas), 4);
    const os_vma *area = os_vmas_first(space.areas);
    for (size_t i = 0; i < 4; i++, area = os_vmas_next(area)) {
        assert_int_equal(area->start, want[i].start);
        assert_int_equal(area->end, want[i].end);
        assert_int_equal(area->permissions, want[i].permissions);
    }
    os_vmas_close(space.areas);
    footprint_close(f);
}

static void a_footprint_of_many_pages_in_no_order_counts_each_once(void **state)
{
    (void)state;
    FILE *file = fopen(file_name, "w");
    assert_non_null(file);
    for (unsigned i = 0; i < 20000; i++)
        fprintf(file, " %c %x000,4\n", i % 3 == 0 ? 'S' : 'L', (i * 7919u) % 5003u);
    fclose(file);
    footprint *f = footprint_of(file_name, NULL);
    assert_int_equal(footprint_pages(f), 5003);
    footprint_close(f);
}

static void an_empty_trace_is_refused(void **state)
{
    (void)state;
    tw_error error = {0};
    write_file("==1== nothing\n");
    assert_null(footprint_of(file_name, &error));
    assert_int_equal(error.status, TW_USAGE);
}

static int set_up(void **state)
{
    (void)state;
    int descriptor = mkstemp(file_name);
    return descriptor < 0 || close(descriptor) != 0;
}

static int clean_up(void **state)
{
    (void)state;
    return unlink(file_name);
}

int main(void)
{
    const struct CMUnitTest traces[] = {
        cmocka_unit_test(the_four_kinds_are_read),
        cmocka_unit_test(what_valgrind_says_and_blank_lines_are_skipped),
        cmocka_unit_test(the_whole_address_space_and_the_widest_access_are_read),
        cmocka_unit_test(every_malformed_line_is_named_by_file_and_number),
        cmocka_unit_test(a_missing_trace_is_named),
        cmocka_unit_test(the_committed_traces_have_their_references),
        cmocka_unit_test(a_footprint_has_the_permissions_that_its_references_need),
        cmocka_unit_test(a_footprint_of_many_pages_in_no_order_counts_each_once),
        cmocka_unit_test(an_empty_trace_is_refused),
    };
    return cmocka_run_group_tests(traces, set_up, clean_up);
}
