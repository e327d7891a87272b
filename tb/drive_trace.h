/* drive_trace.h: the references of a trace as accesses to be driven. */
#ifndef TB_DRIVE_TRACE_H
#define TB_DRIVE_TRACE_H

#include "tb/drive_list.h"

/* Adds all accesses of a file of either kind: a trace as trace.h reads it, or a list of accesses as
 * drive_list.h. A reference that crosses a page is two accesses, a modify a load and a store.
 * TW_USAGE and a sentence as trace_next and drive_list_read, for an address that is not canonical
 * in Sv39, and for a file without any reference. */
tw_status drive_trace_read(drive_list *list, const char *path, tw_error *error);

#endif
