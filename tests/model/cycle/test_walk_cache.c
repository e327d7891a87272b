/* test_walk_cache.c: where a walk begins, and what makes the cache forget. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/walk_cache.h"
#include "tablewalk/registers.h"

static const struct fence no_fence;
static const uint64_t root = 0x777;

/* A pointer that a walk met, and the address space of that walk. */
struct met {
    unsigned mode, asid, level;
    uint64_t va, table;
    bool global;
};

static struct walk_cache cache_of(unsigned entries)
{
    struct walk_cache cache;
    walk_cache_reset(&cache, entries);
    return cache;
}

static uint64_t satp_of(unsigned mode, unsigned asid)
{
    return TW_PUT(SATP, MODE, mode) | TW_PUT(SATP, ASID, asid) | TW_PUT(SATP, PPN, root);
}

/* A pointer of Sv57 and address space 1. */
static struct met met_at(unsigned level, uint64_t va, uint64_t table)
{
    return (struct met){.mode = MODE_SV57, .asid = 1, .level = level, .va = va, .table = table};
}

static void fill_in(struct walk_cache *cache, struct met met, const struct fence *fence)
{
    const struct pointer pointer = {
        .va = met.va, .level = met.level, .table = met.table, .global = met.global};
    walk_cache_clock(cache, &(struct walk_cache_in){.satp = satp_of(met.mode, met.asid),
                                                    .fence = fence,
                                                    .fill = &pointer});
}

static void fill(struct walk_cache *cache, struct met met)
{
    fill_in(cache, met, &no_fence);
}

static struct walk_cache_match look(const struct walk_cache *cache, unsigned mode, unsigned asid,
                                    uint64_t va)
{
    struct walk_cache_match match;
    walk_cache_lookup(cache, satp_of(mode, asid), va, &match);
    return match;
}

/* In Sv57 and address space 1. */
static struct walk_cache_match look_at(const struct walk_cache *cache, uint64_t va)
{
    return look(cache, MODE_SV57, 1, va);
}

/* A walk for `va` starts: the entry that it uses is recent now. */
static void use(struct walk_cache *cache, uint64_t va)
{
    const struct walk_cache_match match = look_at(cache, va);
    walk_cache_clock(cache, &(struct walk_cache_in){.fence = &no_fence, .used = &match});
}

static unsigned count_valid(const struct walk_cache *cache)
{
    unsigned count = 0;
    for (unsigned i = 0; i < cache->entries; i++)
        count += cache->entry[i].valid;
    return count;
}

static void assert_begins(struct walk_cache_match match, bool valid, unsigned level, uint64_t table,
                          bool global)
{
    assert_int_equal(match.valid, valid);
    assert_int_equal(match.level, level);
    assert_int_equal(match.table, table);
    assert_int_equal(match.global, global);
}

/* ---- match ----------------------------------------------------------------------------------- */

static void without_a_match_a_walk_begins_at_the_root(void **state)
{
    (void)state;
    const struct walk_cache cache = cache_of(4), none = cache_of(0);
    static const struct {
        unsigned mode, level;
    } top[] = {{MODE_SV32, 1}, {MODE_SV39, 2}, {MODE_SV48, 3}, {MODE_SV57, 4}};
    for (unsigned i = 0; i < 4; i++) {
        assert_begins(look(&cache, top[i].mode, 1, 0x1000), false, top[i].level, root, false);
        assert_begins(look(&none, top[i].mode, 1, 0x1000), false, top[i].level, root, false);
    }
}

static void without_a_walk_cache_nothing_is_learnt(void **state)
{
    (void)state;
    struct walk_cache none = cache_of(0);
    fill(&none, met_at(1, 0x1000, 0x55));
    use(&none, 0x1000);
    assert_begins(look_at(&none, 0x1000), false, 4, root, false);
}

static void pointer_serves_exactly_what_its_pte_maps(void **state)
{
    (void)state;
    static const struct {
        unsigned mode, levels, index_bits;
    } modes[] = {{MODE_SV32, 2, 10}, {MODE_SV39, 3, 9}, {MODE_SV48, 4, 9}, {MODE_SV57, 5, 9}};
    for (unsigned m = 0; m < 4; m++) {
        for (unsigned level = 1; level < modes[m].levels; level++) {
            struct walk_cache cache = cache_of(4);
            const uint64_t va = UINT64_C(0x00a5f0f0c3345678);
            const unsigned size = 12 + level * modes[m].index_bits;
            fill(&cache,
                 (struct met){.mode = modes[m].mode, .level = level, .va = va, .table = 0x55});
            assert_begins(look(&cache, modes[m].mode, 0, va), true, level - 1, 0x55, false);
            for (unsigned bit = 0; bit < 64; bit++) {
                const uint64_t other = va ^ UINT64_C(1) << bit;
                assert_int_equal(look(&cache, modes[m].mode, 0, other).valid,
                                 bit < size || bit > 56);
            }
        }
    }
}

static void deepest_pointer_counts_in_whatever_order_they_came(void **state)
{
    (void)state;
    static const unsigned orders[][4] = {
        {1, 2, 3, 4}, {4, 3, 2, 1}, {2, 4, 1, 3}, {3, 1, 4, 2}, {4, 1, 2, 3}};
    for (unsigned o = 0; o < 5; o++) {
        struct walk_cache cache = cache_of(8);
        unsigned deepest = 5;
        for (unsigned i = 0; i < 4; i++) {
            const unsigned level = orders[o][i];
            struct met met = met_at(level, 0x1000, 0x50 + level);
            met.global = level % 2 != 0;
            fill(&cache, met);
            deepest = level < deepest ? level : deepest;
            assert_begins(look_at(&cache, 0x1000), true, deepest - 1, 0x50 + deepest,
                          deepest % 2 != 0);
        }
        assert_int_equal(count_valid(&cache), 4);
        /* Beside the page of the level-1 pointer, the level-2 pointer is the deepest. */
        assert_begins(look_at(&cache, 0x1000 + (UINT64_C(1) << 21)), true, 1, 0x52, false);
        assert_begins(look_at(&cache, 0x1000 + (UINT64_C(1) << 48)), false, 4, root, false);
    }
}

static void pointer_is_not_seen_from_another_mode_or_address_space(void **state)
{
    (void)state;
    struct walk_cache cache = cache_of(4);
    struct met global = met_at(1, UINT64_C(1) << 30, 0x66);
    global.global = true;
    fill(&cache, met_at(1, 0, 0x55));
    fill(&cache, global);
    for (unsigned bit = 0; bit < 16; bit++) {
        assert_int_equal(look(&cache, MODE_SV57, 1u ^ 1u << bit, 0).valid, false);
        assert_int_equal(look(&cache, MODE_SV57, 1u ^ 1u << bit, global.va).valid, true);
    }
    assert_begins(look(&cache, MODE_SV48, 1, 0), false, 3, root, false);
    assert_begins(look(&cache, MODE_SV48, 1, global.va), false, 3, root, false);
    assert_begins(look(&cache, MODE_SV57, 9, global.va), true, 0, 0x66, true);
}

/* ---- fill ------------------------------------------------------------------------------------ */

static void pointer_met_again_overwrites_its_entry(void **state)
{
    (void)state;
    struct walk_cache cache = cache_of(4);
    fill(&cache, met_at(2, UINT64_C(3) << 30, 0x54)); /* way 0 */
    fill(&cache, met_at(1, 0x1000, 0x55));
    fill(&cache, met_at(1, 0x1ff000, 0x56)); /* the last page of what it maps */
    assert_int_equal(count_valid(&cache), 2);
    assert_begins(look_at(&cache, 0x1000), true, 0, 0x56, false);
    assert_int_equal(look_at(&cache, 0x1000).way, 1);
}

static void only_the_same_level_mode_and_place_overlap(void **state)
{
    (void)state;
    struct walk_cache cache = cache_of(8);
    struct met other = met_at(1, 0x1000, 0x60);
    fill(&cache, met_at(1, 0x1000, 0x51));
    fill(&cache, met_at(2, 0x1000, 0x52));
    fill(&cache, met_at(1, 0x1000 + (UINT64_C(1) << 21), 0x53));
    other.mode = MODE_SV48;
    fill(&cache, other);
    other.mode = MODE_SV57;
    other.asid = 2;
    fill(&cache, other);
    assert_int_equal(count_valid(&cache), 5);
    assert_begins(look_at(&cache, 0x1000), true, 0, 0x51, false);
}

static void global_pointer_replaces_that_of_every_address_space_and_back(void **state)
{
    (void)state;
    struct walk_cache cache = cache_of(8);
    struct met met = met_at(1, 0x1000, 0x50);
    fill(&cache, met_at(3, 0, 0x53)); /* way 0 */
    for (unsigned asid = 1; asid <= 3; asid++) {
        met.asid = asid;
        met.table = 0x50 + asid;
        fill(&cache, met);
    }
    assert_int_equal(count_valid(&cache), 4);
    met.global = true;
    met.table = 0x59;
    fill(&cache, met); /* to the lowest that overlaps: way 1 */
    assert_int_equal(count_valid(&cache), 2);
    assert_int_equal(look(&cache, MODE_SV57, 7, 0x1000).way, 1);
    assert_begins(look(&cache, MODE_SV57, 7, 0x1000), true, 0, 0x59, true);
    met.global = false;
    fill(&cache, met); /* of address space 3 */
    assert_int_equal(count_valid(&cache), 2);
    assert_begins(look(&cache, MODE_SV57, 3, 0x1000), true, 0, 0x59, false);
    assert_begins(look(&cache, MODE_SV57, 7, 0x1000), false, 4, root, false);
}

static void new_pointer_takes_the_lowest_invalid_entry_before_the_victim(void **state)
{
    (void)state;
    struct walk_cache cache = cache_of(4);
    for (uint64_t i = 0; i < 4; i++)
        fill(&cache, met_at(1, i << 21, i));
    for (uint64_t i = 1; i < 3; i++) {
        const struct fence fence = {.valid = true, .by_va = true, .va = i << 21};
        walk_cache_clock(&cache, &(struct walk_cache_in){.fence = &fence});
    }
    fill(&cache, met_at(1, UINT64_C(9) << 21, 9));
    assert_int_equal(look_at(&cache, UINT64_C(9) << 21).way, 1);
    fill(&cache, met_at(1, UINT64_C(10) << 21, 10));
    assert_int_equal(look_at(&cache, UINT64_C(10) << 21).way, 2);
}

static void victim_is_what_fills_and_starts_used_least_recently(void **state)
{
    (void)state;
    struct walk_cache cache = cache_of(2); /* of two, the tree is exact */
    const uint64_t a = 0, b = UINT64_C(1) << 21, c = UINT64_C(2) << 21;
    fill(&cache, met_at(1, a, 1));
    fill(&cache, met_at(1, b, 2));
    use(&cache, a);
    (void)look_at(&cache, b); /* a lookup alone teaches nothing */
    fill(&cache, met_at(1, c, 3));
    assert_int_equal(look_at(&cache, a).valid, true);
    assert_int_equal(look_at(&cache, b).valid, false);
    assert_int_equal(look_at(&cache, c).way, 1);
    fill(&cache, met_at(1, b, 4)); /* c was filled last */
    assert_int_equal(look_at(&cache, a).valid, false);
    assert_int_equal(look_at(&cache, c).valid, true);
}

static void start_at_the_root_teaches_the_tree_nothing(void **state)
{
    (void)state;
    struct walk_cache cache = cache_of(2);
    const uint64_t a = 0, b = UINT64_C(1) << 21, c = UINT64_C(2) << 21;
    fill(&cache, met_at(1, a, 1));
    fill(&cache, met_at(1, b, 2)); /* used last */
    use(&cache, UINT64_C(9) << 21);
    fill(&cache, met_at(1, c, 3));
    assert_int_equal(look_at(&cache, a).valid, false);
    assert_int_equal(look_at(&cache, b).valid, true);
}

static void start_and_fill_in_one_cycle_are_learnt_start_first(void **state)
{
    (void)state;
    struct walk_cache cache = cache_of(2);
    const uint64_t a = 0, b = UINT64_C(1) << 21, c = UINT64_C(2) << 21;
    fill(&cache, met_at(1, a, 1));
    fill(&cache, met_at(1, b, 2));
    const struct walk_cache_match match = look_at(&cache, a);
    const struct pointer again = {.va = b, .level = 1, .table = 3};
    walk_cache_clock(&cache, &(struct walk_cache_in){.satp = satp_of(MODE_SV57, 1),
                                                     .fence = &no_fence,
                                                     .used = &match,
                                                     .fill = &again});
    fill(&cache, met_at(1, c, 4));
    assert_int_equal(look_at(&cache, a).valid, false);
    assert_begins(look_at(&cache, b), true, 0, 3, false);
}

/* ---- fence ----------------------------------------------------------------------------------- */

/* What a fence leaves of these, a bit each: pointers of levels 1 and 2 above page 0 of address
 * space 1, one of level 1 in another mode and address space 2, a global one of level 1 at 4 GiB. */
static unsigned left_after(struct fence fence)
{
    struct walk_cache cache = cache_of(4);
    fill(&cache, met_at(1, 0, 0x51));
    fill(&cache, met_at(2, 0, 0x52));
    fill(&cache, (struct met){.mode = MODE_SV48, .asid = 2, .level = 1, .table = 0x53});
    fill(&cache, (struct met){.mode = MODE_SV57,
                              .asid = 1,
                              .level = 1,
                              .va = UINT64_C(1) << 32,
                              .table = 0x54,
                              .global = true});
    walk_cache_clock(&cache, &(struct walk_cache_in){.fence = &fence});
    unsigned left = 0;
    for (unsigned i = 0; i < 4; i++)
        left |= (unsigned)cache.entry[i].valid << i;
    return left;
}

static unsigned left_after_va(uint64_t va)
{
    return left_after((struct fence){.valid = true, .by_va = true, .va = va});
}

static unsigned left_after_asid(unsigned asid)
{
    return left_after((struct fence){.valid = true, .by_asid = true, .asid = asid});
}

static unsigned left_after_both(uint64_t va, unsigned asid)
{
    return left_after(
        (struct fence){.valid = true, .by_va = true, .by_asid = true, .va = va, .asid = asid});
}

static void each_kind_of_fence_drops_what_it_covers(void **state)
{
    (void)state;
    assert_int_equal(left_after((struct fence){.va = 0}), 0xf); /* there is no fence */
    assert_int_equal(left_after((struct fence){.valid = true, .va = 1, .asid = 9}), 0x0);
    assert_int_equal(left_after_va(0), 0x8);               /* in every mode, at every level */
    assert_int_equal(left_after_va(0x1fffff), 0x8);        /* the last byte of level 1 */
    assert_int_equal(left_after_va(0x200000), 0xd);        /* below level 2 alone */
    assert_int_equal(left_after_va(0x3fffffff), 0xd);      /* its last byte */
    assert_int_equal(left_after_va(0x40000000), 0xf);      /* below none */
    assert_int_equal(left_after_va(UINT64_C(1) << 32), 7); /* by address: global ones too */
    assert_int_equal(left_after_asid(1), 0xc);             /* the global one is kept */
    assert_int_equal(left_after_asid(2), 0xb);
    assert_int_equal(left_after_asid(3), 0xf);
    assert_int_equal(left_after_both(0, 1), 0xc);
    assert_int_equal(left_after_both(0x200000, 1), 0xd);
    assert_int_equal(left_after_both(0, 2), 0xb);
    assert_int_equal(left_after_both(UINT64_C(1) << 32, 1), 0xf);
}

static void fence_wins_over_a_fill_that_it_covers(void **state)
{
    (void)state;
    const struct fence fence = {.valid = true, .by_va = true, .va = 0x1000};
    struct walk_cache cache = cache_of(4);
    fill_in(&cache, met_at(1, 0, 0x51), &fence);
    assert_int_equal(count_valid(&cache), 0);
    fill_in(&cache, met_at(1, 0x200000, 0x51), &fence);
    assert_int_equal(count_valid(&cache), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_match_a_walk_begins_at_the_root),
        cmocka_unit_test(without_a_walk_cache_nothing_is_learnt),
        cmocka_unit_test(pointer_serves_exactly_what_its_pte_maps),
        cmocka_unit_test(deepest_pointer_counts_in_whatever_order_they_came),
        cmocka_unit_test(pointer_is_not_seen_from_another_mode_or_address_space),
        cmocka_unit_test(pointer_met_again_overwrites_its_entry),
        cmocka_unit_test(only_the_same_level_mode_and_place_overlap),
        cmocka_unit_test(global_pointer_replaces_that_of_every_address_space_and_back),
        cmocka_unit_test(new_pointer_takes_the_lowest_invalid_entry_before_the_victim),
        cmocka_unit_test(victim_is_what_fills_and_starts_used_least_recently),
        cmocka_unit_test(start_at_the_root_teaches_the_tree_nothing),
        cmocka_unit_test(start_and_fill_in_one_cycle_are_learnt_start_first),
        cmocka_unit_test(each_kind_of_fence_drops_what_it_covers),
        cmocka_unit_test(fence_wins_over_a_fill_that_it_covers),
    };
    return cmocka_run_group_tests_name("model_cycle_walk_cache", tests, NULL, NULL);
}
