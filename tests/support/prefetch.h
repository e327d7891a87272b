/*
 * prefetch.h: for tests of translation prefetch (docs/blocks/prefetcher.md). Pages are numbered from
 * the mode's test address on; those below PAGES_IN_TABLE share its last table. Page n is mapped to
 * the n-th frame after the mode's: nth_pa(f, n).
 *
 *     PREFETCH_TEST(name) { ... }       skipped unless prefetch was built; in every mode with pointers,
 *                                       as only a table below a known one is read ahead
 */
#ifndef TESTS_SUPPORT_PREFETCH_H
#define TESTS_SUPPORT_PREFETCH_H

#include "tests/support/every_mode.h"

#define PREFETCH_TEST(name) TREE_TEST_IF(name, has_prefetch())

/* What a prefetch does after `trigger`: it asks for its PTE in that cycle. */
enum { PAGES_IN_TABLE = 128, PREFETCH_READ = 4 };

static inline uint64_t nth_va(const fixture *f, uint64_t n)
{
    return pages_va_plus(f->pages.mode, pages_va(f->pages.mode), n);
}

static inline uint64_t map_number(fixture *f, uint64_t n, unsigned flags)
{
    return map_nth(f, nth_va(f, n), n, flags);
}

static inline void write_control(fixture *f, bool prefetch, bool adue)
{
    fixture_write(f, REG_CONTROL,
                  TW_PUT(CONTROL, ADUE, adue) | TW_PUT(CONTROL, PBMTE, 1) |
                      TW_PUT(CONTROL, PREFETCH, prefetch));
}

static inline uint64_t prefetches(fixture *f)
{
    return fixture_read(f, REG_COUNT_PREFETCHES);
}

/* Clocks until this cycle begins, or until nothing has been under way for long. */
static inline void clock_to(fixture *f, uint64_t cycle)
{
    while (fixture_cycle(f) < cycle)
        fixture_clock(f);
}

static inline void quiet(fixture *f)
{
    for (unsigned still = 0, waited = 0; still < 8; still++) {
        fixture_clock(f);
        if (f->out.obs_walker_state != 0)
            still = 0;
        if (waited++ > 1000)
            fail_msg("walkers are still busy, state 0x%x", (unsigned)f->out.obs_walker_state);
    }
}

/* Reads of this PTE since fixture_forget. */
static inline unsigned reads_of(const fixture *f, uint64_t pte)
{
    unsigned reads = 0;
    for (unsigned n = 0; n < f->accesses; n++)
        reads += f->access[n].address == pte && !f->access[n].swap;
    return reads;
}

static inline void expect_reads_of(const fixture *f, uint64_t pte, unsigned reads)
{
    if (reads_of(f, pte) != reads)
        fail_msg("expected %u reads of the PTE at 0x%llx, got %u (%s)", reads,
                 (unsigned long long)pte, reads_of(f, pte), tw_mode_name(f->pages.mode));
}

/* Nothing is known but the last table, from a walk to its page PAGES_IN_TABLE - 1; prefetch is on.
 * A walk for page 0 is then one of one read. */
static inline void know_the_table(fixture *f)
{
    write_control(f, false, true);
    map_number(f, PAGES_IN_TABLE - 1, F_PAGE);
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    fixture_translate(f, load(nth_va(f, PAGES_IN_TABLE - 1)));
    write_control(f, true, true);
    fixture_forget(f);
}

/* As above, but it was page 0, by the fetch port: for the data port it is in the second level. */
static inline void hold_page_0(fixture *f)
{
    write_control(f, false, true);
    fixture_fence(f, TW_FENCE_ALL, 0, 0);
    expect_pa(fixture_translate(f, fetch(nth_va(f, 0))), nth_pa(f, 0));
    write_control(f, true, true);
    fixture_forget(f);
}

/* After hold_page_0, in cycle u, which is returned: a load of page 0. It is answered in u + 2 with no
 * walker, and page 1 is looked up ahead in u + 2 and read in u + PREFETCH_READ. */
static inline uint64_t trigger(fixture *f)
{
    uint64_t now = fixture_cycle(f);
    fixture_ask(f, TW_DATA, load(nth_va(f, 0)));
    return now;
}

static inline void prefetch_page_1(fixture *f)
{
    hold_page_0(f);
    trigger(f);
    quiet(f);
}

/* So many faults are on record. */
static inline void expect_faults(fixture *f, unsigned count)
{
    uint64_t status = fixture_read(f, REG_FAULT_STATUS);
    if (TW_GET(status, FAULT_STATUS, COUNT) != count || f->out.irq != (count > 0))
        fail_msg("expected %u faults on record, got %u, irq %u (%s)", count,
                 (unsigned)TW_GET(status, FAULT_STATUS, COUNT), (unsigned)f->out.irq,
                 tw_mode_name(f->pages.mode));
}

#endif
