/*
 * pack.h: writes a file compressed with xz, whole or not at all: it has its name only once it is
 * complete.
 */
#ifndef TB_PACK_H
#define TB_PACK_H

#include <stddef.h>

#include "tablewalk/error.h"

typedef struct pack_file pack_file;

/* NULL with TW_IO or TW_NO_MEMORY in *error if the file cannot be made. */
pack_file *pack_open(const char *path, tw_error *error);

/* TW_IO if the disk is full or the write fails. */
tw_status pack_write(pack_file *file, const void *bytes, size_t count, tw_error *error);

/* Completes the file and frees it. TW_IO if that fails; nothing is left then. */
tw_status pack_close(pack_file *file, tw_error *error);

/* Gives up: nothing is left. */
void pack_discard(pack_file *file);

#endif
