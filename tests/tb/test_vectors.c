/* test_vectors.c: what each part of a line means, and what malformed lines are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tb/vectors.h"

static const text_place place = {"some.txt", 12};

static vector parse(const char *line)
{
    vector v;
    tw_error error;
    if (vector_parse(place, line, &v, &error) != TW_OK)
        fail_msg("%s", error.text);
    return v;
}

static void assert_refused(const char *line, const char *words)
{
    vector v;
    tw_error error;
    if (vector_parse(place, line, &v, &error) == TW_OK)
        fail_msg("accepted: %s", line);
    assert_int_equal(error.status, TW_USAGE);
    if (strncmp(error.text, "some.txt:12: expected ", 22) != 0 ||
        strstr(error.text, words) == NULL || strchr(error.text, '\n') != NULL)
        fail_msg("expected \"%s\" in \"%s\", said of: %s", words, error.text, line);
}

static void every_part_of_a_line_is_read(void **state)
{
    (void)state;
    vector v = parse(
        "strict bus=80001000-80001fff ro=10-10 ro=30-3f 8000700000080000 c0000 1 3 40201abc W 2 "
        "80000008=20000401 80001008=48d1407 => OK 12345abc 1 80001008=48d14c7 "
        "r:80000008=20000401 r!:80001008=0 w:80001008=48d14c7 w!:80001008=5");
    assert_string_equal(v.at.file, "some.txt");
    assert_int_equal(v.at.line, 12);
    assert_true(v.strict);
    assert_int_equal(v.bytes, 8);
    assert_int_equal(v.bus_errors.count, 1);
    assert_int_equal(v.bus_errors.range[0].low, 0x80001000);
    assert_int_equal(v.bus_errors.range[0].high, 0x80001fff);
    assert_int_equal(v.read_only.count, 2);
    assert_int_equal(v.read_only.range[0].high, 0x10);
    assert_int_equal(v.read_only.range[1].low, 0x30);
    assert_int_equal(v.control.satp, 0x8000700000080000);
    assert_true(v.control.adue && v.control.pbmte);
    assert_int_equal(v.request.va, 0x40201abc);
    assert_int_equal(v.request.op, OP_STORE);
    assert_int_equal(v.request.priv, PRIV_S);
    assert_true(v.request.sum && v.request.mxr);
    assert_int_equal(v.memory.count, 2);
    assert_int_equal(v.memory.word[1].address, 0x80001008);
    assert_int_equal(v.memory.word[1].value, 0x48d1407);
    assert_int_equal(v.expected.kind, VECTOR_OK);
    assert_int_equal(v.expected.pa, 0x12345abc);
    assert_int_equal(v.expected.changed.count, 1);
    assert_int_equal(v.expected.changed.word[0].value, 0x48d14c7);
    assert_int_equal(v.expected.accesses, 4);
    assert_false(v.expected.access[0].write || v.expected.access[0].error);
    assert_true(!v.expected.access[1].write && v.expected.access[1].error);
    assert_true(v.expected.access[2].write && !v.expected.access[2].error);
    assert_true(v.expected.access[3].write && v.expected.access[3].error);
    assert_int_equal(v.expected.access[3].value, 5);
}

static void outcomes_are_answer_fault_or_refusal(void **state)
{
    (void)state;
    vector fault = parse("0 0 1 0 1234 X 0 => FAULT 12 1234");
    assert_int_equal(fault.expected.kind, VECTOR_FAULT);
    assert_int_equal(fault.expected.cause, CAUSE_FETCH_PAGE);
    assert_int_equal(fault.expected.tval, 0x1234);
    vector refused = parse("b000000000000000 0 1 0 0 R 0 => BAD satp-write-refused");
    assert_int_equal(refused.expected.kind, VECTOR_REFUSED);
    assert_int_equal(refused.expected.accesses, 0);
}

static void adue_bit_0_is_adue_and_bit_1_is_pbmte(void **state)
{
    (void)state;
    vector adue = parse("0 0 1 1 0 R 0 => OK 0 0"), pbmte = parse("0 0 1 2 0 R 0 => OK 0 0");
    assert_true(adue.control.adue && !adue.control.pbmte);
    assert_true(!pbmte.control.adue && pbmte.control.pbmte);
}

static void rv32_satp_is_widened(void **state)
{
    (void)state;
    vector v = parse("rv32 ffffffff 0 1 0 ffffffff R 1 80000004=ffffffff => OK 0 0");
    assert_int_equal(v.bytes, 4);
    assert_int_equal(satp_mode(v.control.satp), MODE_SV32);
    assert_int_equal(satp_asid(v.control.satp), 0x1ff);
    assert_int_equal(satp_ppn(v.control.satp), 0x3fffff);
    vector bare = parse("rv32 401fffff 0 1 0 0 R 0 => OK 0 0");
    assert_int_equal(satp_mode(bare.control.satp), MODE_BARE);
    assert_int_equal(satp_asid(bare.control.satp), 0x100);
    assert_int_equal(satp_ppn(bare.control.satp), 0x1fffff);
}

/* MPRV makes loads and stores as MPP, whatever the privilege; fetches never. */
static void effective_privilege_is_derived_from_mstatus(void **state)
{
    (void)state;
    static const struct {
        const char *mstatus;
        unsigned priv;
        char type;
        unsigned effective;
    } rows[] = {
        {"0", 3, 'R', 3},     {"1800", 1, 'R', 1},  {"1800", 0, 'W', 0},  {"20000", 3, 'R', 0},
        {"20800", 3, 'W', 1}, {"20800", 3, 'X', 3}, {"21800", 3, 'R', 3}, {"20000", 1, 'X', 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[80];
        snprintf(line, sizeof line, "0 %s %u 0 0 %c 0 => OK 0 0", rows[i].mstatus, rows[i].priv,
                 rows[i].type);
        vector v = parse(line);
        assert_int_equal(v.request.priv, rows[i].effective);
        assert_false(v.request.sum || v.request.mxr);
    }
    vector sum = parse("0 40000 1 0 0 R 0 => OK 0 0"), mxr = parse("0 80000 1 0 0 R 0 => OK 0 0");
    assert_true(sum.request.sum && !sum.request.mxr);
    assert_true(!mxr.request.sum && mxr.request.mxr);
}

static void malformed_lines_are_told_what_was_expected(void **state)
{
    (void)state;
    static const struct {
        const char *line, *words;
    } rows[] = {
        {"", "SATP (hexadecimal, at most ffffffffffffffff), found the end of the line"},
        {"Strict 0 0 1 0 0 R 0 => OK 0 0", "found 'Strict'"},
        {"10000000000000000 0 1 0 0 R 0 => OK 0 0", "SATP"},
        {"rv32 100000000 0 1 0 0 R 0 => OK 0 0", "SATP (hexadecimal, at most ffffffff)"},
        {"0 zz 1 0 0 R 0 => OK 0 0", "MSTATUS"},
        {"0 0 2 0 0 R 0 => OK 0 0", "PRIV (0, 1 or 3), found '2'"},
        {"0 0 4 0 0 R 0 => OK 0 0", "PRIV"},
        {"0 0 1 4 0 R 0 => OK 0 0", "ADUE"},
        {"rv32 0 0 1 0 123456789 R 0 => OK 0 0", "VA"},
        {"0 0 1 0 -1 R 0 => OK 0 0", "VA"},
        {"0 0 1 0 0 r 0 => OK 0 0", "TYPE (R, W or X), found 'r'"},
        {"0 0 1 0 0 R 17 => OK 0 0", "N, the number of words"},
        {"0 0 1 0 0 R f => OK 0 0", "N, the number of words"},
        {"0 0 1 0 0 R 1 => OK 0 0", "N words ADDRESS=VALUE"},
        {"0 0 1 0 0 R 1 8= => OK 0 0", "N words ADDRESS=VALUE"},
        {"0 0 1 0 0 R 1 =8 => OK 0 0", "N words ADDRESS=VALUE"},
        {"0 0 1 0 0 R 1 8=8=8 => OK 0 0", "N words ADDRESS=VALUE"},
        {"0 0 1 0 0 R 1 4=0 => OK 0 0", "aligned"},
        {"0 0 1 0 0 R 1 100000000000000=0 => OK 0 0", "N words ADDRESS=VALUE"},
        {"rv32 0 0 1 0 0 R 1 4=100000000 => OK 0 0", "no wider than a PTE"},
        {"0 0 1 0 0 R 2 8=1 8=2 => OK 0 0", "an address that has not been given yet, found '8=2'"},
        {"0 0 1 0 0 R 0 8=1 => OK 0 0", "=> after the N words of memory, found '8=1'"},
        {"0 0 1 0 0 R 0", "=> after the N words of memory, found the end of the line"},
        {"0 0 1 0 0 R 0 =>", "OK, FAULT or BAD"},
        {"0 0 1 0 0 R 0 => FINE", "OK, FAULT or BAD, found 'FINE'"},
        {"0 0 1 0 0 R 0 => OK", "PA"},
        {"0 0 1 0 0 R 0 => OK 0", "N, the number of words"},
        {"0 0 1 0 0 R 0 => FAULT 14 0", "CAUSE (1, 5, 7, 12, 13 or 15), found '14'"},
        {"0 0 1 0 0 R 0 => FAULT d 0", "CAUSE (decimal"},
        {"0 0 1 0 0 R 0 => FAULT 13", "TVAL"},
        {"0 0 1 0 0 R 0 => BAD luck", "satp-write-refused, found 'luck'"},
        {"0 0 1 0 0 R 0 => OK 0 0 x:8=1", "an access"},
        {"0 0 1 0 0 R 0 => OK 0 0 r", "an access"},
        {"0 0 1 0 0 R 0 => OK 0 0 r!", "an access"},
        {"0 0 1 0 0 R 0 => OK 0 0 r8=1", "an access"},
        {"0 0 1 0 0 R 0 => OK 0 0 r!:", "an access"},
        {"0 0 1 0 0 R 0 => OK 0 0 w:8", "an access"},
        {"bus=1 0 0 1 0 0 R 0 => OK 0 0", "a range LO-HI"},
        {"bus=2-1 0 0 1 0 0 R 0 => OK 0 0", "a range LO-HI"},
        {"ro=0-100000000000000 0 0 1 0 0 R 0 => OK 0 0", "a range LO-HI"},
        {"ro=0-1 ro=0-1 ro=0-1 ro=0-1 ro=0-1 0 0 1 0 0 R 0 => OK 0 0", "at most 4 ranges"},
        {"\x1b[31mred\xff 0 1 0 0 R 0 => OK 0 0", "found '?[31mred?'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_refused(rows[i].line, rows[i].words);
}

static void long_words_are_cut_in_messages(void **state)
{
    (void)state;
    char line[1000];
    memset(line, 'g', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    assert_refused(line, "gggg' and more");
}

static void more_accesses_than_a_walk_can_make_are_refused(void **state)
{
    (void)state;
    char line[2000] = "0 0 1 0 0 R 0 => OK 0 0";
    for (int i = 0; i < VECTOR_ACCESSES; i++)
        strcat(line, " r:8=1");
    assert_int_equal(parse(line).expected.accesses, VECTOR_ACCESSES);
    strcat(line, " r:8=1");
    assert_refused(line, "no more accesses");
}

/* Every beginning of a good line is either malformed or a vector; nothing is read beyond it. */
static void no_beginning_of_a_line_is_misread(void **state)
{
    (void)state;
    static const char line[] =
        "rv32 strict bus=80001000-80001fff 80080000 0 1 1 401abc W 1 80000004=20000401 => "
        "FAULT 7 401abc r:80000004=20000401 r!:80001004=0";
    for (size_t length = 0; length < sizeof line; length++) {
        char *part = test_malloc(length + 1);
        vector v;
        tw_error error;
        memcpy(part, line, length);
        part[length] = '\0';
        if (vector_parse(place, part, &v, &error) != TW_OK)
            assert_int_equal(strncmp(error.text, "some.txt:12: expected ", 22), 0);
        test_free(part);
    }
}

static void comments_and_blank_lines_are_skipped_and_counted(void **state)
{
    (void)state;
    char path[] = "/tmp/tablewalk-vectors-XXXXXX";
    int descriptor = mkstemp(path);
    FILE *out = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    assert_non_null(out);
    fputs("# a comment\n\n  \t\n0 0 1 0 0 R 0 => OK 0 0\n  # another\nnonsense\n", out);
    fclose(out);
    tw_error error;
    text_file *file = text_open(path, &error);
    remove(path);
    assert_non_null(file);
    vector v;
    bool more;
    assert_int_equal(vector_next(file, &v, &more, &error), TW_OK);
    assert_true(more);
    assert_int_equal(v.at.line, 4);
    assert_int_equal(vector_next(file, &v, &more, &error), TW_USAGE);
    assert_non_null(strstr(error.text, ":6: expected SATP"));
    assert_int_equal(vector_next(file, &v, &more, &error), TW_OK);
    assert_false(more);
    text_close(file);
}

int main(void)
{
    const struct CMUnitTest vectors[] = {
        cmocka_unit_test(every_part_of_a_line_is_read),
        cmocka_unit_test(outcomes_are_answer_fault_or_refusal),
        cmocka_unit_test(adue_bit_0_is_adue_and_bit_1_is_pbmte),
        cmocka_unit_test(rv32_satp_is_widened),
        cmocka_unit_test(effective_privilege_is_derived_from_mstatus),
        cmocka_unit_test(malformed_lines_are_told_what_was_expected),
        cmocka_unit_test(long_words_are_cut_in_messages),
        cmocka_unit_test(more_accesses_than_a_walk_can_make_are_refused),
        cmocka_unit_test(no_beginning_of_a_line_is_misread),
        cmocka_unit_test(comments_and_blank_lines_are_skipped_and_counted),
    };
    return cmocka_run_group_tests_name("vectors", vectors, NULL, NULL);
}
