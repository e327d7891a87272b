/* test_judge.c: what one PTE says to one request: rules 5 to 11, and their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/walk_case.h"

#define BIT(n) (UINT64_C(1) << (n))

static const tw_control sv39 = {.satp = (uint64_t)MODE_SV39 << 60, .adue = true};
static const tw_control sv39_pbmt = {
    .satp = (uint64_t)MODE_SV39 << 60, .adue = true, .pbmte = true};
static const tw_control sv39_svade = {.satp = (uint64_t)MODE_SV39 << 60};

static tw_check judge(const tw_control *control, tw_op op, unsigned priv, uint64_t pte,
                      unsigned level)
{
    tw_request request = {.op = op, .priv = priv};
    return tw_judge(control, &request, pte, level);
}

/* The supervisor's load, which the leaf below grants. */
static tw_check judge_load(uint64_t pte, unsigned level)
{
    return judge(&sv39, OP_LOAD, PRIV_S, pte, level);
}

static void invalid_pte_is_not_looked_at_further(void **state)
{
    (void)state;
    assert_int_equal(judge_load(0, 0), CHECK_VALID);
    assert_int_equal(judge_load(~BIT(PTE_V), 2), CHECK_VALID);
}

static void write_without_read_is_reserved(void **state)
{
    (void)state;
    assert_int_equal(judge_load(pte_of(1, "VWA"), 0), CHECK_RESERVED);
    assert_int_equal(judge_load(pte_of(1, "VWXA"), 0), CHECK_RESERVED);
    assert_int_equal(judge_load(pte_of(1, "VRWA"), 0), CHECK_NONE);
}

static void each_of_the_seven_high_bits_is_reserved(void **state)
{
    (void)state;
    for (unsigned bit = 54; bit <= 60; bit++) {
        assert_int_equal(judge_load(pte_of(1, "VRA") | BIT(bit), 0), CHECK_RESERVED);
        assert_int_equal(judge_load(pte_of(1, "V") | BIT(bit), 1), CHECK_RESERVED);
    }
    assert_int_equal(judge_load(pte_of(0, "VRA") | BIT(53), 0), CHECK_NONE);
}

static void software_bits_are_software_s(void **state)
{
    (void)state;
    assert_int_equal(judge_load(pte_of(1, "VRA") | BIT(8) | BIT(9), 0), CHECK_NONE);
    assert_int_equal(judge_load(pte_of(1, "VG") | BIT(8) | BIT(9), 1), CHECK_NONE);
}

static void memory_types_need_pbmte_and_type_3_never_is(void **state)
{
    (void)state;
    for (uint64_t type = 1; type <= 3; type++) {
        uint64_t leaf = pte_of(1, "VRA") | type << PTE_PBMT;
        assert_int_equal(judge(&sv39, OP_LOAD, PRIV_S, leaf, 0), CHECK_RESERVED);
        assert_int_equal(judge(&sv39_pbmt, OP_LOAD, PRIV_S, leaf, 0),
                         type == 3 ? CHECK_RESERVED : CHECK_NONE);
    }
}

static void napot_is_level_0_with_ppn_ending_in_1000(void **state)
{
    (void)state;
    for (uint64_t low = 0; low < 16; low++) {
        uint64_t leaf = pte_of(0x120 | low, "VRA") | BIT(PTE_N);
        assert_int_equal(judge_load(leaf, 0), low == 8 ? CHECK_NONE : CHECK_RESERVED);
    }
    assert_int_equal(judge_load(pte_of(0x40000, "VRA") | BIT(PTE_N), 1), CHECK_RESERVED);
    assert_int_equal(judge_load(pte_of(0x40008, "VRA") | BIT(PTE_N), 1), CHECK_RESERVED);
}

static void pointer_with_a_d_u_n_or_pbmt_is_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {"VA", "VD", "VU", "VAD", "VUAD"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_int_equal(judge_load(pte_of(1, refused[i]), 1), CHECK_POINTER);
    assert_int_equal(judge_load(pte_of(8, "V") | BIT(PTE_N), 1), CHECK_POINTER);
    assert_int_equal(judge(&sv39_pbmt, OP_LOAD, PRIV_S, pte_of(1, "V") | BIT(PTE_PBMT), 1),
                     CHECK_POINTER);
    assert_int_equal(judge_load(pte_of(1, "V"), 1), CHECK_NONE);
    assert_int_equal(judge_load(pte_of(1, "VG"), 2), CHECK_NONE);
}

static void pointer_at_level_0_is_refused(void **state)
{
    (void)state;
    assert_int_equal(judge_load(pte_of(1, "V"), 0), CHECK_POINTER);
}

static void every_low_ppn_bit_of_a_superpage_counts(void **state)
{
    (void)state;
    static const unsigned modes[] = {MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57, MODE_LINEAR};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        tw_control control = {.satp = (uint64_t)modes[i] << 60, .adue = true};
        unsigned ppn_bits = mode_narrow(modes[i]) ? 22 : PTE_PPN_BITS;
        for (unsigned level = 0; level < mode_levels(modes[i]); level++) {
            for (unsigned bit = 0; bit < ppn_bits; bit++) {
                bool low = bit < level_size(modes[i], level) - PAGE_SHIFT;
                assert_int_equal(judge(&control, OP_LOAD, PRIV_S, pte_of(BIT(bit), "VRA"), level),
                                 low ? CHECK_ALIGNED : CHECK_NONE);
            }
        }
    }
}

/* The privileges in a table: U, S and S with SUM against U=0 and U=1; SUM never helps a fetch. */
static void user_bit_against_privilege_and_sum(void **state)
{
    (void)state;
    static const struct {
        unsigned priv;
        bool sum, user, data, fetch;
    } rows[] = {
        {PRIV_U, false, false, false, false}, {PRIV_U, true, false, false, false},
        {PRIV_U, false, true, true, true},    {PRIV_U, true, true, true, true},
        {PRIV_S, false, false, true, true},   {PRIV_S, true, false, true, true},
        {PRIV_S, false, true, false, false},  {PRIV_S, true, true, true, false},
        {2, false, false, false, false},      {2, false, true, true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t leaf = pte_of(1, rows[i].user ? "VRWXUAD" : "VRWXAD");
        for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
            tw_request request = {.op = (tw_op)op, .priv = rows[i].priv, .sum = rows[i].sum};
            bool allowed = op == OP_FETCH ? rows[i].fetch : rows[i].data;
            assert_int_equal(tw_judge(&sv39, &request, leaf, 0), allowed ? CHECK_NONE : CHECK_USER);
        }
    }
}

/* Which operations each legal R, W, X grants; the store column is for amo too. */
static void permissions_against_operation_and_mxr(void **state)
{
    (void)state;
    static const struct {
        const char *flags;
        bool fetch, load, load_mxr, store;
    } rows[] = {
        {"VRAD", false, true, true, false}, {"VRWAD", false, true, true, true},
        {"VXAD", true, false, true, false}, {"VRXAD", true, true, true, false},
        {"VRWXAD", true, true, true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (unsigned op = OP_FETCH; op <= OP_AMO; op++) {
            for (int mxr = 0; mxr <= 1; mxr++) {
                tw_request request = {.op = (tw_op)op, .priv = PRIV_S, .mxr = mxr};
                bool allowed = op == OP_FETCH  ? rows[i].fetch
                               : op != OP_LOAD ? rows[i].store
                               : mxr           ? rows[i].load_mxr
                                               : rows[i].load;
                assert_int_equal(tw_judge(&sv39, &request, pte_of(1, rows[i].flags), 0),
                                 allowed ? CHECK_NONE : CHECK_PERMISSION);
            }
        }
    }
}

static void without_adue_an_untouched_leaf_faults(void **state)
{
    (void)state;
    static const struct {
        const char *flags;
        bool load, store;
    } rows[] = {{"VRW", false, false},
                {"VRWA", true, false},
                {"VRWD", false, false},
                {"VRWAD", true, true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t leaf = pte_of(1, rows[i].flags);
        assert_int_equal(judge(&sv39_svade, OP_LOAD, PRIV_S, leaf, 0),
                         rows[i].load ? CHECK_NONE : CHECK_TOUCHED);
        assert_int_equal(judge(&sv39_svade, OP_STORE, PRIV_S, leaf, 0),
                         rows[i].store ? CHECK_NONE : CHECK_TOUCHED);
        assert_int_equal(judge(&sv39, OP_STORE, PRIV_S, leaf, 0), CHECK_NONE);
    }
}

/* A PTE with every fault at once; each repair uncovers the next check. */
static void checks_are_made_in_the_order_of_their_codes(void **state)
{
    (void)state;
    const tw_request user_store = {.op = OP_STORE, .priv = PRIV_U};
    uint64_t pte = pte_of(1, "R") | BIT(54);
    assert_int_equal(tw_judge(&sv39_svade, &user_store, pte, 1), CHECK_VALID);
    pte |= BIT(PTE_V);
    assert_int_equal(tw_judge(&sv39_svade, &user_store, pte, 1), CHECK_RESERVED);
    pte &= ~BIT(54);
    assert_int_equal(tw_judge(&sv39_svade, &user_store, pte, 1), CHECK_ALIGNED);
    pte &= ~BIT(PTE_PPN);
    assert_int_equal(tw_judge(&sv39_svade, &user_store, pte, 1), CHECK_USER);
    pte |= BIT(PTE_U);
    assert_int_equal(tw_judge(&sv39_svade, &user_store, pte, 1), CHECK_PERMISSION);
    pte |= BIT(PTE_W);
    assert_int_equal(tw_judge(&sv39_svade, &user_store, pte, 1), CHECK_TOUCHED);
    pte |= BIT(PTE_A) | BIT(PTE_D);
    assert_int_equal(tw_judge(&sv39_svade, &user_store, pte, 1), CHECK_NONE);
}

static void amo_is_judged_as_a_store(void **state)
{
    (void)state;
    for (uint64_t flags = 0; flags < 256; flags++) {
        for (unsigned priv = PRIV_U; priv <= PRIV_S; priv++) {
            for (unsigned level = 0; level < 3; level++) {
                assert_int_equal(judge(&sv39_svade, OP_AMO, priv, flags, level),
                                 judge(&sv39_svade, OP_STORE, priv, flags, level));
            }
        }
    }
}

/* What is put together comes apart again: the ten bits below the page number, RSW among them. */
static void every_pattern_of_the_ten_low_bits_comes_back_with_its_page_number(void **state)
{
    (void)state;
    static const uint64_t ppns[] = {0, 1, 0x12345, (UINT64_C(1) << PTE_PPN_BITS) - 1};
    for (unsigned low = 0; low < 1u << PTE_PPN; low++) {
        for (size_t i = 0; i < sizeof ppns / sizeof *ppns; i++) {
            const uint64_t pte = ppns[i] << PTE_PPN | low;
            assert_int_equal(pte_ppn(pte), ppns[i]);
            for (unsigned bit = 0; bit < PTE_PPN; bit++)
                assert_int_equal(pte_bit(pte, bit), low >> bit & 1);
            assert_int_equal(pte_touch(pte, OP_LOAD), pte | 0x40);
            assert_int_equal(pte_touch(pte, OP_STORE), pte | 0xc0);
            assert_int_equal(pte_is_pointer(pte), (low & 0x0e) == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest judge_tests[] = {
        cmocka_unit_test(invalid_pte_is_not_looked_at_further),
        cmocka_unit_test(write_without_read_is_reserved),
        cmocka_unit_test(each_of_the_seven_high_bits_is_reserved),
        cmocka_unit_test(software_bits_are_software_s),
        cmocka_unit_test(memory_types_need_pbmte_and_type_3_never_is),
        cmocka_unit_test(napot_is_level_0_with_ppn_ending_in_1000),
        cmocka_unit_test(pointer_with_a_d_u_n_or_pbmt_is_refused),
        cmocka_unit_test(pointer_at_level_0_is_refused),
        cmocka_unit_test(every_low_ppn_bit_of_a_superpage_counts),
        cmocka_unit_test(user_bit_against_privilege_and_sum),
        cmocka_unit_test(permissions_against_operation_and_mxr),
        cmocka_unit_test(without_adue_an_untouched_leaf_faults),
        cmocka_unit_test(checks_are_made_in_the_order_of_their_codes),
        cmocka_unit_test(amo_is_judged_as_a_store),
        cmocka_unit_test(every_pattern_of_the_ten_low_bits_comes_back_with_its_page_number),
    };
    return cmocka_run_group_tests_name("judge", judge_tests, NULL, NULL);
}
