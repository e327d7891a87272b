/* Lists of accesses as files: what a line is, and what is said about any other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tb/drive_list.h"

/* Reads `text` as a file. */
static tw_status read_text(const char *text, unsigned mode, drive_list *list, tw_error *error)
{
    char path[] = "/tmp/test_drive_list-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    close(descriptor);
    tw_status status = drive_list_read(list, mode, path, error);
    unlink(path);
    return status;
}

static void a_line_is_an_address_and_a_letter(void **state)
{
    (void)state;
    drive_list list = {0};
    tw_error error = {0};
    assert_int_equal(
        read_text("1000 R\n\n  0x2abc\tW\r\nffffffc000000000 X", MODE_SV39, &list, &error), TW_OK);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.access[0].va, 0x1000);
    assert_int_equal(list.access[0].op, OP_LOAD);
    assert_int_equal(list.access[1].va, 0x2abc);
    assert_int_equal(list.access[1].op, OP_STORE);
    assert_int_equal(list.access[2].va, 0xffffffc000000000);
    assert_int_equal(list.access[2].op, OP_FETCH);
    drive_list_close(&list);
}

static void anything_else_is_named_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } bad[] = {{"1000 R\nxyz R\n", ":2: expected an address"},
               {"10000000000000000 R\n", ":1: expected an address"},
               {"0x R\n", ":1: expected an address"},
               {"4000000000 R\n", ":1: expected an address of Sv39"},
               {"1000\n", ":1: expected R, W or X after the address, found the end of the line"},
               {"1000 r\n", ":1: expected R, W or X after the address, found 'r'"},
               {"\n1000 R 8\n", ":2: expected the end of the line, found '8'"},
               {"\n", ": expected accesses such as '1000123abc R', found none"}};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        drive_list list = {0};
        tw_error error = {0};
        assert_int_equal(read_text(bad[i].text, MODE_SV39, &list, &error), TW_USAGE);
        if (strstr(error.text, bad[i].words) == NULL)
            fail_msg("expected '%s', got '%s'", bad[i].words, error.text);
        drive_list_close(&list);
    }
}

static void a_mode_decides_what_is_an_address(void **state)
{
    (void)state;
    static const struct {
        unsigned mode;
        const char *text, *words; /* NULL: it is taken */
    } rows[] = {{MODE_SV39, "3fffffffff R", NULL},
                {MODE_SV48, "4000000000 R", NULL},
                {MODE_SV48, "800000000000 R", "an address of Sv48 (bits 63 to 47 equal)"},
                {MODE_SV57, "100000000000000 R", "an address of Sv57 (bits 63 to 56 equal)"},
                {MODE_SV32, "8000000000000000 R", NULL},
                {MODE_LINEAR, "8000000000000000 R", NULL}};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        drive_list list = {0};
        tw_error error = {0};
        tw_status status = read_text(rows[i].text, rows[i].mode, &list, &error);
        if (rows[i].words == NULL)
            assert_int_equal(status, TW_OK);
        else
            assert_non_null(strstr(error.text, rows[i].words));
        drive_list_close(&list);
    }
}

static void a_list_is_relocated_only_if_it_has_to_be(void **state)
{
    (void)state;
    drive_list list = {0};
    size_t regions = 9;
    drive_list_add(&list, 0xfffff008, OP_LOAD, NULL);
    assert_int_equal(drive_list_relocate(&list, &regions, NULL), TW_OK);
    assert_int_equal(regions, 0);
    assert_int_equal(list.access[0].va, 0xfffff008);
    drive_list_add(&list, 0x7fffffffe010, OP_STORE, NULL);
    assert_int_equal(drive_list_relocate(&list, &regions, NULL), TW_OK);
    assert_int_equal(regions, 2);
    assert_int_equal(list.access[0].va, 0x3ff008);
    assert_int_equal(list.access[1].va, 0x7fe010);
    drive_list_close(&list);
}

int main(void)
{
    const struct CMUnitTest lists[] = {
        cmocka_unit_test(a_line_is_an_address_and_a_letter),
        cmocka_unit_test(anything_else_is_named_with_its_line),
        cmocka_unit_test(a_mode_decides_what_is_an_address),
        cmocka_unit_test(a_list_is_relocated_only_if_it_has_to_be),
    };
    return cmocka_run_group_tests(lists, NULL, NULL);
}
