/*
 * page_table.c: building and reading a radix tree through the port. Invariant: a PTE above level 0
 * is 0 or a pointer to a table of this tree; the OS maps no superpages.
 */
#include "tb/os/page_table.h"

#include <assert.h>

/* Where the walk to `va` ends: at level 0, or above it at the empty PTE of a missing table. */
typedef struct spot {
    uint64_t address;
    unsigned level;
} spot;

static tw_status descend(const os_port *port, const os_table *table, uint64_t va, spot *end,
                         tw_error *error)
{
    uint64_t ppn = table->root;
    unsigned level = mode_levels(table->mode) - 1;
    for (;; level--) {
        *end = (spot){pte_address(table->mode, ppn, va, level), level};
        if (level == 0)
            return TW_OK;
        uint64_t pte;
        tw_status status = port->read(port->context, end->address, &pte, error);
        if (status != TW_OK || !pte_bit(pte, PTE_V))
            return status;
        ppn = pte_ppn(pte);
    }
}

tw_status os_table_find(const os_port *port, const os_table *table, uint64_t va, uint64_t *address,
                        tw_error *error)
{
    spot end;
    tw_status status = descend(port, table, va, &end, error);
    *address = status == TW_OK && end.level == 0 ? end.address : 0;
    return status;
}

tw_status os_table_extend(const os_port *port, const os_table *table, uint64_t va, uint64_t ppn,
                          tw_error *error)
{
    static const uint8_t zeros[OS_PAGE_BYTES];
    spot end;
    tw_status status = descend(port, table, va, &end, error);
    assert(status != TW_OK || end.level > 0);
    if (status == TW_OK)
        status = port->write_page(port->context, ppn << PAGE_SHIFT, zeros, error);
    if (status == TW_OK)
        status = port->write(port->context, end.address, ppn << PTE_PPN | 1u << PTE_V, error);
    return status;
}

tw_status os_pte_update(const os_port *port, uint64_t address, uint64_t clear, uint64_t set,
                        uint64_t *before, tw_error *error)
{
    uint64_t expected;
    tw_status status = port->read(port->context, address, &expected, error);
    while (status == TW_OK) {
        uint64_t desired = (expected & ~clear) | set;
        status = port->swap(port->context, address, expected, desired, before, error);
        if (*before == expected)
            break;
        expected = *before;
    }
    return status;
}

/* Visits the table at `level`, and itself last. At most LEVELS_MAX deep. */
static tw_status visit(const os_port *port, uint64_t ppn, unsigned level, const os_visitor *visitor,
                       tw_error *error)
{
    for (unsigned i = 0; i < OS_PAGE_BYTES / 8; i++) {
        uint64_t pte;
        tw_status status = port->read(port->context, (ppn << PAGE_SHIFT) + 8 * i, &pte, error);
        if (status == TW_OK && pte != 0)
            status = level > 0 ? visit(port, pte_ppn(pte), level - 1, visitor, error)
                               : visitor->leaf(visitor->context, pte, error);
        if (status != TW_OK)
            return status;
    }
    return visitor->table(visitor->context, ppn, error);
}

tw_status os_table_visit(const os_port *port, const os_table *table, const os_visitor *visitor,
                         tw_error *error)
{
    return visit(port, table->root, mode_levels(table->mode) - 1, visitor, error);
}
