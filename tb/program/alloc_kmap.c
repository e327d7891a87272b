/* alloc_kmap.c: `tablewalk alloc kmap`: addresses for a time, step by step. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "tablewalk/pte.h"
#include "tb/host_records.h"
#include "tb/os/kmap.h"
#include "tb/os/zones.h"
#include "tb/program/alloc.h"
#include "tb/program/alloc_steps.h"
#include "tb/program/command.h"
#include "tb/program/options.h"

static const char HELP[] =
    "usage: tablewalk alloc kmap [--slots N] [--low SIZE] STEP...\n\n"
    "How a kernel of 32 bits reaches physical memory: what is low has its address, 0xc0000000 "
    "more; "
    "what\n"
    "is high gets one of a few slots behind it for a time. After each step: what is reached where, "
    "and\n"
    "how many slots have users, are mapped, and how many fences that took.\n\n"
    "  NAME=ADDRESS  maps the page at a physical address: 100M, 1G, 3.5G\n"
    "  -NAME         unmaps it\n"
    "  --slots N     (default: 4)\n"
    "  --low SIZE    memory from address 0 on that is low (default: 896M)\n"
    "  --help, --version\n\n"
    "  tablewalk alloc kmap --slots 2 a=100M b=1G c=1G d=2G e=3G -b -c e2=3G\n";

typedef struct shown {
    zones *memory;
    kmap *window;
} shown;

/* ---- a page table that nobody walks ---------------------------------------------------------- */

static tw_status map(void *context, uint64_t va, uint64_t ppn, tw_error *error)
{
    (void)context, (void)va, (void)ppn, (void)error;
    return TW_OK;
}

static tw_status unmap(void *context, uint64_t va, tw_error *error)
{
    (void)context, (void)va, (void)error;
    return TW_OK;
}

static tw_status fence(void *context, tw_error *error)
{
    (void)context, (void)error;
    return TW_OK;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static tw_status take(void *context, uint64_t pa, uint64_t *at, tw_error *error)
{
    shown *s = context;
    if (pa == 0)
        return tw_fail(error, TW_USAGE, "a step without an address; NAME=ADDRESS maps one");
    pa = pa >> PAGE_SHIFT << PAGE_SHIFT;
    if (zones_linear(s->memory, pa, at, NULL) == TW_OK)
        return TW_OK;
    return kmap_map(s->window, pa >> PAGE_SHIFT, at, error);
}

static tw_status give(void *context, uint64_t at, tw_error *error)
{
    shown *s = context;
    uint64_t pa;
    if (zones_physical(s->memory, at, &pa, NULL) == TW_OK)
        return TW_OK;
    return kmap_unmap(s->window, at, NULL, error);
}

static void print_counts(const shown *s)
{
    printf("slots used: %zu, mapped: %zu; fences: %" PRIu64, kmap_used(s->window),
           kmap_mapped(s->window), kmap_fences(s->window));
}

static void show(void *context, const alloc_blocks *named)
{
    const shown *s = context;
    for (size_t i = 0; i < named->count; i++)
        if (named->block[i].taken)
            printf("%s at %#" PRIx64 "; ", named->block[i].name, named->block[i].at);
    print_counts(s);
    putchar('\n');
}

static void end(void *context, const alloc_blocks *named)
{
    print_counts(context);
    printf("; had to wait: %zu\n", named->refusals);
}

/* ---- the command ----------------------------------------------------------------------------- */

int alloc_kmap(int argc, char **argv)
{
    zones_setup setup = zones_usual(1);
    alloc_size_option low = {"--low", setup.low_limit};
    uint32_t slots = 4;
    const command_option options[] = {{"slots", .small = &slots, .min = 1, .max = 32768},
                                      {"low", .take = alloc_size_take, .context = &low},
                                      {0}};
    const kmap_tables tables = {NULL, map, unmap, fence};
    tw_error error = {0};
    int exit = options_take_first(argc, argv, HELP, options);
    if (exit != OPTIONS_TAKEN)
        return exit;
    setup.low_limit = low.bytes;
    const os_records records = host_records();
    shown s = {.memory = zones_open(&records, &setup, &error)};
    if (s.memory != NULL)
        s.window = kmap_open(&records, setup.split + setup.low_limit, slots, &tables, &error);
    const alloc_actor actor = {&s, take, give, show, end};
    exit = s.window == NULL ? command_failed(&error)
                            : alloc_steps_run(argc - optind, argv + optind, &actor);
    kmap_close(s.window);
    zones_close(s.memory);
    return exit;
}
