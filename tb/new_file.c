/* new_file.c: made beside its final name, so that the rename stays in one file system. */
#include "tb/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "tb/output.h"

static tw_status failed(const char *path, int why, tw_error *error)
{
    return tw_fail(error, TW_IO, "cannot write %.200s: %s", path, strerror(why));
}

tw_status new_file_open(new_file *f, const char *path, tw_error *error)
{
    tw_status status = output_check(path, error);
    if (status != TW_OK)
        return status;
    *f = (new_file){.path = path};
    int length = snprintf(f->temporary, sizeof f->temporary, "%s.%ld.tmp", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof f->temporary)
        return failed(path, ENAMETOOLONG, error);
    int descriptor = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return failed(path, errno, error);
    f->stream = fdopen(descriptor, "w");
    if (f->stream != NULL)
        return TW_OK;
    int why = errno;
    close(descriptor);
    unlink(f->temporary);
    return failed(path, why, error);
}

tw_status new_file_close(new_file *f, tw_error *error)
{
    bool whole = fflush(f->stream) == 0 && ferror(f->stream) == 0;
    int why = errno;
    if (fclose(f->stream) != 0 && whole) {
        whole = false;
        why = errno;
    }
    if (whole && rename(f->temporary, f->path) != 0) {
        whole = false;
        why = errno;
    }
    if (whole)
        return TW_OK;
    unlink(f->temporary);
    return failed(f->path, why, error);
}

void new_file_discard(new_file *f)
{
    fclose(f->stream);
    unlink(f->temporary);
}
