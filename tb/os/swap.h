/*
 * swap.h: the backing store: a real file, one page a slot. A free slot is found in O(log n) of n
 * slots, the lowest first.
 */
#ifndef TB_OS_SWAP_H
#define TB_OS_SWAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tablewalk/error.h"
#include "tb/os/records.h"

typedef uint32_t os_slot;

#define OS_NO_SLOT UINT32_MAX

typedef struct os_swap os_swap;

/* Opens `path` (made or emptied), or an unnamed temporary file if it is NULL. Copies `records`, not
 * its context. NULL if that fails, with TW_IO or TW_NO_MEMORY in *error, or TW_USAGE for more slots
 * than there are numbers. */
os_swap *os_swap_open(const os_records *records, const char *path, size_t slots, tw_error *error);
void os_swap_close(os_swap *swap); /* NULL is allowed; a named file stays */

/* Writes a page to *slot, taking a free slot first if *slot is OS_NO_SLOT. TW_IO if all slots are
 * taken (os_swap_full), the disk is full or the write fails; a slot that was taken is then given
 * back. */
tw_status os_swap_out(os_swap *swap, const void *page, os_slot *slot, tw_error *error);

/* Reads a page back. The slot stays taken. TW_IO if the read fails or the file has shrunk,
 * TW_MISMATCH if nobody put a page there. */
tw_status os_swap_in(os_swap *swap, os_slot slot, void *page, tw_error *error);

/* Gives a slot back; OS_NO_SLOT is allowed. TW_MISMATCH if nobody had taken it. */
tw_status os_swap_give(os_swap *swap, os_slot slot, tw_error *error);

size_t os_swap_used(const os_swap *swap);
bool os_swap_full(const os_swap *swap); /* all slots are taken */

#endif
