/* model.c: the cycle model as an engine. */
#include <stdlib.h>

#include "model/cycle/mmu.h"
#include "model/engine_impl.h"

struct model {
    tw_engine engine; /* first, so that a tw_engine of this kind is a model */
    struct mmu mmu;
};

static void model_outputs(const tw_engine *engine, tw_out *out)
{
    mmu_outputs(&((const struct model *)engine)->mmu, out);
}

static void model_clock(tw_engine *engine, const tw_in *in)
{
    mmu_clock(&((struct model *)engine)->mmu, in);
}

static void model_close(tw_engine *engine)
{
    mmu_close(&((struct model *)engine)->mmu);
    free(engine);
}

tw_engine *tw_model_open(const tw_config *config)
{
    static const struct engine_ops ops = {
        .outputs = model_outputs, .clock = model_clock, .close = model_close};
    if (tw_config_check(config, NULL) != TW_OK)
        return NULL;
    struct model *model = calloc(1, sizeof *model);
    if (model == NULL)
        return NULL;
    model->engine.ops = &ops;
    if (!mmu_open(&model->mmu, config)) {
        model_close(&model->engine);
        return NULL;
    }
    return &model->engine;
}
