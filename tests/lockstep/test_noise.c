/*
 * Noise on every input pin: nobody keeps the protocol. Requests come and go before they are taken,
 * ids are used twice, memory answers what nobody asked, resets come at any time. What the RTL and
 * the cycle model do then is of no use, but it is the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "tablewalk/engine.h"
#include "tablewalk/hashed.h"
#include "tablewalk/pte.h"
#include "tablewalk/registers.h"
#include "tablewalk/states.h"
#include "tb/random.h"

enum { CYCLES = 1500000, PHASE = 512, SEEDS = 2 };

/* How dense the noise is, in percent; drawn anew in every phase. */
struct noise {
    uint64_t random;
    uint32_t walkers;
    unsigned requests, memory, registers, resets;
    bool hashed; /* words and registers are mostly such that chains go on */
};

struct seen {
    uint64_t translations, faults, swaps, staged, unasked, ahead, resets;
    uint64_t chains; /* counters of walks beyond a first entry that were read and not 0 */
    unsigned offset; /* of the register access that was taken last */
};

static uint64_t bits(struct noise *n, unsigned count)
{
    return random_next(&n->random) >> (64 - count);
}

static bool percent(struct noise *n, unsigned of_100)
{
    return random_percent(&n->random, of_100);
}

static void begin_phase(struct noise *n)
{
    n->requests = random_below(&n->random, 101);
    n->memory = random_below(&n->random, 101);
    n->registers = random_below(&n->random, 40);
    n->resets = percent(n, 20) ? 2 : 0;
    n->hashed = percent(n, 30);
}

/* Few pages in the halves of every mode, so that lookups hit; now and then any address. */
static uint64_t some_va(struct noise *n)
{
    static const uint64_t bases[] = {
        0, 0x40201000, 0x80000000, 0xff00000000000000, 0xffff800000000000, 0xffffffc000000000};
    if (percent(n, 5))
        return bits(n, 64);
    return bases[random_below(&n->random, 6)] + (bits(n, 2) << 12) + (bits(n, 1) << 21) +
           (bits(n, 1) << 30);
}

/* An entry of a page that is asked for, one of a few frames, which leads on to one of these. */
static uint64_t some_entry(struct noise *n)
{
    unsigned flags = (unsigned)bits(n, 8) | 1u << PTE_V;
    if (percent(n, 60))
        flags |= 1u << PTE_A | 1u << PTE_D | 1u << PTE_R;
    if (percent(n, 70))
        flags &= ~(1u << HASHED_END);
    return hashed_word((unsigned)bits(n, 2), hashed_vpn(some_va(n)),
                       (unsigned)bits(n, percent(n, 95) ? 2 : HASHED_BITS), flags);
}

/* Any bits, with those that fault at once mostly taken away. */
static uint64_t some_pte(struct noise *n)
{
    uint64_t pte = bits(n, 64);
    if (n->hashed && percent(n, 90))
        return some_entry(n);
    if (percent(n, 85))
        pte &= ~(UINT64_C(0x7f) << PTE_RESERVED);
    if (percent(n, 80))
        pte &= ~(UINT64_C(7) << PTE_PBMT);
    if (percent(n, 90))
        pte |= 1u << PTE_V;
    if (percent(n, 40)) /* a pointer */
        pte &= ~(1u << PTE_R | 1u << PTE_W | 1u << PTE_X | 1u << PTE_U | 1u << PTE_A | 1u << PTE_D);
    else if (percent(n, 60))
        pte |= 1u << PTE_A | 1u << PTE_D;
    if (percent(n, 40)) /* aligned for most levels */
        pte &= ~(UINT64_C(0x7ffffff) << PTE_PPN);
    if (percent(n, 20)) /* NAPOT */
        pte = (pte & ~(UINT64_C(15) << PTE_PPN)) | UINT64_C(8) << PTE_PPN | UINT64_C(1) << PTE_N;
    return pte;
}

static uint64_t some_satp(struct noise *n)
{
    static const unsigned modes[] = {0, 1, 5, 8, 9, 10, 14, 15};
    unsigned mode = n->hashed && percent(n, 90) ? MODE_HASHED : modes[random_below(&n->random, 8)];
    return TW_PUT(SATP, MODE, mode) | TW_PUT(SATP, ASID, bits(n, 2)) |
           TW_PUT(SATP, PPN, bits(n, 44));
}

/* A table at any place, mostly a short one, so that chains turn out to be longer. */
static uint64_t some_hash_table(struct noise *n)
{
    return TW_PUT(HASH_TABLE, PPN, bits(n, 44)) |
           TW_PUT(HASH_TABLE, LAST, bits(n, percent(n, 80) ? 4 : HASHED_BITS));
}

/* Segments that let most requests through: bases of few pages, and limits of every size. */
static uint64_t some_segment(struct noise *n, unsigned offset)
{
    if (offset == REG_SEGMENT_BASE)
        return percent(n, 90) ? bits(n, 2) << 12 : bits(n, 64);
    if (offset == REG_SEGMENT_LIMIT)
        return ~UINT64_C(0) >> (percent(n, 70) ? 0 : bits(n, 6));
    return bits(n, 64);
}

static void drive_registers(struct noise *n, tw_in *in)
{
    static const uint16_t writable[] = {
        REG_CONTROL,       REG_FENCE,      REG_FENCE_VA,    REG_FENCE_ASID,   REG_FAULT_POP,
        REG_FAULT_STATUS,  REG_L2_INJECT,  REG_SEGMENT,     REG_SEGMENT_BASE, REG_SEGMENT_LIMIT,
        REG_SEGMENT_FLAGS, REG_HASH_TABLE, REG_HASH_ANCHORS};
    in->reg_req_valid = percent(n, n->registers);
    in->reg_req_write = (uint8_t)bits(n, 1);
    in->reg_req_offset = (uint16_t)bits(n, 12);
    in->reg_req_data = bits(n, 64);
    in->reg_req_priv = percent(n, 90) ? PRIV_S : (uint8_t)bits(n, 2);
    if (percent(n, 20)) /* any register */
        in->reg_req_offset = (uint16_t)(in->reg_req_offset & 0x5f8);
    else if (percent(n, 70))
        in->reg_req_offset = writable[random_below(&n->random, sizeof writable / sizeof *writable)];
    else if (percent(n, 50))
        in->reg_req_offset = REG_SATP;
    if (in->reg_req_offset == REG_SATP)
        in->reg_req_data = some_satp(n);
    if (in->reg_req_offset == REG_HASH_TABLE)
        in->reg_req_data = some_hash_table(n);
    if (in->reg_req_offset == REG_FENCE_VA)
        in->reg_req_data = some_va(n);
    if (in->reg_req_offset == REG_FENCE_ASID)
        in->reg_req_data = bits(n, 2);
    if (in->reg_req_offset >= REG_SEGMENT && in->reg_req_offset <= REG_SEGMENT_FLAGS)
        in->reg_req_data = some_segment(n, in->reg_req_offset);
    if (in->reg_req_offset == REG_L2_INJECT)
        in->reg_req_data = TW_PUT(L2_INJECT, ARMED, 1) | bits(n, 7);
}

static void drive(struct noise *n, tw_in *in)
{
    in->rst_n = !percent(n, n->resets);
#define DRIVE_PORT(port)                                                              \
    in->port##_req_valid = percent(n, n->requests);                                   \
    in->port##_req_id = (uint8_t)bits(n, 4);                                          \
    in->port##_req_va = some_va(n);                                                   \
    in->port##_req_op = (uint8_t)bits(n, 2);                                          \
    in->port##_req_priv = percent(n, 95) ? (uint8_t)bits(n, 1) : (uint8_t)bits(n, 2); \
    in->port##_req_sum = (uint8_t)bits(n, 1);                                         \
    in->port##_req_mxr = (uint8_t)bits(n, 1);                                         \
    in->port##_req_seg = (uint8_t)bits(n, 4)
    DRIVE_PORT(fetch);
    DRIVE_PORT(data);
#undef DRIVE_PORT
    in->mem_req_ready = percent(n, n->memory);
    in->mem_resp_valid = percent(n, n->memory);
    in->mem_resp_id = (uint8_t)(percent(n, 90) ? random_below(&n->random, n->walkers) : bits(n, 3));
    in->mem_resp_data = some_pte(n);
    in->mem_resp_swapped = percent(n, 70);
    in->mem_resp_error = percent(n, 5);
    drive_registers(n, in);
}

static void note(struct seen *seen, const tw_out *out, const tw_in *in)
{
    unsigned shown = in->mem_resp_id < TW_WALKERS_MAX
                         ? (unsigned)out->obs_walker_state >> (4 * in->mem_resp_id)
                         : (unsigned)WALK_IDLE;
    unsigned state = shown & (WALK_PREFETCH - 1);
    bool waits = state == WALK_WAIT || state == WALK_SWAP_WAIT;
    seen->translations += out->data_resp_size != 0;
    seen->faults += out->data_resp_fault != 0;
    seen->swaps += out->mem_req_valid && out->mem_req_op != 0 && in->mem_req_ready;
    seen->staged += out->obs_stage != 0;
    seen->unasked += in->mem_resp_valid && !waits;
    seen->ahead += waits && (shown & WALK_PREFETCH) != 0;
    seen->resets += in->rst_n == 0;
    seen->chains += out->reg_resp_valid && seen->offset >= REG_COUNT_CHAIN_2 &&
                    seen->offset <= REG_COUNT_CHAIN_MORE && out->reg_resp_data != 0;
    if (in->reg_req_valid && out->reg_req_ready)
        seen->offset = in->reg_req_offset;
}

static void run(uint64_t seed, struct seen *seen)
{
    const tw_config *config = tw_rtl_built();
    struct noise noise = {.random = seed, .walkers = config->walkers};
    tw_engine *pair = tw_lockstep_open(tw_rtl_open(config), tw_model_open(config));
    assert_non_null(pair);
    tw_in in = {.rst_n = 0};
    tw_clock(pair, &in);
    for (unsigned cycle = 0; cycle < CYCLES; cycle++) {
        tw_out out;
        if (cycle % PHASE == 0)
            begin_phase(&noise);
        tw_outputs(pair, &out);
        drive(&noise, &in);
        note(seen, &out, &in);
        tw_clock(pair, &in);
        if (tw_lockstep_divergence(pair) != NULL) {
            tw_lockstep_report(pair, stderr);
            fail_msg("seed %llu: they differ", (unsigned long long)seed);
        }
    }
    tw_engine_close(pair);
}

static void machines_agree_whatever_is_on_the_pins(void **state)
{
    (void)state;
    struct seen seen = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run(seed, &seen);
    assert_true(seen.translations > 1000);
    assert_true(seen.faults > 1000);
    assert_true(seen.swaps > 100);
    assert_true(seen.staged > 10000);
    assert_true(seen.unasked > 10000);
    if (tw_rtl_built()->prefetch)
        assert_true(seen.ahead > 1000);
    if ((tw_rtl_built()->modes >> MODE_HASHED & 1) != 0)
        assert_true(seen.chains > 100);
    assert_true(seen.resets > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_agree_whatever_is_on_the_pins),
    };
    return cmocka_run_group_tests_name("noise", tests, NULL, NULL);
}
