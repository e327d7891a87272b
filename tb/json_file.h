/* json_file.h: a JSON object as a file that is there whole or not at all. */
#ifndef TB_JSON_FILE_H
#define TB_JSON_FILE_H

#include <jansson.h>

#include "tablewalk/error.h"

/* Writes the object to `path`; a file that is there already stays until the new one is complete.
 * TW_IO with a sentence if that fails. The object stays the caller's. */
tw_status json_file_write(const json_t *object, const char *path, tw_error *error);

#endif
