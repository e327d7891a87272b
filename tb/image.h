/*
 * image.h: simulated memory from a text file: lines of ADDRESS=VALUE, hexadecimal, one word each.
 * Blank lines and lines that begin with # are skipped.
 */
#ifndef TB_IMAGE_H
#define TB_IMAGE_H

#include "tablewalk/memory.h"

/* Words of `bytes` (2, 4 or 8). The caller closes the memory. NULL as text_open, or TW_USAGE with
 * file and line number for a line that is something else, an address that is no multiple of `bytes`
 * or beyond 56 bits, or a value that does not fit. */
tw_memory *image_open(const char *path, unsigned bytes, tw_error *error);

#endif
