/* hashed_table.c: entries stand at page number ENTRIES, anchors at ANCHORS. */
#include "tests/support/hashed_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ENTRIES = 0x80000, ANCHORS = 0x90000 };

hashed_table hashed_table_open(unsigned frames, unsigned bits)
{
    hashed_table t = {.frames = frames, .anchors = 1u << bits};
    t.control = (tw_control){
        .satp = TW_PUT(SATP, MODE, MODE_HASHED),
        .adue = true,
        .hash_table = TW_PUT(HASH_TABLE, PPN, ENTRIES) | TW_PUT(HASH_TABLE, LAST, frames - 1),
        .hash_anchors = TW_PUT(HASH_ANCHORS, PPN, ANCHORS) | TW_PUT(HASH_ANCHORS, BITS, bits)};
    t.entry = calloc(frames, sizeof *t.entry);
    t.anchor = calloc(t.anchors, sizeof *t.anchor);
    assert_non_null(t.entry);
    assert_non_null(t.anchor);
    return t;
}

void hashed_table_close(hashed_table *t)
{
    free(t->entry);
    free(t->anchor);
}

static uint64_t *word_at(hashed_table *t, uint64_t address, unsigned bytes)
{
    const uint64_t entry = (address - ((uint64_t)ENTRIES << PAGE_SHIFT)) / 8;
    const uint64_t anchor = (address - ((uint64_t)ANCHORS << PAGE_SHIFT)) / 8;
    if (bytes == 8 && address % 8 == 0 && entry < t->frames)
        return &t->entry[entry];
    if (bytes == 8 && address % 8 == 0 && anchor < t->anchors)
        return &t->anchor[anchor];
    fail_msg("expected 8 bytes in one of the tables, got %u at %#llx", bytes,
             (unsigned long long)address);
    return NULL;
}

/* ---- software -------------------------------------------------------------------------------- */

static const uint64_t END = UINT64_C(1) << HASHED_END;

static uint64_t *anchor_of(hashed_table *t, unsigned asid, unsigned vpn)
{
    unsigned bits = (unsigned)TW_GET(t->control.hash_anchors, HASH_ANCHORS, BITS);
    return &t->anchor[hashed_hash(asid, vpn, bits)];
}

static uint64_t led_to(uint64_t word, unsigned next)
{
    const uint64_t field = (UINT64_C(1) << HASHED_BITS) - 1;
    return (word & ~(field << HASHED_NEXT)) | (uint64_t)next << HASHED_NEXT;
}

/* Takes the frame's entry out of its chain. */
static void unmap(hashed_table *t, unsigned frame)
{
    const uint64_t word = t->entry[frame];
    uint64_t *anchor =
        anchor_of(t, (unsigned)(word >> HASHED_ASID), hashed_vpn(word >> HASHED_VPN << PAGE_SHIFT));
    uint64_t *before = anchor;
    while (hashed_next(*before) != frame)
        before = &t->entry[hashed_next(*before)];
    if ((word & END) == 0)
        *before = led_to(*before, hashed_next(word));
    else if (before == anchor)
        *before = 0;
    else
        *before |= END;
    t->entry[frame] = 0;
}

void hashed_table_map(hashed_table *t, unsigned asid, unsigned vpn, unsigned frame, unsigned flags)
{
    uint64_t *anchor = anchor_of(t, asid, vpn);
    if (pte_bit(t->entry[frame], PTE_V))
        unmap(t, frame);
    if (!pte_bit(*anchor, PTE_V)) {
        *anchor = hashed_word(0, 0, frame, 1u << PTE_V);
    } else {
        uint64_t *last = &t->entry[hashed_next(*anchor)];
        while ((*last & END) == 0)
            last = &t->entry[hashed_next(*last)];
        *last = led_to(*last & ~END, frame);
    }
    t->entry[frame] = hashed_word(asid, vpn, 0, flags | 1u << PTE_V | 1u << HASHED_END);
}

/* ---- hardware -------------------------------------------------------------------------------- */

static bool read_word(void *context, uint64_t address, unsigned bytes, uint64_t *value)
{
    *value = *word_at(context, address, bytes);
    return true;
}

static bool swap_word(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                      uint64_t desired, bool *swapped)
{
    uint64_t *word = word_at(context, address, bytes);
    *swapped = *word == expected;
    if (*swapped)
        *word = desired;
    return true;
}

tw_bus hashed_table_bus(hashed_table *t)
{
    return (tw_bus){.context = t, .read = read_word, .swap = swap_word};
}

static tw_translation load(hashed_table *t, unsigned asid, unsigned vpn, bool search)
{
    const tw_request request = {.va = (uint64_t)vpn << PAGE_SHIFT, .op = OP_LOAD, .priv = PRIV_U};
    const tw_bus bus = hashed_table_bus(t);
    tw_control control = t->control;
    tw_translation got;
    control.satp |= TW_PUT(SATP, ASID, asid);
    (search ? tw_inverted_search : tw_translate)(&control, &request, &bus, &got);
    return got;
}

tw_translation hashed_table_load(hashed_table *t, unsigned asid, unsigned vpn)
{
    return load(t, asid, vpn, false);
}

tw_translation hashed_table_search(hashed_table *t, unsigned asid, unsigned vpn)
{
    return load(t, asid, vpn, true);
}
