/* walk_cache.c: a fully associative cache of pointers. Invariant: of each level at most one entry
 * matches a lookup. */
#include "model/cycle/walk_cache.h"

#include <stddef.h>

#include "model/cycle/page.h"

void walk_cache_reset(struct walk_cache *cache, unsigned entries)
{
    *cache = (struct walk_cache){.entries = entries};
    plru_reset(&cache->plru, entries);
}

void walk_cache_lookup(const struct walk_cache *cache, uint64_t satp, uint64_t va,
                       struct walk_cache_match *match)
{
    const unsigned mode = satp_mode(satp), asid = satp_asid(satp);
    const uint64_t vpn = vpn_of(va);
    *match = (struct walk_cache_match){.level = mode_levels(mode) - 1, .table = satp_ppn(satp)};
    for (unsigned way = 0; way < cache->entries; way++) {
        const struct walk_cache_entry *e = &cache->entry[way];
        if (((e->vpn ^ vpn) & e->mask) == 0 && e->valid && e->mode == mode &&
            (e->global || e->asid == asid) && e->level <= match->level)
            *match = (struct walk_cache_match){.valid = true,
                                               .way = way,
                                               .level = e->level - 1u,
                                               .table = e->table,
                                               .global = e->global};
    }
}

/* True if `old` could match a lookup that `new` matches too, at the same level. */
static bool overlaps(const struct walk_cache_entry *old, const struct walk_cache_entry *new)
{
    return ((old->vpn ^ new->vpn) & new->mask) == 0 && old->valid && old->mode == new->mode &&
           old->level == new->level && (old->global || new->global || old->asid == new->asid);
}

/* Where the new entry goes: the first that overlaps it, else the first invalid one, else the
 * victim. All that overlap it become invalid. */
static unsigned make_room(struct walk_cache *cache, const struct walk_cache_entry *new)
{
    unsigned overlap = cache->entries, invalid = cache->entries;
    for (unsigned way = cache->entries; way-- > 0;) {
        if (!cache->entry[way].valid)
            invalid = way;
        if (overlaps(&cache->entry[way], new)) {
            overlap = way;
            cache->entry[way].valid = false;
        }
    }
    if (overlap < cache->entries)
        return overlap;
    return invalid < cache->entries ? invalid : plru_victim(&cache->plru);
}

/* Writes the pointer and returns its way. */
static unsigned fill(struct walk_cache *cache, uint64_t satp, const struct pointer *pointer)
{
    const unsigned mode = satp_mode(satp);
    const struct walk_cache_entry new = {.valid = true,
                                         .global = pointer->global,
                                         .level = (uint8_t)pointer->level,
                                         .mode = (uint8_t)mode,
                                         .asid = (uint16_t)satp_asid(satp),
                                         .vpn = vpn_of(pointer->va),
                                         .mask = vpn_mask(level_size(mode, pointer->level)),
                                         .table = pointer->table};
    const unsigned way = make_room(cache, &new);
    cache->entry[way] = new;
    return way;
}

static void drop(struct walk_cache *cache, const struct fence *fence)
{
    for (unsigned way = 0; way < cache->entries; way++) {
        struct walk_cache_entry *e = &cache->entry[way];
        if (fence_covers(fence, e->vpn, e->mask, e->global, e->asid))
            e->valid = false;
    }
}

void walk_cache_clock(struct walk_cache *cache, const struct walk_cache_in *in)
{
    if (cache->entries == 0)
        return;
    struct plru_in use = {.fill_valid = in->fill != NULL};
    if (in->used != NULL && in->used->valid) {
        use.hit_valid = true;
        use.hit_way = in->used->way;
    }
    if (in->fill != NULL)
        use.fill_way = fill(cache, in->satp, in->fill);
    if (in->fence->valid)
        drop(cache, in->fence);
    plru_clock(&cache->plru, &use);
}
