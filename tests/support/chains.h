/*
 * chains.h: a hashed inverted table in a rig's memory (rule 18), for tests that say exactly which
 * word stands where.
 */
#ifndef TESTS_SUPPORT_CHAINS_H
#define TESTS_SUPPORT_CHAINS_H

#include "tablewalk/hashed.h"
#include "tests/support/rig.h"

/* Page numbers of the anchors and of the table; log2 of the anchors; the last frame; the rig's
 * address space. */
enum { ANCHORS = 0x20000, TABLE = 0x30000, ANCHOR_BITS = 6, LAST = 0x3ff, CHAIN_ASID = 1 };

/* Flags are those of pages.h, and: */
enum { F_E = 1 << HASHED_END };

/* A rig as rig_open makes it, in hashed mode, with all chains empty. */
rig chains_open(void **state, const char *config, uint32_t latency);

/* Writes HASH_TABLE: the same table, up to the entry of frame `last`. */
void chains_last(rig *r, unsigned last);

/* Where the anchor of `va` stands, in address space CHAIN_ASID, and the entry of a frame. */
uint64_t anchor_at(uint64_t va);
uint64_t entry_at(unsigned frame);

/* Writes the anchor of `va`, or an entry for `va` in address space CHAIN_ASID. */
void chains_anchor(rig *r, uint64_t va, unsigned next, unsigned flags);
void chains_entry(rig *r, unsigned frame, uint64_t va, unsigned next, unsigned flags);

/* One chain from the anchor of `va`: entries of the frames from `first` on, `count` of them, at
 * least one. The last one has E and, with `flags`, holds `va`; those before it hold other pages. */
void chains_link(rig *r, uint64_t va, unsigned first, unsigned count, unsigned flags);

#endif
