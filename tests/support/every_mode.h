/*
 * every_mode.h: tests that are the same in every mode. MODE_TEST(name) { ... } defines a cmocka
 * test whose body gets `f`, a fixture with a memory that answers after two cycles, and `va`, the
 * mode's test address. MODE_TEST_IF(name, has_l2()) is skipped where there is nothing to test.
 * TREE_TEST and TREE_TEST_IF leave out the mode without pointers: the linear one.
 */
#ifndef TESTS_SUPPORT_EVERY_MODE_H
#define TESTS_SUPPORT_EVERY_MODE_H

#include "tests/support/fixture.h"

/* The 4 KiB page at the mode's test address, with these flags; its leaf's address. */
static inline uint64_t map_page(fixture *f, unsigned flags)
{
    unsigned mode = f->pages.mode;
    return fixture_map(f, pages_va(mode), 0, pages_pte(pages_frame(mode, 0), flags));
}

static inline uint64_t page_pa(const fixture *f)
{
    unsigned mode = f->pages.mode;
    return pages_frame(mode, 0) << PAGE_SHIFT | (pages_va(mode) & 0xfff);
}

/* Maps the page at `va` to the frame `n` frames on from the mode's; its leaf's address. */
static inline uint64_t map_nth(fixture *f, uint64_t va, uint64_t n, unsigned flags)
{
    return fixture_map(f, va, 0, pages_pte(pages_frame(f->pages.mode, 0) + n, flags));
}

static inline uint64_t nth_pa(const fixture *f, uint64_t n)
{
    return page_pa(f) + (n << PAGE_SHIFT);
}

/* The next page in the same set of the second level, n times. */
static inline uint64_t same_set(const fixture *f, uint64_t va, unsigned n)
{
    return pages_va_plus(f->pages.mode, va, (uint64_t)n * tw_config_l2_sets(tw_rtl_built()));
}

/* Fills a port's TLB with superpages at low addresses: everything else is out of it, and nothing
 * more in the second level, which does not keep them. Where there are none, with pages of set 0. */
static inline void evict(fixture *f, tw_port port)
{
    unsigned mode = f->pages.mode, level = has_pointers(mode);
    uint64_t step = level > 0 ? UINT64_C(1) << level_size(mode, level)
                              : (uint64_t)tw_config_l2_sets(tw_rtl_built()) << PAGE_SHIFT;
    unsigned entries =
        port == TW_FETCH ? tw_rtl_built()->fetch_entries : tw_rtl_built()->data_entries;
    for (unsigned n = 0; n < 2 * entries; n++) {
        uint64_t va = n * step;
        fixture_map(f, va, level, pages_pte(pages_frame(mode, level), F_PAGE));
        fixture_translate(f, request_of(port == TW_FETCH ? OP_FETCH : OP_LOAD, va));
    }
}

/* Translates, and fails unless the answer is this address, after two cycles and without memory. */
static inline void expect_l2_hit(fixture *f, tw_request request, uint64_t pa)
{
    fixture_forget(f);
    tw_answer answer = fixture_translate(f, request);
    expect_pa(answer, pa);
    if (answer.latency != 2 || f->accesses != 0)
        fail_msg("expected a second-level hit in 2 cycles, got %llu cycles, %u memory accesses",
                 (unsigned long long)answer.latency, f->accesses);
}

/* Translates, and fails unless the answer is this address after so many PTE reads. */
static inline void expect_reads(fixture *f, tw_request request, uint64_t pa, unsigned reads)
{
    fixture_forget(f);
    expect_pa(fixture_translate(f, request), pa);
    if (fixture_reads(f) != reads)
        fail_msg("expected %u PTE reads, got %u (%s)", reads, fixture_reads(f),
                 tw_mode_name(f->pages.mode));
}

/* Runs a test in every mode, or in those with pointers, with a memory that answers after two
 * cycles. */
static inline void in_every_mode(bool trees, void (*test)(fixture *f, uint64_t va))
{
    for (unsigned i = 0; i < fixture_modes(); i++) {
        if (trees && !has_pointers(fixture_mode(i)))
            continue;
        fixture *f = fixture_open(fixture_mode(i), 2);
        test(f, pages_va(fixture_mode(i)));
        fixture_close(f);
    }
}

#define MODE_TEST_OF(name, condition, trees)        \
    static void name##_in(fixture *f, uint64_t va); \
    static void name(void **state)                  \
    {                                               \
        (void)state;                                \
        if (!(condition))                           \
            skip();                                 \
        in_every_mode(trees, name##_in);            \
    }                                               \
    static void name##_in(fixture *f, uint64_t va)

#define MODE_TEST_IF(name, condition) MODE_TEST_OF(name, condition, false)
#define MODE_TEST(name) MODE_TEST_OF(name, true, false)
#define TREE_TEST_IF(name, condition) MODE_TEST_OF(name, condition, true)
#define TREE_TEST(name) MODE_TEST_OF(name, true, true)

#endif
