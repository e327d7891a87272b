/*
 * vector_outcome.h: what a machine was seen to do with a vector, against what the vector expects.
 *
 * Whoever runs a vector fills a vector_outcome: zero it, set kind and its fields, add the accesses
 * in the order of the memory port, and note the words that changed; then compare.
 */
#ifndef TB_VECTOR_OUTCOME_H
#define TB_VECTOR_OUTCOME_H

#include "tb/vectors.h"

/* Adds one access; beyond VECTOR_ACCESSES it is only counted. */
void vector_outcome_add(vector_outcome *outcome, vector_access access);

/* Notes the word in `changed` if its value now is not that of `before`. */
void vector_outcome_note(vector_outcome *outcome, vector_word before, uint64_t now);

/* TW_OK if they agree: outcome, changed words in any order, accesses in order. Else TW_MISMATCH and
 * the first difference with its place. Of physical addresses the low `pa_bits` bits count: 64 for
 * the golden model, TW_PA_BITS for a machine with pins. */
tw_status vector_compare(const vector *v, const vector_outcome *seen, unsigned pa_bits,
                         tw_error *error);

#endif
