/* vector_outcome.c: outcomes compared part by part, to name the first part that differs. */
#include "tb/vector_outcome.h"

#include <inttypes.h>

/* A part of an outcome as text; the longest is an access of two 64-bit numbers. */
typedef struct part {
    char text[64];
} part;

void vector_outcome_add(vector_outcome *outcome, vector_access access)
{
    if (outcome->accesses < VECTOR_ACCESSES)
        outcome->access[outcome->accesses] = access;
    outcome->accesses++;
}

void vector_outcome_note(vector_outcome *outcome, vector_word before, uint64_t now)
{
    if (now != before.value && outcome->changed.count < VECTOR_WORDS)
        outcome->changed.word[outcome->changed.count++] = (vector_word){before.address, now};
}

static part answer_part(const vector_outcome *o)
{
    part p;
    if (o->kind == VECTOR_OK)
        snprintf(p.text, sizeof p.text, "OK %" PRIx64, o->pa);
    else if (o->kind == VECTOR_FAULT)
        snprintf(p.text, sizeof p.text, "FAULT %u %" PRIx64, o->cause, o->tval);
    else
        snprintf(p.text, sizeof p.text, "BAD satp-write-refused");
    return p;
}

static part access_part(const vector_outcome *o, size_t i)
{
    part p;
    if (i >= o->accesses) {
        snprintf(p.text, sizeof p.text, "none");
    } else if (i >= VECTOR_ACCESSES) {
        snprintf(p.text, sizeof p.text, "one too many");
    } else {
        const vector_access *a = &o->access[i];
        snprintf(p.text, sizeof p.text, "%c%s:%" PRIx64 "=%" PRIx64, a->write ? 'w' : 'r',
                 a->error ? "!" : "", a->address, a->value);
    }
    return p;
}

static tw_status compare_answer(const vector *v, const vector_outcome *seen, unsigned pa_bits,
                                tw_error *error)
{
    const vector_outcome *want = &v->expected;
    uint64_t counts = pa_bits < 64 ? (UINT64_C(1) << pa_bits) - 1 : UINT64_MAX;
    bool same = want->kind == seen->kind;
    if (same && want->kind == VECTOR_OK)
        same = ((want->pa ^ seen->pa) & counts) == 0;
    if (same && want->kind == VECTOR_FAULT)
        same = want->cause == seen->cause && want->tval == seen->tval;
    if (same)
        return TW_OK;
    return tw_fail(error, TW_MISMATCH, "%s:%lu: the outcome should be %s, is %s", v->at.file,
                   v->at.line, answer_part(want).text, answer_part(seen).text);
}

static bool access_equal(const vector_outcome *a, const vector_outcome *b, size_t i)
{
    if (i >= a->accesses || i >= b->accesses || i >= VECTOR_ACCESSES)
        return false;
    const vector_access *x = &a->access[i], *y = &b->access[i];
    return x->write == y->write && x->error == y->error && x->address == y->address &&
           x->value == y->value;
}

static tw_status compare_accesses(const vector *v, const vector_outcome *seen, tw_error *error)
{
    const vector_outcome *want = &v->expected;
    for (size_t i = 0; i < want->accesses || i < seen->accesses; i++) {
        if (!access_equal(want, seen, i))
            return tw_fail(error, TW_MISMATCH, "%s:%lu: access %zu should be %s, is %s", v->at.file,
                           v->at.line, i + 1, access_part(want, i).text, access_part(seen, i).text);
    }
    return TW_OK;
}

static const vector_word *find(const vector_words *words, uint64_t address)
{
    for (size_t i = 0; i < words->count; i++) {
        if (words->word[i].address == address)
            return &words->word[i];
    }
    return NULL;
}

/* Every word of `some` is in `all` too, with the same value; else that word, or NULL. */
static const vector_word *missing(const vector_words *some, const vector_words *all)
{
    for (size_t i = 0; i < some->count; i++) {
        const vector_word *twin = find(all, some->word[i].address);
        if (twin == NULL || twin->value != some->word[i].value)
            return &some->word[i];
    }
    return NULL;
}

static tw_status compare_changes(const vector *v, const vector_outcome *seen, tw_error *error)
{
    const vector_word *word = missing(&v->expected.changed, &seen->changed);
    if (word != NULL)
        return tw_fail(error, TW_MISMATCH,
                       "%s:%lu: memory at %" PRIx64 " should change to %" PRIx64 ", does not",
                       v->at.file, v->at.line, word->address, word->value);
    word = missing(&seen->changed, &v->expected.changed);
    if (word != NULL)
        return tw_fail(error, TW_MISMATCH,
                       "%s:%lu: memory at %" PRIx64 " should not change, does to %" PRIx64,
                       v->at.file, v->at.line, word->address, word->value);
    return TW_OK;
}

tw_status vector_compare(const vector *v, const vector_outcome *seen, unsigned pa_bits,
                         tw_error *error)
{
    tw_status status = compare_answer(v, seen, pa_bits, error);
    if (status == TW_OK)
        status = compare_changes(v, seen, error);
    if (status == TW_OK)
        status = compare_accesses(v, seen, error);
    return status;
}
