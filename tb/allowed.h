/*
 * allowed.h: the PTEs that an MMU may still use: those it read since the last fence that covers
 * them, per page and address space. Of leaves it is a TLB, of pointers a walk cache, of unbounded
 * size, that keeps every version of an entry.
 */
#ifndef TB_ALLOWED_H
#define TB_ALLOWED_H

#include <stdbool.h>
#include <stdint.h>

struct fence {
    bool by_va, by_asid;
    uint64_t va;
    unsigned asid;
};

/* A leaf with the page that it maps, or a pointer with the range that it leads to. */
struct known {
    uint64_t va;      /* of the range's first byte */
    uint64_t pte;     /* with A and D as they were left */
    uint64_t word;    /* that memory then held there: the PTE, or the entry that says it */
    uint64_t address; /* of the PTE */
    uint16_t asid;
    uint8_t mode, size; /* log2 of the range's bytes */
    bool global;        /* G in it or in a pointer above */
    uint32_t next;      /* in its chain or in the free list; 0 ends */
};

struct allowed {
    struct known *known; /* [0] is not used */
    uint32_t used, room, free;
    uint64_t sizes; /* bit n set: a range of 2^n bytes may be in it */
    uint32_t chain[1024];
};

/* All 0 is the empty set. */
void allowed_clear(struct allowed *allowed); /* empties it */
void allowed_free(struct allowed *allowed);

/* Adds a PTE, unless it is there already. False if memory is out. */
bool allowed_add(struct allowed *allowed, const struct known *known);

/* Drops what the fence covers. */
void allowed_fence(struct allowed *allowed, const struct fence *fence);

/* The first PTE whose range has this size and holds `va`, after `after` (NULL: from the beginning),
 * or NULL. */
const struct known *allowed_find(const struct allowed *allowed, uint64_t va, unsigned size,
                                 const struct known *after);

/* True if it counts in this mode and address space. */
bool known_here(const struct known *known, uint64_t satp);

#endif
