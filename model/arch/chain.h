/* chain.h: two ways to the leaf of an inverted table, for walk_run; w->tables is a tw_control. */
#ifndef MODEL_ARCH_CHAIN_H
#define MODEL_ARCH_CHAIN_H

#include "model/arch/walk.h"

/* From the anchor down the chain, as tw_hashed_judge says. Ends after LAST+1 entries. Of an anchor,
 * the result's `pte` is 0; of an entry, hashed_pte. */
walk_find chain_find;

/* From the entry of frame 0 up. */
walk_find search_find;

#endif
