/* segment_table.c: the segment registers and their window. Invariant: what is not built is 0, so it
 * reads 0 and holds no offset. */
#include "model/cycle/segment_table.h"

#include "tablewalk/registers.h"

void segment_table_reset(struct segment_table *table, unsigned segments)
{
    *table = (struct segment_table){.segments = segments};
}

uint64_t segment_table_value(const struct segment_table *table, unsigned offset)
{
    const tw_segment *shown = &table->segment[table->index];
    switch (offset) {
    case REG_SEGMENT:
        return TW_PUT(SEGMENT, INDEX, table->index) | TW_PUT(SEGMENT, COUNT, table->segments);
    case REG_SEGMENT_BASE:
        return shown->base;
    case REG_SEGMENT_LIMIT:
        return shown->limit;
    case REG_SEGMENT_FLAGS:
        return shown->flags;
    default:
        return 0;
    }
}

/* The bits that SEGMENT_FLAGS keeps. */
static unsigned kept(uint64_t flags)
{
    const unsigned bits =
        1u << PTE_R | 1u << PTE_W | 1u << PTE_X | 1u << PTE_U | 1u << SEGMENT_DOWN;
    return (unsigned)flags & bits;
}

void segment_table_clock(struct segment_table *table, unsigned offset, uint64_t data)
{
    tw_segment *shown = &table->segment[table->index];
    const bool built = table->index < table->segments;
    if (offset == REG_SEGMENT && table->segments != 0)
        table->index = (unsigned)TW_GET(data, SEGMENT, INDEX);
    else if (offset == REG_SEGMENT_BASE && built)
        shown->base = data;
    else if (offset == REG_SEGMENT_LIMIT && built)
        shown->limit = data;
    else if (offset == REG_SEGMENT_FLAGS && built)
        shown->flags = kept(data);
}
