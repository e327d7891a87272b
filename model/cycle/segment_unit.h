/* segment_unit.h: where a segment puts a request. The contract is docs/blocks/segment_unit.md. */
#ifndef MODEL_CYCLE_SEGMENT_UNIT_H
#define MODEL_CYCLE_SEGMENT_UNIT_H

#include "model/cycle/segment_table.h"

/* `check`, with `enable` = 1; the linear address in *va, or 0. A segment that is not built is all 0
 * and holds no offset. */
static inline tw_check segment_unit(const struct segment_table *table, unsigned seg,
                                    const tw_request *request, uint64_t *va)
{
    if (request->priv != PRIV_M)
        return tw_segment_apply(&table->segment[seg], request, va);
    *va = request->va;
    return CHECK_NONE;
}

#endif
