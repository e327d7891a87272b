/* The buddy allocator and its set of bits, at random, against lists that are searched through. A
 * failure prints its seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tb/host_records.h"
#include "tb/os/bit_tree.h"
#include "tb/os/buddy.h"
#include "tb/random.h"

enum { OPERATIONS = 100000, UNITS_MAX = 300, SEEDS = 4 };

/* The oracle: all blocks, in no order. */
typedef struct oracle {
    uint64_t first, count;
    size_t blocks;
    buddy_block block[UNITS_MAX];
} oracle;

static uint64_t units_of(unsigned order)
{
    return 1ull << order;
}

static void oracle_add(oracle *o, uint64_t unit, unsigned order, bool taken)
{
    assert_true(o->blocks < UNITS_MAX);
    o->block[o->blocks++] = (buddy_block){unit, order, taken};
}

static void oracle_remove(oracle *o, size_t i)
{
    o->block[i] = o->block[--o->blocks];
}

static void oracle_open(oracle *o, uint64_t first, uint64_t count)
{
    *o = (oracle){.first = first, .count = count};
    for (uint64_t unit = first; unit < first + count;) {
        unsigned order = 0;
        while (unit % units_of(order + 1) == 0 && unit + units_of(order + 1) <= first + count)
            order++;
        oracle_add(o, unit, order, false);
        unit += units_of(order);
    }
}

/* The smallest free block that suffices, the leftmost of several; o->blocks if there is none. */
static size_t oracle_best(const oracle *o, unsigned order)
{
    size_t best = o->blocks;
    for (size_t i = 0; i < o->blocks; i++) {
        const buddy_block *b = &o->block[i], *than = &o->block[best];
        if (!b->taken && b->order >= order &&
            (best == o->blocks || b->order < than->order ||
             (b->order == than->order && b->unit < than->unit)))
            best = i;
    }
    return best;
}

static bool oracle_take(oracle *o, unsigned order, uint64_t *unit)
{
    size_t best = oracle_best(o, order);
    if (best == o->blocks)
        return false;
    buddy_block b = o->block[best];
    oracle_remove(o, best);
    for (; b.order > order; b.order--)
        oracle_add(o, b.unit + units_of(b.order - 1), b.order - 1, false);
    oracle_add(o, *unit = b.unit, order, true);
    return true;
}

static void oracle_give(oracle *o, size_t i)
{
    buddy_block b = o->block[i];
    oracle_remove(o, i);
    for (size_t k = 0; k < o->blocks;) {
        const buddy_block *other = &o->block[k];
        bool merges =
            !other->taken && other->order == b.order && (other->unit ^ b.unit) == units_of(b.order);
        if (merges) {
            b.unit = other->unit < b.unit ? other->unit : b.unit;
            b.order++;
            oracle_remove(o, k);
        }
        k = merges ? 0 : k + 1;
    }
    oracle_add(o, b.unit, b.order, false);
}

/* The i-th block that is taken; o->blocks if none is. */
static size_t oracle_any_taken(const oracle *o, uint64_t *random)
{
    size_t from = o->blocks == 0 ? 0 : random_below(random, o->blocks);
    for (size_t i = 0; i < o->blocks; i++)
        if (o->block[(from + i) % o->blocks].taken)
            return (from + i) % o->blocks;
    return o->blocks;
}

/* The blocks tile the pool, no two free buddies stand side by side, the books are right. */
static void check(const buddy *pool, const oracle *o, uint64_t seed, unsigned operation)
{
    uint64_t at = o->first, free_units = 0, free_blocks[BUDDY_ORDERS_MAX] = {0};
    size_t blocks = 0;
    buddy_block block, other;
    for (; buddy_block_at(pool, at, &block); at += units_of(block.order), blocks++) {
        size_t i = 0;
        while (i < o->blocks && o->block[i].unit != at)
            i++;
        if (i == o->blocks || o->block[i].order != block.order || o->block[i].taken != block.taken)
            fail_msg("seed %llu, operation %u: block %llu of order %u, taken %d is not expected",
                     (unsigned long long)seed, operation, (unsigned long long)at, block.order,
                     block.taken);
        if (block.taken)
            continue;
        free_units += units_of(block.order);
        free_blocks[block.order]++;
        if (buddy_block_at(pool, at ^ units_of(block.order), &other) && !other.taken &&
            other.order == block.order)
            fail_msg("seed %llu, operation %u: %llu and its buddy are both free",
                     (unsigned long long)seed, operation, (unsigned long long)at);
    }
    if (at != o->first + o->count || blocks != o->blocks || free_units != buddy_free(pool))
        fail_msg("seed %llu, operation %u: expected %zu blocks up to %llu, got %zu up to %llu; "
                 "%llu units free, buddy_free %llu",
                 (unsigned long long)seed, operation, o->blocks,
                 (unsigned long long)(o->first + o->count), blocks, (unsigned long long)at,
                 (unsigned long long)free_units, (unsigned long long)buddy_free(pool));
    for (unsigned order = 0; order < BUDDY_ORDERS_MAX; order++)
        assert_int_equal(buddy_free_blocks(pool, order), free_blocks[order]);
}

static void step(buddy *pool, oracle *o, uint64_t *random, unsigned fill)
{
    uint64_t unit = 0, expected = 0;
    if (random_percent(random, fill)) {
        unsigned order =
            random_percent(random, 60) ? random_below(random, 3) : random_below(random, 10);
        bool possible = oracle_take(o, order, &expected);
        assert_int_equal(buddy_take(pool, order, &unit, NULL), possible ? TW_OK : TW_NO_MEMORY);
        assert_int_equal(unit, expected);
        return;
    }
    size_t i = oracle_any_taken(o, random);
    if (random_percent(random, 10)) { /* any unit: it is given back if a taken block begins there */
        unit = o->first + random_below(random, o->count);
        for (i = 0; i < o->blocks && !(o->block[i].unit == unit && o->block[i].taken);)
            i++;
    } else if (i < o->blocks) {
        unit = o->block[i].unit;
    }
    assert_int_equal(buddy_give(pool, unit, NULL), i < o->blocks ? TW_OK : TW_USAGE);
    if (i < o->blocks)
        oracle_give(o, i);
}

static void run_seed(uint64_t seed)
{
    uint64_t random = seed;
    oracle o;
    const uint64_t first = 1 + random_below(&random, 5000);
    oracle_open(&o, first, 1 + random_below(&random, UNITS_MAX));
    const os_records records = host_records();
    buddy *pool = buddy_open(&records, o.first, o.count, NULL);
    assert_non_null(pool);
    print_message("seed %llu: %llu units from %llu on\n", (unsigned long long)seed,
                  (unsigned long long)o.count, (unsigned long long)o.first);
    for (unsigned i = 0; i < OPERATIONS / SEEDS; i++) {
        step(pool, &o, &random, i / 500 % 2 == 0 ? 65 : 35); /* filling, emptying */
        check(pool, &o, seed, i);
    }
    for (size_t i; (i = oracle_any_taken(&o, &random)) < o.blocks;) {
        assert_int_equal(buddy_give(pool, o.block[i].unit, NULL), TW_OK);
        oracle_give(&o, i);
    }
    check(pool, &o, seed, OPERATIONS);
    assert_int_equal(buddy_free(pool), o.count);
    buddy_close(pool);
}

static void a_hundred_thousand_operations_agree_with_a_list_that_is_searched(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_seed(seed);
}

static void a_set_gives_its_next_member_as_an_array_does(void **state)
{
    (void)state;
    const os_records records = host_records();
    static const size_t sizes[] = {1, 63, 64, 65, 4095, 4096, 4097, 20000};
    enum { LARGEST = 20000 };
    bool *has = calloc(LARGEST + 1, sizeof *has);
    uint64_t random = 5;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        bit_tree tree;
        const size_t n = sizes[s];
        assert_true(bit_tree_open(&tree, &records, n));
        for (size_t i = 0; i <= LARGEST; i++)
            has[i] = false;
        for (unsigned i = 0; i < 2000; i++) {
            size_t bit = random_below(&random, n), from = random_below(&random, n + 1);
            has[bit] = random_percent(&random, 50);
            (has[bit] ? bit_tree_add : bit_tree_remove)(&tree, bit);
            assert_int_equal(bit_tree_has(&tree, bit), has[bit]);
            size_t expected = from;
            while (expected < n && !has[expected])
                expected++;
            assert_int_equal(bit_tree_next(&tree, from), expected);
        }
        bit_tree_close(&tree);
    }
    free(has);
}

int main(void)
{
    const struct CMUnitTest buddies[] = {
        cmocka_unit_test(a_hundred_thousand_operations_agree_with_a_list_that_is_searched),
        cmocka_unit_test(a_set_gives_its_next_member_as_an_array_does),
    };
    return cmocka_run_group_tests_name("buddy at random", buddies, NULL, NULL);
}
