/*
 * report_json.h: the results of a run for programs.
 *
 * One object: engine, config, mode (strings), seed, accesses, mismatches, cycles,
 * cycles_per_second, walks, walk_cycles_mean, l1_hit_rate (0 to 1), fetch_hit_rate, data_hit_rate,
 * l2_hits, walk_cache_hits, parity_errors, ad_updates, faults, swap_out, swap_in, processes,
 * processes_finished, processes_killed, data_errors, complete (false if the run was cut short).
 * faults is an object of counts: fetch_access, load_access, store_access, fetch_page, load_page,
 * store_page. If the MMU was built with translation prefetch there is also prefetches, of the
 * walks. In a mode with segments there is segments, an object: placed, limit_faults, right_faults
 * (requests, by what the segment said), descriptors (of all tables), descriptor_loads,
 * descriptor_restores (on demand, at switches), growths, allocated_bytes, unreached_bytes,
 * internal_fragmentation (0 to 1), and of memory in segments moves, compactions, bytes_moved,
 * swapped_out, swapped_in, external_fragmentation_peak and _end (0 to 1). frames are the scarce
 * ones, table_frames those that page tables took, within them or in addition (linear tables);
 * relocated_regions is 0 if every program stayed where it was. final_data has one string a process,
 * the checksum of its data at its end in hexadecimal, or null.
 */
#ifndef TB_REPORT_JSON_H
#define TB_REPORT_JSON_H

#include "tb/report.h"

/* Writes `path` whole or not at all: a file that is there already stays until the new one is
 * complete. TW_IO with a sentence if that fails. */
tw_status report_json_write(const report_setup *setup, const results *r, const char *path,
                            tw_error *error);

#endif
