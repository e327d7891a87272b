/*
 * liar.h: the cycle model with one lie on its pins: a device with a bug, to see who finds it.
 */
#ifndef TESTS_SUPPORT_LIAR_H
#define TESTS_SUPPORT_LIAR_H

#include "tablewalk/engine.h"
#include "tb/monitors.h"
#include "tb/traffic.h"

enum { LIAR_SEED = 1 };

/* What the device shows is changed by `out`, what it is told by `in`; each may be NULL. */
struct lie {
    void (*out)(tw_out *out);
    void (*in)(tw_in *in);
};

/* NULL if memory is out. The caller closes it. */
tw_engine *liar_open(const tw_config *config, struct lie lie);

/* Random traffic of a fixed length on a liar of that configuration, watched by every monitor, most
 * of it in `mode` unless that is ANY_MODE: as traffic_run. *counts: what the monitors saw. */
tw_status liar_run(const char *config, unsigned mode, struct lie lie, struct monitor_counts *counts,
                   tw_error *error);

/* A lie by its name, and what a monitor has to say of it. */
struct known_lie {
    const char *name;
    struct lie lie;
    const char *complaint; /* part of it */
};

/* Fails the test unless liar_run of the default configuration in `mode` finds each of the lies and
 * complains of it. `begin`, unless it is NULL, is called before each. */
void liar_expect_found(unsigned mode, const struct known_lie *lies, size_t count,
                       void (*begin)(void));

#endif
