/* geometry.c: the arithmetic of trees: which are possible, and how an address is cut. */
#include "tablewalk/geometry.h"

#include <assert.h>
#include <ctype.h>

enum { PA_BITS = PTE_PPN_BITS + PAGE_SHIFT };

static unsigned pte_shift(unsigned pte_bytes)
{
    return pte_bytes == 8 ? 3 : pte_bytes == 4 ? 2 : 1;
}

static uint64_t ones(unsigned bits)
{
    return bits == 0 ? 0 : UINT64_MAX >> (64 - bits);
}

/* ---- which are possible ---------------------------------------------------------------------- */

static tw_status check_pte(unsigned offset_bits, unsigned pte_bytes, tw_error *error)
{
    if (pte_bytes != 2 && pte_bytes != 4 && pte_bytes != 8)
        return tw_fail(error, TW_USAGE, "a PTE of %u bytes: expected 2, 4 or 8", pte_bytes);
    if (offset_bits > TW_GEOMETRY_OFFSET_MAX)
        return tw_fail(error, TW_USAGE, "%u offset bits: expected at most %d, a page of 1 TiB",
                       offset_bits, TW_GEOMETRY_OFFSET_MAX);
    if (offset_bits < pte_shift(pte_bytes))
        return tw_fail(error, TW_USAGE,
                       "%u offset bits: expected at least %u, as a page must hold a PTE of %u "
                       "bytes",
                       offset_bits, pte_shift(pte_bytes), pte_bytes);
    return TW_OK;
}

static tw_status check_levels(unsigned levels, tw_error *error)
{
    if (levels >= 1 && levels <= TW_GEOMETRY_LEVELS_MAX)
        return TW_OK;
    return tw_fail(error, TW_USAGE, "%u levels: expected 1 to %d", levels, TW_GEOMETRY_LEVELS_MAX);
}

tw_status tw_geometry_check(const tw_geometry *g, tw_error *error)
{
    if (check_levels(g->levels, error) != TW_OK)
        return TW_USAGE;
    uint64_t total = g->offset_bits;
    for (unsigned i = 0; i < g->levels; i++) {
        if (g->index_bits[i] == 0)
            return tw_fail(error, TW_USAGE, "level %u has 0 index bits: expected at least 1",
                           g->levels - 1 - i);
        total += g->index_bits[i];
    }
    if (total > 64)
        return tw_fail(error, TW_USAGE,
                       "index and offset bits together are %llu: expected at most 64",
                       (unsigned long long)total);
    return check_pte(g->offset_bits, g->pte_bytes, error);
}

/* A number of at most three digits; *text goes on behind it. False: there is none. */
static bool take_bits(const char **text, unsigned *bits)
{
    const char *from = *text;
    for (*bits = 0; isdigit((unsigned char)**text) && *text - from < 3; ++*text)
        *bits = *bits * 10 + (unsigned)(**text - '0');
    return *text > from;
}

tw_status tw_geometry_parse(const char *text, unsigned pte_bytes, tw_geometry *g, tw_error *error)
{
    unsigned count = 0, bits[TW_GEOMETRY_LEVELS_MAX + 1] = {0};
    const char *at = text;
    bool good = take_bits(&at, &bits[count++]);
    while (good && *at == ',' && count <= TW_GEOMETRY_LEVELS_MAX) {
        at++;
        good = take_bits(&at, &bits[count++]);
    }
    if (!good || *at != '\0' || count < 2)
        return tw_fail(error, TW_USAGE,
                       "'%.40s': expected the index bits of 1 to %d levels from the root, then the "
                       "offset bits, such as 2,4,6",
                       text, TW_GEOMETRY_LEVELS_MAX);
    *g = (tw_geometry){.levels = count - 1, .offset_bits = bits[count - 1], .pte_bytes = pte_bytes};
    for (unsigned i = 0; i < g->levels; i++)
        g->index_bits[i] = bits[i];
    return tw_geometry_check(g, error);
}

tw_geometry tw_geometry_of_mode(unsigned mode)
{
    tw_geometry g = {.levels = mode_levels(mode),
                     .offset_bits = PAGE_SHIFT,
                     .pte_bytes = 1u << mode_pte_shift(mode)};
    for (unsigned i = 0; i < g.levels; i++)
        g.index_bits[i] = mode_index_bits(mode);
    return g;
}

/* ---- how many levels ------------------------------------------------------------------------- */

unsigned tw_geometry_levels(unsigned va_bits, unsigned offset_bits, unsigned pte_bytes)
{
    unsigned page = offset_bits - pte_shift(pte_bytes);
    return page == 0 ? 0 : (va_bits - offset_bits + page - 1) / page;
}

static tw_status check_split(unsigned va_bits, unsigned offset_bits, unsigned pte_bytes,
                             unsigned levels, tw_error *error)
{
    if (check_levels(levels, error) != TW_OK || check_pte(offset_bits, pte_bytes, error) != TW_OK)
        return TW_USAGE;
    if (va_bits > 64 || va_bits <= offset_bits)
        return tw_fail(error, TW_USAGE, "addresses of %u bits: expected %u (a page) to 64", va_bits,
                       offset_bits + 1);
    unsigned least = tw_geometry_levels(va_bits, offset_bits, pte_bytes);
    if (least == 0)
        return tw_fail(error, TW_USAGE,
                       "a page of %u bytes holds one PTE of %u: expected at least two",
                       1u << offset_bits, pte_bytes);
    if (levels < least)
        return tw_fail(error, TW_USAGE,
                       "%u levels: expected at least %u, as %u bits above the offset are %u a "
                       "level if a table is a page",
                       levels, least, va_bits - offset_bits, offset_bits - pte_shift(pte_bytes));
    if (levels > va_bits - offset_bits)
        return tw_fail(error, TW_USAGE,
                       "%u levels: expected at most %u, as there are no more bits above the offset",
                       levels, va_bits - offset_bits);
    return TW_OK;
}

tw_status tw_geometry_split(unsigned va_bits, unsigned offset_bits, unsigned pte_bytes,
                            unsigned levels, tw_geometry *g, tw_error *error)
{
    if (check_split(va_bits, offset_bits, pte_bytes, levels, error) != TW_OK)
        return TW_USAGE;
    unsigned bits = va_bits - offset_bits;
    unsigned page = offset_bits - pte_shift(pte_bytes);
    bool least = levels == tw_geometry_levels(va_bits, offset_bits, pte_bytes);
    *g = (tw_geometry){.levels = levels, .offset_bits = offset_bits, .pte_bytes = pte_bytes};
    for (unsigned i = levels; i-- > 0;) {
        unsigned even = (bits + i) / (i + 1); /* of what is left, for this level and those above */
        g->index_bits[i] = i == 0 ? bits : least ? page : even;
        bits -= g->index_bits[i];
    }
    return TW_OK;
}

/* ---- what it means for an address ------------------------------------------------------------ */

unsigned tw_geometry_index_bits(const tw_geometry *g, unsigned level)
{
    assert(level < g->levels);
    return g->index_bits[g->levels - 1 - level];
}

unsigned tw_geometry_size(const tw_geometry *g, unsigned level)
{
    unsigned size = g->offset_bits;
    for (unsigned below = 0; below < level; below++)
        size += tw_geometry_index_bits(g, below);
    return size;
}

unsigned tw_geometry_va_bits(const tw_geometry *g)
{
    return tw_geometry_size(g, g->levels - 1) + g->index_bits[0];
}

uint64_t tw_geometry_index(const tw_geometry *g, uint64_t va, unsigned level)
{
    return (va >> tw_geometry_size(g, level)) & ones(tw_geometry_index_bits(g, level));
}

uint64_t tw_geometry_table_bytes(const tw_geometry *g, unsigned level)
{
    return (uint64_t)g->pte_bytes << tw_geometry_index_bits(g, level);
}

bool tw_geometry_canonical(const tw_geometry *g, uint64_t va)
{
    return (va & ~ones(tw_geometry_va_bits(g))) == 0;
}

uint64_t tw_geometry_frame(const tw_geometry *g, uint64_t pte)
{
    return (pte >> TW_TEACHING_FRAME << g->offset_bits) & ones(PA_BITS);
}

uint64_t tw_geometry_pte(const tw_geometry *g, uint64_t address, unsigned flags)
{
    assert((address & ones(g->offset_bits)) == 0);
    return address >> g->offset_bits << TW_TEACHING_FRAME | flags;
}

const char *tw_geometry_text(const tw_geometry *g, char text[TW_GEOMETRY_TEXT_MAX])
{
    int used = 0;
    for (unsigned i = 0; i < g->levels; i++)
        used += snprintf(text + used, TW_GEOMETRY_TEXT_MAX - (size_t)used, "%u/", g->index_bits[i]);
    snprintf(text + used, TW_GEOMETRY_TEXT_MAX - (size_t)used, "%u", g->offset_bits);
    return text;
}
