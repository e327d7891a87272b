/* size_report.h: the numbers of size.h as tables for people, as CSV and as JSON. */
#ifndef TB_SIZE_REPORT_H
#define TB_SIZE_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "tb/size.h"

enum {
    SIZE_ROWS_MAX = TW_GEOMETRY_LEVELS_MAX + 3, /* any number of levels, linear, inverted, hashed */
    SIZE_PAGES_MAX = 6
};

typedef struct size_report {
    tw_geometry geometry; /* for the bits of an address, of the offset, and the PTE's bytes */
    uint64_t memory;      /* bytes */
    uint64_t tlb_entries;
    bool timed;                    /* access times are wanted: */
    uint32_t hits, lookup, access; /* in 100 accesses; nanoseconds of a TLB, of memory */
    const char *maps;              /* where the layout comes from; NULL: none */
    const layout *layout;          /* NULL: none */
    unsigned rows;
    size_row row[SIZE_ROWS_MAX];
    unsigned pages; /* sizes of pages to be compared */
    unsigned page[SIZE_PAGES_MAX];
} size_report;

/* A row for each kind of table; and one for each size of page. */
void size_report_print(const size_report *report, FILE *to);

/* A row for each kind of table. What a layout needs stays empty without one. */
void size_report_csv(const size_report *report, FILE *to);

/* Everything; NULL if memory is out. The caller gives it back with json_decref. */
json_t *size_report_json(const size_report *report);

#endif
