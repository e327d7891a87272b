/*
 * text.c: libarchive unpacks into a block, lines are cut from it.
 *
 * Invariant: block[begin, end) is what has been unpacked and not yet been given away; `line` counts
 * the lines that have been begun.
 */
#include "tb/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 16 };

struct text_file {
    struct archive *archive;
    int file;
    char *path;
    unsigned long line;
    bool ended;
    size_t begin, end;
    char block[BLOCK_BYTES];
    char current[TEXT_LINE_MAX + 1];
};

tw_status text_fail(text_place at, tw_error *error, const char *format, ...)
{
    char reason[sizeof error->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    if (at.line == 0)
        return tw_fail(error, TW_USAGE, "%s: %s", at.file, reason);
    return tw_fail(error, TW_USAGE, "%s:%lu: %s", at.file, at.line, reason);
}

text_place text_where(const text_file *t)
{
    return (text_place){t->path, t->line};
}

/* -1 with a sentence in *error, or a descriptor of something that is no directory. */
static int open_file(const char *path, tw_error *error)
{
    text_place whole = {path, 0};
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &about) != 0) {
        text_fail(whole, error, "cannot be opened: %s", strerror(errno));
    } else if (S_ISDIR(about.st_mode)) {
        text_fail(whole, error, "is a directory; expected a text file");
    } else {
        return file;
    }
    if (file >= 0)
        close(file);
    return -1;
}

/* Only the formats that libarchive unpacks itself: its other filters guess, or start programs. */
static void support(struct archive *archive)
{
    archive_read_support_filter_gzip(archive);
    archive_read_support_filter_bzip2(archive);
    archive_read_support_filter_xz(archive);
    archive_read_support_filter_lzma(archive);
    archive_read_support_filter_zstd(archive);
    archive_read_support_filter_lz4(archive);
    archive_read_support_format_empty(archive);
    archive_read_support_format_raw(archive);
}

static tw_status damaged(const text_file *t, tw_error *error)
{
    const char *why = archive_error_string(t->archive);
    return text_fail(text_where(t), error, "the file is damaged or ends too early (%s)",
                     why != NULL ? why : "no reason given");
}

static tw_status start(text_file *t, tw_error *error)
{
    struct archive_entry *entry;
    t->archive = archive_read_new();
    if (t->archive == NULL)
        return tw_fail(error, TW_NO_MEMORY, "%s: not enough memory to unpack it", t->path);
    support(t->archive);
    if (archive_read_open_fd(t->archive, t->file, BLOCK_BYTES) != ARCHIVE_OK)
        return damaged(t, error);
    int found = archive_read_next_header(t->archive, &entry);
    if (found != ARCHIVE_OK && found != ARCHIVE_EOF)
        return damaged(t, error);
    t->ended = found == ARCHIVE_EOF;
    return TW_OK;
}

text_file *text_open(const char *path, tw_error *error)
{
    int file = open_file(path, error);
    if (file < 0)
        return NULL;
    text_file *t = calloc(1, sizeof *t);
    char *copy = strdup(path);
    if (t == NULL || copy == NULL) {
        tw_fail(error, TW_NO_MEMORY, "%s: not enough memory to read it", path);
        free(t);
        free(copy);
        close(file);
        return NULL;
    }
    t->file = file;
    t->path = copy;
    if (start(t, error) != TW_OK) {
        text_close(t);
        return NULL;
    }
    return t;
}

void text_close(text_file *t)
{
    if (t == NULL)
        return;
    archive_read_free(t->archive);
    close(t->file);
    free(t->path);
    free(t);
}

/* Unpacks the next block once the last is used up; sets `ended` when there is none. */
static tw_status refill(text_file *t, tw_error *error)
{
    if (t->begin < t->end || t->ended)
        return TW_OK;
    la_ssize_t got = archive_read_data(t->archive, t->block, sizeof t->block);
    if (got < 0)
        return damaged(t, error);
    t->begin = 0;
    t->end = (size_t)got;
    t->ended = got == 0;
    return TW_OK;
}

/* Moves bytes from the block to the current line, up to its end or the block's. *length grows. True
 * in *whole if the line's end was among them. */
static tw_status gather(text_file *t, size_t *length, bool *whole, tw_error *error)
{
    const char *from = t->block + t->begin;
    const char *newline = memchr(from, '\n', t->end - t->begin);
    size_t count = newline != NULL ? (size_t)(newline - from) : t->end - t->begin;
    if (count > TEXT_LINE_MAX - *length)
        return text_fail(text_where(t), error, "expected lines of at most %d bytes", TEXT_LINE_MAX);
    if (memchr(from, '\0', count) != NULL)
        return text_fail(text_where(t), error, "expected text, found a NUL byte");
    memcpy(t->current + *length, from, count);
    *length += count;
    *whole = newline != NULL;
    t->begin += count + (newline != NULL);
    return TW_OK;
}

tw_status text_next(text_file *t, const char **line, tw_error *error)
{
    size_t length = 0;
    bool begun = false;
    *line = NULL;
    for (bool whole = false; !whole;) {
        tw_status status = refill(t, error);
        if (status != TW_OK)
            return status;
        if (t->ended)
            break;
        t->line += !begun;
        begun = true;
        status = gather(t, &length, &whole, error);
        if (status != TW_OK)
            return status;
    }
    if (!begun)
        return TW_OK;
    if (length > 0 && t->current[length - 1] == '\r')
        length--;
    t->current[length] = '\0';
    *line = t->current;
    return TW_OK;
}
