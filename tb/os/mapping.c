/* mapping.c: which kind of table a page stands in; and what is alike in both. */
#include "tb/os/mapping.h"

#include <inttypes.h>

static bool hashed(const os *system)
{
    return system->options.mode == MODE_HASHED;
}

tw_status os_mapping_boot(os *system, tw_error *error)
{
    return hashed(system) ? hashed_boot(system, error) : TW_OK;
}

tw_status os_mapping_begin(os *system, os_process *process, tw_error *error)
{
    return hashed(system) ? TW_OK : trees_begin(system, process, error);
}

tw_status os_mapping_end(os *system, const os_process *process, tw_error *error)
{
    return hashed(system) ? TW_OK : trees_end(system, process, error);
}

tw_status os_mapping_prepare(os *system, const os_process *process, uint64_t va, tw_error *error)
{
    return hashed(system) ? TW_OK : trees_prepare(system, process, va, error);
}

tw_status os_mapping_enter(os *system, const os_process *process, os_page *page,
                           unsigned permissions, tw_error *error)
{
    page->removed = false;
    if (hashed(system))
        return os_hashed_link(&system->port, &system->hashed, process->asid, page->va,
                              (unsigned)page->ppn, permissions, error);
    return trees_enter(system, process, page, permissions, error);
}

/* Where the word of a page stands that is mapped. */
static tw_status find(os *system, const os_process *process, const os_page *page, uint64_t *address,
                      tw_error *error)
{
    if (!hashed(system))
        return os_table_find(&system->port, &process->table, page->va, address, error);
    *address = os_hashed_entry(&system->hashed, (unsigned)page->ppn);
    return TW_OK;
}

tw_status os_mapping_read(os *system, const os_process *process, const os_page *page,
                          uint64_t *word, tw_error *error)
{
    uint64_t address;
    tw_status status = find(system, process, page, &address, error);
    return status != TW_OK ? status
                           : os_pte_read(&system->port, &process->table, address, word, error);
}

/* As os_mapping_update; *before is what was replaced. */
static tw_status update(os *system, const os_process *process, const os_page *page, uint64_t clear,
                        uint64_t set, uint64_t *before, tw_error *error)
{
    uint64_t address;
    tw_status status = find(system, process, page, &address, error);
    return status != TW_OK
               ? status
               : os_pte_update(&system->port, &process->table, address, clear, set, before, error);
}

tw_status os_mapping_update(os *system, const os_process *process, const os_page *page,
                            uint64_t clear, uint64_t set, tw_error *error)
{
    uint64_t before;
    return update(system, process, page, clear, set, &before, error);
}

tw_status os_mapping_remove(os *system, const os_process *process, os_page *page, tw_error *error)
{
    if (page->removed)
        return TW_OK;
    tw_status status = update(system, process, page, 1u << PTE_V, 0, &page->word, error);
    if (status == TW_OK && hashed(system))
        status = os_hashed_unlink(&system->port, &system->hashed, process->asid, page->va,
                                  (unsigned)page->ppn, error);
    page->removed = status == TW_OK;
    return status;
}

tw_status os_mapping_forget(os *system, const os_process *process, const os_page *page,
                            tw_error *error)
{
    uint64_t address, found = 0, left = page->word & ~(UINT64_C(1) << PTE_V);
    tw_status status = find(system, process, page, &address, error);
    if (status == TW_OK)
        status = os_pte_swap(&system->port, &process->table, address, left, 0, &found, error);
    if (status == TW_OK && found != left)
        return tw_fail(error, TW_MISMATCH,
                       "the PTE at %#" PRIx64 " was %#" PRIx64 " with V clear and became %#" PRIx64
                       ": hardware must not write a PTE that is not valid",
                       address, left, found);
    return status;
}
