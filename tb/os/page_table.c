/*
 * page_table.c: building and reading a page table through the port. Invariant: a PTE above level 0
 * is 0, the leaf of a huge page, or a pointer to a table of this tree; while its space lives, also
 * what the kernel has in all trees.
 */
#include "tb/os/page_table.h"

#include <assert.h>

static unsigned pte_bytes(unsigned mode)
{
    return 1u << mode_pte_shift(mode);
}

tw_status os_pte_read(const os_port *port, const os_table *table, uint64_t address, uint64_t *pte,
                      tw_error *error)
{
    return port->read(port->context, address, pte_bytes(table->mode), pte, error);
}

tw_status os_pte_write(const os_port *port, const os_table *table, uint64_t address, uint64_t pte,
                       tw_error *error)
{
    return port->write(port->context, address, pte_bytes(table->mode), pte, error);
}

tw_status os_pte_swap(const os_port *port, const os_table *table, uint64_t address,
                      uint64_t expected, uint64_t desired, uint64_t *found, tw_error *error)
{
    return port->swap(port->context, address, pte_bytes(table->mode), expected, desired, found,
                      error);
}

tw_status os_table_clear(const os_port *port, unsigned mode, uint64_t ppn, tw_error *error)
{
    static const uint8_t zeros[OS_PAGE_BYTES];
    tw_status status = TW_OK;
    for (size_t i = 0; status == TW_OK && i < os_table_frames(mode); i++)
        status = port->write_page(port->context, (ppn + i) << PAGE_SHIFT, zeros, error);
    return status;
}

tw_status os_table_walk(const os_port *port, const os_table *table, uint64_t va, os_table_spot *end,
                        tw_error *error)
{
    uint64_t ppn = table->root;
    for (unsigned level = mode_levels(table->mode) - 1;; level--) {
        *end = (os_table_spot){pte_address(table->mode, ppn, va, level), 0, level};
        tw_status status = os_pte_read(port, table, end->address, &end->pte, error);
        if (status != TW_OK || level == 0 || !pte_bit(end->pte, PTE_V) || !pte_is_pointer(end->pte))
            return status;
        ppn = pte_ppn(end->pte);
    }
}

tw_status os_table_find(const os_port *port, const os_table *table, uint64_t va, uint64_t *address,
                        tw_error *error)
{
    os_table_spot end;
    tw_status status = os_table_walk(port, table, va, &end, error);
    *address = status == TW_OK && end.level == 0 ? end.address : 0;
    return status;
}

tw_status os_table_extend(const os_port *port, const os_table *table, uint64_t va, uint64_t ppn,
                          tw_error *error)
{
    os_table_spot end;
    tw_status status = os_table_walk(port, table, va, &end, error);
    assert(status != TW_OK || (end.level > 0 && end.pte == 0));
    if (status == TW_OK)
        status = os_table_clear(port, table->mode, ppn, error);
    if (status == TW_OK)
        status = os_pte_write(port, table, end.address, ppn << PTE_PPN | 1u << PTE_V, error);
    return status;
}

tw_status os_pte_update(const os_port *port, const os_table *table, uint64_t address,
                        uint64_t clear, uint64_t set, uint64_t *before, tw_error *error)
{
    uint64_t expected;
    tw_status status = os_pte_read(port, table, address, &expected, error);
    while (status == TW_OK) {
        uint64_t desired = (expected & ~clear) | set;
        status = os_pte_swap(port, table, address, expected, desired, before, error);
        if (status != TW_OK || *before == expected)
            break;
        expected = *before;
    }
    return status;
}

typedef struct visit {
    const os_port *port;
    os_table_visitor *visitor;
    void *context;
    tw_error *error;
} visit;

/* Visits what the table at `level` leads to, and itself last. At most LEVELS_MAX deep. */
static tw_status visit_table(const visit *v, const os_table *table, unsigned level)
{
    const uint64_t count = level > 0 ? UINT64_C(1) << mode_index_bits(table->mode) : 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t address = (table->root << PAGE_SHIFT) + i * pte_bytes(table->mode), pte = 0;
        tw_status status = os_pte_read(v->port, table, address, &pte, v->error);
        os_table below = {table->mode, pte_ppn(pte)};
        if (status == TW_OK && pte != 0 && pte_is_pointer(pte))
            status = visit_table(v, &below, level - 1);
        if (status != TW_OK)
            return status;
    }
    return v->visitor(v->context, table->root, v->error);
}

tw_status os_table_visit(const os_port *port, const os_table *table, os_table_visitor *visitor,
                         void *context, tw_error *error)
{
    const visit v = {port, visitor, context, error};
    return visit_table(&v, table, mode_levels(table->mode) - 1);
}
