/* late_answer.h: which late answer a port hears. The contract is docs/blocks/late_answer.md. */
#ifndef MODEL_CYCLE_LATE_ANSWER_H
#define MODEL_CYCLE_LATE_ANSWER_H

#include "model/cycle/wires.h"

struct late_answer_in {
    bool answer_mine;
    const struct done *walk_done;
    bool l2_hit;
    const struct request *stage_request;
    uint64_t l2_pte;
    bool l2_global;
};

/* Combinational: `done_*` of the port. The second level's answer is written to *l2_done. */
const struct done *late_answer(const struct late_answer_in *in, struct done *l2_done);

#endif
