/* late_answer.c: a finished walk's, or the second level's. */
#include "model/cycle/late_answer.h"

#include <stddef.h>

const struct done *late_answer(const struct late_answer_in *in, struct done *l2_done)
{
    if (in->answer_mine)
        return in->walk_done;
    if (!in->l2_hit)
        return NULL;
    *l2_done = (struct done){.request = in->stage_request,
                             .level = 0,
                             .check = CHECK_NONE,
                             .pte_addr = 0,
                             .pte = in->l2_pte,
                             .size = PAGE_SHIFT,
                             .global = in->l2_global};
    return l2_done;
}
