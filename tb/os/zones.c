/* zones.c. Invariant: `zone` covers the frames of all nodes, each once; `near` lists for each node
 * those that it reaches, nearest first. */
#include "tb/os/zones.h"

#include <inttypes.h>

#include "tablewalk/pte.h"

enum { LOW, HIGH, KINDS };

struct zones {
    os_records records;
    zones_setup setup;
    buddy *zone[ZONES_NODES_MAX][KINDS]; /* NULL: the node has no such memory */
    unsigned near[ZONES_NODES_MAX][ZONES_NODES_MAX], reached[ZONES_NODES_MAX];
};

zones_setup zones_usual(uint64_t pages)
{
    return (zones_setup){.split = ZONES_SPLIT,
                         .low_limit = ZONES_LOW_LIMIT,
                         .nodes = 1,
                         .node = {{.count = pages, .latency = 100}},
                         .distance = {{ZONES_LOCAL}}};
}

/* ---- opening --------------------------------------------------------------------------------- */

static tw_status check_addresses(const zones_setup *s, tw_error *error)
{
    const uint64_t page = UINT64_C(1) << PAGE_SHIFT;
    if ((s->base | s->split | s->low_limit) % page != 0)
        return tw_fail(error, TW_USAGE, "base, split and low limit must be multiples of %" PRIu64,
                       page);
    if (s->low_limit > UINT64_MAX - s->base || s->low_limit > UINT64_MAX - s->split)
        return tw_fail(error, TW_USAGE,
                       "low memory of %#" PRIx64 " bytes does not fit between %#" PRIx64
                       " and the end of addresses: give a lower limit or split",
                       s->low_limit, s->split > s->base ? s->split : s->base);
    return TW_OK;
}

static tw_status check_node(const zones_setup *s, unsigned n, tw_error *error)
{
    const zones_node *node = &s->node[n];
    if (node->count == 0 || node->first < s->base >> PAGE_SHIFT)
        return tw_fail(error, TW_USAGE, "node %u has no memory, or some below the base %#" PRIx64,
                       n, s->base);
    for (unsigned i = 0; i < n; i++)
        if (node->first - s->node[i].first < s->node[i].count ||
            s->node[i].first - node->first < node->count)
            return tw_fail(error, TW_USAGE, "nodes %u and %u have frames in common", i, n);
    for (unsigned i = 0; i < s->nodes; i++)
        if (i == n ? s->distance[n][i] != ZONES_LOCAL : s->distance[n][i] < ZONES_LOCAL)
            return tw_fail(error, TW_USAGE,
                           "distance %u from node %u to %u: expected %d to itself, and no less to "
                           "others",
                           s->distance[n][i], n, i, ZONES_LOCAL);
    return TW_OK;
}

/* Less is nearer; of equally near nodes the node itself is first. */
static unsigned nearness(const zones_setup *s, unsigned from, unsigned to)
{
    return 2u * s->distance[from][to] + (from != to);
}

/* By insertion, so that of equally near nodes the one of lower number comes first. */
static void sort_near(zones *z, unsigned from)
{
    unsigned *near = z->near[from];
    for (unsigned node = 0; node < z->setup.nodes; node++) {
        unsigned at = z->reached[from];
        if (z->setup.distance[from][node] == ZONES_UNREACHABLE)
            continue;
        for (; at > 0 && nearness(&z->setup, from, near[at - 1]) > nearness(&z->setup, from, node);
             at--)
            near[at] = near[at - 1];
        near[at] = node;
        z->reached[from]++;
    }
}

/* The first frame that is not low. */
static uint64_t low_end(const zones_setup *s)
{
    const uint64_t most = UINT64_MAX - s->base;
    return (s->base + (s->low_limit < most ? s->low_limit : most)) >> PAGE_SHIFT;
}

/* Pages of a node that are low: the first. */
static uint64_t low_part(const zones_setup *s, unsigned n)
{
    const uint64_t limit = low_end(s), first = s->node[n].first;
    const uint64_t below = first >= limit ? 0 : limit - first;
    return below < s->node[n].count ? below : s->node[n].count;
}

uint64_t zones_low_pages(const zones_setup *setup)
{
    uint64_t low = 0;
    for (unsigned n = 0; n < setup->nodes && n < ZONES_NODES_MAX; n++)
        low += low_part(setup, n);
    return low;
}

static tw_status open_node(zones *z, unsigned n, tw_error *error)
{
    const zones_node *node = &z->setup.node[n];
    const uint64_t low = low_part(&z->setup, n);
    if (low > 0)
        z->zone[n][LOW] = buddy_open(&z->records, node->first, low, error);
    if (low < node->count)
        z->zone[n][HIGH] = buddy_open(&z->records, node->first + low, node->count - low, error);
    const bool good = (low == 0) == (z->zone[n][LOW] == NULL) &&
                      (low == node->count) == (z->zone[n][HIGH] == NULL);
    return good ? TW_OK : TW_NO_MEMORY;
}

static tw_status check_setup(const zones_setup *s, tw_error *error)
{
    if (s->nodes == 0 || s->nodes > ZONES_NODES_MAX)
        return tw_fail(error, TW_USAGE, "%u nodes: expected 1 to %d", s->nodes, ZONES_NODES_MAX);
    tw_status status = check_addresses(s, error);
    for (unsigned n = 0; n < s->nodes && status == TW_OK; n++)
        status = check_node(s, n, error);
    return status;
}

zones *zones_open(const os_records *records, const zones_setup *setup, tw_error *error)
{
    if (check_setup(setup, error) != TW_OK)
        return NULL;
    zones *z = os_records_take(records, 1, sizeof *z);
    if (z == NULL) {
        tw_fail(error, TW_NO_MEMORY, "no memory to keep the books of %u nodes", setup->nodes);
        return NULL;
    }
    z->records = *records;
    z->setup = *setup;
    for (unsigned n = 0; n < setup->nodes; n++) {
        sort_near(z, n);
        if (open_node(z, n, error) != TW_OK) {
            zones_close(z);
            return NULL;
        }
    }
    return z;
}

void zones_close(zones *memory)
{
    if (memory == NULL)
        return;
    for (unsigned n = 0; n < memory->setup.nodes; n++)
        for (unsigned kind = 0; kind < KINDS; kind++)
            buddy_close(memory->zone[n][kind]);
    const os_records records = memory->records;
    os_records_give(&records, memory);
}

/* ---- taking and giving ----------------------------------------------------------------------- */

static bool take_from(buddy *zone, unsigned order, uint64_t *ppn)
{
    return zone != NULL && buddy_take(zone, order, ppn, NULL) == TW_OK;
}

tw_status zones_take(zones *memory, unsigned node, zones_want want, unsigned order, uint64_t *ppn,
                     tw_error *error)
{
    if (node >= memory->setup.nodes)
        return tw_fail(error, TW_USAGE, "there is no node %u: the last is %u", node,
                       memory->setup.nodes - 1);
    for (unsigned i = 0; i < memory->reached[node]; i++) {
        buddy **zone = memory->zone[memory->near[node][i]];
        if ((want == ZONES_HIGH && take_from(zone[HIGH], order, ppn)) ||
            take_from(zone[LOW], order, ppn))
            return TW_OK;
    }
    return tw_fail(error, TW_NO_MEMORY,
                   "no row of %" PRIu64 " free frames is left in %s that node %u reaches: give "
                   "some back, or take less",
                   UINT64_C(1) << order, want == ZONES_LOW ? "low memory" : "memory", node);
}

bool zones_serve(const zones *memory, unsigned node, zones_want want, uint64_t ppn)
{
    unsigned of;
    bool high;
    return node < memory->setup.nodes && zones_find(memory, ppn, &of, &high) &&
           memory->setup.distance[node][of] != ZONES_UNREACHABLE && (want == ZONES_HIGH || !high);
}

bool zones_find(const zones *memory, uint64_t ppn, unsigned *node, bool *high)
{
    for (unsigned n = 0; n < memory->setup.nodes; n++)
        if (ppn - memory->setup.node[n].first < memory->setup.node[n].count) {
            *node = n;
            *high = ppn >= low_end(&memory->setup);
            return true;
        }
    return false;
}

/* NULL with a sentence if there is no such frame. */
static buddy *zone_of(const zones *memory, uint64_t ppn, tw_error *error)
{
    unsigned node;
    bool high;
    if (zones_find(memory, ppn, &node, &high))
        return memory->zone[node][high ? HIGH : LOW];
    tw_fail(error, TW_USAGE, "frame %#" PRIx64 " is of no node", ppn);
    return NULL;
}

tw_status zones_give(zones *memory, uint64_t ppn, tw_error *error)
{
    buddy *zone = zone_of(memory, ppn, error);
    return zone == NULL ? TW_USAGE : buddy_give(zone, ppn, error);
}

tw_status zones_split(zones *memory, uint64_t ppn, tw_error *error)
{
    buddy *zone = zone_of(memory, ppn, error);
    return zone == NULL ? TW_USAGE : buddy_split(zone, ppn, error);
}

const buddy *zones_buddy(const zones *memory, unsigned node, bool high)
{
    return node < memory->setup.nodes ? memory->zone[node][high ? HIGH : LOW] : NULL;
}

/* ---- addresses and costs --------------------------------------------------------------------- */

tw_status zones_linear(const zones *memory, uint64_t pa, uint64_t *va, tw_error *error)
{
    const zones_setup *s = &memory->setup;
    if (pa - s->base >= s->low_limit)
        return tw_fail(error, TW_USAGE,
                       "physical address %#" PRIx64 " is not of low memory, %#" PRIx64
                       " bytes from %#" PRIx64 " on: map it by kmap",
                       pa, s->low_limit, s->base);
    *va = pa - s->base + s->split;
    return TW_OK;
}

tw_status zones_physical(const zones *memory, uint64_t va, uint64_t *pa, tw_error *error)
{
    const zones_setup *s = &memory->setup;
    if (va - s->split >= s->low_limit)
        return tw_fail(error, TW_USAGE,
                       "address %#" PRIx64 " is not of low memory, %#" PRIx64
                       " bytes from %#" PRIx64 " on: ask the page tables",
                       va, s->low_limit, s->split);
    *pa = va - s->split + s->base;
    return TW_OK;
}

uint64_t zones_setup_cost(const zones_setup *setup, unsigned node, uint64_t ppn)
{
    for (unsigned to = 0; node < setup->nodes && to < setup->nodes; to++) {
        const uint64_t distance = setup->distance[node][to];
        if (ppn - setup->node[to].first < setup->node[to].count)
            return distance != ZONES_UNREACHABLE ? setup->node[to].latency * distance / ZONES_LOCAL
                                                 : 0;
    }
    return 0;
}

uint64_t zones_cost(const zones *memory, unsigned node, uint64_t ppn)
{
    return zones_setup_cost(&memory->setup, node, ppn);
}

/* ---- a source of pages ----------------------------------------------------------------------- */

static tw_status source_take(void *context, unsigned order, uint64_t *ppn, tw_error *error)
{
    zones_view *view = context;
    return zones_take(view->memory, view->node, view->want, order, ppn, error);
}

static tw_status source_give(void *context, uint64_t ppn, unsigned order, tw_error *error)
{
    zones_view *view = context;
    buddy_block block;
    buddy *zone = zone_of(view->memory, ppn, error);
    if (zone == NULL)
        return TW_USAGE;
    if (buddy_block_at(zone, ppn, &block) && block.taken && block.order != order)
        return tw_fail(error, TW_USAGE, "frame %#" PRIx64 " was taken with order %u, not %u", ppn,
                       block.order, order);
    return buddy_give(zone, ppn, error);
}

os_page_source zones_source(zones_view *view)
{
    return (os_page_source){view, source_take, source_give};
}
