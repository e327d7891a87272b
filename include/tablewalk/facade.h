/*
 * facade.h: page tables as a first assignment has them: translate(va) and page_allocate(va), with
 * LEVELS and POBITS, in the host's own memory. So a "physical" address is a pointer.
 *
 *     tw_teach *teach = tw_teach_open(3, 12, NULL);          // LEVELS, POBITS
 *     tw_page_translate(teach, 0x456789);                    // all ones: nothing is mapped
 *     tw_page_allocate(teach, 0x456000);                     // a page, and the tables on its way
 *     char *byte = (char *)tw_page_translate(teach, 0x456789);
 *
 * A table is one page of 8-byte PTEs, so each level indexes POBITS - 3 bits; the PTEs are those of
 * geometry.h, and the walk is its walk. Tables and pages come from posix_memalign, which does not
 * clear: of a new table every entry is made invalid, a new page keeps what was in the memory.
 */
#ifndef TABLEWALK_FACADE_H
#define TABLEWALK_FACADE_H

#include <stddef.h>

#include "tablewalk/error.h"
#include "tablewalk/geometry.h"

enum {
    TW_TEACH_LEVELS_MIN = 1,
    TW_TEACH_LEVELS_MAX = 6,
    TW_TEACH_POBITS_MIN = 4,
    TW_TEACH_POBITS_MAX = 18
};

typedef struct tw_teach tw_teach;

/* No table is allocated yet. NULL with a sentence in *error: TW_USAGE if a number is out of the
 * ranges above or an address would have more than 64 bits, TW_NO_MEMORY. */
tw_teach *tw_teach_open(unsigned levels, unsigned pobits, tw_error *error);

/* Gives back every table and page. NULL is allowed. */
void tw_teach_close(tw_teach *teach);

/* The page-table base register: where the root table stands, a multiple of the page size; 0 before
 * the first tw_page_allocate. It never changes after that. */
size_t tw_page_table_base(const tw_teach *teach);

/* The physical address of `va`; all ones if it is not mapped or has bits above the geometry's. */
size_t tw_page_translate(const tw_teach *teach, size_t va);

/* Maps the page that holds `va`, and allocates the root first if there is none. Of tables that are
 * there already only an entry is added; of a page that is mapped already nothing changes. TW_USAGE
 * if the address has bits above the geometry's; TW_NO_MEMORY: `va` is not mapped, but all that was
 * is. */
tw_status tw_page_allocate(tw_teach *teach, size_t va);

/* The tree behind it, to walk it with tw_tree_translate and print it; and its memory: the host's,
 * so the bus must be asked for nothing but what the walk of this tree asks. */
tw_tree tw_teach_tree(const tw_teach *teach);
tw_bus tw_teach_bus(void);

#endif
