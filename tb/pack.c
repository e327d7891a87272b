/* pack.c: libarchive's raw format with the xz filter, to a temporary name beside the final one. */
#include "tb/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pack_file {
    struct archive *archive;
    char path[4096], temporary[4096];
};

static tw_status failed(const pack_file *f, tw_error *error)
{
    const char *why = archive_error_string(f->archive);
    return tw_fail(error, TW_IO, "%.160s: cannot write: %.120s", f->path,
                   why != NULL ? why : strerror(errno));
}

/* The compressor and the one nameless entry of a raw file. */
static bool begin(pack_file *f)
{
    struct archive_entry *entry = archive_entry_new();
    if (entry == NULL)
        return false;
    archive_entry_set_filetype(entry, AE_IFREG);
    bool good =
        archive_write_set_format_raw(f->archive) == ARCHIVE_OK &&
        archive_write_add_filter_xz(f->archive) == ARCHIVE_OK &&
        archive_write_set_filter_option(f->archive, "xz", "compression-level", "9") == ARCHIVE_OK &&
        archive_write_open_filename(f->archive, f->temporary) == ARCHIVE_OK &&
        archive_write_header(f->archive, entry) == ARCHIVE_OK;
    archive_entry_free(entry);
    return good;
}

pack_file *pack_open(const char *path, tw_error *error)
{
    pack_file *f = calloc(1, sizeof *f);
    if (f == NULL || (f->archive = archive_write_new()) == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory to compress with");
        free(f);
        return NULL;
    }
    snprintf(f->path, sizeof f->path, "%s", path);
    int length = snprintf(f->temporary, sizeof f->temporary, "%s.%ld.tmp", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof f->temporary)
        tw_fail(error, TW_IO, "%.160s...: the name is too long", path);
    else if (begin(f))
        return f;
    else
        failed(f, error);
    pack_discard(f);
    return NULL;
}

tw_status pack_write(pack_file *f, const void *bytes, size_t count, tw_error *error)
{
    la_ssize_t written = archive_write_data(f->archive, bytes, count);
    return written == (la_ssize_t)count ? TW_OK : failed(f, error);
}

tw_status pack_close(pack_file *f, tw_error *error)
{
    tw_status status = archive_write_close(f->archive) == ARCHIVE_OK ? TW_OK : failed(f, error);
    if (status == TW_OK && rename(f->temporary, f->path) != 0)
        status = tw_fail(error, TW_IO, "%.160s: %s", f->path, strerror(errno));
    if (status != TW_OK)
        unlink(f->temporary);
    archive_write_free(f->archive);
    free(f);
    return status;
}

void pack_discard(pack_file *f)
{
    archive_write_free(f->archive);
    unlink(f->temporary);
    free(f);
}
