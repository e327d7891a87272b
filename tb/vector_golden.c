/* vector_golden.c: the vector's words as a bus, one translation over them, and what came of it. */
#include "tb/vector_golden.h"

#include <string.h>

#include "tb/vector_outcome.h"

/* The vector and its memory as the walk has changed it. */
typedef struct stage {
    const vector *v;
    vector_words memory;
} stage;

static bool overlaps(const vector_ranges *ranges, uint64_t address, unsigned bytes)
{
    for (size_t i = 0; i < ranges->count; i++) {
        if (address <= ranges->range[i].high && address + bytes - 1 >= ranges->range[i].low)
            return true;
    }
    return false;
}

static vector_word *find(stage *s, uint64_t address)
{
    for (size_t i = 0; i < s->memory.count; i++) {
        if (s->memory.word[i].address == address)
            return &s->memory.word[i];
    }
    return NULL;
}

static bool fails(stage *s, uint64_t address, unsigned bytes)
{
    return overlaps(&s->v->bus_errors, address, bytes) ||
           (s->v->strict && find(s, address) == NULL);
}

static bool read_word(void *context, uint64_t address, unsigned bytes, uint64_t *value)
{
    stage *s = context;
    const vector_word *word = find(s, address);
    if (fails(s, address, bytes))
        return false;
    *value = word != NULL ? word->value : 0;
    return true;
}

/* Absent memory holds 0, which no walk swaps. */
static bool swap_word(void *context, uint64_t address, unsigned bytes, uint64_t expected,
                      uint64_t desired, bool *swapped)
{
    stage *s = context;
    vector_word *word = find(s, address);
    if (fails(s, address, bytes) || overlaps(&s->v->read_only, address, bytes))
        return false;
    *swapped = word != NULL && word->value == expected;
    if (*swapped)
        word->value = desired;
    return true;
}

static void observe(const stage *s, const tw_translation *t, vector_outcome *seen)
{
    seen->kind = t->cause == CAUSE_NONE ? VECTOR_OK : VECTOR_FAULT;
    seen->pa = t->pa;
    seen->cause = t->cause;
    seen->tval = t->cause == CAUSE_NONE ? 0 : s->v->request.va;
    for (size_t i = 0; i < t->accesses; i++) {
        const tw_access *a = &t->access[i];
        bool write = a->kind == TW_SWAP;
        vector_outcome_add(
            seen, (vector_access){write, a->error, a->address, write ? a->desired : a->value});
    }
    for (size_t i = 0; i < s->memory.count; i++)
        vector_outcome_note(seen, s->v->memory.word[i], s->memory.word[i].value);
}

void vector_run_golden(const vector *v, vector_outcome *seen, tw_translation *translation)
{
    stage s = {.v = v, .memory = v->memory};
    tw_bus bus = {.context = &s, .read = read_word, .swap = swap_word};
    tw_translation own;
    tw_translation *t = translation != NULL ? translation : &own;
    unsigned mode = satp_mode(v->control.satp);
    memset(seen, 0, sizeof *seen);
    tw_translate(&v->control, &v->request, &bus, t);
    if (mode != MODE_BARE && mode_levels(mode) == 0)
        seen->kind = VECTOR_REFUSED;
    else
        observe(&s, t, seen);
}
