/*
 * walk_case.h: one translation set up in two lines: a tree down to one leaf, a request that the
 * leaf may or may not grant, and the golden model's answer. The tables stand at WALK_ROOT and the
 * pages after it, the root first; the address takes index 1 at every level.
 */
#ifndef TESTS_SUPPORT_WALK_CASE_H
#define TESTS_SUPPORT_WALK_CASE_H

#include "tests/support/walk_memory.h"

#define WALK_ROOT UINT64_C(0x80000) /* page number of the root table */
enum { WALK_OFFSET = 0xabc };       /* page offset of the address */

typedef struct walk_case {
    tw_control control;
    tw_request request;
    walk_memory memory;
    uint64_t leaf_at; /* address of the leaf's PTE */
    tw_translation got;
} walk_case;

/* A PTE of that page number with the bits named by the letters of VRWXUGAD. */
uint64_t pte_of(uint64_t ppn, const char *flags);

/* Supervisor, ADUE and PBMTE on, SUM and MXR off. */
walk_case walk_case_of(unsigned mode, tw_op op, unsigned leaf_level, uint64_t leaf);

/* Address of the PTE that the walk reads at `level`. */
uint64_t walk_case_pte_at(const walk_case *c, unsigned level);

/* Translates; the answer is in c->got, which is also returned. */
const tw_translation *walk_case_run(walk_case *c);

#endif
