/*
 * kernel_map.h: the kernel's part of every address space, in the modes whose page tables are trees:
 * the same entries in every root, so that the kernel keeps its addresses whichever process runs.
 *
 *     Sv32   0                              0xC0000000                                0xFFC00000
 *            |---- the process: 3 GiB ------|- low memory: VA = PA - base + 0xC0000000 -|- window |
 *     Sv39   0xFFFFFFC000000000 on, one entry of the root: 1 GiB; Sv48 likewise 512 GiB from
 *     0xFFFF800000000000 on, Sv57 256 TiB from 0xFF00000000000000 on; of each the last 2 MiB are
 *     the window, and the process has the lower half of the addresses
 *
 * Low memory (zones.h) is mapped once, when the OS opens, by the largest leaves that fit: R, W, not
 * U, not X, G, A and D set. G keeps what a TLB knows of it over switches and fences of an ASID.
 * What lies between it and the window is nobody's, and can be vmalloc.h's.
 *
 * High memory has no address but in the window, whose slots are the PTEs of one table that all
 * address spaces share: kmap.h gives them out.
 *
 * Where `split` of the zones says that low memory begins is of no meaning here: os_kernel_start is
 * that address, and `base` of the zones the physical one (without zones: that of the first frame,
 * rounded down to what a level-1 leaf maps).
 */
#ifndef TB_OS_KERNEL_MAP_H
#define TB_OS_KERNEL_MAP_H

#include "tb/os/kernel.h"
#include "tb/os/kmap.h"

/* Kept by the OS while it is open; NULL in its place: the option is off. */
struct os_kernel {
    os_table table;        /* the root from which every other one has its entries */
    uint64_t base;         /* page number of what os_kernel_start leads to */
    uint64_t first, end;   /* page numbers of low memory: [first, end) */
    uint64_t window_table; /* page number of the window's table; of no meaning without a window */
    kmap *window;          /* NULL: there is no high memory */
};

/* A page, or a larger leaf, of the kernel's: nobody but the kernel reads and writes it, everywhere
 * alike, and the hardware finds nothing to set. */
static inline uint64_t os_kernel_leaf(uint64_t ppn)
{
    return ppn << PTE_PPN | 1u << PTE_D | 1u << PTE_A | 1u << PTE_G | 1u << PTE_W | 1u << PTE_R |
           1u << PTE_V;
}

/* The first address of the kernel's part in this mode, and behind its last one; 0 of a mode that
 * can have none. In wide modes these are addresses of the upper half. */
uint64_t os_kernel_start(unsigned mode);
uint64_t os_kernel_end(unsigned mode);

/* Behind the last page that a process may have in this mode: where its areas must end. Without a
 * kernel's part that is the last page of all addresses, of which no page is usable. */
uint64_t os_user_end(unsigned mode, bool kernel_map);

/* TW_USAGE with a sentence if the option is on in a mode without trees, if low memory does not fit
 * before the window, or if the tables do not fit into low memory. */
tw_status os_kernel_map_check(const os_options *options, tw_error *error);

/* Frames that the tables of the kernel's part take when the OS opens; 0 without the option. The
 * options are those that os_kernel_map_check lets pass. */
size_t os_kernel_map_frames(const os_options *options);

/* Builds the kernel's part, in frames of low memory; nothing without the option. TW_NO_MEMORY, or
 * what the port says: the OS can only be closed then. */
tw_status os_kernel_map_open(os *system, tw_error *error);
void os_kernel_map_close(os *system);

/* Writes the kernel's entries into the root of a new space, or clears them again, so that whoever
 * frees the tables of a space finds only its own. Nothing without the option. */
tw_status os_kernel_map_enter(os *system, os_space *space, tw_error *error);
tw_status os_kernel_map_leave(os *system, const os_space *space, tw_error *error);

/* The kernel's fixed address of a frame; false for one of high memory, or without the option. */
bool os_kernel_address(const os *system, uint64_t ppn, uint64_t *va);

/* ---- the window: kernel_window.c ---- */

/* The window's first address and its slots. */
uint64_t os_kernel_window(unsigned mode);
size_t os_kernel_slots(unsigned mode);

/* Opens it on the window's table. As kmap_open. */
tw_status os_kernel_window_open(os *system, tw_error *error);

/* The OS_PAGE_BYTES of a frame, as the kernel reaches them: those of high memory only while it is
 * mapped in the window. TW_NO_MEMORY if all slots are used: try again after a kmap_unmap; else what
 * the port says. */
tw_status os_frame_read(os *system, uint64_t ppn, void *bytes, tw_error *error);
tw_status os_frame_write(os *system, uint64_t ppn, const void *bytes, tw_error *error);

#endif
