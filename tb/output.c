/* output.c: the questions are put to the file system. */
#include "tb/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static tw_status cannot_write(const char *path, int why, tw_error *error)
{
    return tw_fail(error, TW_IO, "cannot write %.200s: %s", path, strerror(why));
}

tw_status output_check(const char *path, tw_error *error)
{
    struct stat about;
    char folder[4096] = ".";
    const char *slash = strrchr(path, '/');
    if (lstat(path, &about) != 0 && errno != ENOENT)
        return cannot_write(path, errno, error);
    if (lstat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return tw_fail(error, TW_IO, "cannot write %.200s: it is no ordinary file; name another",
                       path);
    if (slash != NULL && (size_t)(slash - path) + 2 > sizeof folder)
        return cannot_write(path, ENAMETOOLONG, error);
    if (path[0] == '\0')
        return cannot_write("''", ENOENT, error);
    if (slash != NULL)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
    return access(folder, W_OK | X_OK) == 0 ? TW_OK : cannot_write(path, errno, error);
}

bool output_same(const char *a, const char *b)
{
    struct stat first, second;
    if (stat(a, &first) != 0 || stat(b, &second) != 0)
        return strcmp(a, b) == 0;
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}
