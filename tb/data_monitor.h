/*
 * data_monitor.h: is what a process loads what it stored there last?
 *
 * It stands at the processor's data path, behind the MMU: a store writes a value that no other
 * store writes to simulated memory, at the physical address that the MMU gave, and remembers it by
 * virtual address; a load, or a fetch, is compared with what is remembered. What was never stored
 * reads 0. So a wrong translation, a lost page or a page given to two owners shows, whatever
 * happened in between.
 */
#ifndef TB_DATA_MONITOR_H
#define TB_DATA_MONITOR_H

#include <stdint.h>

#include "tablewalk/machine.h"

typedef struct data_monitor data_monitor;

/* Borrows the machine; stores to its memory, and reads its cycle for messages. NULL if host memory
 * is out. */
data_monitor *data_monitor_open(tw_machine *machine, uint64_t seed);
void data_monitor_close(data_monitor *monitor); /* NULL is allowed */

/* Accesses of address space `space` (any number that tells processes apart, below 65536). They may
 * not cross a page. Differences are counted, not returned. TW_NO_MEMORY if host memory is out. */
tw_status data_monitor_store(data_monitor *monitor, unsigned space, uint64_t va, uint64_t pa,
                             unsigned bytes, tw_error *error);
tw_status data_monitor_load(data_monitor *monitor, unsigned space, uint64_t va, uint64_t pa,
                            unsigned bytes, tw_error *error);

/* Loads that were compared; accesses that were wrong; the first of these as a sentence, "" if
 * none. */
uint64_t data_monitor_checks(const data_monitor *monitor);
uint64_t data_monitor_errors(const data_monitor *monitor);
const char *data_monitor_first_error(const data_monitor *monitor);
uint64_t data_monitor_first_cycle(const data_monitor *monitor); /* of the machine; 0 if none */

#endif
