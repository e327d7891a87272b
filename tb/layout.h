/*
 * layout.h: which addresses of a process are mapped, as /proc/PID/maps tells it: one region a line,
 * "START-END PERMISSIONS ...", hexadecimal, END not included. What stands behind the permissions is
 * not looked at, and a line may end before them. Blank lines and lines that begin with # are
 * skipped.
 */
#ifndef TB_LAYOUT_H
#define TB_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "tablewalk/error.h"

typedef struct layout {
    size_t count, room;
    size_t
        reserved; /* regions that nobody may touch, "---p": they have no pages and are not here */
    uint64_t bytes;
    struct region {
        uint64_t first, last; /* bytes, both included; ascending and apart from each other */
    } * region;
} layout;

/* Reads a file, "-" for standard input. An address has `va_bits` bits; bits above them must all be
 * 0, or all equal the top one, as in the upper half of a RISC-V or x86-64 address space, and are
 * dropped. Else, and for anything that is no such line, regions that do not ascend, and a file
 * without any: TW_USAGE with file, line and what is expected, and there is nothing to close. */
tw_status layout_read(layout *layout, const char *path, unsigned va_bits, tw_error *error);
void layout_close(layout *layout);

/* Blocks of 2^shift bytes, at multiples of their size, that hold a mapped byte. */
uint64_t layout_blocks(const layout *layout, unsigned shift);

#endif
