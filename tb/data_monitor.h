/*
 * data_monitor.h: does a process load what it must?
 *
 * It stands at the processor's data path, behind the MMU: a store writes to simulated memory, at
 * the physical address that the MMU gave, and to the oracle (shadow.h), by virtual address; a load,
 * or a fetch, is compared with the oracle. Stores write values that no other store writes, unless
 * they are given. So a wrong translation, a lost page or a page given to two owners shows, whatever
 * happened in between. As long as nobody tells the oracle of mappings, what was never stored
 * reads 0.
 */
#ifndef TB_DATA_MONITOR_H
#define TB_DATA_MONITOR_H

#include <stdint.h>

#include "tablewalk/machine.h"
#include "tb/cpu.h"
#include "tb/shadow/shadow.h"

typedef struct data_monitor data_monitor;

/* Borrows the machine; stores to its memory, and reads its cycle for messages. NULL if host memory
 * is out. */
data_monitor *data_monitor_open(tw_machine *machine, uint64_t seed);
void data_monitor_close(data_monitor *monitor); /* NULL is allowed */

/* Its oracle, to be told of what processes do besides accesses. */
shadow *data_monitor_shadow(data_monitor *monitor);

/* The functions below as a processor's data path. Borrows the monitor. */
cpu_data data_monitor_path(data_monitor *monitor);

/* Accesses of process `space` (any number that tells processes apart). They may not cross a page.
 * Differences are counted, not returned. TW_NO_MEMORY if host memory is out. */
tw_status data_monitor_store(data_monitor *monitor, unsigned space, uint64_t va, uint64_t pa,
                             unsigned bytes, tw_error *error);
tw_status data_monitor_load(data_monitor *monitor, unsigned space, uint64_t va, uint64_t pa,
                            unsigned bytes, tw_error *error);

/* The same, storing these `count` bytes; and handing out what simulated memory gave. */
tw_status data_monitor_store_bytes(data_monitor *monitor, unsigned space, uint64_t va, uint64_t pa,
                                   const void *bytes, unsigned count, tw_error *error);
void data_monitor_load_bytes(data_monitor *monitor, unsigned space, uint64_t va, uint64_t pa,
                             void *bytes, unsigned count);

/* Loads that were compared; accesses that were wrong; the first of these as a sentence, "" if
 * none. */
uint64_t data_monitor_checks(const data_monitor *monitor);
uint64_t data_monitor_errors(const data_monitor *monitor);
const char *data_monitor_first_error(const data_monitor *monitor);
uint64_t data_monitor_first_cycle(const data_monitor *monitor); /* of the machine; 0 if none */

#endif
