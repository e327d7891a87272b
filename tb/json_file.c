/* json_file.c: written under another name, then renamed into place. */
#include "tb/json_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Writes the object to an open file, which it closes. False with errno set if any step fails. */
static bool write_and_close(const json_t *object, int descriptor)
{
    FILE *file = fdopen(descriptor, "w");
    if (file == NULL) {
        close(descriptor);
        return false;
    }
    bool good = json_dumpf(object, file, JSON_INDENT(2)) == 0;
    good = fputc('\n', file) != EOF && good;
    good = fflush(file) == 0 && good;
    int why = errno;
    good = fclose(file) == 0 && good;
    errno = good ? errno : why;
    return good;
}

tw_status json_file_write(const json_t *object, const char *path, tw_error *error)
{
    char temporary[4096];
    int length = snprintf(temporary, sizeof temporary, "%s.%ld.tmp", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof temporary)
        return tw_fail(error, TW_IO, "%.200s...: the name is too long", path);
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    bool good = descriptor >= 0 && write_and_close(object, descriptor);
    good = good && rename(temporary, path) == 0;
    int why = errno;
    if (good)
        return TW_OK;
    if (descriptor >= 0)
        unlink(temporary);
    return tw_fail(error, TW_IO, "%s: cannot write the results: %s", path, strerror(why));
}
