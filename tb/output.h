/*
 * output.h: whether a file can be made where the user wants one. Asked before the work whose result
 * it shall hold, so that the work is not done in vain and nothing is destroyed by it.
 */
#ifndef TB_OUTPUT_H
#define TB_OUTPUT_H

#include <stdbool.h>

#include "tablewalk/error.h"

/* TW_OK; or TW_IO if `path` is a folder, a device or a link, which the file would replace, or if
 * its folder is missing or cannot be written to. Makes nothing. */
tw_status output_check(const char *path, tw_error *error);

/* True if the names are equal or lead to the same file. */
bool output_same(const char *a, const char *b);

#endif
