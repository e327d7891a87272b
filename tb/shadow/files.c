/* files.c: objects of the oracle: files of the host, and shared memory. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tb/shadow/inside.h"

static tw_status file_failed(const char *path, tw_error *error)
{
    return tw_fail(error, TW_IO, "%s: %s", path, strerror(errno));
}

static void end(shadow_object *object)
{
    shadow_pages_forget(&object->pages, 0, UINT64_MAX);
    free(object->path);
    free(object);
}

void shadow_files_close(shadow_object *files)
{
    while (files != NULL) {
        shadow_object *next = files->next;
        end(files);
        files = next;
    }
}

tw_status shadow_shared(shadow *s, shadow_object **object, tw_error *error)
{
    (void)s;
    *object = calloc(1, sizeof **object);
    if (*object == NULL)
        return shadow_no_memory(error);
    (*object)->holders = 1;
    (*object)->bytes = UINT64_MAX;
    return TW_OK;
}

void shadow_drop(shadow_object *object)
{
    if (!object->is_file && --object->holders == 0)
        end(object);
}

void shadow_truncate(shadow_object *file, uint64_t bytes)
{
    if (bytes < file->bytes)
        shadow_pages_doubt(&file->pages, bytes);
    file->bytes = bytes;
}

/* ---- files of the host ----------------------------------------------------------------------- */

/* The host's bytes of a page into `bytes`; 0 beyond the end. */
static tw_status read_page(int descriptor, const char *path, uint64_t index, uint8_t *bytes,
                           tw_error *error)
{
    memset(bytes, 0, SHADOW_PAGE_BYTES);
    for (size_t done = 0; done < SHADOW_PAGE_BYTES;) {
        ssize_t n = pread(descriptor, bytes + done, SHADOW_PAGE_BYTES - done,
                          (off_t)(index * SHADOW_PAGE_BYTES + done));
        if (n < 0 && errno != EINTR)
            return file_failed(path, error);
        if (n == 0)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    return TW_OK;
}

static uint64_t pages_of(uint64_t bytes)
{
    return bytes / SHADOW_PAGE_BYTES + (bytes % SHADOW_PAGE_BYTES != 0);
}

static tw_status read_all(shadow_object *file, int descriptor, tw_error *error)
{
    for (uint64_t i = 0; i < pages_of(file->bytes); i++) {
        shadow_page *page = shadow_pages_make(&file->pages, i, NULL);
        if (page == NULL)
            return shadow_no_memory(error);
        tw_status status = read_page(descriptor, file->path, i, page->bytes, error);
        if (status != TW_OK)
            return status;
    }
    return TW_OK;
}

static shadow_object *find_file(const shadow *s, dev_t device, ino_t inode)
{
    shadow_object *file = s->files;
    while (file != NULL && (file->device != device || file->inode != inode))
        file = file->next;
    return file;
}

/* A new file object of what is open; NULL and why not in *status. */
static shadow_object *make_file(int descriptor, const char *path, const struct stat *info,
                                tw_status *status, tw_error *error)
{
    shadow_object *file = calloc(1, sizeof *file);
    if (file == NULL) {
        *status = shadow_no_memory(error);
        return NULL;
    }
    *file = (shadow_object){.is_file = true,
                            .bytes = (uint64_t)info->st_size,
                            .device = info->st_dev,
                            .inode = info->st_ino,
                            .path = strdup(path)};
    *status = file->path == NULL ? shadow_no_memory(error) : read_all(file, descriptor, error);
    if (*status == TW_OK)
        return file;
    end(file);
    return NULL;
}

tw_status shadow_file(shadow *s, const char *path, shadow_object **object, tw_error *error)
{
    struct stat info;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return file_failed(path, error);
    tw_status status = TW_OK;
    shadow_object *file = NULL;
    if (fstat(descriptor, &info) != 0)
        status = file_failed(path, error);
    else
        file = find_file(s, info.st_dev, info.st_ino);
    if (status == TW_OK && file == NULL) {
        file = make_file(descriptor, path, &info, &status, error);
        if (file != NULL) {
            file->next = s->files;
            s->files = file;
        }
    }
    close(descriptor);
    *object = file;
    return status;
}

void shadow_lose(shadow *s, unsigned major, unsigned minor, uint64_t inode, uint64_t page)
{
    shadow_object *file = find_file(s, makedev(major, minor), (ino_t)inode);
    shadow_page *lost = file != NULL ? shadow_pages_find(&file->pages, page) : NULL;
    if (lost == NULL) /* nothing was stored there either */
        return;
    lost->lost = true;
    shadow_page_doubt(lost, 0);
}

/* ---- comparing ------------------------------------------------------------------------------- */

/* Of one file: pages that the disk refused, and whose bytes were not all stored anew. */
struct losses {
    uint64_t count, first;
};

static bool is_lost(const shadow_object *file, uint64_t index)
{
    const shadow_page *page = shadow_pages_find(&file->pages, index);
    bool lost = false;
    for (unsigned i = 0; page != NULL && page->lost && !lost && i < SHADOW_PAGE_BYTES; i++)
        lost = index * SHADOW_PAGE_BYTES + i < file->bytes && !shadow_page_knows(page, i);
    return lost;
}

static tw_status compare_page(const shadow_object *file, int descriptor, uint64_t index,
                              tw_error *error)
{
    uint8_t got[SHADOW_PAGE_BYTES];
    const shadow_page *page = shadow_pages_find(&file->pages, index);
    tw_status status = read_page(descriptor, file->path, index, got, error);
    if (status != TW_OK)
        return status;
    for (unsigned i = 0; i < SHADOW_PAGE_BYTES; i++) { /* beyond the end: 0, or unknown */
        uint8_t expected = page != NULL ? page->bytes[i] : 0;
        if (got[i] != expected && (page == NULL || shadow_page_knows(page, i)))
            return tw_fail(error, TW_MISMATCH,
                           "%s: byte at offset %" PRIu64 ": expected %#x, got %#x", file->path,
                           index * SHADOW_PAGE_BYTES + i, expected, got[i]);
    }
    return TW_OK;
}

static tw_status compare_open(const shadow_object *file, int descriptor, struct losses *lost,
                              tw_error *error)
{
    struct stat info;
    if (fstat(descriptor, &info) != 0)
        return file_failed(file->path, error);
    if ((uint64_t)info.st_size != file->bytes)
        return tw_fail(error, TW_MISMATCH, "%s: expected %" PRIu64 " bytes, got %" PRIu64,
                       file->path, file->bytes, (uint64_t)info.st_size);
    tw_status status = TW_OK;
    for (uint64_t i = 0; status == TW_OK && i < pages_of(file->bytes); i++) {
        status = compare_page(file, descriptor, i, error);
        if (is_lost(file, i) && lost->count++ == 0)
            lost->first = i;
    }
    return status;
}

static tw_status compare(const shadow_object *file, struct losses *lost, tw_error *error)
{
    *lost = (struct losses){0};
    int descriptor = open(file->path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return file_failed(file->path, error);
    tw_status status = compare_open(file, descriptor, lost, error);
    close(descriptor);
    return status;
}

tw_status shadow_check_file(shadow *s, const char *path, tw_error *error)
{
    struct losses lost;
    struct stat info;
    if (stat(path, &info) != 0)
        return file_failed(path, error);
    const shadow_object *file = find_file(s, info.st_dev, info.st_ino);
    if (file == NULL)
        return tw_fail(error, TW_USAGE, "%s was never opened for a process: open it first", path);
    tw_status status = compare(file, &lost, error);
    if (status != TW_OK || lost.count == 0)
        return status;
    return tw_fail(error, TW_IO,
                   "%s: pages lost, as the disk refused them: %" PRIu64
                   ", the first at offset %" PRIu64,
                   path, lost.count, lost.first * SHADOW_PAGE_BYTES);
}

tw_status shadow_check_files(shadow *s, tw_error *error)
{
    struct losses lost;
    tw_status status = TW_OK;
    for (const shadow_object *file = s->files; status == TW_OK && file != NULL; file = file->next)
        status = compare(file, &lost, error);
    return status;
}
