/* fuzz_tables.c: see fuzz_tables.h. */
#include "tests/support/fuzz_tables.h"

#include "tablewalk/registers.h"
#include "tb/random.h"

enum { TABLES = 6, FIRST_TABLE = 0x80000, ASIDS = 2, LAST_MAX = 24, LAST_FAR = 700 };

static const uint64_t RIGHTS = 1u << PTE_R | 1u << PTE_W | 1u << PTE_X;

static unsigned below(struct fuzz_tables *t, uint64_t n)
{
    return random_below(&t->random, n);
}

static bool percent(struct fuzz_tables *t, unsigned n)
{
    return random_percent(&t->random, n);
}

static void write_word(struct fuzz_tables *t, uint64_t address, uint64_t word,
                       tw_memory *const memory[])
{
    const unsigned bytes = 1u << mode_pte_shift(satp_mode(t->control.satp));
    for (unsigned i = 0; i < FUZZ_MEMORIES; i++)
        tw_memory_write(memory[i], address, bytes, word);
    if (t->words < FUZZ_WORDS)
        t->word[t->words++] = address;
}

/* V, R, W, X, U, A and D, most of them such that the word is good for something. */
static uint64_t flags(struct fuzz_tables *t)
{
    static const unsigned r = 1 << PTE_R, w = 1 << PTE_W, x = 1 << PTE_X;
    const unsigned rights[] = {r, r | x, x, r | w, r | w | x, r | w | x, w, 0};
    if (percent(t, 10))
        return random_next(&t->random) & 0xff;
    return (uint64_t)percent(t, 90) << PTE_V | rights[below(t, 8)] |
           (uint64_t)percent(t, 50) << PTE_U | (uint64_t)percent(t, 60) << PTE_A |
           (uint64_t)percent(t, 40) << PTE_D;
}

/* ---- trees and linear tables ----------------------------------------------------------------- */

static uint64_t table_at(unsigned n)
{
    return FIRST_TABLE + n;
}

static uint64_t pte(struct fuzz_tables *t, unsigned level)
{
    const unsigned low = level * mode_index_bits(satp_mode(t->control.satp));
    uint64_t word = flags(t);
    if (percent(t, 10))
        return random_next(&t->random);
    if (level > 0 && percent(t, 70)) {
        word = percent(t, 90) ? 1u << PTE_V : word & ~RIGHTS;
        return word | table_at(below(t, TABLES)) << PTE_PPN;
    }
    uint64_t ppn = random_next(&t->random) >> (64 - PTE_PPN_BITS);
    if (percent(t, 70))
        ppn = ppn >> low << low;
    word |= (ppn & ((UINT64_C(1) << PTE_PPN_BITS) - 1)) << PTE_PPN;
    word |= (uint64_t)percent(t, 10) << (PTE_RESERVED + below(t, 10));
    return word | (uint64_t)percent(t, 10) << PTE_G;
}

/* Wherever a walk of one of the pages may read, whatever table it comes to at whatever level. */
static void fill_tree(struct fuzz_tables *t, unsigned mode, tw_memory *const memory[])
{
    const unsigned tables = mode == MODE_LINEAR ? 1 : TABLES;
    t->control.satp |= TW_PUT(SATP, PPN, table_at(0));
    if (mode == MODE_LINEAR && percent(t, 30))
        t->control.satp |= TW_PUT(SATP, PPN, ~UINT64_C(0));
    for (unsigned n = 0; n < tables; n++)
        for (unsigned p = 0; p < FUZZ_PAGES; p++)
            for (unsigned level = 0; level < mode_levels(mode); level++) {
                const uint64_t table = n == 0 ? satp_ppn(t->control.satp) : table_at(n);
                write_word(t, pte_address(mode, table, t->page[p], level), pte(t, level), memory);
            }
}

/* ---- hashed tables --------------------------------------------------------------------------- */

static unsigned any_asid(struct fuzz_tables *t)
{
    return satp_asid(t->control.satp) + below(t, percent(t, 20) ? ASIDS : 1);
}

/* In half of the tables each entry leads to the one behind it, and fewer end a chain, or hold a
 * page. */
static uint64_t entry(struct fuzz_tables *t, unsigned frame, unsigned last, bool ladder)
{
    unsigned next = ladder ? frame + 1 : below(t, last + 2);
    if (next > last && percent(t, 95))
        next = below(t, last + 1);
    if (percent(t, 3))
        return random_next(&t->random);
    if (percent(t, 3))
        next = below(t, 1u << HASHED_BITS);
    uint64_t word = flags(t) & ~(UINT64_C(1) << HASHED_END);
    word |= (uint64_t)percent(t, ladder ? 2 : 10) << HASHED_END;
    const bool held = percent(t, last > LAST_MAX ? 2 : ladder ? 20 : 60);
    const unsigned vpn = held ? hashed_vpn(t->page[below(t, FUZZ_PAGES)]) : below(t, 1u << 20);
    return hashed_word(any_asid(t), vpn, next, (unsigned)word);
}

static uint64_t table_page(struct fuzz_tables *t)
{
    const uint64_t pages[] = {table_at(0), (UINT64_C(1) << PTE_PPN_BITS) - 1,
                              random_next(&t->random)};
    return pages[below(t, 3)];
}

static void fill_hashed(struct fuzz_tables *t, tw_memory *const memory[])
{
    const bool far = percent(t, 4), ladder = percent(t, 50);
    const unsigned last = far ? 500 + below(t, LAST_FAR - 500) : below(t, LAST_MAX + 1);
    const unsigned bits = percent(t, 80) ? below(t, 4) : below(t, 32);
    const uint64_t table = table_page(t), anchors = percent(t, 15) ? table : table_page(t);
    t->control.hash_table = TW_PUT(HASH_TABLE, PPN, table) | TW_PUT(HASH_TABLE, LAST, last);
    t->control.hash_anchors = TW_PUT(HASH_ANCHORS, PPN, anchors) | TW_PUT(HASH_ANCHORS, BITS, bits);
    for (unsigned p = 0; p < FUZZ_PAGES; p++) {
        const unsigned next = percent(t, 95) ? below(t, last + 1) : below(t, 1u << HASHED_BITS);
        const uint64_t noise = random_next(&t->random) & ~hashed_word(0, 0, 0xfffff, 1u << PTE_V);
        write_word(t, hashed_anchor_address(&t->control, t->page[p]),
                   hashed_word(0, 0, next, percent(t, 92) << PTE_V) | noise, memory);
    }
    for (unsigned frame = 0; frame <= last + 1; frame++)
        write_word(t, hashed_entry_address(&t->control, frame), entry(t, frame, last, ladder),
                   memory);
}

/* ---- segments -------------------------------------------------------------------------------- */

static void choose_segment(struct fuzz_tables *t, unsigned mode, unsigned segments)
{
    const uint64_t page = t->page[below(t, FUZZ_PAGES)];
    const uint64_t some = random_next(&t->random) >> (20 + below(t, 44));
    const uint64_t bases[] = {0,
                              page,
                              page - some,
                              page + some,
                              UINT64_MAX - below(t, 1u << 20),
                              random_next(&t->random)};
    const uint64_t limits[] = {some, 2 * some, UINT64_MAX, UINT64_MAX, below(t, 1u << 14), 0};
    t->segmented = segments != 0 && percent(t, mode == MODE_BARE ? 50 : 15);
    t->selector = t->segmented ? below(t, segments) : 0;
    t->segment = (tw_segment){.base = bases[below(t, 6)],
                              .limit = limits[below(t, 6)],
                              .flags = below(t, 4) != 0 ? below(t, 64) | 0x1e : below(t, 64)};
}

static uint64_t offset(struct fuzz_tables *t, uint64_t linear)
{
    const uint64_t limit = t->segment.limit;
    const uint64_t edges[] = {limit, limit - 1, 0 - limit, 0 - limit - 1, 0, UINT64_MAX};
    return percent(t, 20) ? edges[below(t, 6)] : linear - t->segment.base;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static uint64_t random_page(struct fuzz_tables *t, unsigned mode)
{
    const unsigned bits = level_size(mode, mode_levels(mode));
    const uint64_t va = random_next(&t->random) >> PAGE_SHIFT << PAGE_SHIFT;
    if (mode_narrow(mode))
        return va & 0xfffff000;
    return mode_levels(mode) == 0 ? va : (uint64_t)((int64_t)(va << (64 - bits)) >> (64 - bits));
}

void fuzz_tables_fill(struct fuzz_tables *t, unsigned mode, unsigned segments,
                      tw_memory *const memory[FUZZ_MEMORIES])
{
    t->words = 0;
    t->control =
        (tw_control){.satp = TW_PUT(SATP, MODE, mode) | TW_PUT(SATP, ASID, random_next(&t->random)),
                     .adue = percent(t, 75),
                     .pbmte = percent(t, 75)};
    for (unsigned p = 0; p < FUZZ_PAGES; p++)
        t->page[p] = random_page(t, mode);
    choose_segment(t, mode, segments);
    if (mode == MODE_HASHED)
        fill_hashed(t, memory);
    else if (mode_levels(mode) != 0)
        fill_tree(t, mode, memory);
}

tw_request fuzz_tables_request(struct fuzz_tables *t)
{
    tw_request request = {.va = t->page[below(t, FUZZ_PAGES)] | below(t, 1u << PAGE_SHIFT),
                          .op = (tw_op)below(t, 4),
                          .priv = percent(t, 95) ? below(t, 2) : below(t, 4),
                          .sum = percent(t, 50),
                          .mxr = percent(t, 50)};
    if (percent(t, 3))
        request.va ^= UINT64_C(1) << below(t, 64);
    if (t->segmented && request.priv != PRIV_M)
        request.va = offset(t, request.va);
    return request;
}

uint64_t fuzz_tables_difference(const struct fuzz_tables *t, tw_memory *const memory[FUZZ_MEMORIES])
{
    const unsigned bytes = 1u << mode_pte_shift(satp_mode(t->control.satp));
    for (unsigned i = 0; i < t->words; i++)
        if (tw_memory_read(memory[0], t->word[i], bytes) !=
            tw_memory_read(memory[1], t->word[i], bytes))
            return t->word[i];
    return UINT64_MAX;
}
