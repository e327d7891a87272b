/* alloc_vmalloc.c: `tablewalk alloc kmalloc` and `alloc vmalloc`: the same steps, with memory that
 * is contiguous in physical memory too, and with memory that is not. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "tb/host_records.h"
#include "tb/os/kmalloc.h"
#include "tb/os/port.h"
#include "tb/os/vmalloc.h"
#include "tb/program/alloc.h"
#include "tb/program/alloc_pages.h"
#include "tb/program/alloc_steps.h"
#include "tb/program/command.h"
#include "tb/program/options.h"

#define ABOUT_PAGES                                                                 \
    "  NAME=SIZE      takes SIZE bytes: 100, 12K, 1M\n"                             \
    "  -NAME          gives them back\n"                                            \
    "  --memory SIZE  of the buddy allocator that pages come from (default: 64K)\n" \
    "  --scatter      every second page is in use by somebody else\n"               \
    "  --help, --version\n\n"

static const char KMALLOC_HELP[] =
    "usage: tablewalk alloc kmalloc [--memory SIZE] [--scatter] STEP...\n\n"
    "Kernel memory that is contiguous in physical memory: up to 8K an object of a slab cache of "
    "its\n"
    "class of sizes, above 2^order pages. After each step: blocks with their addresses in the\n"
    "kernel's linear map, and the bytes that they take; then what is asked for, taken, and "
    "held.\n\n" ABOUT_PAGES "  tablewalk alloc kmalloc a=100 b=20K -a\n"
    "  tablewalk alloc kmalloc --scatter a=12K     is refused, see alloc vmalloc\n";

static const char VMALLOC_HELP[] =
    "usage: tablewalk alloc vmalloc [--memory SIZE] [--scatter] STEP...\n\n"
    "Kernel memory that is contiguous in virtual memory alone: areas in a window of 128 MiB, each\n"
    "with a guard page behind it, and their frames wherever they are. After each step: areas with\n"
    "their addresses and the page numbers of their frames; then pages, what mapping them took, "
    "and\n"
    "how much of the window is free outside of its longest gap.\n\n" ABOUT_PAGES
    "  tablewalk alloc vmalloc --scatter a=12K b=5K -a c=4K\n";

/* Where the linear map of a 32-bit kernel begins. */
static const uint64_t LINEAR = 0xc0000000;

/* Either allocator, and what vmalloc's page table is asked for. */
typedef struct kernel {
    os_kmalloc *kmalloc;
    os_vmalloc *vmalloc;
    uint64_t maps, unmaps, fences;
} kernel;

static void end(void *context, const alloc_blocks *named)
{
    size_t taken = 0;
    (void)context;
    for (size_t i = 0; i < named->count; i++)
        taken += named->block[i].taken;
    printf("taken: %zu, of %" PRIu64 " bytes; steps refused: %zu\n", taken, named->bytes,
           named->refusals);
}

static tw_status no_size(tw_error *error)
{
    return tw_fail(error, TW_USAGE, "a step without a size; NAME=SIZE takes SIZE bytes");
}

/* ---- kmalloc --------------------------------------------------------------------------------- */

static tw_status take_block(void *context, uint64_t bytes, uint64_t *at, tw_error *error)
{
    const kernel *k = context;
    return bytes == 0 ? no_size(error) : os_kmalloc_take(k->kmalloc, bytes, at, error);
}

static tw_status give_block(void *context, uint64_t at, tw_error *error)
{
    const kernel *k = context;
    return os_kmalloc_give(k->kmalloc, at, error);
}

static void show_blocks(void *context, const alloc_blocks *named)
{
    const kernel *k = context;
    const os_kmalloc_counts n = os_kmalloc_count(k->kmalloc);
    for (size_t i = 0; i < named->count; i++)
        if (named->block[i].taken)
            printf("[%s %#" PRIx64 " %" PRIu64 "]", named->block[i].name, named->block[i].at,
                   os_kmalloc_size(named->block[i].bytes));
    printf("\n    asked for: %" PRIu64 "; lost inside: %" PRIu64 " of %" PRIu64
           " bytes, %.1f %%; held in pages: %" PRIu64 "\n",
           n.asked, n.sizes - n.asked, n.sizes, alloc_percent(n.sizes - n.asked, n.sizes), n.held);
}

/* ---- vmalloc --------------------------------------------------------------------------------- */

static tw_status count_map(void *context, uint64_t va, uint64_t ppn, tw_error *error)
{
    kernel *k = context;
    (void)va, (void)ppn, (void)error;
    k->maps++;
    return TW_OK;
}

static tw_status count_unmap(void *context, uint64_t va, tw_error *error)
{
    kernel *k = context;
    (void)va, (void)error;
    k->unmaps++;
    return TW_OK;
}

static tw_status count_fence(void *context, uint64_t va, size_t pages, tw_error *error)
{
    kernel *k = context;
    (void)va, (void)pages, (void)error;
    k->fences++;
    return TW_OK;
}

static tw_status take_area(void *context, uint64_t bytes, uint64_t *at, tw_error *error)
{
    const kernel *k = context;
    return bytes == 0 ? no_size(error) : os_vmalloc_take(k->vmalloc, bytes, at, error);
}

static tw_status give_area(void *context, uint64_t at, tw_error *error)
{
    const kernel *k = context;
    return os_vmalloc_give(k->vmalloc, at, error);
}

static void show_areas(void *context, const alloc_blocks *named)
{
    const kernel *k = context;
    const os_vmalloc_counts n = os_vmalloc_count(k->vmalloc);
    for (size_t i = 0; i < named->count; i++) {
        uint64_t at = named->block[i].at, ppn;
        if (!named->block[i].taken)
            continue;
        printf("[%s %#" PRIx64 " frames", named->block[i].name, at);
        for (; os_vmalloc_frame(k->vmalloc, at, &ppn); at += OS_PAGE_BYTES)
            printf(" %" PRIu64, ppn);
        putchar(']');
    }
    printf("\n    pages: %" PRIu64 "; so far mapped %" PRIu64 ", unmapped %" PRIu64
           ", fences %" PRIu64 "; window: %" PRIu64 "K free, outside the longest gap: %.1f %%\n",
           n.pages, k->maps, k->unmaps, k->fences, n.free >> 10,
           alloc_percent(n.free - n.longest, n.free));
}

/* ---- the commands ---------------------------------------------------------------------------- */

static int run_kmalloc(const os_page_source *source, int steps, char **step)
{
    tw_error error = {0};
    const os_records records = host_records();
    kernel k = {.kmalloc = os_kmalloc_open(&records, source, LINEAR)};
    if (k.kmalloc == NULL) {
        tw_fail(&error, TW_NO_MEMORY, "no memory for the records of kmalloc");
        return command_failed(&error);
    }
    const alloc_actor actor = {&k, take_block, give_block, show_blocks, end};
    const int exit = alloc_steps_run(steps, step, &actor);
    os_kmalloc_close(k.kmalloc);
    return exit;
}

static int run_vmalloc(const os_page_source *source, int steps, char **step)
{
    tw_error error = {0};
    kernel k = {0};
    const os_records records = host_records();
    const os_kernel_map map = {&k, count_map, count_unmap, count_fence};
    if (os_vmalloc_open(&records, source, &map, OS_VMALLOC_BASE, OS_VMALLOC_BYTES, &k.vmalloc,
                        &error) != TW_OK)
        return command_failed(&error);
    const alloc_actor actor = {&k, take_area, give_area, show_areas, end};
    const int exit = alloc_steps_run(steps, step, &actor);
    os_vmalloc_close(k.vmalloc);
    return exit;
}

static int command(int argc, char **argv, const char *help,
                   int (*run)(const os_page_source *source, int steps, char **step))
{
    alloc_size_option memory = {"--memory", 64 << 10};
    bool scatter = false;
    const command_option options[] = {{"memory", .take = alloc_size_take, .context = &memory},
                                      {"scatter", .flag = &scatter},
                                      {0}};
    tw_error error = {0};
    int exit = options_take_first(argc, argv, help, options);
    if (exit != OPTIONS_TAKEN)
        return exit;
    buddy *pool = alloc_pages_open(memory.bytes, &error);
    if (pool == NULL)
        return command_failed(&error);
    if (scatter)
        alloc_pages_scatter(pool);
    const os_page_source source = alloc_pages_source(pool);
    exit = run(&source, argc - optind, argv + optind);
    buddy_close(pool);
    return exit;
}

int alloc_kmalloc(int argc, char **argv)
{
    return command(argc, argv, KMALLOC_HELP, run_kmalloc);
}

int alloc_vmalloc(int argc, char **argv)
{
    return command(argc, argv, VMALLOC_HELP, run_vmalloc);
}
