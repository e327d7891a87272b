/* alloc_areas.c: `tablewalk alloc areas`: mmap and munmap, step by step. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tablewalk/pte.h"
#include "tb/host_records.h"
#include "tb/os/vma.h"
#include "tb/program/alloc.h"
#include "tb/program/alloc_steps.h"
#include "tb/program/command.h"
#include "tb/program/options.h"

static const char HELP[] =
    "usage: tablewalk alloc areas [--lowest] [--guard N] STEP...\n\n"
    "The virtual memory areas of a process, which has code at 0x10000 and a stack below\n"
    "0x80000000. Each step maps, or unmaps, pages for reading and writing: to the topmost gap\n"
    "below the guard of the stack, as Linux does. Areas that touch and are alike are one. After\n"
    "each step: how many areas there are, and the longest gap; at the end all of them, as\n"
    "/proc/PID/maps has them.\n\n"
    "  NAME=SIZE  maps SIZE bytes, and what is missing to a multiple of 4K: 8K, 1M\n"
    "  -NAME      unmaps them\n"
    "  --lowest   to the lowest gap instead\n"
    "  --guard N  pages of the guard (default: 256)\n"
    "  --help, --version\n\n"
    "  tablewalk alloc areas a=8K b=8K c=16K -b d=4K\n";

enum { CODE_PAGES = 4, STACK_PAGES = 33 };

static const uint64_t LOW = 0x10000, HIGH = 0x80000000;

/* A mapping by its start: areas that were joined do not know it any more. */
typedef struct mapping {
    uint64_t start, bytes;
    struct mapping *next;
} mapping;

typedef struct shown {
    os_vmas *areas;
    os_vma_window window;
    mapping *mappings;
} shown;

static tw_status take(void *context, uint64_t bytes, uint64_t *at, tw_error *error)
{
    shown *s = context;
    if (bytes == 0)
        return tw_fail(error, TW_USAGE, "a step without a size; NAME=SIZE maps so many bytes");
    bytes = (bytes + OS_PAGE_BYTES - 1) >> PAGE_SHIFT << PAGE_SHIFT;
    mapping *new = calloc(1, sizeof *new);
    if (new == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the record of a mapping");
    os_vma area = {.end = bytes, .permissions = OS_R | OS_W};
    tw_status status = os_vmas_place(s->areas, &area, s->window, error);
    if (status != TW_OK) {
        free(new);
        return status;
    }
    *new = (mapping){area.start, bytes, s->mappings};
    s->mappings = new;
    *at = area.start;
    return TW_OK;
}

static tw_status give(void *context, uint64_t at, tw_error *error)
{
    shown *s = context;
    mapping **place = &s->mappings;
    while (*place != NULL && (*place)->start != at)
        place = &(*place)->next;
    mapping *old = *place;
    if (old == NULL)
        return tw_fail(error, TW_USAGE, "nothing is mapped at %#" PRIx64 " any more", at);
    *place = old->next;
    tw_status status = os_vmas_unmap(s->areas, at, at + old->bytes, NULL, error);
    free(old);
    return status;
}

/* The longest gap between two areas. */
static uint64_t longest_gap(const os_vmas *areas)
{
    uint64_t longest = 0;
    const os_vma *area = os_vmas_first(areas), *next;
    for (; area != NULL && (next = os_vmas_next(area)) != NULL; area = next)
        longest = next->start - area->end > longest ? next->start - area->end : longest;
    return longest;
}

static void show(void *context, const alloc_blocks *named)
{
    const shown *s = context;
    char text[ALLOC_SIZE_TEXT_MAX];
    for (size_t i = 0; i < named->count; i++)
        if (named->block[i].taken)
            printf("%s at %#" PRIx64 "; ", named->block[i].name, named->block[i].at);
    printf("areas: %zu, longest gap: %s\n", os_vmas_count(s->areas),
           alloc_size_text(longest_gap(s->areas), text));
}

static void end(void *context, const alloc_blocks *named)
{
    const shown *s = context;
    (void)named;
    os_vmas_print(s->areas, stdout);
}

/* Code and stack. */
static tw_status load(shown *s, tw_error *error)
{
    os_vma code = {
        .start = LOW, .end = LOW + CODE_PAGES * OS_PAGE_BYTES, .permissions = OS_R | OS_X};
    os_vma stack = {.start = HIGH - STACK_PAGES * OS_PAGE_BYTES,
                    .end = HIGH,
                    .permissions = OS_R | OS_W,
                    .flags = OS_VMA_GROWS_DOWN};
    s->window.low = LOW;
    s->window.high = stack.start;
    tw_status status = os_vmas_map(s->areas, &code, NULL, error);
    return status == TW_OK ? os_vmas_map(s->areas, &stack, NULL, error) : status;
}

int alloc_areas(int argc, char **argv)
{
    bool lowest = false;
    uint32_t guard = OS_GUARD_PAGES;
    const command_option table[] = {
        {"lowest", .flag = &lowest}, {"guard", .small = &guard, .min = 0, .max = 1 << 16}, {0}};
    tw_error error = {0};
    int exit = options_take_first(argc, argv, HELP, table);
    if (exit != OPTIONS_TAKEN)
        return exit;
    os_vmas_options options = {.low = LOW,
                               .high = HIGH,
                               .limit = OS_VMAS_MAX,
                               .guard_pages = guard,
                               .stack_pages = OS_STACK_PAGES,
                               .stack_low = OS_LOWEST};
    const os_records records = host_records();
    shown s = {.areas = os_vmas_open(&records, &options, &error), .window.topmost = !lowest};
    const alloc_actor actor = {&s, take, give, show, end};
    exit = s.areas == NULL || load(&s, &error) != TW_OK
               ? command_failed(&error)
               : alloc_steps_run(argc - optind, argv + optind, &actor);
    for (mapping *next; s.mappings != NULL; s.mappings = next) {
        next = s.mappings->next;
        free(s.mappings);
    }
    os_vmas_close(s.areas);
    return exit;
}
