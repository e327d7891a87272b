/* test_hashed_print.c: the paragraph of a hashed walk: hash, anchor, every entry, and the
 * reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/hashed_case.h"
#include "tests/support/hashed_table.h"

/* Facts in the order in which they have to stand there; NULL ends them. */
static void assert_tells(const tw_control *control, const tw_request *request,
                         const tw_translation *got, const char *const *facts)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    tw_translation_print(control, request, got, to);
    fclose(to);
    for (const char *at = text; *facts != NULL; facts++) {
        const char *found = strstr(at, *facts);
        if (found == NULL)
            fail_msg("expected \"%s\" in what follows what was found of:\n%s", *facts, text);
        else
            at = found + strlen(*facts);
    }
    assert_null(strchr(text, '?'));
    free(text);
}

#define TELLS(c, ...)                                            \
    assert_tells(&(c)->control, &(c)->request, walk_case_run(c), \
                 (const char *const[]){__VA_ARGS__, NULL})

/* Page 0x12346 first, then an entry without a page, then page 0x12345. */
static walk_case long_case(tw_op op)
{
    walk_case c = hashed_case_of(op, 0x07);
    hashed_set_anchor(&c, HASHED_B);
    hashed_set_entry(&c, HASHED_B,
                     hashed_word(HASHED_SPACE, HASHED_PAGE + 1, HASHED_C, HASHED_FLAGS));
    hashed_set_entry(&c, HASHED_C, hashed_word(HASHED_SPACE, HASHED_PAGE, HASHED_A, 0));
    return c;
}

static void a_hashed_walk_is_told_word_by_word(void **state)
{
    (void)state;
    walk_case c = long_case(OP_STORE);
    TELLS(&c, "store of 0x12345abc in S-mode, hashed, ASID 3,",
          "  address: page 0x12345 (bits 31..12), offset 0xabc (11..0)\n",
          "  hash: x = page ^ asid << 4 = 0x12345 ^ 0x30 = 0x12375, (x ^ x >> 10) mod 2^8 = 0x3d, "
          "anchor 61\n",
          "  anchor 61: 0x80000000 + 61 * 8 = 0x800001e8 holds 0x901: V, the chain begins with "
          "entry 9\n",
          "  entry 9: 0x80001000 + 9 * 8 = 0x80001048 holds 0x3123460000c47: ASID 3, page 0x12346, "
          "V R W A, another, next is entry 12\n",
          "  entry 12: 0x80001000 + 12 * 8 = 0x80001060 holds 0x3123450000500: not valid, holds no "
          "page, next is entry 5\n",
          "  entry 5: 0x80001000 + 5 * 8 = 0x80001028 holds 0x3123450000027: ASID 3, page 0x12345, "
          "V R W E, the page: in frame 5, 4 KiB at 0x5000\n",
          "  set A and D: compare-and-swap 0x80001028 from 0x3123450000027 to 0x31234500000e7: "
          "done\n",
          "  physical address 0x5abc in a page of 4 KiB\n");
}

static void an_address_beyond_32_bits_has_no_hash(void **state)
{
    (void)state;
    walk_case c = hashed_case();
    c.request.va |= UINT64_C(1) << 32;
    TELLS(&c, "load of 0x112345abc in S-mode, hashed, ASID 3,",
          "  address: page 0x12345 (bits 31..12), offset 0xabc (11..0)\n"
          "  load page fault (cause 13) at 0x112345abc, check \"canonical\": ");
}

static void touch(walk_memory *m, uint64_t address, unsigned nth)
{
    if (nth == 1)
        walk_memory_set(m, address, walk_memory_get(m, address) | 1u << PTE_D);
}

static void after_a_lost_swap_the_anchor_is_told_again(void **state)
{
    (void)state;
    walk_case c = hashed_case_of(OP_STORE, 0x07);
    c.memory.race = touch;
    TELLS(&c, "  anchor 61: ", "  entry 5: ", "  set A and D: ", ": lost",
          "  anchor 61: ", "  entry 5: ", "  set A: ", ": done\n", "  physical address 0x5abc");
}

static void every_fault_of_a_chain_gives_its_reason(void **state)
{
    (void)state;
    const char *const unmapped = "(cause 13) at 0x12345abc, check \"valid\": no entry holds the "
                                 "page: nothing is mapped here\n";
    walk_case empty = hashed_case();
    TELLS(&empty, "holds 0x0: not valid, the chain is empty\n", unmapped);
    walk_case ends = long_case(OP_LOAD);
    hashed_set_entry(&ends, HASHED_C, hashed_word(0, 0, 0, HASHED_E));
    TELLS(&ends, "holds 0x20: not valid, holds no page, the last of the chain\n", unmapped);
    hashed_set_entry(&ends, HASHED_C, hashed_word(9, 1, 0, HASHED_E | HASHED_V));
    ends.memory.accesses = 0;
    TELLS(&ends, ": ASID 9, page 0x1, V E, another, the last of the chain\n", unmapped);
    walk_case outside = long_case(OP_LOAD);
    hashed_set_entry(&outside, HASHED_C, hashed_word(0, 0, 77, 0));
    TELLS(&outside, "next is entry 77\n",
          "check \"chain\": entry 77 is outside the table, which ends with entry 15\n");
    walk_case loop = long_case(OP_LOAD);
    hashed_set_entry(&loop, HASHED_C, hashed_word(0, 0, HASHED_B, 0));
    TELLS(&loop, "next is entry 9\n",
          "check \"chain\": the chain is longer than the table of 16 entries, so it loops\n");
}

static void what_the_bus_refuses_is_told_where_it_stands(void **state)
{
    (void)state;
    walk_case anchor = hashed_case();
    anchor.memory.bad_read = HASHED_ANCHOR;
    TELLS(&anchor, "  anchor 61: 0x80000000 + 61 * 8 = 0x800001e8 answers with a bus error\n",
          "load access fault (cause 5)");
    walk_case entry = hashed_case_of(OP_LOAD, 0x07);
    entry.memory.bad_read = entry.leaf_at;
    TELLS(&entry, "  entry 5: 0x80001000 + 5 * 8 = 0x80001028 answers with a bus error\n",
          "load access fault (cause 5)");
}

static void of_a_long_chain_it_says_how_many_reads_are_left_out(void **state)
{
    (void)state;
    enum { FRAMES = 1000 };
    const tw_request request = {.va = (FRAMES - 1) << PAGE_SHIFT, .op = OP_LOAD, .priv = PRIV_U};
    hashed_table t = hashed_table_open(FRAMES, 0);
    for (unsigned frame = 0; frame < FRAMES; frame++)
        hashed_table_map(&t, 0, frame, frame, 1u << PTE_R | 1u << PTE_U | 1u << PTE_A);
    /* 1001 reads, of which 47 and the last one are in the record. */
    const tw_translation got = hashed_table_load(&t, 0, FRAMES - 1);
    assert_tells(&t.control, &request, &got,
                 (const char *const[]){
                     "  anchor 0: ", "  entry 0: ", "  entry 45: ",
                     "\n  ... 953 more reads\n  entry 999: ", "the page: in frame 999, ", NULL});
    hashed_table_close(&t);
}

int main(void)
{
    const struct CMUnitTest print[] = {
        cmocka_unit_test(a_hashed_walk_is_told_word_by_word),
        cmocka_unit_test(an_address_beyond_32_bits_has_no_hash),
        cmocka_unit_test(after_a_lost_swap_the_anchor_is_told_again),
        cmocka_unit_test(every_fault_of_a_chain_gives_its_reason),
        cmocka_unit_test(what_the_bus_refuses_is_told_where_it_stands),
        cmocka_unit_test(of_a_long_chain_it_says_how_many_reads_are_left_out),
    };
    return cmocka_run_group_tests_name("hashed_print", print, NULL, NULL);
}
