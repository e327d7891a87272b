/*
 * vector_engine.h: runs vectors on an engine: one machine for all of them, fenced in between, its
 * memory port watched.
 */
#ifndef TB_VECTOR_ENGINE_H
#define TB_VECTOR_ENGINE_H

#include "tablewalk/machine.h"
#include "tb/vectors.h"

typedef struct vector_engine vector_engine;

/* Borrows the engine, which must not have been clocked. NULL if memory is out. */
vector_engine *vector_engine_open(tw_engine *engine);
void vector_engine_close(vector_engine *runner); /* NULL is allowed */

/* False for a vector of a mode that the configuration does not have: running it would tell
 * nothing. */
bool vector_engine_fits(const tw_config *config, const vector *v);

/* Translates the vector's request and fills *seen entirely; compare it with TW_PA_BITS of address.
 * The cause and address of a fault are those of the fault queue; if they are not those of the
 * answer, that is TW_MISMATCH. TW_MISMATCH also if lockstep diverged, TW_TIMEOUT if there is no
 * answer. */
tw_status vector_engine_run(vector_engine *runner, const vector *v, vector_outcome *seen,
                            tw_error *error);

#endif
