/* liar.c: see liar.h. */
#include "tests/support/liar.h"

#include <stdlib.h>

#include "model/engine_impl.h"

struct liar {
    tw_engine base;
    tw_engine *model;
    struct lie lie;
};

static void liar_outputs(const tw_engine *engine, tw_out *out)
{
    const struct liar *liar = (const struct liar *)engine;
    tw_outputs(liar->model, out);
    if (liar->lie.out != NULL)
        liar->lie.out(out);
}

static void liar_clock(tw_engine *engine, const tw_in *in)
{
    struct liar *liar = (struct liar *)engine;
    tw_in told = *in;
    if (liar->lie.in != NULL)
        liar->lie.in(&told);
    tw_clock(liar->model, &told);
}

static void liar_close(tw_engine *engine)
{
    struct liar *liar = (struct liar *)engine;
    tw_engine_close(liar->model);
    free(liar);
}

static const struct engine_ops liar_ops = {
    .outputs = liar_outputs, .clock = liar_clock, .close = liar_close};

tw_engine *liar_open(const tw_config *config, struct lie lie)
{
    struct liar *liar = calloc(1, sizeof *liar);
    if (liar == NULL)
        return NULL;
    liar->base.ops = &liar_ops;
    liar->lie = lie;
    liar->model = tw_model_open(config);
    if (liar->model == NULL) {
        free(liar);
        return NULL;
    }
    return &liar->base;
}
