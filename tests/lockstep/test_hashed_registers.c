/* SATP.MODE 15, HASH_TABLE and HASH_ANCHORS: what they hold, and when a write takes effect. */
#include "tests/support/hashed_bucket.h"

static const uint64_t ALL = UINT64_MAX;

/* ---- what they hold ---- */

HASHED_TEST(hash_table_keeps_64_bits_and_hash_anchors_49)
{
    assert_true((fixture_read(f, REG_CAPABILITIES) >> MODE_HASHED & 1) != 0);
    for (unsigned bit = 0; bit < 64; bit++) {
        const uint64_t one = UINT64_C(1) << bit;
        fixture_write(f, REG_HASH_TABLE, one);
        fixture_write(f, REG_HASH_ANCHORS, ~one);
        expect_equal("HASH_TABLE", one, fixture_read(f, REG_HASH_TABLE));
        expect_equal("HASH_ANCHORS", ~one & ALL >> 15, fixture_read(f, REG_HASH_ANCHORS));
        fixture_write(f, REG_HASH_TABLE, ~one);
        fixture_write(f, REG_HASH_ANCHORS, one);
        expect_equal("HASH_TABLE", ~one, fixture_read(f, REG_HASH_TABLE));
        expect_equal("HASH_ANCHORS", one & ALL >> 15, fixture_read(f, REG_HASH_ANCHORS));
    }
}

HASHED_TEST(a_reset_clears_both_and_leaves_hashed_mode)
{
    fixture_write(f, REG_HASH_TABLE, ALL);
    fixture_write(f, REG_HASH_ANCHORS, ALL);
    tw_machine_in(f->machine)->rst_n = 0;
    fixture_clock(f);
    expect_equal("HASH_TABLE", 0, fixture_read(f, REG_HASH_TABLE));
    expect_equal("HASH_ANCHORS", 0, fixture_read(f, REG_HASH_ANCHORS));
    expect_equal("SATP", 0, fixture_read(f, REG_SATP));
}

static void without_hashed_mode_the_registers_read_0_and_the_mode_is_not_entered(void **state)
{
    (void)state;
    if (has_hashed())
        skip();
    fixture *f = fixture_open(fixture_mode(0), 2);
    const uint64_t satp = fixture_read(f, REG_SATP);
    fixture_write(f, REG_SATP, TW_PUT(SATP, MODE, MODE_HASHED) | TW_PUT(SATP, ASID, 5));
    fixture_write(f, REG_HASH_TABLE, ALL);
    fixture_write(f, REG_HASH_ANCHORS, ALL);
    expect_equal("SATP", satp, fixture_read(f, REG_SATP));
    expect_equal("HASH_TABLE", 0, fixture_read(f, REG_HASH_TABLE));
    expect_equal("HASH_ANCHORS", 0, fixture_read(f, REG_HASH_ANCHORS));
    expect_equal("MODES", 0, fixture_read(f, REG_CAPABILITIES) >> MODE_HASHED & 1);
    map_page(f, F_PAGE);
    expect_reads(f, load(pages_va(f->pages.mode)), page_pa(f), cold_reads(f, 0));
    fixture_close(f);
}

/* ---- when a write takes effect ---- */

enum { CHAIN = 3, OLD = 3, NEW = 20 };

/* A second pair of tables, in which the page of place OLD is in the frame of NEW, at place 1; and a
 * third address space, in which it stands there in the first tables. */
enum { NEW_TABLE = 0x50000, NEW_ANCHORS = 0x60000, NEW_ASID = FIXTURE_ASID ^ 0x40 };

static uint64_t at_page(uint64_t page, uint64_t address, uint64_t old_page)
{
    return address - (old_page << PAGE_SHIFT) + (page << PAGE_SHIFT);
}

static void make_old_and_new(fixture *f)
{
    const unsigned vpn = hashed_vpn(bucket_va(OLD)), frame = bucket_frame(NEW);
    const uint64_t word = hashed_word(FIXTURE_ASID, vpn, 0, F_PAGE | F_E);
    bucket_chain(f, CHAIN, F_PAGE);
    pages_write(&f->pages, at_page(NEW_ANCHORS, bucket_anchor(f), BUCKET_ANCHORS),
                hashed_word(0, 0, frame, F_V));
    /* HASH_ANCHORS alone is new, or HASH_TABLE alone is: there, the first entry holds it. */
    pages_write(&f->pages, bucket_entry_of(f, frame), word);
    pages_write(&f->pages, at_page(NEW_TABLE, bucket_entry(f, 1), BUCKET_TABLE), word);
    /* SATP alone is new. */
    f->asid = NEW_ASID;
    pages_write(&f->pages, bucket_anchor(f), hashed_word(0, 0, bucket_frame(NEW + 1), F_V));
    f->asid = FIXTURE_ASID;
    pages_write(&f->pages, bucket_entry(f, NEW + 1), hashed_word(NEW_ASID, vpn, 0, F_PAGE | F_E));
}

/* A write `delay` cycles after the request was taken. That one and those asked before the write are
 * answered by the old tables; the next by the new ones. */
static void write_among(fixture *f, unsigned offset, uint64_t value, uint64_t new_pa,
                        unsigned delay)
{
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    const uint64_t before = fixture_read(f, offset);
    const unsigned id = fixture_ask(f, TW_DATA, load(bucket_va(OLD)));
    const unsigned other = fixture_ask(f, TW_FETCH, fetch(bucket_va(OLD)));
    fixture_idle(f, delay);
    fixture_write(f, offset, value);
    assert_true(f->asked[TW_DATA][id].answered && f->asked[TW_FETCH][other].answered);
    expect_pa(f->asked[TW_DATA][id].answer, bucket_pa(OLD));
    expect_pa(f->asked[TW_FETCH][other].answer, bucket_pa(OLD));
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    expect_pa(fixture_translate(f, load(bucket_va(OLD))), new_pa);
    fixture_write(f, offset, before);
}

static void in_every_cycle(fixture *f, unsigned offset, uint64_t value, uint64_t new_pa)
{
    for (unsigned m = 1; m <= 3; m++) {
        tw_memory_set_latency(f->memory, m, m, 0);
        for (unsigned delay = 0; delay <= 4 + (1 + OLD) * (m + 1); delay++)
            write_among(f, offset, value, new_pa, delay);
    }
}

HASHED_TEST(a_request_taken_before_hash_table_is_written_is_answered_by_the_old_one)
{
    make_old_and_new(f);
    in_every_cycle(f, REG_HASH_TABLE,
                   TW_PUT(HASH_TABLE, PPN, NEW_TABLE) | TW_PUT(HASH_TABLE, LAST, BUCKET_LAST),
                   bucket_pa(1));
}

HASHED_TEST(a_request_taken_before_hash_anchors_is_written_is_answered_by_the_old_ones)
{
    make_old_and_new(f);
    in_every_cycle(f, REG_HASH_ANCHORS,
                   TW_PUT(HASH_ANCHORS, PPN, NEW_ANCHORS) | TW_PUT(HASH_ANCHORS, BITS, BUCKET_BITS),
                   bucket_pa(NEW));
}

HASHED_TEST(a_request_taken_before_satp_is_written_is_of_the_old_space)
{
    make_old_and_new(f);
    in_every_cycle(f, REG_SATP, TW_PUT(SATP, MODE, MODE_HASHED) | TW_PUT(SATP, ASID, NEW_ASID),
                   bucket_pa(NEW + 1));
}

/* LAST and BITS take effect like the addresses: a chain of 3 in a table of 2 frames loops. */
HASHED_TEST(a_shorter_table_is_as_short_as_it_says)
{
    const unsigned frames = bucket_frame(1) + 1;
    bucket_chain(f, CHAIN, F_PAGE);
    expect_reads(f, load(bucket_va(1)), bucket_pa(1), 2);
    bucket_size(f, frames - 1, BUCKET_BITS);
    expect_reads(f, load(bucket_va(1)), bucket_pa(1), 0);
    expect_chain_fault(f, load(bucket_va(3)), CHECK_CHAIN, 2, bucket_entry(f, 1));
    bucket_size(f, frames - 2, BUCKET_BITS);
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    expect_chain_fault(f, load(bucket_va(1)), CHECK_CHAIN, 1, bucket_anchor(f));
}

/* ---- other modes ---- */

/* Both hold the same page; what one TLB keeps of each is its mode's alone. */
static void keep_apart(fixture *f, unsigned mode)
{
    const uint64_t va = bucket_va(2), none = f->root;
    bucket_chain(f, CHAIN, F_PAGE);
    f->pages.mode = mode;
    const uint64_t tree = pages_table(&f->pages);
    fixture_enter(f, tree, FIXTURE_ASID);
    map_nth(f, va, 1, F_PAGE | F_G);
    const uint64_t pa = (pages_frame(mode, 0) + 1) << PAGE_SHIFT | (va & 0xfff);
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    for (unsigned round = 0; round < 3; round++) {
        f->pages.mode = MODE_HASHED;
        fixture_enter(f, none, FIXTURE_ASID);
        expect_reads(f, load(va), bucket_pa(2), round == 0 ? 3 : 0);
        f->pages.mode = mode;
        fixture_enter(f, tree, FIXTURE_ASID);
        expect_reads(f, load(va), pa, round == 0 ? mode_levels(mode) : 0);
    }
    f->pages.mode = MODE_HASHED;
    fixture_enter(f, none, FIXTURE_ASID);
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
}

HASHED_TEST(pages_of_hashed_mode_and_of_every_other_are_kept_apart)
{
    for (unsigned i = 0; i < fixture_modes(); i++)
        keep_apart(f, fixture_mode(i));
}

/* A superpage that covers the page, and a page that lies in it. */
HASHED_TEST(a_superpage_of_sv32_does_not_cover_pages_of_hashed_mode)
{
    const uint64_t root = f->root, super = pages_frame(MODE_SV32, 1) << PAGE_SHIFT;
    bucket_chain(f, CHAIN, F_PAGE);
    f->pages.mode = MODE_SV32;
    fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID);
    fixture_map(f, bucket_va(1), 1, pages_pte(pages_frame(MODE_SV32, 1), F_PAGE | F_G));
    expect_pa(fixture_translate(f, load(bucket_va(1))), super | (bucket_va(1) & 0x3fffff));
    f->pages.mode = MODE_HASHED;
    fixture_enter(f, root, FIXTURE_ASID);
    for (unsigned place = 1; place <= CHAIN; place++)
        expect_reads(f, load(bucket_va(place)), bucket_pa(place), 1 + place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_table_keeps_64_bits_and_hash_anchors_49),
        cmocka_unit_test(a_reset_clears_both_and_leaves_hashed_mode),
        cmocka_unit_test(without_hashed_mode_the_registers_read_0_and_the_mode_is_not_entered),
        cmocka_unit_test(a_request_taken_before_hash_table_is_written_is_answered_by_the_old_one),
        cmocka_unit_test(
            a_request_taken_before_hash_anchors_is_written_is_answered_by_the_old_ones),
        cmocka_unit_test(a_request_taken_before_satp_is_written_is_of_the_old_space),
        cmocka_unit_test(a_shorter_table_is_as_short_as_it_says),
        cmocka_unit_test(pages_of_hashed_mode_and_of_every_other_are_kept_apart),
        cmocka_unit_test(a_superpage_of_sv32_does_not_cover_pages_of_hashed_mode),
    };
    return fixture_run("hashed_registers", tests);
}
