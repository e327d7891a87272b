/*
 * segmented.h: segments between workload, processor and OS.
 */
#ifndef TB_SEGMENTED_H
#define TB_SEGMENTED_H

#include "tb/cpu.h"
#include "tb/os/segments.h"
#include "tb/workload.h"

/* The fewest frames with which every process can run when its regions are segments of physical
 * memory. TW_USAGE, with the trace's name, if a process has more regions than a descriptor table
 * has descriptors. */
tw_status segmented_frames(const workload *load, size_t *frames, tw_error *error);

/* TW_USAGE with a sentence if that is more than `frames`. SIZE_MAX: only the tables are checked. */
tw_status segmented_check(const workload *load, size_t frames, tw_error *error);

/* The segments of an OS for a processor. Borrows the OS. */
cpu_segments segmented_access(os *system);

#endif
