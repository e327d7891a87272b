/* do.h: what each statement does, and what each quantity is. The lists in list.c say
 * which is which. */
#ifndef TB_SCRIPT_DO_H
#define TB_SCRIPT_DO_H

#include "tb/script/inside.h"

/* settings.c */
script_do script_set_engine, script_set_mode, script_set_frames, script_set_swap, script_set_disk,
    script_set_zero_page, script_set_kernel_map, script_set_low, script_set_node,
    script_set_distance, script_set_ad, script_set_file, script_set_copy, script_set_program;

/* calls.c */
script_do script_mmap, script_munmap, script_mprotect, script_brk, script_mlock, script_munlock,
    script_madvise, script_populate, script_msync, script_collapse;

/* processes.c */
script_do script_process, script_fork, script_vfork, script_exec, script_exit, script_kill,
    script_switch;

/* access.c */
script_do script_touch, script_load, script_store, script_fetch, script_start, script_wait;

/* machine.c */
script_do script_let, script_mark, script_pass, script_drop_tables, script_write_back,
    script_truncate;

/* fail.c */
script_do script_fail_bus, script_fail_swap, script_fail_file, script_fail_records,
    script_fail_nothing;

/* show.c */
script_do script_print, script_stats, script_maps, script_death, script_walk, script_show_events,
    script_timeline;

/* expect.c */
script_do script_expect, script_expect_fault, script_expect_error, script_expect_bits,
    script_expect_state, script_expect_maps, script_expect_events, script_expect_stages;

/* quantity.c */
script_look script_look_minor, script_look_major, script_look_faults, script_look_resident,
    script_look_areas, script_look_value, script_look_frame, script_look_entry,
    script_look_references, script_look_byte, script_look_cached, script_look_event,
    script_look_traps, script_look_cycles, script_look_count, script_look_account,
    script_look_counter;

#endif
