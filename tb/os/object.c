/*
 * object.c: files and shared memory. Invariant: an object is in the system's list from its opening
 * until its last holder drops it, the one opened last in front; no two are of one file; and each
 * page in its cache has it as `object`, and one reference of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tb/os/object_inside.h"

enum { NO_FILE = -1 };

#define PAGES_MAX (UINT64_MAX / OS_PAGE_BYTES)

/* ---- opening --------------------------------------------------------------------------------- */

/* A new object, held once, at the front of the list; NULL with a sentence. */
static os_object *make(os *system, os_object_kind kind, const char *name, tw_error *error)
{
    size_t length = strlen(name);
    os_object *object = os_records_take(&system->port.records, 1, sizeof *object + length + 1);
    if (object == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory for the record of %s", name);
        return NULL;
    }
    *object = (os_object){.system = system, .kind = kind, .holders = 1, .file = NO_FILE};
    memcpy(object->name, name, length + 1);
    object->next = system->objects;
    if (object->next != NULL) {
        object->next->previous = object;
        object->number = object->next->number + 1;
    }
    system->objects = object;
    return object;
}

static os_object *find_file(const os *system, const struct stat *status)
{
    os_object *object = system->objects;
    while (object != NULL && (object->kind != OS_OBJECT_FILE || object->inode != status->st_ino ||
                              object->device != status->st_dev))
        object = object->next;
    return object;
}

/* One more opening of a file that is an object already. */
static os_object *open_again(os_object *object, int file, bool writable)
{
    if (writable && !object->writable) {
        close(object->file);
        object->file = file;
        object->writable = true;
    } else {
        close(file);
    }
    os_object_hold(object);
    return object;
}

/* Opens without waiting for the other end of a pipe, which is then refused. */
static int open_regular(const char *path, bool writable, struct stat *status, tw_error *error)
{
    int file = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0 || fstat(file, status) != 0) {
        tw_fail(error, TW_IO, "file %s: %s", path, strerror(errno));
    } else if (!S_ISREG(status->st_mode)) {
        tw_fail(error, TW_USAGE, "file %s is no regular file: only those have pages to map", path);
    } else {
        return file;
    }
    if (file >= 0)
        close(file);
    return NO_FILE;
}

tw_status os_object_file(struct os *system, const char *path, bool writable, os_object **object,
                         tw_error *error)
{
    struct stat status;
    tw_error why = {.status = TW_OK};
    int file = open_regular(path, writable, &status, &why);
    if (file == NO_FILE)
        return tw_fail(error, why.status, "%s", why.text);
    os_object *found = find_file(system, &status);
    if (found != NULL) {
        *object = open_again(found, file, writable);
        return TW_OK;
    }
    found = make(system, OS_OBJECT_FILE, path, error);
    if (found == NULL) {
        close(file);
        return TW_NO_MEMORY;
    }
    found->file = file;
    found->writable = writable;
    found->device = status.st_dev;
    found->inode = status.st_ino;
    *object = found;
    return TW_OK;
}

tw_status os_object_shared(struct os *system, const char *name, uint64_t pages, os_object **object,
                           tw_error *error)
{
    if (pages == 0 || pages > PAGES_MAX)
        return tw_fail(error, TW_USAGE,
                       "shared memory %s of %" PRIu64 " pages: give it 1 to %" PRIu64, name, pages,
                       PAGES_MAX);
    os_object *made = make(system, OS_OBJECT_SHARED, name, error);
    if (made == NULL)
        return TW_NO_MEMORY;
    made->writable = true;
    made->pages = pages;
    *object = made;
    return TW_OK;
}

void os_object_hold(os_object *object)
{
    object->holders++;
}

/* ---- ending ---------------------------------------------------------------------------------- */

static void unlink_object(os_object *object)
{
    if (object->previous != NULL)
        object->previous->next = object->next;
    else
        object->system->objects = object->next;
    if (object->next != NULL)
        object->next->previous = object->previous;
}

/* A page of a file that is newer than the file, when the file is written for the last time. */
static void tell_of_loss(os *system, const os_object *object, const os_page *page)
{
    if (object->kind != OS_OBJECT_FILE || !page->dirty)
        return;
    system->counts.pages_lost++;
    if (system->port.lost != NULL)
        system->port.lost(system->port.lost_context, object, page->index);
}

/* A place that still shows a page keeps it, as one of no object: what it holds is nowhere else. */
static tw_status give_pages(os_object *object, tw_error *error)
{
    os *system = object->system;
    tw_status status = TW_OK;
    for (cached_page *cached = object_from(object, 0), *next; cached != NULL; cached = next) {
        next = object_after(cached);
        os_page *page = cached->page;
        tell_of_loss(system, object, page);
        page->object = NULL;
        page->dirty |= page->ppn != OS_NO_FRAME;
        object_forget(object, cached);
        tw_status given = os_page_drop(system, page, status == TW_OK ? error : NULL);
        status = status == TW_OK ? given : status;
    }
    return status;
}

static tw_status end(os_object *object, tw_error *error)
{
    const os_records *records = &object->system->port.records;
    tw_status status = give_pages(object, error);
    unlink_object(object);
    if (object->file != NO_FILE)
        close(object->file);
    os_records_give(records, object);
    return status;
}

tw_status os_object_drop(struct os *system, os_object *object, tw_error *error)
{
    size_t written;
    if (--object->holders > 0)
        return TW_OK;
    tw_status status = os_object_sync(system, object, 0, UINT64_MAX, &written, error);
    tw_status given = end(object, status == TW_OK ? error : NULL);
    return status == TW_OK ? given : status;
}

/* ---- looking --------------------------------------------------------------------------------- */

os_object_kind os_object_what(const os_object *object)
{
    return object->kind;
}

const char *os_object_name(const os_object *object)
{
    return object->name;
}

bool os_object_writable(const os_object *object)
{
    return object->writable;
}

os_object *os_object_next(const struct os *system, const os_object *object)
{
    return object == NULL ? system->objects : object->next;
}

/* ---- for areas ------------------------------------------------------------------------------- */

static void hold_file(void *object)
{
    os_object_hold(object);
}

/* What cannot be written is counted, and seen as an event. */
static void drop_file(void *object)
{
    os_object_drop(((os_object *)object)->system, object, NULL);
}

static os_file_identity identify_file(const void *file)
{
    const os_object *object = file;
    return (os_file_identity){.major = gnu_dev_major(object->device),
                              .minor = gnu_dev_minor(object->device),
                              .inode =
                                  object->kind == OS_OBJECT_FILE ? object->inode : object->number,
                              .name = object->name};
}

const os_vma_files *os_object_files(void)
{
    static const os_vma_files files = {hold_file, drop_file, identify_file};
    return &files;
}
