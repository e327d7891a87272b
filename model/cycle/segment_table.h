/* segment_table.h: the segment registers. The contract is docs/blocks/segment_table.md. */
#ifndef MODEL_CYCLE_SEGMENT_TABLE_H
#define MODEL_CYCLE_SEGMENT_TABLE_H

#include <stdint.h>

#include "tablewalk/config.h"
#include "tablewalk/segment.h"

struct segment_table {
    unsigned segments; /* parameter */
    unsigned index;
    tw_segment segment[TW_SEGMENTS_MAX]; /* those that are not built stay 0 */
};

void segment_table_reset(struct segment_table *table, unsigned segments);

/* `value`: what the register at `offset` reads, if it is one of these. */
uint64_t segment_table_value(const struct segment_table *table, unsigned offset);

/* The edge of a cycle in which software writes `data` to any register. */
void segment_table_clock(struct segment_table *table, unsigned offset, uint64_t data);

#endif
