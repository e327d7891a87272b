/* engine.c: the calls of engine.h that every engine answers, and the comparison of two engines'
 * pins. */
#include "model/engine_impl.h"

bool tw_out_equal(const tw_out *a, const tw_out *b)
{
    bool equal = true;
#define SAME(type, name, bits, sentence) equal &= a->name == b->name;
    TW_OUTPUTS(SAME)
#undef SAME
    return equal;
}

void tw_outputs(const tw_engine *engine, tw_out *out)
{
    engine->ops->outputs(engine, out);
}

void tw_clock(tw_engine *engine, const tw_in *in)
{
    engine->ops->clock(engine, in);
    engine->cycles++;
}

uint64_t tw_cycles(const tw_engine *engine)
{
    return engine->cycles;
}

tw_status tw_wave_open(tw_engine *engine, const char *path, uint64_t from, uint64_t to,
                       tw_error *error)
{
    if (engine->ops->wave_open == NULL)
        return tw_fail(error, TW_USAGE,
                       "this engine has no waveform: choose --engine rtl or lockstep for one");
    if (engine->cycles != 0)
        return tw_fail(error, TW_USAGE, "a waveform has to be opened before the first clock");
    if (from >= to)
        return tw_fail(error, TW_USAGE,
                       "a waveform from cycle %llu to %llu is empty: let it end after it begins",
                       (unsigned long long)from, (unsigned long long)to);
    return engine->ops->wave_open(engine, path, from, to, error);
}

tw_status tw_wave_close(tw_engine *engine, tw_error *error)
{
    return engine->ops->wave_close == NULL ? TW_OK : engine->ops->wave_close(engine, error);
}

tw_status tw_wave_declare(tw_engine *engine, const char *scope, const tw_wave_signal *signals,
                          unsigned count, tw_error *error)
{
    if (engine->ops->wave_declare == NULL)
        return TW_OK;
    return engine->ops->wave_declare(engine, scope, signals, count, error);
}

void tw_wave_mark(tw_engine *engine, const uint64_t *values)
{
    if (engine->ops->wave_mark != NULL)
        engine->ops->wave_mark(engine, values);
}

void tw_engine_close(tw_engine *engine)
{
    if (engine != NULL)
        engine->ops->close(engine);
}
