/* traffic_registers.c: the register port of random traffic: fences near the pages in use, SATP and
 * CONTROL, faults taken off the queue, spoilt bits, reads of anything, and what must be refused. */
#include <string.h>

#include "tablewalk/driver.h"
#include "tablewalk/registers.h"
#include "tablewalk/states.h"
#include "tb/traffic_inside.h"

static const unsigned COUNTER_OFFSETS[COUNTERS] = {
#define OFFSET(NAME) REG_COUNT_##NAME,
    TRAFFIC_COUNTERS(OFFSET)
#undef OFFSET
};

/* ---- what to access -------------------------------------------------------------------------- */

static void write_register(struct traffic *traffic, unsigned offset, uint64_t data)
{
    traffic->registers.access =
        (struct register_access){.valid = true, .write = true, .offset = offset, .data = data};
    traffic->registers.priv = PRIV_S;
}

/* Any, but for the mode that is preferred. */
static unsigned choose_space(struct traffic *traffic)
{
    const struct space *space = traffic->world.space;
    const bool any = one_in(traffic, 10);
    const unsigned start = random_below(&traffic->random, SPACES);
    for (unsigned i = 0; !any && i < SPACES; i++)
        if (space[(start + i) % SPACES].mode == traffic->preferred)
            return (start + i) % SPACES;
    return start;
}

/* Many pages of one address space are of no use in another. */
static void write_satp(struct traffic *traffic)
{
    uint64_t *random = &traffic->random;
    traffic->space = choose_space(traffic);
    uint64_t satp = world_satp(&traffic->world.space[traffic->space]);
    if (traffic->preferred == MODE_BARE && !one_in(traffic, 10))
        satp = 0;
    if (one_in(traffic, 60))
        satp = random_next(random); /* bare, not built, or a table that is none */
    if (traffic->phase.wide)
        traffic->phase.ends = 0;
    write_register(traffic, REG_SATP, satp);
}

static void write_control(struct traffic *traffic)
{
    uint64_t *random = &traffic->random;
    write_register(traffic, REG_CONTROL,
                   TW_PUT(CONTROL, ADUE, random_percent(random, 80)) |
                       TW_PUT(CONTROL, PBMTE, random_percent(random, 80)) |
                       TW_PUT(CONTROL, PREFETCH, random_percent(random, 80)) |
                       TW_PUT(CONTROL, SEGMENTS, random_percent(random, 40)));
}

static void random_fence(struct traffic *traffic)
{
    uint64_t *random = &traffic->random;
    unsigned which = random_below(random, 3);
    if (which == 0)
        write_register(traffic, REG_FENCE_VA, traffic_phase_place(traffic)->va);
    else if (which == 1)
        write_register(traffic, REG_FENCE_ASID, random_below(random, 5));
    else
        write_register(traffic, REG_FENCE, random_below(random, 4));
}

/* Reads of anything, and writes that must be refused or change nothing. */
static void random_access(struct traffic *traffic)
{
    uint64_t *random = &traffic->random;
    struct register_access *access = &traffic->registers.access;
    bool write = random_percent(random, 30);
    *access = (struct register_access){.valid = true,
                                       .write = write,
                                       .offset = random_below(random, 64) * 8 +
                                                 (one_in(traffic, 2) ? 0x400 : 0),
                                       .data = random_next(random)};
    if (access->offset == REG_SATP || one_in(traffic, 32))
        access->offset = random_below(random, 0x1000);
    /* In a long table of zeros every walk reads all there is. */
    if (access->offset == REG_HASH_TABLE)
        access->data &= ~TW_PUT(HASH_TABLE, LAST, ~UINT64_C(7));
    traffic->registers.priv = random_below(random, 4);
}

static void read_oldest_fault(struct traffic *traffic)
{
    static const unsigned offsets[] = {REG_FAULT_INFO, REG_FAULT_INFO,  REG_FAULT_INFO,
                                       REG_FAULT_VA,   REG_FAULT_PTE,   REG_FAULT_CAUSE,
                                       REG_FAULT_ASID, REG_FAULT_STATUS};
    traffic->registers.access = (struct register_access){
        .valid = true, .offset = offsets[random_below(&traffic->random, 8)]};
    traffic->registers.priv = PRIV_S;
    traffic->counts.fault_reads++;
}

static void write_or_read_something(struct traffic *traffic)
{
    unsigned kind = random_below(&traffic->random, 16);
    if (kind < 9)
        random_fence(traffic);
    else if (kind < 10)
        write_satp(traffic);
    else if (kind < 11)
        write_control(traffic);
    else if (kind < 14 && one_in(traffic, 3))
        read_oldest_fault(traffic);
    else if (kind < 14)
        write_register(traffic, REG_FAULT_POP, 0);
    else
        random_access(traffic);
}

/* The next write to the second level will have a wrong bit, if the bit is one. */
static void spoil_a_bit(struct traffic *traffic)
{
    write_register(traffic, REG_L2_INJECT,
                   TW_PUT(L2_INJECT, ARMED, 1) |
                       TW_PUT(L2_INJECT, BIT, random_below(&traffic->random, 256)));
}

static void read_counter(struct traffic *traffic)
{
    struct register_traffic *registers = &traffic->registers;
    registers->turn = (registers->turn + 1) % COUNTERS;
    registers->counter = true;
    registers->access =
        (struct register_access){.valid = true, .offset = COUNTER_OFFSETS[registers->turn]};
    registers->priv = PRIV_S;
}

/* A fence, now and then, when a walk that nobody asked for is under way. */
static bool time_for_a_fence(struct traffic *traffic, const tw_out *out)
{
    bool ahead = (out->obs_walker_state & (0x1111 * WALK_PREFETCH)) != 0;
    return ahead && permille(traffic, 20);
}

static void choose_access(struct traffic *traffic, const tw_out *out)
{
    struct register_traffic *registers = &traffic->registers;
    unsigned offset;
    uint64_t data;
    if (registers->setup > 0) {
        registers->setup--;
        if (registers->setup == 0)
            write_control(traffic);
        else
            write_satp(traffic);
    } else if (registers->final > 0) {
        registers->final--;
        read_counter(traffic);
    } else if (time_for_a_fence(traffic, out)) {
        write_register(traffic, REG_FENCE, random_below(&traffic->random, FENCE_KINDS));
    } else if (traffic_segments_rewrite(traffic, &offset, &data) ||
               traffic_hash_rewrite(traffic, &offset, &data)) {
        write_register(traffic, offset, data);
    } else if (permille(traffic, traffic->phase.register_permille)) {
        write_or_read_something(traffic);
    } else if (permille(traffic, 4)) {
        spoil_a_bit(traffic);
    } else if (permille(traffic, 8)) {
        read_counter(traffic);
    }
}

/* ---- the port -------------------------------------------------------------------------------- */

static void count_access(struct traffic *traffic, const tw_out *out)
{
    const struct register_access *access = &traffic->registers.access;
    struct traffic_counts *counts = &traffic->counts;
    bool granted = access->write && (traffic->registers.priv & 1);
    counts->satp_writes += granted && access->offset == REG_SATP;
    counts->control_writes += granted && access->offset == REG_CONTROL;
    if (granted) {
        traffic_segments_written(traffic, access->offset, access->data);
        traffic_hash_written(traffic, access->offset, access->data);
    }
    counts->spoilt += granted && access->offset == REG_L2_INJECT;
    if (granted && access->offset == REG_FENCE) {
        counts->fence[access->data % FENCE_KINDS]++;
        counts->fence_in_walk += out->obs_walker_state != 0;
        if (access->data % FENCE_KINDS == 0)
            inverted_fenced(&traffic->world.inverted);
    }
}

/* Counters are cleared by reset alone. */
static void take_answer(struct traffic *traffic, const tw_out *out)
{
    struct register_traffic *registers = &traffic->registers;
    if (!out->reg_resp_valid)
        return;
    traffic->counts.refused += out->reg_resp_error;
    if (!registers->reading)
        return;
    registers->reading = false;
    traffic->counts.counter[registers->turn] +=
        out->reg_resp_data - registers->seen[registers->turn];
    registers->seen[registers->turn] = out->reg_resp_data;
}

void traffic_registers_cycle(struct traffic *traffic, const tw_out *out, tw_in *in)
{
    struct register_traffic *registers = &traffic->registers;
    struct register_access *access = &registers->access;
    take_answer(traffic, out);
    if (!access->valid && !registers->reading)
        choose_access(traffic, out);
    if (!access->valid)
        return;
    in->reg_req_valid = 1;
    in->reg_req_write = access->write;
    in->reg_req_offset = (uint16_t)access->offset;
    in->reg_req_data = access->write ? access->data : 0;
    in->reg_req_priv = (uint8_t)registers->priv;
    if (out->reg_req_ready) {
        count_access(traffic, out);
        access->valid = false;
        registers->reading = registers->counter;
        registers->counter = false;
    }
}

void traffic_registers_reset(struct traffic *traffic)
{
    struct register_traffic *registers = &traffic->registers;
    registers->access.valid = false;
    registers->counter = false;
    registers->reading = false;
    registers->setup = 2;
    traffic_segments_reset(traffic);
    traffic_hash_reset(traffic);
    memset(registers->seen, 0, sizeof registers->seen);
}

bool traffic_registers_busy(const struct traffic *traffic)
{
    const struct register_traffic *registers = &traffic->registers;
    return registers->access.valid || registers->reading || registers->final > 0;
}
