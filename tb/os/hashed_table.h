/*
 * hashed_table.h: the hashed inverted table of all processes, in the format of tablewalk/hashed.h,
 * built and changed through the port while the hardware walks it.
 *
 * A page is linked in at the head of its chain: one write of the anchor makes a finished entry
 * reachable, no entry has to be read, and the page that faulted last is the first that walks will
 * ask for.
 */
#ifndef TB_OS_HASHED_TABLE_H
#define TB_OS_HASHED_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "tb/os/port.h"

/* Where the table and its anchors are, as the registers HASH_TABLE and HASH_ANCHORS say it. */
typedef struct os_hashed {
    uint64_t table, anchors;
} os_hashed;

/* Frames that table and anchors take of `frames`, in a row. There are as many anchors as frames, up
 * to the next power of two, so that chains stay short; at most 2^20 of either can be used. */
size_t os_hashed_frames(size_t frames);

/* The tables of the frames 0 to frames - 1, in the row that begins at page number `ppn`: first the
 * table, then the anchors. */
os_hashed os_hashed_at(uint64_t ppn, size_t frames);

/* Clears both: no page is in them. */
tw_status os_hashed_clear(const os_port *port, const os_hashed *hashed, tw_error *error);

/* The address of the entry of a frame. */
uint64_t os_hashed_entry(const os_hashed *hashed, unsigned frame);

/* Enters the page at `va` of an address space as that of the frame, for the user, A and D clear.
 * The frame must be in no chain. */
tw_status os_hashed_link(const os_port *port, const os_hashed *hashed, unsigned asid, uint64_t va,
                         unsigned frame, unsigned permissions, tw_error *error);

/* Takes the entry of the frame, which is not V any more, out of the chain of its page: what led to
 * it leads past it, whatever the hardware does meanwhile to A and D there. The entry itself stays,
 * and leads walks on that are at it, until they are fenced. TW_MISMATCH if the chain does not lead
 * to it. */
tw_status os_hashed_unlink(const os_port *port, const os_hashed *hashed, unsigned asid, uint64_t va,
                           unsigned frame, tw_error *error);

#endif
