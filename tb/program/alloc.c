/* alloc.c: `tablewalk alloc`: finds the kind of allocator and hands over. */
#include <stdio.h>
#include <string.h>

#include "tb/program/alloc.h"
#include "tb/program/command.h"

static const struct {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
} KIND[] = {
    {"buddy", "blocks of a power of two, split and merged", alloc_buddy},
    {"zones", "frames of NUMA nodes, low and high", alloc_zones},
    {"kmap", "addresses for a time, for memory that has none", alloc_kmap},
    {"slab", "a cache of equal objects: full, partial and empty slabs", alloc_slab},
    {"kmalloc", "kernel memory that is contiguous, by size classes", alloc_kmalloc},
    {"vmalloc", "kernel memory of single frames, mapped in a row", alloc_vmalloc},
    {"heap", "malloc of a program: a list of free chunks, policies, coalescing", alloc_heap},
    {"areas", "addresses of a process: mmap, munmap and gaps", alloc_areas},
};

enum { KINDS = sizeof KIND / sizeof *KIND };

static int help(FILE *to)
{
    fputs("usage: tablewalk alloc KIND [OPTION]... STEP...\n\n"
          "Shows an allocator at work: its state after each step.\n\n",
          to);
    for (int i = 0; i < KINDS; i++)
        fprintf(to, "  %-7s %s\n", KIND[i].name, KIND[i].summary);
    fputs("\n  NAME=SIZE  a step that takes SIZE bytes, and calls them NAME; 11K, 3.6K, 850B, 1M\n"
          "  -NAME      a step that gives them back\n\n"
          "'tablewalk alloc KIND --help' tells more.\n",
          to);
    return to == stdout ? EXIT_PASS : EXIT_USAGE;
}

static int unknown(const char *name)
{
    char list[80] = "";
    tw_error error;
    for (int i = 0; i < KINDS; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s %s", i == 0 ? "" : ",",
                 KIND[i].name);
    tw_fail(&error, TW_USAGE, "no allocator '%.100s'; there are%s", name, list);
    return command_failed(&error);
}

int command_alloc(const char *program, int argc, char **argv)
{
    (void)program;
    if (argc < 2)
        return help(stderr);
    if (strcmp(argv[1], "--help") == 0)
        return help(stdout);
    if (strcmp(argv[1], "--version") == 0)
        return command_version();
    for (int i = 0; i < KINDS; i++)
        if (strcmp(argv[1], KIND[i].name) == 0) {
            char call[20];
            snprintf(call, sizeof call, "alloc %s", KIND[i].name);
            argv[1] = call;
            return KIND[i].run(argc - 1, argv + 1);
        }
    return unknown(argv[1]);
}
