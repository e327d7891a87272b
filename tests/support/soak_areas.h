/*
 * soak_areas.h: which addresses a process of a soak may use, and how, as its calls say: an oracle
 * of areas, from which it is known beforehand what a call returns and which access is refused.
 */
#ifndef TESTS_SUPPORT_SOAK_AREAS_H
#define TESTS_SUPPORT_SOAK_AREAS_H

#include <stddef.h>

#include "tablewalk/pte.h"
#include "tb/os/vma.h"

struct soak_file;

typedef struct soak_area {
    uint64_t start, end;
    unsigned permissions;   /* os_permission bits */
    unsigned flags;         /* os_vma_flag bits */
    struct soak_file *file; /* NULL: anonymous, or shared memory */
    uint64_t offset;        /* of `start` in the file */
} soak_area;

enum { SOAK_AREAS_MAX = 256 };

/* Disjoint, by rising addresses; two that touch may be alike. Copies are made by assignment. */
typedef struct soak_areas {
    size_t count;
    soak_area area[SOAK_AREAS_MAX];
    uint64_t heap_start, heap_end; /* to the byte; 0: no heap */
} soak_areas;

/* Whether there is room for what one call adds. */
bool soak_areas_room(const soak_areas *a);

/* The area that holds `va`, or NULL; the first that ends after it, or NULL. */
const soak_area *soak_areas_find(const soak_areas *a, uint64_t va);
const soak_area *soak_areas_after(const soak_areas *a, uint64_t va);

/* Takes [start, end) away; puts an area there instead. */
void soak_areas_unmap(soak_areas *a, uint64_t start, uint64_t end);
void soak_areas_map(soak_areas *a, const soak_area *area);

/* Sets bits in the permissions and flags of the parts in [start, end) after clearing others. */
typedef struct soak_change {
    unsigned keep_permissions, permissions;
    unsigned keep_flags, flags;
} soak_change;
void soak_areas_change(soak_areas *a, uint64_t start, uint64_t end, soak_change change);

/* No byte of [start, end) is in a gap. */
bool soak_areas_whole(const soak_areas *a, uint64_t start, uint64_t end);

/* A part of [start, end) has one of the flags. */
bool soak_areas_have(const soak_areas *a, uint64_t start, uint64_t end, unsigned flags);

/* Pages of all areas with one of the flags. */
uint64_t soak_areas_pages(const soak_areas *a, unsigned flags);

/* What an access to the byte at `va` leads to. */
typedef enum soak_verdict {
    SOAK_GRANTED,
    SOAK_GROWS, /* granted: a stack is made longer */
    SOAK_FORBIDDEN,
    SOAK_NOWHERE, /* no area, or the guard of a stack */
    SOAK_UNSURE   /* near to a stack: it may be made longer, or too long */
} soak_verdict;
soak_verdict soak_areas_judge(const soak_areas *a, uint64_t va, tw_op op);

/* The stack above `va` is longer now, as SOAK_GROWS says. */
void soak_areas_grow(soak_areas *a, uint64_t va);

#endif
