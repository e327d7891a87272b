/* traffic.c: see traffic.h. Phases are in traffic_phase.c, the register port is in
 * traffic_registers.c, segments in traffic_segments.c, hashed tables in traffic_inverted.c
 * and traffic_hash_registers.c. */
#include "tb/traffic.h"

#include <stdlib.h>
#include <string.h>

#include "tb/traffic_inside.h"

enum { STUCK = 200000 };

/* ---- requests -------------------------------------------------------------------------------- */

/* Now and then the place of the last request, of either port: misses of one page merge. Or the page
 * behind it, which the MMU may have fetched ahead. */
static const struct place *random_place(struct traffic *traffic)
{
    if (random_percent(&traffic->random, traffic->phase.again_percent))
        return &traffic->last;
    if (random_percent(&traffic->random, traffic->phase.step_percent))
        traffic->last.va += 1 << PAGE_SHIFT;
    else
        traffic->last = *traffic_phase_place(traffic);
    return &traffic->last;
}

/* The fetch port mostly fetches; it may do anything. A fetch looks twice more for a page it may
 * use. */
static tw_request random_request(struct traffic *traffic, unsigned port)
{
    bool any = port == 1 || one_in(traffic, 16);
    tw_op op = any ? (tw_op)random_below(&traffic->random, 4) : OP_FETCH;
    const struct place *place = random_place(traffic);
    for (unsigned i = 0; i < 2 && !world_allows(&traffic->world, place, op); i++)
        place = random_place(traffic);
    return world_request(&traffic->world, place, op);
}

/* A free id, or IDS. */
static unsigned free_id(struct traffic *traffic, unsigned port)
{
    unsigned start = random_below(&traffic->random, IDS);
    for (unsigned i = 0; i < IDS; i++)
        if (traffic->taken_in[port][(start + i) % IDS] == 0)
            return (start + i) % IDS;
    return IDS;
}

static void drive_port(struct traffic *traffic, unsigned port, const tw_out *out, tw_in *in)
{
    struct request_slot *slot = &traffic->slot[port];
    if (!slot->held && traffic->wanted > 0 &&
        random_percent(&traffic->random, traffic->phase.request_percent)) {
        slot->id = free_id(traffic, port);
        slot->held = slot->id != IDS;
        slot->request = random_request(traffic, port);
        traffic_segments_request(traffic, slot);
    }
    if (!slot->held)
        return;
    const tw_request *request = &slot->request;
#define DRIVE(side)                               \
    in->side##_req_valid = 1;                     \
    in->side##_req_id = (uint8_t)slot->id;        \
    in->side##_req_va = request->va;              \
    in->side##_req_op = (uint8_t)request->op;     \
    in->side##_req_priv = (uint8_t)request->priv; \
    in->side##_req_sum = request->sum;            \
    in->side##_req_mxr = request->mxr;            \
    in->side##_req_seg = (uint8_t)slot->segment;
    if (port == 0) {
        DRIVE(fetch)
    } else {
        DRIVE(data)
    }
#undef DRIVE
    if (!observer_request(out, in, port).ready)
        return;
    slot->held = false;
    traffic->taken_in[port][slot->id] = tw_machine_cycle(traffic->machine) + 1;
    traffic->counts.requests++;
    traffic->wanted -= traffic->wanted > 0;
}

static void take_answers(struct traffic *traffic, const tw_out *out)
{
    for (unsigned port = 0; port < PORTS; port++) {
        struct answer_pins answer = observer_answer(out, port);
        if (!answer.valid)
            continue;
        uint64_t mine = traffic->taken_in[port][answer.id], oldest = mine;
        traffic->taken_in[port][answer.id] = 0;
        for (unsigned id = 0; id < IDS; id++)
            if (traffic->taken_in[port][id] != 0 && traffic->taken_in[port][id] < oldest)
                oldest = traffic->taken_in[port][id];
        traffic->counts.answers++;
        traffic->counts.overtaken += oldest < mine;
        traffic->counts.cause[answer.fault % CAUSES]++;
        traffic->counts.size[answer.size % PAGE_SIZES]++;
        traffic->last_answer = tw_machine_cycle(traffic->machine);
    }
}

static bool anything_in_flight(const struct traffic *traffic)
{
    for (unsigned port = 0; port < PORTS; port++)
        for (unsigned id = 0; id < IDS; id++)
            if (traffic->taken_in[port][id] != 0)
                return true;
    return traffic->slot[0].held || traffic->slot[1].held;
}

/* ---- software, faults, resets ---------------------------------------------------------------- */

static tw_status remap(struct traffic *traffic, const tw_out *out)
{
    const uint64_t *unlinked = &traffic->world.inverted.counts.unlinked, before = *unlinked;
    const tw_status status = world_remap(&traffic->world, traffic_phase_place(traffic));
    traffic->counts.remaps++;
    if (out->obs_walker_state != 0 && traffic->world.space[traffic->space].mode == MODE_HASHED)
        traffic->counts.unlinked_in_walk += *unlinked - before;
    return status;
}

static tw_status change_memory(struct traffic *traffic, const tw_out *out)
{
    tw_memory *memory = tw_machine_memory(traffic->machine);
    if (permille(traffic, traffic->phase.remap_permille))
        return remap(traffic, out);
    if (permille(traffic, traffic->bus_error ? 20 : 2)) {
        uint64_t address = world_pte_address(&traffic->world, traffic_phase_place(traffic));
        traffic->bus_error = !traffic->bus_error;
        if (!traffic->bus_error) {
            tw_memory_clear_faults(memory);
            return TW_OK;
        }
        traffic->counts.bus_errors++;
        return tw_memory_add_bus_error(memory, address, address);
    }
    return TW_OK;
}

/* True while the reset is held; everything in flight is forgotten. */
static bool in_reset(struct traffic *traffic, const tw_out *out, tw_in *in)
{
    if (traffic->reset_left == 0 && one_in(traffic, 20000)) {
        traffic->reset_left = 1 + random_below(&traffic->random, 3);
        traffic->counts.resets++;
        traffic->counts.resets_in_walk += out->obs_walker_state != 0;
    }
    if (traffic->reset_left == 0)
        return false;
    traffic->reset_left--;
    in->rst_n = 0;
    for (unsigned port = 0; port < PORTS; port++) {
        traffic->slot[port].held = false;
        for (unsigned id = 0; id < IDS; id++)
            traffic->taken_in[port][id] = 0;
    }
    traffic_registers_reset(traffic);
    traffic->last_answer = tw_machine_cycle(traffic->machine);
    return true;
}

/* ---- running --------------------------------------------------------------------------------- */

static void count_walkers(struct traffic *traffic, const tw_out *out)
{
    unsigned busy = 0;
    for (unsigned state = out->obs_walker_state; state != 0; state >>= 4)
        if ((state & 15) != 0)
            traffic->counts.walkers[busy++]++;
}

static tw_status run_cycle(struct traffic *traffic, tw_error *error)
{
    const tw_out *out = tw_machine_out(traffic->machine);
    tw_in *in = tw_machine_in(traffic->machine);
    tw_status status = traffic_phase_cycle(traffic);
    take_answers(traffic, out);
    count_walkers(traffic, out);
    if (!in_reset(traffic, out, in)) {
        drive_port(traffic, 0, out, in);
        drive_port(traffic, 1, out, in);
        traffic_registers_cycle(traffic, out, in);
    }
    if (status == TW_OK)
        status = change_memory(traffic, out);
    if (status == TW_OK)
        status = racing_writer_cycle(&traffic->writer, traffic->machine);
    if (status != TW_OK)
        return tw_fail(error, status, "no memory for the traffic's page tables");
    traffic->counts.cycles++;
    return tw_machine_clock(traffic->machine, error);
}

tw_status traffic_run(struct traffic *traffic, uint64_t requests, tw_error *error)
{
    tw_status status = TW_OK;
    traffic->wanted = requests;
    traffic->last_answer = tw_machine_cycle(traffic->machine);
    while (status == TW_OK && (traffic->wanted > 0 || anything_in_flight(traffic))) {
        if (tw_machine_cycle(traffic->machine) - traffic->last_answer > STUCK)
            return tw_fail(error, TW_TIMEOUT, "no answer in %d cycles of random traffic", STUCK);
        status = run_cycle(traffic, error);
    }
    traffic->registers.final = COUNTERS;
    for (unsigned i = 0; status == TW_OK && i < STUCK && traffic_registers_busy(traffic); i++)
        status = run_cycle(traffic, error);
    return status;
}

struct traffic *traffic_open(tw_machine *machine, const tw_config *config, uint64_t seed)
{
    struct traffic *traffic = calloc(1, sizeof *traffic);
    if (traffic == NULL)
        return NULL;
    traffic->machine = machine;
    traffic->random = seed;
    traffic->registers.setup = 2;
    traffic->segments.built = config->segments;
    traffic->preferred = ANY_MODE;
    traffic_hash_reset(traffic);
    traffic->writer.random = random_next(&traffic->random);
    if (world_build(&traffic->world, tw_machine_memory(machine), config,
                    random_next(&traffic->random)) != TW_OK) {
        traffic_close(traffic);
        return NULL;
    }
    return traffic;
}

void traffic_prefer(struct traffic *traffic, unsigned mode)
{
    traffic->preferred = mode;
}

void traffic_close(struct traffic *traffic)
{
    free(traffic);
}

struct traffic_counts traffic_counts(const struct traffic *traffic)
{
    struct traffic_counts counts = traffic->counts;
    memcpy(counts.race, traffic->writer.count, sizeof counts.race);
    counts.inverted = traffic->world.inverted.counts;
    return counts;
}
