/*
 * allowed.h: the leaf PTEs that an MMU may still use: those it read since the last fence that
 * covers them, per page and address space. A TLB of unbounded size that keeps every version of an
 * entry.
 */
#ifndef TB_ALLOWED_H
#define TB_ALLOWED_H

#include <stdbool.h>
#include <stdint.h>

#include "tb/observer.h"

struct leaf {
    uint64_t va;      /* of the page's first byte */
    uint64_t pte;     /* with A and D as they were left */
    uint64_t address; /* of the PTE */
    uint16_t asid;
    uint8_t mode, size;
    bool global;
    uint32_t next; /* in its chain or in the free list; 0 ends */
};

struct allowed {
    struct leaf *leaf; /* [0] is not used */
    uint32_t used, room, free;
    uint32_t chain[1024];
};

/* All 0 is the empty set. */
void allowed_clear(struct allowed *allowed); /* empties it */
void allowed_free(struct allowed *allowed);

/* Adds a leaf, unless it is there already. False if memory is out. */
bool allowed_add(struct allowed *allowed, const struct leaf *leaf);

/* Drops what the fence covers. */
void allowed_fence(struct allowed *allowed, const struct fence *fence);

/* The first leaf of this page after `after` (NULL: from the beginning), or NULL. */
const struct leaf *allowed_find(const struct allowed *allowed, uint64_t va, unsigned size,
                                const struct leaf *after);

#endif
