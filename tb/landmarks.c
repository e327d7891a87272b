/* landmarks.c: the first cycle of each kind, read off the pins. */
#include "tb/landmarks.h"

landmarks landmarks_none(void)
{
    return (landmarks){
#define NEVER(name, seen) .name = LANDMARK_NEVER,
        LANDMARKS(NEVER)
#undef NEVER
    };
}

static tw_status watch(void *context, uint64_t cycle, const tw_out *out, const tw_in *in,
                       tw_error *error)
{
    landmarks *l = context;
    (void)in;
    (void)error;
#define NOTE(name, seen)                     \
    if (l->name == LANDMARK_NEVER && (seen)) \
        l->name = cycle;
    LANDMARKS(NOTE)
#undef NOTE
    return TW_OK;
}

tw_watcher landmarks_watcher(landmarks *l)
{
    return (tw_watcher){l, watch};
}
