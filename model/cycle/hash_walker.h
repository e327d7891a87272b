/* hash_walker.h: what the words of the hashed inverted table say to one walk. The contract is
 * docs/blocks/hash_walker.md. `control` does not change while the walk is under way. */
#ifndef MODEL_CYCLE_HASH_WALKER_H
#define MODEL_CYCLE_HASH_WALKER_H

#include "tablewalk/hashed.h"

struct hash_walker {
    bool anchor;     /* the walk's word is the anchor */
    unsigned index;  /* else the entry of this frame */
    unsigned before; /* entries that the walk has read before this one */
};

/* What a word says. */
struct hash_verdict {
    tw_check check; /* CHECK_NONE, CHECK_VALID or CHECK_CHAIN */
    bool more;      /* the walk goes on to the entry that the word names as the next */
};

/* Combinational: where the anchor of `va` stands, and the entry that `word` names as the next. */
uint64_t hash_walker_anchor_addr(const tw_control *control, uint64_t va);
uint64_t hash_walker_next_addr(const tw_control *control, uint64_t word);

/* Combinational: what `word` says to the walk of `va`. */
struct hash_verdict hash_walker_judge(const struct hash_walker *hash, const tw_control *control,
                                      uint64_t va, uint64_t word);

/* Combinational: `word` as the PTE of the walk's frame, if it holds the page. */
static inline uint64_t hash_walker_pte(const struct hash_walker *hash, uint64_t word)
{
    return hashed_pte(word, hash->index);
}

/* The edge: the walk goes to its anchor, or on to the entry that `word` names; only with `more`. */
void hash_walker_enter(struct hash_walker *hash);
void hash_walker_follow(struct hash_walker *hash, uint64_t word);

/* Functions of state. */
static inline bool hash_walker_probing(const struct hash_walker *hash)
{
    return !hash->anchor;
}

/* `chain`: how many entries the walk has read with the present one, 0 to 5. */
unsigned hash_walker_chain(const struct hash_walker *hash);

#endif
