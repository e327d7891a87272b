/* walk.c: `tablewalk walk`: one translation, step by step, of a vector or of a memory image, in a
 * mode of RISC-V or through a tree of any geometry. */
#include <inttypes.h>
#include <stdio.h>

#include "tablewalk/geometry.h"
#include "tablewalk/hashed.h"
#include "tb/image.h"
#include "tb/program/command.h"
#include "tb/program/options.h"
#include "tb/program/walk_segment.h"
#include "tb/vector_golden.h"
#include "tb/vector_outcome.h"

static const char HELP[] =
    "usage: tablewalk walk --vector 'LINE'\n"
    "       tablewalk walk --file FILE --line N\n"
    "       tablewalk walk --image FILE --satp HEX --va HEX [OPTION]...\n"
    "       tablewalk walk --image FILE --satp HEX --hash-table HEX --hash-anchors HEX --va HEX\n"
    "                      [OPTION]...\n"
    "       tablewalk walk --image FILE --geometry LIST --root HEX --va HEX [OPTION]...\n"
    "       tablewalk walk --segment BASE,LIMIT,RIGHTS[,down] --va HEX [OPTION]...\n\n"
    "Prints one translation of the architectural model, step by step.\n\n"
    "  --vector LINE   a test vector\n"
    "  --file FILE --line N  the vector in that line of a file, plain or compressed\n"
    "  --image FILE    memory: lines of ADDRESS=VALUE, hexadecimal, one 8-byte word each (4-byte\n"
    "                  for Sv32 and linear, --pte with --geometry); what is not listed reads 0\n"
    "  --satp HEX      mode, ASID and root table as in the register SATP\n"
    "  --hash-table HEX, --hash-anchors HEX  of hashed mode (15), as in the registers: page\n"
    "                  number of the table, and from bit 44 up the last frame; the same of the\n"
    "                  anchors, and the log2 of their number, of which more than 20 counts as 20\n"
    "  --segment BASE,LIMIT,RIGHTS[,down]  a segment in front of it, number 0 the first, up to "
    "16:\n"
    "                  hexadecimal, and letters of RWXU; then --va is an offset, and Bare needs "
    "no\n"
    "                  --image\n"
    "  --selector N    which of them (default: 0)\n"
    "  --search        how many words a search without anchors reads, too\n"
    "  --geometry LIST any tree instead: index bits of each level from the root, then the offset\n"
    "                  bits; 2,4,6 has 12-bit addresses. PTEs hold V R W X U G A D in bits 0 to 7\n"
    "                  and the page's number above them\n"
    "  --root HEX      address of its root table\n"
    "  --pte 2|4|8     bytes of its PTEs (default: 4)\n"
    "  --va HEX        the virtual address\n"
    "  --op fetch|load|store|amo  (default: load)\n"
    "  --priv U|S|M    effective privilege (default: S)\n"
    "  --sum, --mxr    as in mstatus\n"
    "  --adue          the hardware sets A and D; else a leaf without them faults\n"
    "  --pbmte         page-based memory types are allowed\n"
    "  --help, --version\n";

typedef struct walk {
    const char *vector, *file, *image, *geometry;
    uint64_t line;
    tw_control control;
    tw_tree tree;
    tw_request request;
    walk_segments segments;
    bool satp, hash_table, hash_anchors, va, root, pte, choice; /* given; choice: --op, --priv */
    bool search, selector;
} walk;

/* The N-th line of a file as a vector; the text stays open, since the vector borrows its name. */
static tw_status find_line(text_file *file, uint64_t number, vector *v, tw_error *error)
{
    const char *line;
    do {
        tw_status status = text_next(file, &line, error);
        if (status != TW_OK)
            return status;
        if (line == NULL) {
            text_place end = {text_where(file).file, 0};
            return text_fail(end, error, "expected a line %" PRIu64, number);
        }
    } while (text_where(file).line != number);
    return vector_parse(text_where(file), line, v, error);
}

static int print_vector(const vector *v)
{
    vector_outcome seen;
    tw_translation t;
    tw_error difference;
    vector_run_golden(v, &seen, &t);
    if (seen.kind == VECTOR_REFUSED)
        puts("SATP refuses this mode: there is no such mode.");
    else
        tw_translation_print(&v->control, &v->request, &t, stdout);
    if (vector_compare(v, &seen, 64, &difference) == TW_OK)
        return EXIT_PASS;
    printf("The vector expects something else: %s\n", difference.text);
    return EXIT_FAIL;
}

static int walk_vector(const walk *w)
{
    tw_error error = {0};
    vector v;
    int exit;
    if (w->vector != NULL) {
        text_place at = {"--vector", 1};
        return vector_parse(at, w->vector, &v, &error) == TW_OK ? print_vector(&v)
                                                                : command_failed(&error);
    }
    text_file *file = text_open(w->file, &error);
    if (file == NULL)
        return command_failed(&error);
    exit =
        find_line(file, w->line, &v, &error) == TW_OK ? print_vector(&v) : command_failed(&error);
    text_close(file);
    return exit;
}

/* The same translation once more, without anchors and chains. */
static void print_search(const walk *w, const tw_bus *bus, const tw_translation *hashed)
{
    tw_translation t;
    tw_inverted_search(&w->control, &w->request, bus, &t);
    printf("a search from entry 0 on reads %" PRIu64 " words; the walk above read %" PRIu64 "\n",
           t.reads, hashed->reads);
    if (t.check != hashed->check || t.pa != hashed->pa)
        printf("  it ends with check \"%s\", as chains and table do not agree\n",
               tw_check_name(t.check));
}

static int walk_image(const walk *w)
{
    tw_error error = {0};
    tw_memory *memory =
        image_open(w->image, 1u << mode_pte_shift(satp_mode(w->control.satp)), &error);
    if (memory == NULL)
        return command_failed(&error);
    tw_bus bus = tw_memory_bus(memory);
    tw_translation t;
    tw_translate(&w->control, &w->request, &bus, &t);
    tw_translation_print(&w->control, &w->request, &t, stdout);
    if (w->search)
        print_search(w, &bus, &t);
    tw_memory_close(memory);
    return EXIT_PASS;
}

static int walk_tree(const walk *w)
{
    tw_error error = {0};
    tw_memory *memory = image_open(w->image, w->tree.geometry.pte_bytes, &error);
    if (memory == NULL)
        return command_failed(&error);
    tw_bus bus = tw_memory_bus(memory);
    tw_translation t;
    tw_tree_translate(&w->tree, &w->request, &bus, &t);
    tw_tree_print(&w->tree, &w->request, &t, stdout);
    tw_memory_close(memory);
    return EXIT_PASS;
}

/* What an image does not say about a translation was given. */
static bool details(const walk *w)
{
    return w->satp || w->va || w->choice || w->request.sum || w->request.mxr || w->control.adue ||
           w->control.pbmte || w->geometry != NULL || w->root || w->pte || w->hash_table ||
           w->hash_anchors || w->search || w->segments.count > 0 || w->selector;
}

/* The geometry as a tree, if there is one. */
static tw_status check_tree(walk *w, unsigned pte_bytes, tw_error *error)
{
    tw_error why;
    if (w->geometry == NULL && (w->root || w->pte))
        return tw_fail(error, TW_USAGE, "walk: --root and --pte go with --geometry");
    if (w->geometry == NULL)
        return TW_OK;
    if (w->satp || w->control.pbmte || !w->root)
        return tw_fail(error, TW_USAGE,
                       "walk: --geometry needs --root, and takes no --satp or --pbmte");
    if (tw_geometry_parse(w->geometry, pte_bytes, &w->tree.geometry, &why) != TW_OK)
        return tw_fail(error, TW_USAGE, "--geometry: %.280s", why.text);
    if (w->tree.root % pte_bytes != 0)
        return tw_fail(error, TW_USAGE, "--root %" PRIx64 ": expected a multiple of %u, a PTE",
                       w->tree.root, pte_bytes);
    w->tree.adue = w->control.adue;
    return TW_OK;
}

/* Both tables of hashed mode are whole pages from a page on; no word of one may be one of the
 * other. */
static tw_status check_hash_tables(const tw_control *control, tw_error *error)
{
    const uint64_t bits = TW_GET(control->hash_anchors, HASH_ANCHORS, BITS);
    const uint64_t anchors = UINT64_C(1) << (bits < HASHED_BITS ? bits : HASHED_BITS);
    const uint64_t entries = TW_GET(control->hash_table, HASH_TABLE, LAST) + 1;
    const uint64_t table = TW_GET(control->hash_table, HASH_TABLE, PPN) << PAGE_SHIFT;
    const uint64_t first = TW_GET(control->hash_anchors, HASH_ANCHORS, PPN) << PAGE_SHIFT;
    const uint64_t end = UINT64_C(1) << (PAGE_SHIFT + PTE_PPN_BITS); /* where both go on at 0 */
    if ((first - table) % end >= entries << HASHED_SHIFT &&
        (table - first) % end >= anchors << HASHED_SHIFT)
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "--hash-anchors: %" PRIu64 " anchors from 0x%" PRIx64 " on and the %" PRIu64
                   " entries from 0x%" PRIx64 " on of --hash-table overlap: expected tables apart",
                   anchors, first, entries, table);
}

/* The mode, and what goes with it. */
static tw_status check_mode(const walk *w, tw_error *error)
{
    const unsigned mode = satp_mode(w->control.satp);
    if (mode != MODE_BARE && mode_levels(mode) == 0)
        return tw_fail(error, TW_USAGE,
                       "--satp: mode %u in bits 63:60 is none of 0 (Bare), 1 (Sv32), 8 (Sv39), 9 "
                       "(Sv48), 10 (Sv57), 14 (linear), 15 (hashed)",
                       mode);
    if (mode == MODE_HASHED && !(w->hash_table && w->hash_anchors))
        return tw_fail(error, TW_USAGE,
                       "walk: a --satp of hashed mode needs --hash-table and --hash-anchors");
    if (mode != MODE_HASHED && (w->hash_table || w->hash_anchors || w->search))
        return tw_fail(error, TW_USAGE,
                       "walk: --hash-table, --hash-anchors and --search go with a --satp of hashed "
                       "mode, such as f000000000000000");
    return mode == MODE_HASHED ? check_hash_tables(&w->control, error) : TW_OK;
}

static tw_status check_segments(walk *w, tw_error *error)
{
    if (w->selector && w->segments.count == 0)
        return tw_fail(error, TW_USAGE, "walk: --selector goes with --segment");
    if (w->selector && w->segments.selector >= w->segments.count)
        return tw_fail(error, TW_USAGE,
                       "--selector %" PRIu32 ": expected a number below %u, the segments given",
                       w->segments.selector, w->segments.count);
    if (w->segments.count > 0 && w->vector == NULL && w->file == NULL && w->image == NULL) {
        w->image = "/dev/null"; /* Bare reads nothing */
        w->satp = true;
    }
    return TW_OK;
}

static tw_status check(const walk *w, tw_error *error)
{
    int sources = (w->vector != NULL) + (w->file != NULL) + (w->image != NULL);
    if (sources != 1)
        return tw_fail(error, TW_USAGE, "walk: expected one of --vector, --file, --image");
    if ((w->file != NULL) != (w->line != 0))
        return tw_fail(error, TW_USAGE, "walk: --file FILE and --line N need each other");
    if (w->image == NULL && details(w))
        return tw_fail(error, TW_USAGE,
                       "walk: a vector says all of its translation; --satp, --va, --op and the "
                       "like go with --image");
    if (w->image != NULL && !((w->satp || w->geometry != NULL) && w->va))
        return tw_fail(error, TW_USAGE,
                       "walk: --image needs --satp and --va, or --geometry, "
                       "--root and --va");
    return check_mode(w, error);
}

int command_walk(const char *program, int argc, char **argv)
{
    static const char *const op_name[] = {"fetch", "load", "store", "amo", NULL};
    static const char *const priv_name[] = {"U", "S", "M", NULL};
    static const char *const pte_name[] = {"2", "4", "8", NULL};
    static const unsigned priv_value[] = {PRIV_U, PRIV_S, PRIV_M};
    walk w = {0};
    unsigned op = OP_LOAD, priv = PRIV_S, pte = 1; /* indices of the names */
    const command_option options[] = {
        {"vector", .text = &w.vector},
        {"file", .text = &w.file},
        {"line", .number = &w.line, .min = 1, .max = UINT64_MAX},
        {"image", .text = &w.image},
        {"satp", .hex = &w.control.satp, .given = &w.satp},
        {"hash-table", .hex = &w.control.hash_table, .given = &w.hash_table},
        {"hash-anchors", .hex = &w.control.hash_anchors, .given = &w.hash_anchors},
        {"segment", .take = walk_segments_take, .context = &w.segments},
        {"selector", .small = &w.segments.selector, .max = TW_SEGMENTS_MAX - 1,
         .given = &w.selector},
        {"search", .flag = &w.search},
        {"geometry", .text = &w.geometry},
        {"root", .hex = &w.tree.root, .given = &w.root},
        {"pte", .index = &pte, .names = pte_name, .given = &w.pte},
        {"va", .hex = &w.request.va, .given = &w.va},
        {"op", .index = &op, .names = op_name, .given = &w.choice},
        {"priv", .index = &priv, .names = priv_name, .given = &w.choice},
        {"sum", .flag = &w.request.sum},
        {"mxr", .flag = &w.request.mxr},
        {"adue", .flag = &w.control.adue},
        {"pbmte", .flag = &w.control.pbmte},
        {0}};
    tw_error error = {0};
    (void)program;
    int exit = options_take_all(argc, argv, HELP, options, "an address is --va HEX");
    if (exit != OPTIONS_TAKEN)
        return exit;
    w.request.op = (tw_op)op;
    w.request.priv = priv_value[priv];
    if (check_segments(&w, &error) != TW_OK || check(&w, &error) != TW_OK ||
        check_tree(&w, 2u << pte, &error) != TW_OK)
        return command_failed(&error);
    if (!walk_segments_apply(&w.segments, &w.request, stdout))
        return EXIT_PASS;
    if (w.geometry != NULL)
        return walk_tree(&w);
    return w.image != NULL ? walk_image(&w) : walk_vector(&w);
}
