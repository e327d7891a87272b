/*
 * sweep.h: the points that an exploration visits: every combination of the values of its
 * dimensions. A dimension that is not swept keeps the value of the base point.
 */
#ifndef TB_SWEEP_H
#define TB_SWEEP_H

#include <stdint.h>

#include "tablewalk/config.h"

/* X(constant, name, meaning, range): what can be swept. */
#define SWEEP_DIMENSIONS(X)                                                                    \
    X(L1, "l1", "entries of each TLB", "powers of two, 2 to 64")                               \
    X(FETCH, "fetch", "entries of the fetch TLB", "the same")                                  \
    X(DATA, "data", "entries of the data TLB", "the same")                                     \
    X(L2, "l2", "entries of the second-level TLB", "0 for none, or powers of two, 16 to 8192") \
    X(L2_WAYS, "l2_ways", "ways of the second-level TLB", "1, 2, 4, 8")                        \
    X(WALK_CACHE, "walk_cache", "entries of the walk cache",                                   \
      "0 for none, or powers of two, 2 to 32")                                                 \
    X(PREFETCH, "prefetch", "translation prefetch",                                            \
      "0 or 1; 1 needs a second level and a walk cache")                                       \
    X(MISSES, "misses", "misses that can wait on each port", "1 to 8")                         \
    X(WALKERS, "walkers", "walks at a time", "1 to 4")                                         \
    X(LATENCY, "latency", "cycles of a memory access", "1 to 10000")                           \
    X(OUTSTANDING, "outstanding", "accesses in flight on both ports together", "1 to 16")

typedef enum sweep_dimension {
#define SWEEP_CONSTANT(constant, name, meaning, range) SWEEP_##constant,
    SWEEP_DIMENSIONS(SWEEP_CONSTANT)
#undef SWEEP_CONSTANT
        SWEEP_COUNT
} sweep_dimension;

enum { SWEEP_VALUES_MAX = 16, SWEEP_POINTS_MAX = 4096 };

typedef struct sweep_point {
    tw_config config;
    uint32_t latency;
    uint32_t outstanding;
} sweep_point;

/* Zeroed by the caller: one point, the base. */
typedef struct sweep {
    unsigned axes;
    struct sweep_axis {
        sweep_dimension dimension;
        unsigned count;
        uint32_t value[SWEEP_VALUES_MAX]; /* ascending */
    } axis[SWEEP_COUNT];
} sweep;

/* Adds an axis: "l1=4,8,16". TW_USAGE with a sentence if the dimension is unknown or swept already,
 * a value is out of its range, or they do not ascend; if values are good alone but not together;
 * or if there would be too many points. */
tw_status sweep_add(sweep *sweep, const char *text, tw_error *error);

unsigned sweep_points(const sweep *sweep);

/* Point n, from 0: the value of the axis added last changes with every point, as in a table. */
sweep_point sweep_at(const sweep *sweep, const sweep_point *base, unsigned n);

/* Index of the value that the axis has at point n. */
unsigned sweep_index(const sweep *sweep, unsigned axis, unsigned n);

const char *sweep_name(sweep_dimension dimension);

#endif
