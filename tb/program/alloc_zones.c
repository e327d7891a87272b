/* alloc_zones.c: `tablewalk alloc zones`: frames of NUMA nodes, low and high, step by step. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tablewalk/pte.h"
#include "tb/host_records.h"
#include "tb/os/zones.h"
#include "tb/program/alloc.h"
#include "tb/program/alloc_steps.h"
#include "tb/program/command.h"
#include "tb/program/options.h"

static const char HELP[] =
    "usage: tablewalk alloc zones [--node SIZE]... [OPTION]... STEP...\n\n"
    "Physical memory of a kernel of 32 bits: nodes, one behind the other from address 0 on, and in "
    "each\n"
    "low memory, which has an address at a fixed distance, and high memory, which has none (see\n"
    "'tablewalk alloc kmap'). A step takes frames from the node itself, else from the nearest one. "
    "After\n"
    "each step: where each block lies, and what is free.\n\n"
    "  NAME=SIZE      takes a row of frames, a power of two of them, for SIZE bytes\n"
    "  -NAME          gives it back\n"
    "  --node SIZE    memory of a node, up to 8 times (default: one of 1G)\n"
    "  --low SIZE     memory from address 0 on that is low (default: 896M)\n"
    "  --from N       the node whose processor takes and uses them (default: 0)\n"
    "  --want low|high  low memory only, or high before low (default: high)\n"
    "  --distance N   from a node to the next, and as much more for each further one: 10 is as "
    "near as\n"
    "                 the node itself, whose accesses take 100 cycles (default: 20)\n"
    "  --help, --version\n\n"
    "  tablewalk alloc zones --node 64K --node 64K --low 96K a=64K b=32K c=32K\n";

enum { DEFAULT_NODE = 1 << 18, LATENCY = 100 };

typedef struct shown {
    zones_setup setup;
    zones_view view;
} shown;

/* ---- steps ----------------------------------------------------------------------------------- */

static tw_status take(void *context, uint64_t bytes, uint64_t *at, tw_error *error)
{
    shown *s = context;
    if (bytes == 0)
        return tw_fail(error, TW_USAGE, "a step without a size; NAME=SIZE takes SIZE bytes");
    return zones_take(s->view.memory, s->view.node, s->view.want,
                      buddy_order_for(((bytes - 1) >> PAGE_SHIFT) + 1), at, error);
}

static tw_status give(void *context, uint64_t at, tw_error *error)
{
    shown *s = context;
    return zones_give(s->view.memory, at, error);
}

static void print_block(const shown *s, const alloc_block *block)
{
    unsigned node = 0;
    bool high = false;
    uint64_t va;
    zones_find(s->view.memory, block->at, &node, &high);
    printf("%s: node %u, PA %#" PRIx64, block->name, node, block->at << PAGE_SHIFT);
    if (zones_linear(s->view.memory, block->at << PAGE_SHIFT, &va, NULL) == TW_OK)
        printf(", VA %#" PRIx64, va);
    else
        printf(", no VA");
    printf(", %" PRIu64 " cycles", zones_cost(s->view.memory, s->view.node, block->at));
}

static void print_free(const shown *s)
{
    char text[ALLOC_SIZE_TEXT_MAX];
    const char *between = "    free: ";
    for (unsigned node = 0; node < s->setup.nodes; node++)
        for (int high = 0; high < 2; high++) {
            const buddy *zone = zones_buddy(s->view.memory, node, high);
            if (zone == NULL)
                continue;
            printf("%snode %u %s %s", between, node, high ? "high" : "low",
                   alloc_size_text(buddy_free(zone) << PAGE_SHIFT, text));
            between = ", ";
        }
    putchar('\n');
}

static void show(void *context, const alloc_blocks *named)
{
    const shown *s = context;
    const char *between = "";
    for (size_t i = 0; i < named->count; i++)
        if (named->block[i].taken) {
            fputs(between, stdout);
            print_block(s, &named->block[i]);
            between = "; ";
        }
    putchar('\n');
    print_free(s);
}

static void end(void *context, const alloc_blocks *named)
{
    const shown *s = context;
    unsigned node;
    bool high;
    size_t taken = 0, local = 0;
    for (size_t i = 0; i < named->count; i++)
        if (named->block[i].taken) {
            taken++;
            local += zones_find(s->view.memory, named->block[i].at, &node, &high) &&
                     node == s->view.node;
        }
    printf("%zu taken, %zu of them local; %zu refused\n", taken, local, named->refusals);
}

/* ---- the command ----------------------------------------------------------------------------- */

static tw_status take_node(void *context, const char *text, tw_error *error)
{
    zones_setup *setup = context;
    uint64_t bytes, first = 0;
    tw_status status = alloc_size_parse("--node", text, &bytes, error);
    if (status != TW_OK)
        return status;
    if (setup->nodes == ZONES_NODES_MAX || bytes % (1u << PAGE_SHIFT) != 0)
        return tw_fail(error, TW_USAGE,
                       "--node '%.40s': expected whole pages of 4K, and %d nodes "
                       "at most",
                       text, ZONES_NODES_MAX);
    for (unsigned i = 0; i < setup->nodes; i++)
        first += setup->node[i].count;
    setup->node[setup->nodes++] = (zones_node){first, bytes >> PAGE_SHIFT, LATENCY};
    return TW_OK;
}

/* As nodes in a row are, each with the next. */
static void set_distances(zones_setup *setup, unsigned step)
{
    for (unsigned i = 0; i < setup->nodes; i++)
        for (unsigned k = 0; k < setup->nodes; k++)
            setup->distance[i][k] =
                (uint8_t)(ZONES_LOCAL + (i < k ? k - i : i - k) * (step - ZONES_LOCAL));
}

static int run(shown *s, int steps, char **step)
{
    tw_error error = {0};
    const os_records records = host_records();
    s->view.memory = zones_open(&records, &s->setup, &error);
    if (s->view.memory == NULL)
        return command_failed(&error);
    if (s->view.node >= s->setup.nodes) {
        zones_close(s->view.memory);
        tw_fail(&error, TW_USAGE, "--from %u: the last node is %u", s->view.node,
                s->setup.nodes - 1);
        return command_failed(&error);
    }
    const alloc_actor actor = {s, take, give, show, end};
    int exit = alloc_steps_run(steps, step, &actor);
    zones_close(s->view.memory);
    return exit;
}

int alloc_zones(int argc, char **argv)
{
    static const char *const wants[] = {"low", "high", NULL}; /* in the order of zones_want */
    shown s = {.setup = zones_usual(DEFAULT_NODE)};
    alloc_size_option low = {"--low", s.setup.low_limit};
    unsigned want = ZONES_HIGH;
    uint32_t from = 0, distance = 20;
    /* 7 times 34 and 10 are the farthest that a distance can be. */
    const command_option options[] = {{"node", .take = take_node, .context = &s.setup},
                                      {"low", .take = alloc_size_take, .context = &low},
                                      {"from", .small = &from, .max = ZONES_NODES_MAX - 1},
                                      {"want", .index = &want, .names = wants},
                                      {"distance", .small = &distance, .min = 10, .max = 44},
                                      {0}};
    s.setup.nodes = 0;
    int exit = options_take_first(argc, argv, HELP, options);
    if (exit != OPTIONS_TAKEN)
        return exit;
    if (s.setup.nodes == 0)
        s.setup.nodes = 1;
    s.setup.low_limit = low.bytes;
    s.view.node = from;
    s.view.want = (zones_want)want;
    set_distances(&s.setup, distance);
    return run(&s, argc - optind, argv + optind);
}
