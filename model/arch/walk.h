/*
 * walk.h: what every walk of the golden model does alike, whatever it walks through: it reads,
 * notes each access in its result, and sets A and D in the leaf that it found.
 */
#ifndef MODEL_ARCH_WALK_H
#define MODEL_ARCH_WALK_H

#include "tablewalk/translate.h"

typedef struct walk {
    const void *tables; /* what its walk_find walks through */
    const tw_request *request;
    const tw_bus *bus;
    tw_translation *result;
    unsigned bytes; /* of a PTE */
    uint64_t word;  /* the last one read, as memory has it */
} walk;

/* Reads the word at the result's `pte_addr` and `level`, into w->word and the result's `pte`.
 * False: bus error; both are 0 then. */
bool walk_read(walk *w);

/* Goes from the beginning to the leaf that grants the request: CHECK_NONE, and w->word and the
 * result's `pte` are that leaf, A and D of both in the same bits; else the check that failed. */
typedef tw_check walk_find(walk *w);

/* Finds the leaf and sets A and D there by compare-and-swap if they are missing; after a compare
 * that failed it begins anew, SWAP_TRIES times in all (rule 12). CHECK_NONE, or the check that
 * failed. */
tw_check walk_run(walk *w, walk_find *find);

#endif
