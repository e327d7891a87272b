/* object_file.c: the host's file behind an object, read and written a page at a time. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tb/os/object_inside.h"

/* Pages of a file: 64 PiB; above, the numbers of the host's open files. */
enum { PLACE_BITS = 44 };

tw_status os_object_bytes(const os_object *object, uint64_t *bytes, tw_error *error)
{
    struct stat status;
    if (object->kind == OS_OBJECT_SHARED) {
        *bytes = object->pages * OS_PAGE_BYTES;
        return TW_OK;
    }
    if (fstat(object->file, &status) != 0)
        return tw_fail(error, TW_IO, "file %s: %s", object->name, strerror(errno));
    *bytes = (uint64_t)status.st_size;
    return TW_OK;
}

tw_status os_object_read(const os_object *object, uint64_t index, void *bytes, tw_error *error)
{
    size_t done = 0;
    memset(bytes, 0, OS_PAGE_BYTES);
    while (done < OS_PAGE_BYTES) {
        ssize_t n = pread(object->file, (char *)bytes + done, OS_PAGE_BYTES - done,
                          (off_t)(index * OS_PAGE_BYTES + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return tw_fail(error, TW_IO, "file %s: read of page %" PRIu64 " failed: %s",
                           object->name, index, strerror(errno));
        if (n == 0)
            return TW_OK;
        done += (size_t)n;
    }
    return TW_OK;
}

tw_status os_object_write(const os_object *object, uint64_t index, const void *bytes,
                          tw_error *error)
{
    uint64_t size = 0, start = index * OS_PAGE_BYTES;
    tw_status status = os_object_bytes(object, &size, error);
    if (status != TW_OK)
        return status;
    uint64_t left = size > start ? size - start : 0;
    size_t end = left < OS_PAGE_BYTES ? (size_t)left : OS_PAGE_BYTES;
    for (size_t done = 0; done < end;) {
        ssize_t n =
            pwrite(object->file, (const char *)bytes + done, end - done, (off_t)(start + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return tw_fail(error, TW_IO, "file %s: write of page %" PRIu64 " failed: %s",
                           object->name, index, strerror(n < 0 ? errno : ENOSPC));
        done += (size_t)n;
    }
    return TW_OK;
}

uint64_t os_object_place(const os_object *object, uint64_t index)
{
    return (((uint64_t)object->file + 1) << PLACE_BITS) + index;
}
