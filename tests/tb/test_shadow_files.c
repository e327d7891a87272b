/* The oracle: files, and what the host's file must hold in the end. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tb/shadow/shadow.h"

enum { PAGE = 4096, BYTES = 2 * PAGE + 100 };
static const uint64_t A = 0x10000;

typedef struct bench {
    shadow *oracle;
    shadow_object *file;
    char path[40];
    int descriptor;
} bench;

/* Byte i of the file is i modulo 251. */
static int set_up(void **state)
{
    bench *b = calloc(1, sizeof *b);
    strcpy(b->path, "/tmp/test_shadow-XXXXXX");
    b->descriptor = mkstemp(b->path);
    for (unsigned i = 0; i < BYTES; i++) {
        uint8_t byte = (uint8_t)(i % 251);
        assert_int_equal(pwrite(b->descriptor, &byte, 1, i), 1);
    }
    b->oracle = shadow_open();
    *state = b;
    return shadow_file(b->oracle, b->path, &b->file, NULL) != TW_OK;
}

static int tear_down(void **state)
{
    bench *b = *state;
    shadow_close(b->oracle);
    close(b->descriptor);
    unlink(b->path);
    free(b);
    return 0;
}

static void map(bench *b, unsigned process, uint64_t offset, bool shared)
{
    assert_int_equal(
        shadow_map(b->oracle, process, A, 3 * PAGE - offset, b->file, offset, shared, NULL), TW_OK);
}

static void put(bench *b, unsigned process, uint64_t va, uint8_t value)
{
    assert_int_equal(shadow_store(b->oracle, process, va, &value, 1, NULL), TW_OK);
}

/* The value, or -1: nobody knows it. */
static int get(bench *b, unsigned process, uint64_t va)
{
    uint8_t value, known;
    shadow_load(b->oracle, process, va, &value, &known, 1);
    return known ? value : -1;
}

static void write_host(bench *b, uint64_t offset, uint8_t value)
{
    assert_int_equal(pwrite(b->descriptor, &value, 1, (off_t)offset), 1);
}

static tw_status check(bench *b, tw_error *error)
{
    return shadow_check_file(b->oracle, b->path, error);
}

static void a_mapped_file_reads_as_the_host_has_it_and_zeros_beyond_its_end(void **state)
{
    bench *b = *state;
    map(b, 1, PAGE, false);
    assert_int_equal(get(b, 1, A + 6), (PAGE + 6) % 251);
    assert_int_equal(get(b, 1, A + PAGE + 99), (2 * PAGE + 99) % 251);
    assert_int_equal(get(b, 1, A + PAGE + 100), 0);
}

static void two_openings_of_a_file_are_one(void **state)
{
    bench *b = *state;
    shadow_object *again;
    char other[60];
    snprintf(other, sizeof other, "%s-link", b->path);
    assert_int_equal(link(b->path, other), 0);
    assert_int_equal(shadow_file(b->oracle, other, &again, NULL), TW_OK);
    unlink(other);
    assert_ptr_equal(again, b->file);
}

static void only_shared_stores_must_be_in_the_file(void **state)
{
    bench *b = *state;
    tw_error error = {0};
    map(b, 1, 0, true);
    map(b, 2, 0, false);
    put(b, 2, A + 100, 'y');
    assert_int_equal(check(b, &error), TW_OK);
    put(b, 1, A + 100, 'x');
    assert_int_equal(check(b, &error), TW_MISMATCH);
    assert_non_null(strstr(error.text, "byte at offset 100: expected 0x78, got 0x64"));
    write_host(b, 100, 'x');
    assert_int_equal(check(b, &error), TW_OK);
    write_host(b, 2 * PAGE + 99, 0xff); /* the last byte; nobody stored that */
    assert_int_equal(check(b, &error), TW_MISMATCH);
    assert_int_equal(shadow_check_files(b->oracle, &error), TW_MISMATCH);
}

static void a_store_beyond_the_end_is_known_to_nobody(void **state)
{
    bench *b = *state;
    map(b, 1, 0, true);
    put(b, 1, A + BYTES - 1, 1);
    put(b, 1, A + BYTES, 2);
    assert_int_equal(get(b, 1, A + BYTES - 1), 1);
    assert_int_equal(get(b, 1, A + BYTES), -1);
    assert_int_equal(get(b, 1, A + BYTES + 1), 0);
    write_host(b, BYTES - 1, 1);
    assert_int_equal(check(b, NULL), TW_OK);
}

static void what_was_cut_off_is_known_to_nobody_until_it_is_stored_anew(void **state)
{
    bench *b = *state;
    tw_error error = {0};
    map(b, 1, 0, true);
    map(b, 2, 0, false);
    put(b, 2, A + PAGE + 50, 9); /* a copy of its own, from before */
    shadow_truncate(b->file, PAGE + 10);
    assert_int_equal(check(b, &error), TW_MISMATCH);
    assert_non_null(strstr(error.text, "expected 4106 bytes, got 8292"));
    assert_int_equal(ftruncate(b->descriptor, PAGE + 10), 0);
    assert_int_equal(check(b, NULL), TW_OK);
    assert_int_equal(get(b, 1, A + PAGE + 9), (PAGE + 9) % 251);
    assert_int_equal(get(b, 1, A + PAGE + 10), -1);
    assert_int_equal(get(b, 1, A + 2 * PAGE), -1);
    assert_int_equal(get(b, 2, A + PAGE + 50), 9);
    shadow_truncate(b->file, BYTES);
    assert_int_equal(ftruncate(b->descriptor, BYTES), 0);
    assert_int_equal(get(b, 1, A + PAGE + 10), -1);
    put(b, 1, A + PAGE + 10, 3);
    assert_int_equal(get(b, 1, A + PAGE + 10), 3);
    assert_int_equal(check(b, NULL), TW_MISMATCH);
    write_host(b, PAGE + 10, 3);
    assert_int_equal(check(b, NULL), TW_OK);
}

static void a_file_that_is_not_there_is_told_by_name(void **state)
{
    bench *b = *state;
    shadow_object *file;
    tw_error error = {0};
    assert_int_equal(shadow_file(b->oracle, "/tmp/no/such", &file, &error), TW_IO);
    assert_string_equal(error.text, "/tmp/no/such: No such file or directory");
    assert_int_equal(shadow_check_file(b->oracle, "/dev/null", &error), TW_USAGE);
    unlink(b->path);
    assert_int_equal(check(b, &error), TW_IO);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest files[] = {
        TEST(a_mapped_file_reads_as_the_host_has_it_and_zeros_beyond_its_end),
        TEST(two_openings_of_a_file_are_one),
        TEST(only_shared_stores_must_be_in_the_file),
        TEST(a_store_beyond_the_end_is_known_to_nobody),
        TEST(what_was_cut_off_is_known_to_nobody_until_it_is_stored_anew),
        TEST(a_file_that_is_not_there_is_told_by_name),
    };
    return cmocka_run_group_tests(files, NULL, NULL);
}
