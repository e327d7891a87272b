/*
 * engine_impl.h: what one kind of engine gives to be driven through engine.h.
 *
 * An engine is a struct whose first member is a tw_engine; opening one fills `ops` with a static
 * table and `cycles` with 0. engine.c dispatches and counts; the functions here only do their one
 * thing.
 */
#ifndef MODEL_ENGINE_IMPL_H
#define MODEL_ENGINE_IMPL_H

#include "tablewalk/engine.h"

struct engine_ops {
    void (*outputs)(const tw_engine *engine, tw_out *out);
    void (*clock)(tw_engine *engine, const tw_in *in);
    void (*close)(tw_engine *engine); /* frees the engine itself, too */

    /* All NULL for an engine that has no waveform. */
    tw_status (*wave_open)(tw_engine *engine, const char *path, uint64_t from, uint64_t to,
                           tw_error *error);
    tw_status (*wave_close)(tw_engine *engine, tw_error *error);
    tw_status (*wave_declare)(tw_engine *engine, const char *scope, const tw_wave_signal *signals,
                              unsigned count, tw_error *error);
    void (*wave_mark)(tw_engine *engine, const uint64_t *values);
};

struct tw_engine {
    const struct engine_ops *ops;
    uint64_t cycles; /* clocks since opening; read only for the engine, engine.c counts */
};

#endif
