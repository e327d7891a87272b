/*
 * mapping.h: the tables that the hardware walks, in any mode: a tree for each process
 * (mapping_trees.c), or one hashed inverted table for all (mapping_hashed.c). Nobody but mapping.c
 * knows which.
 *
 * In either a page that is mapped has one word, which the hardware reads, and sets A and D in: a
 * PTE of level 0, or the entry of its frame. V, A, D and the permissions have the same bits in
 * both.
 *
 * To take a page away: os_mapping_remove, a fence of the page or of its address space, and
 * os_mapping_forget. Only then is the frame free. Fences are the caller's.
 */
#ifndef TB_OS_MAPPING_H
#define TB_OS_MAPPING_H

#include "tb/os/kernel.h"

/* Makes what all processes share, and writes the registers that say where it is. */
tw_status os_mapping_boot(os *system, tw_error *error);

/* What a process has of its own: made with it, and given back when none of its pages is mapped. As
 * os_spawn. */
tw_status os_mapping_begin(os *system, os_process *process, tw_error *error);
tw_status os_mapping_end(os *system, const os_process *process, tw_error *error);

/* Makes room in the tables for a page at `va`. Takes frames, so that another page may have to go:
 * as os_get_frame. */
tw_status os_mapping_prepare(os *system, const os_process *process, uint64_t va, tw_error *error);

/* Maps a page to its frame, A and D clear. Room must have been made. If it fails, the page is in no
 * table. */
tw_status os_mapping_enter(os *system, const os_process *process, os_page *page,
                           unsigned permissions, tw_error *error);

/* The word of a page that is mapped. */
tw_status os_mapping_read(os *system, const os_process *process, const os_page *page,
                          uint64_t *word, tw_error *error);

/* Atomically clears `clear` and sets `set` in it, however often the hardware changes it
 * meanwhile. */
tw_status os_mapping_update(os *system, const os_process *process, const os_page *page,
                            uint64_t clear, uint64_t set, tw_error *error);

/* Takes the page out of the tables: no walk that begins from now on finds it. The word that it had
 * is in page->word, A and D final: the hardware's compare-and-swap succeeds against a valid word
 * only. Nothing if that was done before, and what had to follow failed. */
tw_status os_mapping_remove(os *system, const os_process *process, os_page *page, tw_error *error);

/* After the fence: nothing of the page stays in the tables. TW_MISMATCH if the hardware has written
 * the word since it was removed. */
tw_status os_mapping_forget(os *system, const os_process *process, const os_page *page,
                            tw_error *error);

/* ---- mapping_trees.c and mapping_hashed.c: for mapping.c ---- */

tw_status trees_begin(os *system, os_process *process, tw_error *error);
tw_status trees_end(os *system, const os_process *process, tw_error *error);
tw_status trees_prepare(os *system, const os_process *process, uint64_t va, tw_error *error);
tw_status trees_enter(os *system, const os_process *process, const os_page *page,
                      unsigned permissions, tw_error *error);

tw_status hashed_boot(os *system, tw_error *error);

#endif
