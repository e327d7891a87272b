/*
 * traffic_inverted.h: hashed inverted tables for random traffic, and the software that keeps them:
 * it maps and unmaps pages, relinks chains and reuses entries while walks stand in them, with and
 * without a fence between, and now and then spoils a word and mends it later.
 *
 * Two tables, of which the registers name one: a small one with few anchors and long chains, a
 * larger one with short chains and many that are empty. What software knows of them stands here;
 * memory differs from it where a word is spoilt, or where the MMU or a racing writer wrote.
 */
#ifndef TB_TRAFFIC_INVERTED_H
#define TB_TRAFFIC_INVERTED_H

#include "tablewalk/hashed.h"
#include "tablewalk/memory.h"

enum { INVERTED_TABLES = 2, FRAMES_MAX = 256, ANCHORS_MAX = 512 };

enum frame_use {
    FRAME_FREE,
    FRAME_CHAINED,
    FRAME_UNLINKED /* since the last fence: a walk may stand in it */
};

struct inverted_frame {
    enum frame_use use;
    unsigned asid, vpn; /* of the page that it holds, or held; 0: none yet */
    unsigned next;      /* frame, or NO_FRAME */
};

struct inverted_table {
    uint64_t ppn, anchors; /* page numbers */
    unsigned frames, bits;
    unsigned head[ANCHORS_MAX]; /* frame, or NO_FRAME */
    struct inverted_frame frame[FRAMES_MAX];
};

struct inverted_counts {
    uint64_t unlinked, relinked;   /* entries taken out of a chain, or to another place of it */
    uint64_t reused, reused_early; /* entries given to another page after a fence; without one */
    uint64_t spoilt;               /* words */
};

struct inverted {
    tw_memory *memory;
    uint64_t random;
    tw_status status; /* TW_NO_MEMORY once memory was out */
    unsigned current; /* the table that the registers name */
    struct inverted_table table[INVERTED_TABLES];
    struct inverted_counts counts;
};

/* Two empty tables at fixed places of memory; sizes by the seed. TW_NO_MEMORY if memory is out. */
tw_status inverted_build(struct inverted *inverted, tw_memory *memory, uint64_t seed);

/* The registers that name a table. */
uint64_t inverted_table_register(const struct inverted_table *table);
uint64_t inverted_anchors_register(const struct inverted_table *table);

/* Of the page in the current table: changes its flags, or takes it away, or moves it, or spoils
 * something; or maps it if it is not mapped. TW_NO_MEMORY if memory is out. */
tw_status inverted_remap(struct inverted *inverted, unsigned asid, uint64_t va);

/* Maps the page with good flags, unless it has some. */
tw_status inverted_repair(struct inverted *inverted, unsigned asid, uint64_t va);

/* Writes every word of the current table as it should be. */
tw_status inverted_heal(struct inverted *inverted);

/* A fence of everything: entries unlinked before it are free. */
void inverted_fenced(struct inverted *inverted);

/* Where the page's entry stands, or its anchor if it has none; and its PTE, or 0. */
uint64_t inverted_word_address(const struct inverted *inverted, unsigned asid, uint64_t va);
uint64_t inverted_present_pte(const struct inverted *inverted, unsigned asid, uint64_t va);

#endif
