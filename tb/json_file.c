/* json_file.c: indented, and a line's end after it. */
#include "tb/json_file.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tb/new_file.h"

tw_status json_file_write(const json_t *object, const char *path, tw_error *error)
{
    new_file file;
    tw_status status = new_file_open(&file, path, error);
    if (status != TW_OK)
        return status;
    bool good = json_dumpf(object, file.stream, JSON_INDENT(2)) == 0;
    good = good && fputc('\n', file.stream) != EOF;
    if (good)
        return new_file_close(&file, error);
    int why = errno;
    new_file_discard(&file);
    return tw_fail(error, TW_IO, "cannot write %.200s: %s", path, strerror(why));
}
