/* bit_tree.c. Invariant: a bit of level i + 1 is set if and only if the word of level i that it
 * stands for is not 0; the last level is one word. */
#include "tb/os/bit_tree.h"

enum { WORD_BITS = 64 };

static size_t words_for(size_t bits)
{
    return (bits - 1) / WORD_BITS + 1;
}

static uint64_t mask_of(size_t bit)
{
    return UINT64_C(1) << bit % WORD_BITS;
}

bool bit_tree_open(bit_tree *tree, const os_records *records, size_t bits)
{
    size_t all = 0, level = bits;
    *tree = (bit_tree){.records = *records, .bits = bits};
    do {
        level = words_for(level);
        all += level;
        tree->levels++;
    } while (level > 1);
    tree->level[0] = os_records_take(records, all, sizeof *tree->level[0]);
    if (tree->level[0] == NULL)
        return false;
    level = bits;
    for (unsigned i = 1; i < tree->levels; i++) {
        level = words_for(level);
        tree->level[i] = tree->level[i - 1] + level;
    }
    return true;
}

void bit_tree_close(bit_tree *tree)
{
    if (tree->level[0] != NULL)
        os_records_give(&tree->records, tree->level[0]);
    *tree = (bit_tree){0};
}

void bit_tree_add(bit_tree *tree, size_t bit)
{
    for (unsigned i = 0; i < tree->levels; i++, bit /= WORD_BITS)
        tree->level[i][bit / WORD_BITS] |= mask_of(bit);
}

void bit_tree_remove(bit_tree *tree, size_t bit)
{
    for (unsigned i = 0; i < tree->levels; i++, bit /= WORD_BITS) {
        uint64_t *word = &tree->level[i][bit / WORD_BITS];
        *word &= ~mask_of(bit);
        if (*word != 0)
            return;
    }
}

bool bit_tree_has(const bit_tree *tree, size_t bit)
{
    return (tree->level[0][bit / WORD_BITS] & mask_of(bit)) != 0;
}

/* Up to the first level whose word has a bit from `at` on, and down by the lowest bits. */
size_t bit_tree_next(const bit_tree *tree, size_t from)
{
    size_t at = from, bits = tree->bits;
    for (unsigned i = 0; i < tree->levels && at < bits; i++) {
        uint64_t word = tree->level[i][at / WORD_BITS] >> at % WORD_BITS;
        if (word != 0) {
            at += (size_t)__builtin_ctzll(word);
            while (i-- > 0)
                at = at * WORD_BITS + (size_t)__builtin_ctzll(tree->level[i][at]);
            return at;
        }
        at = at / WORD_BITS + 1;
        bits = words_for(bits);
    }
    return tree->bits;
}
