/* traffic_inverted.c: see traffic_inverted.h. A frame that is chained is in the chain of its page's
 * anchor, once; no other frame is in one. */
#include "tb/traffic_inverted.h"

#include "tb/random.h"

enum { NO_FRAME = FRAMES_MAX, FIRST_PAGE = 0x90000, PAGES_APART = 0x10, FLAGS = 0xff };

static const uint64_t V = 1u << PTE_V, R = 1u << PTE_R, W = 1u << PTE_W, X = 1u << PTE_X,
                      E = 1u << HASHED_END;

static struct inverted_table *current(struct inverted *inverted)
{
    return &inverted->table[inverted->current];
}

uint64_t inverted_table_register(const struct inverted_table *table)
{
    return TW_PUT(HASH_TABLE, PPN, table->ppn) | TW_PUT(HASH_TABLE, LAST, table->frames - 1);
}

uint64_t inverted_anchors_register(const struct inverted_table *table)
{
    return TW_PUT(HASH_ANCHORS, PPN, table->anchors) | TW_PUT(HASH_ANCHORS, BITS, table->bits);
}

/* ---- words ----------------------------------------------------------------------------------- */

static uint64_t entry_address(const struct inverted_table *table, unsigned frame)
{
    return hashed_address(table->ppn, frame);
}

static uint64_t anchor_address(const struct inverted_table *table, unsigned hash)
{
    return hashed_address(table->anchors, hash);
}

static void put(struct inverted *inverted, uint64_t address, uint64_t word)
{
    const tw_status status = tw_memory_write(inverted->memory, address, 1u << HASHED_SHIFT, word);
    if (status != TW_OK)
        inverted->status = status;
}

static uint64_t get(const struct inverted *inverted, uint64_t address)
{
    return tw_memory_read(inverted->memory, address, 1u << HASHED_SHIFT);
}

/* What is free in an anchor is noise. */
static void put_anchor(struct inverted *inverted, unsigned hash)
{
    const struct inverted_table *table = current(inverted);
    const unsigned head = table->head[hash];
    const uint64_t noise = hashed_word((unsigned)random_next(&inverted->random), 0, 0, 0) |
                           (random_next(&inverted->random) & FLAGS & ~V);
    put(inverted, anchor_address(table, hash),
        noise | (head == NO_FRAME ? 0 : hashed_word(0, 0, head, 1)));
}

/* So is the next of the last entry. */
static void put_entry(struct inverted *inverted, unsigned frame, uint64_t flags)
{
    const struct inverted_table *table = current(inverted);
    const struct inverted_frame *f = &table->frame[frame];
    const bool last = f->next == NO_FRAME;
    const unsigned next = last ? random_below(&inverted->random, 1u << HASHED_BITS) : f->next;
    flags = (flags & FLAGS & ~E) | (last ? E : 0);
    put(inverted, entry_address(table, frame), hashed_word(f->asid, f->vpn, next, (unsigned)flags));
}

/* Keeps the flags that memory has. */
static void put_link(struct inverted *inverted, unsigned frame)
{
    put_entry(inverted, frame, get(inverted, entry_address(current(inverted), frame)));
}

static uint64_t good_flags(uint64_t *random)
{
    const uint64_t rights[] = {R, R | X, X, R | W, R | W | X, R | W | X};
    return V | rights[random_below(random, 6)] | (uint64_t)random_below(random, 2) << PTE_U |
           (uint64_t)random_percent(random, 60) << PTE_A |
           (uint64_t)random_percent(random, 40) << PTE_D;
}

static uint64_t random_flags(uint64_t *random)
{
    const uint64_t flags = good_flags(random);
    if (!random_percent(random, 12))
        return flags;
    const uint64_t bad[] = {flags & ~V, (flags | W) & ~R, flags & ~(R | W | X),
                            random_next(random) & FLAGS};
    return bad[random_below(random, 4)];
}

/* ---- chains ---------------------------------------------------------------------------------- */

static unsigned hash_of(const struct inverted_table *table, unsigned asid, unsigned vpn)
{
    return hashed_hash(asid, vpn, table->bits);
}

static unsigned find(const struct inverted_table *table, unsigned asid, unsigned vpn)
{
    unsigned at = table->head[hash_of(table, asid, vpn)];
    while (at != NO_FRAME && (table->frame[at].asid != asid || table->frame[at].vpn != vpn))
        at = table->frame[at].next;
    return at;
}

/* Puts a frame into its chain: at the head, or behind some other. */
static void link_in(struct inverted *inverted, unsigned frame)
{
    struct inverted_table *table = current(inverted);
    struct inverted_frame *f = &table->frame[frame];
    const unsigned hash = hash_of(table, f->asid, f->vpn);
    unsigned before = NO_FRAME;
    unsigned steps =
        random_percent(&inverted->random, 50) ? 0 : random_below(&inverted->random, 16);
    f->use = FRAME_CHAINED;
    f->next = table->head[hash];
    for (; steps > 0 && f->next != NO_FRAME; steps--) {
        before = f->next;
        f->next = table->frame[before].next;
    }
    put_link(inverted, frame);
    if (before == NO_FRAME) {
        table->head[hash] = frame;
        put_anchor(inverted, hash);
    } else {
        table->frame[before].next = frame;
        put_link(inverted, before);
    }
}

/* Its own word stays as it is, so that a walk that stands in it finds on. */
static void unlink_from(struct inverted *inverted, unsigned frame)
{
    struct inverted_table *table = current(inverted);
    struct inverted_frame *f = &table->frame[frame];
    const unsigned hash = hash_of(table, f->asid, f->vpn);
    f->use = FRAME_UNLINKED;
    inverted->counts.unlinked++;
    if (table->head[hash] == frame) {
        table->head[hash] = f->next;
        put_anchor(inverted, hash);
        return;
    }
    unsigned before = table->head[hash];
    while (table->frame[before].next != frame)
        before = table->frame[before].next;
    table->frame[before].next = f->next;
    put_link(inverted, before);
}

/* A frame for a page, or NO_FRAME: then one is on its way out, but not fenced yet. */
static unsigned take_frame(struct inverted *inverted)
{
    struct inverted_table *table = current(inverted);
    const unsigned start = random_below(&inverted->random, table->frames);
    for (unsigned i = 0; i < table->frames; i++) {
        const unsigned frame = (start + i) % table->frames;
        if (table->frame[frame].use == FRAME_FREE) {
            inverted->counts.reused += table->frame[frame].vpn != 0;
            return frame;
        }
    }
    if (table->frame[start].use == FRAME_CHAINED)
        unlink_from(inverted, start);
    if (!random_percent(&inverted->random, 50))
        return NO_FRAME;
    inverted->counts.reused_early++;
    return start;
}

static void map(struct inverted *inverted, unsigned asid, unsigned vpn, uint64_t flags)
{
    const unsigned frame = take_frame(inverted);
    if (frame == NO_FRAME)
        return;
    struct inverted_frame *f = &current(inverted)->frame[frame];
    f->asid = asid;
    f->vpn = vpn;
    put(inverted, entry_address(current(inverted), frame), flags);
    link_in(inverted, frame);
}

/* ---- what software does ---------------------------------------------------------------------- */

/* Leads out of the table, or back, or nowhere. */
static void spoil(struct inverted *inverted, unsigned frame)
{
    const struct inverted_table *table = current(inverted);
    const struct inverted_frame *f = &table->frame[frame];
    const uint64_t address = entry_address(table, frame), next = UINT64_C(0xfffff) << HASHED_NEXT;
    const unsigned any = random_below(&inverted->random, table->frames);
    const unsigned beyond = table->frames + random_below(&inverted->random, 3);
    uint64_t word = get(inverted, address);
    inverted->counts.spoilt++;
    switch (random_below(&inverted->random, 6)) {
    case 0:
        word = (word & ~next & ~E) | (uint64_t)beyond << HASHED_NEXT;
        break;
    case 1:
        word = (word & ~next & ~E) | (uint64_t)any << HASHED_NEXT;
        break;
    case 2:
        word &= ~E;
        break;
    case 3:
        word |= E;
        break;
    case 4:
        word = random_next(&inverted->random);
        break;
    default:
        put(inverted, anchor_address(table, hash_of(table, f->asid, f->vpn)),
            hashed_word(0, 0, random_below(&inverted->random, 2) ? beyond : any, 1));
        return;
    }
    put(inverted, address, word);
}

tw_status inverted_remap(struct inverted *inverted, unsigned asid, uint64_t va)
{
    const unsigned vpn = hashed_vpn(va), frame = find(current(inverted), asid, vpn);
    const unsigned what = frame == NO_FRAME ? 16 : random_below(&inverted->random, 16);
    if (what < 8) {
        put_entry(inverted, frame, random_flags(&inverted->random));
    } else if (what < 10) {
        put_entry(inverted, frame, random_flags(&inverted->random) & ~V);
    } else if (what < 12) {
        unlink_from(inverted, frame);
    } else if (what < 13) {
        spoil(inverted, frame);
    } else if (what < 15) {
        unlink_from(inverted, frame);
        link_in(inverted, frame);
        inverted->counts.relinked++;
    } else {
        if (frame != NO_FRAME)
            unlink_from(inverted, frame);
        map(inverted, asid, vpn, random_flags(&inverted->random));
    }
    return inverted->status;
}

tw_status inverted_repair(struct inverted *inverted, unsigned asid, uint64_t va)
{
    const unsigned vpn = hashed_vpn(va), frame = find(current(inverted), asid, vpn);
    if (frame == NO_FRAME)
        map(inverted, asid, vpn, good_flags(&inverted->random));
    else if (leaf_allows(inverted_present_pte(inverted, asid, va), OP_LOAD, true))
        put_link(inverted, frame);
    else
        put_entry(inverted, frame, good_flags(&inverted->random));
    return inverted->status;
}

tw_status inverted_heal(struct inverted *inverted)
{
    const struct inverted_table *table = current(inverted);
    for (unsigned hash = 0; hash >> table->bits == 0; hash++)
        put_anchor(inverted, hash);
    for (unsigned frame = 0; frame < table->frames; frame++)
        if (table->frame[frame].use == FRAME_CHAINED)
            put_link(inverted, frame);
    return inverted->status;
}

void inverted_fenced(struct inverted *inverted)
{
    for (unsigned i = 0; i < INVERTED_TABLES; i++)
        for (unsigned frame = 0; frame < inverted->table[i].frames; frame++)
            if (inverted->table[i].frame[frame].use == FRAME_UNLINKED)
                inverted->table[i].frame[frame].use = FRAME_FREE;
}

/* ---- what stands where ----------------------------------------------------------------------- */

uint64_t inverted_word_address(const struct inverted *inverted, unsigned asid, uint64_t va)
{
    const struct inverted_table *table = &inverted->table[inverted->current];
    const unsigned frame = find(table, asid, hashed_vpn(va));
    return frame == NO_FRAME ? anchor_address(table, hash_of(table, asid, hashed_vpn(va)))
                             : entry_address(table, frame);
}

uint64_t inverted_present_pte(const struct inverted *inverted, unsigned asid, uint64_t va)
{
    const struct inverted_table *table = &inverted->table[inverted->current];
    const unsigned frame = find(table, asid, hashed_vpn(va));
    if (frame == NO_FRAME)
        return 0;
    const uint64_t entry = get(inverted, entry_address(table, frame));
    return hashed_holds(entry, asid, va) ? hashed_pte(entry, frame) : 0;
}

tw_status inverted_build(struct inverted *inverted, tw_memory *memory, uint64_t seed)
{
    *inverted = (struct inverted){.memory = memory, .random = seed};
    for (unsigned i = 0; i < INVERTED_TABLES; i++) {
        struct inverted_table *table = &inverted->table[i];
        inverted->current = i;
        table->ppn = FIRST_PAGE + 2 * i * PAGES_APART;
        table->anchors = table->ppn + PAGES_APART;
        table->frames = i == 0 ? 64 + random_below(&inverted->random, 64) : FRAMES_MAX;
        table->bits =
            i == 0 ? random_below(&inverted->random, 3) : 6 + random_below(&inverted->random, 4);
        for (unsigned hash = 0; hash < ANCHORS_MAX; hash++)
            table->head[hash] = NO_FRAME;
        inverted_heal(inverted);
    }
    return inverted->status;
}
