/*
 * size.h: what page tables cost: bytes, and reads for one translation. A linear table is a tree of
 * one level that may be larger than a page; an inverted one has a word of 8 bytes for each frame of
 * memory and is searched; a hashed one has as many anchors, too, rounded up to a power of two, and
 * the chains of hashed.h.
 */
#ifndef TB_SIZE_H
#define TB_SIZE_H

#include "tablewalk/geometry.h"
#include "tb/layout.h"

typedef enum size_kind { SIZE_LINEAR, SIZE_TREE, SIZE_INVERTED, SIZE_HASHED } size_kind;

typedef struct size_row {
    size_kind kind;
    tw_geometry geometry; /* of an inverted table: one that has the page; hashed: as two levels */
    uint64_t reads;       /* of PTEs: by a full walk; by the longest search or chain */
    double mean;          /* of PTEs for a page that is mapped, if every frame holds one: of hashed
                           * 1 anchor, 1 entry and half of those that share it */
    uint64_t full;        /* bytes of all tables if every page of the address space is mapped */
    uint64_t least;       /* if a single page is */
    uint64_t tables[TW_GEOMETRY_LEVELS_MAX]; /* that a layout needs, the root's level first */
    uint64_t root_entries, inner_entries;    /* in them: of the root, of all below it */
    uint64_t bytes;                          /* of them */
} size_row;

/* TW_OK, or TW_USAGE with a sentence if the tables of a full address space have 2^63 bytes or
 * more. */
tw_status size_check(const tw_geometry *geometry, tw_error *error);

/* The rows; what concerns a layout is 0 if `mapped` is NULL. `geometry` has passed size_check. */
size_row size_of_linear(const tw_geometry *geometry, const layout *mapped);
size_row size_of_tree(const tw_geometry *geometry, const layout *mapped);
size_row size_of_inverted(const tw_geometry *geometry, uint64_t frames, const layout *mapped);
size_row size_of_hashed(const tw_geometry *geometry, uint64_t frames, const layout *mapped);

/* Time of one access to memory if `hits` of 100 find their page in a TLB: the lookup and the
 * access, and for the others the row's mean reads, each as long as an access. The unit is that of
 * what is given. */
double size_access_time(const size_row *row, double hits, double lookup, double access);

/* Tables below the root that a layout needs. */
uint64_t size_inner_tables(const size_row *row);

/* Bytes of pages of 2^shift bytes that a layout needs and does not map: what is lost at the ends of
 * its regions, where they stand. Regions in one page share it. */
uint64_t size_lost(const layout *mapped, unsigned shift);

/* "12 KiB", "16.4 MiB" (rounded), "64 B". */
enum { SIZE_TEXT_MAX = 32 };
const char *size_text(uint64_t bytes, char text[SIZE_TEXT_MAX]);

#endif
