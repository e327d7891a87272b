/*
 * buddy.c. Invariants: the blocks tile the pool; no two free blocks are buddies; state[] tells each
 * block at its first unit and is 0 elsewhere; a free block of order n is in free_set[n].
 */
#include "tb/os/buddy.h"

#include <inttypes.h>

#include "tb/os/bit_tree.h"

enum { TAKEN = 0x80, ORDER_MASK = 0x7f }; /* a state: 0, or order + 1 and perhaps TAKEN */

struct buddy {
    os_records records;
    uint64_t first, count, free;
    unsigned orders; /* blocks are of the orders below */
    uint64_t free_blocks[BUDDY_ORDERS_MAX];
    bit_tree free_set[BUDDY_ORDERS_MAX]; /* of unit >> order, counted from the pool's first */
    uint8_t *state;
};

/* ---- blocks ---------------------------------------------------------------------------------- */

static unsigned log2_floor(uint64_t n)
{
    return 63 - (unsigned)__builtin_clzll(n);
}

static uint64_t units_of(unsigned order)
{
    return UINT64_C(1) << order;
}

static bool is_inside(const buddy *pool, uint64_t unit)
{
    return unit - pool->first < pool->count;
}

static uint8_t *state_of(const buddy *pool, uint64_t unit)
{
    return &pool->state[unit - pool->first];
}

static size_t place_in_set(const buddy *pool, uint64_t unit, unsigned order)
{
    return (size_t)((unit >> order) - (pool->first >> order));
}

static void add_free(buddy *pool, uint64_t unit, unsigned order)
{
    bit_tree_add(&pool->free_set[order], place_in_set(pool, unit, order));
    *state_of(pool, unit) = (uint8_t)(order + 1);
    pool->free_blocks[order]++;
}

static void remove_free(buddy *pool, uint64_t unit, unsigned order)
{
    bit_tree_remove(&pool->free_set[order], place_in_set(pool, unit, order));
    *state_of(pool, unit) = 0;
    pool->free_blocks[order]--;
}

bool buddy_block_at(const buddy *pool, uint64_t unit, buddy_block *block)
{
    const uint8_t state = is_inside(pool, unit) ? *state_of(pool, unit) : 0;
    if (state == 0)
        return false;
    *block = (buddy_block){unit, (state & ORDER_MASK) - 1u, (state & TAKEN) != 0};
    return true;
}

/* The block that holds `unit`, which is inside the pool: it begins where the unit would in a block
 * of some order. */
static buddy_block block_around(const buddy *pool, uint64_t unit)
{
    buddy_block block;
    unsigned order = 0;
    while (!buddy_block_at(pool, unit >> order << order, &block))
        order++;
    return block;
}

/* ---- opening --------------------------------------------------------------------------------- */

static void tile(buddy *pool)
{
    const uint64_t end = pool->first + pool->count;
    for (uint64_t unit = pool->first; unit < end;) {
        unsigned order = log2_floor(end - unit);
        if (unit != 0 && order > (unsigned)__builtin_ctzll(unit))
            order = (unsigned)__builtin_ctzll(unit);
        add_free(pool, unit, order);
        unit += units_of(order);
    }
}

/* False if memory for records is out. */
static bool get_memory(buddy *pool)
{
    pool->state = os_records_take(&pool->records, pool->count, 1);
    bool good = pool->state != NULL;
    for (unsigned order = 0; order < pool->orders && good; order++) {
        size_t last = place_in_set(pool, pool->first + pool->count - 1, order);
        good = bit_tree_open(&pool->free_set[order], &pool->records, last + 1);
    }
    return good;
}

buddy *buddy_open(const os_records *records, uint64_t first, uint64_t count, tw_error *error)
{
    const uint64_t limit = units_of(BUDDY_ORDERS_MAX);
    if (count == 0 || first >= limit || count >= limit - first) {
        tw_fail(error, TW_USAGE,
                "%" PRIu64 " units from %#" PRIx64 " on are no pool: give at least one, and none "
                "from 2^%d - 1 on",
                count, first, BUDDY_ORDERS_MAX);
        return NULL;
    }
    buddy *pool = os_records_take(records, 1, sizeof *pool);
    if (pool != NULL) {
        pool->records = *records;
        pool->first = first;
        pool->count = pool->free = count;
        pool->orders = log2_floor(count) + 1;
    }
    if (pool == NULL || !get_memory(pool)) {
        buddy_close(pool);
        tw_fail(error, TW_NO_MEMORY, "no memory to keep the books of %" PRIu64 " units", count);
        return NULL;
    }
    tile(pool);
    return pool;
}

void buddy_close(buddy *pool)
{
    if (pool == NULL)
        return;
    for (unsigned order = 0; order < pool->orders; order++)
        bit_tree_close(&pool->free_set[order]);
    const os_records records = pool->records;
    os_records_give(&records, pool->state);
    os_records_give(&records, pool);
}

/* ---- taking and giving ----------------------------------------------------------------------- */

unsigned buddy_order_for(uint64_t units)
{
    return units < 2 ? 0 : log2_floor(units - 1) + 1;
}

static tw_status none_free(const buddy *pool, unsigned order, tw_error *error)
{
    const int largest = buddy_largest(pool);
    if (largest < 0)
        return tw_fail(error, TW_NO_MEMORY, "all %" PRIu64 " units are taken: give some back",
                       pool->count);
    return tw_fail(error, TW_NO_MEMORY,
                   "no free block of %" PRIu64 " units: %" PRIu64 " are free, in blocks of %" PRIu64
                   " at most; give some back, or take less",
                   units_of(order), pool->free, units_of((unsigned)largest));
}

tw_status buddy_take(buddy *pool, unsigned order, uint64_t *unit, tw_error *error)
{
    unsigned from = order;
    while (from < pool->orders && pool->free_blocks[from] == 0)
        from++;
    if (from >= pool->orders)
        return none_free(pool, order, error);
    const size_t place = bit_tree_next(&pool->free_set[from], 0);
    *unit = ((pool->first >> from) + place) << from;
    remove_free(pool, *unit, from);
    while (from > order) {
        from--;
        add_free(pool, *unit + units_of(from), from);
    }
    *state_of(pool, *unit) = (uint8_t)((order + 1) | TAKEN);
    pool->free -= units_of(order);
    return TW_OK;
}

/* The taken block that begins at `unit`, or what is wrong. */
static tw_status find_taken(const buddy *pool, uint64_t unit, buddy_block *block, tw_error *error)
{
    if (!is_inside(pool, unit))
        return tw_fail(error, TW_USAGE,
                       "unit %#" PRIx64 " is not of the pool, which has %" PRIu64 " from %#" PRIx64
                       " on",
                       unit, pool->count, pool->first);
    *block = block_around(pool, unit);
    if (!block->taken)
        return tw_fail(error, TW_USAGE, "unit %#" PRIx64 " is free: it was given back twice", unit);
    if (block->unit != unit)
        return tw_fail(error, TW_USAGE,
                       "unit %#" PRIx64 " is inside the block that begins at %#" PRIx64
                       ": give that one back",
                       unit, block->unit);
    return TW_OK;
}

tw_status buddy_give(buddy *pool, uint64_t unit, tw_error *error)
{
    buddy_block block = {0}, other;
    tw_status status = find_taken(pool, unit, &block, error);
    if (status != TW_OK)
        return status;
    pool->free += units_of(block.order);
    *state_of(pool, unit) = 0;
    while (buddy_block_at(pool, block.unit ^ units_of(block.order), &other) && !other.taken &&
           other.order == block.order) {
        remove_free(pool, other.unit, other.order);
        block.unit &= other.unit;
        block.order++;
    }
    add_free(pool, block.unit, block.order);
    return TW_OK;
}

tw_status buddy_split(buddy *pool, uint64_t unit, tw_error *error)
{
    buddy_block block = {0};
    tw_status status = find_taken(pool, unit, &block, error);
    if (status != TW_OK)
        return status;
    for (uint64_t i = 0; i < units_of(block.order); i++)
        *state_of(pool, unit + i) = 1 | TAKEN;
    return TW_OK;
}

/* ---- queries --------------------------------------------------------------------------------- */

uint64_t buddy_first(const buddy *pool)
{
    return pool->first;
}

uint64_t buddy_count(const buddy *pool)
{
    return pool->count;
}

uint64_t buddy_free(const buddy *pool)
{
    return pool->free;
}

uint64_t buddy_free_blocks(const buddy *pool, unsigned order)
{
    return order < pool->orders ? pool->free_blocks[order] : 0;
}

int buddy_largest(const buddy *pool)
{
    int order = (int)pool->orders - 1;
    while (order >= 0 && pool->free_blocks[order] == 0)
        order--;
    return order;
}
