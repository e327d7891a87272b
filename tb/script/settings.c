/* settings.c: what the machine shall be. Only numbers are looked at here; whether they go
 * together is seen when it is made. */
#include <inttypes.h>

#include "tb/script/do.h"
#include "tb/script/world.h"

enum { FRAMES_MAX = 1 << 20 };

/* A number between 1 and `most`, for which the form has one. */
static tw_status take(script_world *w, const script_statement *st, const char *name, uint64_t most,
                      uint64_t *value, script_complaint *complaint)
{
    *value = script_number(w, &st->phrase, name, 0);
    return *value >= 1 && *value <= most
               ? TW_OK
               : script_complain(st->at, complaint, TW_USAGE,
                                 "expected %s from 1 to %" PRIu64 ", found %" PRIu64, name, most,
                                 *value);
}

tw_status script_set_engine(script_world *w, const script_statement *st,
                            script_complaint *complaint)
{
    (void)w;
    (void)st;
    (void)complaint;
    return TW_OK; /* script_for_model was asked before the engine was made */
}

tw_status script_set_mode(script_world *w, const script_statement *st, script_complaint *complaint)
{
    static const unsigned MODES[] = {MODE_SV32, MODE_SV39,   MODE_SV48,
                                     MODE_SV57, MODE_LINEAR, MODE_HASHED};
    unsigned mode = MODES[script_argument_of(&st->phrase, "sv32")->index];
    if (w->options->mode == MODE_BARE)
        w->os.mode = mode;
    return w->config->modes >> w->os.mode & 1
               ? TW_OK
               : script_complain(st->at, complaint, TW_USAGE,
                                 "expected a mode that the configuration '%s' has",
                                 w->config->name);
}

tw_status script_set_frames(script_world *w, const script_statement *st,
                            script_complaint *complaint)
{
    uint64_t frames;
    tw_status status = take(w, st, "NUMBER", FRAMES_MAX, &frames, complaint);
    w->os.frames = (size_t)frames;
    return status;
}

tw_status script_set_swap(script_world *w, const script_statement *st, script_complaint *complaint)
{
    uint64_t slots = script_number(w, &st->phrase, "NUMBER", 0);
    w->os.swap_slots = (size_t)slots;
    return slots <= FRAMES_MAX
               ? TW_OK
               : script_complain(st->at, complaint, TW_USAGE,
                                 "expected at most %d slots, found %" PRIu64, FRAMES_MAX, slots);
}

tw_status script_set_disk(script_world *w, const script_statement *st, script_complaint *complaint)
{
    enum { CYCLES_MAX = 10000000 };
    w->os.disk = (os_disk_times){script_number(w, &st->phrase, "seek", 0),
                                 script_number(w, &st->phrase, "transfer", 0)};
    return w->os.disk.seek <= CYCLES_MAX && w->os.disk.transfer <= CYCLES_MAX
               ? TW_OK
               : script_complain(st->at, complaint, TW_USAGE, "expected at most %d cycles",
                                 CYCLES_MAX);
}

/* Is the choice on|off the first? */
static bool is_first(const script_statement *st, const char *name)
{
    return script_argument_of(&st->phrase, name)->index == 0;
}

tw_status script_set_zero_page(script_world *w, const script_statement *st,
                               script_complaint *complaint)
{
    (void)complaint;
    w->os.zero_page = is_first(st, "on");
    return TW_OK;
}

tw_status script_set_kernel_map(script_world *w, const script_statement *st,
                                script_complaint *complaint)
{
    (void)complaint;
    w->os.kernel_map = is_first(st, "on");
    return TW_OK;
}

tw_status script_set_ad(script_world *w, const script_statement *st, script_complaint *complaint)
{
    (void)complaint;
    w->os.adue = is_first(st, "hardware");
    return TW_OK;
}

tw_status script_set_low(script_world *w, const script_statement *st, script_complaint *complaint)
{
    return take(w, st, "BYTES", UINT64_C(1) << 40, &w->low, complaint);
}

tw_status script_set_node(script_world *w, const script_statement *st, script_complaint *complaint)
{
    enum { LATENCY_MAX = 10000 }; /* far below what the monitors wait for */
    const bool far = script_given(&st->phrase, "latency");
    uint64_t frames, latency = 100;
    zones_setup *z = &w->zones;
    if (z->nodes == ZONES_NODES_MAX)
        return script_complain(st->at, complaint, TW_USAGE, "expected at most %d nodes",
                               ZONES_NODES_MAX);
    if (take(w, st, "NUMBER", FRAMES_MAX, &frames, complaint) != TW_OK)
        return complaint->status;
    if (far && take(w, st, "latency", LATENCY_MAX, &latency, complaint) != TW_OK)
        return complaint->status;
    for (unsigned i = 0; i <= z->nodes; i++)
        z->distance[i][z->nodes] = z->distance[z->nodes][i] =
            i == z->nodes ? ZONES_LOCAL : 2 * ZONES_LOCAL;
    w->far |= far;
    z->node[z->nodes++] = (zones_node){.count = frames, .latency = (unsigned)latency};
    return TW_OK;
}

tw_status script_set_distance(script_world *w, const script_statement *st,
                              script_complaint *complaint)
{
    uint64_t from = script_number(w, &st->phrase, "FROM", 0);
    uint64_t to = script_number(w, &st->phrase, "TO", 0);
    uint64_t distance = script_number(w, &st->phrase, "DISTANCE", 0);
    if (from >= w->zones.nodes || to >= w->zones.nodes || distance > UINT8_MAX)
        return script_complain(st->at, complaint, TW_USAGE,
                               "expected two nodes of the %u above, from 0 on, and a distance up "
                               "to 255",
                               w->zones.nodes);
    w->zones.distance[from][to] = (uint8_t)distance;
    return TW_OK;
}
