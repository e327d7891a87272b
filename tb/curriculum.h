/*
 * curriculum.h: docs/curriculum.md as a table: what lectures say, and what shows it here. The page
 * is the only place where a row stands, so what a reader sees and what a program runs are the same.
 *
 *     ## 1.4 Kernel and user allocators (not yet)            a section; the note may be left out
 *     | row | of the lecture | number | shown by |
 *     |---|---|---|---|
 *     | buddy | blocks of 2^n | 11 KB get 16 | `tb/test_x.c: a_name`, `tablewalk size` says `4` |
 *
 * Other tables are for readers alone. A row is shown by tests (a file under tests/, and a name in
 * it), and by commands, which end with status 0 and print the words after `says`, if there are any.
 * A row without a number has `-`.
 */
#ifndef TB_CURRICULUM_H
#define TB_CURRICULUM_H

#include <stddef.h>

#include "tablewalk/error.h"

enum { CURRICULUM_CHECKS_MAX = 12 };

typedef struct curriculum_check {
    const char *test;  /* "tb/os/test_buddy", or NULL: a command */
    const char *words; /* the name of the test, or what follows `tablewalk ` */
    const char *says;  /* what the command prints, or NULL: anything */
} curriculum_check;

typedef struct curriculum_row {
    const char *section; /* "1.4" */
    const char *name, *item, *number;
    unsigned checks; /* at least 1 */
    curriculum_check check[CURRICULUM_CHECKS_MAX];
} curriculum_row;

typedef struct curriculum_section {
    const char *number, *title; /* "1.4", "Kernel and user allocators" */
    const char *note;           /* "not yet", or NULL */
} curriculum_section;

typedef struct curriculum curriculum;

/* Reads the page. NULL with a sentence: TW_USAGE and the line if it is no such page, names a row
 * twice, or has none; TW_NO_MEMORY. */
curriculum *curriculum_open(const char *path, tw_error *error);
void curriculum_close(curriculum *page); /* NULL is allowed */

/* At least 1. */
size_t curriculum_rows(const curriculum *page);

/* In the order of the page; NULL beyond the last. Borrowed until the page is closed. */
const curriculum_row *curriculum_at(const curriculum *page, size_t index);
const curriculum_section *curriculum_section_at(const curriculum *page, size_t index);

#endif
