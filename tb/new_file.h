/*
 * new_file.h: a file that has its name only once it is complete: until then it stands beside it
 * under another one, and what was there before stays.
 */
#ifndef TB_NEW_FILE_H
#define TB_NEW_FILE_H

#include <stdio.h>

#include "tablewalk/error.h"

enum { NEW_FILE_PATH_MAX = 4096 };

typedef struct new_file {
    FILE *stream;     /* to be written to; closed by the two calls below */
    const char *path; /* not owned */
    char temporary[NEW_FILE_PATH_MAX];
} new_file;

/* TW_IO with a sentence if it cannot be made, also as output_check says; then there is nothing to
 * close. */
tw_status new_file_open(new_file *file, const char *path, tw_error *error);

/* Completes the file. TW_IO if this or a write before it failed; nothing is left then. */
tw_status new_file_close(new_file *file, tw_error *error);

/* Gives up: nothing is left. */
void new_file_discard(new_file *file);

#endif
