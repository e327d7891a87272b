/*
 * traffic.c: see traffic.h. Time falls into phases of random length; each has its own memory
 * latency, its own density of requests and of everything else, so that calm and crowded stretches
 * alternate.
 */
#include "tb/traffic.h"

#include <stdlib.h>
#include <string.h>

#include "tablewalk/driver.h"
#include "tablewalk/registers.h"
#include "tb/observer.h"
#include "tb/random.h"
#include "tb/traffic_world.h"

enum { HOT = 8, STUCK = 200000 };

/* Of 1000 cycles, or of 100 where it says percent. */
struct phase {
    uint64_t ends; /* cycle */
    unsigned request_percent, hot_percent;
    unsigned register_permille, remap_permille;
};

struct request_slot {
    bool held; /* on the pins, not yet taken */
    unsigned id;
    tw_request request;
};

struct traffic {
    tw_machine *machine;
    struct traffic_world world;
    struct racing_writer writer;
    struct traffic_counts counts;
    struct phase phase;
    uint64_t random, last_answer;
    uint64_t wanted; /* requests still to be taken */
    struct request_slot slot[PORTS];
    uint64_t taken_in[PORTS][IDS]; /* cycle + 1; 0: not in flight */
    uint8_t hot[HOT];              /* places used over and over in this phase */
    struct register_access access; /* on the pins, not yet taken */
    unsigned access_priv;
    unsigned setup; /* register writes still to be made after a reset */
    unsigned space; /* that SATP points to, as far as is known */
    unsigned reset_left;
    bool bus_error;
};

static bool one_in(struct traffic *traffic, unsigned n)
{
    return random_below(&traffic->random, n) == 0;
}

static bool permille(struct traffic *traffic, unsigned n)
{
    return random_below(&traffic->random, 1000) < n;
}

/* ---- phases ---------------------------------------------------------------------------------- */

static void begin_phase(struct traffic *traffic)
{
    static const unsigned densities[] = {100, 90, 50, 15};
    uint64_t *random = &traffic->random;
    struct phase *phase = &traffic->phase;
    uint32_t min = 1 + (one_in(traffic, 2) ? 0 : random_below(random, 6));
    uint32_t max = min + (one_in(traffic, 2) ? 0 : random_below(random, 10));
    tw_memory_set_latency(tw_machine_memory(traffic->machine), min, max,
                          one_in(traffic, 2) ? 0 : random_below(random, 60));
    phase->ends = tw_machine_cycle(traffic->machine) + 64 + random_below(random, 1024);
    phase->request_percent = densities[random_below(random, 4)];
    phase->hot_percent = 50 + random_below(random, 50);
    phase->register_permille = one_in(traffic, 3) ? 150 : 8;
    phase->remap_permille = one_in(traffic, 3) ? 60 : 4;
    traffic->writer.percent = one_in(traffic, 2) ? 60 : 10;
    for (unsigned i = 0; i < HOT; i++)
        traffic->hot[i] =
            (uint8_t)(traffic->space + SPACES * random_below(random, PLACES / SPACES));
}

/* ---- requests -------------------------------------------------------------------------------- */

/* A place in use, or any: of the present address space, or of another. */
static const struct place *random_place(struct traffic *traffic)
{
    uint64_t *random = &traffic->random;
    if (random_percent(random, traffic->phase.hot_percent))
        return &traffic->world.place[traffic->hot[random_below(random, HOT)]];
    if (one_in(traffic, 8))
        return &traffic->world.place[random_below(random, PLACES)];
    return &traffic->world.place[traffic->space + SPACES * random_below(random, PLACES / SPACES)];
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
    in->side##_req_mxr = request->mxr;
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

/* ---- registers ------------------------------------------------------------------------------- */

static void write_register(struct traffic *traffic, unsigned offset, uint64_t data)
{
    traffic->access =
        (struct register_access){.valid = true, .write = true, .offset = offset, .data = data};
    traffic->access_priv = PRIV_S;
}

static void write_satp(struct traffic *traffic)
{
    uint64_t *random = &traffic->random;
    traffic->space = random_below(random, SPACES);
    uint64_t satp = world_satp(&traffic->world.space[traffic->space]);
    if (one_in(traffic, 60))
        satp = random_next(random); /* bare, not built, or a table that is none */
    write_register(traffic, REG_SATP, satp);
}

static void write_control(struct traffic *traffic)
{
    uint64_t *random = &traffic->random;
    write_register(traffic, REG_CONTROL,
                   TW_PUT(CONTROL, ADUE, random_percent(random, 80)) |
                       TW_PUT(CONTROL, PBMTE, random_percent(random, 80)));
}

static void random_fence(struct traffic *traffic)
{
    uint64_t *random = &traffic->random;
    unsigned which = random_below(random, 3);
    if (which == 0)
        write_register(traffic, REG_FENCE_VA, random_place(traffic)->va);
    else if (which == 1)
        write_register(traffic, REG_FENCE_ASID, random_below(random, 5));
    else
        write_register(traffic, REG_FENCE, random_below(random, 4));
}

/* Reads of anything, and writes that must be refused or change nothing. */
static void random_access(struct traffic *traffic)
{
    uint64_t *random = &traffic->random;
    bool write = random_percent(random, 30);
    traffic->access = (struct register_access){.valid = true,
                                               .write = write,
                                               .offset = random_below(random, 64) * 8 +
                                                         (one_in(traffic, 2) ? 0x400 : 0),
                                               .data = random_next(random)};
    if (traffic->access.offset == REG_SATP || one_in(traffic, 32))
        traffic->access.offset = random_below(random, 0x1000);
    traffic->access_priv = random_below(random, 4);
}

static void choose_access(struct traffic *traffic)
{
    if (traffic->setup > 0) {
        traffic->setup--;
        if (traffic->setup == 0)
            write_control(traffic);
        else
            write_satp(traffic);
    } else if (permille(traffic, traffic->phase.register_permille)) {
        unsigned kind = random_below(&traffic->random, 16);
        if (kind < 9)
            random_fence(traffic);
        else if (kind < 10)
            write_satp(traffic);
        else if (kind < 11)
            write_control(traffic);
        else if (kind < 14)
            write_register(traffic, REG_FAULT_POP, 0);
        else
            random_access(traffic);
    }
}

static void count_access(struct traffic *traffic, const tw_out *out)
{
    const struct register_access *access = &traffic->access;
    struct traffic_counts *counts = &traffic->counts;
    bool granted = access->write && (traffic->access_priv & 1);
    counts->satp_writes += granted && access->offset == REG_SATP;
    counts->control_writes += granted && access->offset == REG_CONTROL;
    if (granted && access->offset == REG_FENCE) {
        counts->fence[access->data % FENCE_KINDS]++;
        counts->fence_in_walk += out->obs_walker_state != 0;
    }
}

static void drive_registers(struct traffic *traffic, const tw_out *out, tw_in *in)
{
    struct register_access *access = &traffic->access;
    traffic->counts.refused += out->reg_resp_error;
    if (!access->valid)
        choose_access(traffic);
    if (!access->valid)
        return;
    in->reg_req_valid = 1;
    in->reg_req_write = access->write;
    in->reg_req_offset = (uint16_t)access->offset;
    in->reg_req_data = access->write ? access->data : 0;
    in->reg_req_priv = (uint8_t)traffic->access_priv;
    if (out->reg_req_ready) {
        count_access(traffic, out);
        access->valid = false;
    }
}

/* ---- software, faults, resets ---------------------------------------------------------------- */

static tw_status change_memory(struct traffic *traffic)
{
    tw_memory *memory = tw_machine_memory(traffic->machine);
    if (permille(traffic, traffic->phase.remap_permille)) {
        traffic->counts.remaps++;
        return world_remap(&traffic->world, random_place(traffic));
    }
    if (permille(traffic, traffic->bus_error ? 20 : 2)) {
        uint64_t address = world_pte_address(&traffic->world, random_place(traffic));
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
    traffic->access.valid = false;
    traffic->setup = 2;
    traffic->last_answer = tw_machine_cycle(traffic->machine);
    return true;
}

/* ---- running --------------------------------------------------------------------------------- */

static tw_status run_cycle(struct traffic *traffic, tw_error *error)
{
    const tw_out *out = tw_machine_out(traffic->machine);
    tw_in *in = tw_machine_in(traffic->machine);
    if (tw_machine_cycle(traffic->machine) >= traffic->phase.ends)
        begin_phase(traffic);
    take_answers(traffic, out);
    if (!in_reset(traffic, out, in)) {
        drive_port(traffic, 0, out, in);
        drive_port(traffic, 1, out, in);
        drive_registers(traffic, out, in);
    }
    tw_status status = change_memory(traffic);
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
    return status;
}

struct traffic *traffic_open(tw_machine *machine, const tw_config *config, uint64_t seed)
{
    struct traffic *traffic = calloc(1, sizeof *traffic);
    if (traffic == NULL)
        return NULL;
    traffic->machine = machine;
    traffic->random = seed;
    traffic->setup = 2;
    traffic->writer.random = random_next(&traffic->random);
    if (world_build(&traffic->world, tw_machine_memory(machine), config,
                    random_next(&traffic->random)) != TW_OK) {
        traffic_close(traffic);
        return NULL;
    }
    return traffic;
}

void traffic_close(struct traffic *traffic)
{
    free(traffic);
}

struct traffic_counts traffic_counts(const struct traffic *traffic)
{
    struct traffic_counts counts = traffic->counts;
    memcpy(counts.race, traffic->writer.count, sizeof counts.race);
    return counts;
}
