/* Who may do what with a page: judged anew on every hit, and for every combination of flag bits. */
#include "tests/support/fixture.h"

static tw_request as(tw_op op, uint64_t va, unsigned priv, bool sum, bool mxr)
{
    return (tw_request){.va = va, .op = op, .priv = priv, .sum = sum, .mxr = mxr};
}

/* ---- between two hits ---- */

/* A page at the mode's address, touched already. */
static fixture *open_page(unsigned mode, unsigned flags)
{
    fixture *f = fixture_open(mode, 2);
    fixture_map(f, pages_va(mode), 0, pages_pte(pages_frame(mode, 0), flags));
    return f;
}

/* The page is cached by `allowed`; then `refused` faults though no fence came between; then
 * `allowed` still hits. */
static void expect_flip(unsigned flags, tw_request allowed, tw_request refused)
{
    for (unsigned i = 0; i < fixture_modes(); i++) {
        unsigned mode = fixture_mode(i);
        fixture *f = open_page(mode, flags);
        allowed.va = refused.va = pages_va(mode);
        uint64_t pa = pages_frame(mode, 0) << PAGE_SHIFT | (allowed.va & 0xfff);
        expect_pa(fixture_translate(f, allowed), pa);
        for (unsigned n = 0; n < 2; n++) {
            tw_answer hit = fixture_translate(f, allowed);
            expect_pa(hit, pa);
            assert_int_equal(hit.latency, 1);
            expect_fault(fixture_translate(f, refused), page_fault(refused.op));
        }
        fixture_close(f);
    }
}

static void user_loses_what_supervisor_has(void **state)
{
    (void)state;
    expect_flip(F_PAGE, as(OP_LOAD, 0, PRIV_S, false, false), as(OP_LOAD, 0, PRIV_U, false, false));
    expect_flip(F_PAGE, as(OP_FETCH, 0, PRIV_S, false, false), as(OP_FETCH, 0, PRIV_U, true, true));
}

static void supervisor_loses_user_pages_with_sum(void **state)
{
    (void)state;
    expect_flip(F_PAGE | F_U, as(OP_LOAD, 0, PRIV_S, true, false),
                as(OP_LOAD, 0, PRIV_S, false, false));
    expect_flip(F_PAGE | F_U, as(OP_STORE, 0, PRIV_S, true, false),
                as(OP_STORE, 0, PRIV_S, false, true));
    expect_flip(F_PAGE | F_U, as(OP_LOAD, 0, PRIV_U, false, false),
                as(OP_LOAD, 0, PRIV_S, false, false));
}

static void execute_only_pages_lose_loads_with_mxr(void **state)
{
    (void)state;
    unsigned execute_only = F_V | F_X | F_A | F_D;
    expect_flip(execute_only, as(OP_LOAD, 0, PRIV_S, false, true),
                as(OP_LOAD, 0, PRIV_S, false, false));
    expect_flip(execute_only | F_U, as(OP_LOAD, 0, PRIV_U, false, true),
                as(OP_LOAD, 0, PRIV_U, true, false));
}

static void mxr_never_allows_a_store(void **state)
{
    (void)state;
    expect_flip(F_V | F_X | F_A | F_D, as(OP_LOAD, 0, PRIV_S, false, true),
                as(OP_STORE, 0, PRIV_S, false, true));
}

static void sum_never_lets_supervisor_fetch_user_pages(void **state)
{
    (void)state;
    expect_flip(F_PAGE | F_U, as(OP_FETCH, 0, PRIV_U, false, false),
                as(OP_FETCH, 0, PRIV_S, true, true));
}

static void machine_mode_passes_whatever_is_cached(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fixture_modes(); i++) {
        unsigned mode = fixture_mode(i);
        fixture *f = open_page(mode, F_PAGE);
        uint64_t va = pages_va(mode), pa = va & ((UINT64_C(1) << TW_PA_BITS) - 1);
        fixture_translate(f, load(va));
        fixture_forget(f);
        for (unsigned op = OP_FETCH; op <= OP_AMO; op++)
            expect_pa(fixture_translate(f, as((tw_op)op, va, PRIV_M, false, false)), pa);
        assert_int_equal(f->accesses, 0);
        fixture_close(f);
    }
}

/* ---- all 256 flag bytes ---- */

enum { COMBINATIONS = 2 * 2 * 2 * 4 };

static tw_request combination(unsigned n, uint64_t va)
{
    return as((tw_op)(n & 3), va, n >> 2 & 1 ? PRIV_S : PRIV_U, n >> 3 & 1, n >> 4 & 1);
}

typedef struct truth {
    fixture *f;
    tw_control control;
    unsigned mode, level, flags;
    uint64_t leaf;
} truth;

/* The machine, and the golden model on the same memory: PTE before, answer, PTE after. */
static void expect_truth(const truth *t, tw_request request)
{
    uint64_t before = pages_read(&t->f->pages, t->leaf);
    tw_bus bus = tw_memory_bus(t->f->memory);
    tw_translation want;
    tw_translate(&t->control, &request, &bus, &want);
    uint64_t after = pages_read(&t->f->pages, t->leaf);
    pages_write(&t->f->pages, t->leaf, before);

    tw_answer got = fixture_translate(t->f, request);
    uint64_t left = pages_read(&t->f->pages, t->leaf);
    if (got.fault != want.cause || got.pa != want.pa || got.size != want.size || left != after)
        fail_msg("%s level %u flags 0x%02x ADUE=%d %s priv %u SUM=%d MXR=%d: expected fault %u pa "
                 "0x%llx "
                 "size %u PTE 0x%llx, got fault %u pa 0x%llx size %u PTE 0x%llx",
                 tw_mode_name(t->mode), t->level, t->flags, t->control.adue, tw_op_name(request.op),
                 request.priv, request.sum, request.mxr, want.cause, (unsigned long long)want.pa,
                 want.size, (unsigned long long)after, got.fault, (unsigned long long)got.pa,
                 got.size, (unsigned long long)left);
}

/* Every combination on a PTE fresh from memory; then all of them in a row, on whatever is
 * cached. */
static void judge_flags(const truth *t)
{
    uint64_t va = pages_va(t->mode), pte = pages_pte(pages_frame(t->mode, t->level), t->flags);
    for (unsigned n = 0; n < COMBINATIONS; n++) {
        pages_write(&t->f->pages, t->leaf, pte);
        fixture_write(t->f, REG_FENCE, TW_FENCE_ALL);
        expect_truth(t, combination(n, va));
    }
    pages_write(&t->f->pages, t->leaf, pte);
    fixture_write(t->f, REG_FENCE, TW_FENCE_ALL);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned n = 0; n < COMBINATIONS; n++)
            expect_truth(t, combination(n, va));
}

static void judge_level(unsigned mode, unsigned level)
{
    fixture *f = fixture_open(mode, 1);
    truth t = {.f = f, .mode = mode, .level = level};
    t.leaf = fixture_map(f, pages_va(mode), level, 0);
    for (unsigned adue = 0; adue < 2; adue++) {
        fixture_write(f, REG_CONTROL, TW_PUT(CONTROL, ADUE, adue) | TW_PUT(CONTROL, PBMTE, 1));
        t.control = fixture_control(f, adue);
        for (t.flags = 0; t.flags < 256; t.flags++)
            judge_flags(&t);
    }
    fixture_close(f);
}

static void every_flag_byte_means_what_the_specification_says(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fixture_modes(); i++)
        for (unsigned level = 0; level < mode_levels(fixture_mode(i)); level++)
            judge_level(fixture_mode(i), level);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(user_loses_what_supervisor_has),
        cmocka_unit_test(supervisor_loses_user_pages_with_sum),
        cmocka_unit_test(execute_only_pages_lose_loads_with_mxr),
        cmocka_unit_test(mxr_never_allows_a_store),
        cmocka_unit_test(sum_never_lets_supervisor_fetch_user_pages),
        cmocka_unit_test(machine_mode_passes_whatever_is_cached),
        cmocka_unit_test(every_flag_byte_means_what_the_specification_says),
    };
    return fixture_run("permission", tests);
}
