/* pages.c: page tables of every mode in simulated memory. */
#include "tests/support/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { FIRST_TABLE = 0x10000 };

static unsigned pte_bytes(const page_tables *p)
{
    return 1u << mode_pte_shift(p->mode);
}

page_tables pages_in(tw_memory *memory, unsigned mode)
{
    return (page_tables){.memory = memory, .mode = mode, .next = FIRST_TABLE};
}

/* Memory that was never written reads 0, which is a table without a valid PTE. */
uint64_t pages_table(page_tables *p)
{
    uint64_t ppn = p->next;
    p->next += UINT64_C(1) << (mode_index_bits(p->mode) + mode_pte_shift(p->mode) - PAGE_SHIFT);
    return ppn;
}

uint64_t pages_read(const page_tables *p, uint64_t address)
{
    return tw_memory_read(p->memory, address, pte_bytes(p));
}

void pages_write(const page_tables *p, uint64_t address, uint64_t pte)
{
    assert_int_equal(tw_memory_write(p->memory, address, pte_bytes(p), pte), TW_OK);
}

uint64_t pages_map(page_tables *p, uint64_t root, uint64_t va, unsigned level, uint64_t pte)
{
    uint64_t table = root;
    for (unsigned at = mode_levels(p->mode) - 1; at > level; at--) {
        uint64_t address = pte_address(p->mode, table, va, at);
        uint64_t pointer = pages_read(p, address);
        if (!pte_bit(pointer, PTE_V) || !pte_is_pointer(pointer)) {
            pointer = pages_pte(pages_table(p), F_V);
            pages_write(p, address, pointer);
        }
        table = pte_ppn(pointer);
    }
    uint64_t address = pte_address(p->mode, table, va, level);
    pages_write(p, address, pte);
    return address;
}

uint64_t pages_pte_at(const page_tables *p, uint64_t root, uint64_t va, unsigned level)
{
    uint64_t table = root;
    for (unsigned at = mode_levels(p->mode) - 1; at > level; at--)
        table = pte_ppn(pages_read(p, pte_address(p->mode, table, va, at)));
    return pte_address(p->mode, table, va, level);
}

uint64_t pages_va(unsigned mode)
{
    switch (mode) {
    case MODE_SV32:
    case MODE_LINEAR:
        return UINT64_C(0x87654328);
    case MODE_SV39:
        return UINT64_C(0xffffffd587654328);
    case MODE_SV48:
        return UINT64_C(0xffffd55587654328);
    default:
        return UINT64_C(0xff55d55587654328);
    }
}

uint64_t pages_va_plus(unsigned mode, uint64_t va, uint64_t count)
{
    uint64_t sum = va + (count << PAGE_SHIFT);
    return mode_narrow(mode) ? (uint32_t)sum : sum;
}

uint64_t pages_va_beside(unsigned mode, uint64_t va, unsigned level)
{
    return va ^ UINT64_C(1) << level_size(mode, level);
}

uint64_t pages_frame(unsigned mode, unsigned level)
{
    uint64_t ppn = mode_narrow(mode) ? UINT64_C(0x2abcd7) : UINT64_C(0xabcdef12345);
    uint64_t count = UINT64_C(1) << (level_size(mode, level) - PAGE_SHIFT);
    return ppn & ~(count - 1);
}
