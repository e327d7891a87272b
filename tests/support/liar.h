/*
 * liar.h: the cycle model with one lie on its pins: a device with a bug, to see who finds it.
 */
#ifndef TESTS_SUPPORT_LIAR_H
#define TESTS_SUPPORT_LIAR_H

#include "tablewalk/engine.h"

/* What the device shows is changed by `out`, what it is told by `in`; each may be NULL. */
struct lie {
    void (*out)(tw_out *out);
    void (*in)(tw_in *in);
};

/* NULL if memory is out. The caller closes it. */
tw_engine *liar_open(const tw_config *config, struct lie lie);

#endif
