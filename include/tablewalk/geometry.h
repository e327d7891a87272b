/*
 * geometry.h: trees of page tables of any shape, for hand exercises and for what tables cost.
 *
 * A geometry says how an address is cut: index bits for each level, the root's first, and then the
 * offset in a page. "2,4,6" is an address of 12 bits: 2 choose among 4 entries of the root, 4 among
 * 16 of an inner table, 6 are the byte in a page of 64.
 *
 * Its PTE has the eight flags of RISC-V in bits 7..0 (V R W X U G A D, pte.h) and the page's number
 * in all bits above them: 8 bits in a PTE of 2 bytes, 24 of 4, 56 of 8. What flags mean is what
 * they mean in RISC-V: R=W=X=0 is a pointer to the next table, anything else a leaf, at any level.
 * Physical addresses have 56 bits; bits of a page's number that would be above them are ignored.
 *
 * Levels are counted as in RISC-V: 0 is the last, levels - 1 the root.
 */
#ifndef TABLEWALK_GEOMETRY_H
#define TABLEWALK_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tablewalk/error.h"
#include "tablewalk/translate.h"

enum {
    TW_GEOMETRY_LEVELS_MAX = 8,
    TW_GEOMETRY_OFFSET_MAX = 40, /* a page is at most 1 TiB */
    TW_TEACHING_FRAME = 8        /* lowest bit of a teaching PTE's page number */
};

typedef struct tw_geometry {
    unsigned levels;
    unsigned index_bits[TW_GEOMETRY_LEVELS_MAX]; /* the root's first */
    unsigned offset_bits;
    unsigned pte_bytes; /* 2, 4 or 8 */
} tw_geometry;

/* TW_OK, or TW_USAGE with a sentence that names the value and what is allowed: 1 to 8 levels, none
 * of 0 bits, 64 bits in all at most; a PTE of 2, 4 or 8 bytes that fits a page; pages of at most
 * 1 TiB. Every other function here wants a geometry that passes. */
tw_status tw_geometry_check(const tw_geometry *geometry, tw_error *error);

/* "2,4,6" as a geometry with PTEs of that size. TW_USAGE if it is something else, or as above. */
tw_status tw_geometry_parse(const char *text, unsigned pte_bytes, tw_geometry *geometry,
                            tw_error *error);

/* The geometry of a RISC-V mode, levels 0 if it is no radix mode. Its PTEs are others. */
tw_geometry tw_geometry_of_mode(unsigned mode);

/* Levels that addresses of `va_bits` need if no table is larger than a page: the bits above the
 * offset by those that a page full of PTEs indexes, rounded up. 0 if a page holds a single PTE. */
unsigned tw_geometry_levels(unsigned va_bits, unsigned offset_bits, unsigned pte_bytes);

/* Cuts an address into that many levels, with no table larger than a page. At the least number of
 * levels all tables but the root fill a page, and the root takes the bits that are left. With more,
 * the bits are spread evenly, and what does not divide goes to the last levels. TW_USAGE with a
 * sentence if it takes more levels than that, or there are fewer bits than levels. */
tw_status tw_geometry_split(unsigned va_bits, unsigned offset_bits, unsigned pte_bytes,
                            unsigned levels, tw_geometry *geometry, tw_error *error);

/* Bits of an address: 1 to 64. */
unsigned tw_geometry_va_bits(const tw_geometry *geometry);

/* Index bits of the table at `level`; log2 of the bytes that one of its entries covers; the index
 * of the address into it. */
unsigned tw_geometry_index_bits(const tw_geometry *geometry, unsigned level);
unsigned tw_geometry_size(const tw_geometry *geometry, unsigned level);
uint64_t tw_geometry_index(const tw_geometry *geometry, uint64_t va, unsigned level);

/* Bytes of one table at `level`. 0 if they are 2^64. */
uint64_t tw_geometry_table_bytes(const tw_geometry *geometry, unsigned level);

/* The bits above the address are 0. */
bool tw_geometry_canonical(const tw_geometry *geometry, uint64_t va);

/* The eight flags of a teaching PTE. */
static inline unsigned tw_geometry_flags(uint64_t pte)
{
    return (unsigned)pte & ((1u << TW_TEACHING_FRAME) - 1);
}

/* The physical address of the page or table that a PTE names; and a PTE from such an address, a
 * multiple of the page size, and flags. */
uint64_t tw_geometry_frame(const tw_geometry *geometry, uint64_t pte);
uint64_t tw_geometry_pte(const tw_geometry *geometry, uint64_t address, unsigned flags);

/* "2/4/6". Returns text. */
enum { TW_GEOMETRY_TEXT_MAX = 32 };
const char *tw_geometry_text(const tw_geometry *geometry, char text[TW_GEOMETRY_TEXT_MAX]);

/* A tree that can be walked. */
typedef struct tw_tree {
    tw_geometry geometry;
    uint64_t root; /* physical address of the root table, a multiple of the PTE's size */
    bool adue;     /* the walk sets A and D by compare-and-swap; else it faults */
} tw_tree;

/* tw_translate for this tree, with the same checks in the same order, by the same rules: but an
 * address is refused if the bits above it are not 0, and of the reserved encodings there is only W
 * without R. The bus reads and swaps 2, 4 or 8 bytes. Fills *result entirely, except that it keeps
 * the accesses of the last try alone if a compare-and-swap was lost. A walk that meets V=0 at level
 * k has made levels - k reads. */
void tw_tree_translate(const tw_tree *tree, const tw_request *request, const tw_bus *bus,
                       tw_translation *result);

/* As tw_translation_print. */
void tw_tree_print(const tw_tree *tree, const tw_request *request, const tw_translation *result,
                   FILE *to);

#endif
