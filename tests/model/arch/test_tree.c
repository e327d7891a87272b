/* Walks through trees of any geometry: small ones by hand, those of RISC-V against tw_translate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tablewalk/geometry.h"
#include "tests/support/walk_case.h"

enum { ROOT = 0x1000, READABLE = 1u << PTE_V | 1u << PTE_R | 1u << PTE_A, POINTER = 1u << PTE_V };

/* A tree of the text's geometry at ROOT. */
static tw_tree tree_of(const char *text, unsigned pte_bytes)
{
    tw_tree tree = {.root = ROOT};
    assert_int_equal(tw_geometry_parse(text, pte_bytes, &tree.geometry, NULL), TW_OK);
    return tree;
}

static tw_translation translate(const tw_tree *tree, walk_memory *memory, uint64_t va, tw_op op)
{
    tw_translation t;
    tw_bus bus = walk_memory_bus(memory);
    tw_request request = {.va = va, .op = op, .priv = PRIV_S};
    tw_tree_translate(tree, &request, &bus, &t);
    return t;
}

/* Tables behind each other from ROOT, each on pages of its own; the address takes the last entry of
 * each. The PTE of level `hole` and those below it stay 0. */
static walk_memory chain(const tw_tree *tree, unsigned hole)
{
    const tw_geometry *g = &tree->geometry;
    walk_memory memory = {0};
    uint64_t table = ROOT, va = UINT64_MAX >> (64 - tw_geometry_va_bits(g));
    for (unsigned level = g->levels; level-- > hole;) {
        uint64_t next = (uint64_t)(g->levels - level) << 20;
        walk_memory_set(&memory, table + tw_geometry_index(g, va, level) * g->pte_bytes,
                        tw_geometry_pte(g, next, level > 0 ? POINTER : READABLE));
        table = next;
    }
    return memory;
}

static void a_page_of_64_bytes_is_found_by_hand(void **state)
{
    (void)state;
    tw_tree tree = tree_of("2,4,6", 4);
    walk_memory memory = {0};
    walk_memory_set(&memory, 0x1008, 0x5001); /* root[2]: the table at 0x50 * 64 */
    walk_memory_set(&memory, 0x1428, 0xd43);  /* its entry 10: the page at 0xd * 64 */
    tw_translation t = translate(&tree, &memory, 0xabc, OP_LOAD);
    assert_int_equal(t.cause, CAUSE_NONE);
    assert_int_equal(t.pa, 0x340 + 0x3c);
    assert_int_equal(t.size, 6);
    assert_int_equal(t.accesses, 2);
    assert_int_equal(t.access[0].address, 0x1008);
    assert_int_equal(t.access[1].address, 0x1428);
    assert_int_equal(memory.bytes, 4);
}

static void a_hole_at_level_k_faults_after_exactly_levels_minus_k_reads(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "6,6",         "2,4,6",          "12,10,10",     "2,2,2,2,6",
        "1,1,1,1,1,7", "3,3,3,3,3,3,10", "9,9,9,9,9,12", "4,4,4,4,4,4,4,4,20"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        tw_tree tree = tree_of(lists[i], 8);
        uint64_t va = UINT64_MAX >> (64 - tw_geometry_va_bits(&tree.geometry));
        for (unsigned hole = 0; hole < tree.geometry.levels; hole++) {
            walk_memory memory = chain(&tree, hole + 1);
            tw_translation t = translate(&tree, &memory, va, OP_LOAD);
            assert_int_equal(t.check, CHECK_VALID);
            assert_int_equal(t.cause, CAUSE_LOAD_PAGE);
            assert_int_equal(t.level, hole);
            assert_int_equal(memory.accesses, tree.geometry.levels - hole);
            assert_int_equal(t.accesses, tree.geometry.levels - hole);
        }
        walk_memory whole = chain(&tree, 0);
        tw_translation t = translate(&tree, &whole, va, OP_LOAD);
        assert_int_equal(t.check, CHECK_NONE);
        assert_int_equal(t.accesses, tree.geometry.levels);
    }
}

static void a_linear_table_is_one_read(void **state)
{
    (void)state;
    tw_tree tree = tree_of("6,6", 2);
    walk_memory memory = {0};
    walk_memory_set(&memory, ROOT + 63 * 2, 0xff43);
    tw_translation t = translate(&tree, &memory, 0xfc5, OP_LOAD);
    assert_int_equal(t.pa, 0xff * 64 + 5);
    assert_int_equal(memory.accesses, 1);
    assert_int_equal(memory.bytes, 2);
}

static void virtual_page_0_in_frame_3_makes_0x0123_to_0x3123(void **state)
{
    (void)state;
    tw_tree tree = tree_of("4,12", 4);
    walk_memory memory = {0};
    walk_memory_set(&memory, ROOT, 3 << TW_TEACHING_FRAME | READABLE);
    walk_memory_set(&memory, ROOT + 4, 7 << TW_TEACHING_FRAME | READABLE);
    assert_int_equal(translate(&tree, &memory, 0x0123, OP_LOAD).pa, 0x3123);
    assert_int_equal(translate(&tree, &memory, 0x1123, OP_LOAD).pa, 0x7123);
}

static void bits_above_the_address_fault_before_any_read(void **state)
{
    (void)state;
    tw_tree tree = tree_of("2,4,6", 4);
    walk_memory memory = chain(&tree, 0);
    tw_translation t = translate(&tree, &memory, 0x1fff, OP_FETCH);
    assert_int_equal(t.check, CHECK_CANONICAL);
    assert_int_equal(t.cause, CAUSE_FETCH_PAGE);
    assert_int_equal(memory.accesses, 0);
}

static void a_leaf_above_level_0_maps_all_that_its_entry_covers(void **state)
{
    (void)state;
    tw_tree tree = tree_of("2,4,6", 4);
    walk_memory memory = {0};
    walk_memory_set(&memory, ROOT + 8, tw_geometry_pte(&tree.geometry, 0x2c00, READABLE));
    tw_translation t = translate(&tree, &memory, 0xabc, OP_LOAD);
    assert_int_equal(t.pa, 0x2c00 + 0x2bc);
    assert_int_equal(t.size, 10);
    assert_int_equal(t.accesses, 1);
    walk_memory_set(&memory, ROOT + 8, tw_geometry_pte(&tree.geometry, 0x2c40, READABLE));
    assert_int_equal(translate(&tree, &memory, 0xabc, OP_LOAD).check, CHECK_ALIGNED);
}

static void g_on_a_pointer_makes_all_below_it_global(void **state)
{
    (void)state;
    tw_tree tree = tree_of("2,4,6", 4);
    walk_memory memory = {0};
    walk_memory_set(&memory, 0x1008, 0x5001 | 1u << PTE_G);
    walk_memory_set(&memory, 0x1428, 0xd43);
    assert_true(translate(&tree, &memory, 0xabc, OP_LOAD).global);
    walk_memory_set(&memory, 0x1008, 0x5001);
    assert_false(translate(&tree, &memory, 0xabc, OP_LOAD).global);
}

static void machine_mode_passes(void **state)
{
    (void)state;
    tw_tree tree = tree_of("2,4,6", 4);
    walk_memory memory = {0};
    tw_bus bus = walk_memory_bus(&memory);
    tw_request request = {.va = 0xabcdef, .op = OP_LOAD, .priv = PRIV_M};
    tw_translation t;
    tw_tree_translate(&tree, &request, &bus, &t);
    assert_int_equal(t.pa, 0xabcdef);
    assert_int_equal(t.cause, CAUSE_NONE);
    assert_int_equal(memory.accesses, 0);
}

/* ---- the same as tw_translate ---------------------------------------------------------------- */

/* The same memory with every PTE in the other format. */
static walk_memory retold(const walk_memory *riscv)
{
    walk_memory m = *riscv;
    for (size_t i = 0; i < m.count; i++) {
        uint64_t pte = riscv->word[i].value;
        m.word[i].value = pte_ppn(pte) << TW_TEACHING_FRAME | (pte & 0xff);
    }
    return m;
}

static void assert_same(walk_case *c)
{
    unsigned mode = satp_mode(c->control.satp);
    tw_tree tree = {tw_geometry_of_mode(mode), WALK_ROOT << PAGE_SHIFT, c->control.adue};
    walk_memory memory = retold(&c->memory);
    tw_bus bus = walk_memory_bus(&memory);
    tw_translation t;
    tw_tree_translate(&tree, &c->request, &bus, &t);
    const tw_translation *want = walk_case_run(c);
    if (t.check != want->check || t.cause != want->cause || t.pa != want->pa ||
        t.level != want->level || t.size != want->size || t.global != want->global ||
        t.pte_addr != want->pte_addr || t.accesses != want->accesses ||
        tw_geometry_flags(t.pte) != (want->pte & 0xff))
        fail_msg("%s, %s, priv %u, leaf %#lx: expected %s and pa %#lx, got %s and %#lx",
                 tw_mode_name(mode), tw_op_name(c->request.op), c->request.priv,
                 (unsigned long)walk_memory_get(&c->memory, c->leaf_at), tw_check_name(want->check),
                 (unsigned long)want->pa, tw_check_name(t.check), (unsigned long)t.pa);
}

/* Every flag, operation, privilege and control bit, at every level. */
static void try_flags(unsigned mode, unsigned level, uint64_t ppn)
{
    static const unsigned priv[] = {PRIV_U, PRIV_S};
    for (unsigned n = 0; n < 256 * 4 * 2 * 8; n++) {
        walk_case c = walk_case_of(mode, (tw_op)(n >> 8 & 3), level, ppn << PTE_PPN | (n & 0xff));
        c.request.priv = priv[n >> 10 & 1];
        c.request.sum = n >> 11 & 1;
        c.request.mxr = n >> 12 & 1;
        c.control.adue = n >> 13 & 1;
        assert_same(&c);
    }
}

static void a_tree_with_the_geometry_of_a_mode_answers_as_the_mode_does(void **state)
{
    (void)state;
    static const unsigned modes[] = {MODE_SV32, MODE_SV39, MODE_SV57, MODE_LINEAR};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        for (unsigned level = 0; level < mode_levels(modes[i]); level++) {
            try_flags(modes[i], level, UINT64_C(1) << (level_size(modes[i], level) - PAGE_SHIFT));
            if (level > 0)
                try_flags(modes[i], level, 1);
        }
    }
}

static void what_the_bus_refuses_is_an_access_fault(void **state)
{
    (void)state;
    walk_case read = walk_case_of(MODE_SV39, OP_STORE, 0, pte_of(1, "VRW"));
    read.memory.bad_read = read.leaf_at;
    assert_same(&read);
    assert_int_equal(read.got.check, CHECK_READ);
    walk_case swap = walk_case_of(MODE_SV39, OP_STORE, 0, pte_of(1, "VRW"));
    swap.memory.bad_swap = swap.leaf_at;
    assert_same(&swap);
    assert_int_equal(swap.got.check, CHECK_SWAP);
}

static void move_once(walk_memory *m, uint64_t address, unsigned nth)
{
    if (nth == 1)
        walk_memory_set(m, address, 0x5 << TW_TEACHING_FRAME | 0xf);
}

static void move_always(walk_memory *m, uint64_t address, unsigned nth)
{
    walk_memory_set(m, address, nth << TW_TEACHING_FRAME | 0xf);
}

static void a_lost_swap_walks_again_and_the_record_is_of_the_last_try(void **state)
{
    (void)state;
    tw_tree tree = tree_of("2,4,6", 4);
    tree.adue = true;
    walk_memory memory = chain(&tree, 0);
    walk_memory_set(&memory, 0x10003c, 0x3 << TW_TEACHING_FRAME | 0xf);
    walk_memory again = memory;
    again.race = move_once;
    tw_translation t = translate(&tree, &again, 0xfff, OP_STORE);
    assert_int_equal(t.pa, 0x5 * 64 + 0x3f);
    assert_int_equal(t.accesses, 3);
    assert_int_equal(t.reads, 4);
    assert_int_equal(again.accesses, 6);
    memory.race = move_always;
    t = translate(&tree, &memory, 0xfff, OP_STORE);
    assert_int_equal(t.check, CHECK_RETRIES);
    assert_int_equal(memory.swaps, SWAP_TRIES);
}

/* ---- in words -------------------------------------------------------------------------------- */

static void assert_says(const tw_tree *tree, walk_memory *memory, tw_request request,
                        const char *const *facts)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    tw_bus bus = walk_memory_bus(memory);
    tw_translation t;
    tw_tree_translate(tree, &request, &bus, &t);
    tw_tree_print(tree, &request, &t, to);
    fclose(to);
    for (; *facts != NULL; facts++)
        if (strstr(text, *facts) == NULL)
            fail_msg("expected \"%s\" in:\n%s", *facts, text);
    assert_null(strchr(text, '?'));
    free(text);
}

#define SAYS(tree, memory, request, ...) \
    assert_says(tree, memory, request, (const char *const[]){__VA_ARGS__, NULL})

static void a_walk_is_told_step_by_step(void **state)
{
    (void)state;
    tw_tree tree = tree_of("2,4,6", 4);
    tree.adue = true;
    walk_memory memory = {0};
    walk_memory_set(&memory, 0x1008, 0x5001);
    walk_memory_set(&memory, 0x1428, 0xd27);
    tw_request request = {.va = 0xabc, .op = OP_STORE, .priv = PRIV_S};
    SAYS(&tree, &memory, request,
         "store of 0xabc in S-mode, 2/4/6, PTEs of 4 bytes, SUM=0 MXR=0 ADUE=1\n",
         "index 2 (bits 11..10), 10 (9..6), offset 0x3c (5..0)\n",
         "level 1: 0x1000 + 2 * 4 = 0x1008 holds 0x5001: V, a pointer to the table at 0x1400\n",
         "level 0: 0x1400 + 10 * 4 = 0x1428 holds 0xd27: V R W G, a leaf: 64 bytes at 0x340\n",
         "set A and D: compare-and-swap 0x1428 from 0xd27 to 0xde7: done\n",
         "physical address 0x37c in a page of 64 bytes, global\n");
}

static void every_fault_gives_its_reason(void **state)
{
    (void)state;
    tw_tree tree = tree_of("2,4,6", 4);
    walk_memory memory = {0};
    tw_request request = {.va = 0xabc, .op = OP_LOAD, .priv = PRIV_S};
    SAYS(&tree, &memory, request, "holds 0x0: no flags, not valid\n",
         "load page fault (cause 13) at 0xabc, check \"valid\": V=0: nothing is mapped here\n");
    walk_memory_set(&memory, 0x1008, 0xd43);
    SAYS(&tree, &memory, request, "a page of 1 KiB must begin at a multiple of its size");
    walk_memory_set(&memory, 0x1008, 0x1003);
    SAYS(&tree, &memory, request, "A=0, and with ADUE=0 software has to set it");
    walk_memory_set(&memory, 0x1008, 0x1005);
    SAYS(&tree, &memory, request, "W=1 with R=0 is a reserved encoding");
    memory.bad_read = 0x1008;
    SAYS(&tree, &memory, request, "0x1008 answers with a bus error", "load access fault (cause 5)");
    request.va = 0x1000;
    SAYS(&tree, &memory, request, "bits 63..12 of the address must be 0");
    request.priv = PRIV_M;
    SAYS(&tree, &memory, request,
         "M-mode: the address passes as it is\n  physical address 0x1000\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_of_64_bytes_is_found_by_hand),
        cmocka_unit_test(a_hole_at_level_k_faults_after_exactly_levels_minus_k_reads),
        cmocka_unit_test(a_linear_table_is_one_read),
        cmocka_unit_test(virtual_page_0_in_frame_3_makes_0x0123_to_0x3123),
        cmocka_unit_test(bits_above_the_address_fault_before_any_read),
        cmocka_unit_test(a_leaf_above_level_0_maps_all_that_its_entry_covers),
        cmocka_unit_test(g_on_a_pointer_makes_all_below_it_global),
        cmocka_unit_test(machine_mode_passes),
        cmocka_unit_test(a_tree_with_the_geometry_of_a_mode_answers_as_the_mode_does),
        cmocka_unit_test(what_the_bus_refuses_is_an_access_fault),
        cmocka_unit_test(a_lost_swap_walks_again_and_the_record_is_of_the_last_try),
        cmocka_unit_test(a_walk_is_told_step_by_step),
        cmocka_unit_test(every_fault_gives_its_reason),
    };
    return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
