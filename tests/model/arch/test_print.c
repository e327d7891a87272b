/* test_print.c: the paragraph tells indices, PTEs, swaps, outcome and reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/walk_case.h"

/* Translates and prints; the caller frees the text. */
static char *paragraph(walk_case *c)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    walk_case_run(c);
    tw_translation_print(&c->control, &c->request, &c->got, to);
    fclose(to);
    return text;
}

static void assert_says(walk_case *c, const char *const *facts)
{
    char *text = paragraph(c);
    for (; *facts != NULL; facts++) {
        if (strstr(text, *facts) == NULL)
            fail_msg("expected \"%s\" in:\n%s", *facts, text);
    }
    assert_null(strchr(text, '?'));
    free(text);
}

#define SAYS(c, ...) assert_says(c, (const char *const[]){__VA_ARGS__, NULL})

static void a_good_walk_is_told_step_by_step(void **state)
{
    (void)state;
    walk_case c = walk_case_of(MODE_SV39, OP_STORE, 0, pte_of(0x12345, "VRWG"));
    SAYS(&c, "store of 0x40201abc in S-mode, Sv39",
         "index 1 (bits 38..30), 1 (29..21), 1 (20..12), offset 0xabc (11..0)",
         "level 2: 0x80000000 + 1 * 8 = 0x80000008 holds 0x20000401: V, a pointer to the table at "
         "0x80001000",
         "level 0: 0x80002000 + 1 * 8 = 0x80002008 holds 0x48d1427: V R W G, a leaf: 4 KiB at "
         "0x12345000",
         "set A and D: compare-and-swap 0x80002008 from 0x48d1427 to 0x48d14e7: done",
         "physical address 0x12345abc in a page of 4 KiB, global");
}

static void sv32_has_ten_bits_a_level_and_ptes_of_four_bytes(void **state)
{
    (void)state;
    walk_case c = walk_case_of(MODE_SV32, OP_FETCH, 1, pte_of(0x12400, "VX"));
    SAYS(&c, "fetch of 0x401abc in S-mode, Sv32", "1 (bits 31..22), 1 (21..12)",
         "0x80000000 + 1 * 4 = 0x80000004", "a leaf: 4 MiB at 0x12400000",
         "set A: ", "physical address 0x12401abc in a page of 4 MiB");
}

static void memory_types_and_napot_are_named(void **state)
{
    (void)state;
    uint64_t leaf = pte_of(0x128, "VRA") | UINT64_C(1) << PTE_PBMT | UINT64_C(1) << PTE_N;
    walk_case c = walk_case_of(MODE_SV39, OP_LOAD, 0, leaf);
    SAYS(&c, "V R A N PBMT=1, a leaf: 64 KiB at 0x120000", "memory type NC");
}

static void addresses_that_pass_say_so(void **state)
{
    (void)state;
    walk_case bare = walk_case_of(MODE_BARE, OP_LOAD, 0, 0);
    SAYS(&bare, "Bare: the address passes", "physical address 0xabc\n");
    walk_case machine = walk_case_of(MODE_SV39, OP_LOAD, 0, 0);
    machine.request.priv = PRIV_M;
    SAYS(&machine, "in M-mode", "M-mode: the address passes", "physical address 0x40201abc\n");
}

static void move_once(walk_memory *m, uint64_t address, unsigned nth)
{
    if (nth == 1)
        walk_memory_set(m, address, pte_of(0x54321, "VRW"));
}

static void a_lost_race_is_told(void **state)
{
    (void)state;
    walk_case c = walk_case_of(MODE_SV39, OP_STORE, 0, pte_of(0x12345, "VRW"));
    c.memory.race = move_once;
    SAYS(&c, "to 0x48d14c7: lost, as the PTE has changed", ": done", "0x54321abc");
}

/* Every failed check has its reason, and the fault its name and cause. */
static void every_fault_gives_its_reason(void **state)
{
    (void)state;
    static const struct {
        uint64_t leaf;
        tw_op op;
        unsigned priv, level;
        bool adue, pbmte, mxr;
        const char *reason;
    } rows[] = {
        {0, OP_LOAD, 1, 0, 1, 0, 0,
         "load page fault (cause 13) at 0x40201abc, check \"valid\": V=0"},
        {0x405, OP_LOAD, 1, 0, 1, 0, 0, "W=1 with R=0"},
        {UINT64_C(1) << 57 | 0x43, OP_LOAD, 1, 0, 1, 0, 0, "reserved bits 60..54"},
        {UINT64_C(3) << 61 | 0x43, OP_LOAD, 1, 0, 1, 1, 0, "PBMT=3"},
        {UINT64_C(1) << 61 | 0x43, OP_LOAD, 1, 0, 1, 0, 0, "PBMTE=0"},
        {UINT64_C(1) << 63 | 0x43, OP_LOAD, 1, 0, 1, 0, 0, "ppn[3:0] is 1000"},
        {0x401, OP_LOAD, 1, 0, 1, 0, 0, "a pointer at level 0 leads nowhere"},
        {0x441, OP_LOAD, 1, 1, 1, 0, 0, "must not have A, D, U, N or PBMT"},
        {0x443, OP_LOAD, 1, 1, 1, 0, 0, "a page of 2 MiB must begin at a multiple"},
        {0x443, OP_LOAD, 0, 0, 1, 0, 0, "U=0: the page is the supervisor's"},
        {0x453, OP_LOAD, 1, 0, 1, 0, 0, "only with SUM=1"},
        {0x459, OP_FETCH, 1, 0, 1, 0, 0, "never fetches from a user page"},
        {0x443, OP_FETCH, 1, 0, 1, 0, 0, "fetch page fault (cause 12)"},
        {0x443, OP_FETCH, 1, 0, 1, 0, 0, "a fetch needs X"},
        {0x449, OP_LOAD, 1, 0, 1, 0, 0, "a load needs R, or X with MXR=1"},
        {0x443, OP_STORE, 1, 0, 1, 0, 0, "a store or amo needs W"},
        {0x403, OP_LOAD, 1, 0, 0, 0, 0, "A=0, and with ADUE=0"},
        {0x447, OP_AMO, 1, 0, 0, 0, 0, "D=0, and with ADUE=0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        walk_case c = walk_case_of(MODE_SV39, rows[i].op, rows[i].level, rows[i].leaf);
        c.control.adue = rows[i].adue;
        c.control.pbmte = rows[i].pbmte;
        c.request.priv = rows[i].priv;
        c.request.mxr = rows[i].mxr;
        SAYS(&c, rows[i].reason);
    }
}

static void move_always(walk_memory *m, uint64_t address, unsigned nth)
{
    walk_memory_set(m, address, pte_of(0x1000 + nth, "VRW"));
}

static void faults_of_the_bus_the_address_and_the_race_give_theirs_too(void **state)
{
    (void)state;
    walk_case read = walk_case_of(MODE_SV39, OP_STORE, 0, pte_of(1, "VRW"));
    read.memory.bad_read = read.leaf_at;
    SAYS(&read, "0x80002008 answers with a bus error", "store access fault (cause 7)",
         "refused the read");
    walk_case swap = walk_case_of(MODE_SV39, OP_LOAD, 0, pte_of(1, "VRW"));
    swap.memory.bad_swap = swap.leaf_at;
    SAYS(&swap, "refused by the bus", "load access fault (cause 5)", "write A and D back");
    walk_case far = walk_case_of(MODE_SV39, OP_LOAD, 0, 0);
    far.request.va = UINT64_C(1) << 38;
    SAYS(&far, "check \"canonical\": bits 63..38 of the address must all be equal");
    walk_case wide = walk_case_of(MODE_SV32, OP_LOAD, 0, 0);
    wide.request.va = UINT64_C(1) << 32;
    SAYS(&wide, "bits 63..32 of the address must be 0");
    walk_case restless = walk_case_of(MODE_SV39, OP_STORE, 0, pte_of(1, "VRW"));
    restless.memory.race = move_always;
    SAYS(&restless, "check \"retries\": the PTE changed under the walk 8 times");
}

/* The caller has asked the segment, and says so in the result. */
static void a_request_that_its_segment_failed_has_no_walk(void **state)
{
    (void)state;
    static const struct {
        tw_check check;
        const char *reason;
    } rows[] = {{CHECK_LIMIT, "check \"limit\": the address is no offset inside the segment"},
                {CHECK_SEGMENT, "check \"segment\": R, W, X and U of the segment do not grant"}};
    for (size_t i = 0; i < 2; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);
        assert_non_null(to);
        const tw_control control = {.satp = (uint64_t)MODE_SV39 << 60};
        const tw_request request = {.va = 20480, .op = OP_LOAD, .priv = PRIV_U};
        const tw_translation result = {.check = rows[i].check, .cause = CAUSE_LOAD_PAGE};
        tw_translation_print(&control, &request, &result, to);
        fclose(to);
        assert_non_null(strstr(text, "its segment refuses the access"));
        assert_non_null(strstr(text, "load page fault (cause 13) at 0x5000"));
        assert_non_null(strstr(text, rows[i].reason));
        assert_null(strstr(text, "index"));
        free(text);
    }
}

static void codes_have_names_and_others_a_question_mark(void **state)
{
    (void)state;
    for (unsigned check = CHECK_NONE; check <= CHECK_CHAIN; check++) {
        assert_string_not_equal(tw_check_name(check), "?");
        for (unsigned other = 0; other < check; other++)
            assert_string_not_equal(tw_check_name(check), tw_check_name(other));
    }
    assert_string_equal(tw_check_name(CHECK_CHAIN + 1), "?");
    assert_string_equal(tw_cause_name(CAUSE_STORE_PAGE), "store page fault");
    assert_string_equal(tw_cause_name(2), "?");
    assert_string_equal(tw_mode_name(MODE_SV57), "Sv57");
    assert_string_equal(tw_mode_name(MODE_LINEAR), "linear");
    assert_string_equal(tw_mode_name(MODE_HASHED), "hashed");
    assert_string_equal(tw_mode_name(2), "?");
    assert_string_equal(tw_op_name(OP_AMO), "amo");
    assert_string_equal(tw_op_name(4), "?");
}

int main(void)
{
    const struct CMUnitTest print[] = {
        cmocka_unit_test(a_good_walk_is_told_step_by_step),
        cmocka_unit_test(sv32_has_ten_bits_a_level_and_ptes_of_four_bytes),
        cmocka_unit_test(memory_types_and_napot_are_named),
        cmocka_unit_test(addresses_that_pass_say_so),
        cmocka_unit_test(a_lost_race_is_told),
        cmocka_unit_test(every_fault_gives_its_reason),
        cmocka_unit_test(faults_of_the_bus_the_address_and_the_race_give_theirs_too),
        cmocka_unit_test(a_request_that_its_segment_failed_has_no_walk),
        cmocka_unit_test(codes_have_names_and_others_a_question_mark),
    };
    return cmocka_run_group_tests_name("print", print, NULL, NULL);
}
