/*
 * pages.h: page tables of every mode in simulated memory, for tests that say exactly which PTE
 * stands where.
 */
#ifndef TESTS_SUPPORT_PAGES_H
#define TESTS_SUPPORT_PAGES_H

#include <stdint.h>

#include "tablewalk/memory.h"
#include "tablewalk/pte.h"

/* PTE flags as masks, to be added up: RWX alone is readable, writable, executable. */
enum {
    F_V = 1 << PTE_V,
    F_R = 1 << PTE_R,
    F_W = 1 << PTE_W,
    F_X = 1 << PTE_X,
    F_U = 1 << PTE_U,
    F_G = 1 << PTE_G,
    F_A = 1 << PTE_A,
    F_D = 1 << PTE_D,
    F_RSW = 1 << 8, /* the lower of two bits that hardware ignores */
    F_RWX = F_R | F_W | F_X,
    F_PAGE = F_V | F_RWX | F_A | F_D /* nothing forbidden to S, nothing to be set */
};

/* Where tables are made; tables are numbered from the same frame in every test, so that two
 * memories that are filled alike are equal. Borrows the memory. */
typedef struct page_tables {
    tw_memory *memory;
    unsigned mode;
    uint64_t next; /* page number of the next table */
} page_tables;

page_tables pages_in(tw_memory *memory, unsigned mode);

/* An empty table, one page or more as the mode has it; its first page number. */
uint64_t pages_table(page_tables *tables);

/* Makes `pte` the PTE of `va` at `level` of the tree at page number `root`, with the tables above
 * it. Returns the PTE's address. */
uint64_t pages_map(page_tables *tables, uint64_t root, uint64_t va, unsigned level, uint64_t pte);

/* Address of the PTE of `va` at `level`, whose tables above are there already. */
uint64_t pages_pte_at(const page_tables *tables, uint64_t root, uint64_t va, unsigned level);

uint64_t pages_read(const page_tables *tables, uint64_t address);
void pages_write(const page_tables *tables, uint64_t address, uint64_t pte);

static inline uint64_t pages_pte(uint64_t ppn, unsigned flags)
{
    return ppn << PTE_PPN | flags;
}

/* An address in the upper half of the mode's space, other in every index; its offset is 0x328. */
uint64_t pages_va(unsigned mode);

/* The address `pages` 4 KiB pages on, kept in the mode's space. */
uint64_t pages_va_plus(unsigned mode, uint64_t va, uint64_t pages);

/* The address that differs from `va` in the lowest bit of its index at `level` alone: what is above
 * that table is the same, nothing below. */
uint64_t pages_va_beside(unsigned mode, uint64_t va, unsigned level);

/* A frame that a leaf at `level` may name: high PPN bits set, low ones 0 as far as they must be. */
uint64_t pages_frame(unsigned mode, unsigned level);

#endif
