/* size_report.c: cells are made first, so that columns are as wide as what stands in them. */
#include "tb/size_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

enum { COLUMNS_MAX = 12, CELL_MAX = 100 };

/* The first row is the head. Text stands left, numbers right. */
typedef struct grid {
    unsigned rows, columns; /* columns: of the row under work, when it is done of all */
    char cell[SIZE_ROWS_MAX + 1][COLUMNS_MAX][CELL_MAX];
} grid;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
put(grid *g, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(g->cell[g->rows][g->columns++], CELL_MAX, format, arguments);
    va_end(arguments);
}

static void next_row(grid *g)
{
    g->rows++;
    g->columns = 0;
}

/* The first `left` columns and the last one are text. */
static void print_grid(const grid *g, unsigned columns, unsigned left, FILE *to)
{
    int width[COLUMNS_MAX] = {0};
    for (unsigned r = 0; r < g->rows; r++)
        for (unsigned c = 0; c < columns; c++)
            if ((int)strlen(g->cell[r][c]) > width[c])
                width[c] = (int)strlen(g->cell[r][c]);
    for (unsigned r = 0; r < g->rows; r++) {
        for (unsigned c = 0; c < columns - 1; c++)
            fprintf(to, "%*s  ", c < left ? -width[c] : width[c], g->cell[r][c]);
        fprintf(to, "%s\n", g->cell[r][columns - 1]);
    }
}

/* ---- what both tables and files say ---------------------------------------------------------- */

/* It has a word for each frame, and no geometry. */
static bool by_frame(const size_row *row)
{
    return row->kind == SIZE_INVERTED || row->kind == SIZE_HASHED;
}

static void name_row(const size_row *row, char *text, size_t room)
{
    static const char *const name[] = {
        [SIZE_LINEAR] = "linear", [SIZE_INVERTED] = "inverted", [SIZE_HASHED] = "hashed"};
    if (row->kind == SIZE_TREE)
        snprintf(text, room, "%u level%s", row->geometry.levels,
                 row->geometry.levels == 1 ? "" : "s");
    else
        snprintf(text, room, "%s", name[row->kind]);
}

/* Of the table bytes, for 100 bytes that they map. */
static double overhead(const size_report *r, const size_row *row)
{
    unsigned offset = r->geometry.offset_bits;
    if (r->layout == NULL)
        return 100 * ldexp((double)row->full, -(int)tw_geometry_va_bits(&r->geometry));
    return 100 * ldexp((double)row->bytes, -(int)offset) / (double)layout_blocks(r->layout, offset);
}

static double access_time(const size_report *r, const size_row *row)
{
    return size_access_time(row, r->hits, r->lookup, r->access);
}

static double bytes_a_page(const size_report *r, const size_row *row)
{
    return (double)row->bytes / (double)layout_blocks(r->layout, r->geometry.offset_bits);
}

/* "1 GiB/2 MiB/4 KiB": an entry of each level, from the root. */
static void name_covers(const size_row *row, char *text, size_t room)
{
    char size[SIZE_TEXT_MAX];
    size_t used = 0;
    text[0] = '\0';
    unsigned levels = by_frame(row) ? 1 : row->geometry.levels;
    for (unsigned level = levels; level-- > 0 && used < room;)
        used += (size_t)snprintf(
            text + used, room - used, "%s%s",
            size_text(UINT64_C(1) << tw_geometry_size(&row->geometry, level), size),
            level == 0 ? "" : "/");
}

/* ---- tables for people ----------------------------------------------------------------------- */

static void print_head(const size_report *r, FILE *to)
{
    char page[SIZE_TEXT_MAX], memory[SIZE_TEXT_MAX], mapped[SIZE_TEXT_MAX];
    unsigned offset = r->geometry.offset_bits;
    fprintf(to,
            "addresses of %u bits, pages of %s, PTEs of %u bytes, memory of %s: %" PRIu64
            " frames\n",
            tw_geometry_va_bits(&r->geometry), size_text(UINT64_C(1) << offset, page),
            r->geometry.pte_bytes, size_text(r->memory, memory), r->memory >> offset);
    if (r->timed)
        fprintf(to, "%u of 100 accesses hit a TLB of %u ns; memory of %u ns\n", r->hits, r->lookup,
                r->access);
    if (r->layout == NULL)
        return;
    fprintf(to, "%s: %zu regions, %s in %" PRIu64 " pages", r->maps, r->layout->count,
            size_text(r->layout->bytes, mapped), layout_blocks(r->layout, offset));
    if (r->layout->reserved > 0)
        fprintf(to, "; %zu more that nobody may touch", r->layout->reserved);
    fputc('\n', to);
}

static void put_row(grid *g, const size_report *r, const size_row *row)
{
    char text[CELL_MAX], size[SIZE_TEXT_MAX];
    name_row(row, text, sizeof text);
    put(g, "%s", text);
    if (by_frame(row))
        put(g, "by frame");
    else
        put(g, "%s", tw_geometry_text(&row->geometry, text));
    if (row->kind == SIZE_HASHED)
        put(g, "about %.2f", row->mean);
    else
        put(g, row->kind == SIZE_INVERTED ? "1 to %" PRIu64 : "%" PRIu64, row->reads);
    put(g, "%s", size_text(row->full, size));
    put(g, "%s", size_text(row->least, size));
    if (r->layout != NULL) {
        put(g, "%" PRIu64, row->root_entries);
        put(g, "%" PRIu64, size_inner_tables(row));
        put(g, "%" PRIu64, row->inner_entries);
        put(g, "%s", size_text(row->bytes, size));
        put(g, "%.1f", bytes_a_page(r, row));
    } else {
        put(g, "%.3f %%", overhead(r, row));
    }
    if (r->timed)
        put(g, "%.1f ns", access_time(r, row));
    name_covers(row, text, sizeof text);
    put(g, "%s", text);
}

static void print_rows(const size_report *r, FILE *to)
{
    static const char *const without[] = {"table",    "split",    "PTE reads", "full space",
                                          "one page", "overhead", NULL};
    static const char *const with[] = {
        "table",        "split",         "PTE reads",   "full space",   "one page", "root entries",
        "inner tables", "inner entries", "this layout", "bytes a page", NULL};
    grid g = {0};
    for (const char *const *head = r->layout != NULL ? with : without; *head != NULL; head++)
        put(&g, "%s", *head);
    if (r->timed)
        put(&g, "an access");
    put(&g, "an entry covers");
    unsigned columns = g.columns;
    next_row(&g);
    for (unsigned i = 0; i < r->rows; i++, next_row(&g))
        put_row(&g, r, &r->row[i]);
    print_grid(&g, columns, 2, to);
}

static void print_pages(const size_report *r, FILE *to)
{
    grid g = {0};
    char size[SIZE_TEXT_MAX];
    put(&g, "page");
    put(&g, "reach of %" PRIu64 " TLB entries", r->tlb_entries);
    if (r->layout != NULL) {
        put(&g, "pages");
        put(&g, "mapped in vain");
        put(&g, "of all");
    }
    unsigned columns = g.columns;
    next_row(&g);
    for (unsigned i = 0; i < r->pages; i++, next_row(&g)) {
        put(&g, "%s", size_text(UINT64_C(1) << r->page[i], size));
        put(&g, "%s", size_text(r->tlb_entries << r->page[i], size));
        if (r->layout == NULL)
            continue;
        uint64_t pages = layout_blocks(r->layout, r->page[i]);
        uint64_t lost = size_lost(r->layout, r->page[i]);
        put(&g, "%" PRIu64, pages);
        put(&g, "%s", size_text(lost, size));
        put(&g, "%5.1f %%", 100 * ldexp((double)lost, -(int)r->page[i]) / (double)pages);
    }
    print_grid(&g, columns, 1, to);
}

void size_report_print(const size_report *r, FILE *to)
{
    print_head(r, to);
    fputc('\n', to);
    print_rows(r, to);
    fputc('\n', to);
    print_pages(r, to);
}

/* ---- files ----------------------------------------------------------------------------------- */

void size_report_csv(const size_report *r, FILE *to)
{
    fputs("table,split,pte_reads,full_bytes,one_page_bytes,overhead_percent,covers,root_entries,"
          "inner_tables,inner_entries,layout_bytes,layout_bytes_per_page,mean_reads\n",
          to);
    for (const size_row *row = r->row; row < r->row + r->rows; row++) {
        char name[CELL_MAX], split[TW_GEOMETRY_TEXT_MAX] = "";
        name_row(row, name, sizeof name);
        if (!by_frame(row))
            tw_geometry_text(&row->geometry, split);
        fprintf(to, "%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.6f,", name, split, row->reads,
                row->full, row->least, overhead(r, row));
        name_covers(row, name, sizeof name);
        fprintf(to, "%s,%" PRIu64, name, row->root_entries);
        if (r->layout != NULL)
            fprintf(to, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.3f,", size_inner_tables(row),
                    row->inner_entries, row->bytes, bytes_a_page(r, row));
        else
            fputs(",,,,,", to);
        fprintf(to, "%.3f\n", row->mean);
    }
}

/* Every setter fails on NULL, which stands for memory that is out; *bad becomes true. */
static void set(json_t *object, const char *name, json_t *value, bool *bad)
{
    *bad |= json_object_set_new(object, name, value) != 0;
}

static void set_integer(json_t *object, const char *name, uint64_t value, bool *bad)
{
    set(object, name, json_integer((json_int_t)value), bad);
}

static json_t *row_object(const size_report *r, const size_row *row, bool *bad)
{
    json_t *o = json_object(), *index_bits = json_array(), *covers = json_array();
    json_t *tables = json_array();
    char name[CELL_MAX];
    name_row(row, name, sizeof name);
    set(o, "table", json_string(name), bad);
    unsigned levels = by_frame(row) ? 0 : row->geometry.levels;
    for (unsigned i = 0; i < levels; i++) {
        uint64_t bytes = UINT64_C(1) << tw_geometry_size(&row->geometry, levels - 1 - i);
        *bad |= json_array_append_new(index_bits, json_integer(row->geometry.index_bits[i])) != 0;
        *bad |= json_array_append_new(covers, json_integer((json_int_t)bytes)) != 0;
        *bad |= json_array_append_new(tables, json_integer((json_int_t)row->tables[i])) != 0;
    }
    set(o, "index_bits", index_bits, bad);
    set(o, "entry_covers", covers, bad);
    set_integer(o, "pte_reads", row->reads, bad);
    set(o, "mean_reads", json_real(row->mean), bad);
    if (r->timed)
        set(o, "access_ns", json_real(access_time(r, row)), bad);
    set_integer(o, "full_bytes", row->full, bad);
    set_integer(o, "one_page_bytes", row->least, bad);
    set_integer(o, "root_entries", row->root_entries, bad);
    set(o, "overhead_percent", json_real(overhead(r, row)), bad);
    if (r->layout == NULL) {
        json_decref(tables);
        return o;
    }
    set(o, "tables", tables, bad);
    set_integer(o, "inner_tables", size_inner_tables(row), bad);
    set_integer(o, "inner_entries", row->inner_entries, bad);
    set_integer(o, "layout_bytes", row->bytes, bad);
    set(o, "layout_bytes_per_page", json_real(bytes_a_page(r, row)), bad);
    return o;
}

static json_t *page_object(const size_report *r, unsigned shift, bool *bad)
{
    json_t *o = json_object();
    set_integer(o, "bytes", UINT64_C(1) << shift, bad);
    set_integer(o, "tlb_reach", r->tlb_entries << shift, bad);
    if (r->layout == NULL)
        return o;
    set_integer(o, "pages", layout_blocks(r->layout, shift), bad);
    set_integer(o, "mapped_in_vain", size_lost(r->layout, shift), bad);
    return o;
}

json_t *size_report_json(const size_report *r)
{
    bool bad = false;
    json_t *o = json_object(), *rows = json_array(), *pages = json_array();
    set_integer(o, "va_bits", tw_geometry_va_bits(&r->geometry), &bad);
    set_integer(o, "page_bytes", UINT64_C(1) << r->geometry.offset_bits, &bad);
    set_integer(o, "pte_bytes", r->geometry.pte_bytes, &bad);
    set_integer(o, "memory_bytes", r->memory, &bad);
    set_integer(o, "tlb_entries", r->tlb_entries, &bad);
    for (unsigned i = 0; i < r->rows; i++)
        bad |= json_array_append_new(rows, row_object(r, &r->row[i], &bad)) != 0;
    for (unsigned i = 0; i < r->pages; i++)
        bad |= json_array_append_new(pages, page_object(r, r->page[i], &bad)) != 0;
    set(o, "tables", rows, &bad);
    set(o, "pages", pages, &bad);
    if (r->layout != NULL) {
        set(o, "maps", json_string(r->maps), &bad);
        set_integer(o, "regions", r->layout->count, &bad);
        set_integer(o, "reserved_regions", r->layout->reserved, &bad);
        set_integer(o, "mapped_bytes", r->layout->bytes, &bad);
        set_integer(o, "mapped_pages", layout_blocks(r->layout, r->geometry.offset_bits), &bad);
    }
    if (!bad)
        return o;
    json_decref(o);
    return NULL;
}
