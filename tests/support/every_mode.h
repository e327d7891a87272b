/*
 * every_mode.h: tests that are the same in every mode. MODE_TEST(name) { ... } defines a cmocka
 * test whose body gets `f`, a fixture with a memory that answers after two cycles, and `va`, the
 * mode's test address.
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

/* Runs a test in every mode, with a memory that answers after two cycles. */
static inline void in_every_mode(void (*test)(fixture *f, uint64_t va))
{
    for (unsigned i = 0; i < fixture_modes(); i++) {
        fixture *f = fixture_open(fixture_mode(i), 2);
        test(f, pages_va(fixture_mode(i)));
        fixture_close(f);
    }
}

#define MODE_TEST(name)                             \
    static void name##_in(fixture *f, uint64_t va); \
    static void name(void **state)                  \
    {                                               \
        (void)state;                                \
        in_every_mode(name##_in);                   \
    }                                               \
    static void name##_in(fixture *f, uint64_t va)

#endif
