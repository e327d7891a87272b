/*
 * disk.h: the time that the disk takes, one for swap file and files. A request waits until those
 * before it are done, seeks unless its place is that of the one before or a neighbour, and is
 * transferred.
 *
 * The host's file is read or written when the request is issued, so that its outcome is known then
 * and whoever issued it can still undo; only the time is simulated. Nobody may see the bytes before
 * the cycle that this says.
 */
#ifndef TB_OS_DISK_H
#define TB_OS_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tablewalk/error.h"

/* The most that a seek, or a transfer, may take: cycles never run over. */
#define OS_DISK_CYCLES_MAX (UINT64_C(1) << 32)

typedef struct os_disk_times {
    uint64_t seek; /* cycles before a request that is not beside the one before; the first seeks */
    uint64_t transfer; /* cycles of a page; both 0: the disk takes no time */
} os_disk_times;

typedef struct os_disk {
    os_disk_times times;
    uint64_t free_at;       /* cycle in which all that was issued is done */
    uint64_t last_place;    /* of the request before */
    uint64_t reads, writes; /* requests */
    uint64_t busy, waited;  /* cycles: of transfers and seeks; of requests in the queue */
} os_disk;

/* Issues the transfer of one page at `place` (equal for equal places of one file or the swap file;
 * neighbours differ by 1) in cycle `now`. *starts (or NULL): when its turn comes. Returns the cycle
 * in which it is done: `now` if times are 0. */
uint64_t os_disk_issue(os_disk *disk, uint64_t now, bool write, uint64_t place, uint64_t *starts);

/* TW_USAGE if a time is above OS_DISK_CYCLES_MAX. */
tw_status os_disk_check(os_disk_times times, tw_error *error);

#endif
