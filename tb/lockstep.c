/*
 * lockstep.c: two engines as one.
 *
 * Both engines' outputs of the present cycle are sampled once, right after the edge that made them,
 * and compared before anybody sees them. `history` is a ring of the last cycles; its newest row is
 * the present cycle, whose inputs are not yet known.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "model/engine_impl.h"

enum { HISTORY = 32 };

struct row {
    tw_in in;
    tw_out dut, ref;
};

struct lockstep {
    tw_engine base;
    tw_engine *dut, *ref;
    bool reset_seen;
    bool diverged;
    tw_divergence first;
    struct row history[HISTORY]; /* of cycle c: history[c % HISTORY] */
};

static struct row *row_of(struct lockstep *lockstep, uint64_t cycle)
{
    return &lockstep->history[cycle % HISTORY];
}

/* Notes the first pin, in the order of the list, that differs in `cycle`. */
static void note_divergence(struct lockstep *lockstep, uint64_t cycle)
{
    const struct row *row = row_of(lockstep, cycle);
    lockstep->diverged = true;
#define NOTE(type, name, bits, sentence)                               \
    if (lockstep->first.pin == NULL && row->dut.name != row->ref.name) \
        lockstep->first = (tw_divergence){cycle, #name, row->dut.name, row->ref.name};
    TW_OUTPUTS(NOTE)
#undef NOTE
}

static void sample(struct lockstep *lockstep, uint64_t cycle)
{
    struct row *row = row_of(lockstep, cycle);
    tw_outputs(lockstep->dut, &row->dut);
    tw_outputs(lockstep->ref, &row->ref);
    if (lockstep->reset_seen && !tw_out_equal(&row->dut, &row->ref))
        note_divergence(lockstep, cycle);
}

static void lockstep_outputs(const tw_engine *engine, tw_out *out)
{
    const struct lockstep *lockstep = (const struct lockstep *)engine;
    uint64_t cycle = lockstep->diverged ? lockstep->first.cycle : engine->cycles;
    *out = lockstep->history[cycle % HISTORY].ref;
}

static void lockstep_clock(tw_engine *engine, const tw_in *in)
{
    struct lockstep *lockstep = (struct lockstep *)engine;
    if (lockstep->diverged)
        return;
    row_of(lockstep, engine->cycles)->in = *in;
    tw_clock(lockstep->dut, in);
    tw_clock(lockstep->ref, in);
    lockstep->reset_seen |= in->rst_n == 0;
    sample(lockstep, engine->cycles + 1);
}

static void lockstep_close(tw_engine *engine)
{
    struct lockstep *lockstep = (struct lockstep *)engine;
    tw_engine_close(lockstep->dut);
    tw_engine_close(lockstep->ref);
    free(lockstep);
}

static tw_status lockstep_wave_open(tw_engine *engine, const char *path, uint64_t from, uint64_t to,
                                    tw_error *error)
{
    return tw_wave_open(((struct lockstep *)engine)->dut, path, from, to, error);
}

static tw_status lockstep_wave_close(tw_engine *engine, tw_error *error)
{
    return tw_wave_close(((struct lockstep *)engine)->dut, error);
}

static tw_status lockstep_wave_declare(tw_engine *engine, const char *scope,
                                       const tw_wave_signal *signals, unsigned count,
                                       tw_error *error)
{
    return tw_wave_declare(((struct lockstep *)engine)->dut, scope, signals, count, error);
}

static void lockstep_wave_mark(tw_engine *engine, const uint64_t *values)
{
    tw_wave_mark(((struct lockstep *)engine)->dut, values);
}

static const struct engine_ops lockstep_ops = {
    .outputs = lockstep_outputs,
    .clock = lockstep_clock,
    .close = lockstep_close,
    .wave_open = lockstep_wave_open,
    .wave_close = lockstep_wave_close,
    .wave_declare = lockstep_wave_declare,
    .wave_mark = lockstep_wave_mark,
};

tw_engine *tw_lockstep_open(tw_engine *dut, tw_engine *ref)
{
    struct lockstep *lockstep = dut == NULL || ref == NULL ? NULL : calloc(1, sizeof *lockstep);
    if (lockstep == NULL) {
        tw_engine_close(dut);
        tw_engine_close(ref);
        return NULL;
    }
    lockstep->base.ops = &lockstep_ops;
    lockstep->dut = dut;
    lockstep->ref = ref;
    sample(lockstep, 0);
    return &lockstep->base;
}

/* ---- what was seen --------------------------------------------------------------------------- */

/* NULL if the engine is not lockstep. */
static const struct lockstep *lockstep_of(const tw_engine *engine)
{
    return engine->ops == &lockstep_ops ? (const struct lockstep *)engine : NULL;
}

const tw_divergence *tw_lockstep_divergence(const tw_engine *engine)
{
    const struct lockstep *lockstep = lockstep_of(engine);
    return lockstep != NULL && lockstep->diverged ? &lockstep->first : NULL;
}

/* The pins of one cycle that moved since the cycle before, and those that differ, marked with a
 * !. */
static void print_row(const struct row *row, const struct row *before, bool newest, FILE *to)
{
#define PRINT_IN(type, name, bits, sentence)        \
    if (!newest && row->in.name != before->in.name) \
        fprintf(to, " %s=%" PRIx64, #name, (uint64_t)row->in.name);
    TW_INPUTS(PRINT_IN)
#undef PRINT_IN
    fputs(" |", to);
#define PRINT_OUT(type, name, bits, sentence)                                    \
    if (row->dut.name != row->ref.name)                                          \
        fprintf(to, " !%s=%" PRIx64 "/%" PRIx64, #name, (uint64_t)row->dut.name, \
                (uint64_t)row->ref.name);                                        \
    else if (row->ref.name != before->ref.name)                                  \
        fprintf(to, " %s=%" PRIx64, #name, (uint64_t)row->ref.name);
    TW_OUTPUTS(PRINT_OUT)
#undef PRINT_OUT
    fputc('\n', to);
}

void tw_lockstep_report(const tw_engine *engine, FILE *to)
{
    const tw_divergence *first = tw_lockstep_divergence(engine);
    if (first == NULL)
        return;
    const struct lockstep *lockstep = lockstep_of(engine);
    fprintf(to,
            "pin %s differs in cycle %" PRIu64 ": device 0x%" PRIx64 ", reference 0x%" PRIx64 "\n",
            first->pin, first->cycle, first->dut, first->ref);
    fprintf(to, "the last cycles, hexadecimal: inputs | outputs that moved; "
                "!pin=device/reference where they differ\n");
    struct row zero = {0};
    const struct row *before = &zero;
    uint64_t oldest = first->cycle < HISTORY ? 0 : first->cycle - HISTORY + 1;
    for (uint64_t cycle = oldest; cycle <= first->cycle; cycle++) {
        const struct row *row = &lockstep->history[cycle % HISTORY];
        fprintf(to, "%8" PRIu64 ":", cycle);
        print_row(row, before, cycle == first->cycle, to);
        before = row;
    }
}
