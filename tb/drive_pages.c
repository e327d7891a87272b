/* drive_pages.c: tables stand in a row, and frames elsewhere: of narrow modes behind TABLES, of the
 * hashed one before HASHED_TABLES. */
#include "tb/drive_pages.h"

#include "tablewalk/hashed.h"
#include "tablewalk/pte.h"
#include "tablewalk/registers.h"

static const uint64_t TABLES = UINT64_C(0x80000); /* page number of the root */
static const uint64_t FRAMES = UINT64_C(0xa5a) << 32, NARROW_FRAMES = UINT64_C(0x200000);
static const uint64_t HASHED_TABLES = UINT64_C(1) << HASHED_BITS;

static uint64_t first_frame(unsigned mode)
{
    return mode == MODE_HASHED ? 0 : mode_narrow(mode) ? NARROW_FRAMES : FRAMES;
}

/* Bits of a page's number, as far as frames have them. */
static unsigned number_bits(unsigned mode)
{
    unsigned bits =
        mode_narrow(mode) ? 32 - PAGE_SHIFT : level_size(mode, mode_levels(mode)) - PAGE_SHIFT;
    return bits < PTE_PPN_BITS ? bits : PTE_PPN_BITS;
}

/* A product with an odd number is another one for each page; and no slice of it is one of the
 * page's own number, so that an MMU cannot be right by passing address bits through. */
static uint64_t frame_of(unsigned mode, uint64_t va)
{
    uint64_t mask = (UINT64_C(1) << number_bits(mode)) - 1;
    uint64_t product = ((va >> PAGE_SHIFT & mask) * 0x5bd1e995 + 0x2545f49) & mask;
    return product ^ first_frame(mode);
}

uint64_t drive_pages_pa(const drive_pages *tables, uint64_t va)
{
    uint64_t offset = va & ((UINT64_C(1) << PAGE_SHIFT) - 1);
    return frame_of(tables->mode, va) << PAGE_SHIFT | offset;
}

static unsigned flags_of(const drive_pages *tables)
{
    const unsigned flags = 1u << PTE_V | 1u << PTE_R | 1u << PTE_W | 1u << PTE_X;
    return tables->touched ? flags | 1u << PTE_A | 1u << PTE_D : flags;
}

/* A new table of so many words, all zeros; *ppn is the number of its first page. */
static tw_status make_table(drive_pages *tables, uint64_t words, uint64_t *ppn)
{
    static const uint8_t zeros[1 << PAGE_SHIFT];
    uint64_t bytes = words << mode_pte_shift(tables->mode);
    tw_status status = TW_OK;
    *ppn = tables->next;
    tables->next += (bytes + sizeof zeros - 1) >> PAGE_SHIFT;
    for (uint64_t page = *ppn; status == TW_OK && page < tables->next; page++)
        status = tw_memory_write_page(tables->memory, page << PAGE_SHIFT, zeros);
    return status;
}

/* ---- trees ----------------------------------------------------------------------------------- */

static tw_status make_node(drive_pages *tables, uint64_t *ppn)
{
    return make_table(tables, UINT64_C(1) << mode_index_bits(tables->mode), ppn);
}

static tw_status map_in_tree(drive_pages *tables, uint64_t va)
{
    const unsigned mode = tables->mode, bytes = 1u << mode_pte_shift(mode);
    uint64_t table = TABLES;
    for (unsigned level = mode_levels(mode) - 1; level > 0; level--) {
        uint64_t address = pte_address(mode, table, va, level);
        uint64_t pointer = tw_memory_read(tables->memory, address, bytes);
        if (!pte_bit(pointer, PTE_V)) {
            uint64_t below;
            tw_status status = make_node(tables, &below);
            pointer = below << PTE_PPN | 1u << PTE_V;
            if (status == TW_OK)
                status = tw_memory_write(tables->memory, address, bytes, pointer);
            if (status != TW_OK)
                return status;
        }
        table = pte_ppn(pointer);
    }
    return tw_memory_write(tables->memory, pte_address(mode, table, va, 0), bytes,
                           frame_of(mode, va) << PTE_PPN | flags_of(tables));
}

/* ---- the inverted table ---------------------------------------------------------------------- */

/* Only what pages are entered in takes memory of the host: walks read nothing else of the table. */
static tw_status open_hashed(drive_pages *tables, size_t pages)
{
    unsigned bits = 0;
    uint64_t anchors;
    while (bits < HASHED_BITS && (size_t)1 << bits < pages)
        bits++;
    tables->next = HASHED_TABLES + (UINT64_C(1) << (HASHED_BITS + HASHED_SHIFT - PAGE_SHIFT));
    tw_status status = make_table(tables, UINT64_C(1) << bits, &anchors);
    tables->control.hash_table = TW_PUT(HASH_TABLE, PPN, HASHED_TABLES) |
                                 TW_PUT(HASH_TABLE, LAST, (UINT64_C(1) << HASHED_BITS) - 1);
    tables->control.hash_anchors =
        TW_PUT(HASH_ANCHORS, PPN, anchors) | TW_PUT(HASH_ANCHORS, BITS, bits);
    return status;
}

static tw_status map_hashed(drive_pages *tables, uint64_t va)
{
    enum { BYTES = 1 << HASHED_SHIFT };
    const unsigned frame = (unsigned)frame_of(MODE_HASHED, va);
    const uint64_t entry = hashed_entry_address(&tables->control, frame);
    const uint64_t anchor = hashed_anchor_address(&tables->control, va);
    if (pte_bit(tw_memory_read(tables->memory, entry, BYTES), PTE_V))
        return TW_OK;
    uint64_t first = tw_memory_read(tables->memory, anchor, BYTES);
    unsigned flags = flags_of(tables) | (pte_bit(first, PTE_V) ? 0 : 1u << HASHED_END);
    tw_status status = tw_memory_write(tables->memory, entry, BYTES,
                                       hashed_word(0, hashed_vpn(va), hashed_next(first), flags));
    return status != TW_OK ? status
                           : tw_memory_write(tables->memory, anchor, BYTES,
                                             hashed_word(0, 0, frame, 1u << PTE_V));
}

/* ---- any mode -------------------------------------------------------------------------------- */

tw_status drive_pages_open(drive_pages *tables, unsigned mode, tw_memory *memory, bool touched,
                           size_t pages)
{
    uint64_t root;
    *tables = (drive_pages){.mode = mode, .memory = memory, .next = TABLES, .touched = touched};
    tables->control.adue = true;
    tables->control.satp = TW_PUT(SATP, MODE, mode);
    if (mode == MODE_HASHED)
        return open_hashed(tables, pages);
    tables->control.satp |= TW_PUT(SATP, PPN, TABLES);
    return make_node(tables, &root);
}

tw_status drive_pages_map(drive_pages *tables, uint64_t va)
{
    return tables->mode == MODE_HASHED ? map_hashed(tables, va) : map_in_tree(tables, va);
}
