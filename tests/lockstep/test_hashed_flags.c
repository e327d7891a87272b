/* Flags of a hashed entry: A and D, and who may do what. They are a PTE's, but E where it has G. */
#include "tests/support/hashed_bucket.h"

enum { PLACE = 2, CHAIN = 3 };

/* ---- A and D ---- */

/* The swap was one of 8 bytes at the page's entry, and the word is what it was but for `added`. */
static void expect_added(fixture *f, unsigned place, uint64_t before, unsigned added)
{
    const uint64_t entry = bucket_entry(f, place);
    expect_equal("the entry", before | added, pages_read(&f->pages, entry));
    expect_equal("swaps", 1, fixture_swaps(f));
    expect_equal("reads", 1 + place, fixture_reads(f));
    expect_equal("where the swap went", entry, f->access[f->accesses - 1].address);
}

/* At each place, the last of which has E: vpn, asid, next and E are kept. */
HASHED_TEST(a_load_or_fetch_sets_a_and_a_store_sets_a_and_d_and_nothing_else_changes)
{
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
        for (unsigned had = 0; had < 4; had++)
            for (unsigned place = 1; place <= CHAIN; place++) {
                const unsigned old = (had & 1 ? F_A : 0) | (had & 2 ? F_D : 0);
                const unsigned want = op == OP_STORE || op == OP_AMO ? F_A | F_D : F_A;
                if ((old & want) == want)
                    continue;
                bucket_chain(f, CHAIN, F_V | F_RWX | old);
                bucket_forget(f);
                const uint64_t before = pages_read(&f->pages, bucket_entry(f, place));
                expect_pa(fixture_translate(f, request_of((tw_op)op, bucket_va(place))),
                          bucket_pa(place));
                expect_added(f, place, before, want);
            }
}

HASHED_TEST(the_swap_is_of_8_bytes_and_names_the_word_that_was_read)
{
    bucket_chain(f, CHAIN, F_V | F_RWX);
    const uint64_t word = bucket_word(PLACE, PLACE + 1, F_V | F_RWX);
    const unsigned id = fixture_ask(f, TW_DATA, store(bucket_va(PLACE)));
    while (!fixture_took(f, bucket_entry(f, PLACE), true))
        fixture_clock(f);
    expect_equal("size", 1, f->out.mem_req_size);
    expect_equal("expected", word, f->out.mem_req_expected);
    expect_equal("desired", word | F_A | F_D, f->out.mem_req_desired);
    expect_pa(fixture_await(f, TW_DATA, id), bucket_pa(PLACE));
}

HASHED_TEST(every_read_is_of_8_bytes)
{
    bucket_chain(f, CHAIN, F_PAGE);
    fixture_ask(f, TW_DATA, load(bucket_va(CHAIN)));
    fixture_await_read(f, bucket_anchor(f));
    expect_equal("size of the anchor", 1, f->out.mem_req_size);
    for (unsigned place = 1; place <= CHAIN; place++) {
        fixture_await_read(f, bucket_entry(f, place));
        expect_equal("size of an entry", 1, f->out.mem_req_size);
    }
    fixture_settle(f);
}

HASHED_TEST(a_page_that_is_touched_already_is_not_swapped)
{
    bucket_chain(f, CHAIN, F_PAGE);
    expect_reads(f, store(bucket_va(PLACE)), bucket_pa(PLACE), 1 + PLACE);
    expect_equal("swaps", 0, fixture_swaps(f));
    bucket_chain(f, CHAIN, F_PAGE & ~F_D);
    bucket_forget(f);
    expect_reads(f, load(bucket_va(PLACE)), bucket_pa(PLACE), 1 + PLACE);
    expect_equal("swaps", 0, fixture_swaps(f));
}

/* A store that hits a page without D walks the chain again, up to the swap. */
HASHED_TEST(the_first_store_to_a_clean_page_walks_though_loads_hit)
{
    bucket_chain(f, CHAIN, F_V | F_RWX);
    const uint64_t before = pages_read(&f->pages, bucket_entry(f, PLACE));
    fixture_translate(f, load(bucket_va(PLACE)));
    fixture_forget(f);
    expect_pa(fixture_translate(f, store(bucket_va(PLACE))), bucket_pa(PLACE));
    expect_added(f, PLACE, before, F_A | F_D);
    expect_equal("cycles", 1, fixture_translate(f, store(bucket_va(PLACE))).latency);
}

HASHED_TEST(without_adue_a_lack_of_a_or_d_is_a_page_fault_and_nothing_changes)
{
    fixture_write(f, REG_CONTROL, 0);
    for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
        for (unsigned d = 0; d < 2; d++) {
            bucket_chain(f, CHAIN, F_V | F_RWX | (d ? F_D : 0));
            fixture_fence(f, TW_FENCE_ALL, 0, 0);
            const uint64_t before = pages_read(&f->pages, bucket_entry(f, PLACE));
            expect_chain_fault(f, request_of((tw_op)op, bucket_va(PLACE)), CHECK_TOUCHED, 1 + PLACE,
                               bucket_entry(f, PLACE));
            expect_equal("the entry", before, pages_read(&f->pages, bucket_entry(f, PLACE)));
        }
}

/* ---- all 256 flag bytes ---- */

enum { COMBINATIONS = 2 * 2 * 2 * 4 };

static tw_request combination(unsigned n, uint64_t va)
{
    return (tw_request){.va = va,
                        .op = (tw_op)(n & 3),
                        .priv = n >> 2 & 1 ? PRIV_S : PRIV_U,
                        .sum = n >> 3 & 1,
                        .mxr = n >> 4 & 1};
}

/* The machine, and the golden model on the same memory: answer, accesses, entry afterwards. */
static void expect_truth(fixture *f, const tw_control *control, tw_request request, unsigned flags)
{
    const uint64_t entry = bucket_entry(f, PLACE), before = pages_read(&f->pages, entry);
    const tw_bus bus = tw_memory_bus(f->memory);
    tw_translation want;
    tw_translate(control, &request, &bus, &want);
    const uint64_t after = pages_read(&f->pages, entry);
    pages_write(&f->pages, entry, before);

    fixture_forget(f);
    const tw_answer got = fixture_translate(f, request);
    const uint64_t left = pages_read(&f->pages, entry);
    if (got.fault != want.cause || got.pa != want.pa || got.size != want.size || left != after ||
        (f->accesses != 0 && f->accesses != want.accesses))
        fail_msg("flags 0x%02x ADUE=%d %s priv %u SUM=%d MXR=%d: expected fault %u pa 0x%llx entry "
                 "0x%llx after %u accesses, got fault %u pa 0x%llx entry 0x%llx after %u",
                 flags, control->adue, tw_op_name(request.op), request.priv, request.sum,
                 request.mxr, want.cause, (unsigned long long)want.pa, (unsigned long long)after,
                 (unsigned)want.accesses, got.fault, (unsigned long long)got.pa,
                 (unsigned long long)left, f->accesses);
}

/* Every combination on a word fresh from memory; then all of them in a row, on whatever is
 * cached. */
static void judge_flags(fixture *f, bool adue, unsigned flags)
{
    const tw_control control = fixture_control(f, adue);
    for (unsigned n = 0; n < COMBINATIONS; n++) {
        bucket_set(f, PLACE, PLACE + 1, flags);
        fixture_write(f, REG_FENCE, TW_FENCE_ALL);
        expect_truth(f, &control, combination(n, bucket_va(PLACE)), flags);
    }
    bucket_set(f, PLACE, PLACE + 1, flags);
    fixture_write(f, REG_FENCE, TW_FENCE_ALL);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned n = 0; n < COMBINATIONS; n++)
            expect_truth(f, &control, combination(n, bucket_va(PLACE)), flags);
}

HASHED_TEST(every_flag_byte_means_what_a_ptes_does_but_g)
{
    tw_memory_set_latency(f->memory, 1, 1, 0);
    bucket_chain(f, CHAIN, F_PAGE);
    for (unsigned adue = 0; adue < 2; adue++) {
        fixture_write(f, REG_CONTROL, TW_PUT(CONTROL, ADUE, adue) | TW_PUT(CONTROL, PBMTE, 1));
        for (unsigned flags = 0; flags < 256; flags++)
            judge_flags(f, adue, flags);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_load_or_fetch_sets_a_and_a_store_sets_a_and_d_and_nothing_else_changes),
        cmocka_unit_test(the_swap_is_of_8_bytes_and_names_the_word_that_was_read),
        cmocka_unit_test(every_read_is_of_8_bytes),
        cmocka_unit_test(a_page_that_is_touched_already_is_not_swapped),
        cmocka_unit_test(the_first_store_to_a_clean_page_walks_though_loads_hit),
        cmocka_unit_test(without_adue_a_lack_of_a_or_d_is_a_page_fault_and_nothing_changes),
        cmocka_unit_test(every_flag_byte_means_what_a_ptes_does_but_g),
    };
    return fixture_run("hashed_flags", tests);
}
