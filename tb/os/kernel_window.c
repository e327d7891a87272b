/*
 * kernel_window.c: the window through which the kernel reaches high memory. Invariant: the PTE of a
 * slot is in the one table that every address space shares, and is 0 or the leaf of the slot's
 * frame.
 */
#include "tb/os/kernel_map.h"

uint64_t os_kernel_window(unsigned mode)
{
    return os_kernel_end(mode) - (UINT64_C(1) << level_size(mode, 1));
}

size_t os_kernel_slots(unsigned mode)
{
    return (size_t)1 << mode_index_bits(mode);
}

static uint64_t slot_address(const struct os_kernel *k, uint64_t va)
{
    return pte_address(k->table.mode, k->window_table, va, 0);
}

/* ---- what kmap.h stands on ------------------------------------------------------------------- */

static tw_status map(void *context, uint64_t va, uint64_t ppn, tw_error *error)
{
    os *system = context;
    const struct os_kernel *k = system->kernel;
    return os_pte_write(&system->port, &k->table, slot_address(k, va), os_kernel_leaf(ppn), error);
}

static tw_status unmap(void *context, uint64_t va, tw_error *error)
{
    os *system = context;
    const struct os_kernel *k = system->kernel;
    return os_pte_write(&system->port, &k->table, slot_address(k, va), 0, error);
}

/* Global entries are of no ASID, and a fence by address for each slot would be hundreds. */
static tw_status fence(void *context, tw_error *error)
{
    return os_fence(context, TW_FENCE_ALL, 0, 0, error);
}

static tw_status write_frame(void *context, uint64_t ppn, const void *bytes, tw_error *error)
{
    return os_frame_write(context, ppn, bytes, error);
}

tw_status os_kernel_window_open(os *system, tw_error *error)
{
    const unsigned mode = system->options.mode;
    const kmap_tables tables = {system, map, unmap, fence};
    system->kernel->window = kmap_open(&system->port.records, os_kernel_window(mode),
                                       os_kernel_slots(mode), &tables, error);
    if (system->kernel->window == NULL)
        return TW_NO_MEMORY;
    os_frames_write_by(system->frames, write_frame, system);
    return TW_OK;
}

/* ---- the bytes of frames --------------------------------------------------------------------- */

/* Where the kernel's access to a frame goes. *slot is the address that it has in the window until
 * let_go, or 0: it needs none. */
static tw_status reach(os *system, uint64_t ppn, uint64_t *slot, uint64_t *pa, tw_error *error)
{
    const struct os_kernel *k = system->kernel;
    *slot = 0;
    *pa = ppn << PAGE_SHIFT;
    if (k == NULL || k->window == NULL || ppn - k->first < k->end - k->first)
        return TW_OK;
    tw_status status = kmap_map(k->window, ppn, slot, error);
    uint64_t pte = 0;
    if (status == TW_OK)
        status = os_pte_read(&system->port, &k->table, slot_address(k, *slot), &pte, error);
    *pa = pte_ppn(pte) << PAGE_SHIFT;
    return status;
}

/* Hands the status of the access on. */
static tw_status let_go(os *system, uint64_t slot, tw_status status, tw_error *error)
{
    if (slot == 0)
        return status;
    tw_status unmapped =
        kmap_unmap(system->kernel->window, slot, NULL, status == TW_OK ? error : NULL);
    return status == TW_OK ? unmapped : status;
}

tw_status os_frame_read(os *system, uint64_t ppn, void *bytes, tw_error *error)
{
    uint64_t slot, pa;
    tw_status status = reach(system, ppn, &slot, &pa, error);
    if (status == TW_OK)
        status = system->port.read_page(system->port.context, pa, bytes, error);
    return let_go(system, slot, status, error);
}

tw_status os_frame_write(os *system, uint64_t ppn, const void *bytes, tw_error *error)
{
    uint64_t slot, pa;
    tw_status status = reach(system, ppn, &slot, &pa, error);
    if (status == TW_OK)
        status = system->port.write_page(system->port.context, pa, bytes, error);
    return let_go(system, slot, status, error);
}
