/* test_l2_parity.c: the second level's words that are spoilt, and what a lookup makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/l2_tlb.h"
#include "tablewalk/registers.h"

static const struct fence no_fence;
static const uint64_t satp = TW_PUT(SATP, MODE, MODE_SV39) | TW_PUT(SATP, ASID, 1);

static struct l2_tlb l2_of(unsigned sets)
{
    tw_config config = *tw_config_named("default");
    struct l2_tlb l2;
    config.l2_ways = 4;
    config.l2_entries = sets * 4;
    assert_true(l2_tlb_open(&l2, &config));
    l2_tlb_reset(&l2);
    return l2;
}

/* The VA of that number among those of one of 16 sets. */
static uint64_t nth(unsigned set, uint64_t number)
{
    return number << 16 | (uint64_t)set << 12;
}

/* One edge with a fill, `in` being what else happens in it. */
static void clock_fill(struct l2_tlb *l2, uint64_t va, unsigned way, struct l2_tlb_in in)
{
    const struct request request = {.body = {.va = va}};
    in.satp = satp;
    in.fence = &no_fence;
    in.fill = &(struct done){.request = &request, .pte = 0xcf, .size = PAGE_SHIFT};
    in.fill_way = way;
    l2_tlb_clock(l2, &in);
}

static void fill(struct l2_tlb *l2, uint64_t va, unsigned way)
{
    clock_fill(l2, va, way, (struct l2_tlb_in){.inject_valid = false});
}

static void spoil(struct l2_tlb *l2, uint64_t va, unsigned way, unsigned bit)
{
    clock_fill(l2, va, way, (struct l2_tlb_in){.inject_valid = true, .inject_bit = bit});
}

static struct l2_match look(const struct l2_tlb *l2, uint64_t va)
{
    struct l2_match match = {.valid = false};
    l2_tlb_lookup(l2, satp, va, &match);
    return match;
}

static bool holds(const struct l2_tlb *l2, uint64_t va)
{
    return look(l2, va).valid;
}

static void every_bit_of_the_word_can_be_spoilt_and_none_beyond_it(void **state)
{
    (void)state;
    static const struct {
        unsigned sets, bits; /* 120 - log2(sets) */
    } shape[] = {{4, 118}, {16, 116}, {1024, 110}};
    for (unsigned i = 0; i < 3; i++) {
        struct l2_tlb l2 = l2_of(shape[i].sets);
        for (unsigned bit = 0; bit < 256; bit++) {
            spoil(&l2, 0x1000, 0, bit);
            assert_int_equal(look(&l2, 0x1000).valid, bit >= shape[i].bits);
            assert_int_equal(look(&l2, 0x1000).wrong, bit < shape[i].bits);
        }
        l2_tlb_close(&l2);
    }
}

static void nothing_is_spoilt_without_inject_and_the_next_write_heals(void **state)
{
    (void)state;
    struct l2_tlb l2 = l2_of(16);
    clock_fill(&l2, 0x1000, 0, (struct l2_tlb_in){.inject_bit = 5});
    assert_int_equal(holds(&l2, 0x1000), true);
    spoil(&l2, 0x1000, 0, 5);
    assert_int_equal(holds(&l2, 0x1000), false);
    fill(&l2, 0x1000, 0);
    assert_int_equal(holds(&l2, 0x1000), true);
    assert_int_equal(look(&l2, 0x1000).wrong, 0);
    l2_tlb_close(&l2);
}

/* Sets 1 and 2 hold pages 0 to 3; of set 1, ways 1 and 3 are spoilt. */
static struct l2_tlb spoilt_l2(void)
{
    struct l2_tlb l2 = l2_of(16);
    for (unsigned i = 0; i < 4; i++) {
        fill(&l2, nth(1, i), i);
        fill(&l2, nth(2, i), i);
    }
    spoil(&l2, nth(1, 1), 1, 0);
    spoil(&l2, nth(1, 3), 3, 0);
    return l2;
}

static void wrong_way_never_matches_and_hides_no_other(void **state)
{
    (void)state;
    struct l2_tlb l2 = spoilt_l2();
    for (unsigned i = 0; i < 4; i++) {
        const struct l2_match match = look(&l2, nth(1, i));
        assert_int_equal(match.valid, i % 2 == 0);
        assert_int_equal(match.wrong, 0xa); /* found whatever is looked for in the set */
        assert_int_equal(look(&l2, nth(2, i)).valid, true);
        assert_int_equal(look(&l2, nth(2, i)).wrong, 0);
    }
    l2_tlb_close(&l2);
}

static void wrong_way_is_filled_like_an_invalid_one(void **state)
{
    (void)state;
    struct l2_tlb l2 = spoilt_l2();
    assert_int_equal(look(&l2, nth(1, 9)).way, 1);
    assert_int_equal(look(&l2, nth(1, 3)).way, 1); /* even for the page that it held */
    assert_int_equal(look(&l2, nth(1, 2)).way, 2);
    assert_int_equal(look(&l2, nth(2, 9)).way, 0); /* the next one */
    l2_tlb_close(&l2);
}

static void lookup_drops_the_wrong_ways_of_its_set_and_nothing_else(void **state)
{
    (void)state;
    struct l2_tlb l2 = spoilt_l2();
    l2_tlb_clock(&l2, &(struct l2_tlb_in){.fence = &no_fence}); /* without a lookup: nothing */
    const unsigned wrong = look(&l2, nth(1, 0)).wrong;
    assert_int_equal(wrong, 0xa);
    clock_fill(&l2, nth(3, 0), 0, /* the drop, and a fill elsewhere, in one cycle */
               (struct l2_tlb_in){.lookup_va = nth(1, 7), .lookup_wrong = wrong});
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(look(&l2, nth(1, i)).valid, i % 2 == 0);
        assert_int_equal(look(&l2, nth(1, i)).wrong, 0);
        assert_int_equal(look(&l2, nth(2, i)).valid, true);
    }
    assert_int_equal(holds(&l2, nth(3, 0)), true);
    assert_int_equal(look(&l2, nth(1, 9)).way, 1);
    l2_tlb_close(&l2);
}

static void way_that_a_fence_has_dropped_is_no_longer_wrong(void **state)
{
    (void)state;
    const struct fence fence = {.valid = true, .by_asid = true};
    struct l2_tlb l2 = spoilt_l2();
    l2_tlb_clock(&l2, &(struct l2_tlb_in){.fence = &fence});
    assert_int_equal(look(&l2, nth(1, 0)).wrong, 0);
    l2_tlb_close(&l2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_of_the_word_can_be_spoilt_and_none_beyond_it),
        cmocka_unit_test(nothing_is_spoilt_without_inject_and_the_next_write_heals),
        cmocka_unit_test(wrong_way_never_matches_and_hides_no_other),
        cmocka_unit_test(wrong_way_is_filled_like_an_invalid_one),
        cmocka_unit_test(lookup_drops_the_wrong_ways_of_its_set_and_nothing_else),
        cmocka_unit_test(way_that_a_fence_has_dropped_is_no_longer_wrong),
    };
    return cmocka_run_group_tests_name("model_cycle_l2_parity", tests, NULL, NULL);
}
