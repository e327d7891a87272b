/*
 * shadow.h: the oracle: what every process must read, from the meaning of its calls alone. It knows
 * nothing of frames, page tables and swap files, and shares no code with the OS that it judges.
 *
 * A process has an address space; after vfork two have one. A byte of a space is, in this order:
 *   of a shared mapping:   the byte of the object (file or shared memory);
 *   of a private mapping:  the space's own copy of the page if it was stored to, else the object's;
 *   anything else:         the space's own page if it was stored to, else 0.
 * Whether an address is mapped at all, and what may be done there, is not known here.
 *
 * Some bytes are known to nobody: those of a file beyond its end (see shadow_truncate), and those
 * that a disk refused (see shadow_lose). They are not compared.
 *
 * A process is any number; one that was never heard of has an empty space. Every function may
 * return TW_NO_MEMORY, if host memory is out; what is left then is good for shadow_close only.
 * O(log n) in areas, pages and processes for an access.
 */
#ifndef TB_SHADOW_H
#define TB_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

#include "tablewalk/error.h"

typedef struct shadow shadow;
typedef struct shadow_object shadow_object;

shadow *shadow_open(void);    /* NULL if host memory is out */
void shadow_close(shadow *s); /* NULL is allowed */

/* ---- objects --------------------------------------------------------------------------------- */

/* The host's file as it is now; another opening of it (device and inode) is the same object. Lives
 * until shadow_close. TW_IO and the host's reason. */
tw_status shadow_file(shadow *s, const char *path, shadow_object **object, tw_error *error);

/* Shared memory, zeros. The caller holds it; each mapping does, too. */
tw_status shadow_shared(shadow *s, shadow_object **object, tw_error *error);
void shadow_drop(shadow_object *object); /* of a file: does nothing */

/* The file is so long now. Whoever has mapped bytes beyond the end may see them for a while, and
 * if it grows again they may be back, or 0: nobody knows, until they are stored anew. */
void shadow_truncate(shadow_object *file, uint64_t bytes);

/* The disk refused this page of a file to the end: what was stored there is lost, and nobody knows
 * what the host's file holds until it is stored anew. Nothing if the file was never opened here. */
void shadow_lose(shadow *s, unsigned major, unsigned minor, uint64_t inode, uint64_t page);

/* TW_MISMATCH: the host's file is not what the shadow says, with offset, expected and got; length
 * included. Else TW_IO if pages are lost, with the first of them. TW_USAGE: it was never opened
 * here. TW_IO: the host's reason. */
tw_status shadow_check_file(shadow *s, const char *path, tw_error *error);

/* The same of all that were opened; that pages are lost is no error here. */
tw_status shadow_check_files(shadow *s, tw_error *error);

/* ---- calls of a process ---------------------------------------------------------------------- */

/* [start, start + bytes) shows the object from `offset` on; NULL: private zeros. What was there is
 * forgotten. All are multiples of 4096, but `bytes`, which is rounded up. */
tw_status shadow_map(shadow *s, unsigned process, uint64_t start, uint64_t bytes,
                     shadow_object *object, uint64_t offset, bool shared, tw_error *error);

/* Forgets what is there. */
tw_status shadow_unmap(shadow *s, unsigned process, uint64_t start, uint64_t bytes,
                       tw_error *error);

/* Forgets what the space has of its own there: madvise(DONTNEED). */
tw_status shadow_discard(shadow *s, unsigned process, uint64_t start, uint64_t bytes,
                         tw_error *error);

/* The heap ends here. What lies between that and where it ended before is forgotten. */
tw_status shadow_brk(shadow *s, unsigned process, uint64_t end, tw_error *error);

/* The child has a copy of all, or the same space. TW_USAGE: there is such a process already. */
tw_status shadow_fork(shadow *s, unsigned process, unsigned child, tw_error *error);
tw_status shadow_vfork(shadow *s, unsigned process, unsigned child, tw_error *error);

/* A new space, empty; the process has gone. */
tw_status shadow_exec(shadow *s, unsigned process, tw_error *error);
void shadow_exit(shadow *s, unsigned process);

/* ---- accesses: they may not cross a page ----------------------------------------------------- */

tw_status shadow_store(shadow *s, unsigned process, uint64_t va, const void *bytes, unsigned count,
                       tw_error *error);

/* Puts what the process must read into `bytes`, and 1 into known[i] for each byte that is known,
 * else 0. Both have room for `count`. */
void shadow_load(shadow *s, unsigned process, uint64_t va, void *bytes, uint8_t *known,
                 unsigned count);

#endif
