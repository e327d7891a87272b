/* traffic_world.c: see traffic_world.h. */
#include "tb/traffic_world.h"

#include "tablewalk/registers.h"
#include "tb/random.h"

enum { FIRST_TABLE = 0x80000, TABLES = 2048 };

static const unsigned MODES_IN_TURN[SPACES] = {MODE_SV39,   MODE_SV48,  MODE_SV57, MODE_LINEAR,
                                               MODE_SV32,   MODE_SV48,  MODE_SV57, MODE_LINEAR,
                                               MODE_HASHED, MODE_HASHED};

uint64_t world_satp(const struct space *space)
{
    return TW_PUT(SATP, MODE, space->mode) | TW_PUT(SATP, ASID, space->asid) |
           TW_PUT(SATP, PPN, space->root);
}

static unsigned pte_bytes(const struct traffic_world *world, const struct place *place)
{
    return 1u << mode_pte_shift(world->space[place->space].mode);
}

/* ---- PTEs ------------------------------------------------------------------------------------ */

static uint64_t bit(unsigned number)
{
    return UINT64_C(1) << number;
}

/* A page number that fits the mode and is aligned for a leaf at `level`. */
static uint64_t random_frame(uint64_t *random, unsigned mode, unsigned level)
{
    unsigned bits = mode_narrow(mode) ? 22 : PTE_PPN_BITS;
    uint64_t ppn = random_next(random) & (bit(bits) - 1);
    return ppn >> (level_size(mode, level) - PAGE_SHIFT) << (level_size(mode, level) - PAGE_SHIFT);
}

static uint64_t good_leaf(uint64_t *random, unsigned mode, unsigned level)
{
    static const uint64_t r = 1u << PTE_R, w = 1u << PTE_W, x = 1u << PTE_X;
    const uint64_t rights[] = {r, r | x, x, r | w, r | w | x, r | w | x};
    uint64_t pte = bit(PTE_V) | rights[random_below(random, 6)];
    pte |= (uint64_t)random_percent(random, 50) << PTE_U;
    pte |= (uint64_t)random_percent(random, 15) << PTE_G;
    pte |= (uint64_t)random_percent(random, 60) << PTE_A;
    pte |= (uint64_t)random_percent(random, 40) << PTE_D;
    pte |= (uint64_t)random_below(random, 4) << 8;
    pte |= random_frame(random, mode, level) << PTE_PPN;
    if (mode_narrow(mode))
        return pte;
    if (random_percent(random, 10))
        pte |= (uint64_t)(1 + random_below(random, 2)) << PTE_PBMT;
    if (level == 0 && random_percent(random, 20))
        pte = (pte & ~(UINT64_C(15) << PTE_PPN)) | UINT64_C(8) << PTE_PPN | bit(PTE_N);
    return pte;
}

/* The same with one thing wrong; in narrow modes the bits above 31 do not reach memory. */
static uint64_t spoil(uint64_t *random, unsigned mode, unsigned level, uint64_t pte)
{
    /* Frame bits that a superpage leaves 0, or those that say that a page is a NAPOT one. */
    unsigned low_bits = level == 0 ? 4 : level * mode_index_bits(mode);
    switch (random_below(random, 8)) {
    case 0:
        return pte & ~bit(PTE_V);
    case 1:
        return (pte | bit(PTE_W)) & ~bit(PTE_R);
    case 2:
        return pte | bit(PTE_RESERVED + random_below(random, 7));
    case 3:
        return pte | bit(PTE_N);
    case 4:
        return pte | UINT64_C(3) << PTE_PBMT;
    case 5:
        return pte | bit(PTE_PPN + random_below(random, low_bits));
    case 6:
        return pte & ~(bit(PTE_R) | bit(PTE_W) | bit(PTE_X));
    default:
        return random_next(random);
    }
}

static uint64_t random_leaf(uint64_t *random, unsigned mode, unsigned level)
{
    uint64_t pte = good_leaf(random, mode, level);
    return random_percent(random, 12) ? spoil(random, mode, level, pte) : pte;
}

/* ---- tables ---------------------------------------------------------------------------------- */

static tw_status new_table(struct traffic_world *world, uint64_t *ppn)
{
    static const uint8_t zeros[1 << PAGE_SHIFT];
    *ppn = FIRST_TABLE + world->next_table;
    world->next_table = (world->next_table + 1) % TABLES;
    if (world->next_table == 0)
        world->next_table = SPACES; /* the roots stay */
    return tw_memory_write_page(world->memory, *ppn << PAGE_SHIFT, zeros);
}

/* The address of the PTE for `va` at `level`; pointers on the way are made where there are none. */
static tw_status reach_pte(struct traffic_world *world, const struct space *space, uint64_t va,
                           unsigned level, uint64_t *address)
{
    unsigned bytes = 1u << mode_pte_shift(space->mode);
    uint64_t ppn = space->root;
    for (unsigned at = mode_levels(space->mode) - 1;; at--) {
        *address = pte_address(space->mode, ppn, va, at);
        if (at == level)
            return TW_OK;
        uint64_t pte = tw_memory_read(world->memory, *address, bytes);
        bool usable = pte_bit(pte, PTE_V) && pte_is_pointer(pte) && !pte_bad_pointer(pte, at) &&
                      pte_ppn(pte) - FIRST_TABLE < TABLES;
        if (!usable) {
            tw_status status = new_table(world, &ppn);
            pte =
                bit(PTE_V) | (uint64_t)random_percent(&world->random, 3) << PTE_G | ppn << PTE_PPN;
            if (status == TW_OK)
                status = tw_memory_write(world->memory, *address, bytes, pte);
            if (status != TW_OK)
                return status;
        }
        ppn = pte_ppn(pte);
    }
}

/* Where the place's walk ends now: at which PTE, of which level. */
static uint64_t last_pte(const struct traffic_world *world, const struct place *place,
                         unsigned *level)
{
    const struct space *space = &world->space[place->space];
    uint64_t ppn = space->root;
    for (*level = mode_levels(space->mode) - 1;; --*level) {
        uint64_t address = pte_address(space->mode, ppn, place->va, *level);
        uint64_t pte = tw_memory_read(world->memory, address, pte_bytes(world, place));
        if (*level == 0 || !pte_bit(pte, PTE_V) || !pte_is_pointer(pte))
            return address;
        ppn = pte_ppn(pte);
    }
}

/* Its address space if that is a hashed one; else NULL. */
static const struct space *hashed_space(const struct traffic_world *world,
                                        const struct place *place)
{
    const struct space *space = &world->space[place->space];
    return space->mode == MODE_HASHED ? space : NULL;
}

uint64_t world_pte_address(const struct traffic_world *world, const struct place *place)
{
    const struct space *hashed = hashed_space(world, place);
    unsigned level;
    return hashed != NULL ? inverted_word_address(&world->inverted, hashed->asid, place->va)
                          : last_pte(world, place, &level);
}

static uint64_t present_pte(const struct traffic_world *world, const struct place *place)
{
    const struct space *hashed = hashed_space(world, place);
    if (hashed != NULL)
        return inverted_present_pte(&world->inverted, hashed->asid, place->va);
    return tw_memory_read(world->memory, world_pte_address(world, place), pte_bytes(world, place));
}

static tw_status write_leaf(struct traffic_world *world, const struct place *place, unsigned level,
                            uint64_t pte)
{
    uint64_t address;
    tw_status status = reach_pte(world, &world->space[place->space], place->va, level, &address);
    return status == TW_OK ? tw_memory_write(world->memory, address, pte_bytes(world, place), pte)
                           : status;
}

tw_status world_remap(struct traffic_world *world, const struct place *place)
{
    const struct space *hashed = hashed_space(world, place);
    if (hashed != NULL)
        return inverted_remap(&world->inverted, hashed->asid, place->va);
    unsigned mode = world->space[place->space].mode, level = 0;
    if (random_percent(&world->random, place->wide ? 2 : 30))
        level = random_below(&world->random, mode_levels(mode));
    return write_leaf(world, place, level, random_leaf(&world->random, mode, level));
}

tw_status world_lay_run(struct traffic_world *world, const struct place *place, unsigned pages)
{
    const struct space *hashed = hashed_space(world, place);
    struct place page = *place;
    unsigned mode = world->space[place->space].mode;
    tw_status status = TW_OK;
    for (unsigned i = 0; status == TW_OK && i < pages; i++) {
        page.va += 1 << PAGE_SHIFT;
        if (hashed != NULL)
            status = inverted_repair(&world->inverted, hashed->asid, page.va);
        else
            status = write_leaf(world, &page, 0, random_leaf(&world->random, mode, 0));
    }
    return status;
}

tw_status world_repair(struct traffic_world *world, const struct place *place)
{
    static const tw_request anyone = {.op = OP_LOAD, .priv = PRIV_S, .sum = true, .mxr = true};
    const struct space *hashed = hashed_space(world, place);
    if (hashed != NULL)
        return inverted_repair(&world->inverted, hashed->asid, place->va);
    unsigned mode = world->space[place->space].mode, level;
    tw_control control = {.satp = TW_PUT(SATP, MODE, mode), .adue = true, .pbmte = true};
    uint64_t address = last_pte(world, place, &level);
    uint64_t pte = tw_memory_read(world->memory, address, pte_bytes(world, place));
    if (level == 0 && tw_judge(&control, &anyone, pte, 0) == CHECK_NONE)
        return TW_OK;
    return write_leaf(world, place, 0, good_leaf(&world->random, mode, 0));
}

/* ---- requests -------------------------------------------------------------------------------- */

bool world_allows(const struct traffic_world *world, const struct place *place, tw_op op)
{
    return leaf_allows(present_pte(world, place), op, true);
}

tw_request world_request(struct traffic_world *world, const struct place *place, tw_op op)
{
    uint64_t *random = &world->random;
    uint64_t pte = present_pte(world, place);
    bool user = random_percent(random, 80) ? pte_bit(pte, PTE_U) : random_below(random, 2);
    tw_request request = {.va = place->va | random_below(random, 1 << PAGE_SHIFT),
                          .op = op,
                          .priv = user ? PRIV_U : PRIV_S,
                          .sum = random_below(random, 2),
                          .mxr = random_below(random, 2)};
    if (random_below(random, 50) == 0)
        request.va ^= bit(random_below(random, 64));
    if (random_below(random, 50) == 0)
        request.priv = random_below(random, 4);
    return request;
}

/* ---- building -------------------------------------------------------------------------------- */

/* Near one of four bases: the next pages, the same NAPOT group, the next table, a superpage
 * away. */
static uint64_t near_va(uint64_t *random, unsigned mode)
{
    static const uint64_t bases[] = {0x10000000, 0x3fe00000, 0x40000000, 0xffffffffc0000000};
    static const uint64_t steps[] = {0, 1, 2, 7, 8, 15, 16, 511, 512, 513, 1023, 1024};
    uint64_t base = bases[random_below(random, 4)];
    uint64_t va = base + (steps[random_below(random, 12)] << PAGE_SHIFT);
    return mode_narrow(mode) ? va & 0xfffff000 : va;
}

/* Of 48 groups of 5 pages. Groups are multiples of 2^11 pages apart: a table of level 0 each, and
 * the same sets. Some lie in other tables of the levels above, half of them in the upper half of
 * the addresses. Two pages of a group are in the sets of all groups, three in sets of their own. */
static uint64_t wide_va(unsigned mode, unsigned n)
{
    unsigned group = n / 5, page = n % 5;
    uint64_t vpn = 0x80000 + (page < 2 ? page : 8 + 8 * group + page);
    if (mode_narrow(mode))
        return (vpn + (group << 11)) << PAGE_SHIFT;
    uint64_t upper = ~UINT64_C(0) << (level_size(mode, mode_levels(mode)) - 1);
    vpn += (group % 12) << 11 | (group / 12 % 2) << 18;
    return vpn << PAGE_SHIFT | (group >= 24 ? upper : 0);
}

/* Linear tables are not in the ring. The first one is not aligned to its size; the next wraps at
 * physical address 0, between two pages that near places use. */
static uint64_t choose_root(unsigned space, unsigned mode, unsigned linear)
{
    static const uint64_t wraps_behind = 0x3ffff; /* page number */
    if (mode != MODE_LINEAR)
        return FIRST_TABLE + space;
    if (linear == 0)
        return FIRST_TABLE + TABLES + 5;
    return (UINT64_C(1) << PTE_PPN_BITS) - ((wraps_behind + 1) * 4 >> PAGE_SHIFT);
}

static void choose_spaces(struct traffic_world *world, const tw_config *config)
{
    unsigned turn = 0, linear = 0;
    for (unsigned i = 0; i < SPACES; i++) {
        unsigned mode;
        do
            mode = MODES_IN_TURN[turn++ % SPACES];
        while ((config->modes >> mode & 1) == 0 && turn < SPACES * SPACES);
        /* Three address-space identifiers for all spaces: trees share them. */
        world->space[i] =
            (struct space){.mode = mode, .asid = 1 + i % 3, .root = choose_root(i, mode, linear)};
        linear += mode == MODE_LINEAR;
    }
}

tw_status world_build(struct traffic_world *world, tw_memory *memory, const tw_config *config,
                      uint64_t seed)
{
    *world = (struct traffic_world){.memory = memory, .random = seed};
    choose_spaces(world, config);
    tw_status status = inverted_build(&world->inverted, memory, random_next(&world->random));
    uint64_t root;
    for (unsigned i = 0; status == TW_OK && i < SPACES; i++)
        status = new_table(world, &root);
    for (unsigned i = 0; status == TW_OK && i < PLACES; i++) {
        struct place *place = &world->place[i];
        place->space = (uint8_t)(i % SPACES);
        place->wide = i >= SPACES * NEAR;
        unsigned mode = world->space[place->space].mode;
        place->va = place->wide ? wide_va(mode, i / SPACES - NEAR) : near_va(&world->random, mode);
        status = world_remap(world, place);
    }
    return status;
}
