/* alloc_slab.c: `tablewalk alloc slab`: a cache of equal objects over a buddy, step by step. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "tb/host_records.h"
#include "tb/os/port.h"
#include "tb/os/slab.h"
#include "tb/program/alloc.h"
#include "tb/program/alloc_pages.h"
#include "tb/program/alloc_steps.h"
#include "tb/program/command.h"
#include "tb/program/options.h"

static const char HELP[] =
    "usage: tablewalk alloc slab [--object SIZE] [--pages N] [--memory SIZE] STEP...\n\n"
    "A cache of equal objects at work: a step takes an object from a slab that is partly used; if\n"
    "there is none, from an empty one; if there is none, from a new one, whose pages come from a\n"
    "buddy allocator. After each step: all slabs in the order of addresses, their objects with\n"
    "names, '.' for a free one; then how many are full, partial and empty, and what is lost: in\n"
    "objects, behind the last one, and in pages that round a slab up to a power of two.\n\n"
    "  NAME           takes an object; NAME=SIZE one of which only SIZE bytes are used\n"
    "  -NAME          gives it back\n"
    "  --object SIZE  (default: 3K)\n"
    "  --pages N      pages of a slab, 1 to 1024 (default: 3)\n"
    "  --memory SIZE  of the buddy allocator (default: 1M)\n"
    "  --help, --version\n\n"
    "  tablewalk alloc slab --object 3K --pages 3 a b c d e -b f -e\n";

/* Free objects in a row from which on they are counted, not drawn. */
enum { FREE_DRAWN = 8 };

typedef struct store {
    os_slabs *slabs;
    os_slab_cache *cache;
} store;

/* ---- steps ----------------------------------------------------------------------------------- */

static tw_status take(void *context, uint64_t bytes, uint64_t *at, tw_error *error)
{
    const store *s = context;
    const size_t object = os_slab_count(s->cache).bytes;
    if (bytes > object)
        return tw_fail(error, TW_USAGE,
                       "a step asks for %" PRIu64 " bytes, but an object has %zu: see --object",
                       bytes, object);
    return os_slab_take(s->cache, at, error);
}

static tw_status give(void *context, uint64_t at, tw_error *error)
{
    const store *s = context;
    return os_slab_give(s->cache, at, error);
}

/* ---- printing -------------------------------------------------------------------------------- */

static void print_free(size_t objects, const char **between)
{
    if (objects > FREE_DRAWN)
        printf("%s%zu free", *between, objects);
    for (size_t i = 0; i < objects && objects <= FREE_DRAWN; i++)
        printf("%s.", i == 0 ? *between : " ");
    if (objects > 0)
        *between = " ";
}

static void print_slab(const store *s, const os_slab_view *view, const alloc_blocks *named)
{
    const os_slab_counts n = os_slab_count(s->cache);
    const char *between = "";
    size_t free = 0;
    putchar('[');
    for (size_t i = 0; i < n.objects; i++) {
        const uint64_t address = view->address + i * n.stride;
        if (!os_slabs_taken(s->slabs, address)) {
            free++;
            continue;
        }
        print_free(free, &between);
        free = 0;
        printf("%s%s", between, alloc_block_at(named, address)->name);
        between = " ";
    }
    print_free(free, &between);
    putchar(']');
}

/* Bytes of all objects that are taken, as far as their steps use them. */
static uint64_t used_bytes(const store *s, const alloc_blocks *named)
{
    const uint64_t object = os_slab_count(s->cache).bytes;
    uint64_t used = 0;
    for (size_t i = 0; i < named->count; i++)
        if (named->block[i].taken)
            used += named->block[i].bytes > 0 ? named->block[i].bytes : object;
    return used;
}

static void show(void *context, const alloc_blocks *named)
{
    const store *s = context;
    const os_slab_counts n = os_slab_count(s->cache);
    const uint64_t slabs = n.slabs[0] + n.slabs[1] + n.slabs[2];
    const uint64_t held = slabs * n.held * OS_PAGE_BYTES;
    const uint64_t lost = held - n.free * n.stride - used_bytes(s, named);
    os_slab_view view;
    for (uint64_t at = 0; os_slabs_next(s->slabs, at, &view); at = view.address + view.bytes)
        print_slab(s, &view, named);
    printf("\n    slabs: %zu full, %zu partial, %zu empty; objects free: %zu; lost inside: %" PRIu64
           " of %" PRIu64 " bytes, %.1f %%\n",
           n.slabs[OS_SLAB_FULL], n.slabs[OS_SLAB_PARTIAL], n.slabs[OS_SLAB_EMPTY], n.free, lost,
           held, alloc_percent(lost, held));
}

static void end(void *context, const alloc_blocks *named)
{
    const store *s = context;
    const os_slab_counts n = os_slab_count(s->cache);
    printf("objects taken: %zu; steps refused: %zu; in a slab: %zu of %zu bytes; its pages: %zu, "
           "of the "
           "buddy: %zu; empty slabs, which can go back: %zu\n",
           n.taken, named->refusals, n.objects, n.stride, n.pages, n.held, n.slabs[OS_SLAB_EMPTY]);
}

/* ---- the command ----------------------------------------------------------------------------- */

static int run(const os_page_source *source, const os_slab_kind *kind, int steps, char **step)
{
    tw_error error = {0};
    const os_records records = host_records();
    store s = {.slabs = os_slabs_open(&records, source)};
    const alloc_actor actor = {&s, take, give, show, end};
    tw_status status = TW_OK;
    if (s.slabs == NULL)
        status = tw_fail(&error, TW_NO_MEMORY, "no memory for the records of a cache");
    if (status == TW_OK)
        status = os_slab_cache_open(s.slabs, kind, &s.cache, &error);
    int exit = status == TW_OK ? alloc_steps_run(steps, step, &actor) : command_failed(&error);
    os_slabs_close(s.slabs);
    return exit;
}

int alloc_slab(int argc, char **argv)
{
    alloc_size_option object = {"--object", 3 << 10}, memory = {"--memory", 1 << 20};
    uint32_t pages = 3;
    const command_option options[] = {
        {"object", .take = alloc_size_take, .context = &object},
        {"pages", .small = &pages, .min = 1, .max = OS_SLAB_PAGES_MAX},
        {"memory", .take = alloc_size_take, .context = &memory},
        {0}};
    tw_error error = {0};
    int exit = options_take_first(argc, argv, HELP, options);
    if (exit != OPTIONS_TAKEN)
        return exit;
    buddy *pool = alloc_pages_open(memory.bytes, &error);
    if (pool == NULL)
        return command_failed(&error);
    const os_page_source source = alloc_pages_source(pool);
    const os_slab_kind kind = {.name = "slab", .bytes = object.bytes, .pages = pages};
    exit = run(&source, &kind, argc - optind, argv + optind);
    buddy_close(pool);
    return exit;
}
