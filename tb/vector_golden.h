/* vector_golden.h: runs a vector on the golden model. */
#ifndef TB_VECTOR_GOLDEN_H
#define TB_VECTOR_GOLDEN_H

#include "tablewalk/translate.h"
#include "tb/vectors.h"

/* Translates the vector's request over the vector's memory, and fills *seen entirely; compare it
 * with 64 bits of address. If `translation` is not NULL it gets the whole walk, for printing; it
 * means nothing if the outcome is VECTOR_REFUSED. The vector is not changed. */
void vector_run_golden(const vector *v, vector_outcome *seen, tw_translation *translation);

#endif
