/*
 * What a fence drops, what it keeps, and that nothing read before it answers after it.
 *
 * The rule (docs/blocks/registers.md): the write is taken in t, the fence happens in t + 1, and an
 * answer visible in t + 3 or later comes from reads made in t + 2 or later.
 */
#include "tests/support/fixture.h"

/* ---- a fence in every cycle of a walk ---- */

typedef struct moment {
    tw_fence_kind kind;
    unsigned m;     /* latency of the memory */
    unsigned delay; /* cycles from the request being taken to the fence being taken */
    bool touch;     /* the leaf lacks A and D */
} moment;

/* Operands that cover the page, whatever the kind. */
static void aim_fence(fixture *f, uint64_t va)
{
    fixture_write(f, REG_FENCE_VA, va);
    fixture_write(f, REG_FENCE_ASID, FIXTURE_ASID);
}

/* Asks; `delay` cycles later changes the leaf and writes FENCE, as an OS does. */
static void fence_at(fixture *f, const moment *at)
{
    unsigned mode = f->pages.mode;
    uint64_t va = pages_va(mode), frame = pages_frame(mode, 0), offset = va & 0xfff;
    unsigned flags = at->touch ? F_V | F_RWX : F_PAGE;
    uint64_t leaf = fixture_map(f, va, 0, pages_pte(frame, flags));

    unsigned id = fixture_ask(f, TW_DATA, store(va));
    fixture_idle(f, at->delay);
    pages_write(&f->pages, leaf, pages_pte(frame + 1, flags));
    fixture_offer_write(f, REG_FENCE, at->kind);
    uint64_t taken = fixture_cycle(f);
    fixture_clock(f);

    tw_answer answer = fixture_await(f, TW_DATA, id);
    uint64_t shown = f->asked[TW_DATA][id].taken_at + answer.latency;
    bool old = answer.pa == (frame << PAGE_SHIFT | offset);
    if (answer.fault != CAUSE_NONE || (shown >= taken + 3 && old))
        fail_msg("%s, fence kind %d %u cycles after the request, M = %u%s: the answer of cycle t + "
                 "%llu is "
                 "0x%llx, fault %u, from before the fence of t",
                 tw_mode_name(mode), (int)at->kind, at->delay, at->m,
                 at->touch ? ", A and D clear" : "", (unsigned long long)(shown - taken),
                 (unsigned long long)answer.pa, answer.fault);
    while (fixture_cycle(f) < taken + 2)
        fixture_clock(f);
    expect_pa(fixture_translate(f, store(va)), (frame + 1) << PAGE_SHIFT | offset);
    expect_pa(fixture_translate(f, load(va)), (frame + 1) << PAGE_SHIFT | offset);
    assert_true(pages_read(&f->pages, leaf) == pages_pte(frame + 1, F_PAGE));
    fixture_settle(f);
}

static void a_fence_in_any_cycle_of_a_walk_is_obeyed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fixture_modes(); i++)
        for (unsigned m = 1; m <= 3; m++) {
            fixture *f = fixture_open(fixture_mode(i), m);
            aim_fence(f, pages_va(fixture_mode(i)));
            unsigned last = 3 + (mode_levels(fixture_mode(i)) + 1) * (m + 1);
            for (unsigned kind = TW_FENCE_ALL; kind <= TW_FENCE_VA_ASID; kind++)
                for (unsigned touch = 0; touch < 2; touch++)
                    for (unsigned delay = 0; delay <= last; delay++) {
                        fixture_write(f, REG_FENCE, TW_FENCE_ALL);
                        fence_at(f, &(moment){(tw_fence_kind)kind, m, delay, touch});
                    }
            fixture_close(f);
        }
}

/* ---- what is dropped ---- */

/* True if the translation needed memory. The answer must be right in any case. */
static bool walks(fixture *f, uint64_t va, uint64_t pa)
{
    fixture_forget(f);
    expect_pa(fixture_translate(f, load(va)), pa);
    return f->accesses > 0;
}

static void a_fence_by_address_reaches_all_of_a_superpage(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fixture_modes(); i++) {
        unsigned mode = fixture_mode(i);
        fixture *f = fixture_open(mode, 1);
        for (unsigned level = 0; level < mode_levels(mode); level++) {
            uint64_t size = UINT64_C(1) << level_size(mode, level),
                     frame = pages_frame(mode, level);
            uint64_t base = pages_va(mode) & ~(size - 1), pa = frame << PAGE_SHIFT;
            uint64_t root = pages_table(&f->pages);
            fixture_enter(f, root, FIXTURE_ASID);
            fixture_map(f, base, level, pages_pte(frame, F_PAGE));
            const uint64_t inside[] = {base, base + (size / 2 & ~UINT64_C(0xfff)),
                                       base + size - 4096};
            for (unsigned n = 0; n < 3; n++) {
                fixture_fence(f, TW_FENCE_ALL, 0, 0);
                assert_true(walks(f, base, pa));
                assert_false(walks(f, inside[n], pa + (inside[n] - base)));
                fixture_fence(f, TW_FENCE_VA, inside[n], 0);
                assert_true(walks(f, base, pa));
                fixture_fence(f, TW_FENCE_VA_ASID, inside[n] + 0xfff, FIXTURE_ASID);
                assert_true(walks(f, inside[n], pa + (inside[n] - base)));
            }
            fixture_fence(f, TW_FENCE_VA, pages_va_plus(mode, base, size >> PAGE_SHIFT), 0);
            fixture_fence(f, TW_FENCE_VA, base - 4096, 0);
            assert_false(walks(f, base, pa));
        }
        fixture_close(f);
    }
}

static void a_fence_by_address_reaches_all_of_a_napot_page(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fixture_modes(); i++) {
        unsigned mode = fixture_mode(i);
        if (mode_narrow(mode))
            continue;
        fixture *f = fixture_open(mode, 1);
        uint64_t base = pages_va(mode) & ~UINT64_C(0xffff),
                 frame = pages_frame(mode, 0) & ~UINT64_C(15);
        for (unsigned n = 0; n < 16; n++)
            fixture_map(f, base + (n << PAGE_SHIFT), 0,
                        pages_pte(frame | 8, F_PAGE) | UINT64_C(1) << PTE_N);
        for (unsigned n = 0; n < 16; n++) {
            uint64_t page = base + (n << PAGE_SHIFT);
            fixture_fence(f, TW_FENCE_VA, page, 0);
            assert_true(walks(f, base, frame << PAGE_SHIFT));
            assert_false(walks(f, page, (frame + n) << PAGE_SHIFT));
        }
        fixture_close(f);
    }
}

static void a_fence_by_address_reaches_pages_of_any_size(void **state)
{
    (void)state;
    /* The leaf grows into a superpage after the small page was cached: both go. A fence by another
     * address forgets the pointer that became a leaf, and spares the small page. */
    unsigned mode = fixture_mode(0);
    fixture *f = fixture_open(mode, 1);
    uint64_t va = pages_va(mode) & ~UINT64_C(0xfff), other = pages_va_plus(mode, va, 1);
    uint64_t size = UINT64_C(1) << level_size(mode, 1);
    fixture_map(f, va, 0, pages_pte(pages_frame(mode, 0), F_PAGE));
    assert_true(walks(f, va, pages_frame(mode, 0) << PAGE_SHIFT));
    fixture_map(f, va, 1, pages_pte(pages_frame(mode, 1), F_PAGE));
    uint64_t super = pages_frame(mode, 1) << PAGE_SHIFT;
    fixture_fence(f, TW_FENCE_VA, other, 0);
    assert_false(walks(f, va, pages_frame(mode, 0) << PAGE_SHIFT));
    assert_true(walks(f, other, super + (other & (size - 1))));
    fixture_fence(f, TW_FENCE_VA, va, 0);
    assert_true(walks(f, va, super + (va & (size - 1))));
    assert_false(walks(f, other, super + (other & (size - 1))));
    fixture_close(f);
}

/* ---- address spaces ---- */

/* Two pages, the second global; in a fixture whose ASID is FIXTURE_ASID. */
static void expect_walks_after(fixture *f, tw_fence_kind kind, unsigned asid, bool local,
                               bool global)
{
    unsigned mode = f->pages.mode;
    uint64_t va = pages_va(mode) & ~UINT64_C(0xfff), shared = pages_va_plus(mode, va, 1);
    uint64_t pa = pages_frame(mode, 0) << PAGE_SHIFT;
    for (unsigned n = 0; n < 2; n++) {
        walks(f, va, pa);
        walks(f, shared, pa);
        fixture_fence(f, kind, n == 0 ? va : shared, asid);
        bool by_va = kind == TW_FENCE_VA || kind == TW_FENCE_VA_ASID;
        assert_int_equal(walks(f, va, pa), local && (!by_va || n == 0));
        assert_int_equal(walks(f, shared, pa), global && (!by_va || n == 1));
    }
}

static void a_fence_by_asid_keeps_global_pages_and_other_spaces(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fixture_modes(); i++) {
        unsigned mode = fixture_mode(i);
        fixture *f = fixture_open(mode, 1);
        uint64_t va = pages_va(mode), frame = pages_frame(mode, 0);
        fixture_map(f, va, 0, pages_pte(frame, F_PAGE));
        fixture_map(f, pages_va_plus(mode, va, 1), 0, pages_pte(frame, F_PAGE | F_G));
        expect_walks_after(f, TW_FENCE_ALL, 0, true, true);
        expect_walks_after(f, TW_FENCE_VA, 0, true, true);
        expect_walks_after(f, TW_FENCE_ASID, FIXTURE_ASID, true, false);
        expect_walks_after(f, TW_FENCE_VA_ASID, FIXTURE_ASID, true, false);
        for (unsigned bit = 0; bit < ASID_BITS; bit++) {
            expect_walks_after(f, TW_FENCE_ASID, FIXTURE_ASID ^ 1u << bit, false, false);
            expect_walks_after(f, TW_FENCE_VA_ASID, FIXTURE_ASID ^ 1u << bit, false, false);
        }
        fixture_close(f);
    }
}

static void global_is_inherited_from_a_pointer(void **state)
{
    (void)state;
    for (unsigned i = 0; i < fixture_modes(); i++) {
        unsigned mode = fixture_mode(i), top = mode_levels(mode) - 1;
        if (!has_pointers(mode))
            continue;
        fixture *f = fixture_open(mode, 1);
        uint64_t va = pages_va(mode), pa = pages_frame(mode, 0) << PAGE_SHIFT | (va & 0xfff);
        fixture_map(f, va, 0, pages_pte(pages_frame(mode, 0), F_PAGE));
        uint64_t pointer = pte_address(mode, f->root, va, top);
        pages_write(&f->pages, pointer, pages_read(&f->pages, pointer) | F_G);
        assert_true(walks(f, va, pa));
        fixture_fence(f, TW_FENCE_ASID, 0, FIXTURE_ASID);
        assert_false(walks(f, va, pa));
        fixture_fence(f, TW_FENCE_VA, va, 0);
        assert_true(walks(f, va, pa));
        fixture_close(f);
    }
}

/* A fence names a space that is not the current one. */
static void a_fence_reaches_a_space_that_is_not_running(void **state)
{
    (void)state;
    unsigned mode = fixture_mode(0);
    fixture *f = fixture_open(mode, 1);
    uint64_t va = pages_va(mode) & ~UINT64_C(0xfff), frame = pages_frame(mode, 0), first = f->root;
    fixture_map(f, va, 0, pages_pte(frame, F_PAGE));
    walks(f, va, frame << PAGE_SHIFT);
    fixture_enter(f, pages_table(&f->pages), FIXTURE_ASID + 1);
    fixture_map(f, va, 0, pages_pte(frame + 1, F_PAGE));
    assert_true(walks(f, va, (frame + 1) << PAGE_SHIFT));
    fixture_fence(f, TW_FENCE_ASID, 0, FIXTURE_ASID);
    assert_false(walks(f, va, (frame + 1) << PAGE_SHIFT));
    fixture_enter(f, first, FIXTURE_ASID);
    assert_true(walks(f, va, frame << PAGE_SHIFT));
    fixture_close(f);
}

/* ---- operands and BUSY ---- */

static void a_fence_uses_the_operands_of_today(void **state)
{
    (void)state;
    unsigned mode = fixture_mode(0);
    fixture *f = fixture_open(mode, 1);
    uint64_t a = pages_va(mode) & ~UINT64_C(0xfff), b = pages_va_plus(mode, a, 1);
    uint64_t pa = pages_frame(mode, 0) << PAGE_SHIFT;
    fixture_map(f, a, 0, pages_pte(pages_frame(mode, 0), F_PAGE));
    fixture_map(f, b, 0, pages_pte(pages_frame(mode, 0), F_PAGE));
    fixture_fence(f, TW_FENCE_VA, a, 0);
    walks(f, a, pa);
    walks(f, b, pa);
    fixture_fence(f, TW_FENCE_VA, b, 0);
    assert_true(walks(f, b, pa));
    assert_false(walks(f, a, pa));
    fixture_write(f, REG_FENCE_VA, a); /* operands alone fence nothing */
    assert_false(walks(f, a, pa));
    fixture_close(f);
}

/* BUSY from the cycle after the fence until the access under way, which memory holds for M cycles,
 * is done. */
static void a_fence_is_busy_while_an_old_access_is_under_way(void **state)
{
    (void)state;
    enum { M = 20 };
    unsigned mode = fixture_mode(0);
    fixture *f = fixture_open(mode, M);
    fixture_map(f, pages_va(mode), 0, pages_pte(pages_frame(mode, 0), F_PAGE));
    assert_int_equal(fixture_read(f, REG_FENCE), 0);
    fixture_write(f, REG_FENCE, TW_FENCE_ALL);
    assert_int_equal(fixture_read(f, REG_FENCE), 0); /* nothing was under way */

    uint64_t begin = fixture_cycle(f);
    unsigned id = fixture_ask(f, TW_DATA, load(pages_va(mode)));
    fixture_clock(f);
    fixture_write(f, REG_FENCE, TW_FENCE_ALL);
    assert_true(fixture_cycle(f) - begin < M);
    assert_int_equal(TW_GET(fixture_read(f, REG_FENCE), FENCE, BUSY), 1);
    fixture_idle(f, M);
    assert_false(f->asked[TW_DATA][id].answered);
    assert_int_equal(TW_GET(fixture_read(f, REG_FENCE), FENCE, BUSY), 0);
    tw_answer answer = fixture_await(f, TW_DATA, id);
    assert_int_equal(answer.latency, 2 + (mode_levels(mode) + 1) * (M + 1));
    assert_int_equal(fixture_read(f, REG_COUNT_RESTARTS), 1);
    fixture_close(f);
}

static void a_fence_drops_both_ports(void **state)
{
    (void)state;
    unsigned mode = fixture_mode(0);
    fixture *f = fixture_open(mode, 1);
    uint64_t va = pages_va(mode) & ~UINT64_C(0xfff), frame = pages_frame(mode, 0);
    for (unsigned kind = TW_FENCE_ALL; kind <= TW_FENCE_VA_ASID; kind++) {
        fixture_map(f, va, 0, pages_pte(frame + kind, F_PAGE));
        fixture_fence(f, (tw_fence_kind)kind, va, FIXTURE_ASID);
        fixture_forget(f);
        expect_pa(fixture_translate(f, fetch(va)), (frame + kind) << PAGE_SHIFT);
        expect_pa(fixture_translate(f, load(va)), (frame + kind) << PAGE_SHIFT);
        assert_int_equal(fixture_reads(f), cold_reads(f, 0) + shared_reads(f));
    }
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fence_in_any_cycle_of_a_walk_is_obeyed),
        cmocka_unit_test(a_fence_by_address_reaches_all_of_a_superpage),
        cmocka_unit_test(a_fence_by_address_reaches_all_of_a_napot_page),
        cmocka_unit_test(a_fence_by_address_reaches_pages_of_any_size),
        cmocka_unit_test(a_fence_by_asid_keeps_global_pages_and_other_spaces),
        cmocka_unit_test(global_is_inherited_from_a_pointer),
        cmocka_unit_test(a_fence_reaches_a_space_that_is_not_running),
        cmocka_unit_test(a_fence_uses_the_operands_of_today),
        cmocka_unit_test(a_fence_is_busy_while_an_old_access_is_under_way),
        cmocka_unit_test(a_fence_drops_both_ports),
    };
    return fixture_run("fence", tests);
}
