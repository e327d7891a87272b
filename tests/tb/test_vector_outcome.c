/* test_vector_outcome.c: a comparison that agrees when it should and names the first difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tb/vector_golden.h"
#include "tb/vector_outcome.h"

static const char good_store[] = "8000000000080000 0 1 1 40201abc W 3 80000008=20000401 "
                                 "80001008=20000801 80002008=48d1407 => OK 12345abc 1 "
                                 "80002008=48d14c7 r:80000008=20000401 r:80001008=20000801 "
                                 "r:80002008=48d1407 w:80002008=48d14c7";
static const char fault[] = "8000000000080000 0 1 0 40201abc R 0 => FAULT 13 40201abc r:80000008=0";

static vector parse(const char *line)
{
    vector v;
    tw_error error;
    if (vector_parse((text_place){"v.txt", 3}, line, &v, &error) != TW_OK)
        fail_msg("%s", error.text);
    return v;
}

static vector_outcome run(const vector *v)
{
    vector_outcome seen;
    vector_run_golden(v, &seen, NULL);
    return seen;
}

static void assert_differs(const vector *v, const vector_outcome *seen, const char *sentence)
{
    tw_error error;
    assert_int_equal(vector_compare(v, seen, 64, &error), TW_MISMATCH);
    assert_string_equal(error.text, sentence);
}

static void what_the_golden_model_does_agrees(void **state)
{
    (void)state;
    vector store = parse(good_store), load = parse(fault);
    vector_outcome seen = run(&store);
    assert_int_equal(vector_compare(&store, &seen, 64, NULL), TW_OK);
    seen = run(&load);
    assert_int_equal(vector_compare(&load, &seen, 64, NULL), TW_OK);
}

static void strict_bus_and_read_only_memory_refuse(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "strict 8000000000080000 0 1 0 40201abc R 0 => FAULT 5 40201abc r!:80000008=0",
        "bus=8000000f-8000000f 8000000000080000 0 1 0 40201abc W 0 => FAULT 7 40201abc "
        "r!:80000008=0",
        "bus=80000010-80000010 8000000000080000 0 1 0 40201abc W 0 => FAULT 15 40201abc "
        "r:80000008=0",
        "ro=0-80000008 8000000000080000 0 1 1 40201abc X 1 80000008=100000cb => OK 40201abc 0 "
        "r:80000008=100000cb",
        "ro=0-80000008 8000000000080000 0 1 1 40201abc X 1 80000008=1000000b => FAULT 1 40201abc "
        "r:80000008=1000000b w!:80000008=1000004b",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        vector v = parse(lines[i]);
        vector_outcome seen = run(&v);
        tw_error error;
        if (vector_compare(&v, &seen, 64, &error) != TW_OK)
            fail_msg("%s", error.text);
    }
}

static void modes_that_are_no_radix_tree_are_refused(void **state)
{
    (void)state;
    vector v = parse("b000000000080000 0 1 0 40201abc R 0 => BAD satp-write-refused");
    vector_outcome seen = run(&v);
    assert_int_equal(seen.kind, VECTOR_REFUSED);
    assert_int_equal(vector_compare(&v, &seen, 64, NULL), TW_OK);
}

static void another_answer_is_named(void **state)
{
    (void)state;
    vector v = parse(good_store);
    vector_outcome seen = run(&v);
    seen.pa++;
    assert_differs(&v, &seen, "v.txt:3: the outcome should be OK 12345abc, is OK 12345abd");
    seen = run(&v);
    seen.kind = VECTOR_FAULT;
    seen.cause = CAUSE_STORE_PAGE;
    seen.tval = 0x10;
    assert_differs(&v, &seen, "v.txt:3: the outcome should be OK 12345abc, is FAULT 15 10");
    v = parse(fault);
    seen = run(&v);
    seen.tval = 0;
    assert_differs(&v, &seen, "v.txt:3: the outcome should be FAULT 13 40201abc, is FAULT 13 0");
    seen = run(&v);
    seen.cause = CAUSE_LOAD_ACCESS;
    assert_differs(&v, &seen,
                   "v.txt:3: the outcome should be FAULT 13 40201abc, is FAULT 5 40201abc");
}

static void only_the_address_bits_of_the_machine_count(void **state)
{
    (void)state;
    vector v = parse("0 0 1 0 ff00000000000123 R 0 => OK ff00000000000123 0");
    vector_outcome seen = {.kind = VECTOR_OK, .pa = 0x123};
    assert_int_equal(vector_compare(&v, &seen, 56, NULL), TW_OK);
    assert_int_equal(vector_compare(&v, &seen, 57, NULL), TW_MISMATCH);
    assert_int_equal(vector_compare(&v, &seen, 64, NULL), TW_MISMATCH);
}

static void another_change_is_named(void **state)
{
    (void)state;
    vector v = parse(good_store);
    vector_outcome seen = run(&v);
    seen.changed.count = 0;
    assert_differs(&v, &seen, "v.txt:3: memory at 80002008 should change to 48d14c7, does not");
    vector_outcome_note(&seen, v.memory.word[2], 0x48d1447);
    assert_differs(&v, &seen, "v.txt:3: memory at 80002008 should change to 48d14c7, does not");
    seen = run(&v);
    vector_outcome_note(&seen, v.memory.word[0], v.memory.word[0].value);
    assert_int_equal(vector_compare(&v, &seen, 64, NULL), TW_OK);
    vector_outcome_note(&seen, v.memory.word[0], 7);
    assert_differs(&v, &seen, "v.txt:3: memory at 80000008 should not change, does to 7");
}

static void the_first_other_access_is_named(void **state)
{
    (void)state;
    vector v = parse(good_store);
    vector_outcome seen = run(&v);
    seen.access[1].address += 8;
    assert_differs(&v, &seen,
                   "v.txt:3: access 2 should be r:80001008=20000801, is r:80001010=20000801");
    seen = run(&v);
    seen.access[3].error = true;
    assert_differs(&v, &seen,
                   "v.txt:3: access 4 should be w:80002008=48d14c7, is w!:80002008=48d14c7");
    seen = run(&v);
    seen.access[2].write = true;
    assert_differs(&v, &seen,
                   "v.txt:3: access 3 should be r:80002008=48d1407, is w:80002008=48d1407");
    seen = run(&v);
    seen.access[0].value = 1;
    assert_differs(&v, &seen, "v.txt:3: access 1 should be r:80000008=20000401, is r:80000008=1");
    seen = run(&v);
    seen.accesses = 3;
    assert_differs(&v, &seen, "v.txt:3: access 4 should be w:80002008=48d14c7, is none");
    seen = run(&v);
    vector_outcome_add(&seen, (vector_access){.address = 8});
    assert_differs(&v, &seen, "v.txt:3: access 5 should be none, is r:8=0");
}

static void accesses_without_end_are_counted_and_not_stored(void **state)
{
    (void)state;
    vector_outcome seen = {.kind = VECTOR_OK};
    for (int i = 0; i < 1000; i++)
        vector_outcome_add(&seen, (vector_access){.address = 8});
    assert_int_equal(seen.accesses, 1000);
    vector v = {.at = {"v.txt", 3}, .expected = seen};
    v.expected.accesses = VECTOR_ACCESSES;
    assert_differs(&v, &seen, "v.txt:3: access 49 should be none, is one too many");
}

static void the_whole_walk_is_there_for_printing(void **state)
{
    (void)state;
    vector v = parse(good_store);
    vector_outcome seen;
    tw_translation walk;
    vector_run_golden(&v, &seen, &walk);
    assert_int_equal(walk.pa, 0x12345abc);
    assert_int_equal(walk.accesses, 4);
    assert_int_equal(v.memory.word[2].value, 0x48d1407);
}

int main(void)
{
    const struct CMUnitTest outcome[] = {
        cmocka_unit_test(what_the_golden_model_does_agrees),
        cmocka_unit_test(strict_bus_and_read_only_memory_refuse),
        cmocka_unit_test(modes_that_are_no_radix_tree_are_refused),
        cmocka_unit_test(another_answer_is_named),
        cmocka_unit_test(only_the_address_bits_of_the_machine_count),
        cmocka_unit_test(another_change_is_named),
        cmocka_unit_test(the_first_other_access_is_named),
        cmocka_unit_test(accesses_without_end_are_counted_and_not_stored),
        cmocka_unit_test(the_whole_walk_is_there_for_printing),
    };
    return cmocka_run_group_tests_name("vector_outcome", outcome, NULL, NULL);
}
