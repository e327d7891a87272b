/*
 * What can be done with page faults and A bits besides paging: the examples watchpoint.c, shared.c
 * and accessed.c, as they are run by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

/* What the example prints. */
static void expect_output(const char *example, const char *expected)
{
    char text[4096], command[512];
    const char *build = getenv("BUILD");
    snprintf(command, sizeof command, "%s/examples/%s", build == NULL ? "build" : build, example);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    text[fread(text, 1, sizeof text - 1, pipe)] = '\0';
    assert_int_equal(pclose(pipe), 0);
    assert_string_equal(text, expected);
}

static void a_watchpoint_faults_on_every_store_to_the_page_and_reports_its_word_alone(void **state)
{
    (void)state;
    expect_output("watchpoint", "0x1010: 0 becomes 2\n0x1010: 2 becomes 5\n6 stores, 5 faults\n");
}

/* The first turn faults never, each of the 19 after it once to load and once to store. */
static void two_machines_count_in_turns_with_two_faults_and_one_copy_a_turn(void **state)
{
    (void)state;
    expect_output("shared", "counter 20, 38 faults, 19 copies\n");
}

static void cleared_a_bits_show_the_pages_of_each_period(void **state)
{
    (void)state;
    expect_output("accessed", "AD......\n.A..DA..\n....AD.D\n");
}

int main(void)
{
    const struct CMUnitTest page_tricks[] = {
        cmocka_unit_test(a_watchpoint_faults_on_every_store_to_the_page_and_reports_its_word_alone),
        cmocka_unit_test(two_machines_count_in_turns_with_two_faults_and_one_copy_a_turn),
        cmocka_unit_test(cleared_a_bits_show_the_pages_of_each_period),
    };
    return cmocka_run_group_tests_name("page_tricks", page_tricks, NULL, NULL);
}
