/*
 * hashed_case.h: one translation in hashed mode, set up word by word: a supervisor's load of one
 * page of one address space, in a table of 16 frames.
 */
#ifndef TESTS_SUPPORT_HASHED_CASE_H
#define TESTS_SUPPORT_HASHED_CASE_H

#include "tablewalk/hashed.h"
#include "tests/support/walk_case.h"

enum {
    HASHED_LAST = 15, /* frame */
    HASHED_SPACE = 3, /* the address space */
    HASHED_PAGE = 0x12345,
    HASHED_A = 5, /* three frames; leaf_at is the entry of the first */
    HASHED_B = 9,
    HASHED_C = 12,
    HASHED_FLAGS = 0x47,        /* V R W A */
    HASHED_E = 1 << HASHED_END, /* to be added to flags */
    HASHED_V = 1 << PTE_V
};

/* The anchor of the page: x = 0x12375 and x >> 10 = 0x48, so of 2^8 anchors 0x75 ^ 0x48 = 0x3d. */
#define HASHED_ANCHORS UINT64_C(0x80000000)
#define HASHED_ANCHOR (HASHED_ANCHORS + 8 * UINT64_C(0x3d))

/* Where the entry of a frame stands. */
uint64_t hashed_entry_at(unsigned frame);

/* ADUE on, SUM and MXR off; no word is set, so the chain is empty. */
walk_case hashed_case(void);

/* The page alone in its chain, in frame A, with these flags and E. */
walk_case hashed_case_of(tw_op op, unsigned flags);

/* Sets the anchor of the page, valid and leading to an entry; and an entry. */
void hashed_set_anchor(walk_case *c, unsigned next);
void hashed_set_entry(walk_case *c, unsigned frame, uint64_t word);

#endif
