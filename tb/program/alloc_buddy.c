/* alloc_buddy.c: `tablewalk alloc buddy`: a pool that is split and merged, step by step. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "tb/host_records.h"
#include "tb/os/buddy.h"
#include "tb/program/alloc.h"
#include "tb/program/alloc_steps.h"
#include "tb/program/command.h"
#include "tb/program/options.h"

static const char HELP[] =
    "usage: tablewalk alloc buddy [--pool SIZE] [--unit SIZE] STEP...\n\n"
    "A buddy allocator at work: a step takes the smallest free block that suffices, the leftmost "
    "of\n"
    "several, halved until it is as small as can be; blocks that are given back are merged with "
    "their\n"
    "buddies. After each step: all blocks from left to right, those that are taken with their "
    "names;\n"
    "then how many are free of each size, what is lost inside blocks (internal fragmentation), "
    "and\n"
    "how much of what is free is outside the largest free block (external fragmentation).\n\n"
    "  NAME=SIZE    takes a block for SIZE bytes: 11K, 3.6K, 850B, 1M\n"
    "  -NAME        gives it back\n"
    "  --pool SIZE  (default: 256K)\n"
    "  --unit SIZE  the smallest block (default: 1K); it divides the pool\n"
    "  --help, --version\n\n"
    "  tablewalk alloc buddy --pool 256K a=21K b=11K -a -b\n";

typedef struct pool {
    buddy *blocks;
    uint64_t unit; /* bytes */
} pool;

static uint64_t block_bytes(const pool *p, unsigned order)
{
    return p->unit << order;
}

static uint64_t free_bytes(const pool *p)
{
    return p->unit * buddy_free(p->blocks);
}

static uint64_t taken_bytes(const pool *p)
{
    return p->unit * buddy_count(p->blocks) - free_bytes(p);
}

static uint64_t largest_bytes(const pool *p)
{
    int order = buddy_largest(p->blocks);
    return order < 0 ? 0 : block_bytes(p, (unsigned)order);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static tw_status take(void *context, uint64_t bytes, uint64_t *at, tw_error *error)
{
    const pool *p = context;
    char asked[ALLOC_SIZE_TEXT_MAX], most[ALLOC_SIZE_TEXT_MAX];
    if (bytes == 0)
        return tw_fail(error, TW_USAGE, "a step without a size; NAME=SIZE takes SIZE bytes");
    const unsigned order = buddy_order_for((bytes - 1) / p->unit + 1);
    if (buddy_take(p->blocks, order, at, NULL) == TW_OK)
        return TW_OK;
    return tw_fail(error, TW_NO_MEMORY, "refused: it needs a block of %s, the largest free has %s",
                   alloc_size_text(block_bytes(p, order), asked),
                   alloc_size_text(largest_bytes(p), most));
}

static tw_status give(void *context, uint64_t at, tw_error *error)
{
    const pool *p = context;
    return buddy_give(p->blocks, at, error);
}

/* ---- printing -------------------------------------------------------------------------------- */

static void print_blocks(const pool *p, const alloc_blocks *named)
{
    buddy_block block;
    char size[ALLOC_SIZE_TEXT_MAX];
    for (uint64_t at = 0; buddy_block_at(p->blocks, at, &block); at += 1ull << block.order) {
        const char *text = alloc_size_text(block_bytes(p, block.order), size);
        if (block.taken)
            printf("[%s %s]", alloc_block_at(named, at)->name, text);
        else
            printf("[%s]", text);
    }
    putchar('\n');
}

static void print_free(const pool *p)
{
    char size[ALLOC_SIZE_TEXT_MAX];
    const char *between = "";
    printf("    free: ");
    for (unsigned order = 0; order < BUDDY_ORDERS_MAX; order++) {
        uint64_t blocks = buddy_free_blocks(p->blocks, order);
        if (blocks == 0)
            continue;
        printf("%s%" PRIu64 " of %s", between, blocks,
               alloc_size_text(block_bytes(p, order), size));
        between = ", ";
    }
    if (buddy_free(p->blocks) == 0)
        printf("nothing");
}

static void print_loss(const pool *p, const alloc_blocks *named)
{
    const uint64_t taken = taken_bytes(p), lost = taken - named->bytes, all = free_bytes(p);
    printf("; lost inside: %" PRIu64 " of %" PRIu64
           " bytes, %.1f %%; outside the largest: %.1f %%\n",
           lost, taken, alloc_percent(lost, taken), alloc_percent(all - largest_bytes(p), all));
}

static void show(void *context, const alloc_blocks *named)
{
    const pool *p = context;
    print_blocks(p, named);
    print_free(p);
    print_loss(p, named);
}

static void end(void *context, const alloc_blocks *named)
{
    const pool *p = context;
    size_t taken = 0;
    char text[4][ALLOC_SIZE_TEXT_MAX];
    for (size_t i = 0; i < named->count; i++)
        taken += named->block[i].taken;
    printf("%zu %s taken: %s for %s asked for; %s of %s free; %zu %s refused\n", taken,
           taken == 1 ? "block" : "blocks", alloc_size_text(taken_bytes(p), text[0]),
           alloc_size_text(named->bytes, text[1]), alloc_size_text(free_bytes(p), text[2]),
           alloc_size_text(p->unit * buddy_count(p->blocks), text[3]), named->refusals,
           named->refusals == 1 ? "step" : "steps");
}

/* ---- the command ----------------------------------------------------------------------------- */

int alloc_buddy(int argc, char **argv)
{
    alloc_size_option size = {"--pool", 256 << 10}, unit = {"--unit", 1 << 10};
    const command_option options[] = {{"pool", .take = alloc_size_take, .context = &size},
                                      {"unit", .take = alloc_size_take, .context = &unit},
                                      {0}};
    tw_error error = {0};
    int exit = options_take_first(argc, argv, HELP, options);
    if (exit != OPTIONS_TAKEN)
        return exit;
    if (size.bytes % unit.bytes != 0) {
        tw_fail(&error, TW_USAGE, "--pool %" PRIu64 ": expected a multiple of --unit %" PRIu64,
                size.bytes, unit.bytes);
        return command_failed(&error);
    }
    const os_records records = host_records();
    pool p = {buddy_open(&records, 0, size.bytes / unit.bytes, &error), unit.bytes};
    if (p.blocks == NULL)
        return command_failed(&error);
    const alloc_actor actor = {&p, take, give, show, end};
    exit = alloc_steps_run(argc - optind, argv + optind, &actor);
    buddy_close(p.blocks);
    return exit;
}
