/* size.c: `tablewalk size`: what page tables of each kind cost, for whole address spaces and for
 * those of processes. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tb/json_file.h"
#include "tb/new_file.h"
#include "tb/output.h"
#include "tb/program/command.h"
#include "tb/program/options.h"
#include "tb/size_report.h"

static const char HELP[] =
    "usage: tablewalk size [--va BITS] [--page BYTES] [--pte BYTES] [--levels LIST] [OPTION]...\n"
    "       tablewalk size --geometry LIST [--pte BYTES] [OPTION]...\n\n"
    "Prints what page tables cost, a row each: one linear table, a tree of each number of levels, "
    "and\n"
    "one inverted table with 8 bytes for each frame of memory, searched, or hashed with as many "
    "anchors;\n"
    "and the reach of a TLB for each size of page. BYTES may end in K, M, G, T.\n\n"
    "  --va BITS       bits of an address (default: 48)\n"
    "  --page BYTES    (default: 4K)\n"
    "  --pte 2|4|8     bytes of an entry (default: 8)\n"
    "  --levels LIST   such as 2,3,4 (default: what is possible of 2 to 6). At the least number "
    "that\n"
    "                  is possible all tables but the root fill a page; with more, index bits are\n"
    "                  spread evenly\n"
    "  --geometry LIST one tree, as it is: index bits of each level from the root, then offset "
    "bits;\n"
    "                  its tables may be larger than a page\n"
    "  --memory BYTES  for the inverted tables (default: 4G)\n"
    "  --entries N     of the TLB (default: 64)\n"
    "  --hits PERCENT  the mean time of an access, too, if so many find their page in the TLB;\n"
    "                  --lookup NS of the TLB (default: 20) and --access NS of memory (default: "
    "100)\n"
    "  --maps FILE     a layout as in /proc/PID/maps, - for standard input: the tables that it "
    "needs,\n"
    "                  and what pages of each size waste at the ends of its regions\n"
    "  --json FILE, --csv FILE  every number; the CSV has the table of tables alone\n"
    "  --help, --version\n";

enum { DEFAULT_FROM = 2, DEFAULT_TO = 6 };

typedef struct byte_count {
    const char *option;
    uint64_t value;
} byte_count;

typedef struct setup {
    uint32_t va;
    byte_count page, memory;
    unsigned pte; /* index: 2 << pte bytes */
    const char *levels, *geometry, *maps, *json, *csv;
    bool shape; /* --va or --page was given */
    bool times; /* --lookup or --access */
    unsigned trees;
    tw_geometry tree[TW_GEOMETRY_LEVELS_MAX];
    size_report report;
} setup;

/* ---- options --------------------------------------------------------------------------------- */

/* "4096", "4K"; the power of 1024 that a letter stands for. */
static tw_status take_bytes(void *context, const char *text, tw_error *error)
{
    static const char letters[] = "KMGT";
    byte_count *count = context;
    char *end = NULL;
    errno = 0;
    count->value = isdigit((unsigned char)text[0]) ? strtoull(text, &end, 10) : 0;
    bool good = end != NULL && errno == 0;
    const char *letter = good && *end != '\0' ? strchr(letters, *end) : NULL;
    if (letter != NULL) {
        unsigned shift = 10 * (unsigned)(letter - letters + 1);
        good = count->value <= UINT64_MAX >> shift;
        count->value <<= shift;
        end++;
    }
    if (good && *end == '\0')
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "--%s '%.40s': expected a number of bytes, such as 4096, 64K or 4G",
                   count->option, text);
}

/* The levels that were asked for: one digit each. */
static tw_status add_levels(setup *s, const tw_geometry *g, tw_error *error)
{
    const char *at = s->levels;
    for (unsigned n = 0; n < TW_GEOMETRY_LEVELS_MAX; n++, at++) {
        tw_error why;
        if (*at < '1' || *at > '0' + TW_GEOMETRY_LEVELS_MAX || (at[1] != ',' && at[1] != '\0'))
            break;
        if (tw_geometry_split(s->va, g->offset_bits, g->pte_bytes, (unsigned)(*at - '0'),
                              &s->tree[s->trees++], &why) != TW_OK)
            return tw_fail(error, TW_USAGE, "--levels: %.280s", why.text);
        if (*++at == '\0')
            return TW_OK;
    }
    return tw_fail(error, TW_USAGE,
                   "--levels '%.40s': expected up to %d numbers from 1 to %d, such as 2,3,4",
                   s->levels, TW_GEOMETRY_LEVELS_MAX, TW_GEOMETRY_LEVELS_MAX);
}

/* What is possible of 2 to 6 levels; nothing, if more are needed or an address is too short. */
static void add_default(setup *s, const tw_geometry *g)
{
    for (unsigned levels = DEFAULT_FROM; levels <= DEFAULT_TO; levels++)
        s->trees += tw_geometry_split(s->va, g->offset_bits, g->pte_bytes, levels,
                                      &s->tree[s->trees], NULL) == TW_OK;
}

/* ---- the numbers ----------------------------------------------------------------------------- */

/* Address and page as a geometry of one level. */
static tw_status find_shape(setup *s, tw_geometry *g, tw_error *error)
{
    unsigned pte = 2u << s->pte, offset = 0;
    while (offset < TW_GEOMETRY_OFFSET_MAX && UINT64_C(1) << offset < s->page.value)
        offset++;
    if (UINT64_C(1) << offset != s->page.value || s->page.value < 2 * pte)
        return tw_fail(error, TW_USAGE,
                       "--page %" PRIu64 ": expected a power of two from %u (two PTEs) to 1 TiB",
                       s->page.value, 2 * pte);
    if (s->va <= offset)
        return tw_fail(error, TW_USAGE, "--va %" PRIu32 ": expected %u to 64, as a page has %u",
                       s->va, offset + 1, offset);
    *g = (tw_geometry){
        .levels = 1, .index_bits = {s->va - offset}, .offset_bits = offset, .pte_bytes = pte};
    return size_check(g, error);
}

static tw_status find_trees(setup *s, tw_error *error)
{
    tw_geometry *g = &s->report.geometry;
    tw_error why;
    if (s->geometry != NULL) {
        if (tw_geometry_parse(s->geometry, 2u << s->pte, g, &why) != TW_OK)
            return tw_fail(error, TW_USAGE, "--geometry: %.280s", why.text);
        s->tree[s->trees++] = *g;
        return size_check(g, error);
    }
    if (find_shape(s, g, error) != TW_OK)
        return TW_USAGE;
    if (s->levels != NULL)
        return add_levels(s, g, error);
    add_default(s, g);
    return TW_OK;
}

/* Sizes of pages that processors have, and the one asked for, in their order; none is the whole
 * address space. */
static void find_pages(size_report *r)
{
    static const unsigned known[] = {12, 14, 16, 21, 30};
    unsigned asked = r->geometry.offset_bits, after = 0;
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
        if (asked > after && asked < known[i])
            r->page[r->pages++] = asked;
        if (known[i] < tw_geometry_va_bits(&r->geometry))
            r->page[r->pages++] = known[i];
        after = known[i];
    }
    if (asked > after)
        r->page[r->pages++] = asked;
}

static tw_status check_files(const setup *s, tw_error *error)
{
    const char *const file[] = {s->json, s->csv, s->maps};
    for (int a = 0; a < 3; a++)
        for (int b = a + 1; b < 3; b++)
            if (file[a] != NULL && file[b] != NULL && output_same(file[a], file[b]))
                return tw_fail(error, TW_USAGE,
                               "%.200s: --json, --csv and --maps need a file of its own each",
                               file[a]);
    tw_status status = s->json == NULL ? TW_OK : output_check(s->json, error);
    return status != TW_OK || s->csv == NULL ? status : output_check(s->csv, error);
}

static tw_status check(setup *s, tw_error *error)
{
    size_report *r = &s->report;
    if (s->geometry != NULL && (s->shape || s->levels != NULL))
        return tw_fail(error, TW_USAGE,
                       "--geometry says it all: it takes no --va, --page or --levels");
    if (s->times && !r->timed)
        return tw_fail(error, TW_USAGE, "--lookup and --access go with --hits");
    if (find_trees(s, error) != TW_OK)
        return TW_USAGE;
    r->memory = s->memory.value;
    if (r->memory >> r->geometry.offset_bits == 0 || r->memory > UINT64_C(1) << 56)
        return tw_fail(error, TW_USAGE,
                       "--memory %" PRIu64 ": expected a page, %" PRIu64 " bytes, to 64 PiB",
                       r->memory, UINT64_C(1) << r->geometry.offset_bits);
    find_pages(r);
    return check_files(s, error);
}

/* As options_take. */
static int parse(setup *s, int argc, char **argv)
{
    size_report *const r = &s->report;
    static const char *const pte_name[] = {"2", "4", "8", NULL};
    const command_option options[] = {
        {"va", .small = &s->va, .given = &s->shape, .min = 1, .max = 64},
        {"page", .take = take_bytes, .context = &s->page, .given = &s->shape},
        {"pte", .index = &s->pte, .names = pte_name},
        {"levels", .text = &s->levels},
        {"geometry", .text = &s->geometry},
        {"memory", .take = take_bytes, .context = &s->memory},
        {"entries", .number = &r->tlb_entries, .min = 1, .max = 1 << 20},
        {"hits", .small = &r->hits, .given = &r->timed, .min = 0, .max = 100},
        {"lookup", .small = &r->lookup, .given = &s->times, .min = 0, .max = 1000000},
        {"access", .small = &r->access, .given = &s->times, .min = 0, .max = 1000000},
        {"maps", .text = &s->maps},
        {"json", .text = &s->json},
        {"csv", .text = &s->csv},
        {0}};
    tw_error error = {0};
    int exit = options_take_all(argc, argv, HELP, options, "a layout is --maps FILE");
    if (exit != OPTIONS_TAKEN)
        return exit;
    return check(s, &error) == TW_OK ? OPTIONS_TAKEN : command_failed(&error);
}

/* ---- results --------------------------------------------------------------------------------- */

static tw_status write_csv(const setup *s, tw_error *error)
{
    new_file file;
    tw_status status = new_file_open(&file, s->csv, error);
    if (status != TW_OK)
        return status;
    size_report_csv(&s->report, file.stream);
    return new_file_close(&file, error);
}

static tw_status write_json(const setup *s, tw_error *error)
{
    json_t *object = size_report_json(&s->report);
    if (object == NULL)
        return tw_fail(error, TW_NO_MEMORY, "no memory for the JSON");
    tw_status status = json_file_write(object, s->json, error);
    json_decref(object);
    return status;
}

static tw_status report(setup *s, const layout *mapped, tw_error *error)
{
    size_report *r = &s->report;
    r->maps = s->maps;
    r->layout = mapped;
    r->row[r->rows++] = size_of_linear(&r->geometry, mapped);
    for (unsigned i = 0; i < s->trees; i++)
        r->row[r->rows++] = size_of_tree(&s->tree[i], mapped);
    uint64_t frames = r->memory >> r->geometry.offset_bits;
    r->row[r->rows++] = size_of_inverted(&r->geometry, frames, mapped);
    r->row[r->rows++] = size_of_hashed(&r->geometry, frames, mapped);
    size_report_print(r, stdout);
    tw_status status = s->csv == NULL ? TW_OK : write_csv(s, error);
    return status != TW_OK || s->json == NULL ? status : write_json(s, error);
}

int command_size(const char *program, int argc, char **argv)
{
    setup s = {.va = 48,
               .page = {"page", 1 << PAGE_SHIFT},
               .memory = {"memory", UINT64_C(4) << 30},
               .pte = 2,
               .report = {.tlb_entries = 64, .lookup = 20, .access = 100}};
    tw_error error = {0};
    layout mapped = {0};
    (void)program;
    int exit = parse(&s, argc, argv);
    if (exit != OPTIONS_TAKEN)
        return exit;
    tw_status status = TW_OK;
    if (s.maps != NULL)
        status = layout_read(&mapped, s.maps, tw_geometry_va_bits(&s.report.geometry), &error);
    if (status == TW_OK)
        status = report(&s, s.maps != NULL ? &mapped : NULL, &error);
    layout_close(&mapped);
    return status == TW_OK ? EXIT_PASS : command_failed(&error);
}
