/* drive_pages.c: tables stand in a row from TABLES on; frames are elsewhere. */
#include "tb/drive_pages.h"

#include "tablewalk/pte.h"
#include "tablewalk/registers.h"

static const uint64_t TABLES = UINT64_C(0x80000); /* page number of the root */
static const uint64_t FRAMES = UINT64_C(0xa5a) << 32, NARROW_FRAMES = UINT64_C(0x200000);

/* A product with an odd number is another one for each page; and no slice of it is one of the
 * page's own number, so that an MMU cannot be right by passing address bits through. */
static uint64_t frame_of(unsigned mode, uint64_t va)
{
    unsigned bits = level_size(mode, mode_levels(mode)) - PAGE_SHIFT; /* of a page's number */
    uint64_t mask = (UINT64_C(1) << (bits < PTE_PPN_BITS ? bits : PTE_PPN_BITS)) - 1;
    uint64_t product = ((va >> PAGE_SHIFT & mask) * 0x5bd1e995 + 0x2545f49) & mask;
    return product ^ (mode_narrow(mode) ? NARROW_FRAMES : FRAMES);
}

uint64_t drive_pages_pa(const drive_pages *pages, uint64_t va)
{
    uint64_t offset = va & ((UINT64_C(1) << PAGE_SHIFT) - 1);
    return frame_of(pages->mode, va) << PAGE_SHIFT | offset;
}

uint64_t drive_pages_satp(const drive_pages *pages)
{
    return TW_PUT(SATP, MODE, pages->mode) | TW_PUT(SATP, PPN, TABLES);
}

/* A new table, all zeros; *ppn is the number of its first page. */
static tw_status make_table(drive_pages *pages, uint64_t *ppn)
{
    static const uint8_t zeros[1 << PAGE_SHIFT];
    uint64_t bytes = UINT64_C(1) << mode_index_bits(pages->mode) << mode_pte_shift(pages->mode);
    tw_status status = TW_OK;
    *ppn = pages->next;
    pages->next += bytes >> PAGE_SHIFT;
    for (uint64_t page = *ppn; status == TW_OK && page < pages->next; page++)
        status = tw_memory_write_page(pages->memory, page << PAGE_SHIFT, zeros);
    return status;
}

tw_status drive_pages_open(drive_pages *pages, unsigned mode, tw_memory *memory, bool touched)
{
    uint64_t root;
    *pages = (drive_pages){.mode = mode, .memory = memory, .next = TABLES, .touched = touched};
    return make_table(pages, &root);
}

tw_status drive_pages_map(drive_pages *pages, uint64_t va)
{
    const unsigned mode = pages->mode, bytes = 1u << mode_pte_shift(mode);
    uint64_t table = TABLES;
    for (unsigned level = mode_levels(mode) - 1; level > 0; level--) {
        uint64_t address = pte_address(mode, table, va, level);
        uint64_t pointer = tw_memory_read(pages->memory, address, bytes);
        if (!pte_bit(pointer, PTE_V)) {
            uint64_t below;
            tw_status status = make_table(pages, &below);
            pointer = below << PTE_PPN | 1u << PTE_V;
            if (status == TW_OK)
                status = tw_memory_write(pages->memory, address, bytes, pointer);
            if (status != TW_OK)
                return status;
        }
        table = pte_ppn(pointer);
    }
    uint64_t flags = 1u << PTE_V | 1u << PTE_R | 1u << PTE_W | 1u << PTE_X;
    if (pages->touched)
        flags |= 1u << PTE_A | 1u << PTE_D;
    return tw_memory_write(pages->memory, pte_address(mode, table, va, 0), bytes,
                           frame_of(mode, va) << PTE_PPN | flags);
}
