/*
 * hashed_bucket.h: a hashed inverted table (rule 18) in a fixture's memory, with up to 64 pages
 * that all have the same anchor. The page of place p, from 1 on, is the p-th of the chain that
 * bucket_chain makes; its frame follows from p, and no two pages or frames are neighbours.
 *
 *     HASHED_TEST(name) { ... }    gets `f`, in hashed mode with a memory that answers after two
 *                                  cycles; skipped where mode 15 is not built
 */
#ifndef TESTS_SUPPORT_HASHED_BUCKET_H
#define TESTS_SUPPORT_HASHED_BUCKET_H

#include "tablewalk/hashed.h"
#include "tests/support/every_mode.h"

/* Page numbers of anchors and table, log2 of the anchors, the last frame. */
enum {
    BUCKET_ANCHORS = 0x20000,
    BUCKET_TABLE = 0x30000,
    BUCKET_BITS = 4,
    BUCKET_LAST = 0x3ff,
    BUCKET_PAGES = 64
};

/* Flags are those of pages.h, and: */
enum { F_E = 1 << HASHED_END };

/* A fixture in hashed mode with that table, where all chains are empty. */
fixture *bucket_open(unsigned latency);

/* Writes HASH_TABLE and HASH_ANCHORS: another length of the table, or number of anchors. */
void bucket_size(fixture *f, unsigned last, unsigned bits);

/* The page of a place: its address, with offset 0x328, its frame, the physical address. */
uint64_t bucket_va(unsigned place);
unsigned bucket_frame(unsigned place);
uint64_t bucket_pa(unsigned place);

/* Where the words stand, by what HASH_TABLE and HASH_ANCHORS hold: the anchor of `va` in the
 * running address space, that of the bucket, the entry of a frame, that of a place. */
uint64_t bucket_anchor_of(const fixture *f, uint64_t va);
uint64_t bucket_anchor(const fixture *f);
uint64_t bucket_entry_of(const fixture *f, unsigned frame);
uint64_t bucket_entry(const fixture *f, unsigned place);

/* The word of a place in FIXTURE_ASID, leading to the entry of place `next`. */
uint64_t bucket_word(unsigned place, unsigned next, unsigned flags);

/* Writes one word: the anchor, which leads to a place; or the entry of a place. */
void bucket_set_anchor(fixture *f, unsigned next, unsigned flags);
void bucket_set(fixture *f, unsigned place, unsigned next, unsigned flags);

/* One chain of places 1 to `count`, all with these flags, and E in the last. The next of the last
 * names a frame that the table has, with an entry of its own page, so that whoever goes on finds
 * one. */
void bucket_chain(fixture *f, unsigned count, unsigned flags);

/* Forgets all translations and accesses. */
void bucket_forget(fixture *f);

/* Translates, and fails unless the answer is the fault of this check after so many reads, without a
 * swap but the one that CHECK_SWAP is of, with the last word's address on record. Drops the
 * record. */
void expect_chain_fault(fixture *f, tw_request request, tw_check check, unsigned reads,
                        uint64_t pte_at);

/* Fails unless two numbers are equal; says which they are of. */
#define expect_equal(what, want, got)                                       \
    do {                                                                    \
        unsigned long long want_ = (want), got_ = (got);                    \
        if (want_ != got_)                                                  \
            fail_msg("%s: expected 0x%llx, got 0x%llx", what, want_, got_); \
    } while (0)

#define HASHED_TEST_IF(name, condition)    \
    static void name##_in(fixture *f);     \
    static void name(void **state)         \
    {                                      \
        (void)state;                       \
        if (!has_hashed() || !(condition)) \
            skip();                        \
        fixture *f = bucket_open(2);       \
        name##_in(f);                      \
        fixture_close(f);                  \
    }                                      \
    static void name##_in(fixture *f)

#define HASHED_TEST(name) HASHED_TEST_IF(name, true)

#endif
