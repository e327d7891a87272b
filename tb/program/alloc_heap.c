/* alloc_heap.c: `tablewalk alloc heap`: a program's malloc and its free list, step by step. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tb/heap.h"
#include "tb/program/alloc.h"
#include "tb/program/alloc_steps.h"
#include "tb/program/command.h"
#include "tb/program/options.h"

enum { HEADER_MAX = 4096, SIZE_MAX_MIB = 16 };

static const char *const FITS[] = {"first", "best", "worst", NULL};
static const char *const ORDERS[] = {"address", "up", "down", "lifo", NULL};

static const char HELP[] =
    "usage: tablewalk alloc heap [OPTION]... STEP...\n\n"
    "The malloc of a program at work. A step takes a chunk from the free list, and splits off what "
    "is\n"
    "too much; what is given back goes into the list. After each step: all chunks in memory, "
    "[ADDRESS:\n"
    "BYTES], those that are taken with their names; then the free list, and of how many chunks the "
    "step\n"
    "looked at; what is lost in headers and by rounding (internal fragmentation), and how much of "
    "what\n"
    "is free is outside the largest free chunk (external fragmentation).\n\n"
    "  NAME=SIZE      malloc of SIZE bytes: 100, 850B, 3.6K\n"
    "  -NAME          free\n"
    "  --base N       address of the heap (default: 16384)\n"
    "  --size SIZE    of the heap, up to 16M (default: 4096)\n"
    "  --header N     bytes in front of each block: 0, or 8 to 4096 (default: 8)\n"
    "  --align N      requests are rounded up to a multiple of it (default: 4; without headers 1)\n"
    "  --fit POLICY   first, best, worst: which of the chunks that are long enough (default: "
    "first)\n"
    "  --order ORDER  of the free list: address, up or down (by length), lifo (default: address)\n"
    "  --coalesce     free chunks that touch become one\n"
    "  --help, --version\n\n"
    "  tablewalk alloc heap a=100 b=100 c=100 -b d=3800\n"
    "  tablewalk alloc heap --coalesce a=100 b=100 c=100 -a -c -b d=3800\n";

typedef struct room {
    heap heap;
    uint32_t *word; /* those that the heap reads and writes: its own, or without headers records */
    uint64_t first; /* address of the first */
} room;

/* ---- memory ---------------------------------------------------------------------------------- */

static tw_status read_word(void *context, uint64_t address, uint32_t *word, tw_error *error)
{
    const room *r = context;
    (void)error;
    *word = r->word[(address - r->first) / 4];
    return TW_OK;
}

static tw_status write_word(void *context, uint64_t address, uint32_t word, tw_error *error)
{
    room *r = context;
    (void)error;
    r->word[(address - r->first) / 4] = word;
    return TW_OK;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static tw_status take(void *context, uint64_t bytes, uint64_t *at, tw_error *error)
{
    room *r = context;
    tw_error why;
    if (bytes == 0)
        return tw_fail(error, TW_USAGE, "a step without a size; NAME=SIZE takes SIZE bytes");
    tw_status status = heap_malloc(&r->heap, bytes, at, &why);
    return status == TW_OK ? TW_OK : tw_fail(error, status, "refused: %s", why.text);
}

static tw_status give(void *context, uint64_t at, tw_error *error)
{
    room *r = context;
    r->heap.searched = 0;
    return heap_free(&r->heap, at, error);
}

/* ---- printing -------------------------------------------------------------------------------- */

/* The words of the heap are this command's own, so that nothing here fails. */
static heap_chunk chunk_at(const room *r, uint64_t address)
{
    heap_chunk chunk = {.bytes = UINT64_MAX, .next = HEAP_END};
    (void)heap_chunk_at(&r->heap, address, &chunk, NULL);
    return chunk;
}

static void print_memory(const room *r, const alloc_blocks *named)
{
    const uint64_t end = heap_end(&r->heap);
    heap_chunk chunk;
    for (uint64_t at = r->heap.options.base; at < end; at += chunk.bytes) {
        chunk = chunk_at(r, at);
        if (chunk.taken)
            printf("[%s %" PRIu64 ":%" PRIu64 "]",
                   alloc_block_at(named, at + r->heap.options.header)->name, at, chunk.bytes);
        else
            printf("[%" PRIu64 ":%" PRIu64 "]", at, chunk.bytes);
    }
    putchar('\n');
}

static void print_list(const room *r)
{
    heap_chunk chunk;
    printf("    list: ");
    for (uint64_t at = r->heap.head; at != HEAP_END; at = chunk.next) {
        chunk = chunk_at(r, at);
        printf("[%" PRIu64 ":%" PRIu64 "]", at, chunk.bytes);
    }
    if (r->heap.head == HEAP_END)
        printf("nothing");
    if (r->heap.searched > 0)
        printf(", %" PRIu64 " searched", r->heap.searched);
}

static void show(void *context, const alloc_blocks *named)
{
    const room *r = context;
    heap_usage usage;
    print_memory(r, named);
    print_list(r);
    (void)heap_use(&r->heap, &usage, NULL);
    const uint64_t taken = r->heap.bytes - usage.free, lost = taken - named->bytes;
    printf("; lost inside: %" PRIu64 " of %" PRIu64
           " bytes, %.1f %%; outside the largest: %.1f %%\n",
           lost, taken, alloc_percent(lost, taken), 100 * heap_fragmentation(&usage));
}

static void end(void *context, const alloc_blocks *named)
{
    const room *r = context;
    heap_usage usage;
    size_t taken = 0;
    (void)heap_use(&r->heap, &usage, NULL);
    for (size_t i = 0; i < named->count; i++)
        taken += named->block[i].taken;
    printf("%zu %s taken: %" PRIu64 " bytes for %" PRIu64 " asked for; %" PRIu64 " of %" PRIu64
           " free, in %" PRIu64 " %s; %zu %s refused\n",
           taken, taken == 1 ? "block" : "blocks", r->heap.bytes - usage.free, named->bytes,
           usage.free, r->heap.bytes, usage.chunks, usage.chunks == 1 ? "chunk" : "chunks",
           named->refusals, named->refusals == 1 ? "step" : "steps");
}

/* ---- the command ----------------------------------------------------------------------------- */

/* Memory for the heap's words. Nothing else is in its blocks. */
static tw_status open_room(room *r, heap_options *options, tw_error *error)
{
    const heap_memory memory = {r, read_word, write_word, NULL};
    const bool headers = options->header != 0;
    const uint64_t bytes = headers ? options->bytes : options->bytes / options->align * HEAP_RECORD;
    options->records = (options->base + options->bytes + 3) / 4 * 4;
    r->first = headers ? options->base : options->records;
    r->word = calloc(bytes / 4 + 1, sizeof *r->word);
    if (r->word == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for a heap of %" PRIu64 " bytes",
                       options->bytes);
    return heap_open(&r->heap, &memory, options, error);
}

/* As options_take. */
static int parse(heap_options *o, int argc, char **argv)
{
    tw_error error;
    alloc_size_option size = {"--size", 4096};
    unsigned fit = HEAP_FIRST_FIT, order = HEAP_BY_ADDRESS;
    bool aligned = false;
    const command_option options[] = {
        {"base", .number = &o->base, .max = UINT64_C(1) << 48},
        {"size", .take = alloc_size_take, .context = &size},
        {"header", .small = &o->header, .max = HEADER_MAX},
        {"align", .small = &o->align, .given = &aligned, .min = 1, .max = HEADER_MAX},
        {"fit", .index = &fit, .names = FITS},
        {"order", .index = &order, .names = ORDERS},
        {"coalesce", .flag = &o->coalesce},
        {0}};
    int exit = options_take_first(argc, argv, HELP, options);
    if (exit != OPTIONS_TAKEN)
        return exit;
    if (size.bytes > SIZE_MAX_MIB << 20) {
        tw_fail(&error, TW_USAGE, "--size %" PRIu64 ": at most %dM", size.bytes, SIZE_MAX_MIB);
        return command_failed(&error);
    }
    if (!aligned)
        o->align = o->header == 0 ? 1 : 4;
    o->bytes = size.bytes;
    o->fit = (heap_fit)fit;
    o->order = (heap_order)order;
    return OPTIONS_TAKEN;
}

int alloc_heap(int argc, char **argv)
{
    room r = {0};
    heap_options options = {.base = 16384, .header = 8};
    tw_error error = {0};
    int exit = parse(&options, argc, argv);
    if (exit != OPTIONS_TAKEN)
        return exit;
    if (open_room(&r, &options, &error) == TW_OK) {
        const alloc_actor actor = {&r, take, give, show, end};
        exit = alloc_steps_run(argc - optind, argv + optind, &actor);
    } else {
        exit = command_failed(&error);
    }
    free(r.word);
    return exit;
}
