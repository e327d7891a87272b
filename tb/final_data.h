/*
 * final_data.h: what the pages of a process hold at its end, as one number. A program's data does
 * not depend on the mode, so two runs of a workload that differ in the mode alone have the same
 * numbers.
 */
#ifndef TB_FINAL_DATA_H
#define TB_FINAL_DATA_H

#include "tb/footprint.h"
#include "tb/os/os.h"

typedef struct final_data {
    bool known; /* the process came to its end */
    uint64_t checksum;
} final_data;

/* FNV-1a over all bytes of all pages of the footprint in the order of their addresses, wherever
 * they are. The process must be runnable, and the footprint the one that it was loaded from. */
tw_status final_data_read(os *system, const os_process *process, const footprint *footprint,
                          final_data *data, tw_error *error);

#endif
