/*
 * traffic_hash_registers.c: HASH_TABLE and HASH_ANCHORS of random traffic. Mostly they name one of
 * the two tables; for a while they say something else: other anchors than the pages have, or a
 * table that ends early.
 */
#include "tablewalk/registers.h"
#include "tb/traffic_inside.h"

enum { WRITES = 2 };

static void choose(struct traffic *traffic)
{
    struct hash_traffic *hash = &traffic->hash;
    struct inverted *inverted = &traffic->world.inverted;
    uint64_t *random = &traffic->random;
    if (hash->odd || one_in(traffic, 2))
        inverted->current = one_in(traffic, 4) ? 0 : 1;
    const struct inverted_table *table = &inverted->table[inverted->current];
    hash->table = inverted_table_register(table);
    hash->anchors = inverted_anchors_register(table);
    if (hash->odd || one_in(traffic, 2))
        return;
    if (one_in(traffic, 2)) {
        const unsigned bits = one_in(traffic, 4) ? 20 + random_below(random, 12) : table->bits ^ 1;
        hash->anchors =
            TW_PUT(HASH_ANCHORS, PPN, table->anchors) | TW_PUT(HASH_ANCHORS, BITS, bits);
    } else {
        hash->table = TW_PUT(HASH_TABLE, PPN, table->ppn) |
                      TW_PUT(HASH_TABLE, LAST, random_below(random, table->frames));
    }
}

bool traffic_hash_rewrite(struct traffic *traffic, unsigned *offset, uint64_t *data)
{
    struct hash_traffic *hash = &traffic->hash;
    if (hash->left == 0) {
        if (traffic->world.space[traffic->space].mode != MODE_HASHED ||
            !permille(traffic, hash->odd ? 20 : 1))
            return false;
        choose(traffic);
        hash->left = WRITES;
    }
    hash->left--;
    *offset = hash->left == 0 ? REG_HASH_ANCHORS : REG_HASH_TABLE;
    *data = hash->left == 0 ? hash->anchors : hash->table;
    return true;
}

void traffic_hash_written(struct traffic *traffic, unsigned offset, uint64_t data)
{
    const struct inverted *inverted = &traffic->world.inverted;
    const struct inverted_table *table = &inverted->table[inverted->current];
    struct hash_traffic *hash = &traffic->hash;
    if (offset == REG_HASH_TABLE)
        hash->odd = data != inverted_table_register(table);
    else if (offset == REG_HASH_ANCHORS)
        hash->odd |= data != inverted_anchors_register(table);
    else
        return;
    traffic->counts.hash_writes++;
}

void traffic_hash_reset(struct traffic *traffic)
{
    traffic->hash = (struct hash_traffic){.odd = true};
}
