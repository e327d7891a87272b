/* drive_pages.c: tables stand in a row from TABLES on; frames are far above them. */
#include "tb/drive_pages.h"

#include "tablewalk/pte.h"
#include "tablewalk/registers.h"

static const uint64_t TABLES = UINT64_C(0x80000); /* page number of the root */
static const uint64_t FRAMES = UINT64_C(0xa5a) << 32;

enum { PAGE_NUMBER_BITS = 27 }; /* of an address in Sv39 */

/* A product with an odd number is another one for each page; and no slice of it is one of the
 * page's own number, so that an MMU cannot be right by passing address bits through. */
static uint64_t frame_of(uint64_t va)
{
    uint64_t mask = (UINT64_C(1) << PAGE_NUMBER_BITS) - 1;
    return FRAMES | (((va >> PAGE_SHIFT & mask) * 0x5bd1e995 + 0x2545f49) & mask);
}

uint64_t drive_pages_pa(uint64_t va)
{
    uint64_t offset = va & ((UINT64_C(1) << PAGE_SHIFT) - 1);
    return frame_of(va) << PAGE_SHIFT | offset;
}

uint64_t drive_pages_satp(void)
{
    return TW_PUT(SATP, MODE, MODE_SV39) | TW_PUT(SATP, PPN, TABLES);
}

/* A new table, all zeros; *ppn is its page number. */
static tw_status make_table(drive_pages *pages, uint64_t *ppn)
{
    static const uint8_t zeros[1 << PAGE_SHIFT];
    *ppn = pages->next++;
    return tw_memory_write_page(pages->memory, *ppn << PAGE_SHIFT, zeros);
}

tw_status drive_pages_open(drive_pages *pages, tw_memory *memory, bool touched)
{
    uint64_t root;
    *pages = (drive_pages){.memory = memory, .next = TABLES, .touched = touched};
    return make_table(pages, &root);
}

tw_status drive_pages_map(drive_pages *pages, uint64_t va)
{
    uint64_t table = TABLES;
    for (unsigned level = mode_levels(MODE_SV39) - 1; level > 0; level--) {
        uint64_t address = pte_address(MODE_SV39, table, va, level);
        uint64_t pointer = tw_memory_read(pages->memory, address, 8);
        if (!pte_bit(pointer, PTE_V)) {
            uint64_t below;
            tw_status status = make_table(pages, &below);
            pointer = below << PTE_PPN | 1u << PTE_V;
            if (status == TW_OK)
                status = tw_memory_write(pages->memory, address, 8, pointer);
            if (status != TW_OK)
                return status;
        }
        table = pte_ppn(pointer);
    }
    uint64_t flags = 1u << PTE_V | 1u << PTE_R | 1u << PTE_W | 1u << PTE_X;
    if (pages->touched)
        flags |= 1u << PTE_A | 1u << PTE_D;
    return tw_memory_write(pages->memory, pte_address(MODE_SV39, table, va, 0), 8,
                           frame_of(va) << PTE_PPN | flags);
}
