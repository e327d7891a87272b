/* size.c: tables counted from the root down. */
#include "tb/size.h"

#include <inttypes.h>

#include "tablewalk/hashed.h"

tw_status size_check(const tw_geometry *g, tw_error *error)
{
    /* The last level of a full tree has half of that at most, and all above it less than it. */
    const uint64_t last = UINT64_C(1) << 62;
    unsigned bits = tw_geometry_va_bits(g) - g->offset_bits;
    if (last >> bits >= g->pte_bytes)
        return TW_OK;
    return tw_fail(error, TW_USAGE,
                   "%u bits above the offset and PTEs of %u bytes make tables of 2^63 bytes and "
                   "more: expected a larger page or shorter addresses",
                   bits, g->pte_bytes);
}

size_row size_of_tree(const tw_geometry *g, const layout *mapped)
{
    size_row row = {.kind = SIZE_TREE, .geometry = *g, .reads = g->levels, .mean = g->levels};
    row.root_entries = UINT64_C(1) << g->index_bits[0];
    uint64_t all = 1; /* tables of this level in a full tree */
    for (unsigned level = g->levels; level-- > 0;) {
        unsigned bits = tw_geometry_index_bits(g, level);
        uint64_t bytes = tw_geometry_table_bytes(g, level);
        row.full += all * bytes;
        row.least += bytes;
        all <<= bits;
        if (mapped == NULL)
            continue;
        uint64_t tables = layout_blocks(mapped, tw_geometry_size(g, level) + bits);
        row.tables[g->levels - 1 - level] = tables;
        if (level < g->levels - 1)
            row.inner_entries += tables << bits;
        row.bytes += tables * bytes;
    }
    return row;
}

size_row size_of_linear(const tw_geometry *g, const layout *mapped)
{
    const tw_geometry linear = {.levels = 1,
                                .index_bits = {tw_geometry_va_bits(g) - g->offset_bits},
                                .offset_bits = g->offset_bits,
                                .pte_bytes = g->pte_bytes};
    size_row row = size_of_tree(&linear, mapped);
    row.kind = SIZE_LINEAR;
    return row;
}

size_row size_of_inverted(const tw_geometry *g, uint64_t frames, const layout *mapped)
{
    uint64_t bytes = frames << HASHED_SHIFT;
    return (size_row){.kind = SIZE_INVERTED,
                      .geometry = *g,
                      .reads = frames,
                      .mean = ((double)frames + 1) / 2,
                      .full = bytes,
                      .least = bytes,
                      .root_entries = frames,
                      .tables = {mapped != NULL ? 1 : 0},
                      .bytes = mapped != NULL ? bytes : 0};
}

size_row size_of_hashed(const tw_geometry *g, uint64_t frames, const layout *mapped)
{
    unsigned bits = 0;
    while (UINT64_C(1) << bits < frames)
        bits++;
    size_row row = size_of_inverted(g, frames, mapped);
    const uint64_t anchors = UINT64_C(1) << bits, bytes = (frames + anchors) << HASHED_SHIFT;
    row.kind = SIZE_HASHED;
    row.geometry = (tw_geometry){.levels = 2,
                                 .index_bits = {bits, bits},
                                 .offset_bits = g->offset_bits,
                                 .pte_bytes = 1u << HASHED_SHIFT};
    row.reads = 1 + frames;
    row.mean = 2 + (double)frames / (double)anchors / 2;
    row.full = row.least = bytes;
    row.root_entries = anchors;
    if (mapped == NULL)
        return row;
    row.tables[1] = 1;
    row.inner_entries = frames;
    row.bytes = bytes;
    return row;
}

double size_access_time(const size_row *row, double hits, double lookup, double access)
{
    return lookup + access + (100 - hits) / 100 * row->mean * access;
}

uint64_t size_inner_tables(const size_row *row)
{
    uint64_t tables = 0;
    for (unsigned i = 1; i < row->geometry.levels; i++)
        tables += row->tables[i];
    return tables;
}

uint64_t size_lost(const layout *mapped, unsigned shift)
{
    return (layout_blocks(mapped, shift) << shift) - mapped->bytes;
}

const char *size_text(uint64_t bytes, char text[SIZE_TEXT_MAX])
{
    unsigned unit = 0;
    while (unit < 6 && bytes >> (10 * (unit + 1)) != 0)
        unit++;
    uint64_t one = UINT64_C(1) << (10 * unit);
    if (unit == 0)
        snprintf(text, SIZE_TEXT_MAX, "%" PRIu64 " B", bytes);
    else if (bytes % one == 0)
        snprintf(text, SIZE_TEXT_MAX, "%" PRIu64 " %ciB", bytes / one, "KMGTPE"[unit - 1]);
    else
        snprintf(text, SIZE_TEXT_MAX, "%.1f %ciB", (double)bytes / (double)one, "KMGTPE"[unit - 1]);
    return text;
}
