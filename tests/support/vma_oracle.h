/*
 * vma_oracle.h: what vma.h promises, said page by page: each page of a small address space has the
 * area that it would be alone, and every operation looks at every page. Used to judge os_vmas.
 */
#ifndef TESTS_SUPPORT_VMA_ORACLE_H
#define TESTS_SUPPORT_VMA_ORACLE_H

#include "tb/os/vma.h"

enum { ORACLE_PAGES = 320, ORACLE_FILES = 2 };

/* Pages that a visitor saw, or had to see, and in how many parts. */
typedef struct oracle_seen {
    bool page[ORACLE_PAGES];
    unsigned parts;
} oracle_seen;

typedef struct vma_oracle {
    os_vmas_options options;
    os_vma page[ORACLE_PAGES]; /* end is 0 where nothing is mapped */
    uint64_t heap_start, heap_end;
    oracle_seen want; /* of the last operation */
} vma_oracle;

/* Each takes the same arguments as its namesake, and returns the status that it must return. */
tw_status oracle_map(vma_oracle *o, const os_vma *area);
tw_status oracle_map_new(vma_oracle *o, const os_vma *area);
tw_status oracle_unmap(vma_oracle *o, uint64_t start, uint64_t end);
tw_status oracle_protect(vma_oracle *o, uint64_t start, uint64_t end, unsigned permissions);
tw_status oracle_mark(vma_oracle *o, uint64_t start, uint64_t end, unsigned clear, unsigned set);
tw_status oracle_show(vma_oracle *o, uint64_t start, uint64_t end, bool refuse_locked);
tw_status oracle_gap(const vma_oracle *o, uint64_t bytes, os_vma_window window, uint64_t *start);
tw_status oracle_brk(vma_oracle *o, uint64_t end);
tw_status oracle_grow(vma_oracle *o, uint64_t va);

/* The next area from page *at on, and *at moved behind it; false if there is none. */
bool oracle_area(const vma_oracle *o, size_t *at, os_vma *area);

#endif
