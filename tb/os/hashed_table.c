/*
 * hashed_table.c: chains, changed by the OS alone; the hardware sets A and D in entries. Invariant:
 * an entry is in at most one chain, that of its page; the last entry of a chain has E; an anchor
 * without V has no chain.
 */
#include "tb/os/hashed_table.h"

#include <inttypes.h>

#include "tablewalk/hashed.h"
#include "tb/os/page_table.h"

/* Words are read, written and swapped like PTEs of eight bytes. */
static const os_table WORDS = {.mode = MODE_HASHED};

static const uint64_t END = UINT64_C(1) << HASHED_END;
static const uint64_t NEXT = ((UINT64_C(1) << HASHED_BITS) - 1) << HASHED_NEXT;

static size_t frames_of_words(size_t words)
{
    return ((words << HASHED_SHIFT) + OS_PAGE_BYTES - 1) / OS_PAGE_BYTES;
}

/* log2 of the number of anchors. */
static unsigned anchor_bits(size_t frames)
{
    unsigned bits = 0;
    while (bits < HASHED_BITS && (size_t)1 << bits < frames)
        bits++;
    return bits;
}

size_t os_hashed_frames(size_t frames)
{
    return frames_of_words(frames) + frames_of_words((size_t)1 << anchor_bits(frames));
}

os_hashed os_hashed_at(uint64_t ppn, size_t frames)
{
    return (os_hashed){TW_PUT(HASH_TABLE, PPN, ppn) | TW_PUT(HASH_TABLE, LAST, frames - 1),
                       TW_PUT(HASH_ANCHORS, PPN, ppn + frames_of_words(frames)) |
                           TW_PUT(HASH_ANCHORS, BITS, anchor_bits(frames))};
}

static size_t entries(const os_hashed *hashed)
{
    return (size_t)TW_GET(hashed->table, HASH_TABLE, LAST) + 1;
}

tw_status os_hashed_clear(const os_port *port, const os_hashed *hashed, tw_error *error)
{
    static const uint8_t zeros[OS_PAGE_BYTES];
    const uint64_t ppn = TW_GET(hashed->table, HASH_TABLE, PPN);
    tw_status status = TW_OK;
    for (size_t i = 0; status == TW_OK && i < os_hashed_frames(entries(hashed)); i++)
        status = port->write_page(port->context, (ppn + i) << PAGE_SHIFT, zeros, error);
    return status;
}

/* What the hardware would know in this address space. */
static tw_control control_of(const os_hashed *hashed, unsigned asid)
{
    return (tw_control){.satp = TW_PUT(SATP, MODE, MODE_HASHED) | TW_PUT(SATP, ASID, asid),
                        .hash_table = hashed->table,
                        .hash_anchors = hashed->anchors};
}

uint64_t os_hashed_entry(const os_hashed *hashed, unsigned frame)
{
    const tw_control control = control_of(hashed, 0);
    return hashed_entry_address(&control, frame);
}

static uint64_t anchor_of(const os_hashed *hashed, unsigned asid, uint64_t va)
{
    const tw_control control = control_of(hashed, asid);
    return hashed_anchor_address(&control, va);
}

tw_status os_hashed_link(const os_port *port, const os_hashed *hashed, unsigned asid, uint64_t va,
                         unsigned frame, unsigned permissions, tw_error *error)
{
    const uint64_t anchor = anchor_of(hashed, asid, va);
    uint64_t first;
    tw_status status = os_pte_read(port, &WORDS, anchor, &first, error);
    if (status != TW_OK)
        return status;
    uint64_t flags = os_pte_leaf(0, permissions) | (pte_bit(first, PTE_V) ? 0 : END);
    uint64_t entry = hashed_word(asid, hashed_vpn(va), hashed_next(first), (unsigned)flags);
    status = os_pte_write(port, &WORDS, os_hashed_entry(hashed, frame), entry, error);
    if (status != TW_OK)
        return status;
    return os_pte_write(port, &WORDS, anchor, hashed_word(0, 0, frame, 1u << PTE_V), error);
}

/* Where the word stands that leads to the entry of the frame: the anchor, or an entry. A chain that
 * has been damaged ends too. */
static tw_status find_before(const os_port *port, const os_hashed *hashed, uint64_t anchor,
                             unsigned frame, uint64_t *address, tw_error *error)
{
    *address = anchor;
    for (size_t i = 0; i < entries(hashed); i++) {
        uint64_t word;
        tw_status status = os_pte_read(port, &WORDS, *address, &word, error);
        if (status != TW_OK)
            return status;
        bool leads = *address == anchor ? pte_bit(word, PTE_V) : !pte_bit(word, HASHED_END);
        if (!leads || hashed_next(word) >= entries(hashed))
            break;
        if (hashed_next(word) == frame)
            return TW_OK;
        *address = os_hashed_entry(hashed, hashed_next(word));
    }
    return tw_fail(error, TW_MISMATCH,
                   "the hashed chain at %#" PRIx64 " does not lead to the entry of frame %#x: "
                   "hardware must change nothing but A and D there",
                   anchor, frame);
}

tw_status os_hashed_unlink(const os_port *port, const os_hashed *hashed, unsigned asid, uint64_t va,
                           unsigned frame, tw_error *error)
{
    const uint64_t anchor = anchor_of(hashed, asid, va);
    uint64_t before, entry, replaced;
    tw_status status = find_before(port, hashed, anchor, frame, &before, error);
    if (status == TW_OK)
        status = os_pte_read(port, &WORDS, os_hashed_entry(hashed, frame), &entry, error);
    if (status != TW_OK)
        return status;
    if (!pte_bit(entry, HASHED_END))
        return os_pte_update(port, &WORDS, before, NEXT, entry & NEXT, &replaced, error);
    if (before == anchor)
        return os_pte_update(port, &WORDS, before, 1u << PTE_V, 0, &replaced, error);
    return os_pte_update(port, &WORDS, before, NEXT, END, &replaced, error);
}
