/*
 * drive_list.h: the accesses that `tablewalk drive` plays, in order. As a file, plain or
 * compressed, one a line: the address in hexadecimal, with or without 0x, and R (load), W (store)
 * or X (fetch). Blank lines are skipped.
 *
 *     1000123abc R
 *     1000123ab8 W
 *     10000 X
 */
#ifndef TB_DRIVE_LIST_H
#define TB_DRIVE_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "tablewalk/error.h"
#include "tablewalk/pte.h"

typedef struct drive_access {
    uint64_t va;
    tw_op op;
} drive_access;

/* Zeroed by the caller: empty. Whoever adds to it closes it. */
typedef struct drive_list {
    drive_access *access;
    size_t count, room;
} drive_list;

/* TW_NO_MEMORY, and the list is as before, if there is none. */
tw_status drive_list_add(drive_list *list, uint64_t va, tw_op op, tw_error *error);

/* Adds all accesses of a file. TW_USAGE with file, line and what was expected for a line that is
 * none, an address that is not canonical in the mode, a file without any access, and as text_open
 * and text_next. In a mode of 32-bit addresses any address is taken, to be relocated. */
tw_status drive_list_read(drive_list *list, unsigned mode, const char *path, tw_error *error);

/* Relocates the accesses as relocate.h does if one of them is beyond 32 bits; *regions is how many
 * there are, 0 if all stay where they are. TW_USAGE if they do not fit. */
tw_status drive_list_relocate(drive_list *list, size_t *regions, tw_error *error);

/* *pages is how many different pages of 4 KiB the list has. TW_NO_MEMORY. */
tw_status drive_list_pages(const drive_list *list, size_t *pages, tw_error *error);

/* Frees what the list holds; the list is empty after it. */
void drive_list_close(drive_list *list);

#endif
