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
static tw_status read_text(const char *text, drive_list *list, tw_error *error)
{
    char path[] = "/tmp/test_drive_list-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    close(descriptor);
    tw_status status = drive_list_read(list, path, error);
    unlink(path);
    return status;
}

static void a_line_is_an_address_and_a_letter(void **state)
{
    (void)state;
    drive_list list = {0};
    tw_error error = {0};
    assert_int_equal(read_text("1000 R\n\n  0x2abc\tW\r\nffffffc000000000 X", &list, &error),
                     TW_OK);
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
        assert_int_equal(read_text(bad[i].text, &list, &error), TW_USAGE);
        if (strstr(error.text, bad[i].words) == NULL)
            fail_msg("expected '%s', got '%s'", bad[i].words, error.text);
        drive_list_close(&list);
    }
}

int main(void)
{
    const struct CMUnitTest lists[] = {
        cmocka_unit_test(a_line_is_an_address_and_a_letter),
        cmocka_unit_test(anything_else_is_named_with_its_line),
    };
    return cmocka_run_group_tests(lists, NULL, NULL);
}
