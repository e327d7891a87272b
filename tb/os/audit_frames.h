/*
 * audit_frames.h: os_audit's part that is about frames of tables: each is marked when what leads to
 * it is seen, and none is left unmarked. For audit.c. The kernel's tables are in frames of the
 * kernel, which has others too: those of them that are marked must not be marked twice.
 *
 * All return TW_MISMATCH and the first thing that does not fit.
 */
#ifndef TB_OS_AUDIT_FRAMES_H
#define TB_OS_AUDIT_FRAMES_H

#include "tb/os/kernel.h"

/* The beginning: none is reached but what all address spaces share: the kernel's tables, and in
 * hashed mode the table. */
tw_status audit_reach_shared(os *system, tw_error *error);

/* A frame is reached: it must be of this use, and not have been reached before. `space`: of whose
 * tree it must be; NULL: frames do not say that of it. */
tw_status audit_reach(os *system, uint64_t ppn, os_frame_use use, const os_space *space,
                      tw_error *error);

/* The frames of a table that has no other above it, from `ppn` on. */
tw_status audit_reach_row(os *system, uint64_t ppn, size_t frames, tw_error *error);

/* The end: nothing is left over. */
tw_status audit_all_reached(os *system, tw_error *error);

#endif
