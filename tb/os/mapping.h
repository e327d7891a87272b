/*
 * mapping.h: the tables that the hardware walks, in any mode: a tree for each address space
 * (mapping_trees.c), or one hashed inverted table for all (mapping_hashed.c). Nobody but mapping.c
 * knows which.
 *
 * In either a place that is mapped has one word, which the hardware reads, and sets A and D in: a
 * PTE of level 0, the leaf of the huge page that it is in, or the entry of its frame. V, A, D and
 * the permissions have the same bits in all of them.
 *
 * To take a place out of the tables: os_mapping_remove, a fence of the page or of its address
 * space, and os_mapping_forget; os_unmap does all three. Only then may the frame be given to
 * another. Other fences are the caller's.
 */
#ifndef TB_OS_MAPPING_H
#define TB_OS_MAPPING_H

#include "tb/os/kernel.h"

/* Makes what all address spaces share, and writes the registers that say where it is. */
tw_status os_mapping_boot(os *system, tw_error *error);

/* What an address space has of its own: made with it, and given back when none of its places is
 * mapped. As os_space_make. The end gives all back whatever becomes of one frame; the first error
 * is returned. */
tw_status os_mapping_begin(os *system, os_space *space, tw_error *error);
tw_status os_mapping_end(os *system, const os_space *space, tw_error *error);

/* Makes room in the tables for a page at `va`. Takes frames near `node`, so that another page may
 * have to go: as os_get_frame. */
tw_status os_mapping_prepare(os *system, const os_space *space, uint64_t va, unsigned node,
                             tw_error *error);

/* Maps a place to the frame of its page, A and D clear. Room must have been made, and the place
 * must not be mapped. In hashed mode the page leaves its other place first, with a fence. If it
 * fails, the place is not mapped. */
tw_status os_mapping_enter(os *system, os_place *place, unsigned permissions, tw_error *error);

/* The word of a place that is mapped; in a huge page, that of all of it, with the number of its
 * first frame. */
tw_status os_mapping_read(os *system, const os_place *place, uint64_t *word, tw_error *error);

/* Atomically clears `clear` and sets `set` in it, however often the hardware changes it meanwhile.
 * If something is cleared, a huge page is split first; if not, only A and D are set, of all of
 * it. */
tw_status os_mapping_update(os *system, const os_place *place, uint64_t clear, uint64_t set,
                            tw_error *error);

/* Atomically makes its R, W and X those of `permissions` (os_permission bits). If one of them went,
 * a fence has to follow. */
tw_status os_mapping_protect(os *system, const os_place *place, unsigned permissions,
                             tw_error *error);

/* Takes a place that is mapped out of the tables: no walk that begins from now on finds it. The
 * word that it had is in place->word, A and D final: the hardware's compare-and-swap succeeds
 * against a valid word only. Its D is remembered in the page. Nothing if that was done before, and
 * what had to follow failed. */
tw_status os_mapping_remove(os *system, os_place *place, tw_error *error);

/* After the fence: nothing of the place stays in the tables, and it is not mapped. TW_MISMATCH if
 * the hardware has written the word since it was removed; it is not mapped then either. */
tw_status os_mapping_forget(os *system, os_place *place, tw_error *error);

/* All of it, with a fence of the page. Nothing if the place is not mapped. If it fails, it can be
 * done again. */
tw_status os_unmap(os *system, os_place *place, tw_error *error);

/* ---- mapping_trees.c and mapping_hashed.c: for mapping.c ---- */

tw_status trees_begin(os *system, os_space *space, tw_error *error);
tw_status trees_end(os *system, const os_space *space, tw_error *error);
tw_status trees_prepare(os *system, const os_space *space, uint64_t va, unsigned node,
                        tw_error *error);
tw_status trees_enter(os *system, const os_place *place, unsigned permissions, tw_error *error);

tw_status hashed_boot(os *system, tw_error *error);
tw_status hashed_enter(os *system, const os_place *place, unsigned permissions, tw_error *error);

#endif
