/*
 * object.h: what can be mapped besides nothing: files, and shared memory. An object has pages, by
 * index; they are the page cache of a file, seen by all who map it.
 *
 * A file is a real one of the host. It is read page by page when a fault asks for it, and written
 * when a dirty page is written back: at msync, by age, when its frame is reclaimed, and when the
 * object ends. Shared memory is zeros at first and its home is the swap file.
 *
 * If the host makes the file shorter, a fault beyond the end is refused, but nothing that is there
 * is taken away: a page that is mapped stays so, a private copy for good, and what is cached is
 * seen again, not zeros, if the file grows before it has gone.
 */
#ifndef TB_OS_OBJECT_H
#define TB_OS_OBJECT_H

#include "tb/os/page.h"
#include "tb/os/vma.h"

typedef enum os_object_kind { OS_OBJECT_FILE, OS_OBJECT_SHARED } os_object_kind;

typedef struct os_object os_object;

/* Opens a host file, for reading, or for writing too. The caller holds it. Two openings of one
 * file (device and inode) are one object; it is writable if any of them was. TW_IO and the host's
 * reason; TW_USAGE if it is no regular file; TW_NO_MEMORY. */
tw_status os_object_file(struct os *system, const char *path, bool writable, os_object **object,
                         tw_error *error);

/* So many pages of shared memory, zeros. The caller holds it. TW_USAGE for none, or more than
 * addresses can name; TW_NO_MEMORY. */
tw_status os_object_shared(struct os *system, const char *name, uint64_t pages, os_object **object,
                           tw_error *error);

void os_object_hold(os_object *object);

/* The last one: dirty pages are written back, and frames and slots given back. What cannot be
 * written is reported as OS_EVENT_DISK_ERROR and lost: counted in os_counts.pages_lost, and told
 * to os_port.lost; the first such error is returned and everything is given back all the same. */
tw_status os_object_drop(struct os *system, os_object *object, tw_error *error);

os_object_kind os_object_what(const os_object *object);
const char *os_object_name(const os_object *object);
bool os_object_writable(const os_object *object);

/* Bytes now: of a file, as the host says. */
tw_status os_object_bytes(const os_object *object, uint64_t *bytes, tw_error *error);

/* The record of a page, made if it is missing; without frame at first. The object holds it.
 * TW_USAGE if the page is beyond the end, even if it is cached because the file was longer once:
 * nobody may touch it (SIGBUS). */
tw_status os_object_page(struct os *system, os_object *object, uint64_t index, os_page **page,
                         tw_error *error);

/* The same, or NULL if it is missing. */
os_page *os_object_find(const os_object *object, uint64_t index);

/* Forgets the record of a page of which nothing else is left: no frame, no slot, no place, and
 * nobody holds it. The next touch makes it again, from the file or of zeros. For those who take the
 * last of these away. */
void os_object_let_go(struct os *system, os_page *page);

/* Fills OS_PAGE_BYTES from the file, zeros beyond its end; TW_IO. In no simulated time: disk.h has
 * that. Writes a page's bytes to the file, not beyond its end. For page_io.c. */
tw_status os_object_read(const os_object *object, uint64_t index, void *bytes, tw_error *error);
tw_status os_object_write(const os_object *object, uint64_t index, const void *bytes,
                          tw_error *error);

/* Writes all dirty pages of [first, last] to the file (shared memory has none), each once: D of all
 * its places is gathered and cleared first, with a fence each, so that a store that comes later
 * makes it dirty again. *written counts them. Every page is tried; the first error is returned. The
 * disk is done with them in cycle system->disk.free_at. */
tw_status os_object_sync(struct os *system, os_object *object, uint64_t first, uint64_t last,
                         size_t *written, tw_error *error);

/* All objects, for ageing and for accounts: NULL begins, NULL ends. */
os_object *os_object_next(const struct os *system, const os_object *object);

/* Where a page of a file is on the disk, for os_disk_issue: no slot and no page of another file has
 * the same, and neighbours in the file are neighbours there. */
uint64_t os_object_place(const os_object *object, uint64_t index);

/* hold, drop and identify for os_vmas_options.files. */
const os_vma_files *os_object_files(void);

#endif
