/* test_tlb.c: matching, overwriting and fencing of pages of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "model/cycle/tlb.h"
#include "tablewalk/registers.h"

static const struct fence no_fence;

/* A page that is filled in: 2^size bytes at va. */
struct page {
    unsigned mode, asid, size;
    uint64_t va;
    bool global;
    uint64_t ppn;
};

static uint64_t satp_of(unsigned mode, unsigned asid)
{
    return TW_PUT(SATP, MODE, mode) | TW_PUT(SATP, ASID, asid);
}

static struct tlb tlb_of(unsigned entries)
{
    struct tlb tlb;
    tlb_reset(&tlb, entries);
    return tlb;
}

static void fill(struct tlb *tlb, struct page page)
{
    tlb_clock(tlb, &(struct tlb_in){.satp = satp_of(page.mode, page.asid),
                                    .fill_valid = true,
                                    .fill_global = page.global,
                                    .fill_size = page.size,
                                    .fill_va = page.va,
                                    .fill_pte = page.ppn << PTE_PPN | 1,
                                    .fence = &no_fence});
}

static void drop(struct tlb *tlb, bool by_va, uint64_t va, bool by_asid, unsigned asid)
{
    const struct fence fence = {
        .valid = true, .by_va = by_va, .va = va, .by_asid = by_asid, .asid = asid};
    tlb_clock(tlb, &(struct tlb_in){.fence = &fence});
}

static bool matches(const struct tlb *tlb, unsigned mode, unsigned asid, uint64_t va)
{
    return tlb_lookup(tlb, satp_of(mode, asid), va).valid;
}

/* Entries that match; the promise is that there is never a second. */
static unsigned count_valid(const struct tlb *tlb)
{
    unsigned count = 0;
    for (unsigned i = 0; i < tlb->entries; i++)
        count += tlb->entry[i].valid;
    return count;
}

static void page_of_every_size_matches_its_first_and_last_byte_and_no_more(void **state)
{
    (void)state;
    static const unsigned sizes[] = {12, 16, 21, 22, 30, 39, 48};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const uint64_t bytes = UINT64_C(1) << sizes[i];
        const uint64_t va = UINT64_C(3) << sizes[i];
        struct tlb tlb = tlb_of(4);
        fill(&tlb, (struct page){.mode = MODE_SV57, .asid = 7, .size = sizes[i], .va = va + 0x123});
        assert_true(matches(&tlb, MODE_SV57, 7, va));
        assert_true(matches(&tlb, MODE_SV57, 7, va + bytes - 1));
        assert_false(matches(&tlb, MODE_SV57, 7, va - 1));
        assert_false(matches(&tlb, MODE_SV57, 7, va + bytes));
        assert_int_equal(tlb_lookup(&tlb, satp_of(MODE_SV57, 7), va).size, sizes[i]);
    }
}

static void entry_is_not_seen_from_another_mode_or_address_space(void **state)
{
    (void)state;
    struct tlb tlb = tlb_of(4);
    fill(&tlb, (struct page){.mode = MODE_SV39, .asid = 7, .size = 12, .va = 0x1000});
    fill(&tlb, (struct page){.mode = MODE_SV39, .asid = 7, .size = 12, .va = 0x2000, .global = 1});
    assert_false(matches(&tlb, MODE_SV48, 7, 0x1000));
    assert_false(matches(&tlb, MODE_SV39, 8, 0x1000));
    assert_true(matches(&tlb, MODE_SV39, 8, 0x2000));
    assert_false(matches(&tlb, MODE_SV48, 7, 0x2000));
}

static void entry_is_found_in_whatever_way_it_stands_and_whatever_stands_beside_it(void **state)
{
    (void)state;
    for (unsigned entries = 2; entries <= 64; entries *= 2) {
        struct tlb tlb = tlb_of(entries);
        for (unsigned i = 0; i < entries; i++) /* one page, as seen from many address spaces */
            fill(&tlb,
                 (struct page){.mode = MODE_SV39, .asid = i, .size = 12, .va = 0x1000, .ppn = i});
        for (unsigned i = 0; i < entries; i++) {
            const struct tlb_match match = tlb_lookup(&tlb, satp_of(MODE_SV39, i), 0x1000);
            assert_int_equal(match.valid, true);
            assert_int_equal(match.way, i);
            assert_int_equal(pte_ppn(match.pte), i);
        }
        assert_int_equal(matches(&tlb, MODE_SV39, entries, 0x1000), false);
        for (unsigned i = 0; i < entries; i++) { /* an invalid entry is never found */
            struct tlb one = tlb_of(entries);
            one.entry[i] = tlb.entry[i];
            assert_int_equal(tlb_lookup(&one, satp_of(MODE_SV39, i), 0x1000).way, i);
            assert_int_equal(matches(&one, MODE_SV39, i, 0x1000), true);
            one.entry[i].valid = false;
            assert_int_equal(matches(&one, MODE_SV39, i, 0x1000), false);
        }
    }
}

static void stored_pte_keeps_flags_ppn_and_memory_type_alone(void **state)
{
    (void)state;
    struct tlb tlb = tlb_of(2);
    tlb_clock(&tlb, &(struct tlb_in){.satp = satp_of(MODE_SV39, 0),
                                     .fill_valid = true,
                                     .fill_size = 12,
                                     .fill_pte = UINT64_MAX,
                                     .fence = &no_fence});
    assert_int_equal(tlb_lookup(&tlb, satp_of(MODE_SV39, 0), 0).pte, UINT64_C(0x603ffffffffffcff));
}

static void refill_of_a_resident_page_overwrites_its_entry(void **state)
{
    (void)state;
    struct tlb tlb = tlb_of(4);
    struct page page = {.mode = MODE_SV39, .asid = 7, .size = 12, .va = 0x1000, .ppn = 1};
    fill(&tlb, page);
    page.ppn = 2;
    fill(&tlb, page);
    assert_int_equal(count_valid(&tlb), 1);
    assert_int_equal(pte_ppn(tlb_lookup(&tlb, satp_of(MODE_SV39, 7), 0x1000).pte), 2);
}

static void superpage_replaces_every_page_inside_it(void **state)
{
    (void)state;
    struct tlb tlb = tlb_of(8);
    fill(&tlb, (struct page){.mode = MODE_SV39, .size = 12, .va = 0x500000}); /* stays: way 0 */
    fill(&tlb, (struct page){.mode = MODE_SV39, .size = 12, .va = 0x200000}); /* way 1 */
    fill(&tlb, (struct page){.mode = MODE_SV39, .size = 12, .va = 0x3ff000});
    fill(&tlb, (struct page){.mode = MODE_SV48, .size = 12, .va = 0x200000}); /* stays */
    fill(&tlb, (struct page){.mode = MODE_SV39, .size = 21, .va = 0x300000});
    assert_int_equal(count_valid(&tlb), 3);
    assert_int_equal(tlb_lookup(&tlb, satp_of(MODE_SV39, 0), 0x3ff000).way, 1);
    assert_true(matches(&tlb, MODE_SV39, 0, 0x500000));
    assert_true(matches(&tlb, MODE_SV48, 0, 0x200000));
}

static void global_fill_replaces_the_page_in_every_address_space(void **state)
{
    (void)state;
    struct tlb tlb = tlb_of(4);
    fill(&tlb, (struct page){.mode = MODE_SV39, .asid = 1, .size = 12, .va = 0x1000});
    fill(&tlb, (struct page){.mode = MODE_SV39, .asid = 2, .size = 12, .va = 0x1000});
    assert_int_equal(count_valid(&tlb), 2);
    fill(&tlb, (struct page){.mode = MODE_SV39, .asid = 3, .size = 12, .va = 0x1000, .global = 1});
    assert_int_equal(count_valid(&tlb), 1);
    fill(&tlb, (struct page){.mode = MODE_SV39, .asid = 2, .size = 12, .va = 0x1000});
    assert_int_equal(count_valid(&tlb), 1);
    assert_false(matches(&tlb, MODE_SV39, 1, 0x1000));
}

static void fill_takes_the_lowest_invalid_way_before_the_victim(void **state)
{
    (void)state;
    struct tlb tlb = tlb_of(4);
    for (unsigned i = 0; i < 4; i++)
        fill(&tlb, (struct page){.mode = MODE_SV39, .size = 12, .va = i << 12});
    drop(&tlb, true, 2 << 12, false, 0);
    fill(&tlb, (struct page){.mode = MODE_SV39, .size = 12, .va = 9 << 12});
    assert_int_equal(tlb_lookup(&tlb, satp_of(MODE_SV39, 0), 9 << 12).way, 2);
    const unsigned victim = tlb_victim(&tlb);
    fill(&tlb, (struct page){.mode = MODE_SV39, .size = 12, .va = 10 << 12});
    assert_int_equal(tlb_lookup(&tlb, satp_of(MODE_SV39, 0), 10 << 12).way, victim);
}

static void way_that_was_hit_is_not_the_next_victim(void **state)
{
    (void)state;
    struct tlb tlb = tlb_of(2); /* of two, the tree is exact */
    fill(&tlb, (struct page){.mode = MODE_SV39, .size = 12, .va = 0x1000});
    fill(&tlb, (struct page){.mode = MODE_SV39, .size = 12, .va = 0x2000});
    assert_int_equal(tlb_victim(&tlb), 0);
    for (unsigned way = 0; way < 2; way++) {
        tlb_clock(&tlb, &(struct tlb_in){.hit = true, .hit_way = way, .fence = &no_fence});
        assert_int_equal(tlb_victim(&tlb), !way);
        drop(&tlb, true, 0x9000, false, 0); /* a fence is no use */
        assert_int_equal(tlb_victim(&tlb), !way);
    }
    tlb_clock(&tlb, &(struct tlb_in){.hit_way = 0, .fence = &no_fence}); /* nor is a way alone */
    assert_int_equal(tlb_victim(&tlb), 0);
}

/* Asid 1: page 0x1000 and a 2 MiB page. Asid 2: page 0x1000 of another mode. Global: page
 * 0x5000. */
static struct tlb four_entries(void)
{
    struct tlb tlb = tlb_of(4);
    fill(&tlb, (struct page){.mode = MODE_SV39, .asid = 1, .size = 12, .va = 0x1000});
    fill(&tlb, (struct page){.mode = MODE_SV39, .asid = 1, .size = 21, .va = 0x200000});
    fill(&tlb, (struct page){.mode = MODE_SV48, .asid = 2, .size = 12, .va = 0x1000});
    fill(&tlb, (struct page){.mode = MODE_SV39, .asid = 1, .size = 12, .va = 0x5000, .global = 1});
    return tlb;
}

/* Valid bits of the four ways after a fence. */
static unsigned left_after(bool by_va, uint64_t va, bool by_asid, unsigned asid)
{
    struct tlb tlb = four_entries();
    unsigned left = 0;
    drop(&tlb, by_va, va, by_asid, asid);
    for (unsigned i = 0; i < 4; i++)
        left |= (unsigned)tlb.entry[i].valid << i;
    return left;
}

static void each_kind_of_fence_drops_what_it_covers(void **state)
{
    (void)state;
    assert_int_equal(left_after(false, 0, false, 0), 0x0);
    assert_int_equal(left_after(true, 0x1fff, false, 0), 0xa); /* in every mode */
    assert_int_equal(left_after(true, 0x5000, false, 0), 0x7); /* by address: global ones too */
    assert_int_equal(left_after(false, 0, true, 1), 0xc);      /* the global one is kept */
    assert_int_equal(left_after(false, 0, true, 2), 0xb);
    assert_int_equal(left_after(true, 0x1000, true, 1), 0xe);
    assert_int_equal(left_after(true, 0x5000, true, 1), 0xf);
    assert_int_equal(left_after(true, 0x1000, true, 3), 0xf);
}

static void fence_by_any_page_of_a_superpage_drops_it(void **state)
{
    (void)state;
    assert_int_equal(left_after(true, 0x200000, false, 0), 0xd);
    assert_int_equal(left_after(true, 0x2a5000, false, 0), 0xd);
    assert_int_equal(left_after(true, 0x3ff000, false, 0), 0xd); /* its last 4 KiB */
    assert_int_equal(left_after(true, 0x400000, false, 0), 0xf);
    assert_int_equal(left_after(true, 0x3ff000, true, 1), 0xd);
    assert_int_equal(left_after(true, 0x3ff000, true, 2), 0xf);
}

static void fence_wins_over_a_fill_that_it_covers(void **state)
{
    (void)state;
    const struct fence fence = {.valid = true, .by_va = true, .va = 0x1000};
    struct tlb tlb = tlb_of(4);
    struct tlb_in in = {.satp = satp_of(MODE_SV39, 0),
                        .fill_valid = true,
                        .fill_size = 12,
                        .fill_va = 0x1000,
                        .fence = &fence};
    tlb_clock(&tlb, &in);
    assert_int_equal(count_valid(&tlb), 0);
    in.fill_va = 0x2000;
    tlb_clock(&tlb, &in);
    assert_int_equal(count_valid(&tlb), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_of_every_size_matches_its_first_and_last_byte_and_no_more),
        cmocka_unit_test(entry_is_not_seen_from_another_mode_or_address_space),
        cmocka_unit_test(entry_is_found_in_whatever_way_it_stands_and_whatever_stands_beside_it),
        cmocka_unit_test(stored_pte_keeps_flags_ppn_and_memory_type_alone),
        cmocka_unit_test(refill_of_a_resident_page_overwrites_its_entry),
        cmocka_unit_test(superpage_replaces_every_page_inside_it),
        cmocka_unit_test(global_fill_replaces_the_page_in_every_address_space),
        cmocka_unit_test(fill_takes_the_lowest_invalid_way_before_the_victim),
        cmocka_unit_test(way_that_was_hit_is_not_the_next_victim),
        cmocka_unit_test(each_kind_of_fence_drops_what_it_covers),
        cmocka_unit_test(fence_by_any_page_of_a_superpage_drops_it),
        cmocka_unit_test(fence_wins_over_a_fill_that_it_covers),
    };
    return cmocka_run_group_tests_name("model_cycle_tlb", tests, NULL, NULL);
}
